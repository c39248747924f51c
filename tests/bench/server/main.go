// The server that the benchmarks load: a hello, a kilobyte of JSON, a handler that takes 5 ms, and one that is called by
// the server itself, many times in a row, to see what one hit of a probe costs.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type item struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Price int    `json:"price"`
}

// probed is what a handler costs at least; a probe on it is the rest.
//
//go:noinline
func probed(w http.ResponseWriter, req *http.Request) {
	calls += len(req.Method)
	if calls < 0 {
		http.Error(w, strings.Repeat("x", calls), http.StatusTeapot)
	}
}

var calls int

// handle serves a path and all below it.
func handle(path string, handler http.HandlerFunc) {
	http.HandleFunc(path, handler)
	http.HandleFunc(path+"/", handler)
}

func main() {
	address := flag.String("http", "127.0.0.1:0", "listen here")
	flag.Parse()

	items := make([]item, 25)
	for i := range items {
		items[i] = item{i, "an item of the list", 100 * i}
	}
	handle("/hello", func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprint(w, "hello\n")
	})
	handle("/json", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(items)
	})
	handle("/slow", func(w http.ResponseWriter, req *http.Request) {
		time.Sleep(5 * time.Millisecond)
		fmt.Fprint(w, "slow\n")
	})
	// Calls `probed` n times and answers with the nanoseconds of one call.
	http.HandleFunc("/calls", func(w http.ResponseWriter, req *http.Request) {
		n, err := strconv.Atoi(req.FormValue("n"))
		if err != nil || n < 1 {
			http.Error(w, "n?", http.StatusBadRequest)
			return
		}
		start := time.Now()
		for range n {
			probed(w, req)
		}
		fmt.Fprintf(w, "%.1f\n", float64(time.Since(start).Nanoseconds())/float64(n))
	})

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
