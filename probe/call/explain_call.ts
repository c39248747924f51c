import type { ProbeStep } from "../plan.ts";
import type { CallField, CallProgram, CallStart, ConditionTerm, PathStep, StepWord } from "./program.ts";

/** What a call's program reads at one of its hits, a line for each value, then its condition: for `--explain`. */
export function callFieldTexts(
  { fields, condition, minDurationNs }: CallProgram,
  step: ProbeStep,
): [key: string, text: string][] {
  const here = fields.filter(({ fromEntry }) => step === "alone" || fromEntry === (step === "enter"));
  return [
    ...here.map((field): [string, string] => ["value", `${field.name}: ${pathText(field)}`]),
    ...step === "enter" ? [] : [
      ...condition.map((term, i): [string, string] => ["condition", `${i}: ${termText(fields, term)}`]),
      ...minDurationNs > 0 ? [["condition", `it took at least ${minDurationNs} ns`] as [string, string]] : [],
    ],
  ];
}

/** `DI, pointer at +16, string at +56, up to 256 bytes`. */
function pathText({ start, steps, offset, kind, capBytes }: CallField): string {
  switch (kind.kind) {
    case "duration":
      return "since its entry";
    case "pid":
      return "the process";
    case "itab-type":
      return [
        startText(start),
        ...steps.map(stepText),
        `type of the itab${kind.inRegister ? "" : ` at +${offset}`}`,
      ].join(", ");
    case "address":
      return [startText(start), ...steps.map(stepText), ...offset === 0 ? [] : [`+${offset}`]].join(", ");
    default: {
      const what = kind.kind === "integer"
        ? `${kind.size} bytes at +${offset}`
        : kind.kind === "string"
        ? `string at +${offset}, up to ${capBytes} bytes`
        : `string with its length in register ${kind.lengthRegister}, up to ${capBytes} bytes`;
      return [startText(start), ...steps.map(stepText), what].join(", ");
    }
  }
}

function startText(start: CallStart): string {
  if (start.kind === "g") return "the goroutine";
  return start.kind === "register" ? start.name : `stack at +${start.offset}`;
}

function stepText(step: PathStep): string {
  switch (step.kind) {
    case "pointer":
      return `pointer at +${step.offset}`;
    case "length":
      return `length ${wordText(step.word)} above ${step.index}`;
    case "type":
      return `type ${wordText(step.word)} is ${step.name}`;
    case "map":
      return `key of ${step.map.typeName}`;
  }
}

function wordText(word: StepWord): string {
  return "register" in word ? `in register ${word.register}` : `at +${word.offset}`;
}

function termText(
  fields: readonly CallField[],
  { field, operator, operand, then, otherwise }: ConditionTerm,
): string {
  const value = typeof operand === "bigint"
    ? String(operand)
    : JSON.stringify(new TextDecoder().decode(operand));
  return `value ${field} (${fields[field]?.name}) ${operator} ${value}: then ${then}, else ${otherwise}`;
}
