/** The kinds of Go types in the order of `reflect.Kind`, which the runtime's type metadata counts from 1. */
export const GO_KINDS = [
  ...["bool", "int", "int8", "int16", "int32", "int64"] as const,
  ...["uint", "uint8", "uint16", "uint32", "uint64", "uintptr"] as const,
  ...["float32", "float64", "complex64", "complex128"] as const,
  ...["array", "chan", "func", "interface", "map", "pointer", "slice", "string", "struct"] as const,
  "unsafe.Pointer",
] as const;
/** One of {@linkcode GO_KINDS}. */
export type GoKind = typeof GO_KINDS[number];

/** Whether values of the kind are whole numbers: `int` to `uintptr`. */
export function isInteger(kind: GoKind): boolean {
  return /^u?int(\d+|ptr)?$/.test(kind);
}

/** Whether values of the kind are whole numbers that may be negative. */
export function isSigned(kind: GoKind): boolean {
  return isInteger(kind) && kind.startsWith("int");
}

/**
 * A Go type as an executable describes it, in DWARF or in the runtime's type metadata: both give the same. What a type
 * is made of is read when it is asked for, so types may refer to themselves.
 */
export interface GoType {
  /**
   * As Go writes it, with each package's whole path, not escaped: `net/http.Request`, `*net/url.URL`,
   * `map[string][]string`, `func(net/http.ResponseWriter, *net/http.Request)`, `gopkg.in/yaml.v3.Node`.
   */
  readonly name: string;
  readonly kind: GoKind;
  /** Bytes. */
  readonly size: number;
  /** What a pointer points to, and the elements of an array, a slice, a channel and a map. */
  readonly element: GoType | undefined;
  /** Of a map. */
  readonly key: GoType | undefined;
  /** Of an array, in elements; 0 otherwise. */
  readonly length: number;
  /** Of a struct, by offset; empty otherwise. */
  readonly fields: readonly GoField[];
  /** Whether it is an interface without methods: its first word is its value's type, and not an itab. */
  readonly isEmptyInterface: boolean;
  /** Of a func, without a receiver; undefined otherwise. */
  readonly signature: GoSignature | undefined;
  /** Of a map, where they are described; undefined otherwise. `mapLayout` takes them apart. */
  readonly mapParts: MapParts | undefined;
}

/** The structs in which the runtime keeps a map. */
export interface MapParts {
  /**
   * What a map's value points to: `runtime.hmap`, or `internal/runtime/maps.Map`. Only DWARF has it.
   */
  readonly header: GoType | undefined;
  /** In what eight of its entries lie: a bucket, or a group. */
  readonly group: GoType;
}

/** A field of a struct. */
export interface GoField {
  /** Of an embedded field, its type's name without package and star. */
  readonly name: string;
  /** Bytes from the struct's start. */
  readonly offset: number;
  readonly type: GoType;
  readonly embedded: boolean;
}

/** What a function takes and gives. */
export interface GoSignature {
  readonly receiver?: GoParameter;
  readonly parameters: readonly GoParameter[];
  readonly results: readonly GoParameter[];
  /** The last parameter is `...T`; its type is the slice. */
  readonly variadic: boolean;
}

/** A signature as it is described, which may be less than the function has. */
export interface DescribedSignature {
  readonly signature: GoSignature;
  /**
   * Parameters without a name, or with the name `_`, are not in it if there are any: where the others are does not follow
   * from it. So it is in DWARF until Go 1.21.
   */
  readonly lacksBlanks: boolean;
  /** Results may not be in it: DWARF of Go 1.17 leaves out those in registers. */
  readonly lacksResults: boolean;
}

/** A parameter, a result or a receiver. */
export interface GoParameter {
  /** Empty where it has none, or it is not known: the runtime's type metadata has no names. */
  readonly name: string;
  readonly type: GoType;
}

/** Where types are known from, in words for the plan. */
export type TypeOrigin = "DWARF" | "the runtime's type metadata";

/** The types of one executable. */
export interface TypeSource {
  readonly origin: TypeOrigin;
  /**
   * The type of that name, as {@linkcode GoType.name} has it: `net/http.Request`. Undefined when it is not there.
   *
   * @throws {FormatError} when what describes it is damaged.
   */
  find(name: string): GoType | undefined;
  /**
   * What a function takes and gives; undefined when that is not known.
   *
   * @param symbol the function's name as its symbol has it, e.g. `main.(*Server).ServeHTTP`
   * @param address its entry
   * @throws {FormatError} when what describes it is damaged.
   */
  signatureOf(symbol: string, address: number): GoSignature | undefined;
}
