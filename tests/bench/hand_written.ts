import { AttachType, BPF_F_SLEEPABLE, BpfObject, Native, UprobeLink } from "../../ffi/mod.ts";
import type { Session, TargetPlans } from "../../trace/mod.ts";
import { compileBpf } from "../../scripts/lib/clang.ts";

const SOURCE = new URL("hand_written.bpf.c", import.meta.url).pathname;

/** Compiles hand_written.bpf.c, with so many texts, and room for so many bytes of each. Returns the object. */
export async function compileHandWritten(texts: number, textBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const output = await Deno.makeTempFile({ prefix: "gohttpsnoop-bench-", suffix: ".o" });
  try {
    const machine = Deno.build.arch === "aarch64" ? { ARM64: 1 } : {};
    await compileBpf(SOURCE, output, { TEXTS: texts, TEXT_BYTES: textBytes, ...machine });
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(output);
  }
}

/**
 * The program of {@linkcode compileHandWritten}, attached where a plan is, with the session's ring.
 *
 * @param reads whether it reads anything; otherwise it only returns.
 */
export function attachHandWritten(
  bytes: Uint8Array<ArrayBuffer>,
  reads: boolean,
  { ring, sleepable }: Session,
  { target, plans }: TargetPlans,
): Disposable {
  using stack = new DisposableStack();
  const native = stack.use(new Native(""));
  // struct charge_plan: the wake-up as Session has it.
  const rodata = new Uint32Array([ring.sizeBytes / 4, 0, sleepable ? 1 : 0, reads ? 0 : 1]);
  const object = stack.use(
    new BpfObject(native, {
      bytes,
      program: "charge",
      rodata: new Uint8Array(rodata.buffer),
      maps: { ring: ring.map, control: ring.control },
      flags: sleepable ? BPF_F_SLEEPABLE : 0,
      expectedAttachType: AttachType.UprobeMulti,
    }),
  );
  stack.use(
    new UprobeLink(native, object, {
      method: "multi",
      path: target.path,
      offsets: plans.map(({ site }) => site.fileOffset),
    }),
  );
  return stack.move();
}
