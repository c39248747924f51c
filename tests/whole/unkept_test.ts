/**
 * Requests that begin when so many others are open that there is no room to remember them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { BegunLayout, GoroutineLayout } from "../../bpf/mod.ts";
import { addressOf, allocate, Native } from "../../ffi/mod.ts";
import { Server } from "../e2e/server.ts";
import { Tracer } from "../e2e/tracer.ts";
import { QUICK_VERSIONS } from "../toolchains.ts";
import { buildWhole } from "./programs.ts";
import { RawConnection, requestText } from "./raw.ts";

/** linux/bpf.h's commands; the second came with Linux 5.6. */
const BPF_MAP_GET_FD_BY_ID = 14;
const BPF_MAP_UPDATE_BATCH = 26;

/** The map of open requests, by its sizes: the only one of a tracer that has them. */
function openRequestsOf(tracer: number): { readonly id: number; readonly capacity: number } {
  for (const { name } of Deno.readDirSync(`/proc/${tracer}/fdinfo`)) {
    const text = Deno.readTextFileSync(`/proc/${tracer}/fdinfo/${name}`);
    const number = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+)$`, "m").exec(text)?.[1]);
    if (number("key_size") !== GoroutineLayout.byteLength) continue;
    if (number("value_size") === BegunLayout.byteLength) {
      return { id: number("map_id"), capacity: number("max_entries") };
    }
  }
  throw new Error("the tracer has no map of open requests");
}

/**
 * Fills a tracer's map with requests on goroutines that are none, of a process that runs.
 *
 * @param entries how many there are
 */
function fillOpenRequests(tracer: number, server: number, entries: number): void {
  const { id, capacity } = openRequestsOf(tracer);
  using native = new Native();
  const head = allocate(12);
  new DataView(head.buffer).setUint32(0, id, true);
  const fd = native.checkNegative(native.bpf(BPF_MAP_GET_FD_BY_ID, head), "Cannot open the map");
  const keys = allocate(capacity * GoroutineLayout.byteLength);
  const values = allocate(capacity * BegunLayout.byteLength);
  const view = new DataView(keys.buffer);
  for (let i = 0; i < capacity; i++) {
    view.setBigUint64(i * GoroutineLayout.byteLength + GoroutineLayout.g.offset, BigInt(i + 1), true);
    view.setBigUint64(i * GoroutineLayout.byteLength + GoroutineLayout.pid.offset, BigInt(server), true);
  }
  // union bpf_attr's batch: in_batch, out_batch, keys, values; then u32 count, u32 map_fd; u64 elem_flags, flags.
  const batch = allocate(56);
  const attr = new DataView(batch.buffer);
  attr.setBigUint64(16, addressOf(keys), true);
  attr.setBigUint64(24, addressOf(values), true);
  attr.setUint32(32, capacity - entries, true);
  attr.setUint32(36, fd, true);
  native.checkNegative(native.bpf(BPF_MAP_UPDATE_BATCH, batch), "Cannot fill the map");
  native.libc.close(fd);
}

Deno.test("requests for which there was no room when they began are shown without latency, and counted at the end", async () => {
  const binary = await buildWhole(QUICK_VERSIONS[2], "default");
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["--json", binary]).started(/"attached"/);
  // Each on a connection of its own, which stays open: what was kept of a goroutine's request has room for its next one.
  await using connections = new AsyncDisposableStack();
  const get = async (path: string) => {
    const connection = connections.use(await RawConnection.open(server.http));
    await connection.write(requestText(`GET /s/200/1/${path}`));
    await connection.until(/\r\n\r\n./);
  };
  await get("known");
  await tracer.printed(1);
  fillOpenRequests(tracer.pid, server.pid, 1);
  await get("first");
  await get("second");
  await tracer.printed(3);
  const { code, stdout, stderr } = await tracer.stop();
  const objects = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const requests = objects.filter(({ type }) => type === "request");
  assert.deepEqual(requests.map(({ path, duration_ms }) => [path, duration_ms !== undefined]), [
    ["/s/200/1/known", true],
    ["/s/200/1/first", false],
    ["/s/200/1/second", false],
  ]);
  const told = /^2 requests began when there was no room to remember them: how long they took is not known/;
  assert.ok(objects.some(({ type, message }) => type === "note" && told.test(message)), stdout);
  assert.match(stderr, /note: 2 requests began when there was no room/);
  assert.equal(code, 0);
});
