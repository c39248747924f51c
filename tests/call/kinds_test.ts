/**
 * A function of each kind of parameter and result, by Go versions and builds: each value that is printed is what the
 * program itself says. `deno task test call --filter 'Go 1.20.14 -N'` runs one of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GohttpsnoopError, inspect } from "../../mod.ts";
import { CallRecorder } from "./call_recorder.ts";
import {
  type Build,
  buildCalls,
  BUILDS,
  type CallCase,
  CallsProgram,
  listCases,
  type Truth,
} from "./calls_program.ts";
import { compareCalls, withoutInstance } from "./compare_calls.ts";

/** Of each design that differs: of arguments, maps, DWARF, metadata. */
const VERSIONS = ["1.16.15", "1.18.10", "1.20.14", "1.22.12", "1.24.13", "1.26.11", "1.27.4"];
const TIMES = 20;
/** Probes of one run: each takes the kernel some time to check. */
const PROBES_A_RUN = 12;

for (const version of VERSIONS) {
  for (const build of Object.keys(BUILDS) as Build[]) {
    Deno.test(`every value of every kind is what the program says: Go ${version} ${build}`, async (t) => {
      const binary = await buildCalls(version, build);
      const cases = (await listCases(binary)).filter(({ stripped }) => build !== "stripped" || stripped);
      const refused = new Map(cases.map((one) => [one, refusal(binary, one)]));
      const planned = cases.filter((one) => refused.get(one) === undefined);
      const truths = new Map<string, Truth[]>();
      const problems = new Map<string, string[]>();
      for (let i = 0; i < planned.length; i += PROBES_A_RUN) {
        await traceCases(binary, planned.slice(i, i + PROBES_A_RUN), truths, problems);
      }
      for (const one of cases) {
        await t.step(`${one.name}: ${one.probe}`, () => {
          assert.equal(refused.get(one), undefined);
          assert.equal(truths.get(one.name)?.length, TIMES);
          assert.deepEqual(problems.get(one.name), []);
        });
      }
    });
  }
}

/** Why a case cannot be traced: one that is refused fails by itself, and the others are still traced. */
function refusal(binary: string, { probe }: CallCase): string | undefined {
  try {
    inspect({ binary, probes: [probe] });
  } catch (error) {
    if (!(error instanceof GohttpsnoopError)) throw error;
    return error.message;
  }
}

/** Traces cases in one run. Adds, by a case's name, its calls and what is wrong with them. */
async function traceCases(
  binary: string,
  cases: readonly CallCase[],
  truths: Map<string, Truth[]>,
  problems: Map<string, string[]>,
): Promise<void> {
  await using program = await CallsProgram.start(binary);
  await using recorder = await CallRecorder.start(binary, ...cases.map(({ probe }) => probe));
  const names = new Set(cases.map(({ name }) => name));
  const called = (await program.call("all", TIMES)).filter((truth) => names.has(truth.case));
  const { calls, lost } = await recorder.recorded(called.length);
  for (const { name } of cases) {
    const own = called.filter((truth) => truth.case === name);
    const printed = calls.filter(({ symbol }) => withoutInstance(symbol) === own[0]?.symbol);
    truths.set(name, own);
    problems.set(name, compareCalls(own, printed, program.pid));
  }
  assert.equal(lost, 0);
}
