import { type Command, FORWARDED_SIGNALS } from "./command.ts";
import { listen } from "./scoped.ts";

/** Signals that end a run as asked. */
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Signals that are nearer to each other are one. */
const SAME_SIGNAL_MS = 100;

/** Whom the signals are for, and what they do. */
export interface EndSignalOptions {
  /** The command that is traced, if one is started for it. */
  readonly command: Command | undefined;
  /** Ends the run as asked. */
  readonly stop: () => void;
  /** Ends the program at once. */
  readonly exit: () => never;
}

/**
 * The first signal calls `stop`; a second Ctrl-C ends at once. Tells whether one came. `deno task` passes on the Ctrl-C
 * that the terminal has sent already: what comes at the same moment is the same one.
 *
 * A command that was started gets its signals, and the run ends when it does; the second Ctrl-C kills it.
 */
export function handleEndSignals(
  stack: DisposableStack,
  { command, stop, exit }: EndSignalOptions,
): () => boolean {
  let interruptedAt: number | undefined;
  let stopped = false;
  for (const signal of command === undefined ? END_SIGNALS : FORWARDED_SIGNALS) {
    listen(stack, signal, () => {
      const again = stopped && signal === "SIGINT" &&
        performance.now() - (interruptedAt ?? -Infinity) > SAME_SIGNAL_MS;
      const started = command?.pid !== undefined;
      if (again) {
        if (started) command.signal("SIGKILL");
        exit();
      }
      if (started) command.forward(signal);
      if (started && signal !== "SIGINT") return;
      if (!stopped) interruptedAt = performance.now();
      stopped = true;
      if (!started) stop();
    });
  }
  return () => stopped;
}
