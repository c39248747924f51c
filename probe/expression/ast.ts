/** Where a node stands in the text that it was read from, as UTF-16 indices: from `at` to before `end`. */
export interface Span {
  readonly at: number;
  readonly end: number;
}

/** A parameter's, receiver's or result's name; also `recv`, `arg0`, `ret0`. What it means, the function tells. */
export interface Identifier extends Span {
  readonly kind: "identifier";
  readonly name: string;
}

/** What is known of every call, whatever the function. */
export const VARIABLE_NAMES = ["goid", "duration", "pid"] as const;

/** `$goid`, `$duration`, `$pid`; the name is without the dollar sign. */
export interface Variable extends Span {
  readonly kind: "variable";
  readonly name: (typeof VARIABLE_NAMES)[number];
}

/** `operand.name`: a field, which may be promoted from an embedded struct, or lie behind a pointer. */
export interface Field extends Span {
  readonly kind: "field";
  readonly operand: Expression;
  readonly name: string;
  /** Where the name itself begins. */
  readonly nameAt: number;
}

/** `operand[index]`: an element of an array or a slice, or a map's value. Only a map may have a negative one. */
export interface Index extends Span {
  readonly kind: "index";
  readonly operand: Expression;
  readonly index: IntegerConstant | StringConstant;
}

/** `operand.(type)`: the value of an interface, if it holds this type. */
export interface Assertion extends Span {
  readonly kind: "assertion";
  readonly operand: Expression;
  /** As it was written, with the packages' paths: `*net/http.Request`, `main.Pair[int,string]`. */
  readonly type: string;
  /** Where the type itself begins. */
  readonly typeAt: number;
}

/** What can be called: Go's `len` and `cap`, and `type`, the name of the type that an interface holds. */
export const FUNCTION_NAMES = ["len", "cap", "type"] as const;

/** `len(operand)`, `cap(operand)`, `type(operand)`. */
export interface Call extends Span {
  readonly kind: "call";
  readonly function: (typeof FUNCTION_NAMES)[number];
  readonly operand: Expression;
}

/** `*operand`. */
export interface Dereference extends Span {
  readonly kind: "dereference";
  readonly operand: Expression;
}

/** `&operand`. */
export interface Address extends Span {
  readonly kind: "address";
  readonly operand: Expression;
}

/** A value of a call, as it is written in a probe. Parentheses leave no node; at most `MAX_DEPTH` nodes deep. */
export type Expression =
  | Identifier
  | Variable
  | Field
  | Index
  | Assertion
  | Call
  | Dereference
  | Address;

/** A whole number or a character, from -2^63 to 2^64 - 1. */
export interface IntegerConstant extends Span {
  readonly kind: "integer";
  readonly value: bigint;
}

/** A string: bytes, as in Go, which need not be UTF-8. */
export interface StringConstant extends Span {
  readonly kind: "string";
  readonly bytes: Uint8Array;
}

/** `true` or `false`. */
export interface BoolConstant extends Span {
  readonly kind: "bool";
  readonly value: boolean;
}

/** `nil`. */
export interface NilConstant extends Span {
  readonly kind: "nil";
}

/** A number with a unit of time; any int64 of nanoseconds. */
export interface DurationConstant extends Span {
  readonly kind: "duration";
  readonly nanoseconds: bigint;
}

/** What an expression can be compared with. */
export type Constant = IntegerConstant | StringConstant | BoolConstant | NilConstant | DurationConstant;

/** Go's comparison operators. */
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** `operand operator constant`; where the constant was written first, the sides are exchanged. */
export interface Comparison extends Span {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly operand: Expression;
  readonly constant: Constant;
}

/** `hasPrefix(operand, "text")`. */
export interface PrefixTest extends Span {
  readonly kind: "prefix";
  readonly operand: Expression;
  readonly prefix: StringConstant;
}

/** An expression alone: a bool that is true. */
export interface Truth extends Span {
  readonly kind: "truth";
  readonly operand: Expression;
}

/** `!operand`. */
export interface Not extends Span {
  readonly kind: "not";
  readonly operand: Condition;
}

/** Two or more conditions, joined by `&&`; none of them is an {@linkcode And} itself. */
export interface And extends Span {
  readonly kind: "and";
  readonly operands: readonly Condition[];
}

/** Two or more conditions, joined by `||`; none of them is an {@linkcode Or} itself. */
export interface Or extends Span {
  readonly kind: "or";
  readonly operands: readonly Condition[];
}

/** What `--where` takes. */
export type Condition = Comparison | PrefixTest | Truth | Not | And | Or;

/** Which function to probe, and what to show of its calls. It begins with its name. */
export interface ProbeExpression extends Span {
  readonly kind: "probe";
  /** A Go function's name or a glob, as it was written. */
  readonly name: string;
  /** Undefined where there is no list, which is not the same as an empty one. */
  readonly args: readonly Expression[] | undefined;
  /** What follows `->`; undefined where nothing does. */
  readonly results: readonly Expression[] | undefined;
}
