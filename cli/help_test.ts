import assert from "node:assert/strict";
import { COLUMNS } from "../output/columns.ts";
import { ExitCode } from "./exit_codes.ts";
import { knownFlags } from "./flags.ts";
import { HELP } from "./help.ts";

Deno.test("the help fits into 80 columns, and is plain text", () => {
  for (const line of HELP.split("\n")) assert.ok(line.length <= 80 && /^[ -~]*$/.test(line), line);
  assert.ok(HELP.endsWith("\n") && !HELP.endsWith("\n\n"));
});

Deno.test("the help has every option once, and no other", () => {
  const described = HELP.split("\n").flatMap((line) =>
    /^ {2}(?:(-\w), | {4})(--[a-z-]+)/.exec(line)?.slice(1).filter((flag) => flag !== undefined) ?? []
  );
  assert.deepEqual(described.toSorted(), knownFlags().toSorted());
});

Deno.test("the help has every exit code", () => {
  for (const code of Object.values(ExitCode)) assert.match(HELP, new RegExp(`^  ${code} {2,}\\w`, "m"));
});

Deno.test("the help names the environment variables", () => {
  assert.match(HELP, /GOHTTPSNOOP_LIBBPF/);
});

Deno.test("the help has every column once, in the order of JSON's keys, and no other", () => {
  const [, list = ""] = /--fields .*by their names in JSON:\n((?: {26}.+\n)+)/.exec(HELP) ?? [];
  const named = list.replaceAll(/\(.*?\)|; and header:NAME/g, "").split(",").map((name) => name.trim());
  assert.deepEqual(named, COLUMNS.map(({ key }) => key));
});
