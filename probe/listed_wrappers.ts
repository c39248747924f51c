import { type GoExecutable, type GoFunction, wrappersWithoutBody } from "../go/mod.ts";
import { isInterfaceMethod } from "./interface_method.ts";

/**
 * What is to be listed for the wrappers that the compiler made: nothing where they call a function that has the name, or
 * stand for another's; else one of them, by the name that the source has for it, which as a probe means all of them. A
 * handler that is only used as a method value (`mux.HandleFunc("/", server.home)`) and is short is such a one.
 *
 * @throws {FormatError} when the tables are damaged.
 */
export function listedWrappers(
  executable: GoExecutable,
  wrappers: readonly GoFunction[],
): GoFunction[] {
  const listed = new Map<string, GoFunction>();
  for (const wrapper of wrappersWithoutBody(executable.elf, executable.functions, wrappers)) {
    const name = wrapper.name.replace(/-fm$/, "");
    if (isInterfaceMethod(executable, name)) continue;
    // The wrapper for pointers is there because of the value's method.
    const key = name.replace(/\(\*([^()]*)\)/, "$1");
    const known = listed.get(key);
    if (known === undefined || known.name.includes("(*")) listed.set(key, { ...wrapper, name });
  }
  return [...listed.values()];
}
