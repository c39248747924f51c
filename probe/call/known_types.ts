import {
  type ExecutableTypes,
  type GoType,
  makeType,
  NEWEST_KNOWN_GO,
  parseGoVersion,
  pointerTo,
} from "../../go/mod.ts";
import { isDirect } from "./direct.ts";
import { goTypeName } from "./go_type_name.ts";

/** What is asked of an executable's types. */
export type NamedTypes = Pick<ExecutableTypes, "find" | "descriptorAddress">;

/** The types of an executable, as expressions need them. */
export class KnownTypes {
  readonly #types: NamedTypes;
  readonly #goMinor: number;

  /** @param goVersion as the executable states it; one that is not known is taken for the newest */
  constructor(types: NamedTypes, goVersion: string) {
    this.#types = types;
    this.#goMinor = (parseGoVersion(goVersion) ?? NEWEST_KNOWN_GO).minor;
  }

  /** Whether an interface has a value of this type in its data word itself. */
  isDirect(type: GoType): boolean {
    return isDirect(type, this.#goMinor);
  }

  /**
   * The type of that name, as a Go developer writes it with packages' paths: also `[]byte`, `Pair[int, string]`, `any`.
   * A pointer may be known only by what it points to.
   */
  find(written: string): GoType | undefined {
    return this.#find(goTypeName(written));
  }

  #find(name: string): GoType | undefined {
    const found = this.#types.find(name)?.type;
    if (found !== undefined || !name.startsWith("*")) return found;
    const element = this.#find(name.slice(1));
    return element && pointerTo(element);
  }

  /** Address of the descriptor that interfaces have of a type, as the executable has it; `written` as for `find`. */
  descriptorAddress(written: string): number | undefined {
    return this.#types.descriptorAddress(goTypeName(written));
  }

  /** `int`: of lengths. */
  readonly int: GoType = makeType("int", "int", 8);
  /** `uint8`: of what a string is made of. */
  readonly byte: GoType = makeType("uint8", "uint8", 1);
}
