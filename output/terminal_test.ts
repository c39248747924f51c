import assert from "node:assert/strict";
import { terminalColumns } from "./terminal.ts";

const isTerminal = () => true;
const consoleSize = () => ({ columns: 100 });

Deno.test("terminalColumns() is undefined in a pipe, whatever COLUMNS says", () => {
  assert.equal(terminalColumns({ isTerminal: () => false, columns: "80", consoleSize }), undefined);
});

Deno.test("terminalColumns() is the terminal's own width", () => {
  assert.equal(terminalColumns({ isTerminal, consoleSize }), 100);
});

Deno.test("terminalColumns() respects COLUMNS, where it is a number", () => {
  assert.equal(terminalColumns({ isTerminal, consoleSize, columns: "40" }), 40);
  for (const columns of ["", "0", "-1", "1e3", "wide", "100000"]) {
    assert.equal(terminalColumns({ isTerminal, consoleSize, columns }), 100, columns);
  }
});

Deno.test("terminalColumns() is undefined when the size is 0 or cannot be told", () => {
  assert.equal(terminalColumns({ isTerminal, consoleSize: () => ({ columns: 0 }) }), undefined);
  const fails = () => {
    throw new Error("Inappropriate ioctl for device (os error 25)");
  };
  assert.equal(terminalColumns({ isTerminal, consoleSize: fails }), undefined);
});
