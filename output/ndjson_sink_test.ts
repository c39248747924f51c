import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { wholeEnd } from "../event/utf8.ts";
import {
  FAULT,
  GRPC_PROBE,
  HANDLER_PROBE,
  NIL,
  NO_KEY,
  type SampleValue,
  sampleView,
  SERVER_PROBE,
  serverProbe,
} from "../event/sample_view.ts";
import type { EventProbe } from "../event/record_view.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { chooseColumns } from "./columns.ts";
import { NdjsonSink } from "./ndjson_sink.ts";
import { CLOCK, recordsWritten, written } from "./sample_sink.ts";

const probes = [
  SERVER_PROBE,
  serverProbe(["method", "uri", "status", "duration"], "panic"),
  serverProbe(["method", "uri", "tls", "goid", "handler"], "hijacked"),
];
const common = {
  v: 1,
  type: "request",
  time: "2026-03-01T09:30:00.000000007Z",
  pid: 42,
  comm: "ser\u202ever",
};

function maker(
  ofProbes: readonly EventProbe[],
  fields?: readonly string[],
): (writer: AsyncWriter) => NdjsonSink {
  const columns = chooseColumns({ output: "json", time: false, extended: false, fields }, ofProbes);
  const now = () => new Date("2026-03-01T09:30:00.5Z");
  const names = {
    comm: (pid: number) => pid === 42 ? "ser\u202ever" : undefined,
    functionAt: (pid: number, pc: number) => pid === 42 && pc === 0x401000 ? "main.ws" : undefined,
    typeAt: () => undefined,
  };
  return (writer) => new NdjsonSink(writer, ofProbes, { columns, clock: CLOCK, now, names });
}

Deno.test("NdjsonSink has a header by the name of its column, and no secret", async () => {
  const headers = [serverProbe(["header:X-Id", "header:Cookie", "header:Accept"])];
  const shown = async (values: Readonly<Record<string, SampleValue>>) => {
    const fields = ["header:x-id", "header:cookie", "header:accept"];
    const text = await recordsWritten(maker(headers, fields), [sampleView(headers, values)]);
    const { v: _, type: __, ...rest } = JSON.parse(text);
    return rest;
  };
  assert.deepEqual(await shown({ "header:X-Id": "a", "header:Cookie": 0xc000, "header:Accept": NO_KEY }), {
    "header:X-Id": "a",
    "header:Cookie": "<redacted>",
  });
  assert.deepEqual(await shown({ "header:X-Id": "", "header:Cookie": NO_KEY, "header:Accept": FAULT }), {
    "header:X-Id": "",
  });
});

/** The line of a record. */
async function line(
  values: Readonly<Record<string, SampleValue>>,
  { probeIndex = 0, of = probes, fields }: {
    probeIndex?: number;
    of?: readonly EventProbe[];
    fields?: readonly string[];
  } = {},
): Promise<string> {
  const text = await recordsWritten(maker(of, fields), [sampleView(of, values, { probeIndex })]);
  assert.match(text, /^[^\n]*\n$/);
  return text.slice(0, -1);
}

const object = async (...args: Parameters<typeof line>) => JSON.parse(await line(...args));

Deno.test("NdjsonSink writes a request with all that is known, in the order of the keys", async () => {
  const values = {
    method: "GET",
    uri: "/a%20b?x",
    status: 0,
    bytes: 5,
    duration: 1_234_567,
    proto: "HTTP/1.1",
    host: "h:80",
    remote: "[::1]:4711",
    route: "GET /{x}",
  };
  assert.equal(
    await line(values),
    '{"v":1,"type":"request","time":"2026-03-01T09:30:00.000000007Z","pid":42,"comm":"ser\\u202ever","method":"GET","path":"/a b",' +
      '"status":200,"duration_ms":1.234567,"proto":"HTTP/1.1","bytes":5,"route":"GET /{x}","host":"h:80",' +
      '"remote":"[::1]:4711","outcome":"ok"}',
  );
});

Deno.test("NdjsonSink writes what is known when a handler is entered", async () => {
  const of = [{ ...HANDLER_PROBE, symbol: 'main."\u202e' }];
  assert.equal(
    await line({ method: "GET", path: "/%41" }, { of }),
    '{"v":1,"type":"request","time":"2026-03-01T09:30:00.000000007Z","pid":42,"comm":"ser\\u202ever","symbol":"main.\\"\\u202e",' +
      '"method":"GET","path":"/%41"}',
  );
});

Deno.test("NdjsonSink leaves out what is not known", async () => {
  assert.deepEqual(
    await object({ method: NIL, uri: FAULT, status: FAULT, duration: NIL, route: "", host: "" }),
    {
      ...common,
      outcome: "ok",
    },
  );
  assert.deepEqual(await object({ method: "", uri: "/", status: 0, duration: 5 }, { probeIndex: 1 }), {
    ...common,
    method: "",
    path: "/",
    duration_ms: 0.000005,
    outcome: "panic",
  });
  const taken = [serverProbe(["method", "hijacked"], "panic")];
  const outcomes = [0, 1].map((hijacked) => object({ method: "GET", hijacked }, { of: taken }));
  assert.deepEqual((await Promise.all(outcomes)).map(({ outcome }) => outcome), ["panic", "hijacked"]);
});

Deno.test("NdjsonSink asks for the names of processes and handlers, and leaves out what is not known", async () => {
  const rest = { method: "GET", path: "/", tls: "1.3", goid: 7, outcome: "hijacked" };
  assert.deepEqual(
    await object({ method: "GET", uri: "/", tls: 0x0304, goid: 7, handler: 0x401000 }, { probeIndex: 2 }),
    { ...common, ...rest, handler: "main.ws" },
  );
  assert.deepEqual(
    await object({ method: "GET", uri: "/", tls: 0x0304, goid: 7, handler: 0x401001 }, { probeIndex: 2 }),
    { ...common, ...rest },
  );
});

Deno.test("NdjsonSink marks a path that was cut, and ends at a whole character", async () => {
  const { path, path_truncated, path_b64 } = await object({ uri: { text: "/a%e2%82", more: 5 } });
  assert.deepEqual([path, path_truncated, path_b64], ["/a", true, undefined]);
  assert.equal((await object({ uri: { text: "/a?b", more: 5 } })).path_truncated, undefined);
});

Deno.test("NdjsonSink gives the bytes of a path that is not UTF-8", async () => {
  const { path, path_b64 } = await object({ uri: "/%ff" });
  assert.equal(path, "/\ufffd");
  assert.deepEqual([...Buffer.from(path_b64, "base64")], [0x2f, 0xff]);
});

Deno.test("NdjsonSink writes the keys that are named, and always what kind of object it is", async () => {
  assert.equal(
    await line({ uri: "/", status: 404, bytes: 5 }, { fields: ["size", "status", "path"] }),
    '{"v":1,"type":"request","bytes":5,"status":404,"path":"/"}',
  );
  assert.equal(
    await line({ uri: "/" }, { fields: ["symbol", "path"] }),
    '{"v":1,"type":"request","path":"/"}',
    "of the whole server there is no symbol",
  );
});

Deno.test("NdjsonSink begins with attached, ends with summary, and tells losses in between", async () => {
  const { text, records } = await written(maker(probes), (sink) => {
    sink.begin({
      targets: [{ path: "./a\x1b" }, { path: "./b", pid: 4711 }],
      goVersions: ["go1.26.8", "go1.26.8"],
      attachedNs: 0,
    });
    sink.write(sampleView(probes, { method: "GET", uri: "/" }));
    sink.lost(0, 0);
    sink.lost(3, 1);
    sink.lost(3, 1);
    sink.note("replaced \u202e", { age_ms: 5 });
    sink.summary({ printed: 1, filtered: 2, lost: 3, dropped: 1 }, 12_345.678);
    sink.lost(4, 1);
  });
  const time = "2026-03-01T09:30:00.500000000Z";
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.deepEqual(text.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    {
      v: 1,
      type: "attached",
      time,
      mode: "server",
      targets: [{ path: "./a\x1b" }, { path: "./b", pid: 4711 }],
      symbols: ["net/http.(*response).finishRequest"],
      go_version: "go1.26.8",
    },
    { ...common, method: "GET", path: "/", outcome: "ok" },
    { v: 1, type: "lost", time, lost: { kernel: 3, output: 1 } },
    { v: 1, type: "note", time, message: "replaced \u202e", age_ms: 5 },
    {
      v: 1,
      type: "summary",
      time,
      printed: 1,
      filtered: 2,
      lost: { kernel: 3, output: 1 },
      duration_s: 12.346,
    },
  ]);
  assert.equal(records, 1);
});

Deno.test("NdjsonSink says that handlers are traced", async () => {
  const { text } = await written(maker([HANDLER_PROBE]), (sink) => {
    sink.begin({ targets: [], goVersions: ["go1.22.1", "go1.26.8"], attachedNs: 0 });
  });
  const { mode, go_version, symbols } = JSON.parse(text);
  assert.deepEqual([mode, go_version, symbols], ["handler", "go1.22.1, go1.26.8", ["main.ping"]]);
});

Deno.test("an NDJSON line parses and gives the text back, for any bytes", async () => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.string({ unit: "binary", maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, bytes, bytes, fc.nat({ max: 3 }), async (method, path, host, more) => {
      const of = [serverProbe(["method", "path", "host", "bytes"])];
      const text = await line({ method, path: { text: path, more }, host, bytes: more }, { of });
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      const found = JSON.parse(text);
      const whole = path.subarray(0, more > 0 ? wholeEnd(path, 0, path.length) : path.length);
      assert.equal(found.method, decoder.decode(method));
      assert.equal(found.path, decoder.decode(whole));
      assert.equal(found.host, host.length === 0 ? undefined : decoder.decode(host));
      assert.equal(found.path_truncated, more > 0 ? true : undefined);
      const isText = Buffer.from(decoder.decode(whole)).equals(whole);
      assert.equal(found.path_b64, isText ? undefined : Buffer.from(whole).toString("base64"));
    }),
    { numRuns: 500 },
  );
});

Deno.test("an NDJSON line has exact numbers, whatever they are", async () => {
  const integer = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });
  await fc.assert(fc.asyncProperty(integer, integer, async (bytes, duration) => {
    const found = await object({ method: "GET", uri: "/", status: 204, bytes, duration });
    assert.equal(found.bytes, Number(bytes));
    assert.equal(found.duration_ms, duration < 0n ? 0 : Number(duration) / 1e6);
    assert.equal(found.status, 204);
  }));
});

Deno.test("an NDJSON line of a call of gRPC has its code as a number, and what is the same for all of them", async () => {
  const found = await object({ path: "/shop.Orders/Get", grpc_status: 5, duration: 1_500_000 }, {
    of: [GRPC_PROBE],
  });
  const { method, path, status, grpc_status, proto } = found;
  assert.deepEqual(
    { method, path, status, grpc_status, proto },
    { method: "POST", path: "/shop.Orders/Get", status: undefined, grpc_status: 5, proto: "gRPC" },
  );
});
