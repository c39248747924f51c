// Names is a server whose handlers have no plain function of their own: short methods that are only used as method
// values, closures in variables and init functions, closures that went with the function that makes them where that was
// inlined, types of functions that embed a handler, handlers of an interface. Built by every Go from 1.18 on.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
)

type api struct{ name string }

func (a *api) home(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, a.name) }

func (a api) about(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, a.name) }

func (a *api) users() http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, a.name, "users") }
}

type wide struct {
	err  error
	port int8
}

func (h wide) ServeHTTP(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, h.port) }

// wrapped has the method of whatever it holds.
type wrapped struct{ http.Handler }

// inFunction gives a type whose symbol has a number.
func inFunction() http.Handler {
	type local struct {
		name string
		wide
	}
	return local{}
}

// source has a method value of its own.
type source interface {
	about(w http.ResponseWriter, req *http.Request)
}

func nothing[T any](w http.ResponseWriter, req *http.Request) {}

var variable = func(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, "variable") }

func init() {
	http.HandleFunc("/init", func(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, "init") })
}

//go:noinline
func makes[T any](value T) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) { fmt.Fprintln(w, value) }
}

func main() {
	address := flag.String("http", "127.0.0.1:8080", "serve HTTP on this `address`")
	flag.Parse()
	a := &api{name: *address}
	http.HandleFunc("/home", a.home)
	http.HandleFunc("/about", a.about)
	http.HandleFunc("/users", a.users())
	http.HandleFunc("/variable", variable)
	http.Handle("/wide", wide{})
	http.Handle("/local", inFunction())
	http.Handle("/wrapped", &wrapped{makes("wrapped")})
	http.HandleFunc("/generic", makes(1))
	http.HandleFunc("/nothing", nothing[int])
	var held source = a
	http.HandleFunc("/source", held.about)
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	// The client looks at it.
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Proto", req.Proto)
		http.DefaultServeMux.ServeHTTP(w, req)
	})))
}
