/**
 * Servers that net/http has no part in: they are told by name, and what can be done instead.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runTracer } from "../e2e/tracer.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { fetchModules } from "./go_module.ts";

/** The modules need it. */
const GO = "1.26.8";
const SERVERS: Readonly<Record<string, string>> = { fiber: "fasthttp", grpc: "gRPC" };

for (const [name, what] of Object.entries(SERVERS)) {
  for (const flags of [[], ["-ldflags=-s -w"]]) {
    Deno.test(`a server by ${what} is told as that: ${name}, ${flags.join(" ") || "default"}`, async () => {
      const toolchain = await ensureToolchain(GO);
      const dir = new URL(`../servers/${name}`, import.meta.url).pathname;
      await fetchModules(toolchain, dir, ".");
      const binary = await buildGo({ toolchain, dir, flags, output: name });
      const { code, stderr } = await runTracer([binary]);
      assert.match(
        stderr,
        new RegExp(
          `^gohttpsnoop: .*it serves nothing by net/http; it serves by ${what}, .*\\n {2}hint: .*-l BINARY`,
        ),
      );
      assert.equal(code, 4);
    });
  }
}
