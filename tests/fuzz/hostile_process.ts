/**
 * `deno run hostile_process.ts CASE`: makes the file of one case, reads it, and checks what that took and gave.
 *
 * @module
 */
import { GohttpsnoopError } from "../../base/mod.ts";
import { CASES } from "./hostile_cases.ts";
import { errors } from "./hostile_reading.ts";
import { collect, cpuMs, LIMIT_KB, LIMIT_MS, statusKb } from "./measure.ts";

const action = CASES[Deno.args[0] ?? ""]!();
collect();
// Making the file took more than reading it may: the kernel's peak begins anew.
Deno.writeTextFileSync("/proc/self/clear_refs", "5");
const baselineKb = statusKb("VmRSS");
const begin = cpuMs();
try {
  action();
} catch (error) {
  errors.push(error);
}
const took = cpuMs() - begin;
const more = statusKb("VmHWM") - baselineKb;
for (const error of errors) {
  if (!(error instanceof GohttpsnoopError)) throw error;
  if (error.hint === "" || error.message.length > 10_000) {
    throw new Error(`no message for a person: ${error.message}`);
  }
}
const spent = `${took.toFixed(0)} ms, +${Math.round(more / 1024)} MB, ${errors.length} errors: ${
  String(errors[0]).slice(0, 160)
}`;
if (took > LIMIT_MS || more > LIMIT_KB) throw new Error(spent);
console.log(spent);
