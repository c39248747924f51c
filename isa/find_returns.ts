import { findAmd64Returns } from "./amd64/returns.ts";
import { findArm64Returns } from "./arm64/returns.ts";
import type { Returns, ReturnsOptions } from "./returns.ts";

/**
 * Finds every instruction by which a Go function returns to its caller, by decoding one instruction after the other;
 * also those of a panic that a deferred function recovers, which are among them. Padding behind the code is no
 * instruction that returns, and the words that arm64 code loads from among its instructions are passed over.
 *
 * Whatever the bytes are, there is an answer: where they cannot be read to the end it is not `complete`.
 *
 * @param code the whole function, with or without the padding up to the next one.
 */
export function findReturns(code: Uint8Array, options: ReturnsOptions): Returns {
  return options.architecture === "x86_64"
    ? findAmd64Returns(code, options)
    : findArm64Returns(code, options);
}
