/**
 * Floats, complex numbers, durations and times as this project prints them against Go's own package fmt.
 */
import assert from "node:assert/strict";
import { goDuration } from "../../event/go_duration.ts";
import { goComplex, goFloat } from "../../event/go_float.ts";
import { goTime } from "../../event/go_time.ts";
import { buildGo, installedGo, runTool } from "../toolchains.ts";

/** Prints a kind, two words of bits, and what Go makes of them; the same in each run. */
const MAIN = `package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand"
	"os"
	"time"
	"unsafe"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	random := rand.New(rand.NewSource(4711))
	print := func(kind string, high, low uint64, value interface{}) {
		fmt.Fprintf(out, "%s\\t%d\\t%d\\t%v\\n", kind, high, low, value)
	}
	float64s := func(value float64) { print("float64", math.Float64bits(value), 0, value) }
	float32s := func(value float32) { print("float32", uint64(math.Float32bits(value)), 0, value) }
	durations := func(value int64) { print("duration", uint64(value), 0, time.Duration(value)) }
	times := func(value time.Time) {
		words := (*[2]uint64)(unsafe.Pointer(&value))
		print("time", words[0], words[1], value.UTC().Format(time.RFC3339Nano))
	}

	for exponent := uint64(0); exponent < 2047; exponent++ {
		float64s(math.Float64frombits(exponent << 52))
	}
	for _, value := range []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN()} {
		float64s(value)
		float32s(float32(value))
	}
	for i := 0; i < 5000; i++ {
		// Of any size, and of the sizes that programs have: whole, or with a few decimals.
		float64s(math.Float64frombits(random.Uint64()))
		float32s(math.Float32frombits(random.Uint32()))
		whole := random.Int63() >> uint(random.Intn(63))
		float64s(float64(whole))
		float64s(float64(whole) / 1000)
		float32s(float32(whole))
		float32s(float32(whole) / 1000)
		real, imaginary := random.NormFloat64()*1e6, random.NormFloat64()
		print("complex", math.Float64bits(real), math.Float64bits(imaginary), complex(real, imaginary))
		durations(whole)
		durations(-whole / 1000000 * 1000000)
		times(time.Unix(random.Int63n(1<<38)-1<<37, random.Int63n(1000000000)))
		times(time.Unix(random.Int63n(1<<31), random.Int63n(1000)*1000000))
		times(time.Now().Add(time.Duration(whole)))
	}
	durations(math.MaxInt64)
	durations(math.MinInt64)
	times(time.Time{})
	times(time.Now())
}
`;

/** What is printed here of two words of bits. */
function printed(kind: string, high: bigint, low: bigint): string {
  const bits = new DataView(new ArrayBuffer(16));
  bits.setBigUint64(0, high);
  bits.setBigUint64(8, low);
  switch (kind) {
    case "float64":
      return goFloat(bits.getFloat64(0), 8);
    case "float32":
      return goFloat(bits.getFloat32(4), 4);
    case "complex":
      return goComplex(bits.getFloat64(0), bits.getFloat64(8), 8);
    case "duration":
      return goDuration(bits.getBigInt64(0));
    default:
      return goTime(bits.getUint32(0), bits.getUint32(4), Number(bits.getBigInt64(8)));
  }
}

Deno.test("numbers, durations and times read as Go prints them", async () => {
  const toolchain = await installedGo();
  const program = await buildGo({ toolchain, files: { "main.go": MAIN }, output: "formats" });
  const lines = (await runTool(program, [], { env: {} })).trimEnd().split("\n");
  const kinds = new Map<string, number>();
  for (const line of lines) {
    const [kind = "", high = "", low = "", wanted] = line.split("\t");
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    assert.equal(printed(kind, BigInt(high), BigInt(low)), wanted, line);
  }
  assert.deepEqual([...kinds.keys()].sort(), ["complex", "duration", "float32", "float64", "time"]);
  for (const count of kinds.values()) assert.ok(count >= 5000);
});
