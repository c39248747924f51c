/**
 * The command `gohttpsnoop`: parses the arguments, runs, and gives the exit code.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { ExpectationError, RuntimeError } from "./base/mod.ts";
import {
  ExitCode,
  exitCodeOf,
  type ListOptions,
  parseArguments,
  type TargetOption,
  type TraceOptions,
} from "./cli/mod.ts";
import {
  AsyncWriter,
  chooseColumns,
  type Counts,
  endOutput,
  functionNames,
  functionObjects,
  makeFilter,
  makeSink,
  Status,
  TableSink,
  terminalColumns,
} from "./output/mod.ts";
import {
  executableTarget,
  explainPlan,
  isReplaced,
  listTarget,
  planTargets,
  processTarget,
  Pump,
  Session,
  type Target,
  type TargetPlans,
} from "./trace/mod.ts";

/** Signals that end a run as asked. */
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How long the output's reader may take for what is still to be written at the end. */
const FLUSH_MS = 150;
/** Signals that are nearer to each other are one. */
const SAME_SIGNAL_MS = 100;
/** How long a batch of records waits for the output to take it. */
const BATCH_FLUSH_MS = 5;
/** How often losses, and a new file by the executable's name, are looked for. */
const CHECK_MS = 1000;

/** Runs the command with these arguments (without the program's name) and returns its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const verbosity = args.some((arg) => /^-v+$|^--verbose$/.test(arg)) ? 1 : 0;
  try {
    const command = parseArguments(args, Deno.env.toObject());
    switch (command.kind) {
      case "help":
        await print(command.text);
        return ExitCode.ok;
      case "version":
        await print(`${versionText()}\n`);
        return ExitCode.ok;
      case "explain": {
        const targets = targetsOf(command.options, true);
        await print(`${targets.flatMap(({ plans }) => plans).map(explainPlan).join("\n\n")}\n`);
        const status = new Status({ writeLine: writeError, quiet: command.options.quiet });
        tellNotes((text) => status.note(text), targets);
        return ExitCode.ok;
      }
      case "list":
        await print(listText(command.options));
        return ExitCode.ok;
      case "trace":
        return await run(command.options);
    }
  } catch (error) {
    new Status({ writeLine: writeError, verbosity }).error(error);
    return exitCodeOf(error);
  }
}

/** Traces until it is told to end, or ends by itself. */
async function run(options: TraceOptions): Promise<ExitCode> {
  const status = new Status({
    writeLine: writeError,
    quiet: options.quiet,
    summary: options.verbosity > 0 || Deno.stderr.isTerminal(),
    verbosity: options.verbosity,
  });
  using stack = new DisposableStack();
  const targets = targetsOf(options);
  // What the probes cannot show is refused before anything is attached.
  const plans = targets.flatMap(({ plans }) => plans);
  chooseColumns(options, plans);
  makeFilter(options.filter, plans);
  // A fifo is opened only when it has a reader: until then a signal ends the program by itself.
  const output = openOutput(options, stack);
  let stop = () => {};
  const interrupted = handleSignals(stack, () => stop());
  const session = stack.use(
    new Session({
      targets,
      bufferBytes: options.bufferSizeBytes,
      attach: options.attach,
      libbpfPath: options.libbpf ?? "",
    }),
  );
  if (options.outputFile === undefined) session.ring.watchHangup(STDOUT_FD);

  const sink = makeSink(options, session.probes, output, session.clock);
  const filter = makeFilter(options.filter, session.probes);
  const fits = !options.wide && options.outputFile === undefined && Deno.stdout.isTerminal();
  if (fits && sink instanceof TableSink) await fitToTerminal(sink, options, stack);

  let seen = 0;
  let unwanted = 0;
  const limit = options.count ?? Infinity;
  const pump = new Pump(session, {
    event(view) {
      if (filter !== undefined && !filter.matches(view)) {
        unwanted++;
        return true;
      }
      sink.write(view);
      return ++seen < limit;
    },
    // What is written goes out before more is read: a slow reader fills the ring, whose losses are counted.
    batch: async () => {
      if (output.queuedBytes > 0) await output.flush(BATCH_FLUSH_MS);
    },
  }, options.target.kind === "pids" ? targets.length : 0);
  stop = () => pump.stop();
  if (interrupted()) stop();
  void output.closed.then(stop);
  describeSession(status, session, targets);
  // Of a request that began before, what is told is the least that it has lasted: better a millisecond too little.
  const attachedNs = session.clock.sinceUnixMs(Date.now() + 1);
  if (filter !== undefined) filter.attachedNs = attachedNs;
  sink.begin({
    targets: targets.map(({ target: { name, pid } }) => pid === 0 ? { path: name } : { path: name, pid }),
    goVersions: plans.map(({ goVersion }) => goVersion),
    attachedNs,
  });
  const note = (text: string) => {
    status.note(text);
    sink.note(text);
  };
  const start = performance.now();
  const replaced = new Set<string>();
  const refused = new Set<string>();
  const tellRefused = () => {
    for (const [i, { symbol }] of session.probes.entries()) {
      if (refused.has(symbol) || pump.refused[i] === 0) continue;
      refused.add(symbol);
      note(
        `${symbol} seems to be no handler: calls of it that have no request are not shown, but counted`,
      );
    }
  };
  every(stack, CHECK_MS, () => {
    const { lost } = session.counters();
    status.losses(lost, output.dropped);
    sink.lost(lost, output.dropped);
    tellRefused();
    for (const { target } of targets) {
      if (replaced.has(target.path) || !isReplaced(target)) continue;
      replaced.add(target.path);
      note(
        `${target.name} was replaced or removed: what starts from it now is not traced; start again`,
      );
    }
  });
  tellNotes(note, targets);
  if (options.durationMs !== undefined) after(stack, options.durationMs, stop);

  await pump.run();
  const durationMs = performance.now() - start;
  const { lost, reentered } = session.counters();
  tellRefused();
  const refusedCount = pump.refused.reduce((sum, count) => sum + count, 0);
  if (refusedCount > 0) note(`${refusedCount} calls had no request where a handler has it`);
  const filtered = unwanted + refusedCount;
  const countsNow = (): Counts => ({ printed: output.written, filtered, lost, dropped: output.dropped });
  await endOutput(sink, output, countsNow, durationMs, FLUSH_MS);
  const counts = countsNow();
  status.detail(1, `${reentered} calls were entered again because their stack had grown`);
  status.summary(counts, durationMs);
  const end = await output.closed;
  if (end instanceof RuntimeError) throw end;
  if (end !== "broken-pipe") checkExpectations(options, counts);
  return ExitCode.ok;
}

const STDOUT_FD = 1;

/** What can be traced, a name or an object a line. */
function listText({ target, pattern, json }: ListOptions): string {
  const functions = listTarget(onlyTarget(target), pattern);
  return json ? functionObjects(functions) : functionNames(functions);
}

function onlyTarget(target: TargetOption): Target {
  return target.kind === "binary" ? executableTarget(target.path) : processTarget(target.pids[0] ?? 0);
}

function tellNotes(tell: (note: string) => void, targets: readonly TargetPlans[]): void {
  for (const { target, plans, notes } of targets) {
    for (const note of [...notes, ...plans.flatMap((plan) => plan.notes)]) tell(`${target.name}: ${note}`);
  }
}

function targetsOf({ target, probes, pathMaxBytes }: TraceOptions, thorough = false): TargetPlans[] {
  return planTargets({
    thorough,
    ...target.kind === "binary" ? { binary: target.path } : { pids: target.pids },
    probes,
    pathBytes: pathMaxBytes,
  });
}

/** Standard output, or the file that was named. */
function openOutput({ outputFile }: TraceOptions, stack: DisposableStack): AsyncWriter {
  if (outputFile === undefined) return new AsyncWriter(Deno.stdout);
  try {
    const file = Deno.openSync(outputFile, { write: true, create: true, truncate: true });
    stack.defer(() => file.close());
    return new AsyncWriter(file, { name: outputFile, chunkBytes: 65536 });
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/ \(os error.*/, "");
    throw new RuntimeError(`Cannot write to ${outputFile}: ${reason}`, {
      hint: "Name a file in a folder that exists and may be written to.",
      cause,
    });
  }
}

/** Cuts paths to the terminal's width, now and when the window changes. */
async function fitToTerminal(sink: TableSink, options: TraceOptions, stack: DisposableStack): Promise<void> {
  const cells = await import("./output/cells.ts");
  const fit = () => {
    const columns = terminalColumns({ columns: options.columns });
    sink.screen = columns === undefined ? undefined : { columns, cells };
  };
  fit();
  listen(stack, "SIGWINCH", fit);
}

/**
 * The first signal calls `stop`; a second Ctrl-C ends at once. Tells whether one came. `deno task` passes on the Ctrl-C
 * that the terminal has sent already: what comes at the same moment is the same one.
 */
function handleSignals(stack: DisposableStack, stop: () => void): () => boolean {
  let came = false;
  let cameAt = 0;
  for (const signal of END_SIGNALS) {
    listen(stack, signal, () => {
      if (came && signal === "SIGINT" && performance.now() - cameAt > SAME_SIGNAL_MS) {
        Deno.exit(ExitCode.interrupted);
      }
      if (!came) cameAt = performance.now();
      came = true;
      stop();
    });
  }
  return () => came;
}

function describeSession(status: Status, session: Session, targets: readonly TargetPlans[]): void {
  for (const { target, plans } of targets) {
    for (const { symbol, site, goVersion } of plans) {
      const cost = site.emulated ? "emulated, one trap a hit" : "single-stepped, two traps a hit";
      status.detail(1, `${target.name}: ${symbol} +${site.offset} (${site.class}; ${cost}; ${goVersion})`);
    }
  }
  const links = session.method === "multi" ? "uprobe_multi link" : "perf events";
  status.detail(1, `attached by ${links}, ${session.programs} program(s)`);
}

/** @throws {ExpectationError} when fewer requests were seen, or more lost, than the options allow. */
function checkExpectations({ minEvents = 0, failOnLost }: TraceOptions, counts: Counts): void {
  const { printed, lost, dropped } = counts;
  if (failOnLost && lost + dropped > 0) {
    throw new ExpectationError(`${lost + dropped} requests were lost, and --fail-on-lost is set`, {
      hint: "Take a larger --buffer-size, or a faster reader of the output.",
    });
  }
  if (printed < minEvents) {
    throw new ExpectationError(`${printed} requests were seen, and --min-events ${minEvents} is set`, {
      hint: "Check that the requests reach this handler, in a process that runs this very file, in time.",
    });
  }
}

function versionText(): string {
  return `gohttpsnoop ${config.version}${commitText()}`;
}

/** ` (COMMIT)`, which `deno task compile` leaves in dist/build.json; nothing when run from source. */
function commitText(): string {
  if (!Deno.build.standalone) return " (from source)";
  const build = JSON.parse(Deno.readTextFileSync(new URL("./dist/build.json", import.meta.url)));
  return ` (${build.commit})`;
}

/** Text that is not the table. A reader that is gone does not want the rest. */
async function print(text: string): Promise<void> {
  await using writer = new AsyncWriter(Deno.stdout);
  for (const line of text.split("\n").slice(0, -1)) writer.writeLine(line);
  await writer.flush();
}

function writeError(line: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // Nobody listens to standard error any more; there is no one to tell.
  }
}

function listen(stack: DisposableStack, signal: Deno.Signal, handler: () => void): void {
  Deno.addSignalListener(signal, handler);
  stack.defer(() => Deno.removeSignalListener(signal, handler));
}

function every(stack: DisposableStack, milliseconds: number, action: () => void): void {
  const timer = setInterval(action, milliseconds);
  stack.defer(() => clearInterval(timer));
}

function after(stack: DisposableStack, milliseconds: number, action: () => void): void {
  // A timer's delay is a 32-bit number; longer than 24 days is for ever.
  if (milliseconds > 2 ** 31 - 1) return;
  const timer = setTimeout(action, milliseconds);
  stack.defer(() => clearTimeout(timer));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
