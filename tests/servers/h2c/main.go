// H2c is a server that brings an HTTP/2 of its own, golang.org/x/net/http2, and speaks it without TLS as well.
//
//	h2c -http 127.0.0.1:0
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

// answer serves /s/{status}/{size}/ID.
func answer(w http.ResponseWriter, req *http.Request) {
	parts := strings.Split(req.URL.Path, "/")
	if len(parts) < 5 {
		http.NotFound(w, req)
		return
	}
	status, _ := strconv.Atoi(parts[2])
	size, _ := strconv.Atoi(parts[3])
	w.WriteHeader(status)
	io.WriteString(w, strings.Repeat("x", size))
}

func main() {
	address := flag.String("http", "127.0.0.1:0", "serve HTTP/1.1 and HTTP/2 without TLS on this `address`")
	flag.Parse()
	mux := http.NewServeMux()
	mux.HandleFunc("/s/", answer)
	mux.HandleFunc("/panic/", func(http.ResponseWriter, *http.Request) { panic("as you wish") })
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: h2c.NewHandler(mux, &http2.Server{MaxConcurrentStreams: 250})}
	server.ErrorLog = log.New(io.Discard, "", 0)
	log.Fatal(server.Serve(listener))
}
