import { GohttpsnoopError, RuntimeError } from "../base/mod.ts";
import { CostWindow, type Overrun } from "./cost_window.ts";
import type { Session } from "./session.ts";

/** What a {@linkcode CostGuard} keeps, and whom it tells. */
export interface CostGuardOptions {
  /** Of one core, what the probes on calls may cost together: 0.05 is 5 %. */
  readonly share: number;
  /** Takes what the user may want to know. */
  readonly tell: (note: string) => void;
  /** Called once, when nothing is traced any more; see {@linkcode CostGuard.failure}. */
  readonly failed: () => void;
}

/** How often hits are looked at: a function that is called millions of times a second is let go after so long. */
const LOOK_MS = 200;
/** The most functions that are told each with a note of its own at a time. */
const MAX_TOLD = 5;

/**
 * Keeps what the probes on calls cost the traced processes below a budget: counts their hits, and takes away those of
 * the functions that cost most. Costs are estimates, by how the kernel runs the probed instructions.
 */
export class CostGuard implements Disposable {
  readonly #session: Session;
  readonly #options: CostGuardOptions;
  readonly #window: CostWindow;
  readonly #timer: number;
  #failure: GohttpsnoopError | undefined;

  /** Begins to look. */
  constructor(session: Session, options: CostGuardOptions) {
    this.#session = session;
    this.#options = options;
    this.#window = new CostWindow(options.share, performance.now());
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Why nothing is traced any more: the run was not what was asked for. */
  get failure(): GohttpsnoopError | undefined {
    return this.#failure;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #look(): void {
    const session = this.#session;
    if (session.detached || session.callCosts.every((cost) => cost === undefined)) return;
    try {
      const overruns = this.#window.look(performance.now(), session.hits(), session.callCosts);
      if (overruns.length > 0) this.#letGo(overruns);
    } catch (error) {
      if (!(error instanceof GohttpsnoopError)) throw error;
      this.#fail(error);
    }
  }

  #letGo(overruns: readonly Overrun[]): void {
    const start = performance.now();
    const { othersLeft, othersAway } = this.#session.drop(new Set(overruns.map(({ site }) => site)));
    const gapMs = Math.ceil(performance.now() - start);
    this.#tell(overruns);
    if (!othersLeft) return this.#fail(this.#nothingLeft());
    if (!othersAway) return;
    this.#options.tell(
      `calls of the other functions may be missing for ${gapMs} ms, while their probes were set anew`,
    );
  }

  #tell(overruns: readonly Overrun[]): void {
    const { tell, share: budget } = this.#options;
    for (const { symbol, callsPerSecond, share } of overruns.slice(0, MAX_TOLD)) {
      const enough = Math.ceil(share * 10) * 10;
      tell(
        `${symbol} is not traced any more: ${
          Math.round(callsPerSecond).toLocaleString("en")
        } calls a second cost ` +
          `about ${percent(share)} of a core, and --max-cost is ${
            percent(budget)
          }; --max-cost ${enough}% or ` +
          `--max-cost off allows it (--where makes a call no cheaper)`,
      );
    }
    const more = overruns.length - MAX_TOLD;
    if (more > 0) tell(`${more} more functions are not traced any more, for the same reason`);
  }

  #nothingLeft(): RuntimeError {
    return new RuntimeError(
      `Nothing is traced any more: the calls cost more than --max-cost, ${
        percent(this.#options.share)
      } of a core`,
      { hint: "Name functions that are called less often, or allow more: --max-cost 50%, or off." },
    );
  }

  #fail(error: GohttpsnoopError): void {
    this.#failure = error;
    this.close();
    this.#options.failed();
  }
}

/** `5%`, `0.25%`, `140%`: as few digits as say it. */
function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)}%`;
}
