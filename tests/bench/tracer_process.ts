/**
 * The tracer that is measured, as a process of its own: `tracer_process.ts BINARY OUTPUT [BUFFER_BYTES]`. Writes a line
 * a request of the whole server to OUTPUT; says `ready` when it is attached, and on SIGINT ends with one line of what it
 * counted.
 *
 * @module
 */
import { fieldIndex, FieldStatus } from "../../event/mod.ts";
import { AsyncWriter } from "../../output/mod.ts";
import { DEFAULT_BUFFER_BYTES, planTargets, Pump, Session } from "../../trace/mod.ts";

/** What is shown by default of each request. */
const COLUMNS = ["method", "status", "duration", "bytes", "uri"];
const NEWLINE = 0x0a;
const SPACE = 0x20;

const [binary = "", output = "", bufferBytes = String(DEFAULT_BUFFER_BYTES)] = Deno.args;
const targets = planTargets({ binary, probes: [], columns: COLUMNS });
using file = Deno.openSync(output, { write: true, create: true, truncate: true });
const writer = new AsyncWriter(file, { name: output, chunkBytes: 65536 });
using session = new Session({ targets, bufferBytes: Number(bufferBytes), attach: "auto", libbpfPath: "" });

const isText = session.probes.map((probe) =>
  probe.fields.map(({ name }) => name === "method" || name === "uri")
);
const order = session.probes.map((probe) => COLUMNS.map((name) => fieldIndex(probe, name)));
let drains = 0;
let printed = 0;

/** Writes an integer of at most 53 bits in decimal digits, from `at`; returns where it ends. */
function writeNumber(to: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  for (let i = digits - 1; i >= 0; i--) {
    to[at + i] = 0x30 + value % 10;
    value = Math.floor(value / 10);
  }
  return at + digits;
}

const pump = new Pump(session, {
  event(view) {
    const fields = order[view.probeIndex]!;
    let at = writer.reserve(4096);
    const to = writer.bytes;
    const from = view.bytes;
    for (const i of fields) {
      const start = view.start[i]!;
      if (view.status[i] !== FieldStatus.ok) {
        to[at++] = 0x2d;
      } else if (isText[view.probeIndex]![i]) {
        const length = view.length[i]!;
        for (let j = 0; j < length; j++) to[at + j] = from[start + j]!;
        at += length;
      } else {
        let value = 0;
        for (let j = 6; j >= 0; j--) value = value * 256 + from[start + j]!;
        at = writeNumber(to, at, value);
      }
      to[at++] = SPACE;
    }
    to[at - 1] = NEWLINE;
    writer.commit(at);
    printed++;
    return true;
  },
  batch: async () => {
    drains++;
    if (writer.queuedBytes > 0) await writer.flush(5);
  },
});
Deno.addSignalListener("SIGINT", () => pump.stop());
console.log("ready");
await pump.run();
await writer.close();
const { lost, unkept, reentered } = session.counters();
console.log(
  JSON.stringify({
    written: writer.written,
    dropped: writer.dropped,
    printed,
    drains,
    lost,
    unkept,
    reentered,
  }),
);
