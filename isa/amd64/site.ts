import type { SiteChoice, SiteOptions } from "../site.ts";
import type { StackCheck } from "../stack_check.ts";
import { decode, type Instruction } from "./decode.ts";
import { format } from "./format.ts";
import { isDirectBranch, isEmulated, refusal } from "./kernel.ts";
import { findStackCheck } from "./stack_check.ts";

const PUSH_RBP = 0x55;
/** Go's order of argument registers, as encoded: AX BX CX DI SI R8 R9 R10 R11. Source: abi-internal.md. */
const ARGUMENT_REGISTERS: readonly number[] = [0, 3, 1, 7, 6, 8, 9, 10, 11];

/** {@linkcode findProbeSite} for x86-64. */
export function findAmd64Site(code: Uint8Array, options: SiteOptions): SiteChoice {
  const check = findStackCheck(code, options);
  if (check.kind === "found") {
    const { g, convention } = check;
    const kept = (options.reads ?? []).every((index) => check.restored.has(ARGUMENT_REGISTERS[index] ?? -1));
    const pushed = kept && code[check.nextOffset] === PUSH_RBP;
    const offset = pushed ? check.nextOffset : check.branchOffset;
    return {
      ...describe(decode(code, offset), options.address),
      offset,
      class: pushed ? "push" : "branch",
      guard: !kept ? "first-arrival" : pushed ? "none" : "branch-not-taken",
      g,
      convention,
      once: true,
      reason: "",
    };
  }
  const { reason, once } = explainEntry(code, check, options);
  return {
    ...describe(decode(code, 0), options.address),
    offset: 0,
    class: "entry",
    guard: "none",
    g: check.g,
    convention: check.g.kind === "register" ? "register" : "unknown",
    once,
    reason,
  };
}

function describe(
  instruction: Instruction | undefined,
  base: number,
): Pick<SiteChoice, "emulated" | "instruction" | "refusal"> {
  if (instruction === undefined) {
    return { emulated: false, instruction: "", refusal: "the first instruction cannot be decoded" };
  }
  return {
    emulated: isEmulated(instruction),
    instruction: format(instruction, base),
    refusal: refusal(instruction),
  };
}

/** Why the first instruction is the site, from the check that was not found and the branches of the body. */
function explainEntry(
  code: Uint8Array,
  check: Exclude<StackCheck, { kind: "found" }>,
  options: SiteOptions,
): Pick<SiteChoice, "reason" | "once"> {
  if (check.kind === "unknown") return { reason: `unknown prologue: ${check.why}`, once: false };
  let loops = false;
  for (let offset = 0; offset < code.length;) {
    const instruction = decode(code, offset);
    if (instruction === undefined) break;
    offset += instruction.length;
    const { target, map, opcode } = instruction;
    if (target === undefined || !isDirectBranch(instruction)) continue;
    if (map === 0 && opcode === 0xe8) {
      if (options.isMorestack?.(options.address + target) === true) {
        return {
          reason: "unknown prologue: it calls morestack, but no known check leads there",
          once: false,
        };
      }
    } else if (target === 0) loops = true;
  }
  return loops
    ? { reason: "no stack check, and a loop goes back to the first instruction", once: false }
    : { reason: "no stack check", once: true };
}
