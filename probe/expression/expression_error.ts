import { UsageError } from "../../base/mod.ts";

/** Where an {@linkcode ExpressionError} is, and what to do about it. */
export interface ExpressionErrorDetails {
  /** The whole probe or condition. */
  readonly text: string;
  /** UTF-16 index of what is wrong; from 0 to the text's length. */
  readonly column: number;
  /** One imperative sentence for the user. */
  readonly hint: string;
}

/**
 * A probe or a condition that is wrong at one place of its text. The message quotes the text around the place, and
 * counts columns from 1, as editors do.
 */
export class ExpressionError extends UsageError {
  /** UTF-16 index of what is wrong: the first character is 0, and the text's length is its end. */
  readonly column: number;

  /** @param what is wrong there, without a full stop */
  constructor(what: string, { text, column, hint }: ExpressionErrorDetails) {
    super(`Cannot read "${excerpt(text, column)}" at column ${column + 1}: ${what}`, { hint });
    this.column = column;
  }
}

/** How much of a long text is quoted before and behind the place, in UTF-16 units. */
const QUOTED_BEFORE = 40;
const QUOTED_BEHIND = 24;

function excerpt(text: string, column: number): string {
  const start = column - QUOTED_BEFORE;
  const end = column + QUOTED_BEHIND;
  return (start > 0 ? `…${text.slice(start, column)}` : text.slice(0, column)) +
    (end < text.length ? `${text.slice(column, end)}…` : text.slice(column));
}
