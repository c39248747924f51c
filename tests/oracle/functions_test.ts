import assert from "node:assert/strict";
import { ElfFile, readSymbols, RelativeRelocations } from "../../elf/mod.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { FileSource } from "../../trace/file_source.ts";
import { FunctionTable } from "../../go/mod.ts";
import { chosenVersions, ensureToolchain, runTool } from "../toolchains.ts";
import { linkedServer, variantsOf } from "./linked_server.ts";

/** A name as both tables have it: symbols say `.` for `·`, and pclntab abbreviates type arguments to `[...]`. */
function common(name: string): string {
  return name.replaceAll("·", ".").replace(/\[.*\]/, "[...]").replace(/\.abi(0|internal)$/, "");
}

for (const version of chosenVersions()) {
  for (const variant of variantsOf(version)) {
    Deno.test(`pclntab has every function at its address: Go ${version}, ${variant}`, async () => {
      using source = new FileSource(await linkedServer(version, variant));
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
      using source = new FileSource(await linkedServer(version, variant, { stripped: true }));
      using twinSource = new FileSource(await linkedServer(version, variant));
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

for (const version of chosenVersions().filter((version) => !variantsOf(version).includes("arm64 pie"))) {
  Deno.test({
    name: `a PIE for arm64 cannot be linked without a cross compiler: Go ${version}`,
    // There the system's linker is the right one.
    ignore: Deno.build.arch === "aarch64",
    fn: () => assert.rejects(linkedServer(version, "arm64 pie"), /loadinternal: cannot find runtime\/cgo/),
  });
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
  for (const variant of ["default", "pie", "arm64"] as const) {
    Deno.test(`functions are where go tool nm says, of its sizes: Go ${version}, ${variant}`, async () => {
      const path = await linkedServer(version, variant);
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
