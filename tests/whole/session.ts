import { Session, type TargetPlans } from "../../trace/mod.ts";

/**
 * A session whose probes are attached, to each target's own file, as long as its scope lasts.
 *
 * @param bufferBytes of its ring: a power of two, a multiple of the page size.
 */
export function attached(targets: readonly TargetPlans[], bufferBytes = 1 << 20): Session {
  using stack = new DisposableStack();
  const session = stack.use(new Session({ targets, bufferBytes, attach: "auto", libbpfPath: "" }));
  for (const plans of targets) session.attach(plans, plans.target.path);
  stack.move();
  return session;
}
