/** The versions by their numbers in the protocol. Source: RFC 8446, appendix B.3.1, and those before it. */
const VERSIONS: ReadonlyMap<number, Uint8Array> = new Map(
  ([[0x0300, "SSL3"], [0x0301, "1.0"], [0x0302, "1.1"], [0x0303, "1.2"], [0x0304, "1.3"]] as const).map((
    [number, name],
  ) => [number, new TextEncoder().encode(name)]),
);
const OTHER = new TextEncoder().encode("?");

/** The ASCII of a version of TLS: `1.3` for 0x0304; `?` for one that there is not. */
export function tlsVersion(version: number): Uint8Array {
  return VERSIONS.get(version) ?? OTHER;
}
