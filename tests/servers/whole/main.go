// Whole is a server whose requests end in every way that net/http has, for tests of the whole server. What a request
// gets is in its path, so that the client and the tracer can be compared one by one.
//
//	whole -http 127.0.0.1:0 -https 127.0.0.1:0 -cert-out cert.pem -measure
//
// It writes "listening on http://127.0.0.1:8080" for each listener. Built by every Go from 1.12 on.
package main

import (
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"io/ioutil"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	httpAddr := flag.String("http", "127.0.0.1:0", "serve HTTP on this `address`; \"\" is off")
	httpsAddr := flag.String("https", "", "serve HTTPS with HTTP/2 on this `address`")
	certOut := flag.String("cert-out", "", "write the HTTPS certificate to this `file`, as PEM")
	measure := flag.Bool("measure", false, "keep how long each handler took, for /stats")
	flag.Parse()

	var handler http.Handler = routes()
	if *measure {
		handler = newMeasured(handler)
	}
	handler = methods(handler)
	// Panics are wanted here.
	quiet := log.New(ioutil.Discard, "", 0)
	plain := &http.Server{Handler: handler, ErrorLog: quiet}
	secure := &http.Server{Handler: handler, ErrorLog: quiet}
	speakHTTP2(plain)
	failed := make(chan error, 2)
	if *httpAddr != "" {
		listener := listen(*httpAddr)
		fmt.Printf("listening on http://%s\n", listener.Addr())
		go func() { failed <- plain.Serve(listener) }()
	}
	if *httpsAddr != "" {
		certificate, err := selfSigned()
		if err != nil {
			log.Fatalf("certificate: %v", err)
		}
		if *certOut != "" {
			block := &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}
			if err := ioutil.WriteFile(*certOut, pem.EncodeToMemory(block), 0644); err != nil {
				log.Fatalf("certificate: %v", err)
			}
		}
		listener := listen(*httpsAddr)
		fmt.Printf("listening on https://%s\n", listener.Addr())
		secure.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		go func() { failed <- secure.ServeTLS(listener, "", "") }()
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-stop:
	}
}

// listen takes the address, so that what is said to be listening is.
func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}
