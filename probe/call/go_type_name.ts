/** Names that Go has for other types. */
const ALIASES: Readonly<Record<string, string>> = { byte: "uint8", rune: "int32", any: "interface {}" };

/**
 * A type's name as an executable has it, of one that a developer wrote: without spaces between type arguments, and
 * without the names that stand for other types. `Pair[int, []byte]` is `Pair[int,[]uint8]`.
 */
export function goTypeName(written: string): string {
  const named = written.trim()
    .replace(/(?<![\w./])(byte|rune|any)(?![\w./])/g, (alias) => ALIASES[alias]!)
    .replace(/\b(interface|struct)\s*\{\s*\}/g, "$1 {}");
  let name = "";
  const open: string[] = [];
  for (const char of named) {
    if ("([{".includes(char)) open.push(char);
    if (")]}".includes(char)) open.pop();
    // Between type arguments Go has no space, between parameters one.
    const isSpare = char === " " && open.at(-1) === "[" && (name.endsWith(",") || name.endsWith("["));
    if (!isSpare) name += char;
  }
  return name;
}
