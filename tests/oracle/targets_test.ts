import assert from "node:assert/strict";
import { ElfFile } from "../../elf/mod.ts";
import { FunctionTable, parseFunctionName, resolveTargets, type Targets } from "../../go/mod.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain, minorOf, runTool } from "../toolchains.ts";

const WRAPPERS = new URL("../servers/wrappers", import.meta.url).pathname;

const VARIANTS: Readonly<Record<string, { flags?: string[]; env?: Record<string, string> }>> = {
  default: {},
  stripped: { flags: ["-ldflags=-s -w"] },
  pie: { flags: ["-buildmode=pie"] },
  "no inlining": { flags: ["-gcflags=-l"] },
  arm64: { env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
  "arm64 stripped": { flags: ["-ldflags=-s -w"], env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
};

/** Names and patterns, each with a function that has to be among what it means; empty where versions differ. */
const NAMES: Readonly<Record<string, string>> = {
  "main.plain": "main.plain",
  "main.Small.ServeHTTP": "main.Small.ServeHTTP",
  "main.(*Small).ServeHTTP": "main.Small.ServeHTTP",
  "main.Big.ServeHTTP": "main.Big.ServeHTTP",
  "main.(*Big).ServeHTTP": "main.Big.ServeHTTP",
  "main.(*Pointer).ServeHTTP": "main.(*Pointer).ServeHTTP",
  "main.ByValue.ServeHTTP": "main.Big.ServeHTTP",
  "main.ByPointer.ServeHTTP": "main.(*Pointer).ServeHTTP",
  "main.OfInterface.ServeHTTP": "main.(*OfInterface).ServeHTTP",
  "main.(*API).Get": "main.(*API).Get",
  "main.(*API).Get-fm": "main.(*API).Get",
  "main.(*API).Tiny": "",
  "main.Big.Value": "",
  "main.both": "main.both",
  "main.recursive": "main.recursive",
  "main.main.func1": "main.main.func1",
  "main.*": "main.plain",
  "main.(*API).*": "main.(*API).Get",
  "*.ServeHTTP": "net/http.serverHandler.ServeHTTP",
};

/** From Go 1.18. */
const GENERIC_NAMES = ["main.Handle", "main.Handle[...]", "main.Store.ServeHTTP", "main.Box.ServeHTTP"];

function minor(version: string): number {
  return minorOf(version);
}

async function build(version: string, variant: string): Promise<string> {
  return await buildGo({
    toolchain: await ensureToolchain(version),
    dir: WRAPPERS,
    ...VARIANTS[variant]!,
    output: "server",
  });
}

interface Call {
  readonly caller: string;
  readonly callee: string;
}

/** All direct calls and jumps between functions of main that have this own name, by `go tool objdump`. */
async function callsBetween(version: string, path: string): Promise<Call[]> {
  const toolchain = await ensureToolchain(version);
  const text = await runTool(toolchain.go, ["tool", "objdump", "-s", "^main\\.", path], {
    env: toolchain.env,
    cwd: "/",
  });
  const calls: Call[] = [];
  let caller = "";
  for (const line of text.split("\n")) {
    caller = /^TEXT (main\..*)\(SB\)/.exec(line)?.[1] ?? caller;
    const callee = /\t(?:CALL|JMP) (main\..*)\(SB\)/.exec(line)?.[1];
    if (callee !== undefined && callee !== caller) calls.push({ caller, callee });
  }
  return calls;
}

function found(targets: Targets, what: string): Targets & { kind: "found" } {
  assert.equal(targets.kind, "found", what);
  return targets as Targets & { kind: "found" };
}

/** Addresses and roles, without names: they differ. */
function roles(targets: Targets): unknown {
  if (targets.kind !== "found") return targets;
  return targets.targets.map(({ function: { address }, role, dictionary }) => ({
    address,
    role,
    dictionary,
  }));
}

for (const version of chosenVersions()) {
  const names = minor(version) < 18 ? Object.keys(NAMES) : [...Object.keys(NAMES), ...GENERIC_NAMES];

  for (const variant of Object.keys(VARIANTS)) {
    Deno.test(`every call is seen by one probe: Go ${version}, ${variant}`, async () => {
      using source = new FileSource(await build(version, variant));
      const elf = new ElfFile(source);
      const functions = new FunctionTable(elf);
      for (const name of names) {
        const { targets, covered } = found(resolveTargets(elf, functions, name), name);
        const wanted = NAMES[name] ?? "";
        if (wanted !== "") {
          assert.ok(targets.some((target) => target.function.name === wanted), `${name}: ${wanted}`);
        }
        const probed = targets.map((target) => target.function.name);
        const both = covered.map((wrapper) => wrapper.name).filter((other) => probed.includes(other));
        assert.deepEqual(both.filter((other) => !other.includes("[")), []);
        for (const target of targets) assert.notEqual(target.because, "");
      }
    });
  }

  Deno.test(`no target calls another target, and what is covered calls one: Go ${version}`, async () => {
    const path = await build(version, "default");
    using source = new FileSource(path);
    const elf = new ElfFile(source);
    const functions = new FunctionTable(elf);
    const calls = await callsBetween(version, path);
    assert.ok(calls.length > 6, `${calls.length} calls`);
    for (const name of names) {
      if (name.includes("*.") || name.endsWith("*")) continue;
      const { targets, covered } = found(resolveTargets(elf, functions, name), name);
      const probed = new Set(targets.map((target) => target.function.name));
      for (const target of probed) {
        const callees = calls.filter(({ caller }) => caller === target).map(({ callee }) => callee);
        assert.deepEqual(callees.filter((callee) => probed.has(callee)), [], `${name}: ${target}`);
      }
      const wrappers = covered.map((wrapper) => wrapper.name);
      const seen = new Set([...probed, ...wrappers]);
      for (const wrapper of wrappers) {
        const callees = calls.filter(({ caller }) => caller === wrapper).map(({ callee }) => callee);
        assert.ok(callees.some((callee) => seen.has(callee)), `${name}: ${wrapper} calls ${callees}`);
      }
      // Nobody else of the same own name, made by the compiler, calls a target without being known.
      const own = parseFunctionName(targets[0]!.function.name).name;
      const callers = calls.filter(({ callee }) => probed.has(callee)).map(({ caller }) => caller)
        .filter((caller) => parseFunctionName(caller).name === own);
      assert.deepEqual(callers.filter((caller) => !seen.has(caller)), [], name);
    }
  });

  for (const architecture of ["", "arm64 "]) {
    Deno.test(`a stripped ${architecture}executable gives the same probes: Go ${version}`, async () => {
      using source = new FileSource(await build(version, architecture === "" ? "default" : "arm64"));
      using strippedSource = new FileSource(await build(version, `${architecture}stripped`));
      const elf = new ElfFile(source);
      const stripped = new ElfFile(strippedSource);
      const functions = new FunctionTable(elf);
      const strippedFunctions = new FunctionTable(stripped);
      assert.equal(functions.source, ".symtab");
      assert.equal(strippedFunctions.source, "pclntab");
      for (const name of [...names, "main.everywhere"]) {
        const expected = roles(resolveTargets(elf, functions, name));
        assert.deepEqual(roles(resolveTargets(stripped, strippedFunctions, name)), expected, name);
      }
    });
  }

  Deno.test(`what was inlined is told with where it went: Go ${version}`, async () => {
    using source = new FileSource(await build(version, "stripped"));
    const elf = new ElfFile(source);
    const functions = new FunctionTable(elf);
    const resolve = (name: string) => resolveTargets(elf, functions, name);
    assert.deepEqual(resolve("main.everywhere"), { kind: "inlined", into: ["main.caller"] });
    assert.deepEqual(found(resolve("main.both"), "main.both").notSeenIn(), ["main.caller"]);
    assert.deepEqual(found(resolve("main.plain"), "main.plain").notSeenIn(), []);
    const small = found(resolve("main.Small.ServeHTTP"), "main.Small.ServeHTTP");
    const wrapper = small.targets.find(({ function: { name } }) => name === "main.(*Small).ServeHTTP");
    assert.equal(wrapper?.role, "wrapper");
    assert.equal(wrapper?.because, "the compiler inlined main.Small.ServeHTTP into it");
    const unknown = resolve("main.plan");
    assert.deepEqual(unknown, { kind: "unknown", nearest: ["main.plain"] });
  });

  Deno.test(`who may be a handler is told by its arguments: Go ${version}`, async () => {
    using source = new FileSource(await build(version, "stripped"));
    const functions = new FunctionTable(new ElfFile(source));
    const { facts } = functions;
    const at = (name: string) => functions.find(name)[0]!.address;
    for (const name of ["main.plain", "main.caller", "main.both", "main.main.func1"]) {
      assert.ok(facts.mayBeHandler(at(name), "none"), name);
      assert.ok(!facts.mayBeHandler(at(name), "pointer"), name);
    }
    assert.ok(facts.mayBeHandler(at("main.(*API).Get"), "pointer"));
    assert.ok(!facts.mayBeHandler(at("main.(*API).Get"), "none"));
    assert.ok(facts.mayBeHandler(at("main.Big.ServeHTTP"), "value"));
    assert.ok(!facts.mayBeHandler(at("main.main"), "none"));
    // Three integers have the size of a handler's arguments: only Go 1.17 and later say more of them.
    assert.equal(facts.mayBeHandler(at("main.notHandler"), "none"), minor(version) < 17);
    assert.ok(facts.isWrapper(at("main.(*Big).ServeHTTP")));
    assert.ok(facts.isWrapper(at("main.(*ByPointer).ServeHTTP")));
    assert.ok(!facts.isWrapper(at("main.Big.ServeHTTP")));
    const info = facts.functionInfo(at("main.plain"));
    assert.match(info?.file ?? "", /main\.go$/);
    assert.equal(info?.line, 22);
    assert.equal(info?.argsBytes, 24);
    if (minor(version) < 18) return;
    for (const name of ["main.Handle", "main.Store.ServeHTTP"]) {
      const elf = new ElfFile(source);
      const receiver = name === "main.Handle" ? "none" : "pointer";
      for (const target of found(resolveTargets(elf, functions, name), name).targets) {
        assert.ok(target.dictionary);
        assert.ok(facts.mayBeHandler(target.function.address, receiver, true), target.function.name);
        assert.ok(!facts.mayBeHandler(target.function.address, receiver, false), target.function.name);
      }
    }
  });
}
