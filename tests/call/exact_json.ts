/** As `JSON.parse()`, but an integer that a number cannot hold is a bigint: those of 64 bits are compared exactly. */
export function parseExact(text: string): unknown {
  // The third parameter is of ECMAScript's proposal "JSON.parse source text access".
  const revive = (_key: string, value: unknown, context?: { readonly source: string }) =>
    typeof value === "number" && /^-?\d+$/.test(context?.source ?? "") && !Number.isSafeInteger(value)
      ? BigInt(context!.source)
      : value;
  return JSON.parse(text, revive);
}
