import assert from "node:assert/strict";
import { ElfFile, readSymbols, RelativeRelocations } from "../../elf/mod.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain } from "../toolchains.ts";

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
