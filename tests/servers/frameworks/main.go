// Frameworks is a server on one of the routers that people use, by name: each of them is a handler of net/http, and
// leads to a handler of this program's own, as far as the router has handlers of net/http's kind.
//
//	frameworks -router chi -http 127.0.0.1:0
//
// Every request is answered with its method and path, below /own/ by the program's own handler.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"
)

// plain is a handler as net/http has them.
//
//go:noinline
func plain(w http.ResponseWriter, req *http.Request) {
	answer(w, req)
}

// api has its handlers as methods; which one a request reaches is the router's choice.
type api struct {
	answered int
}

//go:noinline
func (a *api) show(w http.ResponseWriter, req *http.Request) {
	a.answered++
	answer(w, req)
}

func answer(w http.ResponseWriter, req *http.Request) {
	io.WriteString(w, req.Method+" "+req.URL.Path)
}

// noted is middleware: it hands on a copy of the request, as most of it does.
func noted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Noted", "yes")
		next.ServeHTTP(w, req.WithContext(req.Context()))
	})
}

func newGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(gin.Recovery())
	engine.Any("/own/*rest", gin.WrapF(plain))
	engine.Any("/router/*rest", func(c *gin.Context) { answer(c.Writer, c.Request) })
	return engine
}

func newEcho() http.Handler {
	e := echo.New()
	e.Any("/own/*", echo.WrapHandler(http.HandlerFunc(plain)))
	e.Any("/router/*", func(c echo.Context) error {
		answer(c.Response(), c.Request())
		return nil
	})
	return e
}

func newChi() http.Handler {
	router := chi.NewRouter()
	router.Use(noted)
	router.HandleFunc("/own/*", plain)
	router.HandleFunc("/router/*", (&api{}).show)
	return router
}

func newGorilla() http.Handler {
	router := mux.NewRouter()
	router.Use(noted)
	router.PathPrefix("/own/").HandlerFunc(plain)
	router.PathPrefix("/router/").HandlerFunc((&api{}).show)
	return router
}

func main() {
	name := flag.String("router", "", "serve by this `router`: gin, echo, chi or gorilla")
	address := flag.String("http", "127.0.0.1:0", "serve HTTP on this `address`")
	flag.Parse()
	routers := map[string]func() http.Handler{"gin": newGin, "echo": newEcho, "chi": newChi, "gorilla": newGorilla}
	router, ok := routers[*name]
	if !ok {
		log.Fatalf("there is no router %q", *name)
	}
	server := &http.Server{Handler: router()}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	go server.Serve(listener)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}
