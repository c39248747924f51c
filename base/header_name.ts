import { UsageError } from "./errors.ts";

/** What the name of a column begins with that shows a header of the request: `header:User-Agent`. */
export const HEADER_PREFIX = "header:";

/** A header of requests, by its name. */
export interface HeaderName {
  /** In Go's canonical form: `User-Agent`. */
  readonly name: string;
  /** The column's, and the field's in a record: `header:User-Agent`. */
  readonly key: string;
  /** What it holds opens doors: only whether it is there is shown. */
  readonly isSecret: boolean;
}

/** The longest name that can be looked for, in bytes. */
const MAX_BYTES = 64;
/** Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Words of names: `Authorization`, `X-Api-Key`, `X-Csrf-Token`, `Set-Cookie`. */
const SECRET_WORDS =
  /(^|[-_.])(authorization|cookie2?|api[-_]?key|access[-_]?key|auth|(access)?token|secret|password|passwd|passphrase|credentials?|jwt|session|signature|assertion)($|[-_.])/i;

/**
 * The header that a column `header:NAME` is for.
 *
 * @returns undefined for the name of another column
 * @throws {UsageError} when no header can have that name
 */
export function headerName(column: string): HeaderName | undefined {
  if (!column.toLowerCase().startsWith(HEADER_PREFIX)) return undefined;
  const text = column.slice(HEADER_PREFIX.length);
  if (!TOKEN.test(text)) {
    throw new UsageError(`${text === "" ? "A header without a name" : `${text} is no name of a header`}`, {
      hint: "Write it as in a request: --fields method,path,header:User-Agent.",
    });
  }
  if (text.length > MAX_BYTES) {
    throw new UsageError(`A header's name has at most ${MAX_BYTES} bytes here, and this one ${text.length}`, {
      hint: "Longer ones cannot be looked for.",
    });
  }
  const name = text.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
  return { name, key: `${HEADER_PREFIX}${name}`, isSecret: SECRET_WORDS.test(name) };
}
