import { TargetError } from "../base/mod.ts";
import {
  assignArguments,
  type ComponentLocation,
  type GoExecutable,
  type GoFunction,
  shapeOfType,
  wordsShape,
} from "../go/mod.ts";
import { type CallSite, findCallees, findCallSite } from "../isa/mod.ts";
import { conventionDoubts } from "./convention.ts";
import type { FunctionPlanner } from "./function_planner.ts";
import type { FieldKind, FieldPlan, FieldStart, ProbePlan, ProbeSite } from "./plan.ts";
import {
  BEGINS,
  ENDS,
  HANDLER_FUNC,
  OTHER_SERVERS,
  type RequestBegin,
  type RequestEnd,
  ROUTE,
  writerFields,
} from "./recipes/net_http_server.ts";
import { resolvePath } from "./resolve_path.ts";

/** What is shown of each request, and how much of it. */
export interface ServerOptions {
  /** Keys of columns, of {@linkcode SERVER_COLUMNS}. */
  readonly columns: readonly string[];
  /** The most bytes that are captured of what the request asks for. */
  readonly pathBytes: number;
  /** Only requests that come to a handler with a mark, which they name. */
  readonly marked: boolean;
}

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
      keptWord("writer", startOf(found, writer?.components.at(-1))),
      // Nothing is kept at a begin before it, so this is nil.
      keptWord("request", otherRequest ? { kind: "request" } : startOf(found, request?.components[0])),
    ];
    return [this.#plan(found, fields, { step: "begin", outcome: "ok" })];
  }

  /** Where it is seen which function is called: a third hit a request, or more, behind middleware. */
  #planHandlers(): ProbePlan[] {
    const [found] = this.#executable.functions.find(HANDLER_FUNC);
    if (found === undefined) return [];
    const location = startOf(found, this.#receiverOf(found));
    const kind = { kind: "integer", size: 8, signed: false } as const;
    const fields = [{ ...derived("handler", kind), location, origin: "the calling convention" }];
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
    return this.#functionsOf(end).flatMap((found) => {
      const fields = this.#endFields(end, found);
      const step = end.writer === "receiver" ? "end" : "end-begun";
      const how = { step, outcome: end.outcome, marked: this.#options.marked } as const;
      if (end.atTheCall === undefined) return [this.#plan(found, fields, how)];
      const site = this.#callSite(found, end.closureThatCalls ?? "");
      const { g } = this.#planner.site(found);
      // Away from the stack check the goroutine may be nowhere but in thread-local storage.
      const isKnown = g.kind === "register" || g.kind === "tls" && g.offset !== undefined;
      return site === undefined || !isKnown ? [] : [this.#plan(found, fields, how, site)];
    });
  }

  /** The function, or those of its closures that call another. */
  #functionsOf({ symbol, closureThatCalls }: RequestEnd): GoFunction[] {
    const { functions, elf } = this.#executable;
    if (closureThatCalls === undefined) return functions.find(symbol).slice(0, 1);
    const [called] = functions.find(closureThatCalls);
    if (called === undefined) return [];
    return functions.containing(`${symbol}.`).filter((closure) =>
      closure.name.startsWith(`${symbol}.`) &&
      findCallees(this.#executable.code(closure), {
        architecture: elf.header.machine,
        address: closure.address,
      }).has(called.address)
    );
  }

  #callSite(found: GoFunction, called: string): CallSite | undefined {
    const [target] = this.#executable.functions.find(called);
    return target && findCallSite(this.#executable.code(found), target.address, {
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
    const { type, origin } = types.require(end.writerType);
    const writer = new Map([["w", type]]);
    const fields = writerFields(end, columns, pathBytes).map(({ name, expression, capBytes }): FieldPlan => {
      const { derefs, offset, kind } = resolvePath(expression, writer);
      return { name, expression, location, derefs, offset, kind, capBytes, origin };
    });
    if (columns.includes(ROUTE.name)) fields.push(...this.#routeField());
    if (columns.includes("duration")) fields.push(derived("duration", { kind: "duration" }));
    if (columns.includes("handler")) fields.push(derived("handler", { kind: "handler" }));
    if (columns.includes("goid")) fields.push(this.#goidField());
    if (marked) fields.push(derived("mark", { kind: "mark" }));
    return fields;
  }

  /** Empty before Go 1.23, whose requests have no route. */
  #routeField(): FieldPlan[] {
    const { type, origin } = this.#executable.types.require("*net/http.Request");
    if (type.element?.fields.every(({ name }) => name !== "Pattern")) return [];
    const { derefs, offset, kind } = resolvePath(ROUTE.expression, new Map([["r", type]]));
    return [{ ...ROUTE, location: { kind: "request" }, derefs, offset, kind, origin }];
  }

  #goidField(): FieldPlan {
    const { type, origin } = this.#executable.types.require("*runtime.g");
    const { derefs, offset, kind } = resolvePath("g.goid", new Map([["g", type]]));
    return {
      name: "goid",
      expression: "g.goid",
      location: { kind: "g" },
      derefs,
      offset,
      kind,
      capBytes: 8,
      origin,
    };
  }

  #plan(
    found: GoFunction,
    fields: readonly FieldPlan[],
    how: Pick<ProbePlan, "step" | "outcome"> & { readonly marked?: boolean },
    call?: CallSite,
  ): ProbePlan {
    const { elf, goVersion } = this.#executable;
    const reads = fields.flatMap(({ location }) => location.kind === "register" ? [location.index] : []);
    const { g, convention: _, refusal, ...start } = this.#planner.site(found, reads);
    if (refusal !== "") throw new TargetError(`${found.name} cannot be probed: ${refusal}`, { hint: HINT });
    const chosen: Omit<ProbeSite, "address" | "fileOffset"> = call === undefined
      ? start
      : { ...call, class: "call", guard: "none", once: true, reason: "" };
    const address = found.address + chosen.offset;
    const convention = this.#planner.convention(found);
    return {
      named: "the whole server",
      symbol: found.name,
      role: "body",
      because: how.step === "begin" ? "requests begin there" : "requests end there",
      signature: "",
      address: found.address,
      architecture: elf.header.machine,
      goVersion,
      convention,
      g,
      site: { ...chosen, address, fileOffset: elf.addressToFileOffset(address) },
      kind: "server",
      marked: false,
      ...how,
      recipe: "net/http server",
      fields,
      notes: conventionDoubts(this.#executable, found, convention),
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

function keptWord(name: string, location: FieldStart): FieldPlan {
  const origin = "the calling convention";
  return {
    name,
    expression: name,
    location,
    derefs: [],
    offset: 0,
    kind: { kind: "word" },
    capBytes: 8,
    origin,
  };
}

/** A field that has no path: it is made of what was kept. */
function derived(name: string, kind: FieldKind): FieldPlan {
  const location = { kind: "request" } as const;
  return {
    name,
    expression: name,
    location,
    derefs: [],
    offset: 0,
    kind,
    capBytes: 8,
    origin: "the program",
  };
}

function startOf({ name }: GoFunction, location: ComponentLocation | undefined): FieldStart {
  if (location !== undefined && location.kind !== "float-register") return location;
  throw new TargetError(`${name}: the place of its arguments is not known`, { hint: HINT });
}
