/** The value in the middle; of an even count the mean of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a `part` (0 to 1) of them lies, between neighbours in proportion. NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** How far apart values lie that should be equal: from the tenth to the ninetieth of a hundred, by the median. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.9) - quantile(values, 0.1)) / median(values);
}

/**
 * Of each round, a value by the mean of what was measured just before and just after it: so a machine that becomes
 * slower or faster meanwhile weighs on neither.
 *
 * @param untraced one more than `values`.
 */
export function ratios(values: readonly number[], untraced: readonly number[]): number[] {
  return values.map((value, i) => 2 * value / (untraced[i]! + untraced[i + 1]!));
}

/** How much y grows with x: of the straight line that is nearest to the points by least squares. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x0 = mean(points.map(({ x }) => x));
  const y0 = mean(points.map(({ y }) => y));
  const products = points.map(({ x, y }) => (x - x0) * (y - y0));
  const squares = points.map(({ x }) => (x - x0) ** 2);
  return mean(products) / mean(squares);
}
