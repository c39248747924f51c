import { buildGo, ensureToolchain, installedGo, type Toolchain } from "../toolchains.ts";

const folder = (name: string) => new URL(`../servers/${name}`, import.meta.url).pathname;

/** The ways to build that are tested here; tests/matrix has all of them. */
export const BUILDS = { default: [], stripped: ["-ldflags=-s -w"] } as const;
/** A key of {@linkcode BUILDS}. */
export type Build = keyof typeof BUILDS;

/** The server whose requests end in every way. */
export async function buildWhole(version: string, build: Build): Promise<string> {
  const toolchain = await ensureToolchain(version);
  return await buildGo({ toolchain, dir: folder("whole"), flags: BUILDS[build], output: "whole" });
}

/** The server that brings golang.org/x/net/http2. */
export async function buildH2c(version: string, build: Build): Promise<string> {
  const toolchain = await ensureToolchain(version);
  return await buildGo({ toolchain, dir: folder("h2c"), flags: BUILDS[build], output: "h2c" });
}

/** The client, by the Go that is installed: it is not what is tested. */
export async function buildClient(): Promise<string> {
  const toolchain: Toolchain = await installedGo();
  return await buildGo({ toolchain, dir: folder("whole-client"), output: "client" });
}
