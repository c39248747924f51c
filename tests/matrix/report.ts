import { type Cell, VARIANTS } from "./cells.ts";

/** What a cell came to. */
export interface CellResult {
  readonly cell: Cell;
  /** Whether it is as expected: `not built` is, where the list of cells says so. */
  readonly verdict: "ok" | "FAILED" | "not built";
  /** Why it is not `ok`; empty otherwise. */
  readonly reasons: readonly string[];
}

/** The results as a table of version by variant, with the reasons below. A cell that is not in the list is a dash. */
export function renderTable(cells: readonly Cell[], results: readonly CellResult[]): string {
  const versions = [...new Set(cells.map(({ version }) => version))];
  const variants = Object.keys(VARIANTS).filter((key) => cells.some(({ variant }) => variant === key));
  const rows = versions.map((version) => [
    version as string,
    ...variants.map((variant) => {
      const cell = cells.find((cell) => cell.version === version && cell.variant === variant);
      return cell === undefined ? "-" : results.find((result) => result.cell === cell)?.verdict ?? "not run";
    }),
  ]);
  const head = ["Go", ...variants.map((key) => VARIANTS[key as keyof typeof VARIANTS].name)];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const lines = [head, ...rows].map((row) =>
    row.map((text, i) => text.padEnd(widths[i]!)).join("  ").trimEnd()
  );
  const reasons = results.filter(({ verdict }) => verdict !== "ok").flatMap(({ cell, verdict, reasons }) => [
    `${verdict}: Go ${cell.version} ${VARIANTS[cell.variant].name}:`,
    ...reasons.map((reason) => `  ${reason}`),
  ]);
  return [...lines, ...reasons.length === 0 ? [] : ["", ...reasons]].join("\n");
}
