import { escapeText } from "../../event/escape.ts";
import type { Request, Run } from "./report.ts";

/** How many requests a run sends. */
export const REQUESTS = 23;

/** A run, and what has to come of it. */
export type ExpectedRun = TracedRun | RefusedRun;

/** A run that has to print each request when nothing is lost, doubled or mixed up. */
export interface TracedRun extends Run {
  /** The command, which tells how it is attached and what it counted, or handlers.ts, which says nothing more. */
  readonly by: "command" | "library";
  /** The lines behind the header, in any order. */
  readonly lines: readonly string[];
  /** How many programs the tracer loads where the kernel has cookies, and where it has none. */
  readonly programs: { readonly cookies: number; readonly none: number };
  /** Whether goroutines' stacks have to grow at the probes, so that some calls arrive there twice. */
  readonly grows: boolean;
}

/** A run in which the tracer has to end by itself. */
export interface RefusedRun extends Run {
  readonly exitCode: number;
  /** All that it says, line by line. */
  readonly message: readonly RegExp[];
}

/** The tracer's name in the machine's /bin, and that of handlers.ts. */
export const TRACER = "/bin/gohttpsnoop";
export const HANDLERS = "/bin/handlers";

/** What the command writes for handlers. */
const TABLE_HEADER = "Method     Path";
/** What handlers.ts begins with. */
const LIBRARY_HEADER = "Method Path Symbol";

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] as const;
const VIA = ["keep-alive", "close", "h2"] as const;

/** One handler of a server that runs already: main.hello, with a path of its own for each request. */
export function oneHandler(name: string, server: string): TracedRun {
  return run(name, server, ["main.hello"], helloRequests(), {
    serverFirst: true,
    programs: { cookies: 1, none: 1 },
  });
}

/**
 * Two handlers of a server that starts later. They have the same fields, so that they share a program where cookies
 * say which one was hit, and need one each where there are none.
 */
export function twoHandlers(name: string, server: string): TracedRun {
  return run(name, server, ["main.ping", "main.hello"], mixedRequests(), {
    programs: { cookies: 1, none: 2 },
  });
}

/** The same by handlers.ts, which prints the handler of each request too: the two are not taken for each other. */
export function twoHandlersBySymbol(name: string, server: string): TracedRun {
  const requests = mixedRequests();
  return {
    ...twoHandlers(name, server),
    by: "library",
    header: LIBRARY_HEADER,
    tracer: [HANDLERS, server, "main.ping", "main.hello"],
    lines: requests.map(({ method, path }) =>
      `${method} ${path} ${path === "/ping" ? "main.ping" : "main.hello"}`
    ),
  };
}

/**
 * Without a handler: each request at its end. What is asked for makes it keep the time, read the status, and look for a
 * header.
 */
export function wholeServer(name: string, server: string): TracedRun {
  const flags = ["-F", "method,header:user-agent,path", "--status", "200", "--min-latency", "1us"];
  const requests = mixedRequests();
  return run(name, server, flags, requests, {
    header: "Method     User-Agent       Path",
    lines: requests.map(({ method, path, via }) =>
      `${method.padEnd(10)} Go-http-client/${via === "h2" ? "2.0" : "1.1"} ${path}`
    ),
    // It begins, and ends by HTTP/1 and HTTP/2, in each as it should or by a panic.
    programs: { cookies: 5, none: 5 },
  });
}

/** A function that is no handler, with an argument and a result: it is called once for the target of each request. */
export function callsWithResult(name: string, server: string, returns: number): TracedRun {
  const requests = mixedRequests();
  return run(name, server, ["net/url.(*URL).setPath(p) -> (ret0)"], requests, {
    header: "p          ret0",
    lines: requests.map(({ path }) => `${path.padEnd(10)} <nil>`),
    programs: { cookies: 2, none: 1 + returns },
  });
}

/** The same by handlers.ts, which reads all that is known of a request. */
export function wholeServerByLibrary(name: string, server: string): TracedRun {
  return {
    ...wholeServer(name, server),
    by: "library",
    header: LIBRARY_HEADER,
    tracer: [HANDLERS, server],
    lines: mixedRequests().map(({ method, path }) => `${method} ${path} 200`),
  };
}

/**
 * The handlers of tests/servers/awkward: two whose frame makes the stack grow, one of which does not use its request,
 * and a method.
 */
export function awkwardHandlers(name: string, server: string, programs: TracedRun["programs"]): TracedRun {
  const requests = Array.from({ length: REQUESTS }, (_, i): Request => ({
    method: METHODS[i % METHODS.length]!,
    path: `/${["big", "deaf", "method", "value"][i % 4]}/${i}`,
    // A connection of its own is a new goroutine, whose stack has to grow.
    via: i % 5 === 0 ? "keep-alive" : "close",
  }));
  const handlers = ["main.big", "main.deaf", "main.(*counter).ServeHTTP", "main.valueHandler.ServeHTTP"];
  return run(name, server, handlers, requests, { tls: false, programs, grows: true });
}

/** A server for another architecture than the machine's, which is not run. */
export function otherArchitecture(name: string, server: string, built: string, machine: string): RefusedRun {
  return {
    name,
    server: "",
    tls: false,
    tracer: [TRACER, server, "main.hello"],
    header: TABLE_HEADER,
    serverFirst: false,
    requests: [],
    exitCode: 4,
    message: [
      new RegExp(`^gohttpsnoop: ${server} is built for ${built}, and this machine is ${machine}$`),
      /^ {2}hint: /,
    ],
  };
}

function run(
  name: string,
  server: string,
  handlers: readonly string[],
  requests: readonly Request[],
  expected: Pick<TracedRun, "programs"> & Partial<TracedRun>,
): TracedRun {
  return {
    name,
    by: "command",
    header: TABLE_HEADER,
    server,
    tls: true,
    tracer: [TRACER, "-v", "--fail-on-lost", "--min-events", String(requests.length), server, ...handlers],
    serverFirst: false,
    requests,
    lines: requests.map(tableLine),
    grows: false,
    ...expected,
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
