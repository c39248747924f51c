// Wrappers is a server whose handlers are called through functions that the compiler made: pointer wrappers of value
// methods, promoted methods, method values, instances of generics. Built by every Go from 1.12 on. Each handler counts
// into a word of its own, so that the compiler cannot merge two of them.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

var calls [16]int

// plain is a function that is handed over as a value, and called.
//
//go:noinline
func plain(w http.ResponseWriter, req *http.Request) {
	calls[0]++
	w.WriteHeader(200)
}

// Small has a value receiver, and its method is small enough to be inlined into what the compiler makes of it.
type Small struct {
	code int
}

// ServeHTTP is inlined into (*Small).ServeHTTP, and into what promotes it.
func (s Small) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(s.code)
}

// Big has a value receiver, and its method is never inlined.
type Big struct {
	name string
}

// ServeHTTP is called by (*Big).ServeHTTP.
//
//go:noinline
func (b Big) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	calls[2]++
	w.Header().Set("X-Name", b.name)
}

// Pointer has a pointer receiver: no wrapper of its own.
type Pointer struct {
	name string
}

// ServeHTTP is the only function of its kind.
//
//go:noinline
func (p *Pointer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	calls[3]++
	w.Header().Set("X-Name", p.name)
}

// ByValue promotes Big's method.
type ByValue struct {
	id int
	Big
}

// ByPointer promotes Pointer's method.
type ByPointer struct {
	id int
	*Pointer
}

// OfSmall promotes Small's method, which is inlined again.
type OfSmall struct {
	id int
	Small
}

// OfInterface promotes a method of which nobody knows whose it is.
type OfInterface struct {
	id int
	http.Handler
}

// API has handlers as methods, which are handed over as method values.
type API struct {
	prefix string
}

// Get is too large to be inlined.
//
//go:noinline
func (a *API) Get(w http.ResponseWriter, req *http.Request) {
	calls[4]++
	w.Header().Set("X-Prefix", a.prefix)
}

// Tiny is inlined into its method value. Of a body of one instruction inline trees know nothing.
func (a *API) Tiny(w http.ResponseWriter, req *http.Request) {
	calls[5]++
}

// Value has a value receiver and is a method value too.
func (b Big) Value(w http.ResponseWriter, req *http.Request) {
	calls[6] += len(b.name)
}

// everywhere is inlined into each of its callers, and is no function of its own.
func everywhere(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(201)
}

// both is handed over as a value, and inlined into its caller.
func both(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(202)
}

// caller inlines both of them.
//
//go:noinline
func caller(w http.ResponseWriter, req *http.Request) {
	everywhere(w, req)
	both(w, req)
	w.WriteHeader(200)
}

// recursive calls itself.
//
//go:noinline
func recursive(w http.ResponseWriter, req *http.Request) {
	calls[9]++
	if calls[9]%2 == 1 {
		recursive(w, req)
	}
}

// notHandler has the size of a handler's arguments, and other types.
//
//go:noinline
func notHandler(a, b, c int) {
	calls[10] += a + b + c
}

type generic interface {
	routes(mux *http.ServeMux)
}

// generics is set where the compiler knows them.
var generics generic

func main() {
	address := flag.String("http", "127.0.0.1:0", "serve HTTP on this `address`")
	flag.Parse()
	api := &API{prefix: "api"}
	big := Big{name: "big"}
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", plain)
	mux.Handle("/small", Small{code: 200})
	mux.Handle("/big", big)
	mux.Handle("/pointer", &Pointer{name: "pointer"})
	mux.Handle("/by-value", ByValue{Big: big})
	mux.Handle("/by-value-pointer", &ByValue{Big: big})
	mux.Handle("/by-pointer", ByPointer{Pointer: &Pointer{name: "inner"}})
	mux.Handle("/of-small", &OfSmall{Small: Small{code: 200}})
	mux.Handle("/of-interface", OfInterface{Handler: http.HandlerFunc(plain)})
	mux.HandleFunc("/get", api.Get)
	mux.HandleFunc("/tiny", api.Tiny)
	mux.Handle("/value", http.HandlerFunc(big.Value))
	mux.HandleFunc("/both", both)
	mux.HandleFunc("/caller", caller)
	mux.HandleFunc("/recursive", recursive)
	mux.HandleFunc("/closure", func(w http.ResponseWriter, req *http.Request) {
		calls[11]++
		w.Header().Set("X-Prefix", api.prefix)
	})
	notHandler(len(api.prefix), len(big.name), len(*address))
	if generics != nil {
		generics.routes(mux)
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	go http.Serve(listener, mux)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}
