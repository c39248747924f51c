import { TargetError } from "../base/mod.ts";
import {
  type CallPlanLayout,
  FieldBase,
  FieldKind,
  PlanArchitecture,
  PlanFieldLayout,
  PlanG,
  PlanGuard,
  PlanLayout,
  PlanMapLayout,
  PlanSlotLayout,
  PlanSpanLayout,
  PlanStep,
} from "../bpf/mod.ts";
import { type RecordShape, shapeRecords } from "../event/mod.ts";
import type { FieldPlan, FieldStart, ProbePlan } from "../probe/mod.ts";
import { LayoutWriter } from "./layout_writer.ts";
import { encodeMap } from "./map_encoding.ts";
import { type FieldPlace, findSpans, noSpans, type Span } from "./spans.ts";

/** What is frozen into a program beside the probe's plan. */
export interface ProgramOptions {
  /** The site's index in the run, for a program that has one site; undefined: each attachment's cookie says it. */
  readonly site: number | undefined;
  /** The program may sleep. */
  readonly sleepable: boolean;
  /** Only this process, as the tracer's PID namespace numbers it; 0 for all. */
  readonly pid: number;
  /** A napping reader is woken when so many bytes are waiting. */
  readonly wakeupBytes: number;
  /** The tracer's PID namespace, where it is not the initial one. */
  readonly pidNamespace: PidNamespace | undefined;
  /** Hits of requests are counted by site; those of calls always are. */
  readonly counted: boolean;
}

/** A PID namespace: device and inode of its file in /proc/PID/ns. */
export interface PidNamespace {
  readonly device: number;
  readonly inode: number;
}

/**
 * The records of a plan's fields.
 *
 * @throws {TargetError} when the fields are more, deeper or longer than a program can take.
 */
export function shapeOf(plan: ProbePlan): RecordShape {
  const { fields } = plan;
  if (fields.length > PlanLayout.fields.length) {
    throw tooMuch(plan, `${fields.length} fields; at most ${PlanLayout.fields.length} are possible`);
  }
  const deepest = Math.max(0, ...fields.map((field) => field.derefs.length));
  if (deepest > PlanFieldLayout.deref.length) {
    throw tooMuch(
      plan,
      `${deepest} pointers to follow; at most ${PlanFieldLayout.deref.length} are possible`,
    );
  }
  const searched = fields.filter(({ search }) => search !== undefined).length;
  if (searched > PlanLayout.maps.length) {
    throw tooMuch(plan, `${searched} headers to look for; at most ${PlanLayout.maps.length} are possible`);
  }
  const shape = shapeRecords(fields);
  if (shape === undefined) throw tooMuch(plan, "strings that do not fit into a record together");
  return shape;
}

function tooMuch(plan: ProbePlan, what: string): TargetError {
  return new TargetError(`The probe on ${plan.symbol} has ${what}`, {
    hint: "Ask for fewer or shorter values.",
  });
}

const GUARDS = {
  "none": PlanGuard.none,
  "branch-not-taken": PlanGuard.branchNotTaken,
  "first-arrival": PlanGuard.firstArrival,
} as const;

const STEPS = {
  "alone": PlanStep.alone,
  "begin": PlanStep.begin,
  "mark": PlanStep.mark,
  "end": PlanStep.end,
  "end-begun": PlanStep.endBegun,
} as const;

const BASES = {
  register: FieldBase.register,
  stack: FieldBase.stack,
  writer: FieldBase.writer,
  request: FieldBase.request,
  g: FieldBase.g,
} as const;

const KINDS = {
  string: FieldKind.string,
  bytes: FieldKind.string,
  integer: FieldKind.integer,
  word: FieldKind.word,
  duration: FieldKind.duration,
  mark: FieldKind.mark,
  handler: FieldKind.handler,
} as const;

/**
 * The bytes of `struct plan` (bpf/gohttpsnoop.h): the whole `.rodata` of one program.
 *
 * @throws {TargetError} as {@linkcode shapeOf} does.
 */
export function encodePlan(plan: ProbePlan, options: ProgramOptions): Uint8Array<ArrayBuffer> {
  const shape = shapeOf(plan);
  const bytes = new Uint8Array(new ArrayBuffer(PlanLayout.byteLength));
  const writer = new LayoutWriter(bytes);
  // The program that searches reads each field by itself.
  const { spans, places } = searches(plan) ? noSpans(plan.fields) : findSpans(plan.fields);
  encodeProbe(writer, PlanLayout, plan, options);
  writer.set(PlanLayout.step, stepOf(plan));
  const isMarked = plan.fields.some(({ kind }) => kind.kind === "mark");
  writer.set(PlanLayout.marked, isMarked ? 1 : 0);
  writer.set(PlanLayout.fieldCount, plan.fields.length);
  writer.set(PlanLayout.smallest, shape.sizes[shape.smallest]!);
  writer.set(PlanLayout.largest, shape.sizes[shape.largest]!);
  writer.set(PlanLayout.spanCount, spans.length);
  writer.set(PlanLayout.counted, options.counted ? 1 : 0);
  writer.set(PlanLayout.joined, beginsWithLine(plan) ? 1 : 0);
  plan.fields.forEach((field, i) => {
    encodeField(writer, PlanLayout.fields.offset + i * PlanLayout.fields.stride, field, places[i]!);
  });
  let count = 0;
  plan.fields.forEach(({ search }, i) => {
    if (search === undefined) return;
    const at = PlanLayout.maps.offset + count++ * PlanLayout.maps.stride;
    encodeMap(writer, at, search);
    writer.set(PlanMapLayout.field, i, at);
  });
  writer.set(PlanLayout.searchCount, count);
  spans.forEach((span, i) => {
    encodeSpan(writer, PlanLayout.spans.offset + i * PlanLayout.spans.stride, span);
  });
  shape.slots.forEach((row, size) => {
    row.forEach((slot, i) => {
      const at = PlanLayout.slots.offset + size * PlanLayout.slots.stride + i * PlanLayout.slots.inner.stride;
      writer.set(PlanSlotLayout.offset, slot.offset, at);
      writer.set(PlanSlotLayout.capacity, slot.capacity, at);
    });
  });
  return bytes;
}

/** Whether a record begins with what a request of HTTP/1 begins with: its method, and what it asks for. */
function beginsWithLine({ fields: [method, target] }: ProbePlan): boolean {
  return method?.name === "method" && method.kind.kind === "string" && target?.kind.kind === "string";
}

/** What the programs of requests and of calls have by the same names. */
export function encodeProbe(
  writer: LayoutWriter,
  layout: typeof PlanLayout | typeof CallPlanLayout,
  plan: ProbePlan,
  options: ProgramOptions,
): void {
  const g = placeOfG(plan);
  writer.set(layout.architecture, PlanArchitecture[plan.architecture]);
  writer.set(layout.guard, GUARDS[plan.site.guard]);
  writer.set(layout.g, g.place);
  writer.set(layout.tlsOffset, g.tlsOffset);
  writer.set(layout.siteFromCookie, options.site === undefined ? 1 : 0);
  writer.set(layout.sleepable, options.sleepable ? 1 : 0);
  writer.set(layout.site, options.site ?? 0);
  writer.set(layout.pid, options.pid);
  writer.set(layout.wakeupBytes, options.wakeupBytes);
  writer.set(layout.pidnsDev, options.pidNamespace?.device ?? 0);
  writer.set(layout.pidnsIno, options.pidNamespace?.inode ?? 0);
}

/** Which of the objects has the program for a plan. */
export function objectOf(plan: ProbePlan): "gohttpsnoop" | "search" | "call" {
  return plan.kind === "call" ? "call" : searches(plan) ? "search" : "gohttpsnoop";
}

function searches({ fields }: ProbePlan): boolean {
  return fields.some(({ search }) => search !== undefined);
}

function stepOf({ step, symbol }: ProbePlan): number {
  if (step === "enter" || step === "return") {
    throw new TypeError(`${symbol}: a call is encoded by encodeCall`);
  }
  return STEPS[step];
}

/** Where the goroutine is at the site. To Go 1.16 on amd64 the stack check, where there is one, has loaded it into CX. */
function placeOfG(
  { architecture, g, site }: ProbePlan,
): { readonly place: number; readonly tlsOffset: number } {
  if (architecture === "aarch64" || g.kind !== "tls") return { place: PlanG.x28R14, tlsOffset: 0 };
  if (site.class === "push" || site.class === "branch") return { place: PlanG.cx, tlsOffset: 0 };
  return { place: PlanG.tls, tlsOffset: g.offset ?? 0 };
}

function encodeField(writer: LayoutWriter, at: number, field: FieldPlan, place: FieldPlace): void {
  const { location, kind } = field;
  writer.set(PlanFieldLayout.kind, KINDS[kind.kind], at);
  encodeStart(writer, PlanFieldLayout, at, location);
  writer.set(PlanFieldLayout.span, place.span, at);
  writer.set(PlanFieldLayout.at, place.at, at);
  writer.set(PlanFieldLayout.searched, field.search === undefined ? 0 : 1, at);
  writer.set(PlanFieldLayout.derefs, field.derefs.length, at);
  writer.set(PlanFieldLayout.size, kind.kind === "integer" ? kind.size : 0, at);
  writer.set(PlanFieldLayout.offset, field.offset, at);
  field.derefs.forEach((deref, i) => {
    writer.set(
      { offset: PlanFieldLayout.deref.offset + i * PlanFieldLayout.deref.stride, size: 4 },
      deref,
      at,
    );
  });
}

function encodeSpan(writer: LayoutWriter, at: number, span: Span): void {
  encodeStart(writer, PlanSpanLayout, at, span.start);
  for (const member of ["parent", "pointer", "size", "offset"] as const) {
    writer.set(PlanSpanLayout[member], span[member], at);
  }
}

function encodeStart(
  writer: LayoutWriter,
  layout: typeof PlanFieldLayout | typeof PlanSpanLayout,
  at: number,
  start: FieldStart,
): void {
  writer.set(layout.base, BASES[start.kind], at);
  writer.set(layout.reg, start.kind === "register" ? start.index : 0, at);
  writer.set(layout.stack, start.kind === "stack" ? start.offset : 0, at);
}
