/** Files and /proc, where what is asked for may be gone or out of reach at any time. */

/** Whether an error is the operating system's answer, and no mistake of this program. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Error && /os error/.test(error.message);
}

/** An operating system's error without the number and the path that Deno adds. */
export function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\s*\(os error \d+\).*$/, "");
}

/** A file's text; undefined where it cannot be had. */
export function readTextIfThere(path: string): string | undefined {
  return ifThere(() => Deno.readTextFileSync(path));
}

/** What a path leads to; undefined where that cannot be looked at. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.statSync(path));
}

function ifThere<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
