/**
 * What follows an opcode of x86-64: whether a ModRM byte, and how many immediate bytes. From the opcode maps of the
 * Intel SDM, volume 2, appendix A, 64-bit mode.
 */

/** Immediate operands by their encoding: `z` is 4 bytes, 2 with an operand-size prefix; `v` is 8 with REX.W. */
export type Immediate =
  | "none"
  | "8"
  | "16"
  | "z"
  | "v"
  | "enter"
  | "moffs"
  | "relative8"
  | "relative32"
  | "group3";

/** The shape of an instruction behind its opcode. */
export interface OpcodeShape {
  readonly modrm: boolean;
  readonly immediate: Immediate;
}

const PLAIN: OpcodeShape = { modrm: false, immediate: "none" };
const MODRM: OpcodeShape = { modrm: true, immediate: "none" };
const MODRM_8: OpcodeShape = { modrm: true, immediate: "8" };
const MODRM_Z: OpcodeShape = { modrm: true, immediate: "z" };
const IMMEDIATE_8: OpcodeShape = { modrm: false, immediate: "8" };
const RELATIVE_8: OpcodeShape = { modrm: false, immediate: "relative8" };
const RELATIVE_32: OpcodeShape = { modrm: false, immediate: "relative32" };

/** The one-byte map; undefined for what is invalid in 64-bit mode. Prefixes and escapes are the caller's. */
export function oneByteShape(opcode: number): OpcodeShape | undefined {
  return ONE_BYTE[opcode];
}

/** The map behind `0f`; also that of VEX and EVEX map 1, apart from the branches. */
export function twoByteShape(opcode: number): OpcodeShape | undefined {
  return TWO_BYTE[opcode];
}

/** The maps behind `0f 38` and `0f 3a`, and VEX and EVEX maps 2 to 6: every opcode has a ModRM byte. */
export function threeByteShape(map: number): OpcodeShape {
  return map === 3 ? MODRM_8 : MODRM;
}

const ONE_BYTE: readonly (OpcodeShape | undefined)[] = Array.from({ length: 256 }, (_, op) => {
  if (op < 0x40) {
    return op % 8 < 4 ? MODRM : op % 8 === 4 ? IMMEDIATE_8 : op % 8 === 5 ? shape("z") : undefined;
  }
  if (op >= 0x50 && op < 0x60) return PLAIN;
  if (op >= 0x70 && op < 0x80) return RELATIVE_8;
  if (op >= 0x84 && op <= 0x8f) return MODRM;
  if (op >= 0x90 && op <= 0x9f) return op === 0x9a ? undefined : PLAIN;
  if (op >= 0xa0 && op <= 0xa3) return shape("moffs");
  if (op >= 0xb0 && op <= 0xb7) return IMMEDIATE_8;
  if (op >= 0xb8 && op <= 0xbf) return shape("v");
  if ((op >= 0xd0 && op <= 0xd3) || (op >= 0xd8 && op <= 0xdf)) return MODRM;
  if (op >= 0xe0 && op <= 0xe3) return RELATIVE_8;
  if (op >= 0xe4 && op <= 0xe7) return IMMEDIATE_8;
  switch (op) {
    case 0x63:
    case 0xfe:
    case 0xff:
      return MODRM;
    case 0x68:
    case 0xa9:
      return shape("z");
    case 0x69:
    case 0x81:
    case 0xc7:
      return MODRM_Z;
    case 0x6a:
    case 0xa8:
    case 0xcd:
      return IMMEDIATE_8;
    case 0x6b:
    case 0x80:
    case 0x83:
    case 0xc0:
    case 0xc1:
    case 0xc6:
      return MODRM_8;
    case 0xc2:
    case 0xca:
      return shape("16");
    case 0xc8:
      return shape("enter");
    case 0xe8:
    case 0xe9:
      return RELATIVE_32;
    case 0xeb:
      return RELATIVE_8;
    case 0xf6:
    case 0xf7:
      return { modrm: true, immediate: "group3" };
    case 0x60:
    case 0x61:
    case 0x82:
    case 0xce:
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xea:
      return undefined;
    default:
      return PLAIN;
  }
});

const TWO_BYTE: readonly (OpcodeShape | undefined)[] = Array.from({ length: 256 }, (_, op) => {
  if (op >= 0x80 && op <= 0x8f) return RELATIVE_32;
  if (op >= 0x30 && op <= 0x37) return PLAIN;
  if (op >= 0xc8 && op <= 0xcf) return PLAIN;
  if (op >= 0x70 && op <= 0x73) return MODRM_8;
  switch (op) {
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0b:
    case 0x0e:
    case 0x77:
    case 0xa0:
    case 0xa1:
    case 0xa2:
    case 0xa8:
    case 0xa9:
    case 0xaa:
      return PLAIN;
    case 0x0f:
    case 0xa4:
    case 0xac:
    case 0xba:
    case 0xc2:
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return MODRM_8;
    case 0x04:
    case 0x0a:
    case 0x0c:
    case 0x24:
    case 0x25:
    case 0x26:
    case 0x27:
      return undefined;
    default:
      return MODRM;
  }
});

function shape(immediate: Immediate): OpcodeShape {
  return { modrm: false, immediate };
}
