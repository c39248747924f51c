/**
 * What functions of odd signatures take and give, by DWARF, against their declarations in every version of Go.
 */
import assert from "node:assert/strict";
import { readSymbols } from "../../elf/mod.ts";
import { declarationText, GoExecutable } from "../../go/mod.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain } from "../toolchains.ts";

const PROGRAM = {
  "main.go": `package main

import (
	"errors"
	"os"
)

type Store struct{ values map[string]int }
type Value struct{ a, b, c, d int }
type Big [20]int

// What takes several results of a call: println cannot until 1.15.
func use(values ...interface{}) { count += len(values) }

var count int

//go:noinline
func charge(order *Store, retry int) (id string, err error) {
	if retry > 3 {
		return "", errors.New("x")
	}
	id = os.Args[0]
	return
}

//go:noinline
func one(a int) int { return a + len(os.Args) }

//go:noinline
func several(a int, b string) (int, string, error) { return a + 1, b + "x", nil }

//go:noinline
func blanks(_ int, b string, _ float64) (_ int, err error) { return len(b), os.Chdir(b) }

//go:noinline
func unnamed(int, string) {}

//go:noinline
func variadic(format string, args ...interface{}) int { return len(format) + len(args) }

//go:noinline
func unused(a int, b string, c float64) (x int, y string) { return }

//go:noinline
func constants(a bool) (int, bool) { return 7, true }

//go:noinline
func floats(a float32, b float64, c complex128) (float64, complex64) { return b, complex64(c) }

//go:noinline
func empty(a struct{}, b [0]int, c int) (struct{}, int) { return a, c }

//go:noinline
func large(v Value, big Big, after int) (Big, Value) { big[0] += after; return big, v }

//go:noinline
func deferred(name string) (n int, err error) {
	defer func() { n++; err = errors.New(name) }()
	return len(name), nil
}

//go:noinline
func shadow(err error) (result error) {
	if result := err; result != nil {
		return errors.New(result.Error())
	}
	return err
}

//go:noinline
func escapes(a int, b string) (p *int, q *string) { p = &a; q = &b; return }

//go:noinline
func (s *Store) Get(key string) (value int, ok bool) { value, ok = s.values[key]; return }

//go:noinline
func (v Value) Sum(_ int, by int) int { return (v.a + v.b + v.c + v.d) * by }

//go:noinline
func (*Store) Nobody(key string) int { return len(key) }

//go:noinline
func (_ *Store) Blank(key string) int { return len(key) + 1 }

//go:noinline
func call(f func(int) int) int { return f(len(os.Args)) }

//go:noinline
func closures(captured string, other *int) int {
	return call(func(argument int) int { *other += argument; return len(captured) + argument })
}

func main() {
	s := &Store{values: map[string]int{}}
	use(charge(s, len(os.Args)))
	use(one(1))
	a, b, err := several(1, "b")
	use(a, b, err)
	c, err := blanks(1, "b", 2)
	use(c, err)
	unnamed(1, "x")
	use(variadic("f", 1, "x"))
	use(unused(1, "b", 2))
	use(constants(true))
	use(floats(1, 2, 3))
	_, e := empty(struct{}{}, [0]int{}, 3)
	use(e)
	big, v := large(Value{1, 2, 3, 4}, Big{1}, 5)
	use(big[0], v.a)
	use(deferred("x"))
	use(shadow(err))
	use(escapes(1, "x"))
	use(s.Get("x"))
	use(v.Sum(1, 2), s.Nobody("x"), s.Blank("y"))
	use(closures("text", &a))
	more()
}
`,
} as const;
const WITHOUT_GENERICS = { "more.go": "package main\n\nfunc more() {}\n" };
const GENERICS = {
  "more.go": `package main

type Pair[K comparable, V any] struct {
	key   K
	value V
}

//go:noinline
func (p *Pair[K, V]) Put(key K, value V) (old V, changed bool) {
	old, changed = p.value, key != p.key
	p.key, p.value = key, value
	return
}

//go:noinline
func first[T any](items []T, otherwise T) (item T, found bool) {
	if len(items) == 0 {
		return otherwise, false
	}
	return items[0], true
}

func more() {
	pair := &Pair[string, int]{}
	use(pair.Put("a", 1))
	use(first([]int{1}, 2))
	use(first([]*int{nil}, nil))
}
`,
};

/** What is described of each function; until Go 1.21 parameters without a name are not. */
function declarations(minor: number): readonly string[] {
  const [first, between, last] = minor >= 22 ? ["_ int, ", ", _ float64", "_ int, "] : ["", "", ""];
  return [
    "main.charge(order *main.Store, retry int) (id string, err error)",
    "main.one(a int) int",
    "main.several(a int, b string) (int, string, error)",
    `main.blanks(${first}b string${between}) (_ int, err error)`,
    minor >= 22 ? "main.unnamed(int, string)" : "main.unnamed()",
    // Nothing says that it is variadic.
    "main.variadic(format string, args []interface {}) int",
    "main.unused(a int, b string, c float64) (x int, y string)",
    "main.constants(a bool) (int, bool)",
    "main.floats(a float32, b float64, c complex128) (float64, complex64)",
    "main.empty(a struct {}, b [0]int, c int) (struct {}, int)",
    "main.large(v main.Value, big main.Big, after int) (main.Big, main.Value)",
    "main.deferred(name string) (n int, err error)",
    // Captured variables are in the closure; to 1.16 a deferred one gets them as parameters.
    minor <= 16 ? "main.deferred.func1(&n *int, name string, &err *error)" : "main.deferred.func1()",
    "main.shadow(err error) (result error)",
    "main.escapes(a int, b string) (p *int, q *string)",
    "main.(*Store).Get(key string) (value int, ok bool) // receiver s",
    `main.Value.Sum(${last}by int) int // receiver v`,
    "main.(*Store).Nobody(key string) int",
    "main.(*Store).Blank(key string) int",
    "main.call(f func(int) int) int",
    "main.closures(captured string, other *int) int",
    "main.closures.func1(argument int) int",
    ...minor < 18 ? [] : [
      "main.(*Pair[go.shape.string,go.shape.int]).Put(key go.shape.string, value go.shape.int) " +
      "(old go.shape.int, changed bool) // receiver p",
      "main.first[go.shape.int](items []go.shape.int, otherwise go.shape.int) (item go.shape.int, found bool)",
      "main.first[go.shape.*uint8](items []go.shape.*uint8, otherwise go.shape.*uint8) " +
      "(item go.shape.*uint8, found bool)",
    ],
  ];
}

/** Go 1.17 does not describe results in registers. */
function withoutResults(declaration: string): string {
  const [taken = "", remark] = declaration.split(" // ");
  const end = closingParenthesis(taken, taken.indexOf("(", taken.lastIndexOf(").") + 1)) + 1;
  return `${taken.slice(0, end)} // ${remark === undefined ? "" : `${remark}; `}results are not described`;
}

function closingParenthesis(text: string, open: number): number {
  for (let i = open, depth = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

async function opened(version: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const generic = Number(version.split(".")[1]) >= 18;
  const path = await buildGo({
    toolchain: await ensureToolchain(version),
    files: { ...PROGRAM, ...generic ? GENERICS : WITHOUT_GENERICS },
    flags,
    env,
    output: "signatures",
  });
  const source = new FileSource(path);
  const { elf, types } = new GoExecutable(source);
  return {
    types,
    symbols: [...readSymbols(elf)?.functions() ?? []],
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

for (const version of chosenVersions()) {
  const minor = Number(version.split(".")[1]);
  for (const flags of [[], ["-gcflags=-N -l"]]) {
    Deno.test(`functions are described as declared: Go ${version} ${flags.join(" ")}`, async () => {
      using executable = await opened(version, flags);
      const { types, symbols } = executable;
      const found = new Set<string>();
      for (const { name, address } of symbols) {
        if (!name.startsWith("main.")) continue;
        const described = types.describedSignature(name, address);
        if (described === undefined) continue;
        assert.equal(described.lacksBlanks, minor < 22);
        // To 1.19 each of a shape's names has the number of its parameter.
        found.add(declarationText(name, described).replace(/(go\.shape\.[\w*]+?)_\d\b/g, "$1"));
      }
      for (const declaration of declarations(minor)) {
        const expected = minor === 17 ? withoutResults(declaration) : declaration;
        // A closure may have been inlined, and to 1.16 parameters without size may stand behind the others.
        if (/^main\.\w+\.func1/.test(expected) || minor <= 16 && expected.startsWith("main.empty")) continue;
        assert.ok(found.has(expected), `${expected} is not among\n${[...found].join("\n")}`);
      }
      const closures = [...found].filter((text) => /^main\.(?:deferred|closures)\.func1/.test(text));
      for (const closure of closures) {
        const expected = declarations(minor).map((text) => minor === 17 ? withoutResults(text) : text);
        assert.ok(expected.includes(closure), closure);
      }
    });
  }
}
