import type { ElfFile } from "../elf/mod.ts";
import { RelativeRelocations } from "../elf/mod.ts";
import { formatFunctionName, parseFunctionName } from "./function_name.ts";
import type { GoSignature, TypeSource } from "./go_type.ts";
import { findModuleData, type ModuleData, type ModuleParts, requireParts } from "./module_data.ts";
import { locatePclntab, type PclntabLocation } from "./pclntab_location.ts";
import { type RuntimeType, RuntimeTypeFactory } from "./runtime_type.ts";
import { COMMON_BYTES, DESCRIPTOR_ALIGN } from "./descriptor_layout.ts";
import { Descriptors, type RawMethod } from "./type_descriptor.ts";
import { detectForm } from "./type_form.ts";
import {
  isPlausible,
  itabTypes,
  lowerBound,
  reachableTypes,
  readTypelinks,
  startsWith,
  walkDescriptors,
} from "./type_index.ts";
import { TypeNameIndex } from "./type_name_index.ts";
import { TypeMemory } from "./type_memory.ts";
import { ownNameOf, shortName } from "./type_name.ts";

/** A method that takes what an HTTP handler takes. */
export interface HandlerMethod {
  /** As its symbol has it, e.g. `main.(*Server).ServeHTTP`. */
  readonly name: string;
  /** Its entry. */
  readonly address: number;
}

/** What a handler takes first, as {@linkcode RuntimeType.name} has it. */
const HANDLER_PARAMETERS = ["net/http.ResponseWriter", "*net/http.Request"];
/** What the symbol of a type that is declared in a function ends with. */
const LOCAL_TYPE = /·\d+$/;
const HANDLER_STRING = "func(http.ResponseWriter, *http.Request";

/** So many searches for types of other names than expected take less time than an index of all. */
const FEW_SEARCHES = 16;

/**
 * The types of a Go executable as its runtime describes them for reflection: there in every executable, stripped or
 * not, for each type that reflection could meet.
 *
 * A type is found by its string among those that the linker sorted (unnamed ones: of `T` it is `*T` that is there), so
 * little of the executable is read; what is not found so is looked for among all types.
 */
export class RuntimeTypes implements TypeSource {
  readonly origin = "the runtime's type metadata";
  readonly #elf: ElfFile;
  readonly #relocations: RelativeRelocations;
  readonly #module: ModuleData;
  readonly #parts: ModuleParts;
  readonly #descriptors: Descriptors;
  readonly #types: RuntimeTypeFactory;
  readonly #sorted: Uint32Array;
  readonly #found = new Map<string, RuntimeType | undefined>();
  readonly #instances = new Map<string, readonly RuntimeType[]>();
  #all: Uint32Array | undefined;
  #searches = 0;
  #index: TypeNameIndex | undefined;

  /**
   * @param options.pclntab and options.module: where the caller has found them already
   * @throws {TargetError} when there is no pclntab, by which the metadata is found.
   * @throws {FormatError} when the metadata is damaged, or of a Go whose form of it is not known.
   */
  constructor(
    elf: ElfFile,
    relocations: RelativeRelocations = new RelativeRelocations(elf),
    options: { readonly pclntab?: PclntabLocation; readonly module?: ModuleData | undefined } = {},
  ) {
    this.#elf = elf;
    this.#relocations = relocations;
    const pclntab = options.pclntab ?? locatePclntab(elf);
    const module = "module" in options ? options.module : findModuleData(elf, pclntab, relocations);
    this.#parts = requireParts(module);
    this.#module = module!;
    const memory = new TypeMemory(elf, relocations, this.#parts.types);
    const typelinks = readTypelinks(elf, memory, this.#parts);
    this.#descriptors = new Descriptors(memory, detectForm(memory, pclntab.header.format, typelinks));
    this.#types = new RuntimeTypeFactory(this.#descriptors);
    this.#sorted = typelinks.length > 0 ? typelinks : walkDescriptors(this.#descriptors, this.#parts);
  }

  find(name: string): RuntimeType | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#findSorted(name) ?? this.#findAnywhere(name));
    return this.#found.get(name);
  }

  /**
   * Where the descriptor of the type of that name is, as {@linkcode find} has it: what the type word of an interface that
   * holds such a value is in a process, less its load bias. Undefined when there is none.
   */
  descriptorAddress(name: string): number | undefined {
    const type = this.find(name);
    return type && this.#descriptors.memory.start + type.offset;
  }

  /**
   * The name of the type whose descriptor is at that address; undefined when none is there: a process may have made it
   * itself, by reflection.
   */
  typeNameAt(address: number): string | undefined {
    const { memory } = this.#descriptors;
    const offset = address - memory.start;
    if (!(offset > 0) || !(offset + COMMON_BYTES <= memory.size) || offset % DESCRIPTOR_ALIGN !== 0) {
      return undefined;
    }
    return isPlausible(this.#descriptors, offset) ? this.#types.at(offset).name : undefined;
  }

  /**
   * The signature of a method, from its receiver's type; of functions the metadata says nothing. Methods that nothing
   * could call by an interface or reflection have been removed from it by the linker.
   */
  signatureOf(symbol: string, address: number): GoSignature | undefined {
    return this.#signature(symbol, address, true);
  }

  /** Whether a function is one of {@linkcode handlers}: asked of a few it takes less time. */
  isHandler(symbol: string, address: number): boolean {
    if (parseFunctionName(symbol).suffix !== "") return false;
    const found = this.#signature(symbol, address, false);
    return found !== undefined && isOfHandler(found);
  }

  /** @param byName whether a value's method may be taken from the pointer's, where its address is another's */
  #signature(symbol: string, address: number, byName: boolean): GoSignature | undefined {
    const { packagePath, receiver, name, typeArguments, suffix } = parseFunctionName(symbol);
    if (receiver === undefined || typeArguments !== "" || (suffix !== "" && suffix !== "-fm")) {
      return undefined;
    }
    const base = packagePath === "" ? receiver.type : `${packagePath}.${receiver.type}`;
    const known = suffix === "" ? address : undefined;
    if (receiver.typeArguments === "...") {
      // So a stripped executable of Go 1.20 names the methods of all instances: the address tells which it is.
      for (const value of this.#instancesOf(base)) {
        const found = this.#signatureFor(value, receiver.pointer, name, address, false);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const local = base.replace(LOCAL_TYPE, "");
    if (local !== base) {
      // The number that tells the types of functions apart is in the symbol only: the address tells which it is.
      if (known === undefined) return undefined;
      for (const value of this.#namedTypes(local)) {
        const found = this.#signatureFor(value, receiver.pointer, name, known, false);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const typeName = receiver.typeArguments === "" ? base : `${base}[${receiver.typeArguments}]`;
    const value = this.find(typeName);
    if (value === undefined) return undefined;
    const found = this.#signatureFor(value, receiver.pointer, name, known, byName);
    // A method value has its receiver in the closure.
    if (found === undefined || suffix === "") return found;
    const { parameters, results, variadic } = found;
    return { parameters, results, variadic };
  }

  #signatureFor(
    value: RuntimeType,
    isPointer: boolean,
    name: string,
    address: number | undefined,
    byName: boolean,
  ): GoSignature | undefined {
    const pointer = this.#pointerTo(value);
    const owner = isPointer ? pointer : value;
    if (owner === undefined) return undefined;
    const signature = this.#methodSignature(owner, name, address) ??
      (!byName || isPointer || pointer === undefined
        ? undefined
        : this.#methodSignature(pointer, name, undefined));
    return signature && { receiver: { name: "", type: owner }, ...signature };
  }

  /** All types of that name: of those that are declared in functions there may be several. */
  *#namedTypes(name: string): Generator<RuntimeType> {
    const own = encoder.encode(ownNameOf(name));
    for (const offset of this.#allTypes()) {
      if (!this.#descriptors.isNamed(offset) || !this.#descriptors.stringEndsWith(offset, own)) continue;
      const type = this.#types.at(offset);
      if (type.name === name) yield type;
    }
  }

  /** The instances of a generic type. */
  #instancesOf(base: string): readonly RuntimeType[] {
    let instances = this.#instances.get(base);
    if (instances === undefined) this.#instances.set(base, instances = this.#findInstances(`${base}[`));
    return instances;
  }

  #findInstances(prefix: string): RuntimeType[] {
    const own = ownNameOf(prefix);
    const found: RuntimeType[] = [];
    for (const offset of this.#allTypes()) {
      const descriptors = this.#descriptors;
      if (!descriptors.isNamed(offset) || !descriptors.stringOf(offset).includes(own)) continue;
      const type = this.#types.at(offset);
      if (type.name.startsWith(prefix)) found.push(type);
    }
    return found;
  }

  /**
   * The methods whose first two parameters are those of an HTTP handler, by address; of each type the pointer's too,
   * which may be wrappers.
   */
  *handlers(): Generator<HandlerMethod> {
    const signatures = this.#handlerSignatures();
    if (signatures.size === 0) return;
    const { memory } = this.#descriptors;
    for (const type of this.#allTypes()) {
      if (!this.#descriptors.hasUncommon(type)) continue;
      const { start, count } = this.#descriptors.methodTable(type);
      for (let i = 0; i < count; i++) {
        if (!signatures.has(memory.i32(start + i * 16 + 4))) continue;
        const method = this.#descriptors.methodAt(start + i * 16);
        const name = this.#symbolOf(type, method.name);
        if (method.text > 0 && name !== undefined) {
          yield { name, address: this.#module.text + method.text };
        }
      }
    }
  }

  /** The entries of the methods whose type is known, and is not that of an HTTP handler. */
  *otherMethods(): Generator<number> {
    const signatures = this.#handlerSignatures();
    const { memory } = this.#descriptors;
    for (const type of this.#allTypes()) {
      if (!this.#descriptors.hasUncommon(type)) continue;
      const { start, count } = this.#descriptors.methodTable(type);
      for (let at = start; at < start + count * 16; at += 16) {
        const signature = memory.i32(at + 4);
        if (signature <= 0 || signatures.has(signature)) continue;
        const text = memory.i32(at + 12);
        if (text > 0) yield this.#module.text + text;
      }
    }
  }

  /** All types, each made when it is asked for. */
  *types(): Generator<RuntimeType> {
    for (const offset of this.#allTypes()) yield this.#types.at(offset);
  }

  /** The func types of handlers: among the sorted ones their strings begin alike. */
  #handlerSignatures(): Set<number> {
    const found = new Set<number>();
    const prefix = encoder.encode(HANDLER_STRING);
    for (let i = lowerBound(this.#descriptors, this.#sorted, prefix); i < this.#sorted.length; i++) {
      const type = this.#sorted[i]!;
      if (!startsWith(this.#descriptors.stringBytes(type), prefix)) break;
      const { signature } = this.#types.at(type);
      if (signature !== undefined && isOfHandler(signature)) found.add(type);
    }
    return found;
  }

  /** The symbol of a type's method; undefined when the type is neither named nor a pointer to a named one. */
  #symbolOf(offset: number, name: string): string | undefined {
    const type = this.#types.at(offset);
    const pointer = type.kind === "pointer" && type.packagePath === "";
    const owner = pointer ? type.element : type;
    const packagePath = owner?.packagePath ?? "";
    if (owner === undefined || packagePath === "") return undefined;
    const [typeName, typeArguments] = splitArguments(owner.name.slice(packagePath.length + 1));
    const receiver = { type: typeName, pointer, typeArguments };
    return formatFunctionName({ packagePath, receiver, name, typeArguments: "", suffix: "" });
  }

  /** @param address the method's entry, where it has to be the one that the type has */
  #methodSignature(owner: RuntimeType, name: string, address: number | undefined): GoSignature | undefined {
    for (const method of this.#descriptors.methodsNamed(owner.offset, encoder.encode(name))) {
      if (method.type === 0 || !this.#isAt(method, address)) continue;
      return this.#types.at(method.type).signature;
    }
    return undefined;
  }

  #isAt({ text, interfaceText }: RawMethod, address: number | undefined): boolean {
    if (address === undefined) return true;
    return [text, interfaceText].some((offset) => offset > 0 && this.#module.text + offset === address);
  }

  #pointerTo(value: RuntimeType): RuntimeType | undefined {
    const offset = this.#descriptors.pointerTo(value.offset);
    return offset === undefined ? this.find(`*${value.name}`) : this.#types.at(offset);
  }

  /** By its string, and that of pointers to it; strings have the package's name, for which the path's end is tried. */
  #findSorted(name: string): RuntimeType | undefined {
    const short = shortName(name);
    for (const type of this.#withString(`*${short}`)) {
      const element = this.#types.at(type).element;
      if (element?.name === name) return element;
    }
    for (const type of this.#withString(short)) {
      const found = this.#types.at(type);
      if (found.name === name) return found;
    }
    return undefined;
  }

  *#withString(text: string): Generator<number> {
    const bytes = encoder.encode(text);
    for (let i = lowerBound(this.#descriptors, this.#sorted, bytes); i < this.#sorted.length; i++) {
      const found = this.#descriptors.stringBytes(this.#sorted[i]!);
      if (found.length !== bytes.length || !startsWith(found, bytes)) return;
      yield this.#sorted[i]!;
    }
  }

  /** Among all types those whose strings end alike: a package may have another name than its path ends with. */
  #findAnywhere(name: string): RuntimeType | undefined {
    if (this.#searches++ >= FEW_SEARCHES) {
      this.#index ??= new TypeNameIndex(this.#descriptors, this.#allTypes());
      for (const offset of this.#index.find(name)) {
        const type = this.#types.at(offset);
        if (type.name === name) return type;
      }
      return undefined;
    }
    const own = encoder.encode(ownNameOf(name));
    if (!this.#descriptors.memory.has(latin1.decode(own))) return undefined;
    for (const offset of this.#allTypes()) {
      if (!this.#descriptors.stringEndsWith(offset, own)) continue;
      const type = this.#types.at(offset);
      if (type.name === name) return type;
    }
    return undefined;
  }

  #allTypes(): Uint32Array {
    return this.#all ??= reachableTypes(this.#descriptors, this.#roots());
  }

  *#roots(): Generator<number> {
    yield* this.#sorted;
    yield* itabTypes(this.#elf, this.#relocations, this.#descriptors.memory, this.#parts);
  }
}

function isOfHandler({ parameters }: GoSignature): boolean {
  return HANDLER_PARAMETERS.every((name, index) => parameters[index]?.type.name === name);
}

/** `Map[int]` as `Map` and `int`. */
function splitArguments(name: string): [string, string] {
  const bracket = name.indexOf("[");
  return bracket < 0 ? [name, ""] : [name.slice(0, bracket), name.slice(bracket + 1, -1)];
}

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");
