/**
 * Parameters without a name, which DWARF leaves out before Go 1.22 and which move the others; and receivers of wrappers,
 * which have none. What is printed is right, or it is said that it cannot be told.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inspect } from "../../mod.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { CallRecorder } from "./call_recorder.ts";
import { CallsProgram } from "./calls_program.ts";

const PROGRAM = `package main

import (
	"bufio"
	"fmt"
	"os"
)

var sink int

//go:noinline
func before(_ int, text string, _ string, n int) (int, string) {
	sink += len(text) + n
	return n, text
}

//go:noinline
func floats(_ float64, text string, _ float64, n int) int {
	sink += len(text)
	return n
}

//go:noinline
func behind(text string, n int, _ bool) int {
	sink += n
	return len(text)
}

//go:noinline
func half(text string, n int) int { return len(text) + n }

type inner struct{ name string }

// Short is inlined into its wrapper.
func (i inner) Short(extra string) int { return len(i.name) + len(extra) }

// other keeps the compiler from knowing what a namer is.
type other struct{}

func (other) Short(extra string) int { return len(extra) }

type namer interface{ Short(string) int }

func main() {
	var n namer = &inner{"in"}
	if len(os.Args) > 1 {
		n = other{}
	}
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); fmt.Println("done") {
		before(1, "text", "other", 2)
		floats(1.5, "text", 2.5, 3)
		behind("text", 4, true)
		half("text", 5)
		n.Short("extra")
	}
}
`;

/** What each probe has to print. */
const TRUTH: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "main.before(text, n)": { text: "text", n: 2 },
  "main.floats(text, n)": { text: "text", n: 3 },
  "main.behind(text, n)": { text: "text", n: 4 },
  "main.half(text, n)": { text: "text", n: 5 },
  "main.inner.Short(i.name, extra)": { "i.name": "in", extra: "extra" },
};

const UNKNOWN =
  "at a place that cannot be told: the function takes more than is described of it, as parameters without a name are before Go 1.22";

/** To Go 1.16 DWARF has at most the place of the second half of these: what comes before them is not known. */
const UNTOLD_ON_STACK = ["before", "floats", "behind"];

for (const version of ["1.16.15", "1.17.13", "1.20.14", "1.22.12", "1.27.4"]) {
  Deno.test(`parameters beside blank ones are right, or said to be unknown: Go ${version}`, async () => {
    const binary = await buildGo({
      toolchain: await ensureToolchain(version),
      files: { "main.go": PROGRAM },
      output: "blanks",
    });
    const probes = Object.keys(TRUTH);
    await using program = await CallsProgram.start(binary);
    await using recorder = await CallRecorder.start(binary, ...probes);
    await program.obey("call");
    const { calls } = await recorder.recorded(probes.length);
    const expected = Object.entries(TRUTH).map(([probe, args]) => {
      const isUntold = version === "1.16.15" && UNTOLD_ON_STACK.some((name) => probe.includes(`.${name}(`));
      return isUntold ? { ...args, text: { $missing: "unreadable", $reason: UNKNOWN } } : args;
    });
    assert.deepEqual(calls.map(({ args }) => args), expected);
  });
}

Deno.test("results on the stack behind blank parameters are not guessed", async () => {
  const binary = await buildGo({
    toolchain: await ensureToolchain("1.16.15"),
    files: { "main.go": PROGRAM },
    output: "blanks",
  });
  const [plan] = inspect({ binary, probes: ["main.before() -> (ret0)", "main.half() -> (ret0)"] });
  assert.equal(plan?.call?.results[0]?.value.kind, "unreadable");
  assert.match(plan.notes.join(), /ret0 is not shown: it is at a place that cannot be told/);
});
