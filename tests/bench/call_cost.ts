import { FieldStatus, FieldWord, ReaderState, RecordLayout } from "../../bpf/mod.ts";
import type { RecordConsumer, RingBuffer } from "../../ffi/mod.ts";
import { planTargets, Session, type TargetPlans } from "../../trace/mod.ts";
import { Server } from "../e2e/server.ts";
import { ProgramRuns } from "../program_runs.ts";
import { buildServer } from "./clients.ts";
import { attachHandWritten, compileHandWritten } from "./hand_written.ts";
import { median, slope } from "./statistics.ts";

/** Fields of main.charge's order (server/main.go), by kind. */
const FIELDS = {
  integer: ["ID", "Total", "Items", "Weight", "Shipping", "Discount", "Tax", "Created"],
  text: ["Customer", "Email", "Product", "Street", "City", "Country", "Currency", "Coupon"],
} as const;
const KINDS = ["integer", "text"] as const;
/** How many of them are read. */
const COUNTS = [1, 2, 3, 4, 6, 8] as const;
/** What the hand-written program reads; and how many texts, to see what one more costs it. */
const THREE = ["ID", "Total", "Customer"];
const HAND_WRITTEN_TEXTS = [1, 2, 4] as const;

/** The most that a further field may cost, in nanoseconds; and three fields, by the hand-written program. */
const GOALS = { fieldNs: 60, ratio: 1.25 } as const;

const BUFFER_BYTES = 8 * 1024 * 1024;
/** Of these even the largest records fit into the ring, if the reader should not come to run. */
const CALLS_AT_ONCE = 3000;
/** How the reader of a busy program works: see trace/pump.ts. */
const NAP_MS = 100;
const BATCH_MS = 5;

/** What is measured. */
export interface CallCostOptions {
  readonly rounds: number;
  /** Calls of the function in a round. */
  readonly calls: number;
  readonly say?: (line: string) => void;
}

/** Nanoseconds of hits by how many fields they read. */
type Points = readonly { readonly x: number; readonly y: number }[];

/** Nanoseconds in the program for a hit, without the trap and without what reading the clock takes: medians of rounds. */
export interface CallCost {
  readonly byFields: Readonly<Record<typeof KINDS[number], Points>>;
  /** A plan with the fields of the hand-written program, .. */
  readonly three: number;
  /** .. and that program, by how many texts it reads. */
  readonly handWritten: Points;
  /** The one by the other, of rounds. */
  readonly ratio: number;
}

/** A program that is measured. */
interface Candidate {
  readonly name: string;
  /** How many fields its records have; 0: it makes none. */
  readonly fields: number;
  readonly attach: () => Disposable;
  /** Nanoseconds of a hit, by round. */
  readonly hits: number[];
}

/** What a hit on a function that a server calls in a loop takes in the program, by what it reads. */
export async function measureCallCost({ rounds, calls, say = () => {} }: CallCostOptions): Promise<CallCost> {
  const binary = await buildServer();
  using session = new Session({ targets: [], bufferBytes: BUFFER_BYTES, attach: "multi", libbpfPath: "" });
  const plan = (fields: readonly string[]): TargetPlans => {
    const probe = `main.charge(${fields.map((field) => `o.${field}`).join(", ")})`;
    return planTargets({ binary, probes: [probe] })[0]!;
  };
  const traced = (fields: readonly string[]): Candidate => {
    const plans = plan(fields);
    return {
      name: fields.join(" "),
      fields: fields.length,
      attach: () => attachSession(session, plans),
      hits: [],
    };
  };
  const threePlans = plan(THREE);
  const byHand = (name: string, fields: number, object: Uint8Array<ArrayBuffer>): Candidate => ({
    name,
    fields,
    attach: () => attachHandWritten(object, fields > 0, session, threePlans),
    hits: [],
  });
  const objects = await Promise.all(
    HAND_WRITTEN_TEXTS.map((texts) => compileHandWritten(texts, textBytesOf(threePlans))),
  );
  const byTexts = HAND_WRITTEN_TEXTS.map((texts, i) => ({
    count: texts,
    candidate: byHand(`hand-written, ${texts} texts`, THREE.length - 1 + texts, objects[i]!),
  }));

  const clock = byHand("nothing", 0, objects[0]!);
  const handWritten = byTexts[0]!.candidate;
  const three = traced(THREE);
  const byFields = KINDS.flatMap((kind) =>
    COUNTS.map((count) => ({ kind, count, candidate: traced(FIELDS[kind].slice(0, count)) }))
  );
  const candidates = [clock, three, ...[...byTexts, ...byFields].map(({ candidate }) => candidate)];

  using runs = new ProgramRuns();
  await using server = await Server.start(binary);
  // The first round brings the texts into memory, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const candidate of candidates) {
      const hitNs = await measure(candidate, calls, { session, runs, origin: server.http });
      if (round > 0) candidate.hits.push(hitNs);
    }
    if (round > 0) {
      const [empty, ours, other] = [clock, three, handWritten].map(({ hits }) => hits.at(-1)!.toFixed(0));
      say(`round ${round}: three fields ${ours} ns, hand-written ${other} ns, nothing ${empty} ns`);
    }
  }

  const net = ({ hits }: Candidate) => hits.map((hitNs, round) => hitNs - clock.hits[round]!);
  const points = (kind: typeof KINDS[number]) =>
    byFields.filter((one) => one.kind === kind)
      .map(({ count, candidate }) => ({ x: count, y: median(net(candidate)) }));
  const others = net(handWritten);
  return {
    byFields: { integer: points("integer"), text: points("text") },
    three: median(net(three)),
    handWritten: byTexts.map(({ count, candidate }) => ({ x: count, y: median(net(candidate)) })),
    ratio: median(net(three).map((hitNs, round) => hitNs / others[round]!)),
  };
}

/** What a measurement needs beside the program. */
interface Bench {
  readonly session: Session;
  readonly runs: ProgramRuns;
  readonly origin: string;
}

/** Nanoseconds of a hit, with what reading the clock takes. Throws when one was missed, or a field was not read. */
async function measure(
  { name, fields, attach }: Candidate,
  calls: number,
  { session: { ring }, runs, origin }: Bench,
): Promise<number> {
  using _attached = attach();
  const consumer = new CountingConsumer(ring, fields);
  const before = await runs.read();
  for (let left = calls; left > 0; left -= CALLS_AT_ONCE) {
    await drainDuring(ring, consumer, fetchText(`${origin}/charges?n=${Math.min(left, CALLS_AT_ONCE)}`));
  }
  const after = await runs.read();
  const hits = after.count - before.count;
  if (hits !== calls || consumer.whole !== (fields > 0 ? calls : 0)) {
    throw new Error(
      `${name}: of ${calls} calls ${hits} were hits, and ${consumer.whole} were told with all fields`,
    );
  }
  return (after.timeNs - before.timeNs) / hits;
}

/** Throws records away. */
class CountingConsumer implements RecordConsumer {
  /** Records of which each field was read. */
  whole = 0;
  readonly #words: DataView;
  readonly #fields: number;

  constructor({ data }: RingBuffer, fields: number) {
    this.#words = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#fields = fields;
  }

  record(offset: number): boolean {
    const { fields } = RecordLayout;
    let isWhole = true;
    for (let i = 0; i < this.#fields; i++) {
      const word = this.#words.getUint32(offset + fields.offset + i * fields.stride, true);
      isWhole &&= word >>> FieldWord.lengthBits === FieldStatus.ok;
    }
    if (isWhole) this.whole++;
    return true;
  }
}

/** Reads the ring as trace/pump.ts does until `work` is done. */
async function drainDuring(
  ring: RingBuffer,
  consumer: RecordConsumer,
  work: Promise<unknown>,
): Promise<void> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
    ring.interrupt();
  });
  while (!isDone) {
    ring.drain(consumer, BATCH_MS);
    ring.setReader(ReaderState.napping);
    await ring.wait(NAP_MS);
    ring.setReader(ReaderState.awake);
  }
  await done;
  while (!ring.empty) ring.drain(consumer, BATCH_MS);
}

function attachSession(session: Session, plans: TargetPlans): Disposable {
  const attachment = session.attach(plans, plans.target.path);
  return { [Symbol.dispose]: () => session.release(attachment) };
}

/** How much of a text fits into the records of a plan that has one. */
function textBytesOf({ plans }: TargetPlans): number {
  return Math.max(...plans.flatMap(({ call }) => call?.fields.map(({ capBytes }) => capBytes) ?? []));
}

async function fetchText(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** The result as lines of a table. */
export function callCostLines({ byFields, three, handWritten, ratio }: CallCost): string[] {
  const line = (ns: number, name: string) => `${ns.toFixed(0).padStart(6)} ns  ${name}`;
  return [
    ...KINDS.flatMap((kind) => [
      ...byFields[kind].map(({ x, y }) => line(y, `${x} ${kind}${x === 1 ? "" : "s"} behind a pointer`)),
      line(slope(byFields[kind]), `each further ${kind}: the goal is less than ${GOALS.fieldNs}`),
    ]),
    line(three, "two integers and a text"),
    line(
      handWritten[0]!.y,
      `the same by a hand-written program: gohttpsnoop takes ${
        ratio.toFixed(2)
      } of it, the goal is ${GOALS.ratio}`,
    ),
    line(slope(handWritten), "each further text by a hand-written program"),
  ];
}
