/**
 * Whole plans against `go tool objdump`: the function's address, the site in the file, and the same for an executable
 * without symbols. For every way of linking, on both architectures; none of them is run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inspect } from "../../mod.ts";
import { FileSource } from "../../trace/file_source.ts";
import { chosenVersions, minorOf } from "../toolchains.ts";
import { disassemble, expectedSite } from "./disassembly.ts";
import { build, canBuild, VARIANTS } from "./sites_program.ts";

const HANDLERS = ["littleFrame", "middleFrame", "hugeFrame", "hugerFrame", "loops", "empty", "main.func1"];

for (const version of chosenVersions()) {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    if (!canBuild(version, variant)) continue;
    Deno.test(`a plan is where objdump has the function, stripped or not: Go ${version}, ${name}`, async () => {
      const executable = await build(version, variant);
      const { all } = await disassemble(executable, { ...variant, whole: false });
      const probes = HANDLERS.map((handler) => `main.${handler}`);
      for (const path of [executable, await build(version, variant, true)]) {
        using source = new FileSource(path);
        const plans = inspect({ binary: path, probes });
        assert.deepEqual(plans.map(({ symbol }) => symbol), probes);
        for (const { symbol, address, architecture, convention, site } of plans) {
          const found = all.find((candidate) => candidate.name === symbol);
          assert.ok(found, symbol);
          const expected = expectedSite(found.lines, variant.architecture);
          assert.equal(architecture, variant.architecture);
          assert.equal(address, found.address, symbol);
          assert.equal(site.address, address + expected.offset, symbol);
          assert.deepEqual([site.offset, site.class], [expected.offset, expected.class], symbol);
          const code = found.code.subarray(site.offset, site.offset + 16);
          assert.deepEqual(source.read(site.fileOffset, code.length), code, symbol);
          const first = variant.architecture === "aarch64" ? 18 : 17;
          assert.equal(convention, minorOf(version) >= first ? "register" : "stack", symbol);
        }
      }
    });
  }
}
