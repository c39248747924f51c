import { Cursor } from "../base/mod.ts";
import { Dwarf, locationAt, type Piece } from "../dwarf/mod.ts";
import { type ElfFile, readSymbols } from "../elf/mod.ts";
import { ARGUMENT_REGISTERS, type ComponentLocation } from "./calling_convention.ts";
import { COMMON, COMMON_BYTES, FUNC_BYTES, KIND_MASK } from "./descriptor_layout.ts";
import { DwarfFunctions, type FormalParameter, hasReceiver, type ListedFunction } from "./dwarf_functions.ts";
import { DwarfParameter, DwarfTypeReader } from "./dwarf_type.ts";
import { DwarfTypeIndex } from "./dwarf_type_index.ts";
import { type FunctionName, parseFunctionName } from "./function_name.ts";
import {
  type DescribedSignature,
  GO_KINDS,
  type GoParameter,
  type GoSignature,
  type GoType,
  type TypeSource,
} from "./go_type.ts";

/** Where DWARF says that a parameter is when its function begins. */
export interface ParameterLocation {
  /** As {@linkcode GoParameter.name}. */
  readonly name: string;
  /**
   * Of each part that DWARF tells apart, in order: of a string on the stack there is one, of one in registers there are
   * two. Undefined for a part that is nowhere, as one that is not used may be; undefined altogether where DWARF says
   * nothing.
   */
  readonly parts: readonly (ComponentLocation | undefined)[] | undefined;
}

/** The types of a Go executable from its debugging information, DWARF 4 (Go 1.12 to 1.24) or 5. */
export class DwarfTypes implements TypeSource {
  readonly origin = "DWARF";
  readonly #elf: ElfFile;
  readonly #dwarf: Dwarf;
  readonly #index: DwarfTypeIndex;
  readonly #types: DwarfTypeReader;
  readonly #functions: DwarfFunctions;
  readonly #entries = new Map<number, number | undefined>();
  /** `runtime.types`, null before it is asked for. */
  #runtimeTypes: number | undefined | null = null;

  /**
   * Undefined when the executable has no debugging information.
   *
   * @throws {FormatError} when its sections do not lie in the file.
   */
  static open(elf: ElfFile): DwarfTypes | undefined {
    const dwarf = Dwarf.open((name) => elf.sectionDataByName(name));
    return dwarf === undefined ? undefined : new DwarfTypes(elf, dwarf);
  }

  private constructor(elf: ElfFile, dwarf: Dwarf) {
    this.#elf = elf;
    this.#dwarf = dwarf;
    this.#index = new DwarfTypeIndex(dwarf);
    this.#types = new DwarfTypeReader(dwarf, (offset) => this.#countOfFunc(offset));
    this.#functions = new DwarfFunctions(dwarf);
  }

  find(name: string): GoType | undefined {
    const offset = this.#index.find(name);
    return offset === undefined ? undefined : this.#types.at(offset);
  }

  /**
   * What a function takes and gives; undefined for one that Go did not compile. DWARF does not say whether it is
   * variadic: here it never is.
   *
   * Until Go 1.21 parameters without a name, or with the name `_`, are left out of DWARF. So there it is also undefined
   * where such ones could make a handler of what is described, as of `func(w http.ResponseWriter, _ *http.Request)`.
   * A receiver without a name is known from the symbol all the same. Go 1.17 leaves out most results that are in
   * registers.
   */
  signatureOf(symbol: string, address: number): GoSignature | undefined {
    const described = this.describedSignature(symbol, address);
    if (described === undefined) return undefined;
    const { signature, lacksBlanks } = described;
    return lacksBlanks && mayLackParameters(signature.parameters) ? undefined : signature;
  }

  /** What DWARF has of {@linkcode signatureOf}, and what it may lack. */
  describedSignature(symbol: string, address: number): DescribedSignature | undefined {
    const entry = symbol.endsWith(ASSEMBLY_SUFFIX) ? undefined : this.#entryOf(symbol, address);
    if (entry === undefined) return undefined;
    const found = this.#functions.parametersOf(entry);
    const results = found.filter(({ isResult }) => isResult).map((parameter) => this.#parameter(parameter));
    const all = found.filter(({ isResult }) => !isResult).map((parameter) => this.#parameter(parameter));
    const blanks = this.#functions.describesBlanks(entry);
    const { receiver, parameters } = this.#splitReceiver(symbol, all, blanks);
    if (receiver === null) return undefined;
    return {
      signature: { ...(receiver && { receiver }), parameters, results, variadic: false },
      lacksBlanks: !blanks,
      lacksResults: this.#elf.header.machine === "x86_64" && !this.#functions.describesResults(entry),
    };
  }

  /**
   * Where the receiver and the parameters are when the function begins, in order, for comparison with the calling
   * convention; undefined where DWARF does not have the function. Measured: also of what was built with `-N -l`, DWARF
   * has the registers in which they arrive, not the places on the stack to which such code copies them first. But Go
   * 1.17 has such a place for some, and those that DWARF leaves out (see {@linkcode signatureOf}) are not there.
   */
  parameterLocations(symbol: string, address: number): readonly ParameterLocation[] | undefined {
    const entry = this.#entryOf(symbol, address);
    if (entry === undefined) return undefined;
    return this.#functions.parametersOf(entry).filter(({ isResult }) => !isResult).map((parameter) => {
      const cursor = parameter.located === undefined ? undefined : this.#dwarf.entry(parameter.located);
      const pieces = cursor && locationAt(this.#dwarf, cursor, address);
      return {
        name: plainName(parameter.name),
        parts: pieces?.filter(isNew).map((piece) => this.#place(piece)),
      };
    });
  }

  /**
   * All functions that have code, and which of them are handlers.
   *
   * @throws {FormatError} when what describes them is damaged.
   */
  functions(): Generator<ListedFunction> {
    return this.#functions.list();
  }

  /**
   * Whether a function is a handler, as {@linkcode functions} has it; undefined where DWARF does not have the function.
   *
   * @throws {FormatError} when what describes it is damaged.
   */
  isHandler(symbol: string, address: number): boolean | undefined {
    const entry = this.#entryOf(symbol, address);
    return entry === undefined ? undefined : this.#functions.isHandler(entry, symbol);
  }

  /** Tells the receiver from the parameters; null when there must be one, and its type is not known. */
  #splitReceiver(
    symbol: string,
    all: readonly GoParameter[],
    blanks: boolean,
  ): { receiver: GoParameter | null | undefined; parameters: readonly GoParameter[] } {
    const name = parseFunctionName(symbol);
    if (!hasReceiver(name)) return { receiver: undefined, parameters: all };
    const type = receiverTypeName(name);
    const [first, ...others] = all;
    if (first !== undefined && (blanks || first.type.name === type)) {
      return { receiver: first, parameters: others };
    }
    const found = this.find(type);
    return { receiver: found === undefined ? null : { name: "", type: found }, parameters: all };
  }

  #entryOf(symbol: string, address: number): number | undefined {
    if (!this.#entries.has(address)) this.#entries.set(address, this.#functions.find(symbol, address));
    return this.#entries.get(address);
  }

  #parameter({ name, type }: FormalParameter): DwarfParameter {
    return new DwarfParameter(this.#types, plainName(name), type, false);
  }

  #place({ place }: Piece): ComponentLocation | undefined {
    const { machine } = this.#elf.header;
    if (place.kind === "frame") {
      // The frame base is the stack pointer before the call: on amd64 the return address was pushed since then.
      return { kind: "stack", offset: place.offset + (machine === "x86_64" ? 8 : 0) };
    }
    if (place.kind === "unknown") return undefined;
    const { general, float } = DWARF_REGISTERS[machine];
    const index = general(place.number);
    const name = ARGUMENT_REGISTERS[machine].integer[index];
    if (name !== undefined) return { kind: "register", index, name };
    const floatName: string | undefined = ARGUMENT_REGISTERS[machine].float[place.number - float];
    if (floatName === undefined) return undefined;
    return { kind: "float-register", index: place.number - float, name: floatName };
  }

  /** From the runtime's `abi.FuncType`, at an offset from the beginning of the types. */
  #countOfFunc(offset: number): { parameters: number } | undefined {
    if (offset === 0 || !Number.isSafeInteger(offset)) return undefined;
    if (this.#runtimeTypes === null) {
      this.#runtimeTypes = readSymbols(this.#elf)?.find("runtime.types")[0]?.address;
    }
    if (this.#runtimeTypes === undefined) return undefined;
    const address = this.#runtimeTypes + offset;
    if (this.#elf.segmentAt(address, FUNC_BYTES) === undefined) return undefined;
    const cursor = new Cursor(this.#elf.readAddress(address, FUNC_BYTES), { name: "a func type" });
    const kind = GO_KINDS[(cursor.seek(COMMON.kind).u8() & KIND_MASK) - 1];
    return kind === "func" ? { parameters: cursor.seek(COMMON_BYTES).u16() } : undefined;
  }
}

/** What DWARF calls AX BX CX DI SI R8 R9 R10 R11. Source: System V ABI for amd64, figure 3.36. */
const AMD64_INTEGER = [0, 3, 2, 5, 4, 8, 9, 10, 11];

/** The index among Go's argument registers of DWARF's number for a general register, and its number of the first float one. */
const DWARF_REGISTERS = {
  x86_64: { general: (number: number) => AMD64_INTEGER.indexOf(number), float: 17 },
  aarch64: { general: (number: number) => number, float: 64 },
} as const;

/** Go 1.20 writes some parts twice, one behind the other; two parts are never at one place. */
function isNew({ place }: Piece, index: number, pieces: readonly Piece[]): boolean {
  const before = pieces[index - 1]?.place;
  if (place.kind === "register") return !(before?.kind === "register" && before.number === place.number);
  return place.kind === "unknown" || !(before?.kind === "frame" && before.offset === place.offset);
}

/** What the linker adds to the name of an assembly function that Go calls by another calling convention. */
const ASSEMBLY_SUFFIX = ".abi0";

/** The type of a method's receiver, as its symbol names it. */
function receiverTypeName({ packagePath, receiver }: FunctionName): string {
  const { type = "", pointer = false, typeArguments = "" } = receiver ?? {};
  return `${pointer ? "*" : ""}${packagePath}.${type}${typeArguments === "" ? "" : `[${typeArguments}]`}`;
}

/** Whether a handler's parameters would look like this if some of them were left out. */
function mayLackParameters(parameters: readonly GoParameter[]): boolean {
  const [first, ...others] = parameters;
  if (first === undefined) return true;
  return others.length === 0 && ["net/http.ResponseWriter", "*net/http.Request"].includes(first.type.name);
}

/** Results and parameters without a name are called `~r0` and `~p0`. */
function plainName(name: string): string {
  return name.startsWith("~") ? "" : name;
}
