/**
 * The places of arguments and results, by the calling convention, against the other two that say something of them:
 * the bytes of all of them in pclntab, and the places of parameters in DWARF, for every function of an executable.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GoExecutable, parseFunctionName } from "../../go/mod.ts";
import { placesOf } from "../../probe/call/places.ts";
import { FunctionPlanner } from "../../probe/function_planner.ts";
import { FileSource } from "../../trace/file_source.ts";
import { type Build, buildCalls } from "../call/calls_program.ts";

/** From Go 1.22 on a signature has all parameters: nothing may be left that is not told. */
const VERSIONS = ["1.22.12", "1.24.13", "1.27.4"];
/** Of its last parameter DWARF has the register of the one before it. */
const WRONG_IN_DWARF = "runtime.(*pallocData).findScavengeCandidate";
/** The least that are compared: below it the test looks at nothing. */
const MIN_COMPARED = 1500;

for (const version of VERSIONS) {
  for (const build of ["default", "-N -l"] satisfies Build[]) {
    Deno.test(`the convention, pclntab and DWARF agree on every function: Go ${version} ${build}`, async () => {
      using source = new FileSource(await buildCalls(version, build));
      const executable = new GoExecutable(source);
      const planner = new FunctionPlanner(executable);
      const { functions, types, elf } = executable;
      const doubts: string[] = [];
      let compared = 0;
      for (const { name, address } of types.dwarf!.functions()) {
        // The compiler's own comparisons have an array's length in their names, which is no type argument.
        if (name.startsWith("type:") || name === WRONG_IN_DWARF) continue;
        const found = functions.find(name).find((one) => one.address === address);
        const stated = types.describedSignature(name, address);
        const argsBytes = functions.facts.functionInfo(address)?.argsBytes;
        if (found === undefined || stated === undefined || argsBytes === undefined) continue;
        const { receiver, parameters, results } = placesOf({
          ...stated,
          architecture: elf.header.machine,
          convention: planner.convention(found),
          hasDictionary: name.includes("[") && parseFunctionName(name).suffix === "",
          argsBytes,
          locations: types.dwarf!.parameterLocations(name, address),
        });
        compared++;
        for (const place of [receiver, ...parameters, ...results]) {
          if (place !== undefined && "reason" in place) doubts.push(`${name}: it is ${place.reason}`);
        }
      }
      assert.deepEqual(doubts, []);
      assert.ok(compared >= MIN_COMPARED, `only ${compared} were compared`);
    });
  }
}
