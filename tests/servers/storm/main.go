// Storm calls a handler itself, many times in a row, after a line on its standard input: more calls than a client could
// send, and on one goroutine that the scheduler interrupts now and then at the handler's very first instructions.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
)

var calls int

// deaf does not use its request, so Go does not keep it when the stack grows or the goroutine is made to wait.
//
//go:noinline
func deaf(w http.ResponseWriter, req *http.Request) {
	count()
}

//go:noinline
func count() {
	calls++
}

func main() {
	number := flag.Int("calls", 100000, "call the handler so many times")
	flag.Parse()
	address, err := url.Parse("http://localhost/storm")
	if err != nil {
		panic(err)
	}
	bufio.NewReader(os.Stdin).ReadString('\n')
	request := &http.Request{Method: "GET", URL: address}
	for i := 0; i < *number; i++ {
		deaf(nil, request)
	}
	fmt.Println(calls)
}
