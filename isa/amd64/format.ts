import { type Instruction, type Memory, PREFIX, type Register } from "./decode.ts";

const NAMES_64 = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"] as const;
const NAMES_32 = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"] as const;
const ARITHMETIC = ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"] as const;
const CONDITIONS = [
  ...["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"],
] as const;
const REP = 0xf3;

/**
 * The instruction in Intel's notation, for `--explain` and error messages: those that a site can be, and the common
 * integer instructions that a function without a stack check starts with. Empty for any other.
 *
 * @param base Virtual address of the first byte of the code, to print branch targets.
 */
export function format(instruction: Instruction, base: number): string {
  const { map, opcode, vector, rm, target, prefixes, immediate } = instruction;
  if (vector) return "";
  if (map === 0 && opcode === 0xc3 && prefixes.length === 1 && prefixes[0] === REP) return "rep ret";
  if (prefixes.some((prefix) => prefix !== PREFIX.FS)) return "";
  const where = target === undefined ? "" : `0x${(base + target).toString(16)}`;
  if (map === 1) {
    if (opcode >= 0x80 && opcode <= 0x8f) return `j${CONDITIONS[opcode - 0x80]} ${where}`;
    return opcode === 0x05 ? "syscall" : opcode === 0x0b ? "ud2" : "";
  }
  if (map !== 0) return "";
  if (opcode >= 0x50 && opcode <= 0x57) return `push ${registerName(rm, true)}`;
  if (opcode >= 0x58 && opcode <= 0x5f) return `pop ${registerName(rm, true)}`;
  if (opcode >= 0x70 && opcode <= 0x7f) return `j${CONDITIONS[opcode - 0x70]} ${where}`;
  switch (opcode) {
    case 0x90:
      return "nop";
    case 0xc2:
      return `ret ${hex(immediate & 0xffff)}`;
    case 0xc3:
      return "ret";
    case 0xcc:
      return "int3";
    case 0xe8:
      return `call ${where}`;
    case 0xe9:
    case 0xeb:
      return `jmp ${where}`;
    default:
      return formatOperation(instruction);
  }
}

function formatOperation(instruction: Instruction): string {
  const { opcode, wide, reg, immediate } = instruction;
  const first = operand(instruction);
  const second = registerName(reg, wide);
  // The two-operand rows of the arithmetic group: 01 stores into r/m, 03 into the register.
  if (opcode < 0x40 && opcode % 8 === 1) return `${ARITHMETIC[opcode >> 3]} ${first}, ${second}`;
  if (opcode < 0x40 && opcode % 8 === 3) return `${ARITHMETIC[opcode >> 3]} ${second}, ${first}`;
  switch (opcode) {
    case 0x81:
    case 0x83:
      return `${ARITHMETIC[reg & 7]} ${first}, ${hex(immediate)}`;
    case 0x85:
      return `test ${first}, ${second}`;
    case 0x89:
      return `mov ${first}, ${second}`;
    case 0x8b:
      return `mov ${second}, ${first}`;
    case 0x8d:
      return `lea ${second}, ${first}`;
    case 0xc7:
      return `mov ${first}, ${hex(immediate)}`;
    case 0xff:
      return (reg & 7) === 4 ? `jmp ${first}` : (reg & 7) === 2 ? `call ${first}` : "";
    default:
      return "";
  }
}

function operand(instruction: Instruction): string {
  const { memory, prefixes } = instruction;
  if (memory === undefined) return registerName(instruction.rm, instruction.wide);
  return `${prefixes.includes(PREFIX.FS) ? "fs:" : ""}[${address(memory)}]`;
}

function address(memory: Memory): string {
  const parts: string[] = [];
  if (memory.ripRelative) parts.push("rip");
  if (memory.base !== undefined) parts.push(registerName(memory.base, true));
  if (memory.index !== undefined) parts.push(`${registerName(memory.index, true)}*${memory.scale}`);
  const { displacement } = memory;
  if (parts.length === 0) return hex(displacement);
  const sign = displacement < 0 ? "-" : "+";
  return parts.join("+") + (displacement === 0 ? "" : sign + hex(Math.abs(displacement)));
}

function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** A general register's name, e.g. `r14`; `wide` for its 64-bit name. */
function registerName(register: Register, wide: boolean): string {
  if (register >= 8) return `r${register}${wide ? "" : "d"}`;
  return (wide ? NAMES_64 : NAMES_32)[register] ?? "";
}
