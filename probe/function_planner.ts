import { TargetError } from "../base/mod.ts";
import {
  type Convention,
  type GoExecutable,
  type GoFunction,
  type GoSignature,
  type GoType,
  parseFunctionName,
  receiverKindOf,
  type Shape,
  shapeOfType,
  signatureText,
  type Target,
  wordsShape,
} from "../go/mod.ts";
import { type CallSite, findCallees, findProbeSite, type SiteChoice } from "../isa/mod.ts";
import { checkLocation, conventionDoubts } from "./convention.ts";
import type { FieldPlan, ProbePlan, ProbeSite } from "./plan.ts";
import { planFields } from "./plan_fields.ts";
import { isRecipeFor, type Recipe } from "./recipe.ts";

/** What a stack check calls. Only the symbol table has the mark of assembly, `.abi0`. */
const MORESTACK: ReadonlySet<string> = new Set([
  "runtime.morestack",
  "runtime.morestack_noctxt",
  "runtime.morestackc",
]);

/** What a plan says of its place: in which function the probe sits, and where, and what it reads there. */
export type Placement = Pick<
  ProbePlan,
  "symbol" | "address" | "architecture" | "goVersion" | "convention" | "g" | "site" | "fields" | "notes"
>;

/** How a probe is placed. */
export interface PlaceOptions {
  /** What to do where it cannot be. */
  readonly hint: string;
  /** A call within the function to sit on, instead of where its call begins. */
  readonly call?: CallSite;
}

/** Plans the probes of one executable, function by function. */
export class FunctionPlanner {
  readonly #executable: GoExecutable;
  /** What most functions of the executable do; read when it is asked for. */
  #usualSite: SiteChoice | undefined | null = null;

  constructor(executable: GoExecutable) {
    this.#executable = executable;
  }

  /**
   * The first of these recipes that is for a function: by its signature; where that is not known, it may be a handler of
   * net/http, which is the first recipe, unless its arguments are of another size or have their pointers elsewhere.
   */
  recipeFor(
    { name, address }: GoFunction,
    hasDictionary: boolean,
    recipes: readonly [Recipe, ...Recipe[]],
  ): Recipe | undefined {
    const { types, functions: { facts } } = this.#executable;
    const known = types.signatureOf(name, address);
    if (known !== undefined) return recipes.find((recipe) => isRecipeFor(recipe, known.signature));
    return facts.mayBeHandler(address, receiverKindOf(name), hasDictionary) ? recipes[0] : undefined;
  }

  /**
   * The plan for one of the functions that stand for `named`.
   *
   * @param wrappers that call one of these functions
   * @throws {TargetError} when it is no such function, or cannot be probed.
   */
  plan(named: string, target: Target, recipe: Recipe, wrappers: readonly GoFunction[]): ProbePlan {
    const { elf, types } = this.#executable;
    const { function: found, role, because, dictionary } = target;
    const stated = types.signatureOf(found.name, found.address);
    const known = stated?.signature;
    if (known !== undefined && !isRecipeFor(recipe, known)) {
      throw new TargetError(`${found.name} is no handler: it is ${signatureText(known)}`, {
        hint: `A handler is ${recipe.declaration}; gohttpsnoop -l BINARY lists them.`,
      });
    }
    const convention = this.convention(found);
    const receiver = this.#receiver(found, known, wrappers);
    const fields = planFields(recipe, {
      symbol: found.name,
      architecture: elf.header.machine,
      convention,
      ...receiver === undefined ? {} : { receiver },
      hasDictionary: dictionary,
      types: (name) => types.require(name),
    });
    // To Go 1.21 DWARF leaves out parameters without a name: without a signature it is not known which there are.
    if (stated?.origin === "DWARF") {
      this.#checkLocations(found, recipe, fields, stated.signature.receiver === undefined ? 0 : 1);
    }
    return {
      named,
      role,
      because,
      signature: known === undefined ? "" : signatureText(known),
      step: "alone",
      kind: "handler",
      outcome: "ok",
      recipe: recipe.name,
      ...this.place(found, fields, { hint: "Name another function." }),
    };
  }

  /**
   * Where a probe on a function goes that reads these fields.
   *
   * @throws {TargetError} when the kernel would refuse it.
   */
  place(found: GoFunction, fields: readonly FieldPlan[], options: PlaceOptions): Placement {
    const reads = fields.flatMap(({ location }) => location.kind === "register" ? [location.index] : []);
    return { ...this.placeReading(found, reads, options), fields };
  }

  /**
   * Where a probe on a function goes that reads these argument registers.
   *
   * @throws {TargetError} when the kernel would refuse it.
   */
  placeReading(
    found: GoFunction,
    reads: readonly number[],
    { hint, call }: PlaceOptions,
  ): Omit<Placement, "fields"> {
    const { elf, goVersion } = this.#executable;
    const site = this.site(found, reads);
    if (site.refusal !== "") {
      throw new TargetError(`${found.name} cannot be probed: ${site.refusal}`, { hint });
    }
    const { g, convention: _, refusal: __, ...start } = site;
    const chosen: Omit<ProbeSite, "address" | "fileOffset"> = call === undefined
      ? start
      : { ...call, class: "call", guard: "none", once: true, reason: "" };
    const address = found.address + chosen.offset;
    const convention = this.convention(found, site);
    return {
      symbol: found.name,
      address: found.address,
      architecture: elf.header.machine,
      goVersion,
      convention,
      g,
      site: { ...chosen, address, fileOffset: elf.addressToFileOffset(address) },
      notes: conventionDoubts(this.#executable, found, convention),
    };
  }

  /** Against DWARF, once for each parameter that is read. */
  #checkLocations(found: GoFunction, recipe: Recipe, fields: readonly FieldPlan[], before: number): void {
    recipe.parameters.forEach(({ name }, index) => {
      const field = fields.find(({ expression }) => expression.split(".")[0] === name);
      const start = field?.location;
      if (start?.kind !== "register" && start?.kind !== "stack") return;
      checkLocation(this.#executable, found, before + index, start);
    });
  }

  /** Where a probe on a function goes that reads these argument registers. */
  site(found: GoFunction, reads: readonly number[] = []): SiteChoice {
    return findProbeSite(this.#executable.code(found), {
      architecture: this.#executable.elf.header.machine,
      address: found.address,
      isMorestack: (address) => this.#isMorestack(address),
      reads,
    });
  }

  #isMorestack(address: number): boolean {
    // Its name is looked up: to search all names for these takes longer than all else.
    return MORESTACK.has(this.#executable.functions.facts.nameAt(address) ?? "");
  }

  /** By how the function's own stack check loads g; where it has none, by how runtime.main's does. */
  convention(found: GoFunction, { convention }: SiteChoice = this.site(found)): Convention {
    if (convention !== "unknown") return convention;
    const usual = this.#usual()?.convention ?? "unknown";
    if (usual !== "unknown") return usual;
    throw new TargetError(`${found.name}: how this Go passes arguments cannot be told`, {
      hint: "Report this with the output of `go version -m` for the executable.",
    });
  }

  /** How most functions' stack checks find g. */
  usualG(): SiteChoice["g"] {
    return this.#usual()?.g ?? { kind: "unknown" };
  }

  /** Of `runtime.main`, which every executable has. */
  #usual(): SiteChoice | undefined {
    if (this.#usualSite === null) {
      const [main] = this.#executable.functions.find("runtime.main");
      this.#usualSite = main && this.site(main);
    }
    return this.#usualSite;
  }

  /** Addresses that a function calls, and jumps to, outside of itself. */
  calleesOf(found: GoFunction): Set<number> {
    return findCallees(this.#executable.code(found), {
      architecture: this.#executable.elf.header.machine,
      address: found.address,
    });
  }

  /** A pointer receiver is one word; a value receiver is what its type is made of. */
  #receiver(
    found: GoFunction,
    known: GoSignature | undefined,
    wrappers: readonly GoFunction[],
  ): Shape | undefined {
    const { receiver, packagePath } = parseFunctionName(found.name);
    const kind = receiverKindOf(found.name);
    if (receiver === undefined || kind === "none") return undefined;
    if (kind === "pointer") return wordsShape(1);
    const name = `${packagePath}.${receiver.type}`;
    const type = known?.receiver?.type ?? this.#executable.types.find(name)?.type ??
      this.#receiverOfCallers(found, name, wrappers);
    if (type !== undefined) return shapeOfType(type);
    throw new TargetError(
      `${found.name} has a value receiver, and the size of ${receiver.type} is not known`,
      {
        hint:
          "Build the server without -s and -w, or leave the PROBE out: the whole server has every request.",
      },
    );
  }

  /**
   * The receiver's type by that of a wrapper that calls the function, directly or through another. The code of a generic
   * method is of no type that the runtime knows; its instances' wrappers are.
   */
  #receiverOfCallers(found: GoFunction, name: string, wrappers: readonly GoFunction[]): GoType | undefined {
    const reached = new Set([found.address]);
    for (let size = 0; size !== reached.size;) {
      size = reached.size;
      for (const wrapper of wrappers) {
        if (reached.has(wrapper.address) || this.calleesOf(wrapper).isDisjointFrom(reached)) continue;
        reached.add(wrapper.address);
        const known = this.#executable.types.signatureOf(wrapper.name, wrapper.address);
        const type = known?.signature.receiver?.type;
        const value = type?.kind === "pointer" ? type.element : type;
        if (value?.name.startsWith(`${name}[`)) return value;
      }
    }
    return undefined;
  }
}
