import { GohttpsnoopError, TargetError } from "../base/mod.ts";
import type { LeaseResult, PinnedFile } from "../ffi/mod.ts";
import { GuardedFile } from "./guarded_file.ts";
import { runningFiles } from "./running_files.ts";
import type { Attachment } from "./attachment.ts";
import type { Session, TargetPlans } from "./session.ts";
import { type FileVersion, fileVersion, isSameFile, isSameVersion, type Target } from "./target.ts";

/** What a {@linkcode Follower} asks and tells. */
export interface FollowerOptions {
  /** Plans anew, from the file that stands in another's place. */
  readonly plan: (target: Target) => TargetPlans;
  /** Takes what the user may want to know, a `detail` if they asked for more. */
  readonly tell?: (level: "note" | "detail", text: string) => void;
  /** Called when probes have been added to the session. */
  readonly attached?: (plans: TargetPlans) => void;
}

/** How often names and leases are looked at: so long a writer waits for the probes to go. */
const LOOK_MS = 100;
/** A file that no lease guards counts as written when nothing has happened to it for so long. */
const SETTLE_MS = 400;
/** A writer that takes longer is told. */
const PATIENCE_MS = 2000;
/** How often processes of replaced executables are looked for. */
const RETIRE_MS = 2000;

/** A file with its probes. */
interface Held {
  readonly file: GuardedFile;
  readonly attachment: Attachment;
}

/** What one target's name has led to. */
interface Followed {
  readonly target: Target;
  /** The name as it was given: it may lead to another file at any time. */
  readonly name: string;
  /** What it leads to, as far as it is attached. */
  current: Held | undefined;
  /** What it led to before: its processes are traced until they end. */
  readonly old: Held[];
  /** The file that was there last, before somebody wrote to it. */
  before: FileVersion | undefined;
  /** A file that cannot be traced; it is not tried again as it is. */
  refused: FileVersion | undefined;
  /** A file that no lease guards, and since when it has not changed. */
  settling: { readonly version: FileVersion; readonly since: number } | undefined;
  /** Since when the file that is there has been open for writing, and whether that was told. */
  busy: { readonly since: number; told: boolean } | undefined;
  absent: boolean;
}

/**
 * Keeps the probes where they belong while files change: attaches the targets' executables, lets go of one that is to
 * be overwritten, and attaches what a target's name leads to next. Processes of a replaced executable are traced until
 * they end. One file is never attached twice for one target.
 */
export class Follower implements Disposable {
  readonly #session: Session;
  readonly #options: FollowerOptions;
  readonly #followed: Followed[] = [];
  readonly #timer: number;
  #retiredAt = performance.now();
  #closed = false;

  /**
   * Attaches the targets, as they were planned.
   *
   * @throws {TargetError} when one is being written, has changed since it was planned, or the kernel refuses a site.
   */
  constructor(session: Session, targets: readonly TargetPlans[], options: FollowerOptions) {
    this.#session = session;
    this.#options = options;
    using stack = new DisposableStack();
    stack.defer(() => this.#letAllGo());
    for (const plans of targets) {
      const { target } = plans;
      if (target.pid !== 0) session.ring.watchExit(target.pid);
      this.#followed.push({
        target,
        name: target.pid === 0 ? target.name : target.path,
        current: this.#attachFirst(plans),
        old: [],
        before: undefined,
        refused: undefined,
        settling: undefined,
        busy: undefined,
        absent: false,
      });
    }
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    stack.move();
  }

  /** What is attached now. */
  get attachments(): Attachment[] {
    return this.#held().map(({ attachment }) => attachment);
  }

  /** Takes the probes away, and lets the files go. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#letAllGo();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #attachFirst(plans: TargetPlans): Held {
    const { target } = plans;
    using stack = new DisposableStack();
    const file = stack.use(this.#session.openFile(target.path));
    const lease = file.lease();
    // A running program cannot be open for writing; where a kernel allows that, the process is there all the same.
    if (lease.kind === "busy" && target.pid === 0) {
      throw new TargetError(`${target.name} is open for writing: it is not complete`, {
        hint: `Wait until it is written; fuser -v says by whom.`,
      });
    }
    const version = fileVersion(file.path);
    if (version === undefined || !isSameVersion(version, target.file)) {
      throw new TargetError(`${target.name} was replaced or written to while it was read`, {
        hint: "Start again.",
      });
    }
    const held = this.#attach(plans, file, version, lease);
    stack.move();
    return held;
  }

  #attach(plans: TargetPlans, file: PinnedFile, version: FileVersion, lease: LeaseResult): Held {
    const attachment = this.#session.attach(plans, file.path);
    const guarded = new GuardedFile(file, version, lease, () => this.#look());
    this.#tell("detail", `${plans.target.name}: ${guarded.guard}`);
    return { file: guarded, attachment };
  }

  #look(): void {
    if (this.#closed || this.#session.detached) return;
    // First of all: somebody may be waiting.
    for (const followed of this.#followed) this.#releaseTouched(followed);
    for (const followed of [...this.#followed]) this.#follow(followed);
    if (performance.now() - this.#retiredAt > RETIRE_MS) this.#retire();
  }

  #releaseTouched(followed: Followed): void {
    const { current, old, target } = followed;
    if (current?.file.touched) {
      this.#letGo(current);
      followed.current = undefined;
      followed.before = current.file.version;
      this.#tell("detail", `${target.name} is being written to: its probes are away until that is done`);
    }
    for (const held of old.filter(({ file }) => file.touched)) {
      this.#letGo(held);
      old.splice(old.indexOf(held), 1);
    }
  }

  /** Attaches what the name leads to, if that is something else than before. */
  #follow(followed: Followed): void {
    const { target, current, old } = followed;
    const version = fileVersion(followed.name);
    if (version === undefined) return this.#lost(followed);
    followed.absent = false;
    if (current !== undefined && isSameFile(version, current.file.version)) return;
    const again = old.findIndex(({ file }) => isSameFile(version, file.version));
    if (again >= 0) {
      this.#change(followed, old.splice(again, 1)[0]);
      this.#tell("detail", `${target.name} is again a file that is attached already`);
      return;
    }
    if (followed.refused !== undefined && isSameVersion(version, followed.refused)) return;
    try {
      this.#attachNext(followed);
    } catch (error) {
      if (!(error instanceof GohttpsnoopError)) throw error;
      followed.refused = version;
      this.#tell("note", `what ${target.name} is now is not traced: ${error.message}`);
    }
  }

  #attachNext(followed: Followed): void {
    using stack = new DisposableStack();
    const file = stack.use(this.#session.openFile(followed.name));
    const lease = file.lease();
    const version = fileVersion(file.path);
    if (lease.kind === "busy") return this.#tellBusy(followed);
    if (version === undefined) return;
    if (lease.kind === "unavailable" && !settled(followed, version)) return;
    const plans = this.#options.plan({ ...followed.target, path: file.path, file: version });
    const held = this.#attach(plans, file, version, lease);
    stack.move();
    const { before } = followed;
    this.#change(followed, held);
    this.#tellAttached(followed.target, before, version);
    this.#options.attached?.(plans);
  }

  #tellBusy(followed: Followed): void {
    const busy = followed.busy ??= { since: performance.now(), told: false };
    if (busy.told || performance.now() - busy.since < PATIENCE_MS) return;
    busy.told = true;
    this.#tell("note", `${followed.target.name} is open for writing: it is not traced until it is complete`);
  }

  #tellAttached({ name, pid }: Target, before: FileVersion | undefined, version: FileVersion): void {
    if (before !== undefined && isSameVersion(before, version)) {
      this.#tell("detail", `${name} was opened for writing and not changed: it is attached again`);
    } else if (before !== undefined && isSameFile(before, version)) {
      this.#tell("note", `${name} was overwritten: the new program is attached`);
    } else if (pid !== 0) {
      this.#tell("note", `${name} runs another executable now: it is attached`);
    } else {
      this.#tell("note", `${name} was replaced: the new file is attached`);
    }
  }

  /** The name leads to `held` from now on. */
  #change(followed: Followed, held: Held | undefined): void {
    const { current, old, target } = followed;
    // A process has one executable.
    if (current !== undefined && target.pid !== 0) this.#letGo(current);
    else if (current !== undefined) old.push(current);
    followed.current = held;
    followed.before = undefined;
    followed.refused = undefined;
    followed.settling = undefined;
    followed.busy = undefined;
  }

  /** The name leads nowhere. */
  #lost(followed: Followed): void {
    const { target, current } = followed;
    if (target.pid !== 0) {
      if (current !== undefined) this.#letGo(current);
      this.#followed.splice(this.#followed.indexOf(followed), 1);
      return;
    }
    if (current !== undefined) followed.old.push(current);
    followed.current = undefined;
    if (!followed.absent) {
      followed.absent = true;
      this.#tell("note", `${target.name} was removed: what comes in its place will be attached`);
    }
  }

  /** Lets go of replaced executables that no process runs any more. */
  #retire(): void {
    this.#retiredAt = performance.now();
    if (this.#followed.every(({ old }) => old.length === 0)) return;
    const running = runningFiles();
    if (running === undefined) return;
    for (const { old, target } of this.#followed) {
      for (const held of old.filter(({ file }) => !running.has(file.version))) {
        this.#letGo(held);
        old.splice(old.indexOf(held), 1);
        this.#tell("detail", `${target.name}: no process runs a replaced file any more, so it is let go`);
      }
    }
  }

  #held(): Held[] {
    return this.#followed.flatMap(({ current, old }) => current === undefined ? old : [current, ...old]);
  }

  #letAllGo(): void {
    for (const held of this.#held()) this.#letGo(held);
    this.#followed.length = 0;
  }

  /** First the probes, then the file: the order is what makes it safe. */
  #letGo({ file, attachment }: Held): void {
    this.#session.release(attachment);
    file.close();
  }

  #tell(level: "note" | "detail", text: string): void {
    this.#options.tell?.(level, text);
  }
}

/** Whether a file that no lease guards has not changed for a while. */
function settled(followed: Followed, version: FileVersion): boolean {
  const now = performance.now();
  if (followed.settling === undefined || !isSameVersion(followed.settling.version, version)) {
    followed.settling = { version, since: now };
  }
  return now - followed.settling.since >= SETTLE_MS;
}
