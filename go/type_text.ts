import type { DescribedSignature, GoParameter, GoSignature } from "./go_type.ts";

/**
 * A signature as a Go developer writes it: `func(w net/http.ResponseWriter, req *net/http.Request)`. The receiver is
 * left out: it is part of the function's name.
 */
export function signatureText(signature: GoSignature): string {
  return `func${parametersAndResults(signature)}`;
}

/**
 * A function by its symbol with what it takes and gives, as an expression can name it:
 * `main.(*Store).Get(key string) (value int, err error) // receiver s`.
 */
export function declarationText(symbol: string, { signature, lacksResults }: DescribedSignature): string {
  const receiver = signature.receiver?.name ?? "";
  const known = lacksResults ? { ...signature, results: [] } : signature;
  const remarks = [
    ...receiver === "" ? [] : [`receiver ${receiver}`],
    ...lacksResults ? ["results are not described"] : [],
  ];
  return `${symbol}${parametersAndResults(known)}${remarks.length === 0 ? "" : ` // ${remarks.join("; ")}`}`;
}

function parametersAndResults({ parameters, results, variadic }: GoSignature): string {
  const named = parameters.some(({ name }) => name !== "");
  const list = parameters.map((parameter, i) =>
    parameterText(parameter, named, variadic && i === parameters.length - 1)
  );
  return `(${list.join(", ")})${resultsText(results)}`;
}

function resultsText(results: readonly GoParameter[]): string {
  if (results.length === 0) return "";
  const named = results.some((result) => !isUnnamed(result));
  const list = results.map((result) =>
    parameterText(isUnnamed(result) ? { name: "", type: result.type } : result, named, false)
  );
  return results.length === 1 && !named ? ` ${list[0]}` : ` (${list.join(", ")})`;
}

/** The compiler names results that have no name `~r0`, `~r1`. */
function isUnnamed({ name }: GoParameter): boolean {
  return name === "" || name.startsWith("~");
}

/** @param named others of the list have names: one that has none is blank */
function parameterText({ name, type }: GoParameter, named: boolean, isVariadic: boolean): string {
  const text = isVariadic && type.kind === "slice" ? `...${type.element?.name ?? ""}` : type.name;
  return named ? `${name || "_"} ${text}` : text;
}
