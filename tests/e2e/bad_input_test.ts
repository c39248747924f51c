import assert from "node:assert/strict";
import { buildExample, Server } from "./server.ts";
import { runTracer, tracerCommand } from "./tracer.ts";

/** Two lines, what and hint; no stack trace; nothing on stdout; quickly. */
async function assertRefused(
  args: readonly string[],
  code: number,
  what: RegExp,
  hint: RegExp,
  options: Parameters<typeof runTracer>[1] = {},
): Promise<void> {
  const run = await runTracer(args, options);
  assert.equal(run.stdout, "", "standard output");
  const lines = run.stderr.split("\n").slice(0, -1);
  assert.equal(lines.length, 2, run.stderr);
  assert.match(lines[0]!, /^gohttpsnoop: /);
  assert.match(lines[0]!, what);
  assert.match(lines[1]!, /^ {2}hint: /);
  assert.match(lines[1]!, hint);
  assert.equal(run.code, code);
  assert.ok(run.durationMs < 1_000, `it took ${Math.round(run.durationMs)} ms`);
}

/** A folder for files of one test, removed at its end. */
class Folder implements Disposable {
  readonly path = Deno.makeTempDirSync();

  /** Writes a file and returns its path. */
  file(name: string, content: string | Uint8Array, mode = 0o755): string {
    const path = `${this.path}/${name}`;
    Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content, {
      mode,
    });
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

async function compileC(folder: Folder, name: string, flags: readonly string[]): Promise<string> {
  const source = folder.file(`${name}.c`, "int main(void) { return 0; }\n");
  const output = `${folder.path}/${name}`;
  const { success, stderr } = await new Deno.Command("gcc", { args: [...flags, source, "-o", output] })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return output;
}

Deno.test("an unknown flag, a missing target, a bad number: exit 2", async () => {
  await assertRefused(["--no-such-flag", "x", "main.ping"], 2, /--no-such-flag/, /./);
  await assertRefused([], 2, /./, /./);
  await assertRefused(["-c", "many", "./server", "main.ping"], 2, /many/, /./);
  await assertRefused(["-p", "0", "main.ping"], 2, /0/, /./);
});

Deno.test("a file that does not exist, a directory: exit 4", async () => {
  using folder = new Folder();
  await assertRefused([`${folder.path}/none`, "main.ping"], 4, /No such file: .*none/, /./);
  await assertRefused([folder.path, "main.ping"], 4, /is a directory/, /./);
  await assertRefused(["/dev/null", "main.ping"], 4, /not a regular file/, /./);
});

Deno.test("an empty file, a text, a shell script: exit 4", async () => {
  using folder = new Folder();
  await assertRefused([folder.file("empty", ""), "main.ping"], 4, /empty.*(not an ELF|empty)/, /./);
  await assertRefused(
    [folder.file("text", "hello, this is a text of some length\n"), "main.ping"],
    4,
    /not an ELF/,
    /./,
  );
  await assertRefused([folder.file("script", "#!/bin/sh\nexec ./server\n"), "main.ping"], 4, /script/, /./);
});

Deno.test("a C program, a 32-bit one, a truncated Go program: exit 4", async () => {
  using folder = new Folder();
  await assertRefused([await compileC(folder, "c", []), "main"], 4, /not a Go program/, /Go/);
  const thirtyTwo = new Uint8Array(64);
  thirtyTwo.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  await assertRefused([folder.file("elf32", thirtyTwo), "main.ping"], 4, /32-bit/, /./);
  const binary = await Deno.readFile(await buildExample());
  for (const length of [10, 63, 64, 100, 1_000, 100_000, binary.length >> 1, binary.length - 100]) {
    await assertRefused([folder.file(`cut${length}`, binary.subarray(0, length)), "main.ping"], 4, /./, /./);
  }
});

Deno.test("a function that does not exist gets the nearest names; a function that is not there at all a hint", async () => {
  const binary = await buildExample();
  await assertRefused([binary, "main.pong"], 4, /no function main\.pong/, /main\.ping/);
  await assertRefused([binary, "ping"], 4, /no function ping/, /main\.ping/);
  await assertRefused([binary, "main.Ping"], 4, /no function main\.Ping/, /main\.ping/);
  await assertRefused([binary, "zzzzzzzzzzzzzzzzzzz.qqqqqqqqqqqqq"], 4, /no function zzz/, /./);
});

Deno.test("an executable of another architecture: exit 4", async () => {
  const { buildGo, installedGo } = await import("../toolchains.ts");
  const dir = new URL("../../examples/server", import.meta.url).pathname;
  const toolchain = await installedGo();
  const arm = await buildGo({ toolchain, dir, env: { GOARCH: "arm64", CGO_ENABLED: "0" }, output: "arm" });
  await assertRefused([arm, "main.ping"], 4, /aarch64.*x86_64/, /./);
});

Deno.test("no such process, a kernel thread, a process that is no Go program: exit 4", async () => {
  await assertRefused(["-p", "4194303", "main.ping"], 4, /no process 4194303/, /./);
  await assertRefused(["-p", "2", "main.ping"], 4, /kernel thread|no process/, /./);
  await assertRefused(["-p", String(Deno.pid), "main.ping"], 4, /not a Go program/, /./);
});

Deno.test("without privileges it says which are missing: exit 3; --explain needs none", async () => {
  const binary = await buildExample();
  // The source tree, the module cache and the example may not be readable to another user: drop the capabilities only.
  const { command, args } = tracerCommand();
  const run = (rest: readonly string[]) =>
    new Deno.Command("setpriv", {
      args: ["--bounding-set=-all", "--inh-caps=-all", command, ...args, ...rest],
      stdout: "piped",
      stderr: "piped",
    }).output();
  const refused = await run([binary, "main.ping"]);
  const stderr = new TextDecoder().decode(refused.stderr);
  assert.match(stderr, /^gohttpsnoop: .*CAP_BPF and CAP_PERFMON\n {2}hint: .*root.*\n$/);
  assert.equal(refused.code, 3);
  const explained = await run(["--explain", binary, "main.ping"]);
  assert.equal(explained.code, 0, new TextDecoder().decode(explained.stderr));
  assert.match(new TextDecoder().decode(explained.stdout), /^function +main\.ping$/m);
});

Deno.test("a libbpf that cannot be opened: exit 3", async () => {
  const binary = await buildExample();
  await assertRefused([binary, "main.ping"], 3, /GOHTTPSNOOP_LIBBPF=\/none\/libbpf\.so\.1/, /libbpf\.so\.1/, {
    env: { GOHTTPSNOOP_LIBBPF: "/none/libbpf.so.1" },
  });
  await assertRefused([binary, "main.ping"], 3, /cannot be opened as libbpf/, /./, {
    env: { GOHTTPSNOOP_LIBBPF: "libc.so.6" },
  });
});

/** Where the dynamic linker finds a library. */
async function libraryPath(soname: string): Promise<string> {
  const { stdout } = await new Deno.Command("ldconfig", { args: ["-p"] }).output();
  const line = new TextDecoder().decode(stdout).split("\n").find((line) =>
    line.trim().startsWith(`${soname} `)
  );
  assert.ok(line, `there is no ${soname}`);
  return await Deno.realPath(line.split("=> ")[1]!);
}

Deno.test("a libbpf that is named is used; one that is missing, and a missing libelf, are told: exit 3", async () => {
  const binary = await buildExample();
  const libbpf = await libraryPath("libbpf.so.1");
  const named = await runTracer(["-d", "100ms", binary, "main.ping"], {
    env: { GOHTTPSNOOP_LIBBPF: libbpf },
  });
  assert.equal(named.code, 0, named.stderr);
  const { command, args } = tracerCommand();
  for (
    const { hidden, message } of [
      {
        hidden: libbpf,
        message: /^gohttpsnoop: libbpf\.so\.1 is missing\n {2}hint: Install it: .*libbpf1.*\n$/,
      },
      {
        hidden: await libraryPath("libelf.so.1"),
        message: /^gohttpsnoop: libbpf needs libelf\.so\.1.*\n {2}hint: .*\n$/,
      },
    ]
  ) {
    // A mount namespace of its own, in which the library's file is empty.
    const run = await new Deno.Command("unshare", {
      args: [
        "--mount",
        "sh",
        "-c",
        'mount --bind /dev/null "$0" && exec "$@"',
        hidden,
        command,
        ...args,
        binary,
        "main.ping",
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    assert.match(new TextDecoder().decode(run.stderr), message);
    assert.equal(run.code, 3);
  }
});

Deno.test("what the server's file is called cannot write to the terminal", async () => {
  const run = await runTracer(["/none/\x1b[31mred\n", "main.ping"]);
  assert.ok(!run.stderr.includes("\x1b"), run.stderr);
  assert.equal(run.stderr.split("\n").length, 3);
});

Deno.test("an expectation that is not met: exit 5, with a hint", async () => {
  const binary = await buildExample();
  await using _server = await Server.start(binary);
  const run = await runTracer(["-d", "200ms", "--min-events", "1", binary, "main.ping"]);
  assert.equal(run.code, 5);
  assert.equal(run.stdout, "Method     Path\n");
  assert.match(run.stderr, /^gohttpsnoop: 0 .*1.*\n {2}hint: .+\n$/m);
});
