const ZERO = 0x30;
const MINUS = 0x2d;
/** What 10 is added to, to have the letter `a`. */
const A_LESS_TEN = 0x57;
const BILLION = 1_000_000_000;

/** The most bytes that {@linkcode putInteger} writes for a safe integer, and for a 64-bit one. */
export const INTEGER_BYTES = 20;

/** Writes an integer in decimal and returns where it ends. */
export function putInteger(value: number, target: Uint8Array, at: number): number {
  if (value < 0) {
    target[at++] = MINUS;
    value = -value;
  }
  if (value >= BILLION) {
    const billions = Math.floor(value / BILLION);
    at = putInteger(billions, target, at);
    return putPadded(value - billions * BILLION, 9, target, at);
  }
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  return putPadded(value, digits, target, at);
}

/** Writes the last `digits` digits of `value`, which is from 0 to 2^31 - 1, with leading zeros. */
export function putPadded(value: number, digits: number, target: Uint8Array, at: number): number {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    target[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

/** The digit of `value`, 0 to 15, in base 16 and lower case. */
export function hexDigit(value: number): number {
  return value < 10 ? ZERO + value : A_LESS_TEN + value;
}
