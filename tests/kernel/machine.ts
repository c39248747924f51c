import type { KernelImage } from "./images.ts";

/** A machine to boot. */
export interface Boot {
  readonly image: KernelImage;
  /** The kernel's file. */
  readonly kernel: string;
  /** The initramfs's file. */
  readonly initramfs: string;
  /** The machine is switched off after so many milliseconds. */
  readonly limitMs: number;
}

/** What a machine wrote to its console until it was off. */
export interface BootResult {
  readonly console: string;
  /** It did not power itself off in time. */
  readonly timedOut: boolean;
  /** From qemu's start to its end. */
  readonly durationMs: number;
}

/** Of memory: the initramfs is held in it, once as a file to unpack and once unpacked. */
const MEMORY_MB = 2048;

/**
 * A panic reboots at once, and -no-reboot makes an end of that. The CPU's random numbers spare the wait for others.
 * Nothing secret is in the machine, and emulation pays dearly for the mitigations' indirect branches.
 */
const KERNEL_ARGUMENTS = "quiet panic=-1 random.trust_cpu=on mitigations=off";

/**
 * Boots a kernel under qemu, by software emulation: it needs neither root nor KVM, and is the same on every host.
 * Returns when the machine is off.
 */
export async function boot({ image, kernel, initramfs, limitMs }: Boot): Promise<BootResult> {
  const { machine } = image;
  const start = performance.now();
  const child = new Deno.Command(machine.qemu, {
    args: [
      ...machine.qemuArguments,
      ...["-accel", "tcg", "-smp", "2", "-m", String(MEMORY_MB)],
      ...["-nographic", "-no-reboot", "-nodefaults", "-monitor", "none", "-serial", "stdio"],
      ...["-kernel", kernel, "-initrd", initramfs],
      ...["-append", `console=${machine.console} ${KERNEL_ARGUMENTS}`],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, limitMs);
  try {
    const { code, stdout, stderr } = await child.output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!timedOut && code !== 0) throw new Error(`${machine.qemu} ended with ${code}: ${decode(stderr)}`);
    return {
      console: decode(stdout).replaceAll("\r\n", "\n"),
      timedOut,
      durationMs: performance.now() - start,
    };
  } finally {
    clearTimeout(timer);
  }
}
