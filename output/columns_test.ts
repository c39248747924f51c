import assert from "node:assert/strict";
import { UsageError } from "../base/errors.ts";
import type { EventProbe } from "../event/record_view.ts";
import { GRPC_PROBE, HANDLER_PROBE, SERVER_PROBE, serverProbe } from "../event/sample_view.ts";
import {
  chooseColumns,
  columnFields,
  type ColumnOptions,
  columnsNeedEnd,
  isServerMode,
  traceMode,
} from "./columns.ts";
import { CHARGE, GET, TICK } from "./sample_calls.ts";

const handler = [HANDLER_PROBE];
const server = [SERVER_PROBE];

function optionsOf(options: Partial<ColumnOptions>): ColumnOptions {
  return { output: "table", time: false, extended: false, fields: undefined, ...options };
}

function keys(options: Partial<ColumnOptions>, probes = server): string {
  return chooseColumns(optionsOf(options), probes).map(({ key }) => key).join(" ");
}

function refused(
  options: Partial<ColumnOptions>,
  probes: typeof server,
  message: string,
  hint: RegExp,
): void {
  assert.throws(() => chooseColumns(optionsOf(options), probes), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.message, message);
    assert.match(error.hint, hint);
    return true;
  });
}

Deno.test("chooseColumns() knows what a handler and what a server shows", () => {
  assert.equal(keys({}, handler), "method path");
  assert.equal(keys({}), "method status duration_ms bytes path");
  assert.equal(keys({ extended: true }), "pid method status duration_ms proto bytes path");
  assert.equal(keys({ output: "csv" }), "method status duration_ms bytes path");
});

Deno.test("chooseColumns() gives JSON all that is known", () => {
  assert.equal(keys({ output: "json" }, handler), "time pid comm symbol method path");
  const all = "time pid comm method path status duration_ms proto bytes route host remote outcome";
  assert.equal(keys({ output: "json" }), all);
  assert.equal(keys({ output: "json", extended: true, time: true }), all);
});

Deno.test("chooseColumns() takes the columns that are named, by their other names too", () => {
  assert.equal(
    keys({ fields: ["path", "size", "latency", "symbol"] }),
    "path bytes duration_ms symbol",
  );
  assert.equal(keys({ output: "json", fields: ["host"] }), "host");
  assert.equal(keys({ fields: ["symbol", "method"] }, handler), "symbol method");
});

Deno.test("chooseColumns() lets the time lead, unless it was placed", () => {
  assert.equal(keys({ time: true }, handler), "time method path");
  assert.equal(keys({ time: true, fields: ["path"] }), "time path");
  assert.equal(keys({ time: true, fields: ["path", "time"] }), "path time");
});

Deno.test("chooseColumns() refuses what is not known at a handler's entry", () => {
  const hint = /Leave the PROBE out .* time, pid, comm, symbol, method, path\.$/;
  refused(
    { extended: true },
    handler,
    "--extended needs what is not known when a handler is entered",
    hint,
  );
  refused(
    { fields: ["method", "status"] },
    handler,
    "--fields status needs what is not known when a handler is entered",
    hint,
  );
  refused({ fields: ["goid"] }, server, "--fields goid is not known of this server", /route/);
});

Deno.test("chooseColumns() offers what this version has, whatever was captured for the columns asked for", () => {
  const choice =
    /^Choose from time, pid, comm, symbol, method, path, status, .*route, .*handler, goid, outcome, header:NAME\.$/;
  const captured = [serverProbe(["method"])];
  refused({ fields: ["goid"] }, captured, "--fields goid is not known of this server", choice);
  const all = /^Choose from time, pid, comm, symbol, args, results, method, .*goid, outcome, header:NAME\.$/;
  refused({ fields: ["x"] }, captured, "There is no column x", all);
});

Deno.test("chooseColumns() refuses names that are none, and names that are there twice", () => {
  refused({ fields: ["statsu"] }, server, "There is no column statsu", /status/);
  refused({ fields: [""] }, server, "There is no column ", /status/);
  refused({ fields: ["path_truncated"] }, server, "path_truncated is no column of its own", /path/);
  refused({ fields: ["size", "path", "bytes"] }, server, "--fields names bytes twice", /Leave/);
});

Deno.test("chooseColumns() knows what all requests of a probe have, and has room for the names of gRPC's codes", () => {
  const both = [...server, GRPC_PROBE];
  assert.equal(
    keys({ output: "json" }, [GRPC_PROBE]),
    "time pid comm method path status grpc_status duration_ms proto outcome",
  );
  assert.equal(
    keys({ fields: ["method", "status", "grpc_status", "proto"] }, both),
    "method status grpc_status proto",
  );
  refused({ fields: ["grpc_status"] }, server, "--fields grpc_status is not known of this server", /status/);
  const widths = (probes: readonly EventProbe[]) =>
    chooseColumns(optionsOf({ fields: ["status"] }), probes).map(({ width }) => width);
  assert.deepEqual([widths(server), widths(both)], [[7], [18]]);
});

Deno.test("chooseColumns() has a column for a header, by whatever case its name is written in", () => {
  const probes = [serverProbe(["method", "header:User-Agent", "header:Cookie"])];
  assert.equal(
    keys({ fields: ["method", "header:user-agent", "header:COOKIE"] }, probes),
    "method header:User-Agent header:Cookie",
  );
  assert.deepEqual(columnFields(optionsOf({ fields: ["path", "header:x-id"] })), ["uri", "header:X-Id"]);
  const [column] = chooseColumns(optionsOf({ fields: ["header:user-agent"] }), probes);
  assert.equal(column?.title, "User-Agent");
  refused(
    { fields: ["header:a", "header:A"] },
    [serverProbe(["header:A"])],
    "--fields names header:A twice",
    /Leave one/,
  );
  refused({ fields: ["header:X"] }, server, "--fields header:X is not known of this server", /Choose from/);
  assert.throws(() => columnFields(optionsOf({ fields: ["header:"] })), UsageError);
  assert.ok(columnsNeedEnd(optionsOf({ fields: ["header:X"] })));
});

Deno.test("columnFields() names what has to be captured", () => {
  const fields = (options: Partial<ColumnOptions>) => columnFields(optionsOf(options)).join(" ");
  assert.equal(fields({}), "method status duration bytes uri");
  assert.equal(fields({ extended: true }), "method status duration proto bytes uri");
  assert.equal(
    fields({ output: "json" }),
    "method uri status grpc_status duration proto bytes route host remote tls alpn server_name",
  );
  assert.equal(fields({ fields: ["time", "goid", "outcome"] }), "goid");
  assert.throws(() => fields({ fields: ["x"] }), UsageError);
});

Deno.test("chooseColumns() knows the handler where it is joined with the end of its requests", () => {
  const joined = [serverProbe(["method", "uri", "status", "mark"]), { ...HANDLER_PROBE, fields: [] }];
  assert.equal(keys({ output: "json" }, joined), "time pid comm symbol method path status outcome");
  assert.equal(keys({}, joined), "method status duration_ms bytes path");
  assert.equal(isServerMode(joined), false);
  assert.equal(isServerMode(server), true);
  assert.equal(isServerMode(handler), false);
});

Deno.test("columnsNeedEnd() tells what is known at a handler's entry from what is not", () => {
  const needs = (options: Partial<ColumnOptions>) => columnsNeedEnd(optionsOf(options));
  assert.equal(needs({ output: "json", time: true }), false);
  assert.equal(needs({ fields: ["time", "symbol", "path"] }), false);
  assert.equal(needs({ fields: ["path", "latency"] }), true);
  assert.equal(needs({ extended: true }), true);
  assert.throws(() => needs({ fields: ["x"] }), UsageError);
});

Deno.test("chooseColumns() knows what calls show", () => {
  const calls = (options: Partial<ColumnOptions>, probes = [CHARGE]) => keys(options, probes);
  assert.equal(calls({}), "args results");
  assert.equal(
    calls({ output: "csv", extended: true, time: true }),
    "time pid goid duration_ms args results",
  );
  assert.equal(calls({ output: "json" }), "time pid comm symbol args results duration_ms goid");
  assert.equal(calls({ fields: ["latency", "args"] }), "duration_ms args");
  assert.equal(calls({}, [CHARGE, GET]), "symbol args results");
  assert.equal(calls({ extended: true }, [GET]), "pid args");
  assert.equal(calls({ extended: true }, [TICK]), "pid symbol");
  assert.equal(calls({ output: "json" }, [TICK]), "time pid comm symbol");
});

Deno.test("chooseColumns() refuses of calls what only requests have, and what is not captured", () => {
  const hint = /^Choose from time, pid, comm, symbol, args\.$/;
  for (const key of ["method", "results", "goid", "outcome"]) {
    refused({ fields: [key] }, [GET], `--fields ${key} is not known of these calls`, hint);
  }
});

Deno.test("chooseColumns() does not take an expression for a request's column", () => {
  const probe = { ...GET, fields: [{ name: "status" }] };
  refused({ fields: ["status"] }, [probe], "--fields status is not known of these calls", /args/);
});

Deno.test("chooseColumns() shows requests and calls together in JSON only", () => {
  const mixed = [HANDLER_PROBE, GET];
  assert.equal(keys({ output: "json" }, mixed), "time pid comm symbol args method path");
  assert.equal(keys({ output: "json", fields: ["args", "path"] }, mixed), "args path");
  for (const output of ["table", "csv"] as const) {
    refused({ output }, mixed, "Requests and calls of other functions have no columns in common", /two runs/);
  }
});

Deno.test("traceMode() tells what is traced", () => {
  assert.equal(traceMode(server), "server");
  assert.equal(traceMode(handler), "handler");
  assert.equal(traceMode([CHARGE, GET]), "function");
  assert.equal(traceMode([HANDLER_PROBE, GET]), "handler");
});
