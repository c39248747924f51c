/**
 * Types and signatures from DWARF against reflect in the program itself, against declarations that are known, and
 * against Go's debug/dwarf.
 */
import assert from "node:assert/strict";
import { BytesSource } from "../../base/mod.ts";
import { ElfFile, readSymbols } from "../../elf/mod.ts";
import { DwarfTypes } from "../../go/dwarf_types.ts";
import type { GoSignature, GoType } from "../../go/go_type.ts";
import { plainTypeName } from "../../go/dwarf_name.ts";
import { buildGo, chosenVersions, ensureToolchain, installedGo, minorOf, runTool } from "../toolchains.ts";
import { DEBUG_DWARF_PROGRAM, reflectingProgram } from "./dwarf_programs.ts";

/** What the program prints of one type; empty names are those that reflect does not tell. */
interface ReflectedType {
  readonly Name: string;
  readonly Kind: string;
  readonly Size: number;
  readonly Length: number;
  readonly Key: string;
  readonly Element: string;
  readonly Fields:
    | readonly {
      readonly Name: string;
      readonly Offset: number;
      readonly Type: string;
      readonly Kind: string;
      readonly Size: number;
      readonly Embedded: boolean;
    }[]
    | null;
  readonly In: readonly string[] | null;
  readonly Out: readonly string[] | null;
  readonly Variadic: boolean;
}

async function open(path: string): Promise<{ elf: ElfFile; types: DwarfTypes }> {
  const elf = new ElfFile(new BytesSource(await Deno.readFile(path)));
  const types = DwarfTypes.open(elf);
  assert.ok(types !== undefined);
  return { elf, types };
}

/** The name where reflect tells one too. */
function like(expected: string, type: GoType | undefined): string {
  return expected === "" ? "" : type?.name ?? "none";
}

function compareType(expected: ReflectedType, type: GoType): void {
  const { In, Out, Fields } = expected;
  const signature = type.signature;
  const isNamed = (names: readonly string[], index: number) => names[index] ?? "";
  assert.deepEqual({
    Name: type.name,
    Kind: type.kind,
    Size: type.size,
    Length: type.length,
    Key: like(expected.Key, type.key),
    Element: like(expected.Element, type.element),
    Fields: type.fields.map((field, i) => ({
      Name: field.name,
      Offset: field.offset,
      Type: like(Fields?.[i]?.Type ?? "?", field.type),
      Kind: field.type.kind,
      Size: field.type.size,
      Embedded: field.embedded,
    })),
    In: signature?.parameters.map((parameter, i) => like(isNamed(In ?? [], i), parameter.type)) ?? [],
    Out: signature?.results.map((parameter, i) => like(isNamed(Out ?? [], i), parameter.type)) ?? [],
    Variadic: signature?.variadic ?? false,
  }, { ...expected, Fields: Fields ?? [], In: In ?? [], Out: Out ?? [] });
}

/** As a declaration has it. */
function written(signature: GoSignature | undefined): string {
  if (signature === undefined) return "none";
  const list = (parameters: GoSignature["parameters"]) =>
    parameters.map(({ name, type }) => `${name} ${type.name}`.trim()).join(", ");
  const receiver = signature.receiver === undefined ? "" : `(${list([signature.receiver])}) `;
  return `${receiver}(${list(signature.parameters)}) (${list(signature.results)})`;
}

const HANDLER = "(w net/http.ResponseWriter, req *net/http.Request) ()";

/** What each function of the program is declared as; until Go 1.21 blank parameters are not in DWARF. */
function signatures(minor: number): Record<string, string> {
  const blanks = minor >= 22;
  return {
    "main.(*store).Get": `(s *main.store) (name string, ${
      blanks ? "int, " : ""
    }values []string) (result int, err error)`,
    "main.text.ServeHTTP": `(t main.text) ${HANDLER}`,
    "main.(*store).ServeHTTP": `(*main.store) ${HANDLER}`,
    "main.order": "(zulu int, alpha string, mike bool, bravo []uint8) (yankee int, charlie string)",
    "main.unnamed": blanks ? "(net/http.ResponseWriter, *net/http.Request) ()" : "none",
    "main.blank": blanks ? "(net/http.ResponseWriter, req *net/http.Request) ()" : "none",
    "main.unused": "(first string, second string, third string) (int)",
    "main.many":
      "(a int8, b [3]int, c map[string][]uint8, d func(int) error, e chan<- int, f interface {}, " +
      "g float64, h main.inner) (int, string)",
    "main.inlined": `(skipped int, ${blanks ? "bool, " : ""}kept string) (int)`,
    "main.middle": "(next net/http.Handler) (net/http.Handler)",
    "main.middle.func1": HANDLER,
    "main.main": blanks ? "() ()" : "none",
  };
}

for (const version of chosenVersions()) {
  const minor = minorOf(version);
  const build = async (flags: readonly string[] = [], env: Record<string, string> = {}): Promise<string> => {
    const toolchain = await ensureToolchain(version);
    return await buildGo({
      toolchain,
      files: reflectingProgram(version),
      output: "types",
      flags,
      env,
    });
  };

  for (const flags of [[], ["-buildmode=pie"], ["-ldflags=-compressdwarf=false"]]) {
    Deno.test(`types in DWARF of Go ${version} ${flags.join("")} are as reflect has them`, async () => {
      const path = await build(flags);
      const { types } = await open(path);
      let compared = 0;
      for (const line of (await runTool(path, [], { env: {} })).trim().split("\n")) {
        const expected = JSON.parse(line) as ReflectedType;
        if (expected.Name === "") continue;
        const type = types.find(expected.Name);
        assert.ok(type !== undefined, expected.Name);
        compareType(expected, type);
        compared++;
      }
      assert.ok(compared > 100, `${compared} types`);
      assert.equal(types.find("main.awkwar"), undefined);
    });
  }

  Deno.test(`signatures in DWARF of Go ${version} are as declared`, async () => {
    const { elf, types } = await open(await build());
    const symbols = readSymbols(elf);
    for (const [symbol, expected] of Object.entries(signatures(minor))) {
      const found = symbols?.find(symbol)[0];
      assert.ok(found !== undefined, symbol);
      const text = written(types.signatureOf(symbol, found.address));
      // Go 1.17 leaves out most results that are in registers.
      const withoutResults = expected.replace(/ \([^()]*\)$/, " ()");
      if (minor !== 17 || text !== withoutResults) assert.equal(text, expected, symbol);
    }
    if (minor < 18) return;
    const generic = [...symbols?.functions() ?? []].filter(({ name }) =>
      /^main\.(Handle|\(\*Pair)\[/.test(name)
    );
    assert.ok(generic.length >= 3);
    for (const { name, address } of generic) {
      const text = written(types.signatureOf(name, address));
      const request = "w net/http.ResponseWriter, req *net/http.Request";
      assert.ok(
        text.includes(`(${request}${name.startsWith("main.Handle") ? ", value " : ") ()"}`),
        `${name}: ${text}`,
      );
    }
  });

  Deno.test(`the functions in DWARF of Go ${version} are those of the symbol table, and handlers are told`, async () => {
    const { elf, types } = await open(await build());
    const symbols = new Map(
      [...readSymbols(elf)?.functions() ?? []].map(({ name, address }) => [address, name]),
    );
    const listed = [...types.functions()];
    assert.ok(listed.length > 3000);
    for (const { name, address } of listed) assert.equal(name, symbols.get(address)?.replace(/\.abi0$/, ""));
    const handlers = listed.filter(({ name, isHandler }) => isHandler && name.startsWith("main.")).map((
      { name },
    ) => name);
    const expected = [
      "main.text.ServeHTTP",
      "main.(*text).ServeHTTP",
      "main.middle.func1",
      "main.(*store).ServeHTTP",
      ...(minor >= 22 ? ["main.unnamed", "main.blank"] : []),
    ];
    for (const name of expected) assert.ok(handlers.includes(name), name);
    const others = handlers.filter((name) => !expected.includes(name));
    assert.deepEqual(others.filter((name) => !/^main\.(Handle|\(\*Pair)\[/.test(name)), []);
    assert.ok(minor < 18 || others.length >= 3, others.join());
  });

  for (const [arch, flag] of [["amd64", ""], ["amd64", "-gcflags=-N -l"], ["arm64", ""]] as const) {
    Deno.test(`DWARF of Go ${version} for ${arch} ${flag} says where parameters are at the entry`, async () => {
      const flags = flag === "" ? [] : [flag];
      const { elf, types } = await open(await build(flags, { GOARCH: arch, CGO_ENABLED: "0" }));
      const address = readSymbols(elf)?.find("main.text.ServeHTTP")[0]?.address ?? 0;
      const found = types.parameterLocations("main.text.ServeHTTP", address) ?? [];
      assert.deepEqual(found.map(({ name }) => name), ["t", "w", "req"]);
      const inRegisters = minor >= (arch === "amd64" ? 17 : 18);
      const registers = arch === "amd64"
        ? [["AX", "BX"], ["CX", "DI"], ["SI"]]
        : [["R0", "R1"], ["R2", "R3"], ["R4"]];
      const expected = inRegisters ? registers : [[8, 16], [24, 32], [40]];
      found.forEach(({ name, parts }, i) => {
        // Of a parameter that it does not use as it came, the compiler says nothing: to 1.16 of the first two.
        if (parts === undefined && minor <= 16 && name !== "req") return;
        // 1.17 has for the writer's first word the place to which it would be copied.
        if (minor === 17 && inRegisters && name === "w") return;
        const places = parts?.map((part) => part?.kind === "stack" ? part.offset : part?.name);
        // A value on the stack that is not taken apart has one place.
        assert.deepEqual(places, places?.length === 1 ? expected[i]?.slice(0, 1) : expected[i], name);
        assert.ok(flag === "" || places !== undefined, name);
      });
    });
  }
}

/** What the functions of the servers that the other tests trace are declared as. */
const SERVERS = {
  "tests/servers/awkward": {
    "main.ping": HANDLER,
    "main.big": HANDLER,
    "main.deaf": HANDLER,
    "main.answer": HANDLER,
    "main.(*counter).ServeHTTP": `(c *main.counter) ${HANDLER}`,
    "main.valueHandler.ServeHTTP": `(h main.valueHandler) ${HANDLER}`,
    "main.fill": "(m main.mark, buffer *[32768]uint8) ()",
    "main.unused": "(text string) (int)",
    "main.main.func1": HANDLER,
  },
  "examples/server": {
    "main.ping": HANDLER,
    "main.hello": HANDLER,
    "main.listen": "(address string) (net.Listener)",
  },
} as const;

for (const version of chosenVersions()) {
  Deno.test(`signatures of the servers' functions in DWARF of Go ${version} are as declared`, async () => {
    const toolchain = await ensureToolchain(version);
    for (const [dir, functions] of Object.entries(SERVERS)) {
      const { elf, types } = await open(await buildGo({ toolchain, dir, output: "server" }));
      let found = 0;
      for (const [symbol, expected] of Object.entries(functions)) {
        // The compiler may have inlined it everywhere.
        for (const { address } of readSymbols(elf)?.find(symbol) ?? []) {
          const text = written(types.signatureOf(symbol, address));
          const withoutResults = expected.replace(/ \([^()]*\)$/, " ()");
          if (!version.startsWith("1.17.") || text !== withoutResults) assert.equal(text, expected, symbol);
          found++;
        }
      }
      assert.ok(found >= 2, dir);
    }
  });

  Deno.test(`every struct in DWARF of Go ${version} is as Go's debug/dwarf has it`, async () => {
    const oracle = await buildGo({
      toolchain: await installedGo(),
      files: DEBUG_DWARF_PROGRAM,
      output: "structs",
    });
    const toolchain = await ensureToolchain(version);
    const path = await buildGo({ toolchain, dir: "examples/server", output: "server" });
    const lines = (await runTool(oracle, [path], { env: {} })).trim().split("\n");
    assert.ok(lines.length > 500);
    const { types } = await open(path);
    const names = new Map<string, number>();
    for (const line of lines) {
      const name = plainTypeName(line.split("\t")[0] ?? "");
      names.set(name, (names.get(name) ?? 0) + 1);
    }
    for (const line of lines) {
      const [name = "", size, fields] = line.split("\t");
      // Types that are local to functions may share a name.
      if (names.get(plainTypeName(name)) !== 1) continue;
      const type = types.find(name.startsWith("noalg.") ? name : plainTypeName(name));
      assert.ok(type !== undefined, name);
      const text = type.fields.map((field) => `${field.name}@${field.offset}:${field.type.size}`).join(" ");
      assert.equal(`${type.size}\t${text}`, `${size}\t${fields}`, name);
    }
  });
}
