/**
 * Requests that begin when so many others are open that there is no room to remember them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { BegunLayout, GoroutineLayout, TableEntryLayout, TableSize } from "../../bpf/mod.ts";
import { addressOf, allocate, Native } from "../../ffi/mod.ts";
import { Server } from "../e2e/server.ts";
import { Tracer } from "../e2e/tracer.ts";
import { QUICK_VERSIONS } from "../toolchains.ts";
import { buildWhole } from "./programs.ts";
import { RawConnection, requestText } from "./raw.ts";

/** linux/bpf.h's commands; the second came with Linux 5.6. */
const BPF_MAP_GET_FD_BY_ID = 14;
const BPF_MAP_UPDATE_BATCH = 26;

/** A map of another process. */
interface ForeignMap {
  readonly id: number;
  readonly capacity: number;
  readonly keySize: number;
  readonly valueSize: number;
}

/** The only map of a tracer that has these sizes. */
function mapOf(tracer: number, keySize: number, valueSize: number): ForeignMap {
  for (const { name } of Deno.readDirSync(`/proc/${tracer}/fdinfo`)) {
    const text = Deno.readTextFileSync(`/proc/${tracer}/fdinfo/${name}`);
    const number = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+)$`, "m").exec(text)?.[1]);
    if (number("key_size") === keySize && number("value_size") === valueSize) {
      return { id: number("map_id"), capacity: number("max_entries"), keySize, valueSize };
    }
  }
  throw new Error(`the tracer has no map with keys of ${keySize} and values of ${valueSize} bytes`);
}

/** Sets `count` entries of a map of another process. */
function update({ id, keySize, valueSize }: ForeignMap, count: number, set: (entry: Entry) => void): void {
  using native = new Native();
  const head = allocate(12);
  new DataView(head.buffer).setUint32(0, id, true);
  const fd = native.checkNegative(native.bpf(BPF_MAP_GET_FD_BY_ID, head), "Cannot open the map");
  const keys = allocate(count * keySize);
  const values = allocate(count * valueSize);
  for (let index = 0; index < count; index++) {
    set({
      index,
      key: new DataView(keys.buffer, index * keySize, keySize),
      value: new DataView(values.buffer, index * valueSize, valueSize),
    });
  }
  // union bpf_attr's batch: in_batch, out_batch, keys, values; then u32 count, u32 map_fd; u64 elem_flags, flags.
  const batch = allocate(56);
  const attr = new DataView(batch.buffer);
  attr.setBigUint64(16, addressOf(keys), true);
  attr.setBigUint64(24, addressOf(values), true);
  attr.setUint32(32, count, true);
  attr.setUint32(36, fd, true);
  native.checkNegative(native.bpf(BPF_MAP_UPDATE_BATCH, batch), "Cannot fill the map");
  native.libc.close(fd);
}

/** One entry to be set. */
interface Entry {
  readonly index: number;
  readonly key: DataView;
  readonly value: DataView;
}

/** Gives all entries of a tracer's table to goroutines that are none, of a process that runs. */
function fillTable(tracer: number, server: number): void {
  const table = mapOf(tracer, 4, TableEntryLayout.byteLength);
  assert.equal(table.capacity, TableSize.entries);
  update(table, table.capacity, ({ index, key, value }) => {
    key.setUint32(0, index, true);
    value.setBigUint64(TableEntryLayout.sum.offset, BigInt(index + 1), true);
    const { offset } = TableEntryLayout.begun;
    value.setBigUint64(offset + BegunLayout.pid.offset, BigInt(server), true);
  });
}

/** Fills the map of those that have no place in the table, in the same way. */
function fillOpen(tracer: number, server: number): void {
  const open = mapOf(tracer, GoroutineLayout.byteLength, BegunLayout.byteLength);
  update(open, open.capacity, ({ index, key, value }) => {
    key.setBigUint64(GoroutineLayout.g.offset, BigInt(index + 1), true);
    key.setBigUint64(GoroutineLayout.pid.offset, BigInt(server), true);
    value.setBigUint64(BegunLayout.pid.offset, BigInt(server), true);
  });
}

Deno.test("requests for which there was no room when they began are shown without latency, and counted at the end", async () => {
  const binary = await buildWhole(QUICK_VERSIONS[2], "default");
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["--json", binary]).started(/"attached"/);
  await using connections = new AsyncDisposableStack();
  const get = async (path: string) => {
    const connection = connections.use(await RawConnection.open(server.http));
    await connection.write(requestText(`GET /s/200/1/${path}`));
    await connection.until(/\r\n\r\n./);
  };
  await get("known");
  await tracer.printed(1);
  fillTable(tracer.pid, server.pid);
  await get("beside");
  await tracer.printed(2);
  fillOpen(tracer.pid, server.pid);
  await get("first");
  await get("second");
  await tracer.printed(4);
  const { code, stdout, stderr } = await tracer.stop();
  const objects = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const requests = objects.filter(({ type }) => type === "request");
  assert.deepEqual(requests.map(({ path, duration_ms }) => [path, duration_ms !== undefined]), [
    ["/s/200/1/known", true],
    ["/s/200/1/beside", true],
    ["/s/200/1/first", false],
    ["/s/200/1/second", false],
  ]);
  const told = /^2 requests began when there was no room to remember them: how long they took is not known/;
  assert.ok(objects.some(({ type, message }) => type === "note" && told.test(message)), stdout);
  assert.match(stderr, /note: 2 requests began when there was no room/);
  assert.equal(code, 0);
});
