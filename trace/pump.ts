import { fieldIndex, FieldStatus, isMethod, RecordDecoder, type RecordView } from "../event/mod.ts";
import { ReaderState } from "../bpf/mod.ts";
import type { RecordConsumer } from "../ffi/mod.ts";
import type { Session } from "./session.ts";

/** Takes the events of a run. */
export interface EventConsumer {
  /**
   * One event; the view is valid during the call only.
   *
   * @returns false when no more are wanted.
   */
  event(view: RecordView): boolean;
  /** Called after each batch, however many events it had; what it returns is waited for. */
  batch?(): void | Promise<void>;
}

/** Why a pump ended. */
export type PumpEnd = "stopped" | "enough" | "hangup" | "exited";

/** At most so long are records read before signals and writes have their turn. */
const BATCH_MS = 5;
/**
 * Between batches, while requests arrive: records gather, and the server wakes nobody, unless the ring fills. With naps
 * of 10 ms a record costs the reader twice as much as with 50, with 50 a fifth more than with 100, which nobody sees.
 */
const NAP_MS = 100;
/** A record is being written just now: look again soon. */
const BUSY_MS = 1;
/** With nothing to do. The program wakes the reader, so this only bounds how long a lost wake-up could matter. */
const SLEEP_MS = 1000;

/** Moves records from the ring to a consumer, in bounded batches, sleeping when there are none. */
export class Pump implements RecordConsumer {
  readonly #session: Session;
  readonly #consumer: EventConsumer;
  readonly #decoder: RecordDecoder;
  /** For each probe, the field that has to be a method; -1 for calls of any function. */
  readonly #methodFields: number[] = [];
  /** For each probe, how many records were refused. */
  readonly #refused: number[] = [];
  #end: PumpEnd | undefined;
  #processes: number;

  /** @param processes how many watched processes there are; the pump ends when all of them have. */
  constructor(session: Session, consumer: EventConsumer, processes = 0) {
    this.#session = session;
    this.#consumer = consumer;
    this.#processes = processes;
    this.#decoder = new RecordDecoder(session.ring.data, session.sites, session.clock);
    this.#learn();
  }

  /** Takes in the probes that have been added to the session. */
  #learn(): void {
    for (const probe of this.#session.probes.slice(this.#methodFields.length)) {
      this.#methodFields.push(fieldIndex(probe, "method"));
      this.#refused.push(0);
    }
  }

  /**
   * For each probe, how many of its records were not delivered because what stands in a method's place is none: the
   * function is no handler.
   */
  get refused(): readonly number[] {
    return this.#refused;
  }

  /** The ring's side of it. */
  record(offset: number): boolean {
    const view = this.#decoder.decode(offset);
    if (view.probeIndex >= this.#methodFields.length) this.#learn();
    const method = this.#methodFields[view.probeIndex] as number;
    if (method >= 0 && !this.#isRequest(view, method)) {
      this.#refused[view.probeIndex]! += 1;
      return true;
    }
    if (this.#consumer.event(view)) return true;
    this.#end ??= "enough";
    return false;
  }

  /** Where memory cannot be brought in, a request's method may be out of reach: it is shown as such. */
  #isRequest(view: RecordView, method: number): boolean {
    return isMethod(view, method) || view.status[method] === FieldStatus.fault && !this.#session.sleepable;
  }

  /** Asks {@linkcode run} to end; what is in the ring by then is still delivered. */
  stop(): void {
    this.#end ??= "stopped";
    this.#session.ring.interrupt();
  }

  /**
   * Runs until {@linkcode stop} is called, the consumer has enough, the watched output is closed, or the watched
   * processes have ended. Then the probes are taken away and, unless the consumer has enough, the rest is drained.
   */
  async run(): Promise<PumpEnd> {
    const { ring } = this.#session;
    while (this.#end === undefined) {
      const records = ring.drain(this, BATCH_MS);
      await this.#consumer.batch?.();
      if (this.#end !== undefined) break;
      // On a busy server a record has always come meanwhile; to go after each would cost more than the records do.
      if (ring.behind) await macrotask();
      else await this.#wait(records);
    }
    this.#session.detach();
    while (this.#end !== "enough" && this.#end !== "hangup" && ring.drain(this, BATCH_MS) > 0) {
      await this.#consumer.batch?.();
      await macrotask();
    }
    await this.#consumer.batch?.();
    return this.#end;
  }

  async #wait(records: number): Promise<void> {
    const { ring } = this.#session;
    let timeoutMs = NAP_MS;
    if (records > 0) {
      ring.setReader(ReaderState.napping);
    } else {
      ring.setReader(ReaderState.asleep);
      // The program looks at the state after it has written: what came before it looked is seen here.
      timeoutMs = ring.empty ? SLEEP_MS : BUSY_MS;
    }
    const { hangup, exits } = await ring.wait(timeoutMs);
    ring.setReader(ReaderState.awake);
    if (hangup) this.#end ??= "hangup";
    if (exits > 0 && (this.#processes -= exits) <= 0) this.#end ??= "exited";
  }
}

/** Lets the event loop run once: signals, timers and writes. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
