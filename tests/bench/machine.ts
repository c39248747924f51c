/** The machine that figures belong to, in one line: they mean nothing without it. */
export function describeMachine(): string {
  const cpuinfo = Deno.readTextFileSync("/proc/cpuinfo");
  const model = /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? Deno.build.arch;
  const virtual = /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo) ? "virtual machine" : "no hypervisor seen";
  return `Linux ${Deno.osRelease()}, ${navigator.hardwareConcurrency} x ${model}, ${virtual}, load ${loadText()}`;
}

/** The load averages of 1 and 5 minutes. */
export function loadText(): string {
  const [one = NaN, five = NaN] = Deno.loadavg();
  return `${one.toFixed(1)} ${five.toFixed(1)}`;
}
