import type { FieldPlan, ProbePlan } from "../../probe/mod.ts";
import { inspect } from "../../trace/mod.ts";
import { tracerCommand } from "../e2e/tracer.ts";
import { Process } from "./process.ts";

/** What is compared; `untraced` is no tracer at all. */
export const TRACERS = ["gohttpsnoop", "floor", "bpftrace-4", "bpftrace-2"] as const;
/** One of {@linkcode TRACERS}. */
export type TracerName = (typeof TRACERS)[number];

/** In words. */
export const DESCRIPTIONS: Readonly<Record<TracerName, string>> = {
  "gohttpsnoop": "gohttpsnoop: method, status, latency, size, path, to a file",
  "floor": "empty programs at the same sites (the floor)",
  "bpftrace-4": "bpftrace: method, path, status, latency, at the entry and the end",
  "bpftrace-2": "bpftrace: method, path, at the entry",
};

/** Starts a tracer of the whole server on `binary`, which runs at `origin`, with its output in `file`. */
export async function startTracer(
  name: TracerName,
  options: { readonly binary: string; readonly origin: string; readonly file: string },
): Promise<Process> {
  const { binary, origin, file } = options;
  await Deno.writeTextFile(file, "");
  switch (name) {
    case "gohttpsnoop": {
      const { command, args } = tracerCommand();
      const seen = () => isSeen(`${origin}/hello`, file);
      return await Process.start(command, [...args, "--output-file", file, binary], seen);
    }
    case "floor":
      return await Process.script("floor_process.ts", [binary]);
    case "bpftrace-2":
    case "bpftrace-4":
      return await Process.start(
        "bpftrace",
        ["-q", "-o", file, "-e", name === "bpftrace-2" ? entryScript(binary) : pairScript(binary)],
        () => isSeen(`${origin}/hello`, file),
      );
  }
}

/** Sends a request, and tells whether one is in the tracer's output: so it is attached. */
export async function isSeen(url: string, file: string): Promise<boolean> {
  await (await fetch(url)).text();
  return (await Deno.readTextFile(file)).includes(new URL(url).pathname);
}

/** A word at a place, and a string there, as bpftrace writes them. */
const word = (base: string, offset: number) => `*(uint64 *)(${base} + ${offset})`;
const text = (base: string, offset: number) => `str(${word(base, offset)}, ${word(base, offset + 8)})`;

/** The registers in Go's order on amd64, as bpftrace calls them. */
const REGISTERS = ["ax", "bx", "cx", "di", "si", "r8", "r9", "r10", "r11"];

/** A field as bpftrace reads it. */
function expression({ location, derefs, offset, kind }: FieldPlan): string {
  if (location.kind !== "register") throw new Error("the benchmark's server passes arguments in registers");
  const base = derefs.reduce(word, `reg("${REGISTERS[location.index]}")`);
  if (kind.kind === "word") return base;
  return kind.kind === "string" ? text(base, offset) : word(base, offset);
}

function field({ fields, symbol }: ProbePlan, name: string): FieldPlan {
  const found = fields.find((field) => field.name === name);
  if (found === undefined) throw new Error(`${symbol} has no ${name}`);
  return found;
}

function plansOf(binary: string): { readonly begin: ProbePlan; readonly end: ProbePlan } {
  const plans = inspect({ binary, probes: [] });
  const begin = plans.find(({ step }) => step === "begin");
  const end = plans.find(({ symbol }) => symbol === "net/http.(*response).finishRequest");
  if (begin === undefined || end === undefined) {
    throw new Error("the benchmark's server is no net/http server");
  }
  return { begin, end };
}

/** What one writes who wants to see requests: one probe, at the function's entry. */
function entryScript(binary: string): string {
  const { begin, end } = plansOf(binary);
  const request = expression(field(begin, "request"));
  const [method, uri] = [field(end, "method").offset, field(end, "uri").offset];
  return `uprobe:${binary}:"${begin.symbol}" {
    printf("%s %s\\n", ${text(request, method)}, ${text(request, uri)});
  }`;
}

/** The same that gohttpsnoop shows but for the size. A goroutine may change its thread: it is the key. */
function pairScript(binary: string): string {
  const { begin, end } = plansOf(binary);
  const [method, uri, status] = ["method", "uri", "status"].map((name) => expression(field(end, name)));
  return `uprobe:${binary}:"${begin.symbol}" { @begun[reg("r14")] = nsecs; }
  uprobe:${binary}:"${end.symbol}" {
    printf("%s %s %d %d\\n", ${method}, ${uri}, ${status}, nsecs - @begun[reg("r14")]);
    delete(@begun[reg("r14")]);
  }`;
}

/** Method and path of a handler, at its entry. */
export function handlerScript(binary: string, handler: string): string {
  const [plan] = inspect({ binary, probes: [handler] }) as [ProbePlan];
  const [method, path] = ["method", "path"].map((name) => expression(field(plan, name)));
  return `uprobe:${binary}:"${plan.symbol}" { printf("%s %s\\n", ${method}, ${path}); }`;
}
