import assert from "node:assert/strict";
import { runTracer, Tracer } from "../e2e/tracer.ts";

/**
 * Traces one handler of an executable while `send` sends, and asserts that exactly what was sent is printed.
 *
 * @param fields the columns, where others than a handler's own are wanted
 */
export async function assertTraced(
  binary: string,
  handler: string,
  send: () => Promise<readonly string[]>,
  fields?: string,
): Promise<void> {
  const flags = fields === undefined ? [] : ["--fields", fields];
  await using tracer = await new Tracer(["--fail-on-lost", ...flags, binary, handler]).started(/Path$/);
  const sent = await send();
  // What does not come is told below, with what did.
  await tracer.printed(sent.length).catch(() => {});
  const { code, stdout, stderr } = await tracer.stop();
  assertSameLines(stdout.split("\n").slice(1, -1), sent);
  assert.equal(stderr, "");
  assert.equal(code, 0);
}

/** Asserts that two lists have the same lines as often, in any order; the message has what differs only. */
export function assertSameLines(printed: readonly string[], sent: readonly string[]): void {
  const missing = difference(sent, printed);
  const surplus = difference(printed, sent);
  if (missing.length + surplus.length === 0) return;
  const some = (lines: readonly string[]) =>
    [...lines.slice(0, 10), ...lines.length > 10 ? ["..."] : []].map((line) => `\n  ${line}`).join("");
  assert.fail(
    `of ${sent.length} lines ${missing.length} are missing:${some(missing)}\n` +
      `of ${printed.length} printed ${surplus.length} are too many:${some(surplus)}`,
  );
}

/** The lines of `from` that are left when each line of `taken` took one that is the same. */
function difference(from: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of taken) counts.set(line, (counts.get(line) ?? 0) + 1);
  return from.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

/** Asserts that `-l` with this pattern names the handler: that is how a user finds it. */
export async function assertListed(binary: string, pattern: string, handler: string): Promise<void> {
  const names = await listFunctions(binary, pattern);
  assert.ok(names.includes(handler), `${handler} is not among the ${names.length} names of ${pattern}`);
  const other = names.find((name) => !globExpression(pattern).test(name));
  assert.equal(other, undefined, `${other} is not what ${pattern} asks for`);
}

/** What `gohttpsnoop -l BINARY PATTERN` prints, one name a line. */
async function listFunctions(binary: string, pattern: string): Promise<string[]> {
  const { code, stdout, stderr } = await runTracer(["-l", binary, pattern]);
  assert.equal(code, 0, stderr);
  return stdout.split("\n").slice(0, -1);
}

/** A pattern whose only wildcard is `*`. */
function globExpression(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.()[\]/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
