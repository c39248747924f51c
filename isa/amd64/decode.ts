import { type Immediate, oneByteShape, type OpcodeShape, threeByteShape, twoByteShape } from "./opcodes.ts";

/** Number of a general register as ModRM and REX encode it: `rax` 0 to `r15` 15. */
export type Register = number;

/** A memory operand: `[base + index * scale + displacement]`, or relative to the next instruction. */
export interface Memory {
  readonly base: Register | undefined;
  readonly index: Register | undefined;
  readonly scale: 1 | 2 | 4 | 8;
  /** Signed. */
  readonly displacement: number;
  readonly ripRelative: boolean;
}

/** One decoded instruction: its length and the operands that its encoding shows, before any meaning. */
export interface Instruction {
  /** Bytes from the first byte of the code given. */
  readonly offset: number;
  readonly length: number;
  /** 0: one byte; 1: `0f`; 2: `0f 38`; 3: `0f 3a`; more only with EVEX. */
  readonly map: number;
  readonly opcode: number;
  /** Whether it is encoded with VEX or EVEX. */
  readonly vector: boolean;
  /** Legacy prefixes in order, without REX. */
  readonly prefixes: readonly number[];
  /** REX.W: operands of 64 bits. */
  readonly wide: boolean;
  /** ModRM.reg with REX.R, or the opcode's extension; -1 without ModRM. */
  readonly reg: Register;
  /** ModRM.rm with REX.B where it is a register; -1 where it is memory or there is none. */
  readonly rm: Register;
  readonly memory: Memory | undefined;
  /** The immediate, sign-extended; only its low 32 bits where 8 bytes are given. 0 without one. */
  readonly immediate: number;
  /** Of a relative branch or call: the target, in bytes from the first byte of the code given. */
  readonly target: number | undefined;
}

/** Segment-override prefix bytes. */
export const PREFIX = { ES: 0x26, CS: 0x2e, SS: 0x36, DS: 0x3e, FS: 0x64, GS: 0x65, LOCK: 0xf0 } as const;

const OPERAND_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;
const LEGACY_PREFIXES: ReadonlySet<number> = new Set<number>([
  ...Object.values(PREFIX),
  OPERAND_SIZE,
  ADDRESS_SIZE,
  0xf2,
  0xf3,
]);
const LONGEST = 15;

/**
 * Decodes the x86-64 instruction at `offset` of `code`. Undefined when its bytes are cut off, longer than 15, or no
 * instruction. Covers every length of the general, SSE, VEX and EVEX maps; XOP is not known.
 */
export function decode(code: Uint8Array, offset: number): Instruction | undefined {
  const reader = new ByteReader(code, offset);
  const prefixes: number[] = [];
  let byte = reader.u8();
  while (LEGACY_PREFIXES.has(byte)) {
    prefixes.push(byte);
    byte = reader.u8();
  }
  let rex = 0;
  if (byte >= 0x40 && byte <= 0x4f) {
    rex = byte;
    byte = reader.u8();
  }
  const head = readOpcode(reader, byte, rex);
  if (head === undefined) return undefined;
  const small = prefixes.includes(OPERAND_SIZE);
  const { rexR, rexX, rexB } = head;
  let reg = -1;
  let rm = -1;
  let memory: Memory | undefined;
  if (head.shape.modrm) {
    const modrm = reader.u8();
    reg = (modrm >> 3 & 7) | rexR;
    if (modrm >= 0xc0) rm = (modrm & 7) | rexB;
    else memory = readMemory(reader, modrm, rexX, rexB);
  } else if (head.map === 0) {
    // The register in the opcode's low bits: push, pop, mov immediate.
    rm = (head.opcode & 7) | rexB;
  }
  const width = immediateWidth(head.shape.immediate, {
    small,
    wide: head.wide,
    opcode: head.opcode,
    extension: reg & 7,
    shortAddress: prefixes.includes(ADDRESS_SIZE),
  });
  const immediate = reader.signed(width);
  if (!reader.ok || reader.position - offset > LONGEST) return undefined;
  const relative = head.shape.immediate === "relative8" || head.shape.immediate === "relative32";
  return {
    offset,
    length: reader.position - offset,
    map: head.map,
    opcode: head.opcode,
    vector: head.vector,
    prefixes,
    wide: head.wide,
    reg,
    rm,
    memory,
    immediate: relative ? 0 : immediate,
    target: relative ? reader.position + immediate : undefined,
  };
}

interface Head {
  readonly map: number;
  readonly opcode: number;
  readonly shape: OpcodeShape;
  readonly vector: boolean;
  readonly wide: boolean;
  readonly rexR: 0 | 8;
  readonly rexX: 0 | 8;
  readonly rexB: 0 | 8;
}

function readOpcode(reader: ByteReader, first: number, rex: number): Head | undefined {
  if (first === 0xc5 || first === 0xc4 || first === 0x62) return readVectorOpcode(reader, first);
  let map = 0;
  let opcode = first;
  if (first === 0x0f) {
    map = 1;
    opcode = reader.u8();
    if (opcode === 0x38 || opcode === 0x3a) {
      map = opcode === 0x38 ? 2 : 3;
      opcode = reader.u8();
    }
  }
  const shape = map === 0 ? oneByteShape(opcode) : map === 1 ? twoByteShape(opcode) : threeByteShape(map);
  if (shape === undefined) return undefined;
  return {
    map,
    opcode,
    shape,
    vector: false,
    wide: (rex & 8) !== 0,
    rexR: (rex & 4) !== 0 ? 8 : 0,
    rexX: (rex & 2) !== 0 ? 8 : 0,
    rexB: (rex & 1) !== 0 ? 8 : 0,
  };
}

/** VEX and EVEX carry REX's bits inverted, and the opcode map instead of escape bytes. */
function readVectorOpcode(reader: ByteReader, first: number): Head | undefined {
  const bits = reader.u8();
  let map = 1;
  let wide = false;
  if (first !== 0xc5) {
    map = bits & (first === 0xc4 ? 0x1f : 7);
    wide = (reader.u8() & 0x80) !== 0;
    if (first === 0x62) reader.u8();
  }
  const opcode = reader.u8();
  if (map === 0 || map > 6) return undefined;
  const shape = map === 1 ? twoByteShape(opcode) : threeByteShape(map);
  if (shape === undefined || shape.immediate === "relative32") return undefined;
  return {
    map,
    opcode,
    shape,
    vector: true,
    wide,
    rexR: (bits & 0x80) === 0 ? 8 : 0,
    rexX: first !== 0xc5 && (bits & 0x40) === 0 ? 8 : 0,
    rexB: first !== 0xc5 && (bits & 0x20) === 0 ? 8 : 0,
  };
}

function readMemory(reader: ByteReader, modrm: number, rexX: 0 | 8, rexB: 0 | 8): Memory {
  const mode = modrm >> 6;
  let base: Register | undefined = (modrm & 7) | rexB;
  let index: Register | undefined;
  let scale: Memory["scale"] = 1;
  if ((modrm & 7) === 4) {
    const sib = reader.u8();
    scale = (1 << (sib >> 6)) as Memory["scale"];
    index = (sib >> 3 & 7) | rexX;
    if (index === 4) index = undefined;
    base = (sib & 7) | rexB;
    if ((sib & 7) === 5 && mode === 0) base = undefined;
  } else if ((modrm & 7) === 5 && mode === 0) {
    return { base: undefined, index: undefined, scale: 1, displacement: reader.signed(4), ripRelative: true };
  }
  const width = mode === 1 ? 1 : mode === 2 || base === undefined ? 4 : 0;
  return { base, index, scale, displacement: reader.signed(width), ripRelative: false };
}

function immediateWidth(
  immediate: Immediate,
  how: {
    readonly small: boolean;
    readonly wide: boolean;
    readonly opcode: number;
    readonly extension: number;
    readonly shortAddress: boolean;
  },
): number {
  const z = how.small && !how.wide ? 2 : 4;
  switch (immediate) {
    case "none":
      return 0;
    case "8":
    case "relative8":
      return 1;
    case "16":
      return 2;
    case "enter":
      return 3;
    case "relative32":
      return 4;
    case "z":
      return z;
    case "v":
      return how.wide ? 8 : z;
    case "moffs":
      return how.shortAddress ? 4 : 8;
    // Of this group (f6, f7) `test` alone has an immediate.
    case "group3":
      return how.extension > 1 ? 0 : how.opcode === 0xf6 ? 1 : z;
  }
}

/** Reads that never fail: past the end they give 0 and clear `ok`. */
class ByteReader {
  position: number;
  ok = true;
  readonly #code: Uint8Array;

  constructor(code: Uint8Array, position: number) {
    this.#code = code;
    this.position = position;
  }

  u8(): number {
    const byte = this.#code[this.position];
    if (byte === undefined) {
      this.ok = false;
      return 0;
    }
    this.position++;
    return byte;
  }

  /** A little-endian number of `width` bytes, sign-extended; of 8 bytes the low 32 bits. */
  signed(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) {
      const byte = this.u8();
      if (i < 4) value |= byte << (8 * i);
    }
    const unused = 32 - 8 * Math.min(width, 4);
    return width === 0 ? 0 : value << unused >> unused;
  }
}
