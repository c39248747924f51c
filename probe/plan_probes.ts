import { type Source, TargetError, UsageError } from "../base/mod.ts";
import { GoExecutable, isGlob, resolveTargets, type Target } from "../go/mod.ts";
import { type CallOptions, CallPlanner } from "./call/call_planner.ts";
import { ExpressionError, parseCondition, parseProbe, type ProbeExpression } from "./expression/mod.ts";
import { isInterfaceMethod } from "./interface_method.ts";
import type { ExecutablePlans, ProbePlan } from "./plan.ts";
import { tracedInstead } from "./advice.ts";
import { FunctionPlanner } from "./function_planner.ts";
import type { Recipe } from "./recipe.ts";
import { SERVER_COLUMNS } from "./recipes/servers.ts";
import { ServerPlanner } from "./server_planner.ts";
import { handlerRecipes } from "./recipes/handlers.ts";

/** How the probes read. */
export interface PlanOptions {
  /** The most bytes of a path that are captured, 1 to 4096. */
  readonly pathBytes: number;
  /** Also look for calls that no probe can see, which takes longer: for `--explain`. Default false. */
  readonly thorough?: boolean;
  /** With names: each request that comes to one of the handlers is told at its end, with what is known then. */
  readonly joined?: boolean;
  /** Without names, for the whole server: what is captured of each request. Default {@linkcode SERVER_COLUMNS}. */
  readonly columns?: readonly string[];
  /** How calls of functions are shown that are no handlers, or that expressions are asked of. */
  readonly calls?: CallSettings;
}

/** See {@linkcode PlanOptions.calls}. */
export interface CallSettings {
  /** Also the goroutine and, at the return, how long the call took. */
  readonly extended?: boolean;
  /** Only calls that meet this condition. */
  readonly where?: string;
  /** Only calls that take so long. */
  readonly minDurationNs?: number;
}

/** The most probes of one run: a record has 16 bits for the site. */
const MAX_PROBES = 0xffff;

/**
 * Plans the probes for each name: the functions that stand for it, the instructions to sit on, and the values to read
 * there. Pure: the same executable gives the same plans on any machine.
 *
 * @param names symbols, or patterns with `*` and `?`, each with the expressions that are wanted of its calls; none for
 * the whole server
 * @throws {FormatError} when the executable is damaged.
 * @throws {ExpressionError} when an expression cannot be read, or does not fit its function.
 * @throws {TargetError} when it is no Go program, or a name cannot be probed.
 */
export function planProbes(
  source: Source,
  names: readonly string[],
  options: PlanOptions,
): ExecutablePlans {
  // What was not written well is told before the file is read.
  const probes = [...new Set(names)].map((text) => ({ text, probe: parseProbe(text) }));
  const calls = callOptions(options);
  const executable = new GoExecutable(source);
  return executable.explained(() => {
    const planner = new FunctionPlanner(executable);
    const { pathBytes, columns = SERVER_COLUMNS, joined = false } = options;
    if (probes.length === 0) {
      if (calls.where !== undefined) throw noCalls("--where");
      const server = new ServerPlanner(executable, planner, { pathBytes, columns, marked: false }).plans();
      return { plans: server.plans, notes: [...executable.notes(), ...server.notes] };
    }
    const namePlanner = new NamePlanner(executable, planner, {
      recipes: handlerRecipes(pathBytes),
      thorough: options.thorough ?? false,
      calls: new CallPlanner(executable, planner, calls),
    });
    const plans: ProbePlan[] = [];
    const notes: string[] = [];
    const seen = new Set<number>();
    for (const { text, probe } of probes) {
      const planned = namePlanner.plan(text, probe);
      notes.push(...planned.notes);
      const again = planned.plans.find(({ kind, address }) => kind === "call" && seen.has(address));
      if (again !== undefined && !isGlob(probe.name)) {
        throw new UsageError(`calls of ${again.symbol} are asked for twice`, {
          hint: "Write all that is to be shown of them into one PROBE.",
        });
      }
      // A function that two names stand for has the probes of the first.
      plans.push(...planned.plans.filter(({ address }) => !seen.has(address)));
      for (const { address } of planned.plans) seen.add(address);
    }
    if (seen.size > MAX_PROBES) {
      throw new TargetError(`${seen.size} functions are to be probed; at most ${MAX_PROBES} are possible`, {
        hint: "Name fewer, or a narrower pattern.",
      });
    }
    const handlers = plans.filter(({ kind }) => kind === "handler");
    if (handlers.length > 0 && calls.where !== undefined) throw noCalls("--where");
    // Of some handlers nothing is known before that.
    const atEnd = joined || handlers.some(({ fields }) => fields.length === 0);
    const server = atEnd && handlers.length > 0
      ? new ServerPlanner(executable, planner, { pathBytes, columns, marked: true }).plans()
      : { plans: [], notes: [] };
    const all = [
      ...server.plans,
      ...plans.map((plan) => server.plans.length > 0 && plan.kind === "handler" ? asMark(plan) : plan),
    ];
    return { plans: all, notes: [...executable.notes(), ...server.notes, ...notes] };
  });
}

function callOptions({ pathBytes, calls = {} }: PlanOptions): CallOptions {
  const { extended = false, where, minDurationNs = 0 } = calls;
  return {
    textBytes: pathBytes,
    extended,
    minDurationNs,
    ...where === undefined ? {} : { where: { text: where, condition: parseCondition(where) } },
  };
}

function noCalls(flag: string): UsageError {
  return new UsageError(`${flag} is for functions that are no handlers`, {
    hint:
      "Handlers and the whole server are filtered by --method, --path, --status and --min-latency; or write what to show: 'main.ping(req.Method)'.",
  });
}

/** A handler whose requests are told at their end: here it is only kept which one it was. */
function asMark(plan: ProbePlan): ProbePlan {
  return { ...plan, step: "mark", kind: "server", fields: [] };
}

/** What {@linkcode NamePlanner} plans with. */
interface NameOptions {
  readonly recipes: readonly [Recipe, ...Recipe[]];
  readonly thorough: boolean;
  readonly calls: CallPlanner;
}

/** Plans what one name or pattern stands for. */
class NamePlanner {
  readonly #executable: GoExecutable;
  readonly #planner: FunctionPlanner;
  readonly #options: NameOptions;

  constructor(executable: GoExecutable, planner: FunctionPlanner, options: NameOptions) {
    this.#executable = executable;
    this.#planner = planner;
    this.#options = options;
  }

  plan(text: string, probe: ProbeExpression): ExecutablePlans {
    const { recipes, thorough } = this.#options;
    const { name } = probe;
    const resolved = resolveTargets(this.#executable.elf, this.#executable.functions, name);
    switch (resolved.kind) {
      case "unknown":
        throw noSuchFunction(
          name,
          resolved.nearest.length > 0 || isGlob(name) ? resolved.nearest : this.#instead(name, []),
        );
      case "inlined":
        throw inlinedEverywhere(name, resolved.into, this.#instead(name, resolved.into));
      case "found": {
        const unseen = thorough ? resolved.notSeenIn() : [];
        const notes = unseen.length === 0
          ? []
          : [`calls of ${name} in ${list(unseen)} are not seen: the compiler inlined them`];
        const isCall = probe.args !== undefined || probe.results !== undefined;
        const handlers = isCall
          ? []
          : resolved.targets.filter((target) => this.#recipeFor(target) !== undefined);
        if (handlers.length > 0) {
          const others = resolved.targets.length - handlers.length;
          if (isGlob(name) && others > 0) {
            notes.push(
              `${name} matches ${
                counted(others)
              } besides, which are no handlers: '${name}()' shows calls of all`,
            );
          }
          // Wrappers of types that embed may be of no use to anybody: they do not keep the others from being seen.
          const planned = planEach(
            isGlob(name) ? handlers : resolved.targets,
            (target) => {
              const recipe = this.#recipeFor(target) ?? recipes[0];
              return [this.#planner.plan(name, target, recipe, resolved.covered)];
            },
            ({ role }) => isGlob(name) || role === "wrapper",
          );
          return { plans: planned.plans, notes: [...notes, ...planned.notes] };
        }
        if (!isCall) notes.push(...this.#handlersBeside(name, resolved.targets));
        const planned = planEach(
          resolved.targets,
          (target) => this.#options.calls.plan(text, probe, target),
          ({ role }) => isGlob(name) || role === "wrapper",
        );
        return { plans: planned.plans, notes: [...notes, ...planned.notes] };
      }
    }
  }

  /** Of a handler. By its signature; where that is not known its name says that it is one, if its arguments may be. */
  #recipeFor({ function: found, role, dictionary }: Target): Recipe | undefined {
    if (role === "wrapper" && isInterfaceMethod(this.#executable, found.name)) return undefined;
    return this.#planner.recipeFor(found, dictionary, this.#options.recipes);
  }

  #instead(name: string, into: readonly string[]): readonly string[] {
    return tracedInstead(
      this.#executable,
      name,
      into,
      (found) => this.#planner.recipeFor(found, false, this.#options.recipes) !== undefined,
    );
  }

  /** Of the one function that a name means, when it makes handlers: those may be meant. */
  #handlersBeside(name: string, targets: readonly Target[]): string[] {
    if (targets.length !== 1 || isGlob(name)) return [];
    const handlers = this.#instead(name, []);
    return handlers.length === 0
      ? []
      : [`${name} is no handler: its calls are shown; if it makes the handler, trace ${handlers.join(", ")}`];
  }
}

/**
 * Plans each; those that may be left out and cannot be probed are told in one note, when there are others.
 *
 * @throws {TargetError} the first that there was, when nothing can be probed, or what may not be left out.
 */
function planEach(
  targets: readonly Target[],
  plan: (target: Target) => readonly ProbePlan[],
  mayBeLeftOut: (target: Target) => boolean,
): ExecutablePlans {
  const plans: ProbePlan[] = [];
  const failures: { readonly name: string; readonly error: TargetError | ExpressionError }[] = [];
  for (const target of targets) {
    try {
      plans.push(...plan(target));
    } catch (error) {
      const isKnown = error instanceof TargetError || error instanceof ExpressionError;
      if (!isKnown || !mayBeLeftOut(target)) throw error;
      failures.push({ name: target.function.name, error });
    }
  }
  const [first] = failures;
  if (first === undefined) return { plans, notes: [] };
  if (plans.length === 0) throw first.error;
  const others = failures.slice(1).map(({ name }) => name);
  const besides = others.length === 0 ? "" : `; nor are ${list(others)} traced`;
  const of = first.error instanceof ExpressionError ? `${first.name}: ` : "";
  return { plans, notes: [`not traced: ${of}${first.error.message}${besides}`] };
}

function noSuchFunction(name: string, nearest: readonly string[]): TargetError {
  if (isGlob(name)) {
    return new TargetError(`no function matches ${name}`, {
      hint: "gohttpsnoop -l BINARY PATTERN lists the functions that match.",
    });
  }
  return new TargetError(`there is no function ${name}`, {
    hint: nearest.length > 0
      ? `Did you mean ${nearest.join(", ")}? gohttpsnoop -l BINARY lists the handlers.`
      : "gohttpsnoop -l BINARY lists the handlers. Names are Go's: main.ping, github.com/me/shop/api.(*Server).Get",
  });
}

function inlinedEverywhere(
  name: string,
  into: readonly string[],
  instead: readonly string[],
): TargetError {
  const others = instead.length > 0
    ? `Trace ${instead.join(", ")}`
    : "Leave the PROBE out, for the whole server";
  return new TargetError(`${name} has no code of its own: the compiler inlined it into ${list(into)}`, {
    hint: `${others}; or write //go:noinline above ${name} and build again.`,
  });
}

/** Names for a message: the first three, and how many more there are. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function counted(count: number): string {
  return count === 1 ? "one function" : `${count} functions`;
}
