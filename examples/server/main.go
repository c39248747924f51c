// Server is the example that gohttpsnoop is shown on: an ordinary Go HTTP server that knows nothing of being traced.
//
//	server -http 127.0.0.1:8080
//	server -http 127.0.0.1:0 -https 127.0.0.1:0 -cert-out cert.pem
//
// It writes one line per listener to stdout, "listening on http://127.0.0.1:8080", once connections are taken there.
// HTTPS speaks HTTP/1.1 and HTTP/2, with a certificate made at start and good for this run only.
// Built by every Go from 1.12 on, so it uses nothing that is newer.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io/ioutil"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ping answers "pong". The header tells the client which protocol its request came by.
func ping(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("X-Proto", req.Proto)
	fmt.Fprintln(w, "pong")
}

// hello greets whatever follows /hello/ in the path.
func hello(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("X-Proto", req.Proto)
	fmt.Fprintln(w, "hello", req.URL.Path[len("/hello/"):])
}

func main() {
	httpAddr := flag.String("http", "127.0.0.1:8080", "serve HTTP on this `address`; port 0 takes a free one, \"\" is off")
	httpsAddr := flag.String("https", "", "serve HTTPS with HTTP/2 on this `address`")
	certOut := flag.String("cert-out", "", "write the HTTPS certificate to this `file`, as PEM")
	flag.Parse()

	http.HandleFunc("/ping", ping)
	http.HandleFunc("/hello/", hello)

	// A server for each: http.Server sets up HTTP/2 at its first Serve, and that one would be plain HTTP's.
	plain, secure := &http.Server{}, &http.Server{}
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
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	plain.Shutdown(ctx)
	secure.Shutdown(ctx)
}

// listen takes the address, so that what is said to be listening is.
func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

// selfSigned makes a certificate for localhost that clients can trust by itself: it is its own issuer, not an authority.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "localhost"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
