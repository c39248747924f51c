import assert from "node:assert/strict";
import { parseModuleInfo } from "./module_info.ts";

Deno.test("parseModuleInfo() reads paths, modules, replacements and settings", () => {
  const info = parseModuleInfo(
    "path\texample.com/server/cmd/main\n" +
      "mod\texample.com/server\tv1.2.3\th1:abc=\n" +
      "dep\texample.com/a\tv0.1.0\n=>\t../a\t(devel)\t\n" +
      "dep\texample.com/b\tv2.0.0\th1:def=\n" +
      "build\t-compiler=gc\n" +
      'build\t-ldflags="-X main.v=a\\tb -s"\n' +
      "build\t`odd key`=`raw \\n value`\n" +
      "build\tvcs.modified=\n",
  );
  assert.equal(info.mainPackagePath, "example.com/server/cmd/main");
  assert.deepEqual(info.mainModule, { path: "example.com/server", version: "v1.2.3" });
  assert.deepEqual(info.dependencies, [
    { path: "example.com/a", version: "v0.1.0", replace: { path: "../a", version: "(devel)" } },
    { path: "example.com/b", version: "v2.0.0" },
  ]);
  assert.deepEqual([...info.settings], [
    ["-compiler", "gc"],
    ["-ldflags", "-X main.v=a\tb -s"],
    ["odd key", "raw \\n value"],
    ["vcs.modified", ""],
  ]);
});

Deno.test("parseModuleInfo() leaves out what it does not understand", () => {
  const info = parseModuleInfo("=>\tx\ty\tz\nbuild\t=1\nbuild\tnothing\nnew\tthing\n\n");
  assert.deepEqual(info.dependencies, []);
  assert.equal(info.settings.size, 0);
  assert.equal(info.mainPackagePath, undefined);
  assert.equal(info.mainModule, undefined);
});
