import { type ComponentLocation, type GoType, isInteger, isSigned, selectField } from "../../go/mod.ts";
import type { ValuePlan } from "../value_plan.ts";
import type { KnownTypes } from "./known_types.ts";
import {
  behind,
  type MemoryOperand,
  type Operand,
  partOf,
  type RegisterOperand,
  startOf,
  type TypedOperand,
  withCheck,
} from "./operand.ts";
import { CALL_LIMITS, type CallField, type CallFieldKind, type CallStart, type PathStep } from "./program.ts";

/** A field before it is known when it is read, and how much of a text is taken. */
type FieldPath = Pick<CallField, "start" | "steps" | "offset" | "kind" | "nilIsZero">;

/** Errors whose text is known to be in them. */
const ERROR_TYPES: readonly { readonly name: string; readonly field: string }[] = [
  { name: "*errors.errorString", field: "s" },
  { name: "*fmt.wrapError", field: "msg" },
  { name: "*fmt.wrapErrors", field: "msg" },
];

/** Structs within structs that are shown with what is in them. */
const MAX_DEPTH = 2;
/** Elements of an array or a slice that are shown. */
const MAX_ELEMENTS = 3;
const WORD = 8;

const NIL_KINDS: ReadonlySet<GoType["kind"]> = new Set([
  "pointer",
  "interface",
  "slice",
  "map",
  "chan",
  "func",
  "unsafe.Pointer",
]);

/** The expression needs more than a program takes. */
export class TooMuch extends Error {}

/** Collects the fields that the values of one function's calls are made of. Those that are equal are one. */
export class ValueBuilder {
  readonly fields: (Omit<CallField, "capBytes">)[] = [];
  readonly #types: KnownTypes;
  readonly #goidOffset: number | undefined;
  readonly #indexes = new Map<string, number>();
  readonly #maps = new Set<string>();

  constructor(types: KnownTypes, goidOffset: number | undefined) {
    this.#types = types;
    this.#goidOffset = goidOffset;
  }

  /**
   * How a value is put together; adds the fields for it.
   *
   * @param name of the expression
   * @throws {TooMuch} when it does not fit.
   */
  build(name: string, operand: Operand, fromEntry: boolean): ValuePlan {
    const owner = new Owner(this, name, fromEntry, this.#types);
    switch (operand.kind) {
      case "variable": {
        const field = this.variable(name, operand.name, fromEntry);
        return operand.name === "duration"
          ? { kind: "duration", field }
          : { kind: "integer", field, bytes: 8, signed: true };
      }
      case "address": {
        const { start, steps, offset } = operand.of;
        return { kind: "pointer", field: owner.add({ start, steps, offset, kind: { kind: "address" } }) };
      }
      case "type":
        return { kind: "type", field: owner.addType(operand.of) };
      case "word":
        return { kind: "pointer", field: owner.addWord(operand.words[0]!) };
      case "unplaced":
        return { kind: "unreadable", reason: operand.reason };
      case "constant":
        return operand;
      default:
        return owner.show(operand, 0);
    }
  }

  /**
   * The one field that a condition compares of a value: its bytes, or a text; of an interface its type, of what else may
   * be nil the pointer. Undefined for what has no such field.
   *
   * @throws {TooMuch} when it does not fit.
   */
  compared(name: string, operand: TypedOperand, fromEntry: boolean, isWithNil: boolean): number | undefined {
    return new Owner(this, name, fromEntry, this.#types).compared(operand, isWithNil);
  }

  /** The field of what is known of every call. */
  variable(name: string, variable: "goid" | "duration" | "pid", fromEntry: boolean): number {
    const nothing = { start: { kind: "g" }, steps: [], offset: 0 } as const;
    if (variable !== "goid") {
      return this.add(name, { ...nothing, kind: { kind: variable } }, fromEntry && variable === "pid");
    }
    if (this.#goidOffset === undefined) throw new TooMuch("where a goroutine has its ID is not known");
    return this.add(
      name,
      { ...nothing, offset: this.#goidOffset, kind: { kind: "integer", size: 8 } },
      fromEntry,
    );
  }

  /** Index of the field that is read so. */
  add(name: string, path: FieldPath, fromEntry: boolean): number {
    const key = keyOf([path, fromEntry]);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    if (this.fields.length === CALL_LIMITS.fields) {
      throw new TooMuch(`it takes more than ${CALL_LIMITS.fields} values`);
    }
    if (path.steps.length > CALL_LIMITS.steps) {
      throw new TooMuch(`it takes more than ${CALL_LIMITS.steps} steps: pointers, indexes, assertions`);
    }
    if (
      path.steps.some((step) => "offset" in step && Math.abs(step.offset) >= 2 ** 31) ||
      Math.abs(path.offset) >= 2 ** 31
    ) {
      throw new TooMuch("it is too far away");
    }
    for (const step of path.steps) if (step.kind === "map") this.#maps.add(keyOf(step.map));
    if (this.#maps.size > CALL_LIMITS.maps) {
      throw new TooMuch(`more than ${CALL_LIMITS.maps} keys of maps are looked for`);
    }
    this.#indexes.set(key, this.fields.length);
    this.fields.push({ name, ...path, fromEntry, origin: "" });
    return this.fields.length - 1;
  }
}

/** Adds the fields of one expression. */
class Owner {
  readonly #builder: ValueBuilder;
  readonly #name: string;
  readonly #fromEntry: boolean;
  readonly #types: KnownTypes;

  constructor(builder: ValueBuilder, name: string, fromEntry: boolean, types: KnownTypes) {
    this.#builder = builder;
    this.#name = name;
    this.#fromEntry = fromEntry;
    this.#types = types;
  }

  add(path: FieldPath): number {
    return this.#builder.add(this.#name, path, this.#fromEntry);
  }

  /** A register's or a stack word itself. */
  addWord(start: CallStart, steps: readonly PathStep[] = []): number {
    const kind: CallFieldKind = start.kind === "stack" ? { kind: "integer", size: 8 } : { kind: "address" };
    return this.add({ start, steps, offset: 0, kind });
  }

  compared(operand: TypedOperand, isWithNil: boolean): number | undefined {
    const { type } = operand;
    if (operand.kind === "registers" && startOf(operand, 0) === undefined) return undefined;
    if (type.kind === "interface") return this.addType(operand);
    const isText = type.kind === "string" || type.kind === "slice" && type.element?.kind === "uint8";
    if (isText && !isWithNil) return this.#addString(operand);
    const isNumber = type.kind === "bool" || isInteger(type.kind);
    if (isNumber) return this.#addInteger(operand);
    return isWithNil && mayBeNil(type) ? this.#addInteger(partOf(operand, 0, this.#types.int)) : undefined;
  }

  /** @param depth how many structs it lies in, at least 1 in a list */
  show(operand: TypedOperand, depth: number): ValuePlan {
    const { type } = operand;
    if (type.name === "time.Time") return this.#showTime(operand);
    switch (type.kind) {
      case "bool":
        return this.#scalar(operand, (field) => ({ kind: "bool", field }));
      case "float32":
      case "float64": {
        const bytes = type.size === 4 ? 4 : 8;
        return this.#scalar(operand, (field) => ({ kind: "float", field, bytes }));
      }
      case "complex64":
      case "complex128": {
        const bytes = type.size === 8 ? 4 : 8;
        const half = { ...this.#types.int, size: bytes };
        if (operand.kind === "registers") return unreadable(operand.parts[0]?.location);
        const [real, imaginary] = [0, bytes].map((at) => this.#addInteger(partOf(operand, at, half)));
        return { kind: "complex", real: real!, imaginary: imaginary!, bytes };
      }
      case "string":
        return { kind: "string", field: this.#addString(operand) };
      case "slice":
        if (type.element?.kind === "uint8") return { kind: "bytes", field: this.#addString(operand) };
        return this.#showSlice(operand, depth);
      case "array":
        return this.#showArray(operand, depth);
      case "struct":
        return this.#showStruct(operand, depth);
      case "pointer":
        return this.#showPointer(operand, depth);
      case "interface":
        return this.#showInterface(operand, depth);
      case "chan":
      case "func":
      case "map":
      case "unsafe.Pointer":
        return this.#scalar(operand, (field) => ({ kind: "pointer", field }));
      default: {
        if (type.name === "time.Duration") {
          return this.#scalar(operand, (field) => ({ kind: "duration", field }));
        }
        const bytes = sizeOf(type);
        const signed = isSigned(type.kind);
        return this.#scalar(operand, (field) => ({ kind: "integer", field, bytes, signed }));
      }
    }
  }

  #scalar(operand: TypedOperand, make: (field: number) => ValuePlan): ValuePlan {
    if (operand.kind === "registers") {
      const start = startOf(operand, 0);
      if (start === undefined) return unreadable(operand.parts[0]?.location);
      return make(this.addWord(start, operand.steps));
    }
    return make(this.#addInteger(operand));
  }

  #addInteger(operand: TypedOperand): number {
    if (operand.kind === "registers") {
      const start = startOf(operand, 0);
      if (start === undefined) throw new TooMuch("it is in a register that cannot be read");
      return this.addWord(start, operand.steps);
    }
    const { start, steps, offset, type, nilIsZero } = operand;
    const path = { start, steps, offset, kind: { kind: "integer", size: sizeOf(type) } } as const;
    return this.add(nilIsZero ? { ...path, nilIsZero } : path);
  }

  #addString(operand: TypedOperand): number {
    if (operand.kind === "memory") {
      const { start, steps, offset } = operand;
      return this.add({ start, steps, offset, kind: { kind: "string" } });
    }
    const [start, length] = [startOf(operand, 0), startOf(operand, WORD)];
    if (start?.kind !== "register" || length?.kind !== "register") {
      throw new TooMuch("it is in registers that cannot be read");
    }
    const kind = { kind: "string-in-registers", lengthRegister: length.index } as const;
    return this.add({ start, steps: operand.steps, offset: 0, kind });
  }

  /** The address of the descriptor of what an interface holds. */
  addType(operand: MemoryOperand | RegisterOperand): number {
    if (operand.type.isEmptyInterface) return this.#addInteger(partOf(operand, 0, this.#types.int));
    if (operand.kind === "memory") {
      const { start, steps, offset } = operand;
      return this.add({ start, steps, offset, kind: { kind: "itab-type", inRegister: false } });
    }
    const start = startOf(operand, 0);
    if (start === undefined) throw new TooMuch("it is in a register that cannot be read");
    return this.add({
      start,
      steps: operand.steps,
      offset: 0,
      kind: { kind: "itab-type", inRegister: true },
    });
  }

  #showTime(operand: TypedOperand): ValuePlan {
    const [wall, ext] = [0, WORD].map((at) => this.#addInteger(partOf(operand, at, this.#types.int)));
    return { kind: "time", wall: wall!, ext: ext! };
  }

  #showPointer(operand: TypedOperand, depth: number): ValuePlan {
    const { element } = operand.type;
    const pointer = () => this.#scalar(operand, (field) => ({ kind: "pointer", field }));
    if (depth > 0 || element?.kind !== "struct") return pointer();
    const plan = pointer();
    const target = behind(operand, 0, element);
    if (target === undefined || plan.kind !== "pointer") return plan;
    return { kind: "reference", field: plan.field, value: this.#part(() => this.show(target, depth)) };
  }

  #showStruct(operand: TypedOperand, depth: number): ValuePlan {
    const { fields } = operand.type;
    if (depth >= MAX_DEPTH && fields.length > 0) return { kind: "omitted" };
    return {
      kind: "struct",
      fields: fields.map(({ name, offset, type }) => ({
        name,
        value: this.#part(() => this.show(partOf(operand, offset, type), depth + 1)),
      })),
    };
  }

  #showArray(operand: TypedOperand, depth: number): ValuePlan {
    const { element, length } = operand.type;
    const shown = element === undefined ? 0 : Math.min(length, MAX_ELEMENTS);
    const elements = Array.from(
      { length: shown },
      (_, i) => this.#part(() => this.show(partOf(operand, i * element!.size, element!), Math.max(depth, 1))),
    );
    return { kind: "list", lengthField: undefined, length, elements };
  }

  #showSlice(operand: TypedOperand, depth: number): ValuePlan {
    const { element } = operand.type;
    const lengthField = this.#addInteger(partOf(operand, WORD, this.#types.int));
    const first = element && behind(operand, 0, element);
    const shown = first === undefined ? 0 : MAX_ELEMENTS;
    const elements = Array.from({ length: shown }, (_, index) =>
      this.#part(() => {
        const place = { ...first!, offset: first!.offset + index * element!.size };
        const checked = withCheck(place, operand, WORD, (word) => ({ kind: "length", word, index }));
        return checked === undefined ? { kind: "omitted" } : this.show(checked, Math.max(depth, 1));
      }));
    return { kind: "list", lengthField, length: 0, elements };
  }

  #showInterface(operand: TypedOperand, depth: number): ValuePlan {
    const type = this.addType(operand);
    const candidates = operand.type.name === "error" && depth === 0
      ? ERROR_TYPES.flatMap(({ name, field }) => {
        const value = this.#heldText(operand, name, field);
        return value === undefined ? [] : [{ typeName: name, value }];
      })
      : [];
    return { kind: "interface", type, candidates };
  }

  /** A text of what an interface holds, if it holds that type. */
  #heldText(operand: TypedOperand, name: string, field: string): ValuePlan | undefined {
    const pointer = this.#types.find(name);
    const address = this.#types.descriptorAddress(name);
    if (pointer?.element === undefined || address === undefined || !this.#types.isDirect(pointer)) {
      return undefined;
    }
    const selection = selectField(pointer.element, field);
    const step = selection?.kind === "field" ? selection.steps[0] : undefined;
    const target = behind(operand, WORD, pointer.element);
    if (step === undefined || target === undefined) return undefined;
    const isItab = !operand.type.isEmptyInterface;
    const checked = withCheck(target, operand, 0, (word) => ({ kind: "type", word, isItab, address, name }));
    return checked && this.#part(() => this.show(partOf(checked, step.offset, step.type), 1));
  }

  /** What does not fit is left out of a value that is shown whole. */
  #part(make: () => ValuePlan): ValuePlan {
    try {
      return make();
    } catch (error) {
      if (error instanceof TooMuch) return { kind: "omitted" };
      throw error;
    }
  }
}

/** Whether a value of this type can be nil. */
export function mayBeNil({ kind }: GoType): boolean {
  return NIL_KINDS.has(kind);
}

function sizeOf({ size }: GoType): 1 | 2 | 4 | 8 {
  return size === 1 || size === 2 || size === 4 ? size : 8;
}

function unreadable(location: ComponentLocation | undefined): ValuePlan {
  const name = location !== undefined && "name" in location ? `register ${location.name}` : "a register";
  return { kind: "unreadable", reason: `in ${name}, which an eBPF program cannot read` };
}

/** Equal for what is equal. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return String(part);
    return part instanceof Uint8Array ? part.join() : part;
  });
}
