import { Cursor, type Source, TargetError } from "../base/mod.ts";
import { EM, ET } from "./constants.ts";

/** The machines that are read here. */
export type Machine = "x86_64" | "aarch64";

/** The ELF header, as the file states it: counts and indexes are claims. Source: the System V gABI, `Elf64_Ehdr`. */
export interface ElfHeader {
  /** `e_machine`. */
  readonly machine: Machine;
  /** `e_type`: a fixed address (`EXEC`), or position-independent or a shared library (`DYN`). */
  readonly type: "EXEC" | "DYN";
  /** Virtual address of the first instruction. */
  readonly entry: number;
  /** File offset of the program headers; 0 for none. */
  readonly programHeaderOffset: number;
  /** `e_phentsize`, in bytes. */
  readonly programHeaderSize: number;
  /** `e_phnum`; `PN_XNUM` when section 0 has the real count. */
  readonly programHeaderCount: number;
  /** File offset of the section headers; 0 for none. */
  readonly sectionHeaderOffset: number;
  /** `e_shentsize`, in bytes. */
  readonly sectionHeaderSize: number;
  /** `e_shnum`; 0 when section 0 has the real count, or there are none. */
  readonly sectionHeaderCount: number;
  /** `e_shstrndx`: the section that has the names; `SHN_XINDEX` when section 0 has the real index. */
  readonly sectionNamesIndex: number;
}

/** The size of `Elf64_Ehdr`. */
export const HEADER_SIZE = 64;

const BINARY_HINT = "Name the Go server's own executable, or the process that runs it.";

/**
 * Reads the ELF header. The messages speak of the file as "it": who knows its name puts that in front.
 *
 * @throws {TargetError} when it is not a 64-bit little-endian ELF executable for x86-64 or AArch64.
 * @throws {FormatError} when the header is truncated or holds an impossible value.
 */
export function readHeader(source: Source): ElfHeader {
  checkMagic(source.read(0, Math.min(source.size, 4)));
  const header = new Cursor(source.read(0, Math.min(source.size, HEADER_SIZE)), { name: "the ELF header" });
  header.skip(4);
  const wordClass = header.u8();
  const byteOrder = header.u8();
  if (wordClass === 1) {
    throw new TargetError("it is a 32-bit ELF file; only 64-bit Go servers can be traced", {
      hint: "Build the server for amd64 or arm64 (GOARCH=amd64, GOARCH=arm64).",
    });
  }
  if (wordClass !== 2) throw header.error(`the ELF class is ${wordClass}, neither 32-bit nor 64-bit`);
  if (byteOrder === 2) {
    throw new TargetError("it is a big-endian ELF file; only amd64 and arm64 Go servers can be traced", {
      hint: "Build the server for amd64 or arm64 (GOARCH=amd64, GOARCH=arm64).",
    });
  }
  if (byteOrder !== 1) throw header.error(`the byte order is ${byteOrder}, neither little- nor big-endian`);
  header.seek(16);
  const type = typeOf(header.u16());
  const machine = machineOf(header.u16());
  header.skip(4);
  const entry = header.u64();
  const programHeaderOffset = header.u64();
  const sectionHeaderOffset = header.u64();
  header.skip(6);
  return {
    machine,
    type,
    entry,
    programHeaderOffset,
    programHeaderSize: header.u16(),
    programHeaderCount: header.u16(),
    sectionHeaderOffset,
    sectionHeaderSize: header.u16(),
    sectionHeaderCount: header.u16(),
    sectionNamesIndex: header.u16(),
  };
}

function checkMagic(start: Uint8Array): void {
  if (start.length === 0) {
    throw new TargetError("it is empty", { hint: "It may still be being written; build it again." });
  }
  if (start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46) return;
  if (start[0] === 0x23 && start[1] === 0x21) {
    throw new TargetError("it is a script, not an ELF executable", {
      hint: "Name the binary that the script starts.",
    });
  }
  throw new TargetError("it is not an ELF executable", { hint: BINARY_HINT });
}

function typeOf(type: number): "EXEC" | "DYN" {
  if (type === ET.EXEC) return "EXEC";
  if (type === ET.DYN) return "DYN";
  const what = type === 1 ? "an object file" : type === 4 ? "a core dump" : `an ELF file of type ${type}`;
  throw new TargetError(`it is ${what}, not an executable`, { hint: BINARY_HINT });
}

/** The names of the machines that Go also builds for, so that the message can say which it is. */
const OTHER_MACHINES: Readonly<Record<number, string>> = {
  3: "386",
  8: "MIPS",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  243: "riscv64",
  258: "loong64",
};

function machineOf(machine: number): Machine {
  if (machine === EM.X86_64) return "x86_64";
  if (machine === EM.AARCH64) return "aarch64";
  const name = OTHER_MACHINES[machine] ?? `ELF machine ${machine}`;
  throw new TargetError(`it is built for ${name}; only amd64 and arm64 Go servers can be traced`, {
    hint: "Build the server for amd64 or arm64 (GOARCH=amd64, GOARCH=arm64).",
  });
}
