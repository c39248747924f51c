// Load sends exactly so many requests at a fixed rate over kept connections, and tells how long they took, measured
// from when each was due: a server that stalls makes all that wait behind it late (no coordinated omission).
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sort"
	"sync"
	"time"
)

func main() {
	address := flag.String("address", "", "the server, HOST:PORT")
	path := flag.String("path", "/hello", "ask for this, with the request's number behind it")
	requests := flag.Int("requests", 1000, "send so many")
	rate := flag.Float64("rate", 0, "a second, over all connections; 0: as fast as they are answered")
	connections := flag.Int("connections", 16, "at a time")
	flag.Parse()

	took := make([][]time.Duration, *connections)
	start := time.Now()
	var all sync.WaitGroup
	for c := range *connections {
		all.Add(1)
		go func() {
			defer all.Done()
			connection, err := net.Dial("tcp", *address)
			if err != nil {
				log.Fatal(err)
			}
			defer connection.Close()
			reader := bufio.NewReader(connection)
			for n := c; n < *requests; n += *connections {
				due := time.Now()
				if *rate > 0 {
					due = start.Add(time.Duration(float64(n) / *rate * 1e9))
					time.Sleep(time.Until(due))
				}
				fmt.Fprintf(connection, "GET %s/%d HTTP/1.1\r\nHost: localhost\r\n\r\n", *path, n)
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					log.Fatal(err)
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					log.Fatal(response.Status)
				}
				took[c] = append(took[c], time.Since(due))
			}
		}()
	}
	all.Wait()
	elapsed := time.Since(start)

	var sorted []time.Duration
	for _, of := range took {
		sorted = append(sorted, of...)
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	at := func(part float64) float64 { return sorted[int(part*float64(len(sorted)-1))].Seconds() * 1e6 }
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"sent": float64(len(sorted)), "seconds": elapsed.Seconds(), "p50us": at(0.5), "p99us": at(0.99),
	})
}
