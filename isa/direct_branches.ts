import { decode as decodeAmd64 } from "./amd64/decode.ts";
import { format as formatAmd64 } from "./amd64/format.ts";
import { isEmulated as isEmulatedAmd64 } from "./amd64/kernel.ts";
import { decode as decodeArm64, LENGTH as ARM64_LENGTH, readWord } from "./arm64/decode.ts";
import { format as formatArm64 } from "./arm64/format.ts";
import { isEmulated as isEmulatedArm64 } from "./arm64/kernel.ts";
import type { Architecture } from "./site.ts";

/** A call of, or a jump to, an address that the instruction itself has. Places are bytes from the code's first. */
export interface DirectBranch {
  readonly offset: number;
  readonly target: number;
  /** `call rel32`, `bl`; otherwise `jmp rel32`, `b`. */
  readonly isCall: boolean;
  /** Whether the kernel emulates it under a uprobe. */
  readonly emulated: boolean;
  /** As text, for code that lies at an address, e.g. `call 0x401000`. */
  text(address: number): string;
}

/**
 * The direct calls and jumps in a function's code, in order. Decoding stops at bytes that are no instruction: what lies
 * behind is padding or data.
 */
export function directBranches(code: Uint8Array, architecture: Architecture): Generator<DirectBranch> {
  return architecture === "x86_64" ? amd64Branches(code) : arm64Branches(code);
}

const CALL_REL32 = 0xe8;
const JMP_REL32 = 0xe9;

function* amd64Branches(code: Uint8Array): Generator<DirectBranch> {
  for (let offset = 0; offset < code.length;) {
    const instruction = decodeAmd64(code, offset);
    if (instruction === undefined) return;
    const { map, opcode, vector, target } = instruction;
    const isCall = opcode === CALL_REL32;
    if (map === 0 && !vector && (isCall || opcode === JMP_REL32) && target !== undefined) {
      const text = (address: number) => formatAmd64(instruction, address);
      yield { offset, target, isCall, emulated: isEmulatedAmd64(instruction), text };
    }
    offset += instruction.length;
  }
}

function* arm64Branches(code: Uint8Array): Generator<DirectBranch> {
  for (let offset = 0; offset + ARM64_LENGTH <= code.length; offset += ARM64_LENGTH) {
    const word = readWord(code, offset);
    const instruction = decodeArm64(code, offset);
    if (word === undefined || instruction === undefined) return;
    if (instruction.kind !== "call" && instruction.kind !== "jump") continue;
    const text = (address: number) => formatArm64(instruction, word, address);
    const isCall = instruction.kind === "call";
    yield { offset, target: instruction.target, isCall, emulated: isEmulatedArm64(word), text };
  }
}
