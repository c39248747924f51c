import assert from "node:assert/strict";
import { CallsProgram } from "../call/calls_program.ts";
import { Folder } from "../folder.ts";
import { buildGo, installedGo } from "../toolchains.ts";
import { buildExample } from "./server.ts";
import { Tracer, tracerCommand } from "./tracer.ts";

const SHOP = new URL("../servers/shop", import.meta.url).pathname;

const README = new URL("../../README.md", import.meta.url);

/** The fenced block of `language` behind the first line that has `mark`. */
async function block(mark: string, language: string): Promise<string> {
  const text = await Deno.readTextFile(README);
  const behind = text.slice(text.indexOf(mark));
  const found = new RegExp("```" + language + "\\n([\\s\\S]*?)```").exec(behind)?.[1];
  assert.ok(found, `README.md has no ${language} block behind "${mark}"`);
  return found;
}

Deno.test("the README's recipe for CI works as it stands, and fails when no request comes", async () => {
  await using folder = await Folder.make();
  const { command, args } = tracerCommand();
  const shim = `#!/bin/sh\nexec ${[command, ...args].map((word) => `'${word}'`).join(" ")} "$@"\n`;
  await Deno.writeTextFile(`${folder.path}/gohttpsnoop`, shim, { mode: 0o755 });
  await Deno.copyFile(await buildExample(), `${folder.path}/server`);
  const recipe = await block("tested: tests/e2e/readme_test.ts", "sh");
  const run = async (script: string) => {
    const { code, stderr } = await new Deno.Command("bash", {
      // The server of the recipe is ended by its process id, as the shell knows it.
      args: ["-euc", `trap 'kill %1' EXIT\n${script}`],
      cwd: folder.path,
      env: { PATH: `${folder.path}:${Deno.env.get("PATH")}` },
      stdout: "null",
      stderr: "piped",
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  const short = recipe.replace("-d 30s", "-d 3s");
  assert.notEqual(short, recipe);
  const good = await run(short);
  assert.equal(good.code, 0, good.stderr);
  const requests = await Deno.readTextFile(`${folder.path}/requests.txt`);
  assert.equal(requests, "Method     Path\nGET        /ping\n");
  const silent = await run(short.replace(/^curl.*$/m, ""));
  assert.equal(silent.code, 5, silent.stderr);
});

/** The program of the README's examples of calls. */
async function buildShop(): Promise<string> {
  return await buildGo({ toolchain: await installedGo(), dir: SHOP, output: "shop" });
}

/** The README's examples of calls: the words behind the program's name. */
async function callExamples(): Promise<string[]> {
  const text = await Deno.readTextFile(README);
  return [...text.matchAll(/^ {4}(?:\$ )?(?:sudo )?gohttpsnoop (.*\.\/shop .*)$/gm)].map(([, words = ""]) =>
    words
  );
}

Deno.test("each of the README's examples of calls can be planned as it stands", async (t) => {
  await using folder = await Folder.make();
  await Deno.copyFile(await buildShop(), `${folder.path}/shop`);
  const { command, args } = tracerCommand();
  const tracer = [command, ...args].map((word) => `'${word}'`).join(" ");
  const examples = await callExamples();
  assert.ok(examples.length >= 10, "the README has no examples");
  for (const words of examples) {
    await t.step(words, async () => {
      const plans = words.startsWith("-l") ? words : `--explain ${words}`;
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", `exec ${tracer} ${plans}`],
        cwd: folder.path,
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.match(new TextDecoder().decode(stdout), words.startsWith("-l") ? /main\./ : /^recipe +call$/m);
    });
  }
});

Deno.test("the README's tables of calls are what is printed", async () => {
  const text = await Deno.readTextFile(README);
  const binary = await buildShop();
  for (
    const probe of [...text.matchAll(/^ {4}\$ sudo gohttpsnoop \.\/shop '(.*)'$/gm)].map(([, words = ""]) =>
      words
    )
  ) {
    const behind = text.slice(text.indexOf(`./shop '${probe}'`)).split("\n").slice(1);
    const shown = behind.slice(0, behind.indexOf("")).map((line) => line.slice(4));
    await using program = await CallsProgram.start(binary);
    await using tracer = new Tracer(["-c", String(shown.length - 1), binary, probe]);
    await tracer.stdout.atLeast(1);
    await program.obey("go");
    const { stdout } = await tracer.finished();
    assert.equal(stdout, `${shown.join("\n")}\n`);
  }
});

Deno.test("the README's plan is what --explain prints, but for places in the file", async () => {
  const text = await Deno.readTextFile(README);
  const printed = await new Deno.Command(tracerCommand().command, {
    args: [...tracerCommand().args, "--explain", await buildExample(), "main.ping"],
  }).output();
  const plan = new TextDecoder().decode(printed.stdout).trimEnd();
  const keys = (lines: string[]) => lines.map((line) => line.trim().split(/ +/)[0]);
  const shown = text.split("\n").slice(
    text.split("\n").findIndex((line) => line.startsWith("    function ")),
  );
  const lines = shown.slice(0, shown.indexOf(""));
  assert.deepEqual(keys(lines), keys(plan.split("\n")));
  for (const line of lines.filter((line) => /^ {4}(method|path|offsets|recipe) /.test(line))) {
    // Where the arguments are depends on the Go that is installed; the offsets do not.
    const offsets = line.replace(/: (CX|stack at \+24),/, ":");
    assert.ok(plan.replace(/: (CX|stack at \+24),/g, ":").includes(offsets.trim()), line);
  }
});
