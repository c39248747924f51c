import { type GoType, selectField } from "../../go/mod.ts";
import { type Expression, ExpressionError, type Index, printExpression } from "../expression/mod.ts";
import type { Environment } from "./environment.ts";
import { searchLayout } from "../map_search.ts";
import type { KnownTypes } from "./known_types.ts";
import { mapKey } from "./map_key.ts";
import { CALL_LIMITS } from "./program.ts";
import {
  asserted,
  behind,
  isTyped,
  type MemoryOperand,
  type Operand,
  partOf,
  type TypedOperand,
  withCheck,
} from "./operand.ts";

/** Where an expression is evaluated. */
export type Moment = "entry" | "return";

/** What an expression stands for, and when it can be read. */
export interface Compiled {
  readonly operand: Operand;
  readonly moment: Moment;
}

const WORD = 8;
/** What lies further is out of a program's reach, and no element of any list. */
const MAX_INDEX = 2 ** 31 - 1;

/** Turns expressions of one probe or condition into the places of their values. */
export class ExpressionCompiler {
  readonly #environment: Environment;
  readonly #types: KnownTypes;
  readonly #text: string;

  /** @param text what the expressions were read from, for errors */
  constructor(environment: Environment, types: KnownTypes, text: string) {
    this.#environment = environment;
    this.#types = types;
    this.#text = text;
  }

  /**
   * @param moment in which list it stands; undefined in a condition, where both may
   * @throws {ExpressionError} when a name is not known, or its type has no such thing.
   */
  compile(expression: Expression, moment: Moment | undefined): Compiled {
    const root = rootOf(expression);
    const at = root.kind === "identifier"
      ? this.#momentOf(root.name, root.at, moment)
      : root.name === "duration"
      ? "return"
      : moment ?? "entry";
    return { operand: this.#operand(expression, at), moment: at };
  }

  #momentOf(name: string, column: number, moment: Moment | undefined): Moment {
    const isParameter = this.#environment.atEntry(name) !== undefined;
    const isResult = this.#environment.atReturn(name) !== undefined;
    if (moment === undefined && (isParameter || isResult)) return isParameter ? "entry" : "return";
    if (moment === "entry" && isParameter || moment === "return" && isResult) return moment;
    if (isParameter) {
      throw this.#error(column, `${name} is a parameter, and behind -> stand results`, {
        hint: `Write it before the arrow: (${name}) -> (…).`,
      });
    }
    if (isResult) {
      throw this.#error(column, `${name} is a result: it is not there before the function returns`, {
        hint: `Write it behind an arrow: -> (${name}).`,
      });
    }
    throw this.#unknownName(name, column, moment);
  }

  #unknownName(name: string, column: number, moment: Moment | undefined): ExpressionError {
    if (!this.#environment.isKnown) {
      return this.#error(column, `there is no ${name}: this executable does not name parameters`, {
        hint:
          "Name words of the arguments, and their types: arg0.(*net/http.Request).Method. A build with DWARF has the names.",
      });
    }
    if (moment !== "entry" && this.#environment.lacksResults) {
      return this.#error(column, `there is no ${name}: results are not described in this executable`, {
        hint: "Go 1.17 leaves them out: ask for its arguments only, or build with another version.",
      });
    }
    const names = moment === undefined
      ? [...this.#environment.names("entry"), ...this.#environment.names("return")]
      : this.#environment.names(moment);
    const what = moment === "return" ? "result" : "parameter";
    return this.#error(column, `there is no ${what} ${name}`, {
      hint: names.length === 0
        ? `The function has no ${what} with a name.`
        : `It has ${names.join(", ")}; gohttpsnoop -l -v BINARY prints signatures.`,
    });
  }

  #operand(expression: Expression, moment: Moment): Operand {
    switch (expression.kind) {
      case "identifier":
        return (moment === "entry"
          ? this.#environment.atEntry(expression.name)
          : this.#environment.atReturn(expression.name)) as Operand;
      case "variable":
        return { kind: "variable", name: expression.name };
      case "field":
        return this.#select(
          this.#typed(expression.operand, moment, expression.nameAt),
          expression.name,
          expression.nameAt,
        );
      case "index":
        return this.#index(
          this.#typed(expression.operand, moment, expression.at),
          expression.index,
          expression.at,
        );
      case "dereference":
        return this.#dereference(this.#typed(expression.operand, moment, expression.at), expression.at);
      case "address": {
        const of = this.#operand(expression.operand, moment);
        if (of.kind === "memory") return { kind: "address", of };
        throw this.#error(expression.at, `${printExpression(expression.operand)} has no address`, {
          hint: "Only what lies in memory has one: a field behind a pointer, an element of a slice.",
        });
      }
      case "assertion":
        return this.#assert(
          this.#operand(expression.operand, moment),
          expression.type,
          expression.typeAt,
        );
      case "call":
        return this.#call(
          expression.function,
          this.#typed(expression.operand, moment, expression.at),
          expression.at,
        );
    }
  }

  #typed(expression: Expression, moment: Moment, column: number): TypedOperand {
    const operand = this.#operand(expression, moment);
    if (isTyped(operand)) return operand;
    if (operand.kind === "unplaced") throw this.#unplaced(expression.at, operand.reason);
    if (operand.kind === "word") {
      throw this.#error(column, `the type of ${printExpression(expression)} is not known`, {
        hint: `Say what it is: ${printExpression(expression)}.(*net/http.Request)`,
      });
    }
    throw this.#error(column, `${printExpression(expression)} has nothing in it`, {
      hint: "Show it as it is.",
    });
  }

  #select(operand: TypedOperand, name: string, column: number): TypedOperand {
    const { type } = operand;
    const selection = selectField(type, name);
    if (selection?.kind === "ambiguous") {
      throw this.#error(column, `${name} is ambiguous in ${type.name}`, {
        hint: `Write which: ${selection.paths.join(" or ")}.`,
      });
    }
    if (selection === undefined) throw this.#noField(type, name, column);
    return selection.steps.reduce<TypedOperand>((from, step) => {
      const struct = step.dereference ? this.#dereference(from, column) : from;
      return partOf(struct, step.offset, step.type);
    }, operand);
  }

  #noField(type: GoType, name: string, column: number): ExpressionError {
    const struct = type.kind === "pointer" ? type.element : type;
    if (type.kind === "interface") {
      return this.#error(column, `${type.name} is an interface: it has no fields`, {
        hint: `Say what it holds: .(*T).${name}; type(x) shows what that is.`,
      });
    }
    const fields = struct?.kind === "struct" ? struct.fields.map((field) => field.name) : [];
    const shown = fields.slice(0, 12).join(", ");
    return this.#error(column, `${type.name} has no field ${name}`, {
      hint: fields.length === 0
        ? "Only structs, and pointers to them, have fields."
        : `It has ${shown}${fields.length > 12 ? ", …" : ""}.`,
    });
  }

  #dereference(operand: TypedOperand, column: number): MemoryOperand {
    const { type } = operand;
    if (type.kind !== "pointer" || type.element === undefined) {
      throw this.#error(column, `${type.name} is no pointer`, { hint: "Leave the * out." });
    }
    return this.#behind(operand, 0, type.element, column);
  }

  #behind(operand: TypedOperand, offset: number, type: GoType, column: number): MemoryOperand {
    const found = behind(operand, offset, type);
    if (found !== undefined) return found;
    throw this.#error(column, `where ${operand.type.name} is cannot be read here`, {
      hint: "Show another value.",
    });
  }

  #index(operand: TypedOperand, index: Index["index"], column: number): TypedOperand {
    const { type } = operand;
    if (type.kind === "map") return this.#search(operand, index);
    if (type.kind === "pointer" && type.element?.kind === "array") {
      return this.#index(this.#dereference(operand, column), index, column);
    }
    if (type.kind !== "array" && type.kind !== "slice" && type.kind !== "string") {
      throw this.#error(column, `${type.name} has no elements`, {
        hint: "Only arrays, slices, strings and maps have some.",
      });
    }
    if (index.kind !== "integer" || index.value < 0n) {
      throw this.#error(index.at, `an index of ${type.name} is a whole number from 0`, {
        hint: "Only a map has other keys.",
      });
    }
    const { element } = type;
    if (index.value > MAX_INDEX) {
      throw this.#error(index.at, `an index is at most ${MAX_INDEX}`, { hint: "Show a nearer element." });
    }
    const number = Number(index.value);
    if (type.kind === "array" && element !== undefined) {
      if (number >= type.length) {
        throw this.#error(index.at, `${type.name} has no element ${number}`, {
          hint: `It has ${type.length}.`,
        });
      }
      return partOf(operand, number * element.size, element);
    }
    const item = type.kind === "string" ? this.#types.byte : element;
    if (item === undefined) {
      throw this.#error(column, `what ${type.name} is made of is not known`, { hint: "Show another value." });
    }
    const first = this.#behind(operand, 0, item, column);
    const place = { ...first, offset: first.offset + number * item.size };
    return this.#checked(
      withCheck(place, operand, WORD, (word) => ({ kind: "length", word, index: number })),
      operand,
      column,
    );
  }

  #search(operand: TypedOperand, index: Index["index"]): MemoryOperand {
    const { type } = operand;
    const { key, element } = type;
    const layout = searchLayout(type);
    if (element === undefined || key === undefined || layout === undefined) {
      throw this.#error(index.at, `how ${type.name} lies in memory is not known`, {
        hint: "Show len() of it.",
      });
    }
    const wanted = mapKey(key, index);
    if ("hint" in wanted) throw this.#error(index.at, wanted.what, wanted);
    const map = this.#behind(operand, 0, type, index.at);
    return {
      ...map,
      type: element,
      steps: [...map.steps, {
        kind: "map",
        map: { typeName: type.name, layout, groups: CALL_LIMITS.mapGroups, key: wanted },
      }],
    };
  }

  #assert(operand: Operand, name: string, column: number): TypedOperand {
    if (operand.kind === "unplaced") throw this.#unplaced(column, operand.reason);
    const type = this.#types.find(name);
    if (type === undefined) {
      throw this.#error(column, `the type ${name} is not known in this executable`, {
        hint:
          "Write it as Go does, with the package's whole path: *net/http.Request, github.com/me/shop.Order.",
      });
    }
    if (operand.kind === "word") {
      const value = asserted(operand, type);
      if (value !== undefined) return value;
      throw this.#error(column, `where a ${name} would be cannot be read here`, {
        hint: "Show the word as it is.",
      });
    }
    // So a probe that is written for an executable without DWARF can be used on one that has it.
    if (isTyped(operand) && operand.type.name === type.name) return operand;
    if (!isTyped(operand) || operand.type.kind !== "interface") {
      throw this.#error(column, "only an interface can be asserted to hold a type", {
        hint: "Leave the assertion out.",
      });
    }
    const address = type.kind === "interface" ? undefined : this.#types.descriptorAddress(name);
    if (address === undefined) {
      throw this.#error(column, `no interface of this executable can hold ${name}`, {
        hint: "type(x) shows what one holds.",
      });
    }
    const isItab = !operand.type.isEmptyInterface;
    // A pointer is in the data word itself; all else lies behind it.
    const held = this.#types.isDirect(type)
      ? partOf(operand, WORD, type)
      : this.#behind(operand, WORD, type, column);
    return this.#checked(
      withCheck<TypedOperand>(held, operand, 0, (word) => ({ kind: "type", word, isItab, address, name })),
      operand,
      column,
    );
  }

  #call(name: "len" | "cap" | "type", operand: TypedOperand, column: number): Operand {
    const { type } = operand;
    if (name === "type") {
      if (type.kind === "interface") return { kind: "type", of: operand };
      throw this.#error(column, `type() is for interfaces, and this is always ${type.name}`, {
        hint: "Leave it out.",
      });
    }
    const offset = name === "len" ? 0 : WORD;
    switch (type.kind) {
      case "slice":
        return partOf(operand, WORD + offset, this.#types.int);
      case "string":
        if (name === "len") return partOf(operand, WORD, this.#types.int);
        break;
      case "array":
        return { kind: "constant", value: type.length };
      case "chan":
        return this.#behindAt(operand, offset, column);
      case "map":
        if (name === "len") return this.#behindAt(operand, 0, column);
        break;
    }
    throw this.#error(column, `${name}() is not for ${type.name}`, {
      hint: "It is for strings, slices, arrays, channels and maps.",
    });
  }

  /** The int at so many bytes behind the pointer that a channel or a map is: its length is the first word. */
  #behindAt(operand: TypedOperand, offset: number, column: number): MemoryOperand {
    const header = this.#behind(operand, 0, this.#types.int, column);
    return { ...header, offset: header.offset + offset, nilIsZero: true };
  }

  #checked<T>(operand: T | undefined, { type }: TypedOperand, column: number): T {
    if (operand !== undefined) return operand;
    throw this.#error(column, `where ${type.name} is cannot be read here`, { hint: "Show another value." });
  }

  #unplaced(column: number, reason: string): ExpressionError {
    return this.#error(column, `it is ${reason}`, { hint: "Show another value." });
  }

  #error(column: number, what: string, { hint }: { readonly hint: string }): ExpressionError {
    return new ExpressionError(what, { text: this.#text, column, hint });
  }
}

/** The name that an expression begins with. */
function rootOf(expression: Expression): Extract<Expression, { kind: "identifier" | "variable" }> {
  let root = expression;
  while (root.kind !== "identifier" && root.kind !== "variable") root = root.operand;
  return root;
}
