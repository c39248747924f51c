// The server that the benchmarks load: a hello, a kilobyte of JSON, a handler that takes 5 ms, and a handler and another
// function that are called by the server itself, many times in a row, to see what one hit of a probe costs.
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

// An order has fields of the two kinds that the benchmark of calls reads behind a pointer.
type order struct {
	ID, Total, Items, Weight, Shipping, Discount, Tax, Created        int
	Customer, Email, Product, Street, City, Country, Currency, Coupon string
}

// charge is to any function what probed is to a handler.
//
//go:noinline
func charge(o *order) {
	calls += o.Items
	if calls < 0 {
		panic(strings.Repeat("x", calls))
	}
}

// handle serves a path and all below it.
func handle(path string, handler http.HandlerFunc) {
	http.HandleFunc(path, handler)
	http.HandleFunc(path+"/", handler)
}

// timed makes n calls, and answers with the nanoseconds of one.
func timed(call func(n int, w http.ResponseWriter, req *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		n, err := strconv.Atoi(req.FormValue("n"))
		if err != nil || n < 1 {
			http.Error(w, "n?", http.StatusBadRequest)
			return
		}
		start := time.Now()
		call(n, w, req)
		fmt.Fprintf(w, "%.1f\n", float64(time.Since(start).Nanoseconds())/float64(n))
	}
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
	http.HandleFunc("/calls", timed(func(n int, w http.ResponseWriter, req *http.Request) {
		for i := 0; i < n; i++ {
			probed(w, req)
		}
	}))
	o := &order{
		1, 2, 3, 4, 5, 6, 7, 8,
		"Ada Lovelace", "ada@example.com", "analytical engine", "12 St James's Square", "London", "England", "GBP", "NONE",
	}
	http.HandleFunc("/charges", timed(func(n int, w http.ResponseWriter, req *http.Request) {
		for i := 0; i < n; i++ {
			charge(o)
		}
	}))

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
