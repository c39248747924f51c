import type { BootResult } from "./machine.ts";

/** What init/main.go is told by /plan.json. */
export interface Plan {
  readonly runs: readonly Run[];
  /** How long each step of a run may take. */
  readonly limitSeconds: number;
}

/** A server, a tracer on it, and the requests between the tracer's header and its end. */
export interface Run {
  readonly name: string;
  /** The server's executable in the machine; empty where the tracer is expected to end by itself, with a message. */
  readonly server: string;
  /** Whether the server serves HTTPS too. */
  readonly tls: boolean;
  /** The tracer's command line in the machine. */
  readonly tracer: readonly string[];
  /** What it writes once it is attached: the table's header. */
  readonly header: string;
  /** Whether the server runs before the tracer starts, or begins once it is attached. */
  readonly serverFirst: boolean;
  readonly requests: readonly Request[];
}

/** A request that the server answers with 200. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** HTTP/1.1 on one connection or on a connection of its own; HTTP/2 over TLS. */
  readonly via: "keep-alive" | "close" | "h2";
}

/** What came of a run. */
export interface RunResult {
  readonly name: string;
  /** What went wrong in the machine; empty when nothing did. */
  readonly error: string;
  /** From the tracer's start to its header. */
  readonly readyMs: number;
  /** From SIGINT to the tracer's end. */
  readonly endMs: number;
  readonly exitCode: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** By which protocol each request came, in the server's words. */
  readonly protocols: readonly string[];
}

/** What a machine says of itself before it powers off. */
export interface Report {
  readonly error: string;
  /** As `uname -r`. */
  readonly kernel: string;
  /** From the kernel's start to init's. */
  readonly bootMs: number;
  readonly results: readonly RunResult[];
  /** Lines of the kernel's log that must not be there. */
  readonly complaints: readonly string[];
}

/** init/main.go's mark before the line with the report. */
const MARK = "@@report ";

/**
 * The report in what a machine wrote.
 *
 * @throws with the console's last lines when there is none.
 */
export function readReport({ console, timedOut, durationMs }: BootResult): Report {
  const line = console.split("\n").find((line) => line.startsWith(MARK));
  if (line !== undefined) return JSON.parse(line.slice(MARK.length)) as Report;
  const how = timedOut ? "was switched off" : "ended";
  throw new Error(
    `The machine ${how} after ${(durationMs / 1000).toFixed(1)} s without a report. Its console:\n` +
      console.split("\n").slice(-40).join("\n"),
  );
}
