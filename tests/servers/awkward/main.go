// Awkward is a server whose handlers are hard to probe: large frames that make the stack grow, methods, closures, and
// functions that are called only through what the compiler makes of them (wrappers, method values, instances).
// Each answers with the method and path that it saw, so that a client can compare. Built by every Go from 1.12 on.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"syscall"
)

//go:noinline
func ping(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// big has a frame of 32 KiB: the goroutine's stack of 8 KiB has to grow, and the function is entered twice.
//
//go:noinline
func big(w http.ResponseWriter, req *http.Request) {
	var buffer [32 << 10]byte
	fill(mark{at: 0, value: len(req.URL.Path)}, &buffer)
	answer(w, req)
	if buffer[len(buffer)-1] == 1 {
		panic("unreachable")
	}
}

// deaf has such a frame too, and uses neither of its parameters: Go does not keep them while the stack grows.
//
//go:noinline
func deaf(w http.ResponseWriter, req *http.Request) {
	var buffer [32 << 10]byte
	fill(mark{at: 1, value: 2}, &buffer)
}

type mark struct {
	at, value int
}

// fill takes two words and a pointer, as a handler does: without DWARF nothing says that it is none.
//
//go:noinline
func fill(m mark, buffer *[32 << 10]byte) {
	buffer[m.at] = byte(m.value)
}

type counter struct {
	requests int
}

//go:noinline
func (c *counter) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// unused is a function that is no handler and has another signature.
//
//go:noinline
func unused(text string) int {
	return len(text)
}

type valueHandler struct {
	name string
}

//go:noinline
func (h valueHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("X-Name", h.name)
	answer(w, req)
}

// label is small, and is a string: the compiler inlines this into the pointer's wrapper, through which it is called.
type label string

func (l label) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// behind is reached through middleware, with a copy of the request.
//
//go:noinline
func behind(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

type contextKey struct{}

// remember is middleware that puts something into the request's context.
//
//go:noinline
func remember(next http.Handler, value string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), contextKey{}, value)))
	})
}

// refuse is middleware too: its own function is the one to look at.
//
//go:noinline
func refuse(method string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == method {
			http.Error(w, "refused", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// plain is what refuse protects.
//
//go:noinline
func plain(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// shop has handlers that are passed on as method values: what is called is a function of the compiler's.
type shop struct {
	users, orders int
}

//go:noinline
func (s *shop) Users(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// Orders is small enough to be inlined into its method value.
func (s *shop) Orders(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// base gives its ServeHTTP to those that embed it.
type base struct {
	requests int
}

//go:noinline
func (b *base) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// promoted is a handler by what it embeds; its own ServeHTTP is the compiler's.
type promoted struct {
	name string
	base
}

// inner is like base, and is looked for by its own name, though it is called as embedded's.
type inner struct {
	requests int
}

//go:noinline
func (i *inner) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

type embedded struct {
	name string
	*inner
}

// more has the routes of files that not every Go can build.
var more = map[string]http.Handler{}

func answer(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("X-Proto", req.Proto)
	io.WriteString(w, req.Method+" "+req.URL.Path)
}

func main() {
	address := flag.String("http", "127.0.0.1:0", "serve HTTP on this `address`")
	flag.Parse()
	prefix := "closure"
	store := &shop{}
	routes := map[string]http.Handler{
		"/ping/":   http.HandlerFunc(ping),
		"/big/":    http.HandlerFunc(big),
		"/deaf/":   http.HandlerFunc(deaf),
		"/method/": &counter{requests: unused("")},
		"/value/":  valueHandler{name: "value"},
		"/closure/": http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("X-Prefix", prefix)
			answer(w, req)
		}),
		"/label/":    label("label"),
		"/behind/":   remember(http.HandlerFunc(behind), prefix),
		"/refuse/":   refuse("TRACE", http.HandlerFunc(plain)),
		"/users/":    http.HandlerFunc(store.Users),
		"/orders/":   http.HandlerFunc(store.Orders),
		"/promoted/": &promoted{name: "promoted"},
		"/embedded/": embedded{name: "embedded", inner: &inner{}},
	}
	for route, handler := range more {
		routes[route] = handler
	}
	// Not http.ServeMux: it would clean the paths and redirect, and the tests send paths as awkward as the handlers.
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		// In place of deaf, which cannot.
		w.Header().Set("X-Proto", req.Proto)
		for route, handler := range routes {
			if len(req.URL.Path) >= len(route) && req.URL.Path[:len(route)] == route {
				handler.ServeHTTP(w, req)
				return
			}
		}
		ping(w, req)
	})}
	// Go 1.20 and later can leave "OPTIONS *" to the handler; before, net/http answers it alone.
	if field := reflect.ValueOf(server).Elem().FieldByName("DisableGeneralOptionsHandler"); field.IsValid() {
		field.SetBool(true)
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	go server.Serve(listener)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}
