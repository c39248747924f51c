import { TargetError } from "../base/mod.ts";
import {
  CallBase,
  CallFieldLayout,
  CallKind,
  CallPart,
  CallPathStepLayout,
  CallPlanLayout,
  CallStep,
  CallTermLayout,
  TermEnd,
  TermOperator,
} from "../bpf/mod.ts";
import { type CallShape, shapeCall } from "../event/mod.ts";
import {
  type CallField,
  type CallProgram,
  type ConditionTerm,
  type MapSearch,
  type PathStep,
  type ProbePlan,
  registersOf,
  type TermNext,
} from "../probe/mod.ts";
import { type CallPlace, placeCallFields, searchKey } from "./call_spans.ts";
import { LayoutWriter } from "./layout_writer.ts";
import { encodeMap } from "./map_encoding.ts";
import { encodeProbe, type ProgramOptions } from "./plan_encoding.ts";

const PARTS = { alone: CallPart.alone, enter: CallPart.begin, return: CallPart.return } as const;

const BASES = { register: CallBase.register, stack: CallBase.stack, g: CallBase.g } as const;

/** What lies at the end of a path; an itab's address may be in a register too. */
const KINDS = {
  "string": CallKind.string,
  "string-in-registers": CallKind.stringInRegisters,
  "integer": CallKind.integer,
  "address": CallKind.address,
  "duration": CallKind.duration,
  "pid": CallKind.pid,
  "itab-type": CallKind.itab,
} as const;

const OPERATORS = {
  "equal": TermOperator.equal,
  "not-equal": TermOperator.notEqual,
  "less": TermOperator.less,
  "less-equal": TermOperator.lessEqual,
  "greater": TermOperator.greater,
  "greater-equal": TermOperator.greaterEqual,
  "is-nil": TermOperator.isNil,
  "is-not-nil": TermOperator.isNotNil,
  "text-equal": TermOperator.textEqual,
  "text-not-equal": TermOperator.textNotEqual,
  "text-prefix": TermOperator.textPrefix,
  "text-not-prefix": TermOperator.textNotPrefix,
} as const;

/**
 * The records of a call's fields.
 *
 * @throws {TargetError} when they do not fit.
 */
export function callShapeOf({ symbol }: ProbePlan, { fields }: CallProgram): CallShape {
  const shape = shapeCall(fields);
  if (shape !== undefined) return shape;
  throw new TargetError(`The probe on ${symbol} has texts that do not fit into a record together`, {
    hint: "Ask for fewer or shorter values.",
  });
}

/**
 * The bytes of `struct call_plan` (bpf/call.h): the whole `.rodata` of one program.
 *
 * @throws {TargetError} as {@linkcode callShapeOf} does.
 */
export function encodeCall(
  plan: ProbePlan,
  call: CallProgram,
  options: ProgramOptions,
): Uint8Array<ArrayBuffer> {
  const shape = callShapeOf(plan, call);
  const bytes = new Uint8Array(new ArrayBuffer(CallPlanLayout.byteLength));
  const writer = new LayoutWriter(bytes);
  encodeProbe(writer, CallPlanLayout, plan, options);
  const { step } = plan;
  if (step !== "alone" && step !== "enter" && step !== "return") {
    throw new TypeError(`no step of a call: ${step}`);
  }
  const slots = shape.slots[shape.largest]!;
  writer.set(CallPlanLayout.part, PARTS[step]);
  // Only types' addresses depend on where the executable was loaded, which the entry keeps for the returns: without it,
  // plans are equal for all sites.
  const hasTypes = call.fields.some(({ steps }) => steps.some(({ kind }) => kind === "type"));
  writer.set(CallPlanLayout.address, hasTypes && step !== "return" ? plan.site.address : 0);
  writer.set(CallPlanLayout.minDurationNs, step === "return" ? call.minDurationNs : 0);
  writer.set(CallPlanLayout.recordSize, shape.bytes);
  writer.set(CallPlanLayout.recordClass, shape.sizes[shape.largest]!);
  writer.set(CallPlanLayout.keptSize, shape.keptBytes);
  writer.set(CallPlanLayout.fieldCount, call.fields.length);
  const isRead = ({ fromEntry }: CallField) => fromEntry === (step !== "return");
  const read = call.fields.filter(isRead);
  const registers = read.flatMap(registersOf).reduce((mask, index) => mask | 1 << index, 0);
  writer.set(CallPlanLayout.registers, registers);
  writer.set(CallPlanLayout.usesG, read.some(({ start }) => start.kind === "g") ? 1 : 0);
  const maps = mapsOf(call.fields);
  const places = placeCallFields(read).values();
  call.fields.forEach((field, i) => {
    const at = CallPlanLayout.fields.offset + i * CallPlanLayout.fields.stride;
    encodeField(writer, at, field, slots[i]!, maps);
    if (isRead(field)) encodePlace(writer, at, places.next().value!);
  });
  maps.forEach((map, i) => {
    encodeMap(writer, CallPlanLayout.maps.offset + i * CallPlanLayout.maps.stride, map);
  });
  const terms = step === "enter" ? [] : call.condition;
  writer.set(CallPlanLayout.termCount, terms.length);
  terms.forEach((term, i) => {
    encodeTerm(writer, bytes, CallPlanLayout.terms.offset + i * CallPlanLayout.terms.stride, term);
  });
  return bytes;
}

/** The searches of all fields; those that are equal are one. */
function mapsOf(fields: readonly CallField[]): MapSearch[] {
  const maps = new Map<string, MapSearch>();
  for (const { steps } of fields) {
    for (const step of steps) if (step.kind === "map") maps.set(searchKey(step.map), step.map);
  }
  return [...maps.values()];
}

function encodeField(
  writer: LayoutWriter,
  at: number,
  field: CallField,
  slot: { readonly offset: number; readonly capacity: number },
  maps: readonly MapSearch[],
): void {
  const { start, steps, kind } = field;
  const isRegister = kind.kind === "itab-type" && kind.inRegister;
  writer.set(CallFieldLayout.kind, isRegister ? CallKind.itabInRegister : KINDS[kind.kind], at);
  writer.set(CallFieldLayout.base, BASES[start.kind], at);
  writer.set(CallFieldLayout.reg, start.kind === "register" ? start.index : 0, at);
  writer.set(CallFieldLayout.stack, start.kind === "stack" ? start.offset : 0, at);
  writer.set(CallFieldLayout.lengthReg, kind.kind === "string-in-registers" ? kind.lengthRegister : 0, at);
  writer.set(CallFieldLayout.size, kind.kind === "integer" ? kind.size : 0, at);
  writer.set(CallFieldLayout.fromEntry, field.fromEntry ? 1 : 0, at);
  writer.set(CallFieldLayout.nilIsZero, field.nilIsZero ? 1 : 0, at);
  writer.set(CallFieldLayout.slot, slot.offset, at);
  writer.set(CallFieldLayout.capacity, slot.capacity, at);
  writer.set(CallFieldLayout.offset, field.offset, at);
  writer.set(CallFieldLayout.stepCount, steps.length, at);
  steps.forEach((step, i) => {
    encodeStep(writer, at + CallFieldLayout.steps.offset + i * CallFieldLayout.steps.stride, step, maps);
  });
}

function encodePlace(writer: LayoutWriter, at: number, place: CallPlace): void {
  writer.set(CallFieldLayout.joins, place.joins ? 1 : 0, at);
  writer.set(CallFieldLayout.spanSize, place.spanSize, at);
  writer.set(CallFieldLayout.inSpan, place.inSpan ? 1 : 0, at);
  writer.set(CallFieldLayout.spanOffset, place.spanOffset, at);
}

function encodeStep(writer: LayoutWriter, at: number, step: PathStep, maps: readonly MapSearch[]): void {
  const set = (member: keyof typeof CallPathStepLayout & string, value: number) => {
    const layout = CallPathStepLayout[member];
    if (typeof layout !== "number") writer.set(layout, value, at);
  };
  switch (step.kind) {
    case "pointer":
      set("kind", CallStep.pointer);
      return set("offset", step.offset);
    case "map":
      set("kind", CallStep.map);
      return set("map", maps.findIndex((map) => searchKey(map) === searchKey(step.map)));
    case "length":
      set("kind", CallStep.length);
      set("operand", step.index);
      break;
    case "type":
      set("kind", step.isItab ? CallStep.itab : CallStep.type);
      set("operand", step.address);
  }
  if ("register" in step.word) {
    set("inRegister", 1);
    set("reg", step.word.register);
  } else {
    set("offset", step.word.offset);
  }
}

function encodeTerm(
  writer: LayoutWriter,
  bytes: Uint8Array,
  at: number,
  { field, operator, size, signed, operand, then, otherwise }: ConditionTerm,
): void {
  writer.set(CallTermLayout.operator, OPERATORS[operator], at);
  writer.set(CallTermLayout.field, field, at);
  writer.set(CallTermLayout.size, size, at);
  writer.set(CallTermLayout.sign, signed ? 1 : 0, at);
  writer.set(CallTermLayout.then, nextOf(then), at);
  writer.set(CallTermLayout.otherwise, nextOf(otherwise), at);
  if (typeof operand === "bigint") {
    writer.set({ offset: CallTermLayout.operand.offset, size: 8 }, operand, at);
  } else {
    writer.set(CallTermLayout.length, operand.length, at);
    bytes.set(operand, at + CallTermLayout.operand.offset);
  }
}

function nextOf(next: TermNext): number {
  return next === "accept" ? TermEnd.accept : next === "reject" ? TermEnd.reject : next;
}
