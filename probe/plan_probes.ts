import { type Source, TargetError } from "../base/mod.ts";
import { GoExecutable, isGlob, resolveTargets, signatureText, type Target } from "../go/mod.ts";
import { isInterfaceMethod } from "./interface_method.ts";
import type { ExecutablePlans, ProbePlan } from "./plan.ts";
import { tracedInstead } from "./advice.ts";
import { FunctionPlanner } from "./function_planner.ts";
import { isRecipeFor, type Recipe } from "./recipe.ts";
import { SERVER_COLUMNS } from "./recipes/net_http_server.ts";
import { ServerPlanner } from "./server_planner.ts";
import { netHttpHandler } from "./recipes/net_http.ts";

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
}

/** The most probes of one run: a record has 16 bits for the site. */
const MAX_PROBES = 0xffff;

/**
 * Plans the probes for each name: the functions that stand for it, the instructions to sit on, and the values to read
 * there. Pure: the same executable gives the same plans on any machine.
 *
 * @param names symbols, or patterns with `*` and `?`; none for the whole server
 * @throws {FormatError} when the executable is damaged.
 * @throws {TargetError} when it is no Go program, or a name cannot be probed.
 */
export function planProbes(
  source: Source,
  names: readonly string[],
  options: PlanOptions,
): ExecutablePlans {
  const executable = new GoExecutable(source);
  const recipe = netHttpHandler(options.pathBytes);
  return executable.explained(() => {
    const planner = new FunctionPlanner(executable);
    const { pathBytes, columns = SERVER_COLUMNS, joined = false } = options;
    if (names.length === 0) {
      const plans = new ServerPlanner(executable, planner, { pathBytes, columns, marked: false }).plans();
      return { plans, notes: executable.notes() };
    }
    const plans = new Map<number, ProbePlan>();
    const notes: string[] = [];
    for (const name of new Set(names)) {
      const planned = planName(executable, planner, recipe, name, options.thorough ?? false);
      notes.push(...planned.notes);
      // A function that two names stand for has one probe.
      for (const plan of planned.plans) if (!plans.has(plan.address)) plans.set(plan.address, plan);
    }
    if (plans.size > MAX_PROBES) {
      throw new TargetError(`${plans.size} functions are to be probed; at most ${MAX_PROBES} are possible`, {
        hint: "Name fewer, or a narrower pattern.",
      });
    }
    const handlers = [...plans.values()];
    const all = joined
      ? [
        ...new ServerPlanner(executable, planner, { pathBytes, columns, marked: true }).plans(),
        ...handlers.map(asMark),
      ]
      : handlers;
    return { plans: all, notes: [...executable.notes(), ...notes] };
  });
}

/** A handler whose requests are told at their end: here it is only kept which one it was. */
function asMark(plan: ProbePlan): ProbePlan {
  return { ...plan, step: "mark", kind: "server", fields: [] };
}

function planName(
  executable: GoExecutable,
  planner: FunctionPlanner,
  recipe: Recipe,
  name: string,
  thorough: boolean,
): ExecutablePlans {
  const resolved = resolveTargets(executable.elf, executable.functions, name);
  const instead = (into: readonly string[]) =>
    tracedInstead(executable, name, into, (found) => planner.suits(found, false, recipe));
  switch (resolved.kind) {
    case "unknown":
      throw noSuchFunction(
        name,
        resolved.nearest.length > 0 || isGlob(name) ? resolved.nearest : instead([]),
      );
    case "inlined":
      throw inlinedEverywhere(name, resolved.into, instead(resolved.into));
    case "found": {
      const unseen = thorough ? resolved.notSeenIn() : [];
      const notes = unseen.length === 0
        ? []
        : [`calls of ${name} in ${list(unseen)} are not seen: the compiler inlined them`];
      const plan = (target: Target) => planner.plan(name, target, recipe, resolved.covered);
      if (!isGlob(name)) {
        checkHandler(executable, resolved.targets, recipe, () => instead([]));
        // Wrappers of types that embed may be of no use to anybody: they do not keep the others from being seen.
        const planned = planEach(resolved.targets, plan, ({ role }) => role === "wrapper");
        return { plans: planned.plans, notes: [...notes, ...planned.notes] };
      }
      // A pattern means the handlers among what it matches; a name means that very function.
      const handlers = resolved.targets.filter(({ function: found, role, dictionary }) =>
        planner.suits(found, dictionary, recipe) &&
        !(role === "wrapper" && isInterfaceMethod(executable, found.name))
      );
      if (handlers.length === 0) {
        throw new TargetError(
          `none of the ${resolved.targets.length} functions that match ${name} is a handler`,
          {
            hint: `A handler is ${recipe.declaration}; gohttpsnoop -l BINARY lists them.`,
          },
        );
      }
      const others = resolved.targets.length - handlers.length;
      if (others > 0) notes.push(`${name} matches ${counted(others)} besides, which are no handlers`);
      const planned = planEach(handlers, plan, () => true);
      return { plans: planned.plans, notes: [...notes, ...planned.notes] };
    }
  }
}

/**
 * Plans each; those that may be left out and cannot be probed are told in one note, when there are others.
 *
 * @throws {TargetError} the first that there was, when nothing can be probed, or what may not be left out.
 */
function planEach(
  targets: readonly Target[],
  plan: (target: Target) => ProbePlan,
  mayBeLeftOut: (target: Target) => boolean,
): ExecutablePlans {
  const plans: ProbePlan[] = [];
  const failures: { readonly name: string; readonly error: TargetError }[] = [];
  for (const target of targets) {
    try {
      plans.push(plan(target));
    } catch (error) {
      if (!(error instanceof TargetError) || !mayBeLeftOut(target)) throw error;
      failures.push({ name: target.function.name, error });
    }
  }
  const [first] = failures;
  if (first === undefined) return { plans, notes: [] };
  if (plans.length === 0) throw first.error;
  const others = failures.slice(1).map(({ name }) => name);
  const besides = others.length === 0 ? "" : `; nor are ${list(others)} traced`;
  return { plans, notes: [`not traced: ${first.error.message}${besides}`] };
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

/** Throws when the one function that a name means is no handler, but makes some: those may be meant. */
function checkHandler(
  { types }: GoExecutable,
  targets: readonly Target[],
  recipe: Recipe,
  handlersOf: () => readonly string[],
): void {
  const [only] = targets;
  if (only === undefined || targets.length > 1) return;
  const { name, address } = only.function;
  const known = types.signatureOf(name, address)?.signature;
  if (known === undefined || isRecipeFor(recipe, known)) return;
  const handlers = handlersOf();
  if (handlers.length === 0) return;
  throw new TargetError(`${name} is no handler: it is ${signatureText(known)}`, {
    hint: `If it makes the handler, trace that: ${handlers.join(", ")}.`,
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
