import { type HeaderName, headerName, TargetError } from "../base/mod.ts";
import {
  assignArguments,
  type ComponentLocation,
  type GoExecutable,
  type GoFunction,
  type GoType,
  selectField,
  type Shape,
  shapeOfType,
  wordsShape,
} from "../go/mod.ts";
import { type CallSite, findCallSite } from "../isa/mod.ts";
import type { FunctionPlanner } from "./function_planner.ts";
import type { ExecutablePlans, FieldPlan, FieldStart, ProbePlan, ProbeStep } from "./plan.ts";
import { fieldAt, fieldWithoutPath, HEADER_BYTES, headerAt, type KnownType, wordAt } from "./plan_fields.ts";
import { GOID, SERVER_RECIPES } from "./recipes/servers.ts";
import type {
  RequestBegin,
  RequestEnd,
  ServerArgument,
  ServerFunction,
  ServerRecipe,
  ServerValue,
  ValueRoot,
} from "./server_recipe.ts";

/** What is shown of each request, and how much of it. */
export interface ServerOptions {
  /** Keys of columns, of {@linkcode SERVER_COLUMNS}, and headers: `header:User-Agent`. */
  readonly columns: readonly string[];
  /** The most bytes that are captured of what the request asks for. */
  readonly pathBytes: number;
  /** Only requests that come to a handler with a mark, which they name. */
  readonly marked: boolean;
}

/** What a probe of the whole server sees of a request. */
type ServerStep = Exclude<ProbeStep, "alone" | "enter" | "return">;

/** Why a function is probed. */
const BECAUSE: Readonly<Record<ServerStep, string>> = {
  "begin": "requests begin there",
  "mark": "handlers are called there",
  "end": "requests end there",
  "end-begun": "requests end there",
};

const HINT = "Name a handler instead; gohttpsnoop -l BINARY lists them.";

/**
 * Plans the probes for all requests that an executable serves, by each of {@linkcode SERVER_RECIPES}: where each begins,
 * which keeps the time, and where it may end, which makes the record.
 */
export class ServerPlanner {
  readonly #executable: GoExecutable;
  readonly #planner: FunctionPlanner;
  readonly #options: ServerOptions;

  constructor(executable: GoExecutable, planner: FunctionPlanner, options: ServerOptions) {
    this.#executable = executable;
    this.#planner = planner;
    this.#options = options;
  }

  /**
   * What cannot be seen by one recipe is told in a note, where others see something.
   *
   * @throws {TargetError} when the executable serves nothing that can be seen.
   */
  plans(): ExecutablePlans {
    const plans: ProbePlan[] = [];
    const failures: { readonly name: string; readonly error: TargetError }[] = [];
    for (const recipe of SERVER_RECIPES) {
      try {
        plans.push(...this.#planServer(recipe));
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        failures.push({ name: recipe.name, error });
      }
    }
    if (plans.length === 0) throw failures[0]?.error ?? this.#servesNothing();
    const notes = failures.map(({ name, error }) => `requests by ${name} are not seen: ${error.message}`);
    return { plans, notes };
  }

  /** Empty where requests begin or end nowhere. */
  #planServer({ name, begins, ends, handlerFunction }: ServerRecipe): ProbePlan[] {
    const begun = begins.flatMap((begin) => this.#planBegin(begin));
    if (begun.length === 0) return [];
    const told = ends.filter(({ untold }) => !untold).flatMap((end) => this.#planEnd(end));
    if (told.length === 0) return [];
    const untold = ends.filter(({ untold }) => untold).flatMap((end) => this.#planEnd(end));
    const handlers = this.#options.columns.includes("handler") ? this.#planHandlers(handlerFunction) : [];
    return [...begun, ...handlers, ...told, ...untold].map((plan) => ({ ...plan, recipe: `${name} server` }));
  }

  #planBegin(begin: RequestBegin): ServerPlan[] {
    const { symbol, keeps, onlyWith } = begin;
    const { functions } = this.#executable;
    const [found] = functions.find(symbol);
    if (found === undefined || onlyWith !== undefined && functions.containing(onlyWith).length === 0) {
      return [];
    }
    // Nothing is kept at a begin before it, so this is nil.
    const startOf = (argument: ServerArgument | undefined): FieldStart =>
      argument === undefined ? { kind: "request" } : this.#argument(found, begin, argument);
    const fields = [wordAt("writer", startOf(keeps.writer)), wordAt("request", startOf(keeps.request))];
    return [this.#plan(found, fields, { step: "begin", outcome: "ok" })];
  }

  /** Where it is seen which function is called: a third hit a request, or more, behind middleware. */
  #planHandlers(symbol: string | undefined): ServerPlan[] {
    const [found] = symbol === undefined ? [] : this.#executable.functions.find(symbol);
    if (found === undefined) return [];
    const kind = { kind: "integer", size: 8, signed: false } as const;
    const fields = [wordAt("handler", this.#argument(found, {}, "receiver"), kind)];
    return [this.#plan(found, fields, { step: "mark", outcome: "ok" })];
  }

  /** Where the last word of an argument is, which of an interface points to its value. */
  #argument(
    found: GoFunction,
    { receiver: type, words = [] }: Omit<ServerFunction, "symbol">,
    argument: ServerArgument,
  ): FieldStart {
    const count = argument === "receiver" ? 0 : argument + 1;
    const isMethod = argument === "receiver" || type !== undefined;
    const { receiver, parameters } = assignArguments({
      convention: this.#planner.convention(found),
      architecture: this.#executable.elf.header.machine,
      ...isMethod ? { receiver: this.#receiverShape(type) } : {},
      parameters: Array.from({ length: count }, (_, i) => wordsShape(words[i] ?? 1)),
    });
    const location = argument === "receiver" ? receiver : parameters[argument];
    return startOf(found, location?.components.at(-1));
  }

  /** Of a pointer, which most are, the type need not be known. */
  #receiverShape(type: string | undefined): Shape {
    if (type === undefined || type.startsWith("*")) return wordsShape(1);
    return shapeOfType(this.#executable.types.require(type).type);
  }

  #planEnd(end: RequestEnd): ServerPlan[] {
    return this.#functionsOf(end).flatMap(({ found, called }) => {
      const fields = this.#endFields(end, found);
      const { outcome, constants } = end;
      const step = end.onlyBegun ? "end-begun" : "end";
      const how = { step, outcome, ...constants === undefined ? {} : { constants } } as const;
      if (end.atTheCall === undefined || called === undefined) return [this.#plan(found, fields, how)];
      const site = this.#callSite(found, called);
      const { g } = this.#planner.site(found);
      // Away from the stack check the goroutine may be nowhere but in thread-local storage.
      const isKnown = g.kind === "register" || g.kind === "tls" && g.offset !== undefined;
      return site === undefined || !isKnown ? [] : [this.#plan(found, fields, how, site)];
    });
  }

  /** The function, or those of its closures that call another, with that one. */
  #functionsOf(
    { symbol, closureThatCalls }: RequestEnd,
  ): { readonly found: GoFunction; readonly called?: GoFunction }[] {
    const { functions } = this.#executable;
    if (closureThatCalls === undefined) return functions.find(symbol).slice(0, 1).map((found) => ({ found }));
    const closures = functions.containing(`${symbol}.`).filter(({ name }) => name.startsWith(`${symbol}.`));
    if (closures.length === 0) return [];
    const [called] = functions.find(closureThatCalls);
    if (called === undefined) return [];
    return closures.filter((closure) => this.#planner.calleesOf(closure).has(called.address))
      .map((found) => ({ found, called }));
  }

  #callSite(found: GoFunction, called: GoFunction): CallSite | undefined {
    return findCallSite(this.#executable.code(found), called.address, {
      architecture: this.#executable.elf.header.machine,
      address: found.address,
    });
  }

  #endFields(end: RequestEnd, found: GoFunction): FieldPlan[] {
    // A request without a mark is not told where a mark is asked for, and no handler leaves one on this goroutine.
    if (end.untold) return [fieldWithoutPath("none", { kind: "mark" })];
    const { columns, marked } = this.#options;
    const roots = new Map(
      Object.entries(end.roots).map(([name, root]) => [name, this.#root(found, end, root)]),
    );
    const fields = end.values
      .filter(({ name, columns: asked = [name] }) => asked.some((column) => columns.includes(column)))
      .flatMap((value) => this.#valueField(value, roots));
    fields.push(...columns.flatMap((column) => this.#headerField(end, headerName(column), roots)));
    if (columns.includes("duration")) fields.push(fieldWithoutPath("duration", { kind: "duration" }));
    if (columns.includes("handler")) fields.push(fieldWithoutPath("handler", { kind: "handler" }));
    if (columns.includes(GOID.name)) {
      fields.push(fieldAt(GOID, { kind: "g" }, this.#executable.types.require("*runtime.g")));
    }
    if (marked) fields.push(fieldWithoutPath("mark", { kind: "mark" }));
    return fields;
  }

  #root(found: GoFunction, end: RequestEnd, { at, types }: ValueRoot): Root {
    const known = types.slice(0, -1).find((name) => this.#executable.types.find(name) !== undefined);
    const type = () => this.#executable.types.require(known ?? types.at(-1) ?? "");
    switch (at) {
      case "kept-writer":
        return { location: { kind: "writer" }, type };
      case "kept-request":
        return { location: { kind: "request" }, type };
      default:
        return { location: this.#argument(found, end, at), type };
    }
  }

  #valueField(
    { name, expression, capBytes, optional }: ServerValue,
    roots: ReadonlyMap<string, Root>,
  ): FieldPlan[] {
    const [root = "", ...path] = expression.split(".");
    const { location, type: typeOf } = roots.get(root)!;
    const type = typeOf();
    if (optional && !hasPath(type.type, path)) return [];
    return [fieldAt({ name, expression, capBytes: capBytes || this.#options.pathBytes }, location, type)];
  }

  /** None where it is the name of another column, or this kind of server has no headers that are known. */
  #headerField(
    { headers }: RequestEnd,
    header: HeaderName | undefined,
    roots: ReadonlyMap<string, Root>,
  ): FieldPlan[] {
    if (headers === undefined || header === undefined) return [];
    const expression = headers.apart[header.name] ?? headers.expression;
    const { location, type } = roots.get(expression.split(".", 1)[0] ?? "")!;
    if (expression === headers.expression) return [headerAt(header, expression, location, type())];
    return [fieldAt({ name: header.key, expression, capBytes: HEADER_BYTES }, location, type())];
  }

  #plan(
    found: GoFunction,
    fields: readonly FieldPlan[],
    how: Pick<ProbePlan, "outcome" | "constants"> & { readonly step: ServerStep },
    call?: CallSite,
  ): ServerPlan {
    return {
      named: "the whole server",
      role: "body",
      because: BECAUSE[how.step],
      signature: "",
      kind: "server",
      ...how,
      ...this.#planner.place(found, fields, { hint: HINT, ...call === undefined ? {} : { call } }),
    };
  }

  #servesNothing(): TargetError {
    const { functions } = this.#executable;
    const there = SERVER_RECIPES.filter(({ knownBy }) => functions.find(knownBy).length > 0)
      .map(({ name }) => name);
    const kinds = SERVER_RECIPES.map(({ name }) => name);
    const what = there.length > 0
      ? `it serves by ${
        there.join(" and ")
      }, whose requests are not seen: where they begin or end is not known of this build`
      : `it serves nothing by ${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}`;
    return new TargetError(what, {
      hint: "Name a function: gohttpsnoop -l BINARY PATTERN lists those that can be traced.",
    });
  }
}

/** A plan whose recipe is still to be named. */
type ServerPlan = Omit<ProbePlan, "recipe">;

/** Where the paths of values start; the type is looked up when a value needs it. */
interface Root {
  readonly location: FieldStart;
  readonly type: () => KnownType;
}

function hasPath(type: GoType, names: readonly string[]): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return true;
  const selection = selectField(type, name);
  return selection?.kind === "field" && hasPath(selection.steps.at(-1)!.type, rest);
}

function startOf({ name }: GoFunction, location: ComponentLocation | undefined): FieldStart {
  if (location !== undefined && location.kind !== "float-register") return location;
  throw new TargetError(`${name}: the place of its arguments is not known`, { hint: HINT });
}
