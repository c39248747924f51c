import { TargetError } from "../../base/mod.ts";
import {
  type GoExecutable,
  type GoSignature,
  parseFunctionName,
  signatureText,
  type Target,
} from "../../go/mod.ts";
import { findReturns, type ReturnSite } from "../../isa/mod.ts";
import type { Condition, Expression, ProbeExpression } from "../expression/mod.ts";
import { ExpressionError, printExpression } from "../expression/mod.ts";
import type { FunctionPlanner } from "../function_planner.ts";
import type { ProbePlan } from "../plan.ts";
import type { ShownValue } from "../value_plan.ts";
import { ConditionCompiler } from "./condition_compiler.ts";
import { Environment, type NamedOperand } from "./environment.ts";
import { ExpressionCompiler, type Moment } from "./expression_compiler.ts";
import { KnownTypes } from "./known_types.ts";
import { CALL_LIMITS, type CallField, type CallProgram, type ConditionTerm } from "./program.ts";
import { registersOf } from "./registers.ts";
import { TooMuch, ValueBuilder } from "./value_builder.ts";

/** How calls are shown. */
export interface CallOptions {
  /** The most bytes of a text that are captured. */
  readonly textBytes: number;
  /** Also the goroutine and, at the return, how long the call took. */
  readonly extended: boolean;
  /** Only calls that meet it. */
  readonly where?: { readonly text: string; readonly condition: Condition };
  /** Only calls that take so long. */
  readonly minDurationNs: number;
}

/** The least of a text that is worth being captured. */
const MIN_TEXT_BYTES = 16;
const WORD = 8;
/** Head, field words, and what rounding may add to each field. */
const RECORD_HEAD = 16;

/** Plans the probes on any function: the values of its arguments where it begins, of its results where it returns. */
export class CallPlanner {
  readonly #executable: GoExecutable;
  readonly #planner: FunctionPlanner;
  readonly #types: KnownTypes;
  readonly #options: CallOptions;

  constructor(executable: GoExecutable, planner: FunctionPlanner, options: CallOptions) {
    this.#executable = executable;
    this.#planner = planner;
    this.#types = new KnownTypes(executable.types, executable.goVersion);
    this.#options = options;
  }

  /**
   * The plans for one function: one where it begins, and one for each place where it returns if results, durations or
   * conditions need that.
   *
   * @param text what the probe was read from
   * @throws {ExpressionError} when an expression does not fit the function.
   * @throws {TargetError} when the function cannot be probed.
   */
  plan(text: string, probe: ProbeExpression, target: Target): ProbePlan[] {
    const { function: found } = target;
    const facts = this.#executable.functions.facts.functionInfo(found.address);
    // Assembly has an entry in DWARF, without its arguments.
    const stated = facts?.file?.endsWith(".s")
      ? undefined
      : this.#executable.types.describedSignature(found.name, found.address);
    const signature = stated && this.#named(stated.signature, target);
    const environment = new Environment({
      symbol: found.name,
      architecture: this.#executable.elf.header.machine,
      convention: this.#planner.convention(found),
      hasDictionary: target.dictionary,
      stated: stated && signature && {
        ...stated,
        signature,
        argsBytes: facts?.argsBytes,
        locations: stated.origin === "DWARF"
          ? this.#executable.types.dwarf?.parameterLocations(found.name, found.address)
          : undefined,
      },
    });
    if (probe.results !== undefined && environment.lacksResults) {
      throw new TargetError(`the results of ${found.name} are not described in this executable`, {
        hint: "Go 1.17 leaves them out: ask for its arguments only, or build with another version.",
      });
    }
    const call = this.#program(text, probe, environment);
    const isKept = call.durationField >= 0;
    const begin = this.#planEntry(probe, target, signature, call, isKept);
    return isKept ? [begin, ...this.#planReturns(begin, target)] : [begin];
  }

  /** What is read and shown. What is named comes first: of what is shown whole, that is left out which does not fit. */
  #program(text: string, probe: ProbeExpression, environment: Environment): CallProgram {
    const { extended, minDurationNs } = this.#options;
    const values = new ValueBuilder(this.#types, this.#goidOffset());
    const condition = this.#condition(environment, values);
    const goidField = extended && this.#goidOffset() !== undefined
      ? values.variable("$goid", "goid", true)
      : -1;
    const isWhole = probe.args === undefined && probe.results === undefined;
    const named = isWhole ? [] : this.#show(text, environment, values, probe.args ?? [], "entry");
    const results = this.#show(text, environment, values, probe.results ?? [], "return");
    const isToldAtReturn = probe.results !== undefined || extended || minDurationNs > 0 ||
      values.fields.some(({ fromEntry }) => !fromEntry);
    const durationField = isToldAtReturn ? this.#duration(text, values) : -1;
    const args = isWhole ? environment.parameters.map((parameter) => this.#whole(values, parameter)) : named;
    const capBytes = textCapacity(values.fields, this.#options.textBytes, condition);
    return {
      args,
      results,
      durationField,
      goidField,
      condition,
      minDurationNs,
      fields: values.fields.map((field) => ({ ...field, capBytes: isText(field) ? capBytes : WORD })),
    };
  }

  #duration(text: string, values: ValueBuilder): number {
    return this.#fitting(text, 0, () => values.variable("$duration", "duration", false));
  }

  /**
   * A signature whose receiver has a name: of a wrapper it is that of the method which the compiler inlined into it. To Go
   * 1.26 its own is not described.
   */
  #named(signature: GoSignature, { function: found, role }: Target): GoSignature {
    const { receiver } = signature;
    if (role !== "wrapper" || receiver === undefined || receiver.name !== "") return signature;
    const { functions, types } = this.#executable;
    const own = parseFunctionName(found.name).name;
    for (const inlined of functions.facts.inlinedInto(found.address) ?? []) {
      if (parseFunctionName(inlined).name !== own) continue;
      for (const { name, address } of functions.find(inlined)) {
        const method = types.describedSignature(name, address)?.signature.receiver;
        if (method !== undefined) {
          return { ...signature, receiver: { name: method.name, type: receiver.type } };
        }
      }
    }
    return signature;
  }

  /** A parameter as a whole; what does not fit is left out. */
  #whole(values: ValueBuilder, { name, operand }: NamedOperand): ShownValue {
    try {
      return { text: name, value: values.build(name, operand, true) };
    } catch (error) {
      if (error instanceof TooMuch) return { text: name, value: { kind: "omitted" } };
      throw error;
    }
  }

  #show(
    text: string,
    environment: Environment,
    values: ValueBuilder,
    expressions: readonly Expression[],
    moment: Moment,
  ): ShownValue[] {
    const compiler = new ExpressionCompiler(environment, this.#types, text);
    return expressions.map((expression) => {
      const compiled = compiler.compile(expression, moment);
      const name = printExpression(expression);
      return this.#fitting(text, expression.at, () => ({
        text: name,
        value: values.build(name, compiled.operand, compiled.moment === "entry"),
      }));
    });
  }

  #condition(environment: Environment, values: ValueBuilder): ConditionTerm[] {
    const { where } = this.#options;
    if (where === undefined) return [];
    const { text, condition } = where;
    const expressions = new ExpressionCompiler(environment, this.#types, text);
    const compiler = new ConditionCompiler(expressions, values, text);
    return this.#fitting(text, condition.at, () => compiler.compile(condition));
  }

  #fitting<T>(text: string, column: number, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      throw new ExpressionError(error.message, { text, column, hint: "Ask for less, or in two runs." });
    }
  }

  #planEntry(
    probe: ProbeExpression,
    { function: found, role, because }: Target,
    signature: GoSignature | undefined,
    call: CallProgram,
    isKept: boolean,
  ): ProbePlan {
    const reads = call.fields.filter(({ fromEntry }) => fromEntry).flatMap(registersOf);
    const place = this.#planner.placeReading(found, [...new Set(reads)], { hint: "Name another function." });
    const needsG = isKept ||
      call.fields.some(({ start, kind }) => start.kind === "g" && kind.kind === "integer");
    return {
      ...place,
      g: needsG && place.site.class === "entry" ? this.#gInMemory(place) : place.g,
      named: probe.name,
      role,
      because,
      signature: signature === undefined ? "" : signatureText(signature),
      step: isKept ? "enter" : "alone",
      kind: "call",
      outcome: "ok",
      recipe: "call",
      fields: [],
      call,
      notes: [...place.notes, ...unreadableNotes(call)],
    };
  }

  #planReturns(entry: ProbePlan, { function: found }: Target): ProbePlan[] {
    const { elf } = this.#executable;
    const { returns, tailJumps, complete, reason } = findReturns(this.#executable.wholeCode(found), {
      architecture: elf.header.machine,
      address: found.address,
    });
    if (!complete) {
      throw new TargetError(`where ${found.name} returns cannot be told: ${reason}`, {
        hint: "Ask for its arguments only.",
      });
    }
    if (returns.length === 0) {
      throw new TargetError(`${found.name} never returns here`, { hint: "Ask for its arguments only." });
    }
    const refused = returns.find(({ refusal }) => refusal !== "");
    if (refused !== undefined) {
      throw new TargetError(`${found.name} cannot be probed where it returns: ${refused.refusal}`, {
        hint: "Ask for its arguments only.",
      });
    }
    const note = tailJumps.length === 0
      ? []
      : [`${found.name} may end by jumping to another function: such calls are not shown`];
    return returns.map((site, i) => ({
      ...entry,
      g: this.#gInMemory(entry),
      site: this.#returnSite(found.address, site),
      step: "return",
      notes: i === 0 ? note : [],
    }));
  }

  #returnSite(address: number, { offset, emulated, instruction }: ReturnSite): ProbePlan["site"] {
    const { elf } = this.#executable;
    return {
      offset,
      emulated,
      instruction,
      class: "return",
      guard: "none",
      once: true,
      reason: "",
      address: address + offset,
      fileOffset: elf.addressToFileOffset(address + offset),
    };
  }

  /**
   * To Go 1.16 no register has the goroutine where a function returns, nor where it begins without a stack check: it is in
   * the thread's own memory.
   */
  #gInMemory(
    { g, convention, symbol, architecture }: Pick<ProbePlan, "g" | "convention" | "symbol" | "architecture">,
  ) {
    if (convention === "register" || architecture === "aarch64") return g;
    const known = g.kind === "tls" && g.offset !== undefined ? g : this.#planner.usualG();
    if (known.kind === "tls" && known.offset !== undefined) return known;
    throw new TargetError(`${symbol}: where this program keeps its goroutines cannot be told`, {
      hint: "Ask for its arguments only.",
    });
  }

  /** Of a goroutine's ID in `runtime.g`; undefined where its layout is not known. */
  #goidOffset(): number | undefined {
    return this.#types.find("runtime.g")?.fields.find(({ name }) => name === "goid")?.offset;
  }
}

function isText({ kind }: Pick<CallField, "kind">): boolean {
  return kind.kind === "string" || kind.kind === "string-in-registers";
}

/** What each text gets of a record: as much as was asked for, or an equal share of what there is. */
function textCapacity(
  fields: readonly Pick<CallField, "kind">[],
  wanted: number,
  condition: readonly ConditionTerm[],
): number {
  const texts = fields.filter(isText).length;
  if (texts === 0) return 0;
  const room = CALL_LIMITS.recordBytes - RECORD_HEAD - fields.length * (4 + 8) - 8;
  const share = Math.floor(room / texts / 8) * 8;
  const compared = Math.max(
    0,
    ...condition.map(({ operand }) => typeof operand === "bigint" ? 0 : operand.length),
  );
  return Math.max(MIN_TEXT_BYTES, Math.min(share, Math.ceil(Math.max(wanted, compared) / 8) * 8));
}

function unreadableNotes({ args, results }: CallProgram): string[] {
  return [...args, ...results].flatMap(({ text, value }) =>
    value.kind === "unreadable" ? [`${text} is not shown: it is ${value.reason}`] : []
  );
}
