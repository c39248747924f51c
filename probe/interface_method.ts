import { type GoExecutable, parseFunctionName } from "../go/mod.ts";

/**
 * Whether a function is what the compiler makes for a method of an interface, such as its method values: it calls
 * whatever the interface holds, which is seen by its own name.
 */
export function isInterfaceMethod({ types }: GoExecutable, symbol: string): boolean {
  const { packagePath, receiver } = parseFunctionName(symbol);
  if (receiver === undefined || receiver.pointer) return false;
  return types.find(`${packagePath}.${receiver.type}`)?.type.kind === "interface";
}
