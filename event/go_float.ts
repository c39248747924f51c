/** From the one on, and below the other, there is an exponent. Source: Go's strconv/ftoa.go, case 'g' of %e or %f. */
const LARGE_EXPONENT = 6;
const SMALL_EXPONENT = -4;
/** More than what of a float32 may lie behind the ninth digit and begin with a 5 and zeros. */
const EXACT_DECIMALS = 100;

/**
 * A float as Go's `%v` prints it: the fewest digits that give the same float of that size, `1e+06`, `0.0001`, `NaN`,
 * `+Inf`. `value` is exact for either size.
 */
export function goFloat(value: number, bytes: 4 | 8): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const shortest = bytes === 8 ? Math.abs(value).toExponential() : shortestSingle(Math.abs(value));
  const [, digits = "", exponentText = ""] = /^([\d.]+)e([+-]\d+)$/.exec(shortest) ?? [];
  const exponent = Number(exponentText);
  if (exponent < SMALL_EXPONENT || exponent >= LARGE_EXPONENT) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const plain = digits.replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${plain}`;
  const whole = plain.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = plain.slice(exponent + 1);
  return sign + (fraction === "" ? whole : `${whole}.${fraction}`);
}

/** A complex number as Go's `%v` prints it: `(1+2i)`. */
export function goComplex(real: number, imaginary: number, bytes: 4 | 8): string {
  const second = goFloat(imaginary, bytes);
  return `(${goFloat(real, bytes)}${/^[+-]/.test(second) ? "" : "+"}${second}i)`;
}

/** The fewest digits that give the same float32, with an exponent. Nine are always enough. */
function shortestSingle(value: number): string {
  for (let decimals = 0; decimals < 8; decimals++) {
    const text = value.toExponential(decimals);
    // Below a power of two the floats lie closer than above it: there the next number may do where the nearest does not.
    const found = [halfToEven(value, text, decimals), text, moved(text, 1)]
      .find((candidate) => Math.fround(Number(candidate)) === value);
    if (found !== undefined) return found;
  }
  return value.toExponential(8);
}

/** `text` of `value` with so many decimals: where it lies between two, toExponential() takes the larger, Go the even one. */
function halfToEven(value: number, text: string, decimals: number): string {
  const dropped = value.toExponential(EXACT_DECIMALS).slice("1.".length + decimals);
  return /^50*e/.test(dropped) && /[13579]e/.test(text) ? moved(text, -1) : text;
}

/** `text` with its last digit that much higher. */
function moved(text: string, by: number): string {
  return text.replace(/\d(?=e)/, (digit) => String(Number(digit) + by));
}
