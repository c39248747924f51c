/** One value of a base type inside a parameter: what the calling convention puts into one register. */
export interface Component {
  /** Integers, booleans and every kind of pointer go to integer registers. */
  readonly kind: "integer" | "float";
  /** Bytes from the parameter's start, as it lies in memory. */
  readonly offset: number;
  /** Bytes. */
  readonly size: 1 | 2 | 4 | 8;
}

/** A type as the calling convention sees it, on a 64-bit machine. */
export interface Shape {
  /** Bytes. */
  readonly size: number;
  /** Bytes that its address is a multiple of. */
  readonly align: number;
  /**
   * Its base values in order; undefined when it holds an array of more than one element, which is never passed in
   * registers.
   */
  readonly components: readonly Component[] | undefined;
}

/** A boolean or an integer of so many bytes. */
export function integerShape(size: 1 | 2 | 4 | 8): Shape {
  return { size, align: size, components: [{ kind: "integer", offset: 0, size }] };
}

/** `float32` or `float64`; a complex number is a struct of two. */
export function floatShape(size: 4 | 8): Shape {
  return { size, align: size, components: [{ kind: "float", offset: 0, size }] };
}

/** So many integer or pointer words: 1 for a pointer, map, channel or func, 2 for a string or interface, 3 for a slice. */
export function wordsShape(count: number): Shape {
  return {
    size: 8 * count,
    align: count === 0 ? 1 : 8,
    components: Array.from({ length: count }, (_, i) => ({ kind: "integer", offset: 8 * i, size: 8 })),
  };
}

/**
 * A struct of these fields, laid out as Go does: each at a multiple of its alignment, and one byte more behind a last
 * field of no size, so that its address lies inside. Source: abi-internal.md, "Memory layout".
 */
export function structShape(fields: readonly Shape[]): Shape {
  let size = 0;
  let align = 1;
  let components: Component[] | undefined = [];
  for (const field of fields) {
    const offset = alignUp(size, field.align);
    size = offset + field.size;
    align = Math.max(align, field.align);
    components = field.components === undefined
      ? undefined
      : components?.concat(field.components.map((part) => ({ ...part, offset: offset + part.offset })));
  }
  if (size > 0 && fields.at(-1)?.size === 0) size++;
  return { size: alignUp(size, align), align, components };
}

/** An array. */
export function arrayShape(element: Shape, length: number): Shape {
  const components = length === 0 ? [] : length === 1 ? element.components : undefined;
  return { size: element.size * length, align: element.align, components };
}

/** The next multiple of `align`. */
export function alignUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
