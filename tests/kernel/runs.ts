import { escapeText } from "../../event/escape.ts";
import type { Request, Run } from "./report.ts";

/** How many requests a run sends. */
export const REQUESTS = 23;

/** A run, and what it has to print when nothing is lost, doubled or mixed up. */
export interface ExpectedRun extends Run {
  /** The lines behind the header, in any order. */
  readonly lines: readonly string[];
  /** How many programs the tracer loads where the kernel has cookies, and where it has none. */
  readonly programs: { readonly cookies: number; readonly none: number };
}

/** The tracer's name in the machine's /bin, and that of handlers.ts. */
export const TRACER = "/bin/gohttpsnoop";
export const HANDLERS = "/bin/handlers";

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] as const;
const VIA = ["keep-alive", "close", "h2"] as const;

/** One handler of a server that runs already: main.hello, with a path of its own for each request. */
export function oneHandler(name: string, server: string): ExpectedRun {
  const requests = helloRequests();
  return {
    name,
    server,
    tracer: [TRACER, "-v", "--fail-on-lost", "--min-events", String(requests.length), server, "main.hello"],
    serverFirst: true,
    requests,
    lines: requests.map(tableLine),
    programs: { cookies: 1, none: 1 },
  };
}

/**
 * Two handlers of a server that starts later. They have the same fields, so that they share a program where cookies
 * say which one was hit, and need one each where there are none.
 */
export function twoHandlers(name: string, server: string): ExpectedRun {
  const requests = mixedRequests();
  const count = String(requests.length);
  return {
    name,
    server,
    tracer: [TRACER, "-v", "--fail-on-lost", "--min-events", count, server, "main.ping", "main.hello"],
    serverFirst: false,
    requests,
    lines: requests.map(tableLine),
    programs: { cookies: 1, none: 2 },
  };
}

/** The same by handlers.ts, which prints the handler of each request too: the two are not taken for each other. */
export function twoHandlersBySymbol(name: string, server: string): ExpectedRun {
  const requests = mixedRequests();
  return {
    name,
    server,
    tracer: [HANDLERS, server, "main.ping", "main.hello"],
    serverFirst: false,
    requests,
    lines: requests.map(({ method, path }) =>
      `${method} ${path} ${path === "/ping" ? "main.ping" : "main.hello"}`
    ),
    programs: { cookies: 1, none: 2 },
  };
}

/** What the command prints for a request. */
function tableLine({ method, path }: Request): string {
  return `${method.padEnd(10)} ${escapeText(decodeURIComponent(path))}`;
}

/** Unique paths, over each protocol; the longest that is captured whole, and one that has to be escaped. */
function helloRequests(): Request[] {
  return Array.from({ length: REQUESTS }, (_, i) => {
    const path = `/hello/${i}${i === 7 ? "%0a%1b" : ""}`;
    return {
      method: METHODS[i % METHODS.length]!,
      path: i === 11 ? path.padEnd(256, "x") : path,
      via: VIA[i % VIA.length]!,
    };
  });
}

/** To both handlers in turns. `/ping` has one path only, so the method makes its requests unique. */
function mixedRequests(): Request[] {
  return Array.from({ length: REQUESTS }, (_, i) => ({
    method: i % 2 === 0 ? `PING-${i}` : "GET",
    path: i % 2 === 0 ? "/ping" : `/hello/${i}`,
    via: VIA[i % VIA.length]!,
  }));
}
