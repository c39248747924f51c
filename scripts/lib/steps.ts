/**
 * The lines by which a script tells what it is doing. They go to stderr, so that stdout stays with the results, and
 * are plain text: the same in a terminal, a pipe and a log.
 *
 * @module
 */
import { CommandError } from "./run.ts";

/** `0.4 s`, with one digit after the point. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Writes one line to stderr. */
export function say(line: string): void {
  console.error(line);
}

/** Does one step and tells its name, how long it took, and what came of it where `done` says so. */
export async function step<T>(
  name: string,
  action: () => Promise<T>,
  done?: (result: T) => string | undefined,
): Promise<T> {
  const start = performance.now();
  try {
    const result = await action();
    const words = done?.(result);
    say(
      `  ok ${seconds(performance.now() - start).padStart(8)}  ${name}${
        words === undefined ? "" : `: ${words}`
      }`,
    );
    return result;
  } catch (error) {
    say(`FAIL ${seconds(performance.now() - start).padStart(8)}  ${name}`);
    throw error;
  }
}

/** Ends the process with the two lines that every error of this project has. */
export function die(what: string, hint: string, code: number): never {
  say(`gohttpsnoop: ${what}`);
  if (hint !== "") say(`  hint: ${hint}`);
  Deno.exit(code);
}

/** Runs a script's main function; a command that failed ends the process with what it wrote, without a stack. */
export async function main(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    say(error.message);
    Deno.exit(error.code);
  }
}
