/**
 * A campaign: one executable, damaged again and again and read each time. Its runs are shared by two processes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type VariantKey, VARIANTS, type Version } from "../matrix/cells.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { runsOf, SEED } from "./damage.ts";
import { MEASURED_ARGS } from "./measure.ts";
import type { PartsName } from "./parts.ts";
import type { Questions, ReaderName } from "./readers.ts";

/** What a process of a campaign does. */
export interface Spec {
  readonly path: string;
  readonly reader: ReaderName;
  readonly questions: Questions;
  /** Bits and numbers in these parts, or cuts at each boundary. */
  readonly kind: "mutations" | "cuts";
  readonly parts: PartsName;
  readonly seed: number;
  readonly runs: number;
  /** Of the runs this process has those that leave this rest when divided by `of`. */
  readonly part: number;
  readonly of: number;
}

/** What became of it. */
export interface Result {
  readonly runs: number;
  /** Typed errors: a run may have several, or none. */
  readonly errors: number;
  /** Runs with at least one. */
  readonly noticed: number;
  readonly worstMs: number;
  readonly worstRun: number;
  readonly peakKb: number;
}

/** An executable that is damaged. */
export interface Subject {
  /** A server of the matrix, or a program of a few lines that does not have net/http. */
  readonly program: "awkward" | "small";
  readonly version: Version;
  readonly variant?: VariantKey;
  /** Flags of `go build` instead of the variant's. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a campaign damages and reads. */
export interface Campaign {
  readonly reader: ReaderName;
  readonly parts?: PartsName;
  /** Absent: the file and its sections are cut at every boundary instead. */
  readonly runs?: number;
}

/** As many as the machine has that CI runs on. */
const PROCESSES = 2;
/** A run that has not ended by then never will. The machine may be busy with other things. */
const STUCK_MS = 120_000;

/**
 * The least part of all cuts that each reader has to notice: those in what it reads. Measured were 0.79 to 0.82 of elf,
 * 0.79 of targets, 0.68 of runtime types, 0.65 of list; where there are many units, most of them not asked for, 0.25 of
 * dwarf and 0.54 of plan, elsewhere 0.65 and 0.68.
 */
const NOTICED_CUTS: Readonly<Record<ReaderName, number>> = {
  elf: 0.75,
  targets: 0.75,
  "runtime types": 0.65,
  dwarf: 0.2,
  plan: 0.45,
  list: 0.6,
};

/** Runs the campaign, and reports its numbers. Throws with the run that went wrong, and how to repeat it. */
export async function campaign(subject: Subject, options: Campaign): Promise<void> {
  const { reader, parts = "everything", runs } = options;
  const questions = { ...QUESTIONS[subject.program], ...reader === "list" && { names: PATTERNS } };
  const path = await build(subject);
  const kind = runs === undefined ? "cuts" : "mutations";
  const spec = { path, reader, questions, kind, parts, seed: SEED, runs: runsOf(runs ?? 0) } as const;
  const start = performance.now();
  const settled = await Promise.allSettled(
    Array.from({ length: PROCESSES }, (_, part) => runPart({ ...spec, part, of: PROCESSES })),
  );
  // Only now, when no process is left.
  const results = settled.map((part) => {
    if (part.status === "rejected") throw part.reason;
    return part.value;
  });
  const total = results.reduce((a, b) => ({
    runs: a.runs + b.runs,
    errors: a.errors + b.errors,
    noticed: a.noticed + b.noticed,
    ...a.worstMs > b.worstMs
      ? { worstMs: a.worstMs, worstRun: a.worstRun }
      : { worstMs: b.worstMs, worstRun: b.worstRun },
    peakKb: Math.max(a.peakKb, b.peakKb),
  }));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  await report(
    `${describe(subject)}, ${reader}, ${
      kind === "cuts" ? "cut" : parts
    }: ${total.runs} runs in ${seconds} s, ` +
      `${total.errors} errors in ${total.noticed} of them, worst ${
        total.worstMs.toFixed(0)
      } ms (run ${total.worstRun}), ` +
      `peak +${Math.round(total.peakKb / 1024)} MB`,
  );
  // Damage that nothing notices would not be damage. One run again may well be without an error.
  const least = kind === "cuts" ? NOTICED_CUTS[reader] * total.runs : total.runs < 10 ? 0 : 1;
  assert.ok(total.noticed >= least, `${total.noticed} of ${total.runs} runs had an error`);
}

/** A subject in words. */
export function describe({ program, version, variant, flags = [], env = {} }: Subject): string {
  const how = variant === undefined ? [...flags, ...Object.values(env)].join(" ") : VARIANTS[variant].name;
  return `${program} of Go ${version} ${how}`.trimEnd();
}

async function runPart(spec: Spec): Promise<Result> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...MEASURED_ARGS, PROCESS, JSON.stringify(spec)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let [last, rest, stuck] = ["", "", false];
  const kill = () => {
    stuck = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, STUCK_MS);
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    clearTimeout(timer);
    timer = setTimeout(kill, STUCK_MS);
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    last = lines.at(-1) ?? last;
  }
  clearTimeout(timer);
  const { success, code, signal } = await child.status;
  if (success) return JSON.parse(last) as Result;
  const again = spec.kind === "cuts" || last === ""
    ? ""
    : ` (again with GOHTTPSNOOP_FUZZ_SEED=${spec.seed + Number(last)} GOHTTPSNOOP_FUZZ_RUNS=1)`;
  const what = stuck ? "it does not end" : signal === null ? `exit code ${code}` : `it died of ${signal}`;
  throw new Error(`seed ${spec.seed}, run ${last || "none"}${again}: ${what}\n${await errors}`);
}

/** Adds a line to what is shown behind the tests of the suite: see scripts/test.ts. */
export async function report(line: string): Promise<void> {
  const path = Deno.env.get("GOHTTPSNOOP_TEST_REPORT") ?? "";
  if (path !== "") await Deno.writeTextFile(path, `${line}\n`, { append: true });
}

async function build({ program, version, variant, flags, env }: Subject): Promise<string> {
  const chosen = VARIANTS[variant ?? "default"];
  return await buildGo({
    toolchain: await ensureToolchain(version),
    ...program === "awkward" ? { dir: AWKWARD } : { files: { "main.go": SMALL } },
    output: program,
    flags: flags ?? chosen.flags,
    env: env ?? chosen.env,
  });
}

const PROCESS = new URL("campaign_process.ts", import.meta.url).pathname;
const AWKWARD = new URL("../servers/awkward", import.meta.url).pathname;

const SMALL = `package main

type T struct{ n int }

func (t T) M() { println(t.n) }

type Outer struct {
	id int
	T
	next *Outer
	list []Outer
	call func(Outer, *T) (string, error)
	table map[string]*Outer
}

type I interface{ M() }

//go:noinline
func call(i I) { i.M() }

//go:noinline
func many(a int, b string, c []byte, o Outer, f func(I) I) (int, error) {
	println(a, b, len(c), o.id, f)
	return a, nil
}

func gone() { println("gone") }

func main() {
	call(T{1})
	call(&Outer{id: 2, T: T{3}})
	gone()
	f := T{4}.M
	f()
	many(1, "b", nil, Outer{}, func(i I) I { return i })
}
`;

/** What is listed: the handlers, all that match, all that contain it. */
const PATTERNS = ["", "main.*", "ServeHTTP"];

/** What the programs have to be asked about. */
const QUESTIONS: Readonly<Record<Subject["program"], Questions>> = {
  small: {
    names: [
      "main.T.M",
      "main.Outer.M",
      "main.call",
      "main.many",
      "main.gone",
      "main.*",
      "*.M",
      "main.nothing",
    ],
    types: ["main.Outer", "main.I", "main.T", "*main.Outer", "error", "main.NoSuchType"],
  },
  awkward: {
    names: [
      "main.ping",
      "main.valueHandler.ServeHTTP",
      "main.label.ServeHTTP",
      "main.(*shop).Orders",
      "main.promoted.ServeHTTP",
      "main.big",
      "main.*",
    ],
    types: [
      "net/http.Request",
      "*net/http.response",
      "net/http.ResponseWriter",
      "net/http.Header",
      "main.NoSuchType",
    ],
  },
};
