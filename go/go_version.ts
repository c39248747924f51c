/** The first two numbers of a Go version. */
export interface GoVersion {
  readonly major: number;
  readonly minor: number;
}

/** The newest Go whose executables were read and traced. */
export const NEWEST_KNOWN_GO: GoVersion = { major: 1, minor: 27 };

/**
 * The numbers of a version as executables state it: `go1.26.8`, `go1.28rc1`, `devel go1.28-4f2a3c Mon Nov 2`.
 * Undefined for others, such as `devel +4f2a3c`: a distribution may write there what it likes.
 */
export function parseGoVersion(text: string): GoVersion | undefined {
  const [, major, minor] = /(?:^|\s)go(\d{1,3})\.(\d{1,4})(?!\d)/.exec(text) ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor) };
}

/** Whether the version is stated, and is newer than {@linkcode NEWEST_KNOWN_GO}. */
export function isNewerThanKnown(text: string): boolean {
  const version = parseGoVersion(text);
  if (version === undefined) return false;
  const { major, minor } = NEWEST_KNOWN_GO;
  return version.major > major || version.major === major && version.minor > minor;
}
