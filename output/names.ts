import { integerAt, type RecordView } from "../event/record_view.ts";
import { isKnown } from "../event/measures.ts";
import type { TypeSource } from "../event/type_source.ts";
import { type Column, ColumnKind, isNamed } from "./columns.ts";

/** Tells the names that records have only numbers of. */
export interface NameSource extends TypeSource {
  /** A process's name; undefined where it is not known. */
  comm(pid: number): string | undefined;
  /** The function whose code begins at an address of a process's memory; undefined where it is not known. */
  functionAt(pid: number, pc: number): string | undefined;
}

/** The most bytes that a name takes of a line; longer ones are cut. */
export const NAME_BYTES = 2048;

/** The most bytes that the names in a line take: the longest symbol, and one in each column of names. */
export function namesBound(columns: readonly Column[], symbols: readonly Uint8Array[]): number {
  return Math.max(0, ...symbols.map(({ length }) => length)) + NAME_BYTES * columns.filter(isNamed).length;
}

/** Names as the bytes of cells: each is encoded once. */
export class Names {
  readonly #source: NameSource | undefined;
  readonly #encode: (text: string) => string;
  readonly #missing: Uint8Array;
  readonly #known = new Map<string, Uint8Array>();

  /**
   * @param encode a name as the text of a cell
   * @param missing the cell of a name that is not known
   */
  constructor(source: NameSource | undefined, encode: (text: string) => string, missing: Uint8Array) {
    this.#source = source;
    this.#encode = encode;
    this.#missing = missing;
  }

  /** The cell of a column of kind `comm` or `handler`. */
  cell(kind: number, view: RecordView, field: number): Uint8Array {
    const source = this.#source;
    if (source === undefined) return this.#missing;
    let name: string | undefined;
    if (kind === ColumnKind.comm) name = source.comm(view.pid);
    else if (isKnown(view, field)) name = source.functionAt(view.pid, integerAt(view, field));
    if (name === undefined) return this.#missing;
    let cell = this.#known.get(name);
    if (cell === undefined) {
      // Escapes take six bytes of a character at most.
      cell = new TextEncoder().encode(this.#encode(name.slice(0, NAME_BYTES / 8)));
      this.#known.set(name, cell);
    }
    return cell;
  }
}
