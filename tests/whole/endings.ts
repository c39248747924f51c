import { Server } from "../e2e/server.ts";
import { pathOf, type Request, send, shorten } from "./load.ts";
import { exchange, RawConnection, requestText, statusOf } from "./raw.ts";
import type { RequestRecord } from "./records.ts";

/** What has to be printed of a request that was sent. */
export interface Expected {
  readonly uri: string;
  readonly method: string;
  readonly outcome: RequestRecord["outcome"];
  /** Absent where nothing was sent. */
  readonly status?: number;
  /** Absent where it depends on when the client left. */
  readonly bytes?: number;
  /** Whether the request was seen to begin. Default true. */
  readonly begun?: boolean;
}

/** One way in which requests end. */
interface Ending {
  readonly title: string;
  /** Sends requests, and gives what has to be printed of them. `id` is new each time. */
  readonly send: (server: Server, id: () => string) => Promise<readonly Expected[]>;
  /** The first minor version of Go 1 that has it. */
  readonly since?: number;
}

/** What is expected of a request that ends as the client saw it. */
const AS_SEEN = { outcome: "ok" } as const;

/** Requests by net/http's client, whose answers tell what is expected; `bytes` overrides the size it saw. */
function answered(
  title: string,
  http2: boolean,
  requests: (id: string) => Request & { wrote?: number },
  since = 0,
): Ending {
  return {
    title: `${title} by ${http2 ? "HTTP/2" : "HTTP/1.1"}`,
    since,
    async send(server, id) {
      const sent = Array.from({ length: 3 }, () => requests(id()));
      const { answers, failed } = await send(server, sent, { concurrency: 3, http2 });
      if (failed.length > 0) throw new Error(`${title}: ${failed[0]}`);
      return sent.map(({ method, uri, wrote }) => {
        const { status, bytes } = answers.find((answer) => answer.uri === uri)!;
        return { ...AS_SEEN, uri, method, status, bytes: wrote ?? bytes };
      });
    },
  };
}

/** Requests that the server breaks off. */
function broken(
  title: string,
  http2: boolean,
  path: (id: string) => string,
  status?: number,
  bytes = 0,
): Ending {
  return {
    title: `${title} by ${http2 ? "HTTP/2" : "HTTP/1.1"}`,
    async send(server, id) {
      const sent = Array.from({ length: 3 }, () => ({ method: "GET", uri: path(id()) }));
      const { answers } = await send(server, sent, { concurrency: 1, http2 });
      if (answers.length > 0) throw new Error(`${title}: ${answers[0]!.status} was answered`);
      // The client's own retries would be requests too: it makes none for the first request of a connection.
      return sent.map(({ method, uri }) => ({
        uri,
        method,
        outcome: "panic" as const,
        ...status === undefined ? {} : { status },
        bytes,
      }));
    },
  };
}

/** A request that is written by hand, with `Connection: close`. */
function raw(
  title: string,
  line: (id: string) => string,
  expected: Omit<Expected, "uri" | "method"> | undefined,
  headers: readonly string[] = [],
  body = "",
  answer = expected?.status ?? 0,
): Ending {
  return {
    title,
    async send({ http }, id) {
      const first = line(id());
      const text = await exchange(http, requestText(first, ["Connection: close", ...headers], body));
      if (statusOf(text) !== answer) throw new Error(`${title}: ${text.split("\r\n", 1)[0]}`);
      const [method = "", uri = ""] = first.split(" ");
      return expected === undefined ? [] : [{ uri, method, ...expected }];
    },
  };
}

/** A connection that the handler takes over and echoes by. */
function hijacked(title: string, path: (id: string) => string): Ending {
  return {
    title,
    async send({ http }, id) {
      const uri = path(id());
      await using connection = await RawConnection.open(http);
      await connection.write(requestText(`GET ${uri}`, ["Connection: Upgrade", "Upgrade: echo"]));
      await connection.until(/^HTTP\/1\.1 101 /);
      for (let i = 0; i < 20; i++) {
        await connection.write(`line ${i}\n`);
        await connection.until(new RegExp(`line ${i}\n`));
      }
      return [{ uri, method: "GET", outcome: "hijacked", bytes: 0 }];
    },
  };
}

const GET = (uri: string) => ({ method: "GET", uri });

/** What both protocols have. */
function usual(http2: boolean): Ending[] {
  return [
    answered("an empty handler", http2, (id) => GET(`/none/${id}`)),
    answered("a 204", http2, (id) => GET(`/s/204/0/${id}`)),
    answered("a 304", http2, (id) => GET(`/s/304/0/${id}`)),
    answered("a body that a 304 may not have", http2, (id) => ({ ...GET(`/s/304/9/${id}`), wrote: 0 })),
    answered("a HEAD", http2, (id) => ({ method: "HEAD", uri: `/s/200/500/${id}`, wrote: 500 })),
    answered("a body that is read", http2, (id) => ({ method: "POST", uri: `/read/${id}`, body: 100_000 })),
    answered("a body that is not read", http2, (id) => ({ method: "PUT", uri: `/unread/${id}`, body: 100 })),
    answered("1xx before the status", http2, (id) => GET(`/early/418/33/${id}`), 19),
    answered("a second WriteHeader", http2, (id) => GET(`/twice/201/3/${id}`)),
    answered("chunks", http2, (id) => GET(`/flushed/203/5500/${id}`)),
    answered("io.Copy", http2, (id) => GET(`/copied/200/123456/${id}`)),
    answered("http.Error", http2, (id) => GET(`/error/403/${id}`)),
    answered("a redirect", http2, (id) => GET(`/redirect/${id}`)),
    answered("no such path", http2, (id) => GET(`/nowhere/${id}`)),
    answered("a panic that middleware recovers", http2, (id) => GET(`/recovered/${id}`)),
    answered("panics that are recovered inside", http2, (id) => GET(`/inside/207/70/${id}`)),
    answered("TimeoutHandler, too late", http2, (id) => GET(`/timeout/${id}`)),
    answered("TimeoutHandler, in time", http2, (id) => GET(`/intime/201/50/${id}`)),
    answered("a wrapped writer", http2, (id) => GET(`/wrapped/202/51/${id}`)),
    answered("StripPrefix", http2, (id) => GET(`/strip/s/203/52/${id}`)),
    answered("a path that is rewritten", http2, (id) => GET(`/rewritten/a%20b/${id}?x=1`)),
    answered("a handler on another goroutine", http2, (id) => GET(`/elsewhere/207/54/${id}`)),
    answered("a request that is copied", http2, (id) => GET(`/context/206/53/${id}`)),
    answered("a path of 200 bytes", http2, (id) => GET(`/s/200/1/${id}/${"p".repeat(150)}`)),
    broken("a panic", http2, (id) => `/panic/${id}`),
    broken("http.ErrAbortHandler", http2, (id) => `/abort/${id}`),
    broken("a panic behind the answer", http2, (id) => `/late/201/1500/${id}`, 201, 1500),
    broken("runtime.Goexit", http2, (id) => `/goexit/${id}`),
    {
      title: `events until the client leaves by ${http2 ? "HTTP/2" : "HTTP/1.1"}`,
      async send({ http, https, certificate }, id) {
        using client = Deno.createHttpClient({ caCerts: [certificate], http1: !http2, http2 });
        const uri = `/events/${id()}`;
        const gone = new AbortController();
        const response = await fetch((http2 ? https : http) + uri, { client, signal: gone.signal });
        const reader = response.body!.getReader();
        for (let i = 0; i < 3; i++) await reader.read();
        gone.abort();
        await reader.closed.catch(() => {});
        return [{ ...AS_SEEN, uri, method: "GET", status: 200 }];
      },
    },
  ];
}

/** What only HTTP/1 has, and what no client library sends. */
const BY_HAND: readonly Ending[] = [
  // A client refuses such an answer by HTTP/2.
  answered("more than Content-Length", false, (id) => ({ ...GET(`/refused/200/10/${id}`), wrote: 22 })),
  raw("CONNECT", (id) => `CONNECT ${id}.example:443`, { ...AS_SEEN, status: 405, bytes: 9 }),
  raw("the absolute form", (id) => `GET http://other.example/s/202/7/${id}?x=1`, {
    ...AS_SEEN,
    status: 202,
    bytes: 7,
  }),
  raw("percent-encoded bytes", (id) => `GET /s/200/7/%00%ff%E2%80%AE/${id}?%zz`, {
    ...AS_SEEN,
    status: 200,
    bytes: 7,
  }),
  raw("a method of one's own", (id) => `BREW /s/418/7/${id}`, { ...AS_SEEN, status: 418, bytes: 7 }),
  raw(
    "Expect: 100-continue",
    (id) => `POST /read/${id}`,
    { ...AS_SEEN, status: 200, bytes: 1 },
    [
      "Expect: 100-continue",
      "Content-Length: 5",
    ],
    "12345",
    100,
  ),
  raw("Expect: 100-continue, and the body is not wanted", (id) => `POST /unread/${id}`, {
    ...AS_SEEN,
    status: 413,
    bytes: 8,
  }, [
    "Expect: 100-continue",
    "Content-Length: 5",
  ]),
  // net/http answers it itself, before its handler.
  raw("another Expect", (id) => `GET /s/200/7/${id}`, { ...AS_SEEN, status: 417, bytes: 0, begun: false }, [
    "Expect: cake",
  ]),
  raw("a body that is broken off", (id) => `POST /read/${id}`, { ...AS_SEEN, status: 200, bytes: 1 }, [
    "Transfer-Encoding: chunked",
  ], "zz\r\n"),
  raw("a request that is malformed", (id) => `GET /s/200/7/${id}`, undefined, ["no colon"], "", 400),
  raw(
    "headers that are too long",
    (id) => `GET /s/200/7/${id}`,
    undefined,
    [`Long: ${"x".repeat(1 << 21)}`],
    "",
    431,
  ),
  {
    title: "OPTIONS *",
    async send({ http }) {
      const text = await exchange(http, requestText("OPTIONS *", ["Connection: close"]));
      return [{ ...AS_SEEN, uri: "*", method: "OPTIONS", status: statusOf(text), bytes: 0 }];
    },
  },
  {
    title: "HTTP/1.0",
    async send({ http }, id) {
      const uri = `/s/201/3/${id()}`;
      await exchange(http, `GET ${uri} HTTP/1.0\r\n\r\n`);
      return [{ ...AS_SEEN, uri, method: "GET", status: 201, bytes: 3 }];
    },
  },
  {
    title: "requests in a pipeline",
    async send({ http }, id) {
      const paths = Array.from({ length: 5 }, (_, i) => `/s/20${i}/0/${id()}`);
      const last = requestText(`GET /s/299/4/${id()}`, ["Connection: close"]);
      const text = paths.map((path) => requestText(`GET ${path}`)).join("") + last;
      await exchange(http, text);
      return [
        ...paths.map((uri, i) => ({ ...AS_SEEN, uri, method: "GET", status: 200 + i, bytes: 0 })),
        { ...AS_SEEN, uri: last.split(" ")[1]!, method: "GET", status: 299, bytes: 4 },
      ];
    },
  },
  hijacked("a connection that is hijacked", (id) => `/hijack/${id}`),
  // It is seen when the request's goroutine ends, where panics are.
  hijacked("a connection that is hijacked on another goroutine", (id) => `/handover/${id}`),
  {
    title: "a client that leaves before the answer",
    async send({ http }, id) {
      const uri = `/sleep/50000/${id()}`;
      {
        await using connection = await RawConnection.open(http);
        await connection.write(requestText(`GET ${uri}`));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return [{ ...AS_SEEN, uri, method: "GET", status: 200, bytes: 5 }];
    },
  },
];

/** All endings that a minor version of Go 1 has. */
export function endings(minor: number): readonly Ending[] {
  return [...usual(false), ...usual(true), ...BY_HAND].filter(({ since = 0 }) => minor >= since);
}

/** What differs between what was expected and what was printed, in words. */
export function compareEndings(
  expected: ReadonlyMap<string, readonly Expected[]>,
  records: readonly RequestRecord[],
): string[] {
  const problems: string[] = [];
  const rest = new Set(records);
  for (const [title, list] of expected) {
    for (const want of list) {
      const found = records.filter(({ path }) => path === pathOf(want.uri));
      for (const record of found) rest.delete(record);
      if (found.length !== 1) problems.push(`${title}: printed ${found.length} times`);
      for (const record of found) {
        for (const key of ["method", "outcome", "status", "bytes"] as const) {
          if (key === "bytes" && want.bytes === undefined) continue;
          if (record[key] !== want[key]) problems.push(`${title}: ${key} ${record[key]}, not ${want[key]}`);
        }
        const begun = record.duration_ms !== undefined;
        if (begun !== (want.begun ?? true)) problems.push(`${title}: its latency is ${record.duration_ms}`);
      }
    }
  }
  for (const record of rest) problems.push(`printed, never sent: ${JSON.stringify(record)}`);
  return shorten([...new Set(problems)]);
}
