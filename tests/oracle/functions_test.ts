import assert from "node:assert/strict";
import { ElfFile, readSymbols, RelativeRelocations } from "../../elf/mod.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { FileSource } from "../../trace/file_source.ts";
import { FunctionTable } from "../../go/mod.ts";
import { buildGo, chosenVersions, ensureToolchain, runTool } from "../toolchains.ts";

const SERVER = new URL("../../examples/server", import.meta.url).pathname;

/** The ways to link that move pclntab or the start of the code. */
const VARIANTS: Readonly<
  Record<string, { flags?: string[]; ldflags?: string; env?: Record<string, string> }>
> = {
  default: {},
  static: { env: { CGO_ENABLED: "0" } },
  pie: { flags: ["-buildmode=pie"] },
  external: { ldflags: "-linkmode=external" },
  "external pie": { flags: ["-buildmode=pie"], ldflags: "-linkmode=external" },
  "external static pie": {
    flags: ["-buildmode=pie", "-tags=netgo osusergo"],
    ldflags: "-linkmode=external -extldflags=-static-pie",
  },
  arm64: { env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
  "arm64 pie": { flags: ["-buildmode=pie"], env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
};

/** Combinations that a toolchain cannot build: a reason each. */
function impossible(version: string, variant: string): boolean {
  // Before Go 1.15, `-buildmode=pie` for arm64 needs cgo and so a cross compiler.
  return variant === "arm64 pie" && /^1\.1[2-5]\./.test(version);
}

/** A name as both tables have it: symbols say `.` for `·`, and pclntab abbreviates type arguments to `[...]`. */
function common(name: string): string {
  return name.replaceAll("·", ".").replace(/\[.*\]/, "[...]").replace(/\.abi(0|internal)$/, "");
}

async function build(version: string, variant: string, stripped: boolean): Promise<string> {
  const { flags = [], ldflags = "", env = {} } = VARIANTS[variant]!;
  const link = [stripped ? "-s -w" : "", ldflags].join(" ").trim();
  return await buildGo({
    toolchain: await ensureToolchain(version),
    dir: SERVER,
    flags: [...flags, ...link === "" ? [] : [`-ldflags=${link}`]],
    env,
    output: stripped ? "stripped" : "server",
  });
}

for (const version of chosenVersions()) {
  for (const variant of Object.keys(VARIANTS).filter((variant) => !impossible(version, variant))) {
    Deno.test(`pclntab has every function at its address: Go ${version}, ${variant}`, async () => {
      using source = new FileSource(await build(version, variant, false));
      const elf = new ElfFile(source);
      const pclntab = new Pclntab(elf, new RelativeRelocations(elf));
      const symbols = new Map<number, Set<string>>();
      for (const { address, name } of readSymbols(elf)!.functions()) {
        symbols.set(address, (symbols.get(address) ?? new Set()).add(common(name)));
      }
      let compared = 0;
      for (const { name, address } of pclntab.functions()) {
        assert.ok(symbols.get(address)?.has(common(name)), `${name} at 0x${address.toString(16)}`);
        compared++;
      }
      assert.equal(compared, pclntab.size);
      assert.ok(compared > 4_000, `${compared} functions`);
    });

    Deno.test(`a stripped executable has the same functions: Go ${version}, ${variant}`, async () => {
      using source = new FileSource(await build(version, variant, true));
      using twinSource = new FileSource(await build(version, variant, false));
      const elf = new ElfFile(source);
      assert.equal(readSymbols(elf), undefined);
      const pclntab = new Pclntab(elf);
      const twin = new Pclntab(new ElfFile(twinSource));
      // The linker may place the code elsewhere; the functions keep their distances.
      const list = (table: Pclntab) => {
        const base = table.find("main.main")[0]!.address;
        return [...table.functions()].map(({ name, address, size }) => `${name} ${address - base} ${size}`);
      };
      assert.deepEqual(list(pclntab), list(twin));
      const [ping, ...others] = pclntab.find("main.ping");
      assert.deepEqual(others, []);
      assert.ok(ping!.size > 0);
      assert.deepEqual(pclntab.find("main.pin"), []);
      assert.deepEqual(pclntab.find("ain.ping"), []);
    });
  }
}

/** The functions of an executable by `go tool nm`, ascending: `T`, `t` are code. */
async function nmFunctions(
  version: string,
  path: string,
): Promise<{ name: string; address: number; size: number }[]> {
  const toolchain = await ensureToolchain(version);
  const text = await runTool(toolchain.go, ["tool", "nm", "-size", "-sort", "address", path], {
    env: toolchain.env,
    cwd: "/",
  });
  return text.split("\n").flatMap((line) => {
    const [, address, size, name] = /^ *([0-9a-f]+) +(\d+) [Tt] (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, address: parseInt(address!, 16), size: Number(size) }];
  });
}

for (const version of chosenVersions()) {
  for (const variant of ["default", "pie", "arm64"].filter((variant) => !impossible(version, variant))) {
    Deno.test(`functions are where go tool nm says, of its sizes: Go ${version}, ${variant}`, async () => {
      const path = await build(version, variant, false);
      using source = new FileSource(path);
      const elf = new ElfFile(source);
      const functions = new FunctionTable(elf);
      const expected = await nmFunctions(version, path);
      const key = ({ name, address, size }: { name: string; address: number; size: number }) =>
        `${address.toString(16)} ${size} ${name}`;
      const ours = new Set([...functions.functions()].map(key));
      // Those without a size are the linker's marks of where code begins and ends.
      const missing = expected.filter((found) => !ours.has(key(found)) && found.size > 0);
      assert.deepEqual(missing.map(key), []);
      assert.ok(expected.length > 4_000, `${expected.length} functions`);
      const theirs = new Set(expected.map(key));
      assert.deepEqual([...ours].filter((found) => !theirs.has(found)), []);

      // pclntab says the same, with the padding behind each.
      const pclntab = new Pclntab(elf);
      const sizes = new Map(expected.map(({ address, size }) => [address, size]));
      let compared = 0;
      let inGo = 0;
      for (const { name, address, size } of pclntab.functions()) {
        const exact = sizes.get(address);
        const inC = !name.includes(".") || name.endsWith("(.text)");
        if (!inC) inGo++;
        // Functions in C, which pclntab has too, may lie within one another.
        if (exact === undefined || exact === 0 || inC) continue;
        assert.ok(size >= exact && size < exact + 4096, `${name}: ${size} bytes, ${exact} by nm`);
        compared++;
      }
      assert.ok(compared > 0.99 * inGo, `${compared} of ${inGo}`);
    });
  }
}
