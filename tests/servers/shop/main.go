// Shop is the program of the README's examples of calls. It prints `ready`, reads a line from standard input, makes its
// calls, and prints `done`.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"time"
)

// Customer is who orders.
type Customer struct {
	Email string
	Age   int8
}

// Item is what is ordered.
type Item struct {
	SKU   string
	Price int64
}

// Order has a field of each kind that the README follows.
type Order struct {
	ID       int
	Customer *Customer
	Items    []Item
	Total    int64
	Tags     map[string]string
	Wait     time.Duration
}

// Store is what items are looked up in.
type Store struct {
	name  string
	items map[string]*Item
}

// Refusal is an error of the program's own.
type Refusal struct {
	Code int
}

func (r *Refusal) Error() string { return "refused: " + strconv.Itoa(r.Code) }

var total int64

//go:noinline
func charge(order *Order) (receipt string, err error) {
	if len(order.Items) == 0 {
		return "", errors.New("no items")
	}
	if order.Total > 10000 {
		return "", &Refusal{402}
	}
	total += order.Total
	return "R-" + strconv.Itoa(order.ID), nil
}

// Get returns an item.
//
//go:noinline
func (s *Store) Get(key string) (val *Item, err error) {
	if item, ok := s.items[key]; ok {
		return item, nil
	}
	return nil, fmt.Errorf("no %s in %s", key, s.name)
}

//go:noinline
func ping(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, "pong") }

func main() {
	ada, bob := &Customer{"ada@example.com", 36}, &Customer{"bob@example.com", 41}
	pen, desk := Item{"PEN-1", 250}, Item{"DESK-9", 19900}
	orders := []*Order{
		{17, ada, []Item{pen, pen}, 500, map[string]string{"source": "web"}, time.Millisecond},
		{18, bob, nil, 0, nil, 0},
		{19, bob, []Item{desk}, 19900, map[string]string{"source": "app"}, 90 * time.Second},
	}
	store := &Store{"main store", map[string]*Item{"pen": &pen}}
	request := httptest.NewRequest("GET", "/ping", nil)
	request.Header.Set("User-Agent", "curl/8.5.0")
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); fmt.Println("done") {
		for _, order := range orders {
			charge(order)
		}
		store.Get("pen")
		store.Get("ink")
		ping(httptest.NewRecorder(), request)
	}
}
