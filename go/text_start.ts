import { TargetError } from "../base/mod.ts";
import type { RelativeRelocations } from "../elf/mod.ts";
import type { ModuleData } from "./module_data.ts";
import type { PclntabLocation } from "./pclntab_location.ts";

/**
 * The address that the functions' offsets count from, `runtime.text`: from Go 1.18 to 1.25 the header has it, later
 * ones have it in the runtime's module data only. It is not the start of `.text`, which a link by gcc fills with C
 * first. 0 before Go 1.18, where addresses are whole.
 *
 * @param findModule looks for the module data, where it is needed
 * @throws {TargetError} when it cannot be found.
 */
export function findTextStart(
  pclntab: PclntabLocation,
  relocations: RelativeRelocations,
  findModule: () => ModuleData | undefined,
): number {
  const { address, header } = pclntab;
  if (header.textStartOffset === undefined) return 0;
  const stated = relocations.pointerAt(address + header.textStartOffset);
  if (stated !== 0) return stated;
  const module = findModule();
  if (module !== undefined) return module.text;
  throw new TargetError("the start of its Go code cannot be found", {
    hint: "Trace a build that has its symbols, and report this with the output of `go version -m`.",
  });
}
