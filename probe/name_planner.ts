import { TargetError } from "../base/mod.ts";
import { type GoExecutable, isGlob, resolveTargets, type Target } from "../go/mod.ts";
import { tracedInstead } from "./advice.ts";
import type { CallPlanner } from "./call/call_planner.ts";
import { ExpressionError, type ProbeExpression } from "./expression/mod.ts";
import type { FunctionPlanner } from "./function_planner.ts";
import { isInterfaceMethod } from "./interface_method.ts";
import type { ExecutablePlans, ProbePlan } from "./plan.ts";
import type { Recipe } from "./recipe.ts";

/** What a {@linkcode NamePlanner} plans with. */
export interface NameOptions {
  /** Of handlers. */
  readonly recipes: readonly [Recipe, ...Recipe[]];
  /** Also look for calls that no probe can see. */
  readonly thorough: boolean;
  readonly calls: CallPlanner;
}

/** Plans what one name or pattern stands for: handlers by their recipes, else calls. */
export class NamePlanner {
  readonly #executable: GoExecutable;
  readonly #planner: FunctionPlanner;
  readonly #options: NameOptions;

  constructor(executable: GoExecutable, planner: FunctionPlanner, options: NameOptions) {
    this.#executable = executable;
    this.#planner = planner;
    this.#options = options;
  }

  /**
   * @param text what the probe was read from
   * @throws {ExpressionError} when an expression does not fit the function.
   * @throws {TargetError} when there is no such function, or it cannot be probed.
   */
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
