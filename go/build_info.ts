import { Cursor, DAMAGED_HINT, FormatError } from "../base/mod.ts";
import { type ElfFile, RelativeRelocations } from "../elf/mod.ts";
import { type ModuleInfo, parseModuleInfo } from "./module_info.ts";

/** What a Go executable says of how it was built: `go version -m`. */
export interface BuildInfo extends ModuleInfo {
  /** E.g. `go1.26.8`, `devel go1.27-...`, or whatever a distribution put there: for people, not for decisions. */
  readonly goVersion: string;
}

/** `"\xff Go buildinf:"`. */
const MAGIC = Uint8Array.from([0xff, ...new TextEncoder().encode(" Go buildinf:")]);

/** The magic, the pointer size, the flags, and two pointers; the inline strings begin behind. */
const HEADER_SIZE = 32;

/** The linker aligns it so that it can be searched for. */
const ALIGN = 16;

/** The flag of the encoding with inline strings, from Go 1.18. */
const FLAG_INLINE = 2;

/** The flag of big-endian pointers. */
const FLAG_BIG_ENDIAN = 1;

/** The go command frames the module information with 16 bytes at each end. */
const FRAME_SIZE = 16;

/** Bytes that the search reads at once. */
const CHUNK_SIZE = 1 << 20;

/** Far above any version and any list of modules: the largest seen, of 1,200 modules, has 130 kB. */
const MAX_STRING_BYTES = 16 << 20;

/**
 * Reads the build information, in both of its encodings: found by its section, or where section headers are missing by
 * a search of the first writable segment. Undefined when there is none: Go 1.12 and older, and other languages.
 *
 * Source: Go's src/debug/buildinfo/buildinfo.go.
 *
 * @param relocations the executable's, where the caller has read them already
 * @throws {FormatError} when it is there and damaged.
 */
export function readBuildInfo(
  elf: ElfFile,
  relocations: RelativeRelocations = new RelativeRelocations(elf),
): BuildInfo | undefined {
  const section = elf.section(".go.buildinfo");
  const segment = elf.firstWritable;
  const region = section !== undefined
    ? { address: section.address, size: section.size }
    : segment !== undefined
    ? { address: segment.address, size: segment.fileSize }
    : undefined;
  if (region === undefined) return undefined;
  const address = findMagic(elf, region.address, region.size);
  if (address === undefined) return undefined;

  const header = elf.readAddress(address, HEADER_SIZE);
  const pointerSize = header[14] ?? 0;
  const flags = header[15] ?? 0;
  const strings = (flags & FLAG_INLINE) !== 0
    ? readInline(elf, address)
    : readPointers(elf, relocations, address, pointerSize, flags);
  const goVersion = decoder.decode(strings.version);
  if (goVersion === "") throw damaged(address, "the Go version is empty");
  return { goVersion, ...parseModuleInfo(decoder.decode(unframed(strings.modules))) };
}

function findMagic(elf: ElfFile, start: number, size: number): number | undefined {
  const end = start + size;
  for (let at = Math.ceil(start / ALIGN) * ALIGN; at < end; at += CHUNK_SIZE) {
    const bytes = elf.readAddress(at, Math.min(CHUNK_SIZE, end - at));
    for (let i = bytes.indexOf(0xff); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
      if (i % ALIGN === 0 && end - at - i >= HEADER_SIZE && MAGIC.every((byte, j) => bytes[i + j] === byte)) {
        return at + i;
      }
    }
  }
  return undefined;
}

interface Strings {
  readonly version: Uint8Array;
  readonly modules: Uint8Array;
}

/** Go 1.18 and later: two strings, each behind its length as a varint. */
function readInline(elf: ElfFile, address: number): Strings {
  const version = readVarintString(elf, address + HEADER_SIZE, address);
  const modules = readVarintString(elf, version.end, address);
  return { version: version.bytes, modules: modules.bytes };
}

function readVarintString(
  elf: ElfFile,
  at: number,
  header: number,
): { readonly bytes: Uint8Array; readonly end: number } {
  const segment = elf.segmentAt(at);
  if (segment === undefined) throw damaged(header, "a string lies outside of its segment");
  const left = segment.address + segment.fileSize - at;
  const cursor = new Cursor(elf.readAddress(at, Math.min(left, 10)), {
    name: ".go.buildinfo",
    base: at - header,
  });
  const length = cursor.uleb128();
  if (length > left - cursor.position || length > MAX_STRING_BYTES) {
    throw damaged(header, `a string claims to have ${length} bytes`);
  }
  const start = at + cursor.position;
  return { bytes: length === 0 ? NO_BYTES : elf.readAddress(start, length), end: start + length };
}

/** Before Go 1.18: pointers to two Go strings. */
function readPointers(
  elf: ElfFile,
  relocations: RelativeRelocations,
  address: number,
  pointerSize: number,
  flags: number,
): Strings {
  if (pointerSize !== 8 || (flags & FLAG_BIG_ENDIAN) !== 0) {
    throw damaged(address, `its pointers have ${pointerSize} bytes and its flags are ${flags}`);
  }
  const version = relocations.pointerAt(address + 16);
  const modules = relocations.pointerAt(address + 24);
  return {
    version: readGoString(elf, relocations, version, address),
    // GOPATH mode has none: no pointer, or one to a variable that nothing sets (Debian's packages of 1.15).
    modules: modules === 0 || elf.isZeroAtStart(modules, 16)
      ? NO_BYTES
      : readGoString(elf, relocations, modules, address),
  };
}

function readGoString(
  elf: ElfFile,
  relocations: RelativeRelocations,
  at: number,
  header: number,
): Uint8Array {
  const data = relocations.pointerAt(at);
  const bytes = elf.readAddress(at + 8, 8);
  const length = new Cursor(bytes, { name: ".go.buildinfo", base: at + 8 - header }).u64();
  if (length > MAX_STRING_BYTES) throw damaged(header, `a string claims to have ${length} bytes`);
  return length === 0 ? NO_BYTES : elf.readAddress(data, length);
}

/** The module information without its frame; empty when it is not framed. */
function unframed(modules: Uint8Array): Uint8Array {
  const framed = modules.length > 2 * FRAME_SIZE && modules[modules.length - FRAME_SIZE - 1] === 0x0a;
  return framed ? modules.subarray(FRAME_SIZE, -FRAME_SIZE) : NO_BYTES;
}

function damaged(address: number, what: string): FormatError {
  return new FormatError(`Cannot read .go.buildinfo at address 0x${address.toString(16)}: ${what}`, {
    hint: DAMAGED_HINT,
  });
}

const NO_BYTES = new Uint8Array(0);
const decoder = new TextDecoder();
