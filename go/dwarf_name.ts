/**
 * A type's name as Go writes it, from the name that a linker wrote: escapes of package paths undone
 * (`gopkg.in/yaml%2ev3.Node`), the mark of types without hash function left out (`noalg.`).
 */
export function plainTypeName(name: string): string {
  const plain = name.startsWith("noalg.") ? name.slice("noalg.".length) : name;
  if (!plain.includes("%")) return plain;
  // Not in the tags of a struct's fields, which stand in quotes.
  return plain.split(/("(?:[^"\\]|\\.)*")/).map((part) => part.startsWith('"') ? part : unescape(part)).join(
    "",
  );
}

/** Undoes `%2e` and the like; bytes that are no UTF-8 are left as they are. */
function unescape(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch (error) {
      if (error instanceof URIError) return escaped;
      throw error;
    }
  });
}

/**
 * How many parameters a func type's name has, `func(int, ...string) error` has 2; undefined when it is the name of a
 * named type.
 */
export function parameterCountOf(name: string): number | undefined {
  if (!name.startsWith("func(")) return undefined;
  let depth = 0;
  let count = 0;
  for (let i = "func".length; i < name.length; i++) {
    const char = name[i] ?? "";
    if (char === '"') i = endOfQuoted(name, i);
    else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && --depth === 0) return name[i - 1] === "(" ? 0 : count + 1;
    else if (char === "," && depth === 1) count++;
  }
  return undefined;
}

/** The index of the closing quote. */
function endOfQuoted(text: string, open: number): number {
  let i = open + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}
