import { callFieldTexts } from "./call/explain_call.ts";
import { type CallCost, callCosts, costText, hitCostNs, microseconds } from "./hit_cost.ts";
import type { FieldPlan, FieldStart, ProbePlan } from "./plan.ts";

/** Plans as text, for `--explain`; of functions whose calls are traced also what that costs. */
export function explainPlans(plans: readonly ProbePlan[]): string {
  const costs = callCosts(plans);
  return plans.map((plan) => explainPlan(plan, costs.get(plan.symbol))).join("\n\n");
}

/**
 * A plan as text, for `--explain`: some lines, without a newline at the end.
 *
 * @param cost of the function's calls, with all of its probes
 */
export function explainPlan(plan: ProbePlan, cost?: CallCost): string {
  const { site } = plan;
  const how = site.emulated
    ? "emulated by the kernel: one trap a hit"
    : "single-stepped by the kernel: two traps a hit";
  const lines: [string, string][] = [
    ["function", plan.symbol],
    ...plan.role === "body" && plan.named === plan.symbol
      ? []
      : [["stands for", `${plan.named}: ${plan.because}`] as [string, string]],
    ...plan.kind === "server" && plan.signature === ""
      ? []
      : [["signature", plan.signature || UNKNOWN_SIGNATURE] as [string, string]],
    ["address", hex(plan.address)],
    ["go", `${plan.goVersion || "unknown version"}, ${plan.architecture}, ${conventionText(plan)}`],
    ["site", `+${site.offset}, address ${hex(site.address)}, file offset ${hex(site.fileOffset)}`],
    ["instruction", `${site.instruction || "not decoded"} (${how}, ${costText(hitCostNs(site))})`],
    ["class", siteText(plan)],
    ["recipe", plan.recipe],
    ...plan.kind === "handler" ? [] : [["hit", STEPS[plan.step](plan)] as [string, string]],
    ...plan.kind === "call" && cost !== undefined ? [["cost", callCostText(cost)] as [string, string]] : [],
    ...plan.fields.map((field): [string, string] => [field.name, fieldText(field)]),
    ...plan.call === undefined ? [] : callFieldTexts(plan.call, plan.step),
    ...originTexts(plan.fields).map((text): [string, string] => ["offsets", text]),
    ...plan.notes.map((text): [string, string] => ["note", text]),
  ];
  return lines.map(([key, value]) => `${`${key} `.padEnd(12)}${value}`).join("\n");
}

/** Where probes are, a line for each, for `-v`; and what a hit and, with all of a function's probes, a call costs. */
export function siteLines(plans: readonly ProbePlan[]): string[] {
  const costs = callCosts(plans);
  return plans.map(({ symbol, site, goVersion }) => {
    const how = site.emulated ? "emulated, one trap a hit" : "single-stepped, two traps a hit";
    const cost = costs.get(symbol);
    const about = cost === undefined
      ? `about ${microseconds(hitCostNs(site))} a hit`
      : `about ${microseconds(hitCostNs(site))} a hit, ${microseconds(cost.callNs)} a call`;
    return `${symbol} +${site.offset} (${site.class}; ${how}, ${about}; ${goVersion})`;
  });
}

function callCostText({ callNs, hits }: CallCost): string {
  return `of a call, ${hits === 2 ? "its entry and one return" : "its entry"}: ${costText(callNs)}`;
}

const UNKNOWN_SIGNATURE = "not known: what is read there is shown only if it can be a request";

const STEPS: Readonly<Record<ProbePlan["step"], (plan: ProbePlan) => string>> = {
  "alone": () => "a call",
  "enter": () => "a call begins: its time and what is read here are kept until it returns",
  "return": () => "a call returns: what was kept of it and what is read here are told",
  "begin": () => "a request begins: its time, ResponseWriter and Request are kept by its goroutine",
  "mark": () => "a request has come to this handler: its site is kept",
  "end": () => "a request ends",
  "end-begun": ({ outcome }) => `a request that has begun on this goroutine ends: ${outcome}`,
};

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function conventionText({ convention, g }: ProbePlan): string {
  const where = convention === "register" ? "arguments in registers" : "arguments on the stack";
  switch (g.kind) {
    case "register":
      return `${where} (the stack check finds g in ${g.register})`;
    case "tls":
      return `${where} (the stack check loads g from thread-local storage)`;
    case "unknown":
      return where;
  }
}

function siteText({ site }: ProbePlan): string {
  switch (site.class) {
    case "push":
      return "push: behind the stack check, passed once a call";
    case "branch":
      return site.guard === "first-arrival"
        ? "branch: the stack check's own, where the arguments are whole; a return from growing the stack is not counted"
        : "branch: the stack check's own, counted when its flags say that it falls through";
    case "return":
      return "return: one of the places where it returns";
    case "call":
      return "call: within the function, on one way through it only";
    case "entry":
      return `entry: the first instruction${
        site.once ? "" : ", passed again when the stack grows"
      }: ${site.reason}`;
  }
}

/** `req.URL.Path: CX, pointer at +16, string at +56, up to 256 bytes`. */
function fieldText(field: FieldPlan): string {
  if (field.kind.kind === "duration") return "since the request began";
  if (field.kind.kind === "handler") return "the code of the http.HandlerFunc that it came to last";
  if (field.kind.kind === "mark") return "the handler, by its site";
  if (field.kind.kind === "word" && field.search === undefined) {
    return `${field.expression}: ${locationText(field.location)}`;
  }
  const steps = [
    locationText(field.location),
    ...field.derefs.map((offset) => `pointer at +${offset}`),
    field.search === undefined
      ? `${kindText(field)} at +${field.offset}`
      : `${field.search.typeName} at +${field.offset}, searched`,
  ];
  const cap = field.kind.kind === "integer"
    ? ""
    : field.kind.kind === "word"
    ? "; only whether it is there"
    : `, up to ${field.capBytes} bytes`;
  return `${field.expression}: ${steps.join(", ")}${cap}`;
}

function locationText(location: FieldStart): string {
  if (location.kind === "writer") return "the ResponseWriter";
  if (location.kind === "request") return "the Request";
  if (location.kind === "g") return "the goroutine";
  return location.kind === "register" ? location.name : `stack at +${location.offset}`;
}

function kindText({ kind }: FieldPlan): string {
  return kind.kind === "integer" ? `${kind.signed ? "int" : "uint"}${kind.size * 8}` : kind.kind;
}

function originTexts(fields: readonly FieldPlan[]): string[] {
  const origins = new Map<string, string[]>();
  for (const { origin, expression } of fields) {
    origins.set(origin, [...origins.get(origin) ?? [], expression]);
  }
  return [...origins].map(([origin, expressions]) => `${expressions.join(", ")}: from ${origin}`);
}
