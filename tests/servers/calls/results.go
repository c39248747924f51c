package main

import (
	"errors"
	"strconv"
	"time"
)

var resultCases = []testCase{
	{name: "a result of each kind", run: func(n int) call {
		results1(n)
		return call{symbol: "main.results1", args: values{{"n", n}}, results: values{
			{"ret0", -n}, {"ret1", n%2 == 0}, {"ret2", "text " + strconv.Itoa(n)}, {"ret3", "bytes"}, {"ret4", uint8(n)},
		}}
	}},
	{name: "results that are structs, pointers and interfaces", run: func(n int) call {
		results2(n)
		return call{symbol: "main.results2", args: values{{"n", n}}, results: values{
			{"ret0.X", n}, {"ret0.Y", 2 * n}, {"ret1.SKU", "SKU"}, {"ret1.Price", n},
			{"ret2", dynamic("*errors.errorString", "result")},
		}}
	}},
	{name: "results that are containers", run: func(n int) call {
		results3(n)
		return call{symbol: "main.results3", args: values{{"n", n}}, results: values{
			{"ret0[1]", n}, {"len(ret0)", 2}, {"ret1[\"one\"]", n}, {"len(ret1)", 1}, {"cap(ret2)", 4},
			{"ret3", time.Duration(n)},
		}}
	}},
	{name: "more results than registers", run: func(n int) call {
		manyResults(n)
		return call{symbol: "main.manyResults", args: values{{"n", n}}, results: values{
			{"ret0", n}, {"ret1", "one"}, {"ret5", "five"}, {"ret6", n + 6}, {"ret7", n + 7},
		}}
	}},
	{name: "an array as result", run: func(n int) call {
		arrayResult(n)
		return call{
			symbol:  "main.arrayResult",
			args:    values{{"n", n}},
			results: values{{"ret0[2]", n + 2}, {"ret1", "array"}},
		}
	}},
	{name: "named results", run: func(n int) call {
		namedResults(n)
		return call{
			symbol:  "main.namedResults",
			args:    values{{"n", n}},
			results: values{{"sum", n + 1}, {"text", "named"}},
		}
	}},
	{name: "a defer that changes results", run: func(n int) call {
		deferred(n)
		return call{
			symbol:  "main.deferred",
			args:    values{{"n", n}},
			results: values{{"sum", 10*n + 1}, {"text", "changed"}},
		}
	}},
	{name: "many returns", run: func(n int) call {
		manyReturns(n % 5)
		texts := []string{"zero", "one", "two", "three", "more"}
		return call{symbol: "main.manyReturns", args: values{{"n", n % 5}}, results: values{{"ret0", texts[n%5]}}}
	}},
	{name: "a panic that is recovered inside", run: func(n int) call {
		recovered(n)
		return call{
			symbol:  "main.recovered",
			args:    values{{"n", n}},
			results: values{{"result", n * 2}, {"err", dynamic("*errors.errorString", "recovered")}},
		}
	}},
	{name: "a stack that grows in the middle", run: func(n int) call {
		done := make(chan int)
		c := call{}
		// The stack of a new goroutine is small.
		go func() {
			growsStack(n, "before")
			c = call{
				symbol:  "main.growsStack",
				args:    values{{"n", n}, {"s", "before"}},
				results: values{{"ret0", n + 1}, {"ret1", "before and after"}},
				goid:    goid(),
			}
			close(done)
		}()
		<-done
		return c
	}},
}

//go:noinline
func results1(n int) (int, bool, string, []byte, uint8) {
	return -n, n%2 == 0, "text " + strconv.Itoa(n), []byte("bytes"), uint8(n)
}

//go:noinline
func results2(n int) (point, *item, error) {
	return point{n, 2 * n}, &item{"SKU", 1, int64(n)}, errors.New("result")
}

//go:noinline
func results3(n int) ([]int, map[string]int, chan int, time.Duration) {
	return []int{1, n}, map[string]int{"one": n}, make(chan int, 4), time.Duration(n)
}

//go:noinline
func manyResults(n int) (int, string, string, string, string, string, int, int) {
	return n, "one", "two", "three", "four", "five", n + 6, n + 7
}

//go:noinline
func arrayResult(n int) ([3]int, string) { return [3]int{n, n + 1, n + 2}, "array" }

//go:noinline
func namedResults(n int) (sum int, text string) {
	sum = n + 1
	text = "named"
	return
}

//go:noinline
func deferred(n int) (sum int, text string) {
	defer func() {
		sum = 10*sum + 1
		text = "changed"
	}()
	return n, "as returned"
}

//go:noinline
func manyReturns(n int) string {
	switch n {
	case 0:
		return "zero"
	case 1:
		return "one"
	}
	if n == 2 {
		return "two"
	}
	for i := 0; i < n; i++ {
		sink += i
		if i == 3 {
			return "more"
		}
	}
	return "three"
}

//go:noinline
func recovered(n int) (result int, err error) {
	defer func() {
		if recover() != nil {
			result, err = result*2, errors.New("recovered")
		}
	}()
	result = n
	var none *item
	none.Price++
	return -1, nil
}

//go:noinline
func growsStack(n int, s string) (int, string) {
	return n + useStack(64), s + " and after"
}

// useStack needs 64 times a kilobyte of stack, and returns 1.
//
//go:noinline
func useStack(depth int) int {
	var block [1024]byte
	block[depth] = 1
	if depth == 0 {
		return int(block[depth])
	}
	return useStack(depth-1) * int(block[depth])
}
