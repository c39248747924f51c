/**
 * The campaigns: which executables are damaged where, and how often. Each format of pclntab (1.12, 1.16, 1.18, 1.20, and
 * without a start of the code since 1.26), each form of type metadata (of two-byte names, of varints, without typelinks
 * since 1.27), DWARF 4 (to 1.24) and 5, not compressed and compressed in both ways, and each variant of a build.
 *
 * @module
 */
import type { Campaign, Subject } from "./campaign.ts";

/** An executable, and what is done with it. */
export type Row = readonly [Subject, Campaign];

/** Damage inside of what is compressed is undone by its checksum: this leaves it as it is. */
const PLAIN = { flags: ["-ldflags=-compressdwarf=false"] } as const;
const ARM64 = { flags: [], env: { GOARCH: "arm64", CGO_ENABLED: "0" } } as const;

const elf = { reader: "elf", parts: "headers", runs: 800 } as const;
const targets = { reader: "targets", parts: "pclntab", runs: 800 } as const;
const types = { reader: "runtime types", parts: "type metadata", runs: 700 } as const;
const dwarf = { reader: "dwarf", parts: "debugging", runs: 1200 } as const;
const plan = { reader: "plan", runs: 350 } as const;
const list = { reader: "list", runs: 150 } as const;

/** The campaigns of each test file. */
export const CAMPAIGNS = {
  elf: [
    [{ program: "small", version: "1.12.17" }, elf],
    [{ program: "small", version: "1.16.15", variant: "pie" }, elf],
    [{ program: "small", version: "1.18.10", variant: "stripped" }, elf],
    [{ program: "small", version: "1.20.14", variant: "static" }, elf],
    [{ program: "small", version: "1.26.11" }, elf],
    [{ program: "small", version: "1.26.11", variant: "stripped" }, elf],
    [{ program: "small", version: "1.27.4", variant: "pie" }, elf],
  ],
  targets: [
    [{ program: "small", version: "1.12.17", variant: "stripped" }, targets],
    [{ program: "small", version: "1.16.15", variant: "stripped" }, targets],
    [{ program: "small", version: "1.18.10" }, targets],
    [{ program: "small", version: "1.20.14", variant: "pieStripped" }, targets],
    [{ program: "small", version: "1.26.11", variant: "stripped" }, targets],
    [{ program: "small", version: "1.27.4", variant: "pieStripped" }, targets],
  ],
  runtimeTypes: [
    [{ program: "awkward", version: "1.12.17", variant: "stripped" }, types],
    [{ program: "awkward", version: "1.16.15", variant: "stripped" }, types],
    [{ program: "awkward", version: "1.20.14", variant: "pieStripped" }, types],
    [{ program: "awkward", version: "1.26.11", variant: "static" }, types],
    [{ program: "awkward", version: "1.27.4", variant: "stripped" }, types],
  ],
  dwarf: [
    [{ program: "small", version: "1.12.17", ...PLAIN }, dwarf],
    [{ program: "small", version: "1.24.13", ...PLAIN }, dwarf],
    [{ program: "small", version: "1.26.11", ...PLAIN }, dwarf],
    // .zdebug_*, and SHF_COMPRESSED.
    [{ program: "small", version: "1.16.15" }, { ...dwarf, runs: 500 }],
    [{ program: "small", version: "1.26.11" }, { ...dwarf, runs: 500 }],
    [{ program: "awkward", version: "1.16.15", ...PLAIN }, { ...dwarf, runs: 250 }],
    [{ program: "awkward", version: "1.27.4", ...PLAIN }, { ...dwarf, runs: 250 }],
  ],
  plan: [
    [{ program: "awkward", version: "1.12.17", variant: "default" }, plan],
    [{ program: "awkward", version: "1.12.17", variant: "pieStripped" }, plan],
    [{ program: "awkward", version: "1.16.15", variant: "stripped" }, plan],
    [{ program: "awkward", version: "1.16.15", ...PLAIN }, plan],
    [{ program: "awkward", version: "1.18.10", variant: "pie" }, plan],
    [{ program: "awkward", version: "1.20.14", variant: "stripped" }, plan],
    [{ program: "awkward", version: "1.24.13", variant: "static" }, plan],
    [{ program: "awkward", version: "1.26.11", ...PLAIN }, plan],
    [{ program: "awkward", version: "1.26.11", ...ARM64 }, plan],
    [{ program: "awkward", version: "1.27.4", variant: "pieStripped" }, plan],
    [{ program: "awkward", version: "1.12.17", ...PLAIN }, list],
    [{ program: "awkward", version: "1.16.15", variant: "pieStripped" }, list],
    [{ program: "awkward", version: "1.20.14", variant: "default" }, list],
    [{ program: "awkward", version: "1.26.11", ...PLAIN }, list],
    [{ program: "awkward", version: "1.27.4", variant: "stripped" }, list],
  ],
  cuts: [
    [{ program: "small", version: "1.12.17", ...PLAIN }, { reader: "dwarf" }],
    [{ program: "small", version: "1.16.15" }, { reader: "elf" }],
    [{ program: "small", version: "1.18.10", variant: "stripped" }, { reader: "targets" }],
    [{ program: "small", version: "1.20.14", variant: "pie" }, { reader: "elf" }],
    [{ program: "small", version: "1.26.11" }, { reader: "elf" }],
    [{ program: "small", version: "1.26.11", ...PLAIN }, { reader: "dwarf" }],
    [{ program: "awkward", version: "1.27.4", variant: "stripped" }, { reader: "runtime types" }],
    [{ program: "awkward", version: "1.16.15", variant: "pie" }, { reader: "plan" }],
    [{ program: "awkward", version: "1.26.11", ...PLAIN }, { reader: "plan" }],
    [{ program: "awkward", version: "1.26.11", variant: "stripped" }, { reader: "list" }],
  ],
} as const satisfies Readonly<Record<string, readonly Row[]>>;
