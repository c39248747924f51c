/**
 * `deno run campaign_process.ts SPEC`: the runs of a campaign, one after another in a process of their own, so that the
 * memory that they take can be measured. Writes the number of each run before it starts, and a {@linkcode Result} as
 * the last line; what goes wrong is thrown.
 *
 * Time is the process's CPU time, which other work on the machine does not change. Memory is the peak that the kernel
 * keeps (`VmHWM`) over all runs, less what the process had when it had read the file: garbage of the runs before, which
 * V8 collects when it wants to and here at least every 16 runs, counts as well, so it is more than any one run took.
 *
 * @module
 */
import { DamagedFile, generator } from "./damage.ts";
import { collect, cpuMs, LIMIT_KB, LIMIT_MS, statusKb } from "./measure.ts";
import { boundaries, PARTS, sectionCuts } from "./parts.ts";
import { READERS } from "./readers.ts";
import type { Result, Spec } from "./campaign.ts";

const COLLECT_EVERY = 16;

/** A file for each run: the damaged bytes, given until the next one is asked for. */
interface Damage {
  readonly count: number;
  at(run: number): Uint8Array;
}

function mutations({ parts, questions, seed, runs }: Spec, original: Uint8Array): Damage {
  const file = new DamagedFile(original, PARTS[parts](original, questions));
  const at = (run: number) => {
    file.restore();
    file.damage(generator(seed + run));
    return file.bytes;
  };
  return { count: runs, at };
}

function cuts({ questions }: Spec, original: Uint8Array): Damage {
  const ends = boundaries(original, questions);
  const sections = sectionCuts(original);
  const copy = original.slice();
  const view = new DataView(copy.buffer);
  const at = (run: number) => {
    copy.set(original.subarray(0, 1 << 20));
    const end = ends[run];
    if (end !== undefined) return copy.subarray(0, end);
    const { sizeAt, size } = sections[run - ends.length]!;
    copy.set(original.subarray(sizeAt, sizeAt + 8), sizeAt);
    view.setBigUint64(sizeAt, BigInt(size), true);
    return copy;
  };
  return { count: ends.length + sections.length, at };
}

const spec = JSON.parse(Deno.args[0] ?? "") as Spec;
const reader = READERS[spec.reader];
const { questions } = spec;
const original = await Deno.readFile(spec.path);
const damage = spec.kind === "mutations" ? mutations(spec, original) : cuts(spec, original);
collect();
const baselineKb = statusKb("VmRSS");

for (let i = 0; i < questions.names.length; i++) {
  const errors = reader(original, questions, i);
  if (errors > 0) throw new Error(`the undamaged file has ${errors} errors: ${questions.names[i]}`);
}
let [runs, errors, noticed, worstMs, worstRun] = [0, 0, 0, 0, 0];
for (let run = spec.part; run < damage.count; run += spec.of) {
  Deno.stdout.writeSync(new TextEncoder().encode(`${run}\n`));
  const bytes = damage.at(run);
  const begin = cpuMs();
  const found = reader(bytes, questions, run);
  const took = cpuMs() - begin;
  errors += found;
  if (found > 0) noticed++;
  if (took > worstMs) [worstMs, worstRun] = [took, run];
  if (took > LIMIT_MS) throw new Error(`it took ${took} ms`);
  const more = statusKb("VmHWM") - baselineKb;
  if (more > LIMIT_KB) throw new Error(`${more} kB more than before the first run are in use`);
  if (++runs % COLLECT_EVERY === 0) collect();
}
const result: Result = {
  runs,
  errors,
  noticed,
  worstMs,
  worstRun,
  peakKb: statusKb("VmHWM") - baselineKb,
};
console.log(JSON.stringify(result));
