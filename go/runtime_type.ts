import type { GoField, GoKind, GoSignature, GoType, MapParts } from "./go_type.ts";
import type { Descriptors } from "./type_descriptor.ts";

/** Unnamed types that lie in each other: those of real programs are a dozen deep. */
const MAX_DEPTH = 64;

/** Characters of one name, and of all that are made: a damaged file may refer to one type over and over. */
const MAX_NAME_LENGTH = 64 * 1024;
const MAX_NAMES_LENGTH = 32 << 20;

/** Makes types of descriptors, one for each, and bounds what their names take. */
export class RuntimeTypeFactory {
  readonly descriptors: Descriptors;
  readonly #types = new Map<number, RuntimeType>();
  #namesLength = 0;
  #depth = 0;

  constructor(descriptors: Descriptors) {
    this.descriptors = descriptors;
  }

  /**
   * The type whose descriptor is there.
   *
   * @throws {FormatError} when it cannot be there, or is of no known kind.
   */
  at(offset: number): RuntimeType {
    let type = this.#types.get(offset);
    if (type === undefined) {
      this.descriptors.check(offset);
      type = new RuntimeType(this, offset);
      this.#types.set(offset, type);
    }
    return type;
  }

  /**
   * Makes a name, within the bounds.
   *
   * @throws {FormatError} when types lie in each other without end, or their names are too long.
   */
  name(offset: number, make: () => string): string {
    if (this.#depth >= MAX_DEPTH) throw this.descriptors.memory.error(offset, "a type contains itself");
    this.#depth++;
    try {
      const name = make();
      this.#namesLength += name.length;
      this.checkLength(offset, name.length);
      return name;
    } finally {
      this.#depth--;
    }
  }

  /** @throws {FormatError} when a name, or all of them together, are longer than those of real programs. */
  checkLength(offset: number, length: number): void {
    if (length <= MAX_NAME_LENGTH && this.#namesLength <= MAX_NAMES_LENGTH) return;
    throw this.descriptors.memory.error(offset, "the names of types are too long");
  }
}

/** A type that the runtime describes. What it is made of is read when it is asked for. */
export class RuntimeType implements GoType {
  /** Where its descriptor is. */
  readonly offset: number;
  readonly kind: GoKind;
  readonly size: number;
  readonly #factory: RuntimeTypeFactory;
  #name: string | undefined;
  #fields: readonly GoField[] | undefined;
  #signature: GoSignature | undefined;

  constructor(factory: RuntimeTypeFactory, offset: number) {
    this.#factory = factory;
    this.offset = offset;
    this.kind = factory.descriptors.kindOf(offset);
    this.size = factory.descriptors.sizeOf(offset);
  }

  get name(): string {
    return this.#name ??= this.#factory.name(this.offset, () => this.#makeName());
  }

  /** Path of the package that declares it; empty for the language's own types and unnamed ones. */
  get packagePath(): string {
    return this.#descriptors.isNamed(this.offset) ? this.#descriptors.packageOf(this.offset) : "";
  }

  get element(): RuntimeType | undefined {
    const offset = this.#descriptors.elementOf(this.offset);
    return offset === undefined ? undefined : this.#factory.at(offset);
  }

  get key(): RuntimeType | undefined {
    const offset = this.#descriptors.keyOf(this.offset);
    return offset === undefined ? undefined : this.#factory.at(offset);
  }

  get length(): number {
    return this.#descriptors.lengthOf(this.offset);
  }

  get fields(): readonly GoField[] {
    if (this.kind !== "struct") return NO_FIELDS;
    return this.#fields ??= this.#descriptors.fieldsOf(this.offset).map(({ type, ...field }) => ({
      ...field,
      type: this.#factory.at(type),
    }));
  }

  get isEmptyInterface(): boolean {
    return this.kind === "interface" && this.#descriptors.interfaceMethodsOf(this.offset).length === 0;
  }

  get signature(): GoSignature | undefined {
    if (this.kind !== "func") return undefined;
    return this.#signature ??= this.#readSignature();
  }

  get mapParts(): MapParts | undefined {
    const offset = this.#descriptors.mapGroupOf(this.offset);
    return offset === undefined ? undefined : { header: undefined, group: this.#factory.at(offset) };
  }

  get #descriptors(): Descriptors {
    return this.#factory.descriptors;
  }

  #readSignature(): GoSignature {
    const { parameters, results, variadic } = this.#descriptors.signatureOf(this.offset);
    const unnamed = (type: number) => ({ name: "", type: this.#factory.at(type) });
    return { parameters: parameters.map(unnamed), results: results.map(unnamed), variadic };
  }

  /** As Go's src/cmd/compile/internal/types/fmt.go writes a type into DWARF (`tconv2`). */
  #makeName(): string {
    const descriptors = this.#descriptors;
    if (descriptors.isNamed(this.offset)) return qualified(descriptors, this.offset);
    switch (this.kind) {
      case "pointer":
        return `*${this.#part(this.element)}`;
      case "slice":
        return `[]${this.#part(this.element)}`;
      case "array":
        return `[${this.length}]${this.#part(this.element)}`;
      case "map":
        return `map[${this.#part(this.key)}]${this.#part(this.element)}`;
      case "chan":
        return this.#channelName();
      case "func":
        return `func${this.#signatureText()}`;
      case "struct":
        return this.#structName();
      case "interface":
        return this.#interfaceName();
      default:
        return descriptors.stringOf(this.offset);
    }
  }

  #part(type: RuntimeType | undefined): string {
    return type?.name ?? "";
  }

  #channelName(): string {
    const element = this.#part(this.element);
    switch (this.#descriptors.directionOf(this.offset)) {
      case 1:
        return `<-chan ${element}`;
      case 2:
        return `chan<- ${element}`;
      default:
        return element.startsWith("<-") ? `chan (${element})` : `chan ${element}`;
    }
  }

  #structName(): string {
    // The compiler's own, as a map's buckets, which point to themselves: `map.bucket[string]int`.
    const text = this.#descriptors.stringOf(this.offset);
    if (!text.startsWith("struct {")) return text;
    const prefix = this.#unexportedPrefix();
    const parts = this.#join(this.fields, "; ", ({ name, type, embedded }) => {
      if (embedded) return type.name;
      return `${isExported(name) ? "" : prefix}${name} ${type.name}`;
    });
    return parts === "" ? "struct {}" : `struct { ${parts} }`;
  }

  #interfaceName(): string {
    const methods = this.#descriptors.interfaceMethodsOf(this.offset);
    const prefix = this.#unexportedPrefix();
    const parts = this.#join(methods, "; ", ({ name, exported, type }) => {
      return `${exported ? "" : prefix}${name}${this.#factory.at(type).#signatureText()}`;
    });
    return parts === "" ? "interface {}" : `interface { ${parts} }`;
  }

  /** `(a, b) (c, d)`, `(a, ...b) c`. */
  #signatureText(): string {
    const signature = this.signature;
    if (signature === undefined) {
      throw this.#descriptors.memory.error(this.offset, "a method's type is no func");
    }
    const { parameters, results, variadic } = signature;
    const last = variadic ? parameters.length - 1 : -1;
    const taken = this.#join(parameters, ", ", ({ type }, index) => {
      return index === last ? `...${type.element?.name ?? ""}` : type.name;
    });
    if (results.length === 0) return `(${taken})`;
    const given = this.#join(results, ", ", ({ type }) => type.name);
    return results.length === 1 ? `(${taken}) ${given}` : `(${taken}) (${given})`;
  }

  /** The texts of the items, no longer than a name may be. */
  #join<T>(items: readonly T[], separator: string, text: (item: T, index: number) => string): string {
    let joined = "";
    items.forEach((item, index) => {
      joined += (index === 0 ? "" : separator) + text(item, index);
      this.#factory.checkLength(this.offset, joined.length);
    });
    return joined;
  }

  /** What a name that only its package can use is written with. */
  #unexportedPrefix(): string {
    const path = this.#descriptors.ownPackageOf(this.offset);
    return path === "" ? "" : `${path}.`;
  }
}

/** A named type's own string, with the package's path for its name. */
function qualified(descriptors: Descriptors, offset: number): string {
  const text = descriptors.stringOf(offset);
  const path = descriptors.packageOf(offset);
  // The compiler's own `go.shape` is the only package whose name has a dot.
  if (path === "" || path === "go.shape") return text;
  return `${path}${text.slice(Math.max(0, text.indexOf(".")))}`;
}

/** As Go's `token.IsExported`: the first letter is an upper-case one. */
function isExported(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}

const NO_FIELDS: readonly GoField[] = [];
