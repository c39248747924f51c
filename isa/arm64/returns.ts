import type { Returns, ReturnSite, ReturnsOptions } from "../returns.ts";
import { decode, type Instruction, LENGTH, readWord, type Register } from "./decode.ts";
import { format } from "./format.ts";
import { isEmulated, refusal } from "./kernel.ts";

/** {@linkcode findReturns} for arm64. */
export function findArm64Returns(code: Uint8Array, options: ReturnsOptions): Returns {
  const returns: ReturnSite[] = [];
  const tailJumps: number[] = [];
  const literals = new Set<number>();
  /** The register that the instruction before loaded from a table, by an index. */
  let fromTable: Register | undefined;
  let offset = 0;
  for (; offset + LENGTH <= code.length; offset += LENGTH) {
    const word = readWord(code, offset);
    const instruction = decode(code, offset);
    if (word === undefined || instruction === undefined) break;
    if (literals.has(offset)) continue;
    switch (instruction.kind) {
      case "return":
        returns.push(describe(instruction, word, offset, options.address));
        break;
      case "literal":
        for (let at = 0; at < instruction.size; at += LENGTH) literals.add(instruction.target + at);
        break;
      case "indirect":
        // Go's jump tables, from 1.19: ldr x27, [table, index, lsl #3]; br x27.
        if (instruction.register !== fromTable) tailJumps.push(offset);
        break;
      case "condition":
      case "test":
      case "jump":
        if (instruction.target < 0 || instruction.target >= code.length) tailJumps.push(offset);
    }
    fromTable = isTableLoad(word) ? word & 31 : undefined;
  }
  const rest = code.length - offset;
  return {
    returns,
    tailJumps,
    complete: rest === 0,
    reason: rest === 0 ? "" : `the last ${rest} bytes are no whole instruction`,
  };
}

function describe(instruction: Instruction, word: number, offset: number, base: number): ReturnSite {
  return {
    offset,
    size: LENGTH,
    instruction: format(instruction, word, base),
    emulated: isEmulated(word),
    refusal: refusal(word),
  };
}

/** `ldr xt, [xn, xm, lsl #3]`. Arm ARM, C6.2 "LDR (register)". */
function isTableLoad(word: number): boolean {
  return (word & 0xffe0fc00) >>> 0 === 0xf8607800;
}
