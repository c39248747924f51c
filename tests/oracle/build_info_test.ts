/**
 * What the Go room says of an executable against `go version -m` and `debug/gosym`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { BytesSource, TargetError } from "../../base/mod.ts";
import { ElfFile, readSymbols } from "../../elf/mod.ts";
import {
  type BuildInfo,
  formatFunctionName,
  identifyGo,
  isGoExecutable,
  parseFunctionName,
  readBuildInfo,
} from "../../go/mod.ts";
import { Folder } from "../folder.ts";
import { buildGo, chosenVersions, ensureToolchain, installedGo, runTool } from "../toolchains.ts";

const FILES = {
  "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe("", nil) }\n',
};

const VARIANTS = {
  "default": {},
  "stripped": { flags: ["-ldflags=-s -w"] },
  "PIE": { flags: ["-buildmode=pie"] },
  "PIE linked by gcc": {
    flags: ["-buildmode=pie", "-ldflags=-linkmode=external"],
    env: { CGO_ENABLED: "1" },
  },
  "arm64": { env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
} as const satisfies Record<string, { flags?: readonly string[]; env?: Record<string, string> }>;

async function open(path: string): Promise<ElfFile> {
  return new ElfFile(new BytesSource(await Deno.readFile(path)));
}

/** The file as if it had no section headers. */
async function withoutSections(path: string): Promise<ElfFile> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(40, 0n, true);
  view.setUint16(60, 0, true);
  view.setUint16(62, 0, true);
  return new ElfFile(new BytesSource(bytes));
}

/** As `go version -m` prints it, without the file's name. */
function printed(info: BuildInfo | undefined): string {
  const lines = [info?.goVersion ?? ""];
  if (info?.mainPackagePath !== undefined) lines.push(`path ${info.mainPackagePath}`);
  if (info?.mainModule !== undefined) lines.push(`mod ${info.mainModule.path} ${info.mainModule.version}`);
  for (const { path, version } of info?.dependencies ?? []) lines.push(`dep ${path} ${version}`);
  for (const [key, value] of info?.settings ?? []) lines.push(`build ${key}=${value}`);
  return lines.join("\n");
}

/** What `go version -m` prints, with each setting unquoted, in the same form. */
async function oracle(path: string): Promise<string> {
  const go = await installedGo();
  const output = await runTool(go.go, ["version", "-m", path], { env: go.env });
  return output.trimEnd().split("\n").map((line, i) => {
    if (i === 0) return line.slice(path.length + 2);
    const [kind, ...fields] = line.trim().split("\t");
    if (kind !== "build") {
      return [kind, fields[0], fields[1]].filter((field) => field !== undefined).join(" ");
    }
    const [key, value = ""] = fields.join("\t").split(/=(.*)/s);
    return `build ${key}=${value.startsWith('"') ? JSON.parse(value) : value}`;
  }).join("\n");
}

for (const version of chosenVersions()) {
  for (const [variant, build] of Object.entries(VARIANTS)) {
    Deno.test(`identifyGo() reads Go ${version}, ${variant}, as the go command does`, async () => {
      const path = await buildGo({
        toolchain: await ensureToolchain(version),
        files: FILES,
        output: "server",
        ...build,
      });
      const elf = await open(path);
      const identity = identifyGo(elf);
      if (version.startsWith("1.12.")) {
        assert.equal(identity.buildInfo, undefined);
        assert.equal(identity.goVersion, variant === "stripped" ? "" : `go${version}`);
        return;
      }
      assert.equal(identity.goVersion, `go${version}`);
      assert.equal(identity.evidence, ".go.buildinfo");
      const info = identity.buildInfo;
      assert.equal(info?.mainPackagePath, "example.com/server");
      const expected = await oracle(path);
      // The go command itself follows no relocation, and finds nothing where gcc wrote the pointers so.
      if (!expected.includes("not a Go executable")) assert.equal(printed(info), expected);
      // Pointers that are relocations are found by their section, so these need it.
      if (!variant.startsWith("PIE")) {
        assert.deepEqual(readBuildInfo(await withoutSections(path)), info);
      }
    });
  }
}

Deno.test("identifyGo() reads Go 1.12, which has no build information, by its symbols or its build id", async () => {
  const toolchain = await ensureToolchain("1.12.17");
  const env = { CGO_ENABLED: "0" };
  const whole = identifyGo(await open(await buildGo({ toolchain, files: FILES, output: "server", env })));
  assert.deepEqual([whole.goVersion, whole.evidence], ["go1.12.17", "runtime.buildVersion"]);
  const flags = ["-ldflags=-s -w"];
  const path = await buildGo({ toolchain, files: FILES, output: "server", env, flags });
  const stripped = identifyGo(await open(path));
  assert.deepEqual([stripped.goVersion, stripped.evidence], ["", ".note.go.buildid"]);
  assert.equal(identifyGo(await withoutSections(path)).evidence, ".note.go.buildid");
});

Deno.test("identifyGo() says that a C program is not Go's", async () => {
  await using dir = await Folder.make();
  await Deno.writeTextFile(join(dir.path, "main.c"), "int main(void) { return 0; }\n");
  const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin" };
  await runTool("gcc", ["-o", join(dir.path, "main"), join(dir.path, "main.c")], { env });
  const elf = await open(join(dir.path, "main"));
  assert.throws(
    () => identifyGo(elf),
    (error) => error instanceof TargetError && /not a Go program/.test(error.message),
  );
  assert.equal(isGoExecutable(elf), false);
});

/** Prints the package of each name on standard input. */
const GOSYM = {
  "main.go": `package main

import (
	"bufio"
	"debug/gosym"
	"fmt"
	"os"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		sym := gosym.Sym{Name: lines.Text()}
		fmt.Println(sym.PackageName())
	}
}
`,
};

Deno.test("parseFunctionName() agrees with debug/gosym on the package of every function of a server", async () => {
  const toolchain = await ensureToolchain("1.26.11");
  const server = await open(
    await buildGo({ toolchain, files: FILES, output: "server", env: { CGO_ENABLED: "0" } }),
  );
  const names = [...readSymbols(server)?.functions() ?? []].map(({ name }) => name);
  assert.ok(names.length > 5000);
  const list = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(list, names.join("\n"));
    const gosym = await buildGo({ toolchain, files: GOSYM, output: "gosym", env: { CGO_ENABLED: "0" } });
    const packages = (await runTool(gosym, [list], { env: {} })).split("\n");
    names.forEach((name, i) => {
      const parts = parseFunctionName(name);
      assert.equal(formatFunctionName(parts), name);
      // gosym leaves the linker's escapes, and takes the compiler's own functions (type:.eq.T) for a package's.
      if (/^(?:type:|go:)/.test(name)) assert.equal(parts.packagePath, "", name);
      else assert.equal(parts.packagePath, decodeURIComponent(packages[i] ?? ""), name);
    });
  } finally {
    await Deno.remove(list);
  }
});
