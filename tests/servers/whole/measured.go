package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// measured keeps the time that each request took in its handler, by what the request asked for.
type measured struct {
	next http.Handler
	lock sync.Mutex
	took map[string]int64
}

// ServeHTTP answers /stats with a line for each request so far: nanoseconds, URI.
func (m *measured) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.RequestURI == "/stats" {
		m.lock.Lock()
		defer m.lock.Unlock()
		for uri, ns := range m.took {
			fmt.Fprintln(w, ns, uri)
		}
		return
	}
	start := time.Now()
	m.next.ServeHTTP(w, req)
	ns := time.Since(start).Nanoseconds()
	m.lock.Lock()
	m.took[req.RequestURI] = ns
	m.lock.Unlock()
}
