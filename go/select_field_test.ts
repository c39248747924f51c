import assert from "node:assert/strict";
import type { GoField, GoType } from "./go_type.ts";
import { makeType, pointerTo, STRING, structOf } from "./sample_types.ts";
import { selectField } from "./select_field.ts";

const INT = makeType("int", "int", 8);

/** A struct of fields of 8 bytes; a name that begins with `+` is embedded. */
function struct(name: string, ...fields: readonly (readonly [string, GoType])[]): GoType {
  return makeType(name, "struct", fields.length * 8, {
    fields: fields.map(([field, type], i): GoField => ({
      name: field.replace("+", ""),
      offset: i * 8,
      type,
      embedded: field.startsWith("+"),
    })),
  });
}

/** The path as text: `*` where a pointer is followed, and the offset of each step. */
function path(type: GoType, name: string): string | undefined {
  const found = selectField(type, name);
  if (found === undefined) return undefined;
  if (found.kind === "ambiguous") return `ambiguous: ${found.paths.join(", ")}`;
  return found.steps.map(({ name, offset, dereference }) => `${dereference ? "*" : ""}${name}@${offset}`)
    .join(" ");
}

Deno.test("selectField() finds a struct's own field, through a pointer too", () => {
  const url = structOf("net/url.URL", 120, [["Scheme", 0, STRING], ["Path", 56, STRING]]);
  const found = selectField(url, "Path");
  assert.deepEqual(found, {
    kind: "field",
    steps: [{ name: "Path", offset: 56, type: STRING, dereference: false }],
  });
  assert.equal(path(pointerTo(url), "Path"), "*Path@56");
  assert.equal(path(url, "path"), undefined);
});

Deno.test("selectField() finds nothing in a pointer to a pointer, and in what is no struct", () => {
  const order = struct("main.Order", ["ID", INT]);
  assert.equal(path(pointerTo(pointerTo(order)), "ID"), undefined);
  assert.equal(path(INT, "ID"), undefined);
  assert.equal(path(makeType("error", "interface", 16), "Error"), undefined);
});

Deno.test("selectField() follows a named pointer type", () => {
  const order = struct("main.Order", ["ID", INT]);
  assert.equal(path(makeType("main.Ref", "pointer", 8, { element: order }), "ID"), "*ID@0");
});

Deno.test("selectField() finds what an embedded struct, or a pointer to one, promotes", () => {
  const base = struct("main.Base", ["kept", INT], ["ID", INT]);
  const middle = struct("main.Middle", ["a", INT], ["+Base", pointerTo(base)]);
  const outer = struct("main.Outer", ["+Middle", middle]);
  assert.equal(path(outer, "ID"), "Middle@0 Base@8 *ID@8");
  assert.equal(path(pointerTo(outer), "ID"), "*Middle@0 Base@8 *ID@8");
  assert.equal(path(outer, "Base"), "Middle@0 Base@8");
});

Deno.test("selectField() promotes nothing from a field that is not embedded", () => {
  const base = struct("main.Base", ["ID", INT]);
  assert.equal(path(struct("main.Outer", ["base", base]), "ID"), undefined);
});

Deno.test("selectField() takes the shallowest of several fields", () => {
  const deep = struct("main.Deep", ["ID", INT]);
  const left = struct("main.Left", ["+Deep", deep]);
  const right = struct("main.Right", ["pad", INT], ["ID", STRING]);
  assert.equal(path(struct("main.Outer", ["+Left", left], ["+Right", right]), "ID"), "Right@8 ID@8");
  assert.equal(path(struct("main.Outer", ["+Left", left], ["ID", INT]), "ID"), "ID@8");
});

Deno.test("selectField() calls two fields at one depth ambiguous, and names them", () => {
  const left = struct("main.Left", ["ID", INT]);
  const right = struct("main.Right", ["ID", INT]);
  const both = struct("main.Both", ["+Left", left], ["+Right", pointerTo(right)]);
  assert.equal(path(both, "ID"), "ambiguous: Left.ID, Right.ID");
  // An ambiguity is not looked behind, and a shallower field settles it.
  const deep = struct("main.Deep", ["ID", INT]);
  const deeper = struct("main.Deeper", ["+Deep", deep]);
  assert.equal(
    path(struct("main.Outer", ["+Both", both], ["+Deeper", deeper]), "ID"),
    "ambiguous: Both.Left.ID, Both.Right.ID, Deeper.Deep.ID",
  );
  assert.equal(path(struct("main.Outer", ["+Both", both], ["ID", INT]), "ID"), "ID@8");
});

Deno.test("selectField() calls a field ambiguous whose struct is embedded twice at one depth", () => {
  const base = struct("main.Base", ["ID", INT]);
  const left = struct("main.Left", ["+Base", base]);
  const right = struct("main.Right", ["+Base", pointerTo(base)]);
  const outer = struct("main.Outer", ["+Left", left], ["+Right", right]);
  assert.equal(path(outer, "ID"), "ambiguous: Left.Base.ID, Right.Base.ID");
});

Deno.test("selectField() ends where a struct embeds a pointer to itself", () => {
  const node: GoType = struct("main.Node");
  const fields: GoField[] = [
    { name: "Node", offset: 0, type: pointerTo(node), embedded: true },
    { name: "ID", offset: 8, type: INT, embedded: false },
  ];
  Object.assign(node, { fields });
  assert.equal(path(node, "ID"), "ID@8");
  assert.equal(path(node, "Node"), "Node@0");
  assert.equal(path(node, "none"), undefined);
});

Deno.test("selectField() looks at each type of a wide nest of embedded structs no more than twice a level", () => {
  let nest = struct("main.Nest0", ["ID", INT]);
  for (let i = 1; i <= 60; i++) {
    const side = struct(`main.Side${i}`, ["+Below", nest]);
    nest = struct(`main.Nest${i}`, ["+Below", nest], ["+Side", side], ["+Other", side]);
  }
  assert.equal(path(nest, "none"), undefined);
});

Deno.test("selectField() never selects a blank field", () => {
  assert.equal(path(struct("main.Padded", ["_", INT]), "_"), undefined);
});
