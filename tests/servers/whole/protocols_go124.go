//go:build go1.24
// +build go1.24

package main

import "net/http"

// speakHTTP2 has the server take HTTP/2 without TLS as well, where the client begins with it.
func speakHTTP2(server *http.Server) {
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
}
