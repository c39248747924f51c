import type { Returns, ReturnSite, ReturnsOptions } from "../returns.ts";
import { decode, type Instruction } from "./decode.ts";
import { format } from "./format.ts";
import { isEmulated, refusal } from "./kernel.ts";

const RET_IMM16 = 0xc2;
const RET = 0xc3;
const CALL_REL32 = 0xe8;
/** Of this group `jmp r/m64` has the extension 4, and the far `jmp m16:64` has 5. */
const GROUP_5 = 0xff;

/** {@linkcode findReturns} for x86-64. */
export function findAmd64Returns(code: Uint8Array, options: ReturnsOptions): Returns {
  const returns: ReturnSite[] = [];
  const tailJumps: number[] = [];
  const starts = new Set<number>();
  const targets = new Set<number>();
  const found = (reason: string): Returns => ({ returns, tailJumps, complete: reason === "", reason });
  for (let offset = 0; offset < code.length;) {
    const instruction = decode(code, offset);
    if (instruction === undefined) {
      // Zeros pad the end of the text section; two of them are an instruction, and one is left of an odd number.
      return found(offset === code.length - 1 && code[offset] === 0 ? "" : `no instruction at +${offset}`);
    }
    starts.add(offset);
    if (isReturn(instruction)) returns.push(describe(instruction, options.address));
    const { target } = instruction;
    if (target !== undefined && target >= 0 && target < code.length) targets.add(target);
    if (leaves(instruction, code.length)) tailJumps.push(offset);
    offset += instruction.length;
  }
  // Data among the instructions would be read as some, and what follows it from the middle of one.
  for (const target of targets) {
    if (!starts.has(target)) return found(`a branch leads into the middle of an instruction, at +${target}`);
  }
  return found("");
}

function isReturn({ map, opcode, vector }: Instruction): boolean {
  return map === 0 && !vector && (opcode === RET || opcode === RET_IMM16);
}

function describe(instruction: Instruction, base: number): ReturnSite {
  return {
    offset: instruction.offset,
    size: instruction.length,
    instruction: format(instruction, base),
    emulated: isEmulated(instruction),
    refusal: refusal(instruction),
  };
}

/** Whether it is a jump to somewhere outside of the function's bytes. */
function leaves({ map, opcode, vector, reg, memory, target }: Instruction, size: number): boolean {
  if (vector) return false;
  if (target !== undefined) return !(map === 0 && opcode === CALL_REL32) && (target < 0 || target >= size);
  if (map !== 0 || opcode !== GROUP_5 || ((reg & 7) !== 4 && (reg & 7) !== 5)) return false;
  // Go's jump tables, from 1.19, are jumped through by their index; no call through memory has one.
  return memory?.index === undefined;
}
