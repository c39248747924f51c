import assert from "node:assert/strict";
import { report } from "./campaign.ts";
import { CASES } from "./hostile_cases.ts";
import { MEASURED_ARGS } from "./measure.ts";

const PROCESS = new URL("hostile_process.ts", import.meta.url).pathname;

for (const name of Object.keys(CASES)) {
  Deno.test(`a value or a typed error, in 2 s and 256 MB: ${name}`, async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...MEASURED_ARGS, PROCESS, name],
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(success ? stdout : stderr);
    await report(`${name}: ${text.trimEnd()}`);
    assert.ok(success, text);
  });
}
