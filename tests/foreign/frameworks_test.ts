/**
 * Servers on the routers that people use, default and stripped: the router itself is a handler that sees every request,
 * and behind it the program's own handler sees those that are routed to it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { ForeignServer } from "./foreign_server.ts";
import { fetchModules } from "./go_module.ts";
import { sendRequests, uniqueRequests } from "./requests.ts";
import { assertListed, assertTraced } from "./tracing.ts";

/** The routers' modules need it. */
const GO = "1.26.8";
/** Requests below each prefix. */
const COUNT = 100;

/** How the server is built. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  stripped: ["-ldflags=-s -w"],
};

/** The routers by the server's names, and their handlers with the prefixes that each sees. */
const ROUTERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  gin: {
    "github.com/gin-gonic/gin.(*Engine).ServeHTTP": ["/own/", "/router/"],
    "main.plain": ["/own/"],
  },
  echo: {
    "github.com/labstack/echo/v4.(*Echo).ServeHTTP": ["/own/", "/router/"],
    "main.plain": ["/own/"],
  },
  chi: {
    "github.com/go-chi/chi/v5.(*Mux).ServeHTTP": ["/own/", "/router/"],
    "main.plain": ["/own/"],
    "main.(*api).show": ["/router/"],
  },
  gorilla: {
    "github.com/gorilla/mux.(*Router).ServeHTTP": ["/own/", "/router/"],
    "main.plain": ["/own/"],
    "main.(*api).show": ["/router/"],
  },
};

for (const [variant, flags] of Object.entries(VARIANTS)) {
  for (const [router, handlers] of Object.entries(ROUTERS)) {
    for (const [handler, seen] of Object.entries(handlers)) {
      Deno.test(`each request prints a line: ${router}, ${variant}, ${handler}`, async () => {
        const binary = await build(flags);
        await assertListed(binary, handler.replace(/^.*[/.]/, "*."), handler);
        await using server = await ForeignServer.start({
          binary,
          args: (port) => ["-router", router, "-http", `127.0.0.1:${port}`],
          ready: /^listening on /,
        });
        await assertTraced(binary, handler, async () => {
          const sent: string[] = [];
          for (const prefix of ["/own/", "/router/"]) {
            const requests = uniqueRequests(prefix, COUNT);
            const log = await sendRequests(`http://127.0.0.1:${server.port}`, requests, {
              status: 200,
              concurrency: 8,
            });
            if (seen.includes(prefix)) sent.push(...log.sent);
          }
          return sent;
        });
        assert.equal(await server.stop(), 0);
      });
    }
  }
}

/** Handlers of the routers' own kinds, which a signature tells; of echo's nothing is known before the request ends. */
const OWN_HANDLERS = { gin: "main.newGin.func1", echo: "main.newEcho.func1" } as const;

for (const [router, handler] of Object.entries(OWN_HANDLERS)) {
  Deno.test(`each request to a handler of the router's own kind prints a line: ${router}`, async () => {
    const binary = await build([]);
    await using server = await ForeignServer.start({
      binary,
      args: (port) => ["-router", router, "-http", `127.0.0.1:${port}`],
      ready: /^listening on /,
    });
    const sendBoth = async () => {
      const origin = `http://127.0.0.1:${server.port}`;
      const send = (prefix: string) =>
        sendRequests(origin, uniqueRequests(prefix, COUNT), { status: 200, concurrency: 8 });
      await send("/own/");
      return (await send("/router/")).sent;
    };
    await assertTraced(binary, handler, sendBoth, "method,path");
    // Joined with the ends of their requests, both have a status.
    const withStatus = async () => (await sendBoth()).map((line) => `200     ${line}`);
    await assertTraced(binary, handler, withStatus, "status,method,path");
  });
}

const DIR = new URL("../servers/frameworks", import.meta.url).pathname;
let fetched: Promise<void> | undefined;

async function build(flags: readonly string[]): Promise<string> {
  const toolchain = await ensureToolchain(GO);
  await (fetched ??= fetchModules(toolchain, DIR, "."));
  return await buildGo({ toolchain, dir: DIR, flags, output: "frameworks" });
}
