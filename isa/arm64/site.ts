import type { SiteChoice, SiteOptions } from "../site.ts";
import type { StackCheck } from "../stack_check.ts";
import { decode, LENGTH, readWord } from "./decode.ts";
import { format } from "./format.ts";
import { isEmulated, refusal } from "./kernel.ts";
import { findStackCheck } from "./stack_check.ts";

/** {@linkcode findProbeSite} for arm64. */
export function findArm64Site(code: Uint8Array, options: SiteOptions): SiteChoice {
  const check = findStackCheck(code, options);
  if (check.kind === "found") {
    // Go's order of argument registers is R0 to R15.
    const kept = (options.reads ?? []).every((index) => check.restored.has(index));
    return {
      ...describe(code, check.branchOffset, options.address),
      offset: check.branchOffset,
      class: "branch",
      guard: kept ? "branch-not-taken" : "first-arrival",
      g: check.g,
      convention: check.convention,
      once: true,
      reason: "",
    };
  }
  const { reason, once } = explainEntry(code, check, options);
  return {
    ...describe(code, 0, options.address),
    offset: 0,
    class: "entry",
    guard: "none",
    g: check.g,
    convention: "unknown",
    once,
    reason,
  };
}

function describe(
  code: Uint8Array,
  offset: number,
  base: number,
): Pick<SiteChoice, "emulated" | "instruction" | "refusal"> {
  const word = readWord(code, offset);
  const instruction = decode(code, offset);
  if (word === undefined || instruction === undefined) {
    return { emulated: false, instruction: "", refusal: "the first instruction cannot be decoded" };
  }
  return {
    emulated: isEmulated(word),
    instruction: format(instruction, word, base),
    refusal: refusal(word),
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
  for (let offset = 0; offset < code.length; offset += LENGTH) {
    const instruction = decode(code, offset);
    if (instruction === undefined) break;
    if (instruction.kind === "call") {
      if (options.isMorestack?.(options.address + instruction.target) === true) {
        return {
          reason: "unknown prologue: it calls morestack, but no known check leads there",
          once: false,
        };
      }
    } else if ("target" in instruction && instruction.target === 0) loops = true;
  }
  return loops
    ? { reason: "no stack check, and a loop goes back to the first instruction", once: false }
    : { reason: "no stack check", once: true };
}
