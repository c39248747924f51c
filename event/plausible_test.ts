import assert from "node:assert/strict";
import { isMethod } from "./plausible.ts";
import { FieldStatus, RecordView } from "./record_view.ts";

/** A view whose first field has these bytes. */
function viewOf(bytes: Uint8Array): RecordView {
  const view = new RecordView();
  view.bytes = Uint8Array.from([0, ...bytes, 0]);
  view.setField(0, 1, bytes.length, bytes.length);
  return view;
}

Deno.test("isMethod() takes HTTP tokens and nothing else", () => {
  const text = (value: string) => viewOf(new TextEncoder().encode(value));
  for (const method of ["GET", "M-SEARCH", "x", "PROPFIND", "!#$%&'*+-.^_`|~09azAZ"]) {
    assert.equal(isMethod(text(method), 0), true, method);
  }
  for (const other of ["", "GE T", "GET\n", "G\u00c9T", "(GET)", "a/b", '"']) {
    assert.equal(isMethod(text(other), 0), false, other);
  }
  assert.equal(isMethod(viewOf(Uint8Array.of(0x47, 0xff)), 0), false);
});

Deno.test("isMethod() refuses what could not be read", () => {
  for (const status of [FieldStatus.nil, FieldStatus.fault]) {
    const view = new RecordView();
    view.setMissing(0, status);
    assert.equal(isMethod(view, 0), false);
  }
});
