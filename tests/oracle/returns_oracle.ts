import assert from "node:assert/strict";
import { join } from "node:path";
import type { Architecture } from "../../isa/mod.ts";
import { installedGo, runTool } from "../toolchains.ts";

/** What `go tool objdump` says of how functions are left; all are addresses. */
export interface ObjdumpReturns {
  readonly returns: ReadonlySet<number>;
  /** Jumps to another function, and those through a register or memory that are no jump tables. */
  readonly tailJumps: ReadonlySet<number>;
  /**
   * Where it met an AVX instruction: it knows few of them, reads on at the next byte, and shows instructions that are
   * not there. Only on amd64.
   */
  readonly lost: readonly number[];
}

/**
 * Reads the functions of a part of an executable as `go tool objdump` shows them. Its text is looked at as it comes: of
 * a large executable it is a gigabyte.
 */
export async function objdumpReturns(
  path: string,
  part: { readonly architecture: Architecture; readonly start: number; readonly end: number },
): Promise<ObjdumpReturns> {
  const { go, env } = await installedGo();
  const child = new Deno.Command(go, {
    args: ["tool", "objdump", path, hex(part.start), hex(part.end)],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const found: Found = {
    architecture: part.architecture,
    returns: new Set(),
    tailJumps: new Set(),
    lost: [],
    name: "",
    before: "",
  };
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) readLine(line, found);
  }
  const { success } = await child.status;
  assert.ok(success, `go tool objdump ${path}`);
  return found;
}

interface Found {
  readonly architecture: Architecture;
  readonly returns: Set<number>;
  readonly tailJumps: Set<number>;
  readonly lost: number[];
  /** The function that the lines belong to. */
  name: string;
  /** The instruction of the line before. */
  before: string;
}

/** `TEXT main.ping(SB) /src/main.go`, or `  main.go:12<tab>0x401000<tab>c3<tab>RET` with more tabs to align it. */
function readLine(line: string, found: Found): void {
  if (line.startsWith("TEXT ")) found.name = line.slice("TEXT ".length, line.indexOf("(SB)"));
  const at = line.indexOf("\t0x") + 1;
  if (at === 0) return;
  const [address = "", code = "", instruction = ""] = line.slice(at).split(/\t+/, 3);
  if (/^(REP; |BND; )*RET\b/.test(instruction)) found.returns.add(Number(address));
  else if (isTailJump(instruction, found)) found.tailJumps.add(Number(address));
  if (found.architecture === "x86_64" && (instruction === "?" || /^(c4|c5|62)/.test(code))) {
    found.lost.push(Number(address));
  }
  found.before = instruction;
}

/**
 * `JMP other(SB)`, `JMP AX`, `JMP 0x8(DX)` and, on arm64, `JMP (R16)`; but not `JMP 0(CX)(DX*8)`, nor `JMP (R27)` behind
 * `MOVD (R1)(R0<<3), R27`.
 */
function isTailJump(instruction: string, { name, before }: Found): boolean {
  if (!instruction.startsWith("J")) return false;
  const symbol = /^J\w+ (\S+)\(SB\)$/.exec(instruction)?.[1];
  if (symbol !== undefined) return symbol !== name;
  const arm64 = /^JMP \((R\d+)\)$/.exec(instruction)?.[1];
  if (arm64 !== undefined) return !(before.includes("<<3)") && before.endsWith(`, ${arm64}`));
  return /^JMP ([A-Z]\w*|\S*\((?!PC)[A-Z0-9]+\))$/.test(instruction);
}

/** A function's bytes, for {@linkcode gnuReturns}. */
export interface Code {
  readonly address: number;
  readonly code: Uint8Array;
}

/** Bytes of `nop` between two functions: more than the longest instruction that the end of one may cut off. */
const GAP = 16;

/** The addresses of the returns in amd64 functions by GNU objdump, which knows AVX. */
export async function gnuReturns(functions: readonly Code[]): Promise<Set<number>> {
  // It fails on an empty file.
  if (functions.length === 0) return new Set();
  const size = functions.reduce((sum, { code }) => sum + code.length + GAP, 0);
  const image = new Uint8Array(size).fill(0x90);
  const starts: number[] = [];
  let end = 0;
  for (const { code } of functions) {
    starts.push(end);
    image.set(code, end);
    end += code.length + GAP;
  }
  const folder = await Deno.makeTempDir({ prefix: "returns-" });
  try {
    const file = join(folder, "code");
    await Deno.writeFile(file, image);
    const text = await runTool("objdump", [
      ...["-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", file],
    ], { env: { PATH: "/usr/bin:/bin" } });
    const found = new Set<number>();
    let index = 0;
    for (const [, digits = ""] of text.matchAll(/^ *([0-9a-f]+):\t(?:(?:repz|bnd|cs) )*ret\b/gm)) {
      const offset = parseInt(digits, 16);
      while (index + 1 < starts.length && starts[index + 1]! <= offset) index++;
      found.add(functions[index]!.address + offset - starts[index]!);
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
