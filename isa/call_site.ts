import { decode as decodeAmd64 } from "./amd64/decode.ts";
import { format as formatAmd64 } from "./amd64/format.ts";
import { isEmulated as isEmulatedAmd64 } from "./amd64/kernel.ts";
import { decode as decodeArm64, LENGTH as ARM64_LENGTH, readWord } from "./arm64/decode.ts";
import { format as formatArm64 } from "./arm64/format.ts";
import { isEmulated as isEmulatedArm64 } from "./arm64/kernel.ts";
import type { CalleeOptions } from "./callees.ts";

/** A call instruction within a function, as a place for a probe. */
export interface CallSite {
  /** Bytes from the function's first instruction. */
  readonly offset: number;
  readonly emulated: boolean;
  /** As text, e.g. `call 0x401000`. */
  readonly instruction: string;
}

/**
 * The first direct call of `target` in a function; undefined when there is none. A probe there is hit only on the ways
 * through the function that make the call.
 *
 * @param code the whole function.
 */
export function findCallSite(code: Uint8Array, target: number, options: CalleeOptions): CallSite | undefined {
  const wanted = target - options.address;
  return options.architecture === "x86_64"
    ? findAmd64(code, wanted, options.address)
    : findArm64(code, wanted, options.address);
}

const CALL_REL32 = 0xe8;

function findAmd64(code: Uint8Array, wanted: number, base: number): CallSite | undefined {
  for (let offset = 0; offset < code.length;) {
    const instruction = decodeAmd64(code, offset);
    if (instruction === undefined) return undefined;
    const { map, opcode, vector, target } = instruction;
    if (map === 0 && !vector && opcode === CALL_REL32 && target === wanted) {
      return { offset, emulated: isEmulatedAmd64(instruction), instruction: formatAmd64(instruction, base) };
    }
    offset += instruction.length;
  }
  return undefined;
}

function findArm64(code: Uint8Array, wanted: number, base: number): CallSite | undefined {
  for (let offset = 0; offset + ARM64_LENGTH <= code.length; offset += ARM64_LENGTH) {
    const word = readWord(code, offset);
    const instruction = decodeArm64(code, offset);
    if (word === undefined || instruction === undefined) return undefined;
    if (instruction.kind !== "call" || instruction.target !== wanted) continue;
    return { offset, emulated: isEmulatedArm64(word), instruction: formatArm64(instruction, word, base) };
  }
  return undefined;
}
