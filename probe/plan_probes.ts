import { type Source, TargetError } from "../base/mod.ts";
import { ElfFile } from "../elf/mod.ts";
import {
  type Convention,
  FunctionTable,
  type GoFunction,
  identifyGo,
  KNOWN_LAYOUTS,
  nearestNames,
  parseFunctionName,
} from "../go/mod.ts";
import { type Architecture, findProbeSite, type SiteChoice } from "../isa/mod.ts";
import type { ProbePlan } from "./plan.ts";
import { planFields } from "./plan_fields.ts";
import { netHttpHandler } from "./recipes/net_http.ts";

/** How the probes read. */
export interface PlanOptions {
  /** The most bytes of a path that are captured, 1 to 4096. */
  readonly pathBytes: number;
}

/** No prologue with its branch target is needed beyond this; a function that is longer is read in part. */
const CODE_BYTES = 64 * 1024;

/**
 * Plans a probe for each name: the function, the instruction to sit on, and the values to read there. Pure: the same
 * executable gives the same plans on any machine.
 *
 * @throws {FormatError} when the executable is damaged.
 * @throws {TargetError} when it is no Go program, or a name cannot be probed.
 */
export function planProbes(source: Source, names: readonly string[], options: PlanOptions): ProbePlan[] {
  const elf = new ElfFile(source);
  elf.checkComplete();
  const { goVersion } = identifyGo(elf);
  const executable = new Executable(elf, new FunctionTable(elf), goVersion);
  return [...new Set(names)].map((name) => executable.plan(name, options));
}

/** An executable while its plans are made. */
class Executable {
  readonly #elf: ElfFile;
  readonly #functions: FunctionTable;
  readonly #goVersion: string;
  readonly #architecture: Architecture;
  readonly #morestack: ReadonlySet<number>;

  constructor(elf: ElfFile, functions: FunctionTable, goVersion: string) {
    this.#elf = elf;
    this.#functions = functions;
    this.#goVersion = goVersion;
    this.#architecture = elf.header.machine;
    this.#morestack = new Set(
      ["runtime.morestack", "runtime.morestack_noctxt", "runtime.morestackc"]
        .flatMap((name) => [name, `${name}.abi0`])
        .flatMap((name) => functions.find(name).map(({ address }) => address)),
    );
  }

  plan(name: string, options: PlanOptions): ProbePlan {
    const symbol = this.#find(name);
    const convention = this.#convention(symbol);
    const recipe = netHttpHandler(options.pathBytes);
    const fields = planFields(recipe, {
      symbol: symbol.name,
      name: parseFunctionName(symbol.name),
      architecture: this.#architecture,
      convention,
      layouts: KNOWN_LAYOUTS,
    });
    const reads = fields.flatMap(({ location }) => location.kind === "register" ? [location.index] : []);
    const site = this.#site(symbol, reads);
    if (site.refusal !== "") {
      throw new TargetError(`${name} cannot be probed: ${site.refusal}`, { hint: "Name another function." });
    }
    const address = symbol.address + site.offset;
    return {
      symbol: symbol.name,
      address: symbol.address,
      architecture: this.#architecture,
      goVersion: this.#goVersion,
      convention,
      g: site.g,
      site: {
        address,
        fileOffset: this.#elf.addressToFileOffset(address),
        offset: site.offset,
        class: site.class,
        guard: site.guard,
        emulated: site.emulated,
        once: site.once,
        instruction: site.instruction,
        reason: site.reason,
      },
      recipe: recipe.name,
      fields,
    };
  }

  #find(name: string): GoFunction {
    const [found] = this.#functions.find(name);
    if (found !== undefined) return found;
    const nearest = nearestNames(name, functionNames(this.#functions), 3);
    throw new TargetError(`there is no function ${name}`, {
      hint: nearest.length > 0
        ? `Did you mean ${nearest.join(", ")}?`
        : "Name it as Go does, with its package's path: main.ping, or github.com/me/shop/api.(*Server).Get",
    });
  }

  #site(symbol: GoFunction, reads: readonly number[] = []): SiteChoice {
    const length = this.#codeLength(symbol);
    return findProbeSite(this.#elf.readAddress(symbol.address, length), {
      architecture: this.#architecture,
      address: symbol.address,
      isMorestack: (address) => this.#morestack.has(address),
      reads,
    });
  }

  #codeLength(symbol: GoFunction): number {
    const segment = this.#elf.segmentAt(symbol.address);
    const rest = segment === undefined ? 0 : segment.address + segment.fileSize - symbol.address;
    return Math.min(symbol.size, rest, CODE_BYTES);
  }

  /** By how the function's own stack check loads g; where it has none, by how runtime.main's does. */
  #convention(symbol: GoFunction): Convention {
    const { convention } = this.#site(symbol);
    if (convention !== "unknown") return convention;
    const main = this.#functions.find("runtime.main")[0];
    const known = main === undefined ? "unknown" : this.#site(main).convention;
    if (known === "unknown") {
      throw new TargetError(`${symbol.name}: how this Go passes arguments cannot be told`, {
        hint: "Report this with the output of `go version -m` for the executable.",
      });
    }
    return known;
  }
}

function* functionNames(functions: FunctionTable): Generator<string> {
  for (const { name } of functions.functions()) yield name;
}
