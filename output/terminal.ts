/** What {@linkcode terminalColumns} asks. */
export interface TerminalQuery {
  /** The environment variable COLUMNS. */
  readonly columns?: string | undefined;
  /** Whether the output is a terminal. Default: whether standard output is one. */
  readonly isTerminal?: () => boolean;
  /** The terminal's size. Default: `Deno.consoleSize`, which throws without a terminal and says 0 under some. */
  readonly consoleSize?: () => { readonly columns: number };
}

/**
 * The columns to fit lines into, or undefined where nothing may be cut: the output is not a terminal, or its width
 * is not known. COLUMNS goes before what the terminal says.
 */
export function terminalColumns(query: TerminalQuery = {}): number | undefined {
  const isTerminal = query.isTerminal ?? (() => Deno.stdout.isTerminal());
  if (!isTerminal()) return undefined;
  if (query.columns !== undefined && /^[1-9][0-9]{0,4}$/.test(query.columns)) return Number(query.columns);
  try {
    const { columns } = (query.consoleSize ?? Deno.consoleSize)();
    return columns > 0 ? columns : undefined;
  } catch {
    // Standard output is a terminal, but the size is asked of another descriptor, or it has none to tell.
    return undefined;
  }
}
