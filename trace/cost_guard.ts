import { GohttpsnoopError, RuntimeError } from "../base/mod.ts";
import { CostWindow, type Overrun } from "./cost_window.ts";
import type { Session } from "./session.ts";

/** Of one core, what the probes on calls of functions may cost when nothing else is asked for. */
export const DEFAULT_MAX_COST = 0.05;

/** What a limit is called where it was set, for messages. */
export interface LimitName {
  readonly name: string;
  /** How a share of a core is written there. */
  readonly value: (share: number) => string;
  /** How no limit is. */
  readonly none: string;
}

/** What a {@linkcode CostGuard} keeps, and whom it tells. */
export interface CostGuardOptions {
  /**
   * Of one core, what the probes may cost together: 0.05 is 5 %; Infinity for no limit. Undefined: calls of functions
   * {@linkcode DEFAULT_MAX_COST}, and requests have no limit.
   */
  readonly maxCost: number | undefined;
  /** Default: as on the command line. */
  readonly limit?: LimitName;
  /** Takes what the user may want to know. */
  readonly tell: (note: string) => void;
  /** Called once, when nothing is traced any more; see {@linkcode CostGuard.failure}. */
  readonly failed: () => void;
}

/** How often hits are looked at: a function that is called millions of times a second is let go after so long. */
const LOOK_MS = 200;
/** The most functions that are told each with a note of its own at a time. */
const MAX_TOLD = 5;
const COMMAND_LINE: LimitName = { name: "--max-cost", value: percent, none: "off" };

/** Whether the limit is one for requests too, whose hits have to be counted then. */
export function limitsRequests(maxCost: number | undefined): boolean {
  return maxCost !== undefined && maxCost < Infinity;
}

/**
 * Keeps what the probes cost the traced processes below a budget: counts their hits, and takes away those of the
 * functions that cost most, or of a server with all of its requests. Costs are estimates, by how the kernel runs the
 * probed instructions.
 */
export class CostGuard implements Disposable {
  readonly #session: Session;
  readonly #options: CostGuardOptions;
  readonly #share: number;
  readonly #limit: LimitName;
  readonly #window: CostWindow;
  readonly #timer: number | undefined;
  #failure: GohttpsnoopError | undefined;

  /** Begins to look, where there is a limit. */
  constructor(session: Session, options: CostGuardOptions) {
    this.#session = session;
    this.#options = options;
    this.#share = options.maxCost ?? DEFAULT_MAX_COST;
    this.#limit = options.limit ?? COMMAND_LINE;
    this.#window = new CostWindow(this.#share, performance.now());
    if (this.#share < Infinity) this.#timer = setInterval(() => this.#look(), LOOK_MS);
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
    if (session.detached || session.costs.every((cost) => cost === undefined)) return;
    try {
      const overruns = this.#window.look(performance.now(), session.hits(), session.costs);
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
    const { tell } = this.#options;
    for (const overrun of overruns.slice(0, MAX_TOLD)) tell(this.#textOf(overrun));
    const more = overruns.length - MAX_TOLD;
    if (more > 0) tell(`${more} more functions are not traced any more, for the same reason`);
  }

  #textOf({ kind, symbol, callsPerSecond, share }: Overrun): string {
    const { name, value, none } = this.#limit;
    const rate = Math.round(callsPerSecond).toLocaleString("en");
    const enough = Math.ceil(share * 10) / 10;
    const what = kind === "server"
      ? `no request is traced any more: ${rate} a second`
      : `${symbol} is not traced any more: ${rate} calls a second`;
    return `${what} cost about ${percent(share)} of a core, and ${name} is ${value(this.#share)}; ` +
      `${name} ${value(enough)} or ${name} ${none} allows it` +
      (kind === "call" ? " (--where makes a call no cheaper)" : "");
  }

  #nothingLeft(): RuntimeError {
    const { name, value, none } = this.#limit;
    return new RuntimeError(
      `Nothing is traced any more: it cost more than ${name}, ${value(this.#share)} of a core`,
      {
        hint: `Name what is called less often, or allow more: ${name} ${
          value(Math.max(0.5, 2 * this.#share))
        }, or ${none}.`,
      },
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
