/**
 * What RuntimeTypes reads out of every kind of executable, against what the compiler itself says in that very version of
 * Go: a Go program (offsets/) prints `unsafe.Offsetof`, and what Go's own debug/dwarf finds.
 */
import assert from "node:assert/strict";
import { ElfFile, RelativeRelocations } from "../../elf/mod.ts";
import { RuntimeTypes } from "../../go/mod.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain, runTool } from "../toolchains.ts";
import { linkedServer, variantsOf } from "./linked_server.ts";

const OFFSETS = new URL("offsets", import.meta.url).pathname;

/** What offsets/ prints. */
interface Oracle {
  readonly go: string;
  readonly offsetof: Readonly<Record<string, number>>;
  readonly sizeof: Readonly<Record<string, number>>;
  readonly dwarf: Readonly<Record<string, Readonly<Record<string, OracleStruct>>>>;
  readonly names: Readonly<Record<string, readonly string[]>>;
}

interface OracleStruct {
  readonly size: number;
  readonly fields: readonly { readonly name: string; readonly offset: number; readonly type: string }[];
}

/** By version: what is true of the server that it builds for this machine, and for arm64. */
const oracles = new Map<string, Promise<Oracle & { readonly paths: Readonly<Record<string, string>> }>>();

function oracleOf(version: string) {
  let oracle = oracles.get(version);
  if (oracle === undefined) {
    oracle = ask(version);
    oracles.set(version, oracle);
  }
  return oracle;
}

async function ask(version: string) {
  const toolchain = await ensureToolchain(version);
  const program = await buildGo({ toolchain, dir: OFFSETS, output: "offsets" });
  const paths = {
    default: await linkedServer(version, "default"),
    arm64: await linkedServer(version, "arm64"),
  };
  const output = await runTool(program, Object.values(paths), { env: toolchain.env });
  return { ...JSON.parse(output) as Oracle, paths };
}

function open(path: string) {
  const source = new FileSource(path);
  const elf = new ElfFile(source);
  const relocations = new RelativeRelocations(elf);
  return { source, elf, relocations, types: new RuntimeTypes(elf, relocations) };
}

/** Handlers of all kinds of receivers, in a package whose name its path does not tell too. */
const AWKWARD = {
  "odd.v1/odd.go": `package strange

import "net/http"

type Node struct{ next *Node }

func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) { n.next = n }
`,
  "main.go": `package main

import (
	"net/http"

	strange "example.com/server/odd.v1"
)

type Value struct {
	n float64
	s string
}

func (v Value) ServeHTTP(w http.ResponseWriter, r *http.Request) { println(v.n, v.s) }

type Pointer struct{ n int }

func (p *Pointer) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.n++ }

type Outer struct {
	name string
	*Pointer
}

type Mapped map[string]int

func (m Mapped) ServeHTTP(w http.ResponseWriter, r *http.Request) { m[r.Method]++ }

type hidden int

func (h hidden) serve(w http.ResponseWriter, r *http.Request, code int) error { println(h); return nil }

type server interface {
	serve(w http.ResponseWriter, r *http.Request, code int) error
}

var servers = []server{hidden(1), hidden(2)}

var handlers = []http.Handler{Value{}, &Value{}, &Pointer{}, Outer{}, Mapped{}, &strange.Node{}}

func main() {
	for _, handler := range handlers {
		handler.ServeHTTP(nil, nil)
	}
	for _, server := range servers {
		server.serve(nil, nil, 1)
	}
}
`,
};
const GENERIC = {
  "generic.go": `package main

import "net/http"

type Box[T any] struct{ value T }

func (b *Box[T]) ServeHTTP(w http.ResponseWriter, r *http.Request) { println(&b.value) }

func init() { handlers = append(handlers, &Box[int]{}, &Box[*http.Request]{}) }
`,
};
/** Types that must be found, with the offsets of their fields; then handlers, with the types of their parameters. */
const AWKWARD_TYPES: Readonly<Record<string, readonly (readonly [string, number, string])[]>> = {
  "example.com/server/odd.v1.Node": [["next", 0, "*example.com/server/odd.v1.Node"]],
  "main.Value": [["n", 0, "float64"], ["s", 8, "string"]],
  "main.Outer": [["name", 0, "string"], ["Pointer", 16, "*main.Pointer"]],
};
const HANDLED = ["net/http.ResponseWriter", "*net/http.Request"];
const AWKWARD_HANDLERS: Readonly<Record<string, readonly string[]>> = {
  "example.com/server/odd%2ev1.(*Node).ServeHTTP": ["*example.com/server/odd.v1.Node", ...HANDLED],
  "main.(*Outer).ServeHTTP": ["*main.Outer", ...HANDLED],
  "main.Outer.ServeHTTP": ["main.Outer", ...HANDLED],
  "main.(*Pointer).ServeHTTP": ["*main.Pointer", ...HANDLED],
  "main.(*Value).ServeHTTP": ["*main.Value", ...HANDLED],
  "main.Value.ServeHTTP": ["main.Value", ...HANDLED],
  "main.Mapped.ServeHTTP": ["main.Mapped", ...HANDLED],
  "main.hidden.serve": ["main.hidden", ...HANDLED, "int"],
};
const GENERIC_HANDLERS: Readonly<Record<string, readonly string[]>> = {
  "main.(*Box[int]).ServeHTTP": ["*main.Box[int]", ...HANDLED],
  "main.(*Box[*net/http.Request]).ServeHTTP": ["*main.Box[*net/http.Request]", ...HANDLED],
};

for (const version of chosenVersions()) {
  const generic = !/^1\.1[2-7]\./.test(version);
  for (const flags of [[], ["-buildmode=pie"]]) {
    Deno.test(`the type metadata knows awkward handlers: Go ${version} ${flags.join(" ")}`, async () => {
      const path = await buildGo({
        toolchain: await ensureToolchain(version),
        files: { ...AWKWARD, ...generic ? GENERIC : {} },
        flags: [...flags, "-ldflags=-s -w"],
        output: "awkward",
      });
      const { source, elf, relocations, types } = open(path);
      using _ = source;
      const pclntab = new Pclntab(elf, relocations);
      for (const [name, fields] of Object.entries(AWKWARD_TYPES)) {
        const found = types.find(name)?.fields.map(({ name, offset, type }) => [name, offset, type.name]);
        assert.deepEqual(found, fields, name);
      }
      const wanted = { ...AWKWARD_HANDLERS, ...generic ? GENERIC_HANDLERS : {} };
      const handlers = new Map([...types.handlers()].map(({ name, address }) => [name, address]));
      for (const [name, parameters] of Object.entries(wanted)) {
        const address = handlers.get(name);
        assert.ok(address !== undefined, `${name} is not among ${[...handlers.keys()].join(" ")}`);
        // Some versions name the methods of all instances alike.
        const names = [name, name.replace(/\[.*\]/, "[...]")];
        const symbol = names.find((name) => pclntab.find(name).some((found) => found.address === address));
        assert.ok(symbol !== undefined, `${name} is not at 0x${address.toString(16)}`);
        const signature = types.signatureOf(symbol, address);
        const taken = [signature?.receiver, ...signature?.parameters ?? []].map((part) => part?.type.name);
        assert.deepEqual(taken, parameters, name);
      }
    });
  }

  for (const variant of variantsOf(version)) {
    for (const stripped of [false, true]) {
      const cell = `Go ${version}, ${variant}${stripped ? ", stripped" : ""}`;
      Deno.test(`the type metadata has the fields that the compiler says: ${cell}`, async () => {
        const oracle = await oracleOf(version);
        assert.equal(oracle.go, `go${version}`);
        const structs = oracle.dwarf[oracle.paths[variant.startsWith("arm64") ? "arm64" : "default"]!]!;
        assert.ok(Object.keys(structs).length >= 13, Object.keys(structs).join(" "));
        const { source, types } = open(await linkedServer(version, variant, { stripped }));
        using _ = source;
        for (const [name, { size, fields }] of Object.entries(structs)) {
          const type = types.find(name);
          assert.ok(type !== undefined, `${name} is not there`);
          assert.equal(type.name, name);
          assert.equal(type.kind, "struct");
          assert.equal(type.size, size, name);
          assert.deepEqual(
            type.fields.map(({ name, offset, type }) => ({ name, offset, type: type.name })),
            fields,
            name,
          );
        }
        for (const [name, offset] of Object.entries(oracle.offsetof)) {
          const dot = name.lastIndexOf(".");
          const field = types.find(name.slice(0, dot))?.fields.find((field) =>
            field.name === name.slice(dot + 1)
          );
          assert.equal(field?.offset, offset, name);
        }
        for (const [name, size] of Object.entries(oracle.sizeof)) {
          assert.equal(types.find(name)?.size, size, name);
        }
        assert.equal(types.find("net/http.NoSuchType"), undefined);
        assert.equal(types.find("http.Request"), undefined);
      });

      Deno.test(`the type metadata has handlers' methods at their addresses: ${cell}`, async () => {
        const { source, elf, relocations, types } = open(await linkedServer(version, variant, { stripped }));
        using _ = source;
        const functions = new Map<number, Set<string>>();
        for (const { address, name } of new Pclntab(elf, relocations).functions()) {
          functions.set(address, (functions.get(address) ?? new Set()).add(name));
        }
        const names: string[] = [];
        for (const { name, address } of types.handlers()) {
          assert.ok(
            functions.get(address)?.has(name),
            `${name}: ${[...functions.get(address) ?? []].join(" ")}`,
          );
          const signature = types.signatureOf(name, address);
          assert.deepEqual(signature?.parameters.map(({ type }) => type.name), [
            "net/http.ResponseWriter",
            "*net/http.Request",
          ], name);
          assert.deepEqual([signature?.results, signature?.variadic], [[], false]);
          const receiver = /^(.*)\.(?:\(\*(.*)\)|(.*))\.ServeHTTP$/.exec(name);
          const expected = receiver?.[2] === undefined
            ? `${receiver?.[1]}.${receiver?.[3]}`
            : `*${receiver[1]}.${receiver[2]}`;
          assert.equal(signature?.receiver?.type.name, expected);
          names.push(name);
        }
        for (const name of ["net/http.(*ServeMux).ServeHTTP", "net/http.HandlerFunc.ServeHTTP"]) {
          assert.ok(names.includes(name), names.join(" "));
        }
        const read = [...functions].find(([, names]) => names.has("net/http.(*body).Read"))!;
        const signature = types.signatureOf("net/http.(*body).Read", read[0]);
        assert.equal(signature?.receiver?.type.name, "*net/http.body");
        assert.deepEqual(signature?.parameters.map(({ type }) => type.name), ["[]uint8"]);
        assert.deepEqual(signature?.results.map(({ type }) => type.name), ["int", "error"]);
        assert.equal(types.signatureOf("net/http.(*body).Read", read[0] + 16), undefined);
        assert.equal(types.signatureOf("net/http.(*body).NoSuchMethod", read[0]), undefined);
        assert.equal(types.signatureOf("main.ping", read[0]), undefined);
      });
    }
  }

  Deno.test(`the type metadata spells types as DWARF does: Go ${version}`, async () => {
    const oracle = await oracleOf(version);
    const names = new Set(oracle.names[oracle.paths["default"]!]);
    const { source, types } = open(await linkedServer(version, "default", { stripped: true }));
    using _ = source;
    const withoutPaths = (name: string) => name.replace(/[\w.%~-]+\//g, "");
    const spellings = new Map<string, string>();
    for (const name of names) spellings.set(withoutPaths(name), name);
    let same = 0;
    const different: string[] = [];
    for (const { name } of types.types()) {
      if (names.has(name)) same++;
      // The compiler's own types of a map's parts have no path in the runtime's string.
      else if (/\bmap\.(bucket|hdr|group|iter)\b/.test(name)) continue;
      else {
        const spelt = spellings.get(withoutPaths(name));
        // Two packages of one name, of which DWARF has only the other's.
        if (spelt !== undefined && !/crypto\/(internal\/fips140\/)?ecdh\./.test(name)) {
          different.push(`${name} is ${spelt}`);
        }
      }
    }
    assert.deepEqual(different, []);
    assert.ok(same > 1500, `${same}`);
  });
}
