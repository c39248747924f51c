/**
 * The command `gohttpsnoop`: parses the arguments, runs, and gives the exit code.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { RuntimeError } from "./base/mod.ts";
import {
  checkExpectations,
  ExitCode,
  exitCodeOf,
  type ListOptions,
  notStartedCodeOf,
  parseArguments,
  type TargetOption,
  type TraceOptions,
} from "./cli/mod.ts";
import {
  AsyncWriter,
  callsNeedEnd,
  chooseColumns,
  chunkBytesFor,
  type Counts,
  endOutput,
  fieldsNeeded,
  functionDeclarations,
  functionNames,
  functionObjects,
  makeFilter,
  makeSink,
  needsEnd,
  type Sink,
  Status,
  TableSink,
  terminalColumns,
  writeError,
} from "./output/mod.ts";
import {
  after,
  Command,
  CostGuard,
  costNotes,
  every,
  executableTarget,
  explainPlans,
  Follower,
  handleEndSignals,
  limitsRequests,
  listen,
  listTarget,
  planTarget,
  planTargets,
  ProcessNames,
  processTarget,
  Pump,
  reasonOf,
  Session,
  siteLines,
  statIfThere,
  type Target,
  type TargetOptions,
  type TargetPlans,
} from "./trace/mod.ts";

/** How long the output's reader may take for what is still to be written at the end. */
const FLUSH_MS = 150;
/** How long a batch of records waits for the output to take it. */
const BATCH_FLUSH_MS = 5;
/** How often losses are looked for. */
const CHECK_MS = 1000;
/** How often what was kept of ended processes is forgotten. */
const SWEEP_MS = 10_000;
/** Of the requests that are open at the end, the oldest so many are told. */
const MAX_OPEN_TOLD = 20;
/** What is missing of a request whose beginning is not known. */
const UNKEPT_EFFECT =
  "how long they took is not known, and those that panicked or that named handlers served are not shown";

/** Runs the command with these arguments (without the program's name) and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
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
        const targets = targetsOf(command.options, commandOf(command.options), true);
        await print(`${explainPlans(targets.flatMap(({ plans }) => plans))}\n`);
        const status = new Status({ writeLine: writeError, quiet: command.options.quiet });
        tellNotes((text) => status.note(text), targets);
        return ExitCode.ok;
      }
      case "list":
        await print(listText(command.options));
        return ExitCode.ok;
      case "trace":
        return await runWithCommand(command.options);
    }
  } catch (error) {
    new Status({ writeLine: writeError, verbosity }).error(error);
    return exitCodeOf(error);
  }
}

/** Traces; where a command is started for it, its exit code comes before the tracer's own. */
async function runWithCommand(options: TraceOptions): Promise<number> {
  if (options.target.kind !== "command") return await run(options, undefined);
  const status = new Status({ writeLine: writeError, verbosity: options.verbosity });
  let command: Command | undefined;
  let code: number;
  try {
    command = commandOf(options);
    code = await run(options, command);
  } catch (error) {
    status.error(error);
    if (command?.pid === undefined) return notStartedCodeOf(error);
    code = exitCodeOf(error);
  }
  if (command?.pid === undefined) return code;
  return await command.end() || code;
}

function commandOf({ target, outputFile }: TraceOptions): Command | undefined {
  if (target.kind !== "command") return undefined;
  return new Command({ ...target, stdoutToStderr: outputFile === undefined }, Deno.env.toObject());
}

/** Traces until it is told to end, or ends by itself, as with the command that it starts. */
async function run(options: TraceOptions, command: Command | undefined): Promise<ExitCode> {
  const status = new Status({
    writeLine: writeError,
    quiet: options.quiet,
    summary: options.verbosity > 0 || Deno.stderr.isTerminal(),
    verbosity: options.verbosity,
  });
  using stack = new DisposableStack();
  const targets = targetsOf(options, command);
  // What the probes cannot show is refused before anything is attached.
  const plans = targets.flatMap(({ plans }) => plans);
  chooseColumns(options, plans);
  const filter = makeFilter(options.filter, plans);
  // A fifo is opened only when it has a reader: until then a signal ends the program by itself.
  const output = openOutput(options, stack);
  let stop = () => {};
  const interrupted = handleEndSignals(stack, {
    command,
    stop: () => stop(),
    exit: () => Deno.exit(ExitCode.interrupted),
  });
  const session = stack.use(
    new Session({
      targets,
      bufferBytes: options.bufferSizeBytes,
      attach: options.attach,
      libbpfPath: options.libbpf ?? "",
      countRequests: limitsRequests(options.maxCost),
    }),
  );
  if (options.outputFile === undefined) session.ring.watchHangup(STDOUT_FD);

  const follower = stack.use(
    new Follower(session, targets, {
      plan: (target) => planTarget(target, targetOptions(options, command)),
      tell: (level, text) => level === "note" ? note(text) : status.detail(1, text),
      attached(plans) {
        sink.learn(session.probes);
        filter?.learn(session.probes);
        describePlans(status, plans);
        tellNotes(note, [plans]);
      },
    }),
  );
  const guard = stack.use(
    new CostGuard(session, {
      maxCost: options.maxCost,
      tell: (text) => note(text),
      // A command that was started goes on, and with it the run.
      failed: () => command === undefined ? stop() : note("nothing is traced any more; the command goes on"),
    }),
  );
  const sink = makeSink(
    options,
    session.probes,
    output,
    session.clock,
    stack.use(new ProcessNames(targets.length === 1 ? targets[0]?.target.path : undefined)),
  );
  filter?.learn(session.probes);
  const note = (text: string) => {
    status.note(text);
    sink.note(text);
  };
  const fits = !options.wide && options.outputFile === undefined && Deno.stdout.isTerminal();
  if (fits && sink instanceof TableSink) await fitToTerminal(sink, options, stack);

  let seen = 0;
  let unwanted = 0;
  let others = 0;
  const limit = options.count ?? Infinity;
  const pump = new Pump(session, {
    event(view) {
      if (command !== undefined && !command.family.has(view.pid, view.timeNs)) {
        others++;
        return true;
      }
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
  for (const plans of targets) describePlans(status, plans);
  describeSession(status, session, follower);
  // Of a request that began before, what is told is the least that it has lasted: better a millisecond too little.
  const attachedNs = session.clock.sinceUnixMs(Date.now() + 1);
  if (filter !== undefined) filter.attachedNs = attachedNs;
  sink.begin({
    targets: targets.map(({ target: { name, pid } }) => pid === 0 ? { path: name } : { path: name, pid }),
    goVersions: plans.map(({ goVersion }) => goVersion),
    attachedNs,
  });
  if (command !== undefined && !interrupted()) {
    command.start();
    void command.ended().then(stop);
  }
  const start = performance.now();
  const tellRefused = refusalTeller(session, pump, note);
  every(stack, SWEEP_MS, () => session.sweepOpen());
  every(stack, CHECK_MS, () => {
    const { lost } = session.counters();
    status.losses(lost, output.dropped);
    sink.lost(lost, output.dropped);
    tellRefused();
  });
  tellNotes(note, targets);
  if (options.durationMs !== undefined) after(stack, options.durationMs, stop);

  await pump.run();
  const durationMs = performance.now() - start;
  const { lost, reentered, unkept, filtered: notMet } = session.counters();
  tellRefused();
  const refusedCount = pump.refused.reduce((sum, count) => sum + count, 0);
  if (refusedCount > 0) note(`${refusedCount} calls had no request where a handler has it`);
  if (others > 0) status.detail(1, `${others} requests of processes that the command did not start`);
  if (unkept > 0) note(`${unkept} requests began when there was no room to remember them: ${UNKEPT_EFFECT}`);
  tellOpen(session, status, sink);
  const filtered = unwanted + refusedCount + others + notMet;
  const countsNow = (): Counts => ({ printed: output.written, filtered, lost, dropped: output.dropped });
  await endOutput(sink, output, countsNow, durationMs, FLUSH_MS);
  const counts = countsNow();
  status.detail(1, `${reentered} calls were entered again because their stack had grown`);
  status.summary(counts, durationMs);
  const end = await output.closed;
  if (end instanceof RuntimeError) throw end;
  if (guard.failure !== undefined) throw guard.failure;
  if (end !== "broken-pipe") checkExpectations(options, counts);
  return command !== undefined && command.pid === undefined ? ExitCode.interrupted : ExitCode.ok;
}

/** What it makes tells, once for each, of functions whose calls had no request since it was last asked. */
function refusalTeller(session: Session, pump: Pump, note: (text: string) => void): () => void {
  const told = new Set<string>();
  return () => {
    for (const [i, { symbol }] of session.probes.entries()) {
      if (told.has(symbol) || (pump.refused[i] ?? 0) === 0) continue;
      told.add(symbol);
      note(`${symbol} seems to be no handler: calls of it that have no request are not shown, but counted`);
    }
  };
}

/** Tells of the requests that are open at the end, with their ages. */
function tellOpen(session: Session, status: Status, sink: Sink): void {
  const endNs = session.clock.sinceUnixMs(Date.now());
  session.sweepOpen();
  for (const { beganNs } of session.open.list().slice(0, MAX_OPEN_TOLD)) {
    const ageMs = Math.max(0, Math.round((endNs - beganNs) / 1e6));
    const text = `a request is still open, ${(ageMs / 1000).toFixed(1)} s after it began`;
    status.detail(1, text);
    sink.note(text, { age_ms: ageMs });
  }
}

const STDOUT_FD = 1;

/** What can be traced, a name, a declaration or an object a line. */
function listText({ target, pattern, json, declarations }: ListOptions): string {
  const functions = listTarget(onlyTarget(target), pattern);
  if (json) return functionObjects(functions);
  return declarations ? functionDeclarations(functions) : functionNames(functions);
}

function onlyTarget(target: TargetOption): Target {
  return target.kind === "pids" ? processTarget(target.pids[0] ?? 0) : executableTarget(
    target.kind === "binary" ? target.path : target.command,
  );
}

function tellNotes(tell: (note: string) => void, targets: readonly TargetPlans[]): void {
  for (const { target, plans, notes } of targets) {
    for (const note of [...notes, ...plans.flatMap((plan) => plan.notes)]) tell(`${target.name}: ${note}`);
  }
}

function targetsOf(options: TraceOptions, command: Command | undefined, thorough = false): TargetPlans[] {
  return planTargets({ ...targetOptions(options, command), thorough });
}

function targetOptions(options: TraceOptions, command: Command | undefined): TargetOptions {
  const { target, probes, pathMaxBytes, filter } = options;
  return {
    ...target.kind === "pids"
      ? { pids: target.pids }
      : { binary: target.kind === "binary" ? target.path : command?.executable ?? target.command },
    probes,
    pathBytes: pathMaxBytes,
    joined: probes.length > 0 && needsEnd(options, filter),
    columns: fieldsNeeded(options, filter),
    calls: {
      extended: callsNeedEnd(options),
      minDurationNs: Math.round((filter.minLatencyMs ?? 0) * 1e6),
      ...filter.where === undefined ? {} : { where: filter.where },
    },
  };
}

/** Standard output, or the file that was named. */
function openOutput({ outputFile }: TraceOptions, stack: DisposableStack): AsyncWriter {
  if (outputFile === undefined) {
    return new AsyncWriter(Deno.stdout, {
      chunkBytes: chunkBytesFor(statIfThere(`/proc/self/fd/${STDOUT_FD}`)),
    });
  }
  try {
    const file = Deno.openSync(outputFile, { write: true, create: true, truncate: true });
    stack.defer(() => file.close());
    return new AsyncWriter(file, { name: outputFile, chunkBytes: chunkBytesFor(file.statSync()) });
  } catch (cause) {
    throw new RuntimeError(`Cannot write to ${outputFile}: ${reasonOf(cause)}`, {
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

function describePlans(status: Status, { target, plans }: TargetPlans): void {
  for (const line of siteLines(plans)) status.detail(1, `${target.name}: ${line}`);
  for (const note of costNotes(plans)) status.note(`${target.name}: ${note}`);
}

function describeSession(status: Status, { method }: Session, { attachments }: Follower): void {
  const links = method === "multi" ? "uprobe_multi link" : "perf events";
  const programs = attachments.reduce((sum, attachment) => sum + attachment.programs, 0);
  status.detail(1, `attached by ${links}, ${programs} program(s)`);
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

if (import.meta.main) Deno.exit(await main(Deno.args));
