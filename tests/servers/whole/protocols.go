//go:build !go1.24
// +build !go1.24

package main

import "net/http"

// speakHTTP2 does nothing: net/http speaks HTTP/2 without TLS from Go 1.24 on.
func speakHTTP2(server *http.Server) {}
