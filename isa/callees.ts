import { decode as decodeAmd64 } from "./amd64/decode.ts";
import { LENGTH as ARM64_LENGTH, readWord } from "./arm64/decode.ts";
import type { Architecture } from "./site.ts";

/** What {@linkcode findCallees} looks at. */
export interface CalleeOptions {
  readonly architecture: Architecture;
  /** Virtual address of the first byte. */
  readonly address: number;
}

/**
 * The virtual addresses that a function calls or jumps to directly, outside of its own bytes. Calls through registers
 * and memory are not seen. Decoding stops at bytes that are no instruction: what lies behind is padding or data.
 *
 * @param code the whole function.
 */
export function findCallees(code: Uint8Array, options: CalleeOptions): Set<number> {
  const targets = options.architecture === "x86_64" ? amd64Targets(code) : arm64Targets(code);
  const outside = new Set<number>();
  for (const target of targets) {
    if (target < 0 || target >= code.length) outside.add(options.address + target);
  }
  return outside;
}

const CALL_REL32 = 0xe8;
const JMP_REL32 = 0xe9;

/** Targets of `call rel32` and `jmp rel32`, in bytes from the function's start. */
function* amd64Targets(code: Uint8Array): Generator<number> {
  for (let offset = 0; offset < code.length;) {
    const instruction = decodeAmd64(code, offset);
    if (instruction === undefined) return;
    const { map, opcode, vector, target } = instruction;
    if (map === 0 && !vector && (opcode === CALL_REL32 || opcode === JMP_REL32) && target !== undefined) {
      yield target;
    }
    offset += instruction.length;
  }
}

/** Targets of `bl` and `b`: a signed count of words in the low 26 bits. Source: Arm ARM, C6.2 "B", "BL". */
function* arm64Targets(code: Uint8Array): Generator<number> {
  for (let offset = 0; offset + ARM64_LENGTH <= code.length; offset += ARM64_LENGTH) {
    const word = readWord(code, offset);
    if (word === undefined) return;
    if (((word >>> 26) & 0x1f) === 0b00101) yield offset + ((word << 6) >> 6) * 4;
  }
}
