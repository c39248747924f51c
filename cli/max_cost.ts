import { UsageError } from "../base/errors.ts";

/**
 * The share of one core for a percentage: `5%` is 0.05, `0.5%` and `250%` are possible too. Infinity for `off`.
 *
 * @throws {UsageError} naming `flag`.
 */
export function parseMaxCost(text: string, flag: string): number {
  if (text === "off") return Infinity;
  const match = /^(\d+(?:\.\d+)?|\.\d+)%$/.exec(text);
  if (match === null) {
    throw new UsageError(`${flag} takes a percentage of one core, or off, not "${text}"`, {
      hint: /^[\d.]+$/.test(text) ? `Write ${flag} ${text}%.` : `Write a number and %, e.g. ${flag} 5%.`,
    });
  }
  const share = Number(match[1]) / 100;
  if (share > 0 && Number.isFinite(share)) return share;
  throw new UsageError(`${flag} ${text} is out of range`, {
    hint: `Write more than 0%, or leave it out: calls of functions have 5% then; ${flag} off sets no limit.`,
  });
}
