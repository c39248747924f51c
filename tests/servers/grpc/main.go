// Grpc is a server by gRPC, which net/http has no part in, and a client of it. Beside gRPC it can answer by net/http too,
// on a Unix socket, and gRPC itself can be served by it.
//
//	grpc -http 127.0.0.1:0 [-health /tmp/health.sock] [-standard]
//	grpc -client 127.0.0.1:1234 -n 1000 -c 16
//
// The client makes so many calls of all methods, so many at a time, and writes for each what it saw: the full method,
// the status code as a number, and the text that it sent, as `/shop.Orders/Get 5 text`.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"google.golang.org/grpc"
)

func main() {
	address := flag.String("http", "127.0.0.1:0", "`address` to listen on")
	server := flag.String("client", "", "`address` of the server to call")
	health := flag.String("health", "", "Unix `socket` to answer on by net/http")
	standard := flag.Bool("standard", false, "serve gRPC by net/http")
	count := flag.Int("n", 100, "calls to make")
	concurrency := flag.Int("c", 8, "calls at a time")
	flag.Parse()
	if *server != "" {
		runClient(*server, *count, *concurrency)
		return
	}
	if *health != "" {
		listener, err := net.Listen("unix", *health)
		if err != nil {
			log.Fatal(err)
		}
		go http.Serve(listener, http.NotFoundHandler())
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	s := grpc.NewServer()
	s.RegisterService(&orders, struct{}{})
	if *standard {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		log.Fatal((&http.Server{Handler: s, Protocols: protocols}).Serve(listener))
	}
	log.Fatal(s.Serve(listener))
}
