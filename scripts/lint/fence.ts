/**
 * A lint plugin that keeps `Deno` where the table of rooms has it (scripts/room_table.ts): native code in ffi/ only,
 * nothing at all in the pure rooms. Types count too: a pure room that names `Deno.FsFile` knows of files.
 *
 * @module
 */
import { FFI_NAMES, isTest, roomOf, ROOMS, ROOT } from "../room_table.ts";

/** Tells whether a file may use one name of `Deno`, or the namespace as a whole (`undefined`). */
function refusal(path: string, name: string | undefined): string | undefined {
  const room = roomOf(path);
  if (room === undefined) return undefined;
  const allowed = isTest(path) ? "*" : ROOMS[room]?.deno ?? "*";
  if (name === undefined) {
    return `\`Deno\` stands alone in ${room}: name the member where it is used, so that the fence can see it`;
  }
  const native = FFI_NAMES.test(name);
  if (allowed === "*") {
    return native && room !== "tests" ? `Deno.${name} is native code: it belongs into ffi/` : undefined;
  }
  if (allowed.some((entry) => typeof entry === "string" ? entry === name : entry.test(name))) {
    return undefined;
  }
  return native
    ? `Deno.${name} is native code: it belongs into ffi/`
    : `${room} may not use Deno.${name} (see scripts/room_table.ts)`;
}

/** The file's path in the project; undefined outside of it. */
function projectPath(filename: string): string | undefined {
  const root = decodeURIComponent(ROOT.pathname);
  return filename.startsWith(root) ? filename.slice(root.length) : undefined;
}

/** The name that a member expression picks, where it can be read from the source. */
function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  if (node.property.type === "Literal" && typeof node.property.value === "string") return node.property.value;
  return undefined;
}

const plugin: Deno.lint.Plugin = {
  name: "gohttpsnoop",
  rules: {
    "fence": {
      create(context) {
        const path = projectPath(context.filename);
        if (path === undefined) return {};
        const report = (node: Deno.lint.Node, name: string | undefined) => {
          const message = refusal(path, name);
          if (message !== undefined) context.report({ node, message });
        };
        return {
          Identifier(node) {
            if (node.name !== "Deno") return;
            const parent = node.parent;
            if (parent.type === "MemberExpression") {
              // `x.Deno` is globalThis's or somebody else's: the namespace leaves by another door.
              if (parent.property === node && !parent.computed) report(node, undefined);
              else report(parent, memberName(parent));
            } else if (parent.type === "TSQualifiedName") {
              report(parent, parent.right.name);
            } else {
              report(node, undefined);
            }
          },
          Literal(node) {
            // globalThis["Deno"]
            if (node.value === "Deno" && node.parent.type === "MemberExpression") report(node, undefined);
          },
        };
      },
    },
  },
};
export default plugin;
