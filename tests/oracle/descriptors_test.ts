/**
 * Where type descriptors are, against the type words of interfaces in running programs.
 */
import assert from "node:assert/strict";
import { PT } from "../../elf/mod.ts";
import { GoExecutable } from "../../go/mod.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain, runTool } from "../toolchains.ts";

/** Values of types of all kinds, of which some are known to nothing but the code that puts them into an interface. */
const PROGRAM = {
  "odd.v1/odd.go": `package strange

type Node struct{ Next *Node }
`,
  "main.go": `package main

import (
	"errors"
	"fmt"
	"io/ioutil"
	"net/url"
	"os"
	"strings"
	"time"
	"unsafe"

	strange "example.com/server/odd.v1"
)

type code int
type plain struct{ A, B int }
type pointed struct{ C string }
type failure struct{ text string }
type list []code
type table map[string]code
type callback func(int) error
type Shape interface{ Area() int }
type square struct{ side int }

func (s square) Area() int    { return s.side * s.side }
func (f *failure) Error() string { return f.text }

type eface struct{ typ, data uintptr }

// Prints a type's name as the test expects it, and the type word.
func show(name string, value interface{}) {
	fmt.Printf("type\\t%s\\t%d\\n", name, (*eface)(unsafe.Pointer(&value)).typ)
}

// Prints what an interface with methods has: the type word is the second one of the itab.
func showItab(name string, itab unsafe.Pointer) {
	fmt.Printf("itab\\t%s\\t%d\\n", name, *(*uintptr)(unsafe.Pointer(uintptr(itab) + 8)))
}

func first() interface{}  { type local struct{ X int }; return local{1} }
func second() interface{} { type local struct{ Y string }; return local{"2"} }

func main() {
	maps, _ := ioutil.ReadFile("/proc/self/maps")
	for _, line := range strings.Split(string(maps), "\\n") {
		if strings.HasSuffix(line, os.Args[0]) {
			fmt.Printf("base\\t%s\\n", strings.Split(line, "-")[0])
			break
		}
	}
	show("int", 1)
	show("string", "text")
	show("*int", new(int))
	show("[]string", []string{"a"})
	show("main.code", code(1))
	show("main.plain", plain{1, 2})
	show("*main.pointed", &pointed{"c"})
	show("main.list", list{1})
	show("main.table", table{"a": 1})
	show("main.callback", callback(nil))
	show("map[string]main.code", map[string]code{})
	show("[3]main.code", [3]code{})
	show("func(int) error", func(int) error { return nil })
	show("chan main.code", make(chan code))
	show("struct { A int; B main.code }", struct {
		A int
		B code
	}{})
	show("**main.pointed", new(*pointed))
	show("*error", new(error))
	show("time.Duration", time.Second)
	show("time.Time", time.Now())
	show("*errors.errorString", errors.New("x"))
	show("*os.File", os.Stdin)
	show("*net/url.URL", &url.URL{})
	show("net/url.Values", url.Values{})
	show("example.com/server/odd.v1.Node", strange.Node{})
	show("*example.com/server/odd.v1.Node", &strange.Node{})
	show("main.local", first())
	show("main.local", second())
	var err error = &failure{"x"}
	showItab("*main.failure", *(*unsafe.Pointer)(unsafe.Pointer(&err)))
	var shape Shape = square{1}
	showItab("main.square", *(*unsafe.Pointer)(unsafe.Pointer(&shape)))
	more()
}
`,
} as const;
const WITHOUT_GENERICS = { "more.go": "package main\n\nfunc more() {}\n" };
const GENERICS = {
  "more.go": `package main

type Pair[K comparable, V any] struct {
	Key   K
	Value V
}

type Set[T comparable] map[T]struct{}

func keep[T comparable](value T) Pair[T, []T] { return Pair[T, []T]{Key: value} }

func more() {
	show("main.Pair[int,string]", Pair[int, string]{})
	show("*main.Pair[main.code,*main.plain]", &Pair[code, *plain]{})
	show("main.Pair[main.code,[]main.code]", keep(code(1)))
	show("main.Set[string]", Set[string]{})
	show("main.Pair[main.Pair[int,string],map[string]int]", Pair[Pair[int, string], map[string]int]{})
}
`,
};

const FLAGS: readonly (readonly string[])[] = [
  [],
  ["-ldflags=-s -w"],
  ["-buildmode=pie"],
  ["-buildmode=pie", "-ldflags=-s -w"],
];

for (const version of chosenVersions()) {
  for (const flags of FLAGS) {
    Deno.test(`type descriptors are where interfaces point: Go ${version} ${flags.join(" ")}`, async () => {
      const generic = Number(version.split(".")[1]) >= 18;
      const path = await buildGo({
        toolchain: await ensureToolchain(version),
        files: { ...PROGRAM, ...generic ? GENERICS : WITHOUT_GENERICS },
        flags,
        output: "descriptors",
      });
      using source = new FileSource(path);
      const { elf, types } = new GoExecutable(source);
      const lines = (await runTool(path, [], { env: {} })).trim().split("\n").map((line) => line.split("\t"));
      const [[, base = ""] = [], ...printed] = lines;
      const loaded = elf.segments.filter(({ type }) => type === PT.LOAD).map(({ address }) => address);
      const bias = parseInt(base, 16) - Math.min(...loaded);
      const addresses = new Map<string, number[]>();
      for (const [, name = "", word] of printed) {
        const address = Number(word) - bias;
        assert.equal(types.typeNameAt(address), name);
        addresses.set(name, [...addresses.get(name) ?? [], address]);
      }
      assert.ok(addresses.size >= (generic ? 33 : 28), `${addresses.size}`);
      for (const [name, ofName] of addresses) {
        const found = types.descriptorAddress(name);
        assert.ok(found !== undefined && ofName.includes(found), `${name}: ${found}, not ${ofName}`);
      }
      assert.equal(addresses.get("main.local")?.length, 2);
      assert.equal(types.descriptorAddress("main.none"), undefined);
      const [int = 0] = addresses.get("int") ?? [];
      for (const address of [0, int + 1, 2 ** 46, -8, NaN]) {
        assert.equal(types.typeNameAt(address), undefined);
      }
    });
  }
}
