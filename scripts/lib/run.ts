/** A command that was run and failed; the message is what it wrote. */
export class CommandError extends Error {
  /** The exit code; 128 and the number for a signal. */
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.name = "CommandError";
    this.code = code;
  }
}

/** Options of {@linkcode run}. */
export interface RunOptions {
  readonly cwd?: string | URL;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How often it is tried in all, with a pause that grows; for downloads only. Default 1. */
  readonly tries?: number;
}

/**
 * Runs a command without input and returns its standard output.
 *
 * @throws {CommandError} when it ends with another code than 0, with all that it wrote.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env, tries = 1 } = options;
  for (let attempt = 1;; attempt++) {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env: { ...env } }),
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (code === 0) return text;
    if (attempt >= tries) {
      const words = `${text}${new TextDecoder().decode(stderr)}`.trimEnd();
      throw new CommandError(words || `${command} ended with code ${code}`, code);
    }
    await new Promise((resolve) => setTimeout(resolve, attempt * 2000));
  }
}
