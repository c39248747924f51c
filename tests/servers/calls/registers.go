package main

var registerCases = []testCase{
	{name: "more numbers than registers", run: func(n int) call {
		many(n, n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8, n+9, n+10, n+11, n+12, n+13, n+14, n+15, n+16, n+17)
		return call{symbol: "main.many", args: values{
			{"a", n}, {"b", n + 1}, {"i", n + 8}, {"j", n + 9}, {"k", n + 10}, {"p", n + 15}, {"q", n + 16}, {"r", n + 17},
		}, results: values{{"ret0", n * 18}}}
	}},
	{name: "strings that the registers do not hold", run: func(n int) call {
		spilled("a", "b", "c", "d", "fifth", "sixth", n)
		return call{symbol: "main.spilled", args: values{
			{"a", "a"}, {"d", "d"}, {"e", "fifth"}, {"f", "sixth"}, {"n", n},
		}}
	}},
	{name: "a string, a slice and an interface in registers", run: func(n int) call {
		three("text", []byte("bytes"), n, "any")
		return call{symbol: "main.three", args: values{
			{"s", "text"}, {"b", "bytes"}, {"n", n}, {"len(b)", 5}, {"x.(string)", "any"},
		}}
	}},
	{name: "small numbers on the stack", run: func(n int) call {
		small(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, int8(-n), true, uint16(n), "end")
		return call{symbol: "main.small", args: values{
			{"h", 8}, {"x", -n}, {"y", true}, {"z", n}, {"s", "end"},
		}}
	}},
}

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r int) int {
	sink += a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r
	return (a + r - 17) * 9
}

//go:noinline
func spilled(a, b, c, d, e, f string, n int) {
	sink += len(a) + len(b) + len(c) + len(d) + len(e) + len(f) + n
}

//go:noinline
func three(s string, b []byte, n int, x interface{}) { sink += len(s) + len(b) + n }

//go:noinline
func small(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p int32, x int8, y bool, z uint16, s string) {
	sink += int(a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p) + int(x) + int(z) + len(s)
}
