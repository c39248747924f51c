/** Number of a general register as the encoding has it; 31 is the stack pointer or the zero register by context. */
export type Register = number;

/**
 * The instructions that a stack check and the block behind it consist of, and those by which a function is left;
 * anything else is `other`.
 */
export type Instruction =
  /** `ldr xt, [xn, #offset]`, 64 bits, unsigned offset in bytes. */
  | { readonly kind: "load"; readonly to: Register; readonly base: Register; readonly offset: number }
  /** `add` or `sub` with an immediate; `to` and `from` may be the stack pointer. `flags` for `adds` and `subs`. */
  | {
    readonly kind: "arithmetic";
    readonly subtract: boolean;
    readonly flags: boolean;
    readonly to: Register;
    readonly from: Register;
    readonly immediate: number;
  }
  /** `sub`, `subs` (`cmp`) of two registers. `from` may be the stack pointer when `extended`. */
  | {
    readonly kind: "subtract";
    readonly flags: boolean;
    readonly extended: boolean;
    readonly to: Register;
    readonly from: Register;
    readonly by: Register;
  }
  /** `movz`, `movn`, or `orr` of the zero register with a constant. `value` is undefined where it is not needed. */
  | { readonly kind: "constant"; readonly to: Register; readonly value: number | undefined }
  /** `movk`: 16 bits of a constant are replaced. */
  | { readonly kind: "keep"; readonly to: Register }
  /** `mov xd, xn` between registers, the stack pointer excluded. */
  | { readonly kind: "move"; readonly to: Register; readonly from: Register }
  /** `b.cond`; the target in bytes from the first byte of the code given. */
  | { readonly kind: "condition"; readonly condition: number; readonly target: number }
  /** `cbz`, `cbnz`, `tbz`, `tbnz`. */
  | { readonly kind: "test"; readonly target: number }
  | { readonly kind: "jump"; readonly target: number }
  | { readonly kind: "call"; readonly target: number }
  /** `br`. */
  | { readonly kind: "indirect"; readonly register: Register }
  /** `ret`, also `retaa` and `retab`, which authenticate the link register. */
  | { readonly kind: "return"; readonly register: Register }
  /** A load of the `size` bytes at `target`, which lie among the code. */
  | { readonly kind: "literal"; readonly target: number; readonly size: number }
  /** `add xd, xn, xm` of two registers; `from` may be the stack pointer. */
  | { readonly kind: "sum"; readonly to: Register; readonly from: Register }
  /** Another load or store of one or two registers, general or vector, at an offset; `base` is not written. */
  | { readonly kind: "access"; readonly load: boolean; readonly base: Register }
  | { readonly kind: "nop" }
  | { readonly kind: "other" };

/** The length of every instruction. */
export const LENGTH = 4;
/** The stack pointer's register number, where it is one. */
export const SP = 31;
const LINK_REGISTER = 30;
/** Bytes that a load of a literal reads, by its two highest bits. Arm ARM, C4.1 "Load register (literal)". */
const LITERAL_SIZES = { general: [4, 8, 4, 0], vector: [4, 8, 16, 0] } as const;

/** Decodes the A64 instruction at `offset` of `code`; undefined when it is cut off. From the Arm ARM, chapter C4. */
export function decode(code: Uint8Array, offset: number): Instruction | undefined {
  const word = readWord(code, offset);
  return word === undefined ? undefined : decodeWord(word, offset);
}

/** The little-endian word at `offset`; undefined when it is cut off. */
export function readWord(code: Uint8Array, offset: number): number | undefined {
  if (offset < 0 || offset + LENGTH > code.length) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = code.subarray(offset, offset + LENGTH);
  return (a | b << 8 | c << 16 | d << 24) >>> 0;
}

function decodeWord(word: number, offset: number): Instruction {
  const to = word & 31;
  const from = word >>> 5 & 31;
  const by = word >>> 16 & 31;
  return decodeBranch(word, offset) ?? decodeLiteral(word, offset) ?? decodeAccess(word) ??
    decodeConstant(word, to) ??
    decodeArithmetic(word, to, from, by) ?? { kind: "other" };
}

function decodeBranch(word: number, offset: number): Instruction | undefined {
  if (word === 0xd503201f) return { kind: "nop" };
  const far = offset + signed(word & 0x3ffffff, 26) * LENGTH;
  const near = offset + signed(word >>> 5 & 0x7ffff, 19) * LENGTH;
  if (word >>> 26 === 0x05) return { kind: "jump", target: far };
  if (word >>> 26 === 0x25) return { kind: "call", target: far };
  if (word >>> 24 === 0x54 && (word & 0x10) === 0) {
    return { kind: "condition", condition: word & 15, target: near };
  }
  if ((word >>> 24 & 0x7e) === 0x34) return { kind: "test", target: near };
  if ((word >>> 24 & 0x7e) === 0x36) {
    return { kind: "test", target: offset + signed(word >>> 5 & 0x3fff, 14) * LENGTH };
  }
  if ((word & 0xfffffc1f) >>> 0 === 0xd61f0000) return { kind: "indirect", register: word >>> 5 & 31 };
  if ((word & 0xfffffc1f) >>> 0 === 0xd65f0000) return { kind: "return", register: word >>> 5 & 31 };
  if ((word & 0xfffffbff) >>> 0 === 0xd65f0bff) return { kind: "return", register: LINK_REGISTER };
  return undefined;
}

/** `ldr` and `ldrsw` relative to the instruction, general and vector; `prfm` loads nothing. */
function decodeLiteral(word: number, offset: number): Instruction | undefined {
  if ((word & 0x3b000000) >>> 0 !== 0x18000000) return undefined;
  const size = (word & 1 << 26) !== 0 ? LITERAL_SIZES.vector : LITERAL_SIZES.general;
  return {
    kind: "literal",
    target: offset + signed(word >>> 5 & 0x7ffff, 19) * LENGTH,
    size: size[word >>> 30] ?? 0,
  };
}

/** Loads and stores, C4.1.94: with an unsigned, unscaled or register offset, and pairs with an offset. */
function decodeAccess(word: number): Instruction | undefined {
  const to = word & 31;
  const base = word >>> 5 & 31;
  const unsigned = (word & 0x3b000000) >>> 0 === 0x39000000;
  const unscaled = (word & 0x3b200c00) >>> 0 === 0x38000000;
  const register = (word & 0x3b200c00) >>> 0 === 0x38200800;
  const pair = (word & 0x3b800000) >>> 0 === 0x29000000;
  if ((word & 0xffc00000) >>> 0 === 0xf9400000 && base !== SP) {
    return { kind: "load", to, base, offset: (word >>> 10 & 0xfff) * 8 };
  }
  if (!unsigned && !unscaled && !register && !pair) return undefined;
  return { kind: "access", load: pair ? (word & 1 << 22) !== 0 : (word >>> 22 & 3) !== 0, base };
}

function decodeConstant(word: number, to: Register): Instruction | undefined {
  const wide = word >>> 23;
  if (wide === 0x1e5) return { kind: "keep", to };
  const value = (word >>> 5 & 0xffff) * 2 ** ((word >>> 21 & 3) * 16);
  if (wide === 0x1a5) return { kind: "constant", to, value };
  if (wide === 0x125) return { kind: "constant", to, value: -value - 1 };
  if (wide === 0x164 && (word >>> 5 & 31) === 31) return { kind: "constant", to, value: undefined };
  return undefined;
}

function decodeArithmetic(word: number, to: Register, from: Register, by: Register): Instruction | undefined {
  const subtract = (word & 1 << 30) !== 0;
  const flags = (word & 1 << 29) !== 0;
  if ((word >>> 31) === 1 && (word >>> 23 & 0x3f) === 0x22) {
    const immediate = (word >>> 10 & 0xfff) * ((word & 1 << 22) !== 0 ? 4096 : 1);
    return { kind: "arithmetic", subtract, flags, to, from, immediate };
  }
  // Shifted register without a shift; extended register as uxtx without a shift.
  const shifted = (word & 0xdfe0fc00) >>> 0 === 0xcb000000;
  const extended = (word & 0xdfe0fc00) >>> 0 === 0xcb206000;
  if (shifted || extended) return { kind: "subtract", flags, extended, to, from, by };
  if ((word & 0xffe0fc00) >>> 0 === 0x8b206000) return { kind: "sum", to, from };
  if ((word & 0xffe0ffe0) >>> 0 === 0xaa0003e0) return { kind: "move", to, from: by };
  return undefined;
}

function signed(value: number, bits: number): number {
  return value << (32 - bits) >> (32 - bits);
}
