//go:build go1.18
// +build go1.18

package main

import "net/http"

func init() { generics = instances{} }

type instances struct{}

// Handle is a generic handler: its instances are passed on as values.
//
//go:noinline
func Handle[T any](w http.ResponseWriter, req *http.Request) {
	var zero T
	calls[12] += len(name(zero))
	w.WriteHeader(200)
}

//go:noinline
func name(value interface{}) string {
	switch value.(type) {
	case int:
		return "int"
	case string:
		return "string"
	}
	return "other"
}

// Light is a generic handler that can be inlined.
func Light[T any](w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(203)
}

// Store is a generic type with a handler as its method.
type Store[T any] struct {
	items []T
}

// ServeHTTP has a pointer receiver of a generic type.
//
//go:noinline
func (s *Store[T]) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var zero T
	calls[14] += len(s.items) + len(name(zero))
	w.WriteHeader(200)
}

// Box is a generic type with a value receiver.
type Box[T any] struct {
	item T
}

// ServeHTTP has a value receiver of a generic type.
//
//go:noinline
func (b Box[T]) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	calls[15] += len(name(b.item))
	w.WriteHeader(200)
}

func (instances) routes(mux *http.ServeMux) {
	mux.HandleFunc("/handle-int", Handle[int])
	mux.HandleFunc("/handle-string", Handle[string])
	mux.HandleFunc("/light", Light[int])
	mux.Handle("/store", &Store[int]{items: []int{1}})
	mux.Handle("/store-string", &Store[string]{items: []string{"a"}})
	mux.Handle("/box", Box[int]{item: 1})
	mux.Handle("/box-pointer", &Box[string]{item: "a"})
	mux.HandleFunc("/store-value", (&Store[int]{}).ServeHTTP)
}
