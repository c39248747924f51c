package main

import "os"

// sink keeps the compiler from leaving out what is computed.
var sink int

var scalarCases = []testCase{
	{name: "signed", run: func(n int) call {
		a, b, c, d, e := int8(-128+n), int16(-32768+n), int32(-2147483648+n), int64(-9223372036854775808+n), -1-n
		signed(a, b, c, d, e)
		return call{symbol: "main.signed", args: values{{"a", a}, {"b", b}, {"c", c}, {"d", d}, {"e", e}}}
	}},
	{name: "unsigned", run: func(n int) call {
		a, b, c, d, e := uint8(255-n), uint16(65535-n), ^uint32(n), ^uint64(n), uint(n)
		f := uintptr(4096 + n)
		unsigned(a, b, c, d, e, f)
		return call{symbol: "main.unsigned", args: values{{"a", a}, {"b", b}, {"c", c}, {"d", d}, {"e", e}, {"f", f}}}
	}},
	{name: "bools", run: func(n int) call {
		a, b := n%2 == 0, n%2 == 1
		bools(a, 7, b)
		return call{symbol: "main.bools", args: values{{"a", a}, {"n", 7}, {"b", b}}}
	}},
	{name: "named", run: func(n int) call {
		named(level(n%3), 'x')
		return call{symbol: "main.named", args: values{{"l", n % 3}, {"r", 'x'}}}
	}},
	{name: "blank", run: func(n int) call {
		blank("unused", n)
		return call{symbol: "main.blank", args: values{{"n", n}}}
	}},
	{name: "floats in memory", run: func(n int) call {
		m := &measures{0.5 + float64(n), 1.25, -3e30, complex(1, -2)}
		list := []float64{-0.125, float64(n)}
		floats(m, list)
		return call{symbol: "main.floats", args: values{
			{"m.wide", m.wide}, {"m.narrow", m.narrow}, {"m.large", m.large}, {"m.both", "(1-2i)"},
			{"list[0]", list[0]}, {"list[1]", list[1]},
		}}
	}},
	{name: "integers between floats", run: func(n int) call {
		betweenFloats(n, 0.5, n+1, 1.5, "end")
		return call{symbol: "main.betweenFloats", args: values{{"a", n}, {"b", n + 1}, {"s", "end"}}}
	}},
	{name: "what is of no function", run: func(n int) call {
		special(n)
		return call{symbol: "main.special", args: values{{"n", n}, {"$pid", os.Getpid()}, {"$goid", goid()}}}
	}},
}

// level is a type whose constants have names, which are not shown.
type level int

type measures struct {
	wide   float64
	narrow float32
	large  float32
	both   complex128
}

//go:noinline
func signed(a int8, b int16, c int32, d int64, e int) {
	sink += int(a) + int(b) + int(c) + int(d) + e
}

//go:noinline
func unsigned(a uint8, b uint16, c uint32, d uint64, e uint, f uintptr) {
	sink += int(a) + int(b) + int(c) + int(d) + int(e) + int(f)
}

//go:noinline
func bools(a bool, n int, b bool) {
	if a != b {
		sink += n
	}
}

//go:noinline
func named(l level, r rune) { sink += int(l) + int(r) }

//go:noinline
func blank(_ string, n int) { sink += n }

//go:noinline
func floats(m *measures, list []float64) { sink += int(m.wide) + int(m.narrow) + int(list[0]) }

//go:noinline
func betweenFloats(a int, x float64, b int, y float32, s string) {
	sink += a + int(x) + b + int(y) + len(s)
}

//go:noinline
func special(n int) { sink += n }
