import { Cursor, TargetError } from "../base/mod.ts";
import { type ElfFile, readSymbols, RelativeRelocations, type SymbolTable } from "../elf/mod.ts";
import { type BuildInfo, readBuildInfo } from "./build_info.ts";

/** What tells that an executable is Go's, in the order in which it is looked for. */
export type GoEvidence = ".go.buildinfo" | "runtime.buildVersion" | ".note.go.buildid" | ".gopclntab";

/** What is known of a Go executable before its functions are read. */
export interface GoIdentity {
  /** E.g. `go1.26.8`; empty where the executable does not say (a stripped Go 1.12). */
  readonly goVersion: string;
  readonly evidence: GoEvidence;
  /** Undefined where there is none: Go 1.12. */
  readonly buildInfo: BuildInfo | undefined;
}

/** Go's build id among the notes. Source: Go's src/cmd/internal/buildid/note.go. */
const NOTE_GO_BUILD_ID = 4;

/** Longer than any version that was ever put there. */
const MAX_VERSION_BYTES = 1024;

/**
 * Tells whether an executable is a Go program, and of which version.
 *
 * @param options.symbols the executable's symbols, where the caller has read them already
 * @throws {TargetError} when nothing says that it is.
 * @throws {FormatError} when what says so is damaged.
 */
export function identifyGo(
  elf: ElfFile,
  options: { readonly symbols?: SymbolTable; readonly relocations?: RelativeRelocations } = {},
): GoIdentity {
  const relocations = options.relocations ?? new RelativeRelocations(elf);
  const buildInfo = readBuildInfo(elf, relocations);
  if (buildInfo !== undefined) {
    return { goVersion: buildInfo.goVersion, evidence: ".go.buildinfo", buildInfo };
  }
  const symbols = options.symbols ?? readSymbols(elf);
  const symbol = symbols?.find("runtime.buildVersion")[0];
  if (symbol !== undefined) {
    const goVersion = readVersion(elf, relocations, symbol.address);
    return { goVersion, evidence: "runtime.buildVersion", buildInfo };
  }
  for (const note of elf.notes()) {
    if (note.owner === "Go" && note.type === NOTE_GO_BUILD_ID) {
      return { goVersion: "", evidence: ".note.go.buildid", buildInfo };
    }
  }
  if (elf.section(".gopclntab") !== undefined || elf.section(".data.rel.ro.gopclntab") !== undefined) {
    return { goVersion: "", evidence: ".gopclntab", buildInfo };
  }
  throw new TargetError("it is not a Go program", {
    hint: "Name the executable of a server that is written in Go, built by Go 1.12 or later.",
  });
}

/** Whether {@linkcode identifyGo} would find a Go program. Throws a FormatError as it does. */
export function isGoExecutable(elf: ElfFile): boolean {
  try {
    identifyGo(elf);
    return true;
  } catch (error) {
    if (error instanceof TargetError && error.constructor === TargetError) return false;
    throw error;
  }
}

/** The string variable's value as the linker set it. */
function readVersion(elf: ElfFile, relocations: RelativeRelocations, address: number): string {
  const length = new Cursor(elf.readAddress(address + 8, 8), { name: "runtime.buildVersion" }).u64();
  if (length === 0 || length > MAX_VERSION_BYTES) return "";
  return new TextDecoder().decode(elf.readAddress(relocations.pointerAt(address), length));
}
