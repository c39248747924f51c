import assert from "node:assert/strict";
import { isNewerThanKnown, NEWEST_KNOWN_GO, parseGoVersion } from "./go_version.ts";

Deno.test("parseGoVersion() reads releases, candidates, development versions, and nothing else", () => {
  assert.deepEqual(parseGoVersion("go1.26.8"), { major: 1, minor: 26 });
  assert.deepEqual(parseGoVersion("go1.12"), { major: 1, minor: 12 });
  assert.deepEqual(parseGoVersion("go1.28rc1"), { major: 1, minor: 28 });
  assert.deepEqual(parseGoVersion("devel go1.28-4f2a3c Mon Nov 2 10:00:00 2026"), { major: 1, minor: 28 });
  assert.deepEqual(parseGoVersion("go1.19.8 X:noregabi"), { major: 1, minor: 19 });
  for (const text of ["", "devel +4f2a3c", "1.26.8", "cargo1.26", "go1", "go1.x"]) {
    assert.equal(parseGoVersion(text), undefined, text);
  }
});

Deno.test("isNewerThanKnown() is true behind the newest one only", () => {
  const { major, minor } = NEWEST_KNOWN_GO;
  assert.equal(isNewerThanKnown(`go${major}.${minor}.99`), false);
  assert.equal(isNewerThanKnown(`go${major}.${minor + 1}`), true);
  assert.equal(isNewerThanKnown(`go${major + 1}.0.1`), true);
  assert.equal(isNewerThanKnown("go1.12.17"), false);
  assert.equal(isNewerThanKnown("whatever"), false);
});
