/** The constants of the ELF specification that are read here, by their own names. Source: the System V gABI, elf.h. */

/** `e_type`. */
export const ET = { EXEC: 2, DYN: 3 } as const;

/** `e_machine`. */
export const EM = { X86_64: 62, AARCH64: 183 } as const;

/** `p_type`. */
export const PT = { LOAD: 1, INTERP: 3, NOTE: 4 } as const;

/** `p_flags`. */
export const PF = { X: 1, W: 2, R: 4 } as const;

/** `sh_type`. */
export const SHT = { NULL: 0, PROGBITS: 1, SYMTAB: 2, STRTAB: 3, RELA: 4, NOTE: 7, NOBITS: 8 } as const;

/** `sh_flags`. */
export const SHF = { WRITE: 0x1, ALLOC: 0x2, EXECINSTR: 0x4, COMPRESSED: 0x800 } as const;

/** Section indexes with a meaning of their own. */
export const SHN = { UNDEF: 0, ABS: 0xfff1, XINDEX: 0xffff } as const;

/** `e_phnum` when the real count is in `sh_info` of section 0. */
export const PN_XNUM = 0xffff;

/** The low four bits of `st_info`. */
export const STT = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3, FILE: 4, TLS: 6 } as const;

/** `ch_type` of a compressed section. */
export const ELFCOMPRESS = { ZLIB: 1, ZSTD: 2 } as const;

/** Relocations that add the load base to an address in the file, the only ones that a PIE's own pointers need. */
export const R_RELATIVE = { x86_64: 8, aarch64: 1027 } as const;
