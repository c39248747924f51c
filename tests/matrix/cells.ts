/**
 * The cells of the matrix, as committed data: which Go version is tested in which variant of a build, and what is
 * expected there. A version or a variant that is missing here fails the run, and so does a cell that builds though
 * this says that it cannot.
 *
 * @module
 */
import type { ALL_VERSIONS } from "../toolchains.ts";

/** A Go version, e.g. `1.20.14`. */
export type Version = (typeof ALL_VERSIONS)[number];

/** How an executable is built. */
export interface Variant {
  /** What the table at the end calls it. */
  readonly name: string;
  /** Flags of `go build`. */
  readonly flags: readonly string[];
  /** Added to the toolchain's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether neither symbols nor DWARF are left. */
  readonly stripped: boolean;
}

const CGO = { CGO_ENABLED: "1" } as const;
const NO_CGO = { CGO_ENABLED: "0" } as const;

/**
 * The variants, in the order in which they are built: those that share compiled packages are neighbours, and those
 * that compile nothing anew come right behind the one that did.
 */
export const VARIANTS = {
  default: { name: "default", flags: [], env: CGO, stripped: false },
  stripped: { name: "stripped", flags: ["-ldflags=-s -w"], env: CGO, stripped: true },
  external: { name: "external", flags: ["-ldflags=-linkmode=external"], env: CGO, stripped: false },
  static: { name: "static", flags: [], env: NO_CGO, stripped: false },
  staticStripped: { name: "static stripped", flags: ["-ldflags=-s -w"], env: NO_CGO, stripped: true },
  staticGlibc: {
    name: "static glibc",
    flags: ["-ldflags=-linkmode=external -extldflags=-static"],
    env: CGO,
    stripped: false,
  },
  // With these tags an executable of Go 1.20 and older crashes at its start.
  staticNetgo: {
    name: "static netgo",
    flags: ["-tags=netgo,osusergo", "-ldflags=-linkmode=external -extldflags=-static"],
    env: CGO,
    stripped: false,
  },
  pie: { name: "PIE", flags: ["-buildmode=pie"], env: CGO, stripped: false },
  pieStripped: {
    name: "PIE stripped",
    flags: ["-buildmode=pie", "-ldflags=-s -w"],
    env: CGO,
    stripped: true,
  },
  pieNoCgo: { name: "PIE, no cgo", flags: ["-buildmode=pie"], env: NO_CGO, stripped: false },
  pieExternalStripped: {
    name: "PIE external stripped",
    flags: ["-buildmode=pie", "-ldflags=-linkmode=external -s -w"],
    env: CGO,
    stripped: true,
  },
  trimpath: { name: "-trimpath", flags: ["-trimpath"], env: CGO, stripped: false },
  debug: { name: "-N -l", flags: ["-gcflags=all=-N -l"], env: CGO, stripped: false },
} as const satisfies Readonly<Record<string, Variant>>;

/** The key of a variant. */
export type VariantKey = keyof typeof VARIANTS;

/** The variants that every version has to have. */
export const USUAL = ["default", "stripped", "external", "static", "pie", "pieStripped"] as const;

/** A cell that cannot be built. */
export interface NotBuilt {
  /** Why, for the table. */
  readonly reason: string;
  /** What `go build` says. */
  readonly says: RegExp;
}

/** What is known of a cell: it builds, or it cannot. */
export type CellState = "builds" | NotBuilt;

/** The usual variants, all of which build. */
const ALL_BUILD = {
  default: "builds",
  stripped: "builds",
  external: "builds",
  static: "builds",
  pie: "builds",
  pieStripped: "builds",
} as const satisfies Readonly<Record<(typeof USUAL)[number], CellState>>;

/** Every cell. The unusual variants are tested where executables differ most. */
export const CELLS: Readonly<
  Record<
    Version,
    & Readonly<Record<(typeof USUAL)[number], CellState>>
    & Readonly<Partial<Record<VariantKey, CellState>>>
  >
> = {
  "1.12.17": {
    ...ALL_BUILD,
    pieNoCgo: "builds",
    trimpath: { reason: "Go 1.13 brought the flag", says: /flag provided but not defined: -trimpath/ },
  },
  "1.13.15": ALL_BUILD,
  "1.14.15": ALL_BUILD,
  "1.15.15": { ...ALL_BUILD, pieNoCgo: "builds" },
  "1.16.15": { ...ALL_BUILD, debug: "builds", staticStripped: "builds", staticGlibc: "builds" },
  "1.17.13": ALL_BUILD,
  "1.18.10": ALL_BUILD,
  "1.19.13": { ...ALL_BUILD, trimpath: "builds" },
  "1.20.14": { ...ALL_BUILD, pieExternalStripped: "builds", staticGlibc: "builds" },
  "1.21.13": { ...ALL_BUILD, staticNetgo: "builds" },
  "1.22.12": ALL_BUILD,
  "1.23.12": ALL_BUILD,
  "1.24.13": { ...ALL_BUILD, pieExternalStripped: "builds" },
  "1.25.14": ALL_BUILD,
  "1.26.11": { ...ALL_BUILD, debug: "builds", staticStripped: "builds" },
  "1.27.4": { ...ALL_BUILD, trimpath: "builds", staticNetgo: "builds", pieNoCgo: "builds" },
};

/** One version in one variant. */
export interface Cell {
  readonly version: Version;
  readonly variant: VariantKey;
  readonly state: CellState;
}

/** The cell as a test's title has it, e.g. `Go 1.20.14 PIE stripped`. */
export function cellTitle({ version, variant }: Cell): string {
  return `Go ${version} ${VARIANTS[variant].name}`;
}

/** Every cell in the order in which they are built and run: by version, then as {@linkcode VARIANTS} has them. */
export function allCells(): Cell[] {
  const keys = Object.keys(VARIANTS) as VariantKey[];
  return (Object.keys(CELLS) as Version[]).flatMap((version) =>
    keys.flatMap((variant) => {
      const state = CELLS[version][variant];
      return state === undefined ? [] : [{ version, variant, state }];
    })
  );
}
