import { GohttpsnoopError } from "../base/errors.ts";
import { escapeText } from "../event/escape.ts";

/** What happened to the events of a run; `printed + filtered + lost + dropped` is what was seen. */
export interface Counts {
  readonly printed: number;
  readonly filtered: number;
  /** Lost in the kernel: the ring buffer was full. */
  readonly lost: number;
  /** Dropped at the output: its reader was too slow. */
  readonly dropped: number;
}

/** Options of a {@linkcode Status}. */
export interface StatusOptions {
  /** Takes one line without its newline, e.g. to an `AsyncWriter` over standard error. Must not wait. */
  readonly writeLine: (line: string) => void;
  /** No notes and no summary; errors and losses are still told. */
  readonly quiet?: boolean;
  /** Whether the summary is wanted: on a terminal, and with -v. Without it, it is told only after a loss. */
  readonly summary?: boolean;
  /** 1 adds stack traces to errors, and details; 2 more of them. */
  readonly verbosity?: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
}

const LOSS_INTERVAL_MS = 1000;

/**
 * What the command says on standard error: errors in two lines, notes, losses at most once a second, and the
 * summary. All text is escaped here, and only here: a file's name cannot begin a line of its own.
 */
export class Status {
  readonly #options: StatusOptions;
  readonly #now: () => number;
  #toldLost = 0;
  #toldDropped = 0;
  #toldAt = -Infinity;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** An error and its hint; see {@linkcode formatError}. */
  error(error: unknown): void {
    for (const line of formatError(error, (this.#options.verbosity ?? 0) > 0)) this.#options.writeLine(line);
  }

  /** Something that the user may want to know, and need not act on. */
  note(text: string): void {
    if (!this.#options.quiet) this.#say(`note: ${text}`);
  }

  /** A detail for -v (`level` 1) or -vv (2). */
  detail(level: 1 | 2, text: string): void {
    if ((this.#options.verbosity ?? 0) >= level) this.#say(text);
  }

  /** The totals so far; call it as often as you like. What is new among the losses is told once a second at most. */
  losses(lost: number, dropped: number): void {
    const newLost = lost - this.#toldLost;
    const newDropped = dropped - this.#toldDropped;
    const now = this.#now();
    if (newLost + newDropped === 0 || now - this.#toldAt < LOSS_INTERVAL_MS) return;
    this.#toldAt = now;
    this.#toldLost = lost;
    this.#toldDropped = dropped;
    const parts: string[] = [];
    if (newLost > 0) parts.push(`lost ${newLost} in the kernel (a larger --buffer-size helps)`);
    if (newDropped > 0) parts.push(`dropped ${newDropped} at the output (its reader is too slow)`);
    this.#say(parts.join(", "));
  }

  /** The last line of a run that took `durationMs`. */
  summary(counts: Counts, durationMs: number): void {
    const wanted = this.#options.summary === true && !this.#options.quiet;
    if (wanted || counts.lost + counts.dropped > 0) this.#say(formatSummary(counts, durationMs));
  }

  #say(text: string): void {
    this.#options.writeLine(`gohttpsnoop: ${escapeText(text)}`);
  }
}

/**
 * The lines for an error: what happened, and the hint where there is one. An error that is not a
 * {@linkcode GohttpsnoopError} is a defect, and is told as one. With `stack`, the trace and the causes follow.
 */
export function formatError(error: unknown, stack = false): string[] {
  const known = error instanceof GohttpsnoopError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`gohttpsnoop: ${escapeText(known ? message : `internal error: ${message}`)}`];
  const hint = known ? error.hint : "This is a defect: please report it, with what -v prints.";
  if (hint !== "") lines.push(`  hint: ${escapeText(hint)}`);
  if (!stack) return lines;
  const seen = new Set<unknown>();
  for (let cause = error; cause !== undefined && !seen.has(cause); cause = causeOf(cause)) {
    const text = cause instanceof Error ? cause.stack ?? cause.message : String(cause);
    const intro = seen.size === 0 ? "" : "caused by: ";
    for (const line of `${intro}${text}`.split("\n")) lines.push(`    ${escapeText(line.trim())}`);
    seen.add(cause);
  }
  return lines;
}

/** `23 printed, 0 lost, 2 filtered, 1 dropped, 12.3 s`; what is zero is left out, but for the first two. */
export function formatSummary(counts: Counts, durationMs: number): string {
  const parts = [`${counts.printed} printed`, `${counts.lost} lost`];
  if (counts.filtered > 0) parts.push(`${counts.filtered} filtered`);
  if (counts.dropped > 0) parts.push(`${counts.dropped} dropped`);
  parts.push(`${(durationMs / 1000).toFixed(1)} s`);
  return parts.join(", ");
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** Writes a line to standard error. */
export function writeError(line: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // Nobody listens to standard error any more; there is no one to tell.
  }
}
