import { DAMAGED_HINT, FormatError } from "../base/mod.ts";
import type { GoType } from "./go_type.ts";
import { arrayShape, floatShape, integerShape, type Shape, structShape, wordsShape } from "./shape.ts";

/** Structs and arrays that lie in each other: those of real programs are a dozen deep. */
const MAX_DEPTH = 64;

/** Far more than there are registers: a value of more parts is passed on the stack, whatever they are. */
const MAX_COMPONENTS = 64;

/**
 * How the calling convention sees a type: a struct by its fields in order, a string as two words, a complex number as
 * two floats.
 *
 * Source: Go's src/cmd/compile/abi-internal.md; `appendParamTypes` in src/cmd/compile/internal/abi/abiutils.go.
 *
 * @throws {FormatError} when the type contains itself, or its fields do not make up its size.
 */
export function shapeOfType(type: GoType): Shape {
  return shapeOf(type, new Map(), 0);
}

function shapeOf(type: GoType, known: Map<GoType, Shape>, depth: number): Shape {
  if (depth > MAX_DEPTH) {
    throw new FormatError("Cannot tell how a value is passed: its type contains itself", {
      hint: DAMAGED_HINT,
    });
  }
  const before = known.get(type);
  if (before !== undefined) return before;
  const made = bounded(make(type, (part) => shapeOf(part, known, depth + 1)));
  if (made.size !== type.size) {
    throw new FormatError(
      `Cannot tell how ${type.name} is passed: it has ${type.size} bytes, and its parts make ${made.size}`,
      { hint: DAMAGED_HINT },
    );
  }
  known.set(type, made);
  return made;
}

function make(type: GoType, shapeOfPart: (part: GoType) => Shape): Shape {
  switch (type.kind) {
    case "bool":
    case "int8":
    case "uint8":
      return integerShape(1);
    case "int16":
    case "uint16":
      return integerShape(2);
    case "int32":
    case "uint32":
      return integerShape(4);
    case "int":
    case "int64":
    case "uint":
    case "uint64":
    case "uintptr":
      return integerShape(8);
    case "float32":
      return floatShape(4);
    case "float64":
      return floatShape(8);
    case "complex64":
      return structShape([floatShape(4), floatShape(4)]);
    case "complex128":
      return structShape([floatShape(8), floatShape(8)]);
    case "chan":
    case "func":
    case "map":
    case "pointer":
    case "unsafe.Pointer":
      return wordsShape(1);
    case "interface":
    case "string":
      return wordsShape(2);
    case "slice":
      return wordsShape(3);
    case "array":
      return arrayShape(shapeOfPart(required(type, type.element)), type.length);
    case "struct":
      return structShape(limited(type.fields.map((field) => shapeOfPart(field.type))));
  }
}

function bounded(shape: Shape): Shape {
  const { components } = shape;
  if (components === undefined || components.length <= MAX_COMPONENTS) return shape;
  return { ...shape, components: undefined };
}

/** Without the parts where the whole has too many of them, so that they are not put together first. */
function limited(shapes: readonly Shape[]): Shape[] {
  let count = 0;
  return shapes.map((shape) => {
    count += shape.components?.length ?? 0;
    return count <= MAX_COMPONENTS ? shape : { ...shape, components: undefined };
  });
}

function required(type: GoType, element: GoType | undefined): GoType {
  if (element !== undefined) return element;
  throw new FormatError(`Cannot tell how ${type.name} is passed: it has no element type`, {
    hint: DAMAGED_HINT,
  });
}
