import assert from "node:assert/strict";
import { decode } from "../../isa/amd64/decode.ts";
import { findProbeSite, type SiteChoice } from "../../isa/mod.ts";
import { chosenVersions, minorOf } from "../toolchains.ts";
import { disassemble, expectedSite, type Line } from "./disassembly.ts";
import { build, canBuild, type Variant, VARIANTS } from "./sites_program.ts";

/** Functions whose prologue may be unknown: hand-written ones that call morestack themselves. */
const UNKNOWN_PROLOGUES: ReadonlySet<string> = new Set<string>([]);

for (const version of chosenVersions()) {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    if (!canBuild(version, variant)) continue;
    Deno.test(`findProbeSite() agrees with objdump about Go ${version}, ${name}`, async () => {
      await compare(version, variant, `${version} ${name}`);
    });
  }
}

async function compare(version: string, variant: Variant, title: string): Promise<void> {
  const functions = await disassemble(await build(version, variant), variant);
  const morestack = new Set(functions.morestack);
  const isMorestack = (address: number) => morestack.has(address);
  const counts = { push: 0, branch: 0, entry: 0, emulated: 0, refused: 0, repeated: 0 };
  const wrong: string[] = [];
  for (const { name, address, code, lines } of functions.all) {
    const options = { architecture: variant.architecture, address };
    const site = findProbeSite(code, { ...options, isMorestack });
    const expected = expectedSite(lines, variant.architecture);
    if (site.offset !== expected.offset || site.class !== expected.class) {
      wrong.push(`${name}: ${describe(site)} instead of ${describe(expected)}`);
    }
    if (site.reason.startsWith("unknown prologue") && !UNKNOWN_PROLOGUES.has(name)) {
      wrong.push(`${name}: ${site.reason}`);
    }
    if (site.class !== "entry" && (site.refusal !== "" || !site.emulated || site.instruction === "")) {
      wrong.push(`${name}: ${site.instruction} is not emulated`);
    }
    // The first bytes alone, and no symbols, give the same site.
    const hurried = findProbeSite(code.subarray(0, 256), options);
    if (hurried.offset !== site.offset || hurried.class !== site.class) {
      wrong.push(`${name}: ${describe(hurried)} from the first bytes, not ${describe(site)}`);
    }
    wrong.push(...checkConvention(site, version, variant).map((what) => `${name}: ${what}`));
    counts[site.class]++;
    if (site.emulated) counts.emulated++;
    if (site.refusal !== "") counts.refused++;
    if (!site.once) counts.repeated++;
  }
  assert.deepEqual(wrong, []);
  const total = functions.all.length;
  assert.ok(total >= (variant.whole ? 3000 : 15), `${title}: only ${total} functions`);
  const shares = Object.entries(counts).map(([what, count]) =>
    `${what} ${(100 * count / total).toFixed(1)} %`
  );
  console.log(`${title}: ${total} functions, ${shares.join(", ")}`);
}

/** What the shape of the check says of the calling convention, against the version that compiled it. */
function checkConvention(site: SiteChoice, version: string, variant: Variant): string[] {
  const minor = minorOf(version);
  const arm64 = variant.architecture === "aarch64";
  if (site.class === "entry") return [];
  if (minor < (arm64 ? 18 : 17)) return site.convention === "stack" ? [] : [`${site.convention} arguments`];
  // Assembly keeps the arguments on the stack, and on arm64 its check looks the same.
  if (arm64) return site.convention === "register" ? [] : [`${site.convention} arguments`];
  const register = site.g.kind === "register" && site.g.register === "r14";
  return register === (site.convention === "register") ? [] : [`${site.convention} arguments`];
}

Deno.test("findProbeSite() tells the g source and the convention of each awkward handler", async () => {
  for (const version of chosenVersions()) {
    const minor = minorOf(version);
    for (const [name, variant] of Object.entries(VARIANTS)) {
      if (!canBuild(version, variant)) continue;
      const { all } = await disassemble(await build(version, variant), { ...variant, whole: false });
      const choose = (symbol: string): SiteChoice => {
        const found = all.find((candidate) => candidate.name === symbol);
        assert.ok(found, `${symbol} in ${version} ${name}`);
        return findProbeSite(found.code, { architecture: variant.architecture, address: found.address });
      };
      const handlers = ["littleFrame", "middleFrame", "hugeFrame", "hugerFrame", "small.ServeHTTP", "loops"];
      const arm64 = variant.architecture === "aarch64";
      for (const handler of [...handlers, "(*sized).ServeHTTP", "deferring", "main.func1"]) {
        const site = choose(`main.${handler}`);
        const where = `${version} ${name} ${handler}`;
        assert.equal(site.class, !arm64 && minor >= 21 ? "push" : "branch", where);
        assert.equal(site.convention, minor >= (arm64 ? 18 : 17) ? "register" : "stack", where);
        if (arm64) assert.deepEqual(site.g, { kind: "register", register: "x28" }, where);
        else if (minor >= 17) assert.deepEqual(site.g, { kind: "register", register: "r14" }, where);
        else assert.equal(site.g.kind, "tls", where);
      }
      for (const unchecked of ["nosplit", "leafOf", "empty"]) {
        const site = choose(`main.${unchecked}`);
        assert.deepEqual([site.class, site.reason], ["entry", "no stack check"], unchecked);
      }
    }
  }
});

Deno.test("decode() finds the same amd64 instruction boundaries as objdump", async () => {
  for (const version of chosenVersions()) {
    const { all } = await disassemble(await build(version, VARIANTS["default"]!), VARIANTS["default"]!);
    const wrong: string[] = [];
    let compared = 0;
    for (const { name, code, lines } of all) {
      // Objdump does not know AVX: it shows `?` for single bytes, or another instruction's name.
      if (lines.some((line) => line.mnemonic === "?" || isVector(code[line.offset]))) continue;
      for (const line of lines) {
        compared++;
        const instruction = decode(code, line.offset);
        if (instruction?.length === line.length && branchAgrees(instruction.target, line)) continue;
        wrong.push(
          `${name}+${line.offset}: ${instruction?.length} bytes, not ${line.length} (${line.mnemonic})`,
        );
        break;
      }
    }
    assert.deepEqual(wrong, [], version);
    console.log(`${version}: ${compared} instructions`);
  }
});

function isVector(first: number | undefined): boolean {
  return first === 0xc4 || first === 0xc5 || first === 0x62;
}

function branchAgrees(target: number | undefined, line: Line): boolean {
  return line.target === undefined || target === line.target;
}

function describe(site: Pick<SiteChoice, "offset" | "class">): string {
  return `${site.class} at +${site.offset}`;
}
