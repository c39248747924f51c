// Fasthttp is a server by fasthttp itself, without a framework.
//
//	fasthttp -http 127.0.0.1:0 [-stream]
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

func main() {
	address := flag.String("http", "127.0.0.1:0", "`address` to listen on")
	stream := flag.Bool("stream", false, "hand requests' bodies to handlers as streams")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &fasthttp.Server{Handler: route, StreamRequestBody: *stream, MaxRequestBodySize: 1 << 20}
	log.Fatal(server.Serve(listener))
}

var late = fasthttp.TimeoutWithCodeHandler(slow, 20*time.Millisecond, "too late", fasthttp.StatusServiceUnavailable)

func route(ctx *fasthttp.RequestCtx) {
	switch path := string(ctx.Path()); {
	case strings.HasPrefix(path, "/s/"):
		answer(ctx)
	case strings.HasPrefix(path, "/read/"):
		read(ctx)
	case strings.HasPrefix(path, "/late/"):
		late(ctx)
	default:
		ctx.NotFound()
	}
}

// answer is /s/{status}/{size}/ID.
//
//go:noinline
func answer(ctx *fasthttp.RequestCtx) {
	parts := strings.Split(string(ctx.Path()), "/")
	status, _ := strconv.Atoi(parts[2])
	size, _ := strconv.Atoi(parts[3])
	ctx.SetStatusCode(status)
	ctx.WriteString(strings.Repeat("x", size))
}

func read(ctx *fasthttp.RequestCtx) {
	if body := ctx.RequestBodyStream(); body != nil {
		n, _ := io.Copy(io.Discard, body)
		fmt.Fprint(ctx, n)
		return
	}
	fmt.Fprint(ctx, len(ctx.PostBody()))
}

// slow is answered by another, before it is done.
func slow(ctx *fasthttp.RequestCtx) {
	time.Sleep(100 * time.Millisecond)
}
