import assert from "node:assert/strict";
import fc from "fast-check";
import { FieldText } from "./field_text.ts";
import { FieldStatus } from "./record_view.ts";
import { FAULT, NIL, type SampleValue, sampleView, serverProbe } from "./sample_view.ts";

const probes = [serverProbe(["uri"]), serverProbe(["uri", "path"])];

/** The path of a request target, with `\…` behind it where it is said to be cut. */
function pathOf(uri: SampleValue, more = 0): string {
  const text = new FieldText();
  const value = more === 0 ? uri : { text: uri as string, more };
  assert.equal(text.readPath(sampleView(probes, { uri: value }), 0, -1), true);
  return shown(text);
}

function shown({ bytes, start, end, truncated }: FieldText): string {
  return new TextDecoder().decode(bytes.subarray(start, end)) + (truncated ? "\\…" : "");
}

Deno.test("readPath() takes an ordinary target as it was sent", () => {
  for (const uri of ["/", "/ping", "//a//b", "/a:b", "/%", "/a#b", "*", "/http://x/y"]) {
    assert.equal(pathOf(uri), uri);
  }
});

Deno.test("readPath() cuts the query", () => {
  assert.equal(pathOf("/ping?x=1"), "/ping");
  assert.equal(pathOf("/ping?"), "/ping");
  assert.equal(pathOf("/a?b?c=%41"), "/a");
});

Deno.test("readPath() decodes percent escapes, once, and leaves what is none", () => {
  assert.equal(pathOf("/a%20b"), "/a b");
  assert.equal(pathOf("/%E6%97%a5?%41"), "/日");
  assert.equal(pathOf("/%2541"), "/%41");
  assert.equal(pathOf("/%3Fa"), "/?a");
  for (const uri of ["/%", "/%4", "/%4?", "/%zz", "/%%41x"]) {
    assert.equal(pathOf(uri), uri.replace(/\?$/, "").replace("%41", "A"), uri);
  }
});

Deno.test("readPath() reduces the absolute form to its path", () => {
  assert.equal(pathOf("http://host/a?b"), "/a");
  assert.equal(pathOf("HTTPS://host:8443/a%20b/http://c"), "/a b/http://c");
  assert.equal(pathOf("http://host"), "/");
  assert.equal(pathOf("http://host?a/b"), "/");
  assert.equal(pathOf("http://host/?a"), "/");
});

Deno.test("readPath() leaves the host of CONNECT, and what is no target", () => {
  for (const uri of ["host:443", "[::1]:443", "http:/a", "http:", "://a", "a%41"]) {
    assert.equal(pathOf(uri), uri);
  }
});

Deno.test("readPath() knows what a cut went through", () => {
  assert.equal(pathOf("/abc", 5), "/abc\\…");
  assert.equal(pathOf("/abc?x", 5), "/abc");
  assert.equal(pathOf("/a%20b?x%", 5), "/a b");
  assert.equal(pathOf("http://ho", 5), "\\…");
  assert.equal(pathOf("http://host/a", 5), "/a\\…");
});

Deno.test("readPath() leaves out an escape that the cut went through", () => {
  assert.equal(pathOf("/%41%", 5), "/A\\…");
  assert.equal(pathOf("/%41%4", 5), "/A\\…");
  assert.equal(pathOf("/%41%z", 5), "/A%z\\…");
});

Deno.test("readPath() takes the decoded path where there is no target", () => {
  const text = new FieldText();
  for (const uri of ["", NIL, FAULT] as const) {
    assert.equal(text.readPath(sampleView(probes, { uri, path: "/%41" }, { probeIndex: 1 }), 0, 1), true);
    assert.equal(shown(text), "/%41");
  }
  assert.equal(text.readPath(sampleView(probes, { uri: "/x", path: "/y" }, { probeIndex: 1 }), 0, 1), true);
  assert.equal(shown(text), "/x");
});

Deno.test("readPath() and readField() say why there is no value", () => {
  const text = new FieldText();
  assert.equal(text.readPath(sampleView(probes, { uri: FAULT }), 0, -1), false);
  assert.equal(text.status, FieldStatus.fault);
  assert.equal(text.readField(sampleView(probes, { uri: NIL }), 0), false);
  assert.equal(text.status, FieldStatus.nil);
  assert.equal(text.readField(sampleView(probes, { uri: "/" }), -1), false);
  assert.equal(text.readField(sampleView(probes, { uri: "/" }), 1), false);
});

Deno.test("readPath() gives back what encodeURIComponent() made, for any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 600 }), (path) => {
    const wellFormed = path.toWellFormed();
    assert.equal(pathOf(`/${encodeURIComponent(wellFormed)}?q=%41`), `/${wellFormed}`);
  }));
});

Deno.test("readPath() stays within the field, for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 2 }), (uri, more) => {
    const text = new FieldText();
    const view = sampleView(probes, { uri: { text: uri, more } });
    assert.equal(text.readPath(view, 0, -1), true);
    assert.ok(text.start <= text.end && text.end - text.start <= Math.max(1, uri.length));
  }));
});
