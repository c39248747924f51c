/**
 * A glob that matches a thousand functions: all are traced at once, and each call is printed with its own function.
 *
 * @module
 */
import assert from "node:assert/strict";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { CallRecorder } from "./call_recorder.ts";
import { CallsProgram } from "./calls_program.ts";

const FUNCTIONS = 1000;

for (const version of ["1.16.15", "1.27.4"]) {
  for (
    const { probe, returns } of [
      { probe: "main.f*(n)", returns: false },
      { probe: "main.f*(n) -> (ret0)", returns: true },
      { probe: "main.f*", returns: false },
    ]
  ) {
    Deno.test(`'${probe}' traces ${FUNCTIONS} functions: Go ${version}`, async () => {
      const toolchain = await ensureToolchain(version);
      const binary = await buildGo({ toolchain, files: { "main.go": source() }, output: "thousand" });
      await using program = await CallsProgram.start(binary);
      await using recorder = await CallRecorder.start(binary, probe);
      await program.obey("call");
      const { calls, lost } = await recorder.recorded(FUNCTIONS);
      assert.equal(lost, 0);
      assert.deepEqual(
        calls.map(({ symbol, args }) => ({ symbol, n: args["n"] })),
        Array.from({ length: FUNCTIONS }, (_, i) => ({ symbol: `main.${nameOf(i)}`, n: 3 * i })),
      );
      if (!returns) return;
      assert.deepEqual(
        calls.map(({ results }) => results?.["ret0"]),
        Array.from({ length: FUNCTIONS }, (_, i) => 4 * i),
      );
    });
  }
}

function nameOf(i: number): string {
  return `f${String(i).padStart(4, "0")}`;
}

/** A program that calls all of its functions for each line of standard input. */
function source(): string {
  const indexes = Array.from({ length: FUNCTIONS }, (_, i) => i);
  return `package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); fmt.Println("done") {
${indexes.map((i) => `\t\t${nameOf(i)}(${3 * i})`).join("\n")}
	}
}

var calls [${FUNCTIONS}]int

${
    indexes.map((i) => `//go:noinline\nfunc ${nameOf(i)}(n int) int { calls[${i}]++; return n + ${i} }`).join(
      "\n\n",
    )
  }
`;
}
