/**
 * What no tracer can go below: `floor_process.ts BINARY [HANDLER...]` attaches, at the handlers or the sites of the
 * whole server, the same program with a plan for a process that does not exist, so that it compares one number and
 * returns. Says `ready`, ends on SIGINT.
 *
 * @module
 */
import {
  AttachType,
  BPF_F_SLEEPABLE,
  BpfObject,
  hasSleepableUprobes,
  Native,
  UprobeLink,
} from "../../ffi/mod.ts";
import { encodePlan } from "../../trace/plan_encoding.ts";
import { readObject } from "../../trace/object.ts";
import { planTargets, type TargetPlans } from "../../trace/mod.ts";

/** More than any PID (2^22). */
const NOBODY = 0x7fff_ffff;

const [binary = "", ...probes] = Deno.args;
const [{ target, plans }] = planTargets({ binary, probes }) as [TargetPlans];
using native = new Native("");
const sleepable = hasSleepableUprobes(native);
const plan = { ...plans[0]!, fields: [], step: "alone", site: { ...plans[0]!.site, guard: "none" } } as const;
using object = new BpfObject(native, {
  bytes: readObject("gohttpsnoop"),
  program: "entry",
  rodata: encodePlan(plan, {
    site: 0,
    sleepable,
    pid: NOBODY,
    wakeupBytes: 0,
    pidNamespace: undefined,
    counted: false,
  }),
  maps: {},
  flags: sleepable ? BPF_F_SLEEPABLE : 0,
  expectedAttachType: AttachType.UprobeMulti,
});
using _link = new UprobeLink(native, object, {
  method: "multi",
  path: target.path,
  offsets: plans.map(({ site }) => site.fileOffset),
});
console.log("ready");
await new Promise<void>((resolve) => Deno.addSignalListener("SIGINT", resolve));
