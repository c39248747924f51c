import type { PclntabFormat } from "./pclntab_header.ts";

/** Where the fields of a function's record are, in bytes from its start. */
export interface RecordLayout {
  /** Bytes of the arguments and results; an `int32`, the most negative one for what is not known (assembly, C-like). */
  readonly args: number;
  /** Tables of values by pc: offsets of 32 bits. */
  readonly pcFile: number;
  readonly pcLine: number;
  /** How many tables of values by pc follow; 32 bits. */
  readonly pcDataCount: number;
  /** The start of the unit's list of files; undefined to Go 1.15. */
  readonly unit: number | undefined;
  /** The line of the `func` keyword; undefined before Go 1.20. */
  readonly startLine: number | undefined;
  /** A byte that tells the runtime's special functions, and wrappers, from all others. */
  readonly funcId: number;
  /** How many references to data of other kinds follow; a byte, the last one. */
  readonly funcDataCount: number;
  /** Bytes of such a reference: an address, or an offset from `go:func.*`. */
  readonly funcDataSize: 8 | 4;
}

const ARGS_MISSING = -0x80000000;

/** Source: `_func` in Go's src/runtime/runtime2.go of each version. */
const LAYOUTS: Readonly<Record<PclntabFormat, RecordLayout>> = {
  "1.2": {
    args: 12,
    pcFile: 24,
    pcLine: 28,
    pcDataCount: 32,
    unit: undefined,
    startLine: undefined,
    funcId: 36,
    funcDataCount: 39,
    funcDataSize: 8,
  },
  "1.16": {
    args: 12,
    pcFile: 24,
    pcLine: 28,
    pcDataCount: 32,
    unit: 36,
    startLine: undefined,
    funcId: 40,
    funcDataCount: 43,
    funcDataSize: 8,
  },
  "1.18": {
    args: 8,
    pcFile: 20,
    pcLine: 24,
    pcDataCount: 28,
    unit: 32,
    startLine: undefined,
    funcId: 36,
    funcDataCount: 39,
    funcDataSize: 4,
  },
  "1.20": {
    args: 8,
    pcFile: 20,
    pcLine: 24,
    pcDataCount: 28,
    unit: 32,
    startLine: 36,
    funcId: 40,
    funcDataCount: 43,
    funcDataSize: 4,
  },
};

/** The layout of a format's records. */
export function recordLayout(format: PclntabFormat): RecordLayout {
  return LAYOUTS[format];
}

/** A function's record, each field decoded when it is asked for. */
export class FunctionRecord {
  readonly #view: DataView;
  readonly #at: number;
  readonly #layout: RecordLayout;

  /**
   * @param view bytes that hold the record's fixed part
   * @param at where in them it begins: a multiple of 8 where references are addresses
   */
  constructor(view: DataView, at: number, layout: RecordLayout) {
    this.#view = view;
    this.#at = at;
    this.#layout = layout;
  }

  /** Bytes of the fixed part. */
  static sizeOf(layout: RecordLayout): number {
    return layout.funcDataCount + 1;
  }

  /** Bytes of the arguments, with results to Go 1.16; undefined where it does not say. */
  get argsBytes(): number | undefined {
    const bytes = this.#view.getInt32(this.#at + this.#layout.args, true);
    return bytes === ARGS_MISSING || bytes < 0 ? undefined : bytes;
  }

  get funcId(): number {
    return this.#view.getUint8(this.#at + this.#layout.funcId);
  }

  get pcFile(): number {
    return this.#u32(this.#layout.pcFile);
  }

  get pcLine(): number {
    return this.#u32(this.#layout.pcLine);
  }

  /** Undefined to Go 1.15. */
  get unit(): number | undefined {
    return this.#layout.unit === undefined ? undefined : this.#u32(this.#layout.unit);
  }

  /** Undefined before Go 1.20. */
  get startLine(): number | undefined {
    return this.#layout.startLine === undefined ? undefined : this.#u32(this.#layout.startLine);
  }

  get pcDataCount(): number {
    return this.#u32(this.#layout.pcDataCount);
  }

  get funcDataCount(): number {
    return this.#view.getUint8(this.#at + this.#layout.funcDataCount);
  }

  /** The table of values by pc of this index; 0 when there is none. */
  pcData(index: number): number {
    if (index >= this.pcDataCount) return 0;
    return this.#end(this.#layout.funcDataCount + 1 + index * 4, 4)
      ? 0
      : this.#u32(this.#layout.funcDataCount + 1 + index * 4);
  }

  /** Where in the bytes the reference of this index is; undefined when there is none. */
  funcDataPlace(index: number): number | undefined {
    if (index >= this.funcDataCount) return undefined;
    const size = this.#layout.funcDataSize;
    const start = this.#layout.funcDataCount + 1 + this.pcDataCount * 4;
    const offset = Math.ceil(start / size) * size + index * size;
    return this.#end(offset, size) ? undefined : this.#at + offset;
  }

  /** The word at a place that {@linkcode funcDataPlace} gave. */
  u32At(place: number): number {
    return this.#view.getUint32(place, true);
  }

  #u32(offset: number): number {
    return this.#view.getUint32(this.#at + offset, true);
  }

  #end(offset: number, size: number): boolean {
    return this.#at + offset + size > this.#view.byteLength;
  }
}
