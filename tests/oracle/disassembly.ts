import type { Architecture, SiteChoice } from "../../isa/mod.ts";
import { installedGo, runTool } from "../toolchains.ts";

/** A function as `go tool objdump` shows it: the oracle. */
export interface Disassembly {
  readonly name: string;
  readonly address: number;
  readonly code: Uint8Array;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly offset: number;
  readonly length: number;
  readonly mnemonic: string;
  readonly operands: string;
  /** Of a branch: bytes from the function's start. Of a call: undefined. */
  readonly target: number | undefined;
  /** The symbol called. */
  readonly callee: string;
}

/** The functions of Go packages in an executable, and the addresses of morestack in its variants. */
export async function disassemble(
  executable: string,
  variant: { readonly architecture: Architecture; readonly whole: boolean },
): Promise<{ readonly all: Disassembly[]; readonly morestack: number[] }> {
  const { go, env } = await installedGo();
  const symbols = variant.whole ? [] : ["-s", "^(main\\.|runtime\\.morestack)"];
  const text = await runTool(go, ["tool", "objdump", ...symbols, executable], { env });
  const functions = text.split(/^TEXT /m).slice(1).map((part) => parseFunction(part, variant.architecture));
  // C functions, of cgo, have no dot.
  const named = functions.filter(({ name, lines }) =>
    lines.length > 0 && name.includes(".") && !name.includes("(.text)") &&
    (variant.whole || name.startsWith("main."))
  );
  return {
    all: named,
    morestack: functions.filter(({ name }) => isMorestackName(name)).map(({ address }) => address),
  };
}

/** Whether it is one of the functions that grow the stack. */
export function isMorestackName(name: string): boolean {
  return /^runtime\.morestack(c|_noctxt)?(\.abi0)?$/.test(name);
}

function parseFunction(part: string, architecture: Architecture): Disassembly {
  const [head = "", ...rest] = part.split("\n");
  const cells = rest.map((line) => line.split("\t").map((cell) => cell.trim()).filter((cell) => cell !== ""))
    .filter(([, at = ""]) => at.startsWith("0x"));
  const address = Number(cells[0]?.[1] ?? 0);
  const lines: Line[] = [];
  const bytes: number[] = [];
  for (const [, at = "", hex = "", instruction = ""] of cells) {
    const offset = Number(at) - address;
    const [mnemonic = "", ...operands] = instruction.split(" ");
    const encoded = hex.match(/../g)?.map((byte) => parseInt(byte, 16)) ?? [];
    // An arm64 instruction is printed as a word, most significant byte first.
    bytes.push(...(architecture === "aarch64" ? encoded.reverse() : encoded));
    const isCall = mnemonic === "CALL" || mnemonic === "BL";
    lines.push({
      offset,
      length: encoded.length,
      mnemonic,
      operands: operands.join(" "),
      target: isCall ? undefined : branchTarget(operands.at(-1) ?? "", mnemonic, offset, address),
      callee: isCall ? (operands[0] ?? "").replace(/\(SB\)$/, "") : "",
    });
  }
  return { name: head.slice(0, head.indexOf("(SB)")), address, code: Uint8Array.from(bytes), lines };
}

/** `JBE 0x62a444` on amd64, `BLS 14(PC)` and `TBZ $0, R6, 7(PC)` in instructions on arm64. */
function branchTarget(
  operand: string,
  mnemonic: string,
  offset: number,
  address: number,
): number | undefined {
  if (!/^(J|B|CB|TB)/.test(mnemonic)) return undefined;
  const words = /^(-?\d+)\(PC\)$/.exec(operand)?.[1];
  if (words !== undefined) return offset + Number(words) * 4;
  return /^0x[0-9a-f]+$/.test(operand) ? Number(operand) - address : undefined;
}

/** The site by objdump's text alone: behind, or at, the last branch to the block that calls morestack. */
export function expectedSite(
  lines: readonly Line[],
  architecture: Architecture,
): Pick<SiteChoice, "offset" | "class"> {
  const call = lines.findLastIndex((line) => isMorestackName(line.callee));
  if (call < 0) return { offset: 0, class: "entry" };
  // The block reaches back from the call over what neither branches nor returns.
  let first = call;
  while (first > 0 && !/^(J|B|CALL|RET|UNDEF|UD2|INT|\?)/.test(lines[first - 1]?.mnemonic ?? "")) first--;
  const from = lines[first]?.offset ?? 0;
  const to = lines[call]?.offset ?? 0;
  // A body that never ends (a `select`) may jump to padding right before the block, which has the highest target.
  const targets = lines.filter((line) => line.offset < from).map((line) => line.target ?? -1);
  const block = Math.max(...targets.filter((target) => target >= from && target <= to));
  const last = lines.findLastIndex((line) => line.offset < from && line.target === block);
  const site = lines[last];
  if (site === undefined) return { offset: 0, class: "entry" };
  const next = lines[last + 1];
  const pushed = architecture === "x86_64" && next?.mnemonic === "PUSHQ" && next.operands === "BP";
  return pushed ? { offset: next.offset, class: "push" } : { offset: site.offset, class: "branch" };
}
