import { TargetError } from "../base/mod.ts";
import {
  assignArguments,
  type ComponentLocation,
  type GoExecutable,
  type GoFunction,
  shapeOfType,
  wordsShape,
} from "../go/mod.ts";
import { type CallSite, findCallSite } from "../isa/mod.ts";
import type { FunctionPlanner } from "./function_planner.ts";
import type { FieldPlan, FieldStart, ProbePlan, ProbeStep, RequestOutcome } from "./plan.ts";
import { fieldAt, fieldWithoutPath, wordAt } from "./plan_fields.ts";
import {
  BEGINS,
  ENDS,
  GOID,
  HANDLER_FUNC,
  OTHER_SERVERS,
  type RequestBegin,
  type RequestEnd,
  ROUTE,
  writerFields,
} from "./recipes/net_http_server.ts";

/** What is shown of each request, and how much of it. */
export interface ServerOptions {
  /** Keys of columns, of {@linkcode SERVER_COLUMNS}. */
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
 * Plans the probes for all requests that net/http serves: where each begins, which keeps the time, and where it may end,
 * which makes the record.
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

  /** @throws {TargetError} when the executable serves nothing by net/http. */
  plans(): ProbePlan[] {
    const begins = BEGINS.flatMap((begin) => this.#planBegin(begin));
    const ends = ENDS.flatMap((end) => this.#planEnd(end));
    if (begins.length === 0 || ends.length === 0) throw this.#servesNothing();
    const handlers = this.#options.columns.includes("handler") ? this.#planHandlers() : [];
    return [...begins, ...handlers, ...ends];
  }

  #planBegin({ symbol, receiver, writerWords, otherRequest, onlyWith }: RequestBegin): ProbePlan[] {
    const { functions, types } = this.#executable;
    const [found] = functions.find(symbol);
    if (found === undefined || onlyWith !== undefined && functions.containing(onlyWith).length === 0) {
      return [];
    }
    const { parameters: [writer, request] } = assignArguments({
      convention: this.#planner.convention(found),
      architecture: this.#executable.elf.header.machine,
      receiver: shapeOfType(types.require(receiver).type),
      parameters: [wordsShape(writerWords), wordsShape(1)],
    });
    const fields = [
      wordAt("writer", startOf(found, writer?.components.at(-1))),
      // Nothing is kept at a begin before it, so this is nil.
      wordAt("request", otherRequest ? { kind: "request" } : startOf(found, request?.components[0])),
    ];
    return [this.#plan(found, fields, { step: "begin", outcome: "ok" })];
  }

  /** Where it is seen which function is called: a third hit a request, or more, behind middleware. */
  #planHandlers(): ProbePlan[] {
    const [found] = this.#executable.functions.find(HANDLER_FUNC);
    if (found === undefined) return [];
    const kind = { kind: "integer", size: 8, signed: false } as const;
    const fields = [wordAt("handler", startOf(found, this.#receiverOf(found)), kind)];
    return [this.#plan(found, fields, { step: "mark", outcome: "ok" })];
  }

  /** Of one word. */
  #receiverOf(found: GoFunction): ComponentLocation | undefined {
    const { receiver } = assignArguments({
      convention: this.#planner.convention(found),
      architecture: this.#executable.elf.header.machine,
      receiver: wordsShape(1),
      parameters: [],
    });
    return receiver?.components[0];
  }

  #planEnd(end: RequestEnd): ProbePlan[] {
    return this.#functionsOf(end).flatMap(({ found, called }) => {
      const fields = this.#endFields(end, found);
      const step = end.writer === "receiver" ? "end" : "end-begun";
      const how = { step, outcome: end.outcome } as const;
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
    const { types } = this.#executable;
    const { columns, pathBytes, marked } = this.#options;
    const location: FieldStart = end.writer === "receiver"
      ? startOf(found, this.#receiverOf(found))
      : { kind: "writer" };
    const writer = types.require(end.writerType);
    const fields = writerFields(end, columns, pathBytes).map((field) => fieldAt(field, location, writer));
    if (columns.includes(ROUTE.name)) fields.push(...this.#routeField());
    if (columns.includes("duration")) fields.push(fieldWithoutPath("duration", { kind: "duration" }));
    if (columns.includes("handler")) fields.push(fieldWithoutPath("handler", { kind: "handler" }));
    if (columns.includes(GOID.name)) fields.push(fieldAt(GOID, { kind: "g" }, types.require("*runtime.g")));
    if (marked) fields.push(fieldWithoutPath("mark", { kind: "mark" }));
    return fields;
  }

  /** Empty before Go 1.23, whose requests have no route. */
  #routeField(): FieldPlan[] {
    const request = this.#executable.types.require("*net/http.Request");
    if (request.type.element?.fields.every(({ name }) => name !== "Pattern")) return [];
    return [fieldAt(ROUTE, { kind: "request" }, request)];
  }

  #plan(
    found: GoFunction,
    fields: readonly FieldPlan[],
    how: { readonly step: ServerStep; readonly outcome: RequestOutcome },
    call?: CallSite,
  ): ProbePlan {
    return {
      named: "the whole server",
      role: "body",
      because: BECAUSE[how.step],
      signature: "",
      kind: "server",
      ...how,
      recipe: "net/http server",
      ...this.#planner.place(found, fields, { hint: HINT, ...call === undefined ? {} : { call } }),
    };
  }

  #servesNothing(): TargetError {
    const { functions } = this.#executable;
    const there = Object.entries(OTHER_SERVERS).filter(([, symbol]) => functions.find(symbol).length > 0)
      .map(([name]) => name);
    const what = there.length > 0
      ? `; it serves by ${there.join(" and ")}, which is not in this version`
      : "";
    return new TargetError(`it serves nothing by net/http${what}`, {
      hint: "Name a function: gohttpsnoop -l BINARY PATTERN lists those that can be traced.",
    });
  }
}

function startOf({ name }: GoFunction, location: ComponentLocation | undefined): FieldStart {
  if (location !== undefined && location.kind !== "float-register") return location;
  throw new TargetError(`${name}: the place of its arguments is not known`, { hint: HINT });
}
