import { STT } from "./constants.ts";

/** What a symbol names. */
export type SymbolType = "none" | "object" | "function" | "section" | "file" | "tls" | "other";

/** One defined symbol. Source: the System V gABI, `Elf64_Sym`. */
export interface ElfSymbol {
  readonly name: string;
  /**
   * Virtual address, before the load base is added. For `tls` it is the signed distance from the thread pointer, e.g.
   * -8 for Go's `runtime.tlsg`.
   */
  readonly address: number;
  /** Bytes that it covers; 0 where the file does not say. */
  readonly size: number;
  readonly type: SymbolType;
}

/** `STT_*` to a word. */
export function symbolType(info: number): SymbolType {
  switch (info & 15) {
    case STT.NOTYPE:
      return "none";
    case STT.OBJECT:
      return "object";
    case STT.FUNC:
      return "function";
    case STT.SECTION:
      return "section";
    case STT.FILE:
      return "file";
    case STT.TLS:
      return "tls";
    default:
      return "other";
  }
}
