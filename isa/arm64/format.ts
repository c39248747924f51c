import { type Instruction, type Register, SP } from "./decode.ts";

const CONDITIONS = [
  ...["eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"],
] as const;
const LINK_REGISTER = 30;
/** The forms of `ret` that authenticate the link register. */
const AUTHENTICATED: ReadonlyMap<number, string> = new Map([[0xd65f0bff, "retaa"], [0xd65f0fff, "retab"]]);

/**
 * The instruction in Arm's notation, for `--explain` and error messages: those that a site can be, and the common ones
 * that a function without a stack check starts with. Empty for any other.
 *
 * @param base Virtual address of the first byte of the code, to print branch targets.
 */
export function format(instruction: Instruction, word: number, base: number): string {
  switch (instruction.kind) {
    case "return":
      return AUTHENTICATED.get(word) ??
        (instruction.register === LINK_REGISTER ? "ret" : `ret ${general(instruction.register)}`);
    case "indirect":
      return `br ${general(instruction.register)}`;
    case "condition":
      return `b.${CONDITIONS[instruction.condition]} ${hex(base + instruction.target)}`;
    case "jump":
      return `b ${hex(base + instruction.target)}`;
    case "call":
      return `bl ${hex(base + instruction.target)}`;
    case "load":
      return `ldr ${general(instruction.to)}, [${pointer(instruction.base)}, #${instruction.offset}]`;
    case "move":
      return `mov ${general(instruction.to)}, ${general(instruction.from)}`;
    case "arithmetic": {
      const { subtract, flags, to, from, immediate } = instruction;
      const name = (subtract ? "sub" : "add") + (flags ? "s" : "");
      return `${name} ${flags ? general(to) : pointer(to)}, ${pointer(from)}, #${immediate}`;
    }
    case "nop":
      return "nop";
    default:
      // The usual first instruction without a stack check: the link register is pushed.
      if ((word & 0xffe00fff) >>> 0 === 0xf8000ffe) return `str x30, [sp, #${word << 11 >> 23}]!`;
      return "";
  }
}

function general(register: Register): string {
  return register === 31 ? "xzr" : `x${register}`;
}

function pointer(register: Register): string {
  return register === SP ? "sp" : `x${register}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
