import { TargetError } from "../base/mod.ts";
import { type Convention, type GoExecutable, type GoFunction, parseGoVersion } from "../go/mod.ts";
import type { Architecture } from "../isa/mod.ts";
import type { Location } from "./plan.ts";

/** The first minor version of Go 1 that passes arguments in registers. Source: Go's release notes of 1.17 and 1.18. */
const FIRST_REGISTER_MINOR: Readonly<Record<Architecture, number>> = { x86_64: 17, aarch64: 18 };

const WHERE: Readonly<Record<Convention, string>> = { register: "in registers", stack: "on the stack" };

/**
 * What speaks against the calling convention that a function's stack check shows: the version. It does not decide,
 * since a distribution or an experiment may have made something else of it. Empty when nothing does.
 */
export function conventionDoubts(
  { elf, goVersion }: GoExecutable,
  { name }: GoFunction,
  convention: Convention,
): string[] {
  const version = parseGoVersion(goVersion);
  if (version === undefined || version.major !== 1) return [];
  const usual = version.minor >= FIRST_REGISTER_MINOR[elf.header.machine] ? "register" : "stack";
  if (usual === convention) return [];
  return [
    `${name} takes its arguments ${WHERE[convention]}; functions of ${goVersion} mostly do ${WHERE[usual]}`,
  ];
}

/**
 * Compares a parameter's place with what DWARF says of the function's entry, where it says something.
 *
 * @param index of the parameter, the receiver counted as one
 * @throws {TargetError} when they contradict each other.
 */
export function checkLocation(
  { types }: GoExecutable,
  { name, address }: GoFunction,
  index: number,
  location: Location,
): void {
  const stated = types.dwarf?.parameterLocations(name, address)?.[index]?.parts?.[0];
  // Without optimisation DWARF has the place on the stack that a register is copied to.
  if (stated === undefined || stated.kind === "stack" && location.kind === "register") return;
  const same = stated.kind === "stack"
    ? location.kind === "stack" && stated.offset === location.offset
    : location.kind === "register" && stated.name === location.name;
  if (same) return;
  const text = (place: typeof stated) =>
    place.kind === "stack" ? `at ${place.offset} on the stack` : `in ${place.name}`;
  throw new TargetError(
    `${name}: a parameter is ${text(location)} by its calling convention and ${text(stated)} by DWARF`,
    { hint: "Name another function, and report this with the output of `go version -m` for the executable." },
  );
}
