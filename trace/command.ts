import { CommandError, TargetError } from "../base/mod.ts";
import { type Account, accountEnv, accountOf, accountWords } from "./account.ts";
import { Family } from "./family.ts";
import { reasonOf, statIfThere } from "./files.ts";

/** A command that is to be started and traced. */
export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The Go executable, where the command is none. */
  readonly binary?: string | undefined;
  /** Whom it runs as: a name or number; undefined for the one who called sudo, else the same. */
  readonly user?: string | undefined;
  /** Its standard output goes to standard error, for standard output is the tracer's. */
  readonly stdoutToStderr: boolean;
}

/** The signals that are passed on. Ctrl-C's and Ctrl-\\'s a terminal sends to the command as well, by itself. */
export const FORWARDED_SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;

const SIGTERM_CODE = 128 + 15;

/** A command, before it is started, while it runs, and when it has ended. */
export class Command {
  /** The Go executable: probes are on files, so that they are there before the command's first instruction. */
  readonly executable: string;
  readonly family: Family = new Family();
  readonly #options: CommandOptions;
  readonly #account: Account | undefined;
  readonly #env: Readonly<Record<string, string>>;
  #child: Deno.ChildProcess | undefined;
  #code: number | undefined;

  /**
   * Finds it, and starts nothing.
   *
   * @throws {CommandError} when it is not there, or cannot be run.
   * @throws {TargetError} when it is a script, and `binary` is not given.
   */
  constructor(options: CommandOptions, env: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#env = env;
    this.#account = accountOf(options.user, env);
    const path = findCommand(options.command, env["PATH"] ?? "");
    if (options.binary === undefined && isScript(path)) {
      throw new TargetError(`${path} is a script, not the Go executable itself`, {
        hint: "Name the executable that it starts: -b FILE",
      });
    }
    this.executable = options.binary ?? path;
  }

  /** Its process; undefined until it was started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts it.
   *
   * @throws {CommandError} when the kernel refuses to.
   */
  start(): void {
    const { command, args, stdoutToStderr } = this.#options;
    const account = this.#account;
    const prefix = account === undefined ? [] : accountWords(account);
    // Deno cannot give one of its own descriptors to a child; the shell can, and is replaced by the command.
    const redirect = stdoutToStderr ? ["/bin/sh", "-c", 'exec "$@" >&2', "sh"] : [];
    const [program = command, ...words] = [...redirect, ...prefix, command, ...args];
    const [name, value] = this.family.marker;
    try {
      this.#child = new Deno.Command(program, {
        args: words,
        env: { ...account === undefined ? {} : accountEnv(account), [name]: value },
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
        ...account !== undefined && prefix.length === 0 ? { uid: account.uid, gid: account.gid } : {},
      }).spawn();
    } catch (cause) {
      const reason = reasonOf(cause).replace(/^Failed to spawn '.*?': /, "");
      throw new CommandError(`${command} cannot be run: ${reason}`, "not-runnable", {
        hint: "Check that it runs by itself.",
        cause,
      });
    }
    this.family.started(this.#child.pid);
    void this.#child.status.then(({ code }) => this.#code = code);
  }

  /** Its exit code, once it has ended: its own, or 128+n by signal n. Only after {@linkcode start}. */
  async ended(): Promise<number> {
    return (await this.#running().status).code;
  }

  /** Sends a signal, if it has not ended. */
  signal(signal: Deno.Signal): void {
    try {
      this.#running().kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Passes a signal on to it, unless the terminal has sent that to both. */
  forward(signal: Deno.Signal): void {
    const byTerminal = (signal === "SIGINT" || signal === "SIGQUIT") && isInForeground();
    if (!byTerminal) this.signal(signal);
  }

  /** Asks it to end, if it has not, and gives its exit code; that it did as it was told is 0. */
  async end(): Promise<number> {
    if (this.#code !== undefined) return this.#code;
    this.signal("SIGTERM");
    const code = await this.ended();
    return code === SIGTERM_CODE ? 0 : code;
  }

  #running(): Deno.ChildProcess {
    if (this.#child === undefined) throw new Error("The command was not started");
    return this.#child;
  }
}

/** The file that a shell would start. */
function findCommand(command: string, path: string): string {
  const candidates = command.includes("/")
    ? [command]
    : path.split(":").map((folder) => `${folder === "" ? "." : folder}/${command}`);
  let refused: string | undefined;
  for (const candidate of candidates) {
    const info = statIfThere(candidate);
    if (info === undefined) continue;
    if (info.isFile && ((info.mode ?? 0) & 0o111) !== 0) return candidate;
    refused ??= `${candidate} ${info.isDirectory ? "is a directory" : "is not executable"}`;
  }
  if (refused !== undefined) {
    throw new CommandError(refused, "not-runnable", { hint: "Name a program, or chmod +x it." });
  }
  throw new CommandError(
    command.includes("/") ? `No such file: ${command}` : `There is no command ${command}`,
    "not-found",
    { hint: command.includes("/") ? "Check the path." : "Name it by its path: sudo has a PATH of its own." },
  );
}

function isScript(path: string): boolean {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch {
    return false;
  }
  using _closing = file;
  const head = new Uint8Array(2);
  return file.readSync(head) === 2 && head[0] === 0x23 && head[1] === 0x21;
}

/** Whether this process is in its terminal's foreground group, and with it the command: Ctrl-C reaches both. */
function isInForeground(): boolean {
  // proc(5): PID (COMM) STATE PPID PGRP SESSION TTY_NR TPGID; a COMM may have parentheses in it.
  const [, , group, , terminal, foreground] = Deno.readTextFileSync("/proc/self/stat").replace(/^.*\) /s, "")
    .split(
      " ",
    );
  return terminal !== "0" && foreground === group;
}
