import { run } from "../../scripts/lib/run.ts";
import { buildGo, installedGo } from "../toolchains.ts";

/** What a run of wrk came to. */
export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
}

/** Saturates the server: one thread, 16 connections. Throws when a request failed. */
export async function wrk(url: string, durationMs: number): Promise<WrkResult> {
  const text = await run("wrk", ["-t1", "-c16", `-d${Math.max(1, Math.round(durationMs / 1000))}s`, url]);
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
  if (/Socket errors|Non-2xx/.test(text)) throw new Error(`requests failed:\n${text}`);
  return { requests: number(/(\d+) requests in/), perSecond: number(/Requests\/sec:\s*([\d.]+)/) };
}

/** What the load client sends. */
export interface Load {
  readonly requests: number;
  /** A second; 0 for as fast as they are answered. */
  readonly rate: number;
  readonly connections?: number;
}

/** What came of it; latencies from when each request was due. */
export interface LoadResult {
  readonly sent: number;
  readonly seconds: number;
  readonly p50us: number;
  readonly p99us: number;
}

/** Sends exactly so many requests. Throws when one fails. */
export async function sendLoad(url: string, load: Load): Promise<LoadResult> {
  const { host, pathname } = new URL(url);
  const { requests, rate, connections = 16 } = load;
  const client = await buildGo({
    toolchain: await installedGo(),
    dir: new URL("load", import.meta.url).pathname,
    output: "load",
  });
  const args = Object.entries({ address: host, path: pathname, requests, rate, connections });
  return JSON.parse(await run(client, args.map(([name, value]) => `-${name}=${value}`)));
}

/** Builds the server that is measured. */
export async function buildServer(): Promise<string> {
  return await buildGo({
    toolchain: await installedGo(),
    dir: new URL("server", import.meta.url).pathname,
    output: "server",
  });
}
