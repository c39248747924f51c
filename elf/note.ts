import { Cursor, type Source } from "../base/mod.ts";

/** One note. Source: the System V gABI, "Note Section". */
export interface Note {
  /** Who defined the type, e.g. `GNU` or `Go`. */
  readonly owner: string;
  /** What it is, e.g. 3 for GNU's build id and 4 for Go's. */
  readonly type: number;
  readonly description: Uint8Array;
}

/** Notes are some hundred bytes; more is not read, since no note that matters lies behind. */
const MAX_NOTE_BYTES = 1 << 20;

/**
 * The notes in a note section or segment.
 *
 * @param source the bytes of the section or segment
 * @param name what they are, for errors
 * @throws {FormatError} when a note claims to be longer than its section.
 */
export function* readNotes(source: Source, name: string): Generator<Note> {
  const notes = new Cursor(source.read(0, Math.min(source.size, MAX_NOTE_BYTES)), { name });
  while (notes.remaining >= 12) {
    const ownerSize = notes.u32();
    const descriptionSize = notes.u32();
    const type = notes.u32();
    const owner = decoder.decode(notes.take(ownerSize)).replace(/\0+$/, "");
    notes.skip(Math.min(-ownerSize & 3, notes.remaining));
    const description = notes.take(descriptionSize);
    notes.skip(Math.min(-descriptionSize & 3, notes.remaining));
    yield { owner, type, description };
  }
}

const decoder = new TextDecoder();
