import { TargetError } from "../base/mod.ts";
import {
  assignArguments,
  type GoExecutable,
  type GoFunction,
  type Shape,
  shapeOfType,
  wordsShape,
} from "../go/mod.ts";
import { findCallees, findCallSite } from "../isa/mod.ts";
import { conventionDoubts } from "./convention.ts";
import type { FunctionPlanner } from "./function_planner.ts";
import type { FieldPlan, FieldStart, ProbePlan, ProbeStep, RequestOutcome } from "./plan.ts";
import { BEGIN, BEGIN_H2C, ENDS, fieldsAt, HTTP2, type RequestEnd } from "./recipes/net_http_server.ts";
import { type ResolvedPath, resolvePath } from "./resolve_path.ts";

/** What is shown of each request, and how much of it. */
export interface ServerOptions {
  /** Keys of columns, of {@linkcode SERVER_COLUMNS}. */
  readonly columns: readonly string[];
  /** The most bytes that are captured of what the request asks for. */
  readonly pathBytes: number;
  /** Only requests that come to a handler with a mark, which they name. */
  readonly marked: boolean;
}

const RECIPE = "net/http server";
const NAMED = "the whole server";

/**
 * The plans for all requests that net/http serves: the place where each begins, which keeps the time, and those where
 * one may end, which make the record.
 *
 * @throws {TargetError} when the executable serves nothing by net/http.
 */
export function planServer(
  executable: GoExecutable,
  planner: FunctionPlanner,
  options: ServerOptions,
): ProbePlan[] {
  const [begin] = executable.functions.find(BEGIN);
  if (begin === undefined) throw servesNothing(executable);
  const { type: serverHandler } = executable.types.require("net/http.serverHandler");
  const plans = [planBegin(executable, planner, begin, shapeOfType(serverHandler), wordsShape(2))];
  const [h2c] = executable.functions.find(BEGIN_H2C.symbol);
  if (h2c !== undefined && executable.functions.containing(BEGIN_H2C.package).length > 0) {
    plans.push(planBegin(executable, planner, h2c, wordsShape(1), wordsShape(1)));
  }
  for (const end of ENDS) {
    for (const { symbol, writer } of end.functions) {
      const [found] = executable.functions.find(symbol);
      if (found !== undefined) plans.push(planEnd(executable, planner, found, writer, end, options));
    }
  }
  const closing = connectionEnd(executable);
  if (closing !== undefined) {
    const end: RequestEnd = { ...ENDS[0]!, hasWriter: false, outcome: "panic" };
    plans.push(planEnd(executable, planner, closing, ENDS[0]!.functions[0]!.writer, end, options));
  }
  plans.push(...planPanics(executable, planner, options));
  return plans;
}

/**
 * Where a panic ends a request of HTTP/2: the deferred closure of its goroutine calls `recover` on that way only. Left
 * out where the goroutine cannot be known there.
 */
function planPanics(executable: GoExecutable, planner: FunctionPlanner, options: ServerOptions): ProbePlan[] {
  const { functions, elf } = executable;
  const [recover] = functions.find("runtime.gorecover");
  if (recover === undefined) return [];
  return ENDS.filter(({ paths }) => paths === HTTP2).flatMap(({ functions: dones, ...end }) =>
    dones.flatMap(({ symbol, writer }) => {
      const [done] = functions.find(symbol);
      if (done === undefined) return [];
      const runHandler = symbol.replace(
        /\(\*(http2)?responseWriter\)\.handlerDone$/,
        "(*$1serverConn).runHandler.",
      );
      return functions.containing(runHandler).flatMap((closure) => {
        const where = { architecture: elf.header.machine, address: closure.address };
        const site = findCallSite(executable.code(closure), recover.address, where);
        const { g } = planner.site(closure);
        if (site === undefined || g.kind === "unknown" || g.kind === "tls" && g.offset === undefined) {
          return [];
        }
        const how: RequestEnd = { ...end, functions: dones, hasWriter: false, outcome: "panic" };
        const plan = planEnd(executable, planner, closure, writer, how, options);
        const address = closure.address + site.offset;
        return [{
          ...plan,
          site: {
            ...plan.site,
            ...site,
            address,
            fileOffset: elf.addressToFileOffset(address),
            class: "call" as const,
            guard: "none" as const,
            once: true,
            reason: "",
          },
        }];
      });
    })
  );
}

/** The time is kept, and two words: the ResponseWriter's data, and the request. */
function planBegin(
  executable: GoExecutable,
  planner: FunctionPlanner,
  found: GoFunction,
  receiver: Shape,
  writerShape: Shape,
): ProbePlan {
  const convention = planner.convention(found);
  const { parameters: [writer, request] } = assignArguments({
    convention,
    architecture: executable.elf.header.machine,
    receiver,
    parameters: [writerShape, wordsShape(1)],
  });
  const word = (name: string, start: ReturnType<typeof startOf>): FieldPlan => ({
    name,
    expression: name,
    location: start,
    derefs: [],
    offset: 0,
    kind: { kind: "word" },
    capBytes: 8,
    origin: "the calling convention",
  });
  const fields = [
    // Of an interface the second word is the data.
    word("writer", startOf(found, writer?.components.at(-1))),
    word("request", startOf(found, request?.components[0])),
  ];
  return makePlan(executable, planner, found, fields, "begin", "ok");
}

function planEnd(
  executable: GoExecutable,
  planner: FunctionPlanner,
  found: GoFunction,
  writerType: string,
  end: RequestEnd,
  options: ServerOptions,
): ProbePlan {
  const convention = planner.convention(found);
  const receiver: Shape = wordsShape(1);
  const { receiver: assigned } = assignArguments({
    convention,
    architecture: executable.elf.header.machine,
    receiver,
    parameters: [],
  });
  const start: FieldStart = end.hasWriter ? startOf(found, assigned?.components[0]) : { kind: "writer" };
  const { type, origin } = executable.types.require(writerType);
  const types = new Map([["w", type]]);
  const fields: FieldPlan[] = [];
  for (const { name, expression, capBytes } of fieldsAt(end, options.columns, options.pathBytes)) {
    const path = name === "route"
      ? routePath(executable)
      : { ...resolvePath(expression, types), location: start };
    if (path === undefined) continue;
    const { derefs, offset, kind, location } = path;
    fields.push({ name, expression, location, derefs, offset, kind, capBytes, origin });
  }
  if (options.columns.includes("duration")) {
    const location: FieldStart = { kind: "writer" };
    const kind = { kind: "duration" } as const;
    fields.push({
      name: "duration",
      expression: "duration",
      location,
      derefs: [],
      offset: 0,
      kind,
      capBytes: 8,
      origin,
    });
  }
  if (options.marked) {
    const location: FieldStart = { kind: "request" };
    const kind = { kind: "mark" } as const;
    fields.push({
      name: "mark",
      expression: "mark",
      location,
      derefs: [],
      offset: 0,
      kind,
      capBytes: 8,
      origin,
    });
  }
  const plan = makePlan(executable, planner, found, fields, end.hasWriter ? "end" : "end-begun", end.outcome);
  return { ...plan, marked: options.marked };
}

/** The route that matched, of the request that was kept when it began. Undefined before Go 1.23, which has none. */
function routePath({ types }: GoExecutable): (ResolvedPath & { readonly location: FieldStart }) | undefined {
  const { type } = types.require("*net/http.Request");
  if (type.element?.fields.every(({ name }) => name !== "Pattern")) return undefined;
  return { ...resolvePath("r.Pattern", new Map([["r", type]])), location: { kind: "request" } };
}

function makePlan(
  executable: GoExecutable,
  planner: FunctionPlanner,
  found: GoFunction,
  fields: readonly FieldPlan[],
  step: ProbeStep,
  outcome: RequestOutcome,
): ProbePlan {
  const { elf, goVersion } = executable;
  const reads = fields.flatMap(({ location }) => location.kind === "register" ? [location.index] : []);
  const site = planner.site(found, reads);
  if (site.refusal !== "") {
    throw new TargetError(`${found.name} cannot be probed: ${site.refusal}`, { hint: "Name a handler." });
  }
  const convention = planner.convention(found);
  const address = found.address + site.offset;
  return {
    named: NAMED,
    symbol: found.name,
    role: "body",
    because: "requests begin or end there",
    signature: "",
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
    step,
    kind: "server",
    outcome,
    marked: false,
    recipe: RECIPE,
    fields,
    notes: conventionDoubts(executable, found, convention),
  };
}

/** The deferred closure that runs at the end of a connection's goroutine: it tells the connection's state. */
function connectionEnd(executable: GoExecutable): GoFunction | undefined {
  const { functions, elf } = executable;
  const [told] = functions.find("net/http.(*conn).setState");
  if (told === undefined) return undefined;
  return functions.containing("net/http.(*conn).serve.").find((closure) =>
    findCallees(executable.code(closure), { architecture: elf.header.machine, address: closure.address })
      .has(told.address)
  );
}

function startOf(
  { name }: GoFunction,
  location: ReturnType<typeof assignArguments>["parameters"][number]["components"][number] | undefined,
): Exclude<FieldStart, { kind: "writer" } | { kind: "request" }> {
  if (location !== undefined && location.kind !== "float-register") return location;
  throw new TargetError(`${name}: the place of its arguments is not known`, { hint: "Name a handler." });
}

function servesNothing({ functions }: GoExecutable): TargetError {
  const others = [
    ["github.com/valyala/fasthttp.(*Server).serveConn", "fasthttp"],
    ["google.golang.org/grpc.(*Server).handleStream", "gRPC"],
  ] as const;
  const there = others.filter(([symbol]) => functions.find(symbol).length > 0).map(([, name]) => name);
  const what = there.length > 0 ? `; it serves by ${there.join(" and ")}, which is not in this version` : "";
  return new TargetError(`it serves nothing by net/http${what}`, {
    hint: "Name a function: gohttpsnoop -l BINARY PATTERN lists those that can be traced.",
  });
}
