import { parseFunctionName } from "./function_name.ts";
import { isWritten } from "./name_match.ts";

/**
 * The names that a mistyped one most likely means, best first: the same name in another case or package or with another
 * receiver, a name that contains it, or one a few letters away. Closures and what the compiler makes are left out,
 * unless it is a closure that was wanted: that of a function that was inlined has the name of where it went.
 * Empty when nothing is near: a bad hint is worse than none.
 *
 * @param wanted the name that was not found, e.g. `main.pong`, or its last element alone
 * @param functions all of them; 150,000 take 0.1 to 0.2 s, which only an error waits for
 * @param count how many at most
 * @param isWrapper tells those that the compiler made and named like others; asked of few
 */
export function nearestNames<T extends { readonly name: string }>(
  wanted: string,
  functions: Iterable<T>,
  count: number,
  isWrapper: (found: T) => boolean = () => false,
): string[] {
  const target = describe(wanted);
  if (target.last === "" || count <= 0) return [];
  const best: Candidate[] = [];
  const closures = closuresLike(wanted);
  const seen = new Set<string>();
  for (const found of functions) {
    const { name } = found;
    const isClosure = closures?.pattern.test(name) ?? false;
    const score = isClosure ? CLOSURE_SCORES[name.includes(closures!.owner) ? 0 : 1] : scoreOf(target, name);
    if (score === undefined) continue;
    const candidate = { name, score };
    const worst = best.at(-1);
    if (best.length === count && worst !== undefined && compare(candidate, worst) >= 0) continue;
    if (name === wanted || seen.has(name) || !isWritten(name, isClosure) || isWrapper(found)) continue;
    seen.add(name);
    best.push(candidate);
    best.sort(compare);
    if (best.length > count) best.pop();
  }
  return best.map(({ name }) => name);
}

/** Better than names that are only alike: with the same receiver, and with another. */
const CLOSURE_SCORES = [0.25, 0.4] as const;

/** Closures in a function of the same own name, wherever it was inlined; undefined when no closure is wanted. */
function closuresLike(wanted: string): { readonly owner: string; readonly pattern: RegExp } | undefined {
  const { packagePath, receiver, name, suffix } = parseFunctionName(wanted);
  if (packagePath === "" || !/^\.func\d/.test(suffix)) return undefined;
  const type = receiver?.pointer ? `(*${receiver.type}).` : receiver === undefined ? "" : `${receiver.type}.`;
  const literal = RegExp.escape(name);
  return {
    owner: `.${type}${name}.`,
    pattern: new RegExp(`\\.${literal}(?:\\[.*\\])?\\.(?:.*\\.)?func\\d+$`, "s"),
  };
}

interface Candidate {
  readonly name: string;
  readonly score: number;
}

/** A lower score first; then the shorter name, which is the more prominent one; then by the alphabet. */
function compare(a: Candidate, b: Candidate): number {
  return a.score - b.score || a.name.length - b.name.length ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

interface Target {
  /** In lower case. */
  readonly text: string;
  /** The last element, e.g. `pong`. */
  readonly last: string;
  /** The package with its dot, e.g. `main.`; empty when the user gave none. */
  readonly prefix: string;
  /** The most edits that still make a likely slip. */
  readonly maxEdits: number;
}

function describe(wanted: string): Target {
  const text = wanted.toLowerCase();
  const last = text.slice(text.lastIndexOf(".") + 1);
  const dot = text.indexOf(".", text.lastIndexOf("/") + 1);
  const maxEdits = Math.min(3, Math.max(1, Math.floor(last.length / 3)));
  return { text, last, prefix: dot < 0 ? "" : text.slice(0, dot + 1), maxEdits };
}

/**
 * How far `name` is from the target, in edits; undefined for too far. A name whose last element is the wanted one
 * counts as half an edit in the same package, and as one and a half in another.
 */
function scoreOf(target: Target, name: string): number | undefined {
  const text = name.toLowerCase();
  if (text === target.text) return 0;
  const last = text.slice(text.lastIndexOf(".") + 1);
  // Without a package in what the user wrote, main is the one that is meant most often.
  const near = text.startsWith(target.prefix === "" ? "main." : target.prefix) ? 0 : 1;
  if (last === target.last) return 0.5 + near;
  let score = Infinity;
  if (target.last.length >= 3 && last.includes(target.last)) score = 2.5 + near;
  const [a, b] = target.prefix === "" ? [target.last, last] : [target.text, text];
  const edits = boundedDistance(a, b, target.maxEdits);
  if (edits !== undefined) score = Math.min(score, target.prefix === "" ? edits + near / 2 : edits);
  return score === Infinity ? undefined : score;
}

/**
 * The edits (insertions, deletions, replacements, swaps of neighbours) from `a` to `b`; undefined for more than
 * `limit`. Only the band of the matrix that can stay within the limit is computed.
 */
export function boundedDistance(a: string, b: string, limit: number): number | undefined {
  if (Math.abs(a.length - b.length) > limit) return undefined;
  // What is the same at both ends costs nothing, and names of one package share much of it.
  let start = 0;
  while (start < a.length && start < b.length && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--;
    endB--;
  }
  const rows = endA - start;
  const columns = endB - start;
  if (rows === 0 || columns === 0) return rows + columns <= limit ? rows + columns : undefined;
  if (columns >= ROW_LENGTH) return undefined;
  const tooFar = limit + 1;
  let [beforePrevious, previous, current] = ROWS;
  for (let j = 0; j <= columns; j++) previous[j] = Math.min(j, tooFar);
  for (let i = 1; i <= rows; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(columns, i + limit);
    // The two cells beside the band are read by the next row.
    current[from - 1] = from === 1 ? Math.min(i, tooFar) : tooFar;
    if (to < columns) current[to + 1] = tooFar;
    let smallest = current[from - 1] ?? tooFar;
    const charA = a.charCodeAt(start + i - 1);
    for (let j = from; j <= to; j++) {
      const charB = b.charCodeAt(start + j - 1);
      let value = Math.min(
        (previous[j] ?? tooFar) + 1,
        (current[j - 1] ?? tooFar) + 1,
        (previous[j - 1] ?? tooFar) + (charA === charB ? 0 : 1),
        tooFar,
      );
      const swapped = i > 1 && j > 1 && charA === b.charCodeAt(start + j - 2) &&
        a.charCodeAt(start + i - 2) === charB;
      if (swapped) value = Math.min(value, (beforePrevious[j - 2] ?? tooFar) + 1);
      current[j] = value;
      if (value < smallest) smallest = value;
    }
    if (smallest > limit) return undefined;
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  const distance = previous[columns] ?? tooFar;
  return distance <= limit ? distance : undefined;
}

/** Longer differences than this are no slips. */
const ROW_LENGTH = 1024;

/** Three rows of the matrix, kept: 150,000 names would allocate millions. Nothing in between can call again. */
const ROWS: readonly [Uint16Array, Uint16Array, Uint16Array] = [
  new Uint16Array(ROW_LENGTH + 1),
  new Uint16Array(ROW_LENGTH + 1),
  new Uint16Array(ROW_LENGTH + 1),
];
