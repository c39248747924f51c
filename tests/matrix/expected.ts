/**
 * What is expected in every cell: which handlers can be named and by which functions they may be probed, the class
 * of the probe's instruction, and where the offsets come from.
 *
 * @module
 */
import type { ProbePlan, SiteClass } from "../../mod.ts";
import { minorOf } from "../toolchains.ts";
import { type Cell, VARIANTS } from "./cells.ts";

/** A handler as a user names it. */
export interface Handler {
  /** The probe. */
  readonly name: string;
  /** What the paths that reach it begin with. */
  readonly prefix: string;
  /** The functions that may stand for the name, each as a whole symbol. */
  readonly functions: RegExp;
  /** Whether each request takes a connection, so a goroutine whose stack is small, of its own. */
  readonly freshStacks?: boolean;
  /** Whether it uses no parameter: behind the stack check they may be lost, so the site is the check's branch. */
  readonly deaf?: boolean;
  /** The first minor version that builds it. Default: all do. */
  readonly since?: number;
}

/** The handlers of the example's server, which is an ordinary one. */
export const EXAMPLE_HANDLERS: Readonly<Record<"ping" | "hello", Handler>> = {
  ping: { name: "main.ping", prefix: "/ping", functions: /^main\.ping$/ },
  hello: { name: "main.hello", prefix: "/hello/", functions: /^main\.hello$/ },
};

/** The handlers of tests/servers/awkward. */
export const AWKWARD_HANDLERS: readonly Handler[] = [
  // Functions: one that is converted to a http.HandlerFunc, two with a frame of 32 KiB, one behind middleware.
  { name: "main.ping", prefix: "/ping/", functions: /^main\.ping$/ },
  { name: "main.big", prefix: "/big/", functions: /^main\.big$/, freshStacks: true },
  { name: "main.deaf", prefix: "/deaf/", functions: /^main\.deaf$/, freshStacks: true, deaf: true },
  { name: "main.behind", prefix: "/behind/", functions: /^main\.behind$/ },
  // Closures, of which the second is middleware.
  { name: "main.main.func1", prefix: "/closure/", functions: /^main\.main\.func1$/ },
  { name: "main.refuse.func1", prefix: "/refuse/", functions: /^main\.refuse\.func1$/ },
  // Methods with a pointer, a struct and a string as receiver. The last is inlined into its pointer's wrapper.
  {
    name: "main.(*counter).ServeHTTP",
    prefix: "/method/",
    functions: /^main\.\(\*counter\)\.ServeHTTP$/,
  },
  {
    name: "main.valueHandler.ServeHTTP",
    prefix: "/value/",
    functions: /^main\.(valueHandler|\(\*valueHandler\))\.ServeHTTP$/,
  },
  { name: "main.label.ServeHTTP", prefix: "/label/", functions: /^main\.(label|\(\*label\))\.ServeHTTP$/ },
  // Method values: of the second, the method value may have all that is left of the method.
  { name: "main.(*shop).Users", prefix: "/users/", functions: /^main\.\(\*shop\)\.Users(-fm)?$/ },
  { name: "main.(*shop).Orders", prefix: "/orders/", functions: /^main\.\(\*shop\)\.Orders(-fm)?$/ },
  // Embedded types: by the name of the method that embedding makes, and by the name of the one that is embedded.
  {
    name: "main.(*promoted).ServeHTTP",
    prefix: "/promoted/",
    functions: /^main\.\(\*(promoted|base)\)\.ServeHTTP$/,
  },
  {
    name: "main.(*inner).ServeHTTP",
    prefix: "/embedded/",
    functions: /^main\.(\(\*inner\)|\(\*embedded\)|embedded)\.ServeHTTP$/,
  },
  // Generics: every instance there is.
  { name: "main.generic[...]", prefix: "/generic/", functions: /^main\.generic\[.*\]$/, since: 18 },
  {
    name: "main.(*box[...]).ServeHTTP",
    prefix: "/box/",
    functions: /^main\.\(\*box\[.*\]\)\.ServeHTTP$/,
    since: 18,
  },
];

/**
 * The functions that may be probed at their entry, with the minor versions of Go where that is so, because they have
 * no stack check: the compiler's method of a type that embeds another, which only adds to the receiver and jumps.
 */
export const ENTRY_ALLOWED: Readonly<Record<string, readonly number[]>> = {
  "main.(*promoted).ServeHTTP": [12, 13, 14, 15, 16, 18, 19, 24, 25, 26, 27],
};

/** Where every offset of a plan has to come from: {@linkcode ProbePlan.fields}' `origin`. */
export function expectedOrigin({ variant }: Cell): string {
  return VARIANTS[variant].stripped ? "the runtime's type metadata" : "DWARF";
}

/** The class of a handler's site, but of those that {@linkcode ENTRY_ALLOWED} names. */
export function expectedClass({ version, variant }: Cell, { deaf = false }: Handler): SiteClass {
  // Without optimisation nothing is lost: every parameter has its place in memory.
  const lost = deaf && variant !== "debug";
  return minorOf(version) >= 21 && !lost ? "push" : "branch";
}

/** The handlers of tests/servers/awkward that a cell's Go can build. */
export function awkwardHandlers({ version }: Cell): Handler[] {
  return AWKWARD_HANDLERS.filter(({ since = 0 }) => minorOf(version) >= since);
}

/** What is wrong with the plans for one handler, in words; nothing when they are as expected. */
export function checkPlans(cell: Cell, handler: Handler, plans: readonly ProbePlan[]): string[] {
  const origin = expectedOrigin(cell);
  const minor = minorOf(cell.version);
  const problems = plans.length === 0 ? ["no function stands for it"] : [];
  for (const { symbol, site, fields, goVersion } of plans) {
    const entry = site.class === "entry" && ENTRY_ALLOWED[symbol]?.includes(minor) === true;
    if (!handler.functions.test(symbol)) problems.push(`${symbol} stands for it`);
    if (!entry && site.class !== expectedClass(cell, handler)) {
      problems.push(`${symbol} is probed at ${site.class}, ${site.instruction}: ${site.reason}`);
    }
    if (!site.once) problems.push(`${symbol} may be counted twice a call`);
    if (!entry && !site.emulated) problems.push(`${symbol}: ${site.instruction} is single-stepped`);
    for (const { expression, origin: actual } of fields) {
      if (actual !== origin) problems.push(`${symbol}: ${expression} is from ${actual}, not ${origin}`);
    }
    // 1.12 states its version where only its symbol leads to.
    const unstated = minor === 12 && VARIANTS[cell.variant].stripped && goVersion === "";
    if (goVersion !== `go${cell.version}` && !unstated) {
      problems.push(`${symbol}: the executable is said to be of ${goVersion || "an unknown Go"}`);
    }
  }
  return problems.map((problem) => `${handler.name}: ${problem}`);
}
