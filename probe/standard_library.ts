/** First elements of the standard library's packages; a module that others fetch has a dot in its own. */
const FIRST_ELEMENTS: ReadonlySet<string> = new Set(
  ("archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go " +
    "hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort " +
    "strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak").split(" "),
);

/** The packages of the standard library that have HTTP handlers: with net/http/pprof and the like. */
const WITH_HANDLERS = /^(?:net\/http(?:\/.*)?|expvar)$/;

/** Whether a package is one of the standard library's in which no HTTP handler is. */
export function hasNoHandlers(packagePath: string): boolean {
  const [first = ""] = packagePath.split("/");
  return FIRST_ELEMENTS.has(first) && !WITH_HANDLERS.test(packagePath);
}
