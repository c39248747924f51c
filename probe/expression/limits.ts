/** The longest text of a probe or a condition, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 4096;

/** How deep brackets and prefix operators may nest, and how many nodes an expression may be deep. */
export const MAX_DEPTH = 64;
