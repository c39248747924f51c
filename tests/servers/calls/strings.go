package main

import "strings"

// longString is longer than what is shown of a string.
var longString = strings.Repeat("0123456789", 1000)

var stringCases = []testCase{
	{name: "strings", run: func(n int) call {
		a, b := "text \"quoted\" \\ naïve 日本\x00\x1b[31m\n", strings.Repeat("x", n)
		texts(a, b, "")
		return call{symbol: "main.texts", args: values{
			{"a", a}, {"b", b}, {"empty", ""}, {"len(a)", len(a)}, {"len(b)", n}, {"a[0]", a[0]},
			{"a[1000]", missing("range")},
		}}
	}},
	{name: "a string that is cut", run: func(n int) call {
		long(longString, n)
		return call{symbol: "main.long", args: values{{"s", cut(longString)}, {"n", n}, {"len(s)", len(longString)}}}
	}},
	{name: "bytes", run: func(n int) call {
		text := append(make([]byte, 0, 64), "bytes that are text"...)
		octets(text, nil, []byte{}, []byte{0x1f, 0x8b, 0xff})
		return call{symbol: "main.octets", args: values{
			{"text", string(text)}, {"len(text)", len(text)}, {"cap(text)", 64}, {"none", ""}, {"empty", ""},
			{"raw", values{{"$text", "\x1f\ufffd\ufffd"}, {"$b64", "H4v/"}}},
			{"text[1]", text[1]}, {"len(none)", 0}, {"none[0]", missing("range")},
		}}
	}},
}

// cut is a string of which only the first bytes are shown: how many is the test's to say.
func cut(s string) values { return values{{"$cut", s}, {"$length", len(s)}} }

//go:noinline
func texts(a, b, empty string) { sink += len(a) + len(b) + len(empty) }

//go:noinline
func long(s string, n int) { sink += len(s) + n }

//go:noinline
func octets(text, none, empty, raw []byte) { sink += len(text) + len(none) + len(empty) + len(raw) }
