import { buildGo, ensureToolchain } from "../toolchains.ts";

/** A way to build the example's server. */
interface Variant {
  readonly flags?: readonly string[];
  readonly ldflags?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The ways to link that move pclntab, the type metadata or the start of the code, or leave pointers to relocations. */
const VARIANTS = {
  default: {},
  static: { env: { CGO_ENABLED: "0" } },
  pie: { flags: ["-buildmode=pie"] },
  external: { ldflags: "-linkmode=external" },
  "external pie": { flags: ["-buildmode=pie"], ldflags: "-linkmode=external" },
  "external static pie": {
    flags: ["-buildmode=pie", "-tags=netgo osusergo"],
    ldflags: "-linkmode=external -extldflags=-static-pie",
  },
  arm64: { env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
  "arm64 pie": { flags: ["-buildmode=pie"], env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
} as const satisfies Readonly<Record<string, Variant>>;

/** A key of {@linkcode VARIANTS}. */
export type VariantName = keyof typeof VARIANTS;

/**
 * The variants that a Go version can build. Before Go 1.15 a PIE for arm64 needs cgo and so a cross compiler:
 * functions_test.ts proves it.
 */
export function variantsOf(version: string): VariantName[] {
  const names = Object.keys(VARIANTS) as VariantName[];
  return names.filter((name) => name !== "arm64 pie" || !/^1\.1[2-4]\./.test(version));
}

/** The path of the example's server, built by a Go version in one of these ways, with symbols and DWARF or without. */
export async function linkedServer(
  version: string,
  variant: VariantName,
  { stripped = false } = {},
): Promise<string> {
  const { flags = [], ldflags = "", env = {} }: Variant = VARIANTS[variant];
  const link = [stripped ? "-s -w" : "", ldflags].join(" ").trim();
  return await buildGo({
    toolchain: await ensureToolchain(version),
    dir: new URL("../../examples/server", import.meta.url).pathname,
    flags: [...flags, ...link === "" ? [] : [`-ldflags=${link}`]],
    env,
    output: stripped ? "stripped" : "server",
  });
}
