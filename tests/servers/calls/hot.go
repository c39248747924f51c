package main

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// recurse calls main.descend on a goroutine of its own, whose stack has to grow on the way.
func recurse(depth int) {
	done := make(chan struct{})
	go func() {
		descend(depth, "depth "+strconv.Itoa(depth))
		close(done)
	}()
	<-done
}

// descend returns n(n+1)/2 and its own name for n.
//
//go:noinline
func descend(n int, name string) (sum int, text string) {
	if n == 0 {
		return 0, "bottom"
	}
	below, _ := descend(n-1, "depth "+strconv.Itoa(n-1))
	return below + n, "sum of " + name
}

// runHot calls main.hot from several goroutines at once, each time with another number.
func runHot(workers, calls int) {
	var all sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		all.Add(1)
		go func(first int) {
			defer all.Done()
			total := 0
			for id := first; id < first+calls; id++ {
				double, text := hot(id, "call "+strconv.Itoa(id))
				total += double + len(text)
			}
			if total < 0 {
				panic("an overflow")
			}
		}(worker * calls)
	}
	all.Wait()
}

// hot returns twice the number, and a text of both.
//
//go:noinline
func hot(id int, name string) (double int, text string) {
	return 2 * id, name + " is " + strconv.Itoa(2*id)
}

//go:noinline
func sleeps(d time.Duration) (slept bool) {
	time.Sleep(d)
	return d > 0
}

// callPanicking calls two functions that panic where n is odd: of one the frame is left by runtime.gopanic alone, so
// the next call begins on the same goroutine and at the same depth of the stack.
func callPanicking(n int) {
	defer func() {
		if reason := recover(); (reason != nil) != (n%2 == 1) {
			panic(fmt.Sprint("an unexpected panic: ", reason))
		}
	}()
	throughPanic(n)
}

//go:noinline
func throughPanic(n int) int { return mayPanic(n) + 1 }

//go:noinline
func mayPanic(n int) int {
	if n%2 == 1 {
		panic("odd")
	}
	return 10 * n
}
