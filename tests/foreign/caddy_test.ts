/**
 * Caddy as its authors publish it, over HTTPS: HTTP/1.1 and HTTP/2, with many streams of one connection at once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lineOf } from "../e2e/client.ts";
import { CADDY, startCaddy } from "./caddy.ts";
import { Certificate } from "./certificate.ts";
import { buildProgram } from "./go_module.ts";
import { sendRequests, uniqueRequests } from "./requests.ts";
import { assertListed, assertTraced } from "./tracing.ts";

const HANDLER = "github.com/caddyserver/caddy/v2/modules/caddyhttp.(*Server).ServeHTTP";

for (
  const { words, protocol, concurrency } of [
    { words: "HTTPS, one connection", protocol: "HTTP/1.1", concurrency: 1 },
    { words: "HTTPS, 20 connections", protocol: "HTTP/1.1", concurrency: 20 },
    { words: "HTTP/2, one stream after the other", protocol: "HTTP/2.0", concurrency: 1 },
    { words: "HTTP/2, 50 streams at once", protocol: "HTTP/2.0", concurrency: 50 },
  ] as const
) {
  Deno.test(`400 requests to caddy ${CADDY.version} print 400 lines: ${words}`, async () => {
    const binary = await buildProgram(CADDY);
    await using certificate = await Certificate.make();
    await using server = await startCaddy(binary, certificate);
    await assertTraced(binary, HANDLER, async () => {
      const { sent, clientPorts } = await sendRequests(
        `https://127.0.0.1:${server.port}`,
        uniqueRequests("/answer/", 400),
        {
          status: 200,
          protocol,
          concurrency,
          certificate: await Deno.readTextFile(certificate.certificateFile),
        },
      );
      if (protocol === "HTTP/2.0") assert.equal(clientPorts.size, 1, "all streams are of one connection");
      return sent;
    });
    assert.equal(await server.stop(), 0);
  });
}

Deno.test(`curl's 200 parallel requests over HTTP/2 to caddy ${CADDY.version} print 200 lines`, async () => {
  const binary = await buildProgram(CADDY);
  await using certificate = await Certificate.make();
  await using server = await startCaddy(binary, certificate);
  await assertTraced(binary, HANDLER, async () => {
    const run = crypto.randomUUID().slice(0, 8);
    const curl = await new Deno.Command("curl", {
      args: [
        ...["--silent", "--show-error", "--http2", "--parallel", "--parallel-max", "50", "--max-time", "60"],
        ...["--cacert", certificate.certificateFile],
        ...["--output", "/dev/null", "--write-out", "%{http_version} %{response_code}\\n"],
        `https://127.0.0.1:${server.port}/answer/${run}/[0-199]`,
      ],
      stdin: "null",
    }).output();
    assert.equal(curl.code, 0, new TextDecoder().decode(curl.stderr));
    assert.equal(new TextDecoder().decode(curl.stdout), "2 200\n".repeat(200));
    return Array.from({ length: 200 }, (_, i) => lineOf("GET", `/answer/${run}/${i}`));
  });
  assert.equal(await server.stop(), 0);
});

Deno.test(`-l names the handler of caddy ${CADDY.version}`, async () => {
  await assertListed(await buildProgram(CADDY), "*caddyhttp*ServeHTTP", HANDLER);
});
