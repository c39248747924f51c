import type { GoParameter, GoSignature } from "./go_type.ts";

/**
 * A signature as a Go developer writes it: `func(w net/http.ResponseWriter, req *net/http.Request)`. The receiver is
 * left out: it is part of the function's name.
 */
export function signatureText({ parameters, results, variadic }: GoSignature): string {
  const list = parameters.map((parameter, i) =>
    parameterText(parameter, variadic && i === parameters.length - 1)
  );
  return `func(${list.join(", ")})${resultsText(results)}`;
}

function resultsText(results: readonly GoParameter[]): string {
  const [first] = results;
  if (first === undefined) return "";
  const list = results.map((result) =>
    parameterText(isUnnamed(result) ? { name: "", type: result.type } : result, false)
  );
  return results.length === 1 && isUnnamed(first) ? ` ${list[0]}` : ` (${list.join(", ")})`;
}

/** The compiler names results that have no name `~r0`, `~r1`. */
function isUnnamed({ name }: GoParameter): boolean {
  return name === "" || name.startsWith("~");
}

function parameterText({ name, type }: GoParameter, isVariadic: boolean): string {
  const text = isVariadic && type.kind === "slice" ? `...${type.element?.name ?? ""}` : type.name;
  return name === "" ? text : `${name} ${text}`;
}
