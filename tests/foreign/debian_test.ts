/**
 * Servers of Debian's packages, which nobody here compiled: each really runs, a handler of its own is found by `-l` and
 * traced, and what is printed is what the client sent. Where they cannot be had the tests are skipped with the reason;
 * in CI (`CI=true`) they fail.
 *
 * @module
 */
import assert from "node:assert/strict";
import { debianServer, reasonToSkip, RELEASES } from "./debian.ts";
import { startCaddy } from "./caddy.ts";
import type { ForeignServer } from "./foreign_server.ts";
import { startPrometheus } from "./prometheus.ts";
import { type SendOptions, sendRequests, uniqueRequests } from "./requests.ts";
import { assertListed, assertTraced } from "./tracing.ts";

const COUNT = 100;

/** A handler that sees the requests below a prefix, and how it answers them. */
interface Case extends SendOptions {
  readonly handler: string;
  /** With which `-l` names it. */
  readonly pattern: string;
  readonly prefix: string;
  readonly methods?: readonly string[];
}

const CASES: Readonly<Record<"caddy" | "prometheus", readonly Case[]>> = {
  caddy: [
    {
      handler: "github.com/caddyserver/caddy/v2/modules/caddyhttp.(*Server).ServeHTTP",
      pattern: "*caddyhttp*ServeHTTP",
      prefix: "/answer/",
      status: 200,
      protocol: "HTTP/1.1",
    },
    {
      handler: "github.com/caddyserver/caddy/v2/modules/caddyhttp.(*Server).ServeHTTP",
      pattern: "*(*Server).ServeHTTP",
      prefix: "/files/",
      methods: ["GET", "HEAD"],
      status: 404,
      protocol: "HTTP/1.1",
    },
    {
      // A value receiver, whose type the runtime's metadata has.
      handler: "net/http.serverHandler.ServeHTTP",
      pattern: "*serverHandler.ServeHTTP",
      prefix: "/answer/",
      status: 200,
      protocol: "HTTP/1.1",
    },
  ],
  prometheus: [
    {
      handler: "github.com/prometheus/common/route.(*Router).ServeHTTP",
      pattern: "*prometheus*ServeHTTP",
      prefix: "/nothing/",
      status: 404,
    },
    {
      handler: "github.com/julienschmidt/httprouter.(*Router).ServeHTTP",
      pattern: "*(*Router).ServeHTTP",
      prefix: "/nothing/",
      status: 404,
    },
    {
      handler: "net/http.(*ServeMux).ServeHTTP",
      pattern: "net/http.*",
      prefix: "/api/v1/label/",
      methods: ["GET", "HEAD"],
      status: 404,
    },
    {
      // A method value: net/http calls the wrapper consoles-fm, and that calls the method.
      handler: "github.com/prometheus/prometheus/web.(*Handler).consoles",
      pattern: "*prometheus/web.(*Handler).*",
      prefix: "/consoles/",
      methods: ["GET"],
      status: 404,
    },
    {
      handler: "github.com/prometheus/prometheus/web.serveDebug",
      pattern: "*prometheus/web.*",
      prefix: "/debug/",
      methods: ["GET", "POST"],
      status: 404,
    },
  ],
};

const START: Readonly<Record<"caddy" | "prometheus", (binary: string) => Promise<ForeignServer>>> = {
  caddy: startCaddy,
  prometheus: startPrometheus,
};

const reason = await reasonToSkip();
if (reason !== undefined) console.error(`skipped: ${reason}`);

for (const release of RELEASES) {
  for (const name of release.packages) {
    for (const { handler, pattern, prefix, methods, ...options } of CASES[name]) {
      const words = `${name} of ${release.name}, ${handler}, ${prefix}`;
      const title = `${2 * COUNT} requests print ${2 * COUNT} lines: ${words}`;
      Deno.test(title, { ignore: reason !== undefined }, async () => {
        const binary = await debianServer(release, name);
        await assertListed(binary, pattern, handler);
        await using server = await START[name](binary);
        await assertTraced(binary, handler, async () => {
          const send = async (concurrency: number) => {
            const requests = uniqueRequests(prefix, COUNT, methods);
            const origin = `http://127.0.0.1:${server.port}`;
            return (await sendRequests(origin, requests, { ...options, concurrency })).sent;
          };
          return [...await send(1), ...await send(8)];
        });
        assert.equal(await server.stop(), 0);
      });
    }
  }
}
