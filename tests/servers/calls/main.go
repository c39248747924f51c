// Calls is a program whose functions are traced: one function for each kind of parameter and result. What it knows of
// each call it prints itself, in the form that the tracer has to print. Built by every Go from 1.16 on.
//
// With --list-probes it prints its cases and ends. Else it prints `ready`, reads a command a line from standard
// input, obeys it, and closes what it prints for it with `done`:
//
//	call NAME TIMES         calls a case (or `all` of them) so often, and prints the truth of each call
//	recurse DEPTH           main.descend, so deep, on a goroutine whose stack is small at first
//	hot WORKERS CALLS       main.hot, so often by each of so many goroutines at once
//	sleep TIMES             main.sleeps, with 0, 10, 20, ... ms
//	panics TIMES            main.mayPanic and main.throughPanic, which panic every other time
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"
)

// testCase makes the n-th call of a function and returns what is true of it.
type testCase struct {
	name string
	// Whether the runtime's type metadata says enough, without DWARF.
	stripped bool
	run      func(n int) call
}

// cases are all the cases, but for those of newer Go versions.
var cases = concatenate(
	scalarCases, stringCases, structCases, pointerCases, listCases, mapCases, interfaceCases, timeCases, methodCases,
	registerCases, resultCases, strippedCases,
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	if len(os.Args) > 1 && os.Args[1] == "--list-probes" {
		for _, c := range cases {
			print(out, listed{c.name, c.run(0).probe(), c.stripped})
		}
		flush(out)
		return
	}
	fmt.Fprintln(out, "ready")
	flush(out)
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		obey(out, strings.Fields(input.Text()))
		fmt.Fprintln(out, "done")
		flush(out)
	}
}

// obey does what a line of standard input says.
func obey(out *bufio.Writer, words []string) {
	switch words[0] {
	case "call":
		for _, c := range cases {
			if words[1] != "all" && words[1] != c.name {
				continue
			}
			for n := 0; n < number(words[2]); n++ {
				print(out, truth{c.name, c.run(n)})
			}
		}
	case "recurse":
		recurse(number(words[1]))
	case "hot":
		runHot(number(words[1]), number(words[2]))
	case "sleep":
		for n := 0; n < number(words[1]); n++ {
			sleeps(time.Duration(n) * 10 * time.Millisecond)
		}
	case "panics":
		for n := 0; n < number(words[1]); n++ {
			callPanicking(n)
		}
	default:
		log.Fatalf("unknown command %q", words[0])
	}
}

func number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		log.Fatal(err)
	}
	return n
}

func print(out *bufio.Writer, value interface{}) {
	line, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	out.Write(append(line, '\n'))
}

func flush(out *bufio.Writer) {
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func concatenate(lists ...[]testCase) (all []testCase) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
