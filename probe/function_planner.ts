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
import { findCallees, findProbeSite, type SiteChoice } from "../isa/mod.ts";
import { checkLocation, conventionDoubts } from "./convention.ts";
import type { FieldPlan, ProbePlan } from "./plan.ts";
import { planFields } from "./plan_fields.ts";
import { isRecipeFor, type Recipe } from "./recipe.ts";

/** What a stack check calls. Only the symbol table has the mark of assembly, `.abi0`. */
const MORESTACK: ReadonlySet<string> = new Set([
  "runtime.morestack",
  "runtime.morestack_noctxt",
  "runtime.morestackc",
]);

/** Plans the probes of one executable, function by function. */
export class FunctionPlanner {
  readonly #executable: GoExecutable;

  constructor(executable: GoExecutable) {
    this.#executable = executable;
  }

  /**
   * Whether a recipe is for a function: `yes` and `no` by its signature; where that is not known, `maybe`, or `no` when
   * its arguments are of another size or have their pointers elsewhere.
   */
  suits({ function: { name, address }, dictionary }: Target, recipe: Recipe): "yes" | "no" | "maybe" {
    const known = this.#executable.types.signatureOf(name, address);
    if (known !== undefined) return isRecipeFor(recipe, known.signature) ? "yes" : "no";
    const { facts } = this.#executable.functions;
    return facts.mayBeHandler(address, receiverKindOf(name), dictionary) ? "maybe" : "no";
  }

  /**
   * The plan for one of the functions that stand for `named`.
   *
   * @param wrappers that call one of these functions
   * @throws {TargetError} when it is no such function, or cannot be probed.
   */
  plan(named: string, target: Target, recipe: Recipe, wrappers: readonly GoFunction[]): ProbePlan {
    const { elf, types, goVersion } = this.#executable;
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
    const reads = fields.flatMap(({ location }) => location.kind === "register" ? [location.index] : []);
    const site = this.site(found, reads);
    if (site.refusal !== "") {
      throw new TargetError(`${found.name} cannot be probed: ${site.refusal}`, {
        hint: "Name another function.",
      });
    }
    const address = found.address + site.offset;
    return {
      named,
      symbol: found.name,
      role,
      because,
      signature: known === undefined ? "" : signatureText(known),
      address: found.address,
      architecture: elf.header.machine,
      goVersion,
      convention,
      g: site.g,
      site: {
        address,
        fileOffset: elf.addressToFileOffset(address),
        offset: site.offset,
        class: site.class,
        guard: site.guard,
        emulated: site.emulated,
        once: site.once,
        instruction: site.instruction,
        reason: site.reason,
      },
      step: "alone",
      kind: "handler",
      outcome: "ok",
      marked: false,
      recipe: recipe.name,
      fields,
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
  convention(found: GoFunction): Convention {
    const { convention } = this.site(found);
    if (convention !== "unknown") return convention;
    const [main] = this.#executable.functions.find("runtime.main");
    const other = main === undefined ? "unknown" : this.site(main).convention;
    if (other !== "unknown") return other;
    throw new TargetError(`${found.name}: how this Go passes arguments cannot be told`, {
      hint: "Report this with the output of `go version -m` for the executable.",
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
        if (reached.has(wrapper.address) || !this.#calls(wrapper, reached)) continue;
        reached.add(wrapper.address);
        const known = this.#executable.types.signatureOf(wrapper.name, wrapper.address);
        const type = known?.signature.receiver?.type;
        const value = type?.kind === "pointer" ? type.element : type;
        if (value?.name.startsWith(`${name}[`)) return value;
      }
    }
    return undefined;
  }

  #calls(caller: GoFunction, addresses: ReadonlySet<number>): boolean {
    const { machine: architecture } = this.#executable.elf.header;
    const callees = findCallees(this.#executable.code(caller), { architecture, address: caller.address });
    return [...callees].some((address) => addresses.has(address));
  }
}
