// Whole-client is the client of the tests of the whole server: net/http's own.
//
//	whole-client -url https://127.0.0.1:8443 -ca cert.pem -h2 -c 100 <requests
//
// Each line of standard input is a request: METHOD URI [BYTES OF BODY]. For each it writes what came: STATUS BYTES URI,
// or "failed" and 0 with the reason behind the URI. The last line is "connections N".
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	url := flag.String("url", "", "the server's `origin`")
	ca := flag.String("ca", "", "`file` with the certificate to trust, as PEM")
	http2 := flag.Bool("h2", false, "HTTP/2; with https by ALPN, with http from the first byte")
	concurrency := flag.Int("c", 1, "requests at a time")
	fresh := flag.Bool("fresh", false, "a connection for each request")
	flag.Parse()

	var connections int64
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!*http2)
	protocols.SetHTTP2(*http2 && strings.HasPrefix(*url, "https:"))
	protocols.SetUnencryptedHTTP2(*http2 && strings.HasPrefix(*url, "http:"))
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			atomic.AddInt64(&connections, 1)
			return dialer.DialContext(ctx, network, address)
		},
		TLSClientConfig:     &tls.Config{RootCAs: trust(*ca)},
		Protocols:           protocols,
		MaxIdleConnsPerHost: *concurrency,
		DisableKeepAlives:   *fresh,
		DisableCompression:  true,
	}
	client := &http.Client{
		Transport: transport,
		Timeout:   60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}

	requests := make(chan string)
	var out sync.Mutex
	output := bufio.NewWriter(os.Stdout)
	send := func(line string) {
		result := one(client, *url, line, *http2)
		out.Lock()
		fmt.Fprintln(output, result)
		out.Unlock()
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	if *http2 && lines.Scan() {
		// The others find its connection there, and open none of their own.
		send(lines.Text())
	}
	var workers sync.WaitGroup
	for i := 0; i < *concurrency; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for line := range requests {
				send(line)
			}
		}()
	}
	for lines.Scan() {
		requests <- lines.Text()
	}
	close(requests)
	workers.Wait()
	fmt.Fprintln(output, "connections", atomic.LoadInt64(&connections))
	output.Flush()
}

func one(client *http.Client, origin, line string, http2 bool) string {
	method, uri, size := parse(line)
	var body io.Reader
	if size > 0 {
		body = io.LimitReader(zeros{}, size)
	}
	req, err := http.NewRequest(method, origin+uri, body)
	if err != nil {
		return failed(uri, err)
	}
	req.ContentLength = size
	if sent := req.URL.RequestURI(); sent != uri {
		return failed(uri, fmt.Errorf("it would be sent as %s", sent))
	}
	res, err := client.Do(req)
	if err != nil {
		return failed(uri, err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil {
		return failed(uri, err)
	}
	if (res.ProtoMajor == 2) != http2 {
		return failed(uri, fmt.Errorf("it came by %s", res.Proto))
	}
	return fmt.Sprintf("%d %d %s", res.StatusCode, n, uri)
}

func parse(line string) (method, uri string, size int64) {
	words := strings.Fields(line)
	if len(words) < 2 {
		log.Fatalf("not a request: %q", line)
	}
	if len(words) > 2 {
		size, _ = strconv.ParseInt(words[2], 10, 64)
	}
	return words[0], words[1], size
}

func failed(uri string, err error) string {
	return fmt.Sprintf("failed 0 %s %s", uri, strings.ReplaceAll(err.Error(), "\n", " "))
}

func trust(file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
