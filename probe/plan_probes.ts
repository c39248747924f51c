import { headerName, type Source, TargetError, UsageError } from "../base/mod.ts";
import { GoExecutable, isGlob } from "../go/mod.ts";
import { type CallOptions, CallPlanner } from "./call/call_planner.ts";
import { parseCondition, parseProbe } from "./expression/mod.ts";
import { FunctionPlanner } from "./function_planner.ts";
import { NamePlanner } from "./name_planner.ts";
import type { ExecutablePlans, ProbePlan } from "./plan.ts";
import { handlerRecipes } from "./recipes/handlers.ts";
import { SERVER_COLUMNS } from "./recipes/servers.ts";
import { ServerPlanner } from "./server_planner.ts";

/** How the probes read. */
export interface PlanOptions {
  /** The most bytes of a path that are captured, 1 to 4096. */
  readonly pathBytes: number;
  /** Also look for calls that no probe can see, which takes longer: for `--explain`. Default false. */
  readonly thorough?: boolean;
  /** With names: each request that comes to one of the handlers is told at its end, with what is known then. */
  readonly joined?: boolean;
  /**
   * Without names, for the whole server, and with `joined`: what is captured of each request. Of
   * {@linkcode SERVER_COLUMNS}, which is the default, and `handler`, and headers: `header:User-Agent`.
   */
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
 * @throws {UsageError} for a column that there is not.
 */
export function planProbes(
  source: Source,
  names: readonly string[],
  options: PlanOptions,
): ExecutablePlans {
  // What was not written well is told before the file is read.
  const probes = [...new Set(names)].map((text) => ({ text, probe: parseProbe(text) }));
  const calls = callOptions(options);
  checkColumns(options.columns ?? []);
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

function checkColumns(columns: readonly string[]): void {
  const known = [...SERVER_COLUMNS, "handler"];
  const unknown = columns.find((column) => !known.includes(column) && headerName(column) === undefined);
  if (unknown === undefined) return;
  throw new UsageError(`There is no column ${unknown} of a request`, {
    hint: `Choose from ${known.join(", ")}, header:NAME.`,
  });
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
