package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/ioutil"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// routes are the ways in which a request can end. What stands in braces is told by the path, and ID is
// any text, the request's own.
func routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/s/", answer)           // /s/{status}/{size}/ID
	mux.HandleFunc("/none/", none)          // nothing is written
	mux.HandleFunc("/early/", early)        // /early/{status}/{size}/ID: two responses of 1xx before the real one
	mux.HandleFunc("/twice/", twice)        // /twice/{status}/{size}/ID: a second WriteHeader, which is ignored
	mux.HandleFunc("/refused/", refused)    // /refused/{status}/{size}/ID: more is written than Content-Length
	mux.HandleFunc("/flushed/", flushed)    // /flushed/{status}/{size}/ID: in chunks
	mux.HandleFunc("/copied/", copied)      // /copied/{status}/{size}/ID: by io.Copy
	mux.HandleFunc("/sleep/", sleep)        // /sleep/{microseconds}/ID
	mux.HandleFunc("/error/", httpError)    // /error/{status}/ID
	mux.HandleFunc("/read/", read)          // the request's body is read, and its size is the answer
	mux.HandleFunc("/unread/", unread)      // the body is not read
	mux.HandleFunc("/panic/", panics)       // a plain panic
	mux.HandleFunc("/abort/", aborts)       // http.ErrAbortHandler
	mux.HandleFunc("/late/", latePanic)     // /late/{status}/{size}/ID: a panic behind the answer
	mux.HandleFunc("/inside/", insidePanic) // /inside/{status}/{size}/ID: panics that end inside of the handler
	mux.HandleFunc("/goexit/", goexit)
	mux.HandleFunc("/hijack/", hijack)
	mux.Handle("/handover/", onAnother(http.HandlerFunc(hijack)))
	mux.Handle("/elsewhere/", onAnother(http.HandlerFunc(answer)))
	mux.HandleFunc("/events/", events)
	mux.Handle("/recovered/", recovering(http.HandlerFunc(panics)))
	mux.Handle("/timeout/", http.TimeoutHandler(http.HandlerFunc(slow), 20*time.Millisecond, "too late"))
	mux.Handle("/intime/", http.TimeoutHandler(trim("/intime", http.HandlerFunc(answer)), 5*time.Second, "too late"))
	mux.Handle("/wrapped/", wrapping(trim("/wrapped", http.HandlerFunc(answer))))
	mux.Handle("/strip/", http.StripPrefix("/strip", http.HandlerFunc(answer)))
	mux.Handle("/rewritten/", rewriting(http.HandlerFunc(none)))
	mux.Handle("/context/", withContext(trim("/context", http.HandlerFunc(answer))))
	mux.HandleFunc("/redirect/", func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "/elsewhere", http.StatusFound)
	})
	return mux
}

// methods answers what a mux does not: CONNECT.
func methods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			io.WriteString(w, "no tunnel")
			return
		}
		next.ServeHTTP(w, req)
	})
}

// number is the part of the path at an index: 1 is the one behind the route's name.
func number(req *http.Request, index int) int {
	parts := strings.Split(req.URL.Path, "/")
	if index+1 >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[index+1])
	return n
}

// filler is what bodies consist of.
var filler = bytes.Repeat([]byte("gohttpsnoop "), 6000)

func write(w io.Writer, size int) {
	for size > 0 {
		n := size
		if n > len(filler) {
			n = len(filler)
		}
		if _, err := w.Write(filler[:n]); err != nil {
			return
		}
		size -= n
	}
}

// answer leaves out WriteHeader for a status of 200.
func answer(w http.ResponseWriter, req *http.Request) {
	if status := number(req, 1); status != 200 {
		w.WriteHeader(status)
	}
	size := number(req, 2)
	write(w, size/2)
	write(w, size-size/2)
}

func none(w http.ResponseWriter, req *http.Request) {}

func early(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Link", "</style.css>; rel=preload")
	w.WriteHeader(103)
	w.WriteHeader(102)
	answer(w, req)
}

func twice(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(number(req, 1))
	w.WriteHeader(http.StatusInternalServerError)
	write(w, number(req, 2))
}

func refused(w http.ResponseWriter, req *http.Request) {
	size := number(req, 2)
	w.Header().Set("Content-Length", strconv.Itoa(size))
	w.WriteHeader(number(req, 1))
	write(w, size)
	io.WriteString(w, "one too many")
}

func flushed(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(number(req, 1))
	size := number(req, 2)
	for i := 0; i < size; i += 1000 {
		n := size - i
		if n > 1000 {
			n = 1000
		}
		write(w, n)
		w.(http.Flusher).Flush()
	}
}

func copied(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(number(req, 1))
	io.Copy(w, io.LimitReader(zeros{}, int64(number(req, 2))))
}

// zeros is read without end, and has no WriteTo: the writer's ReadFrom is taken.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func sleep(w http.ResponseWriter, req *http.Request) {
	time.Sleep(time.Duration(number(req, 1)) * time.Microsecond)
	io.WriteString(w, "slept")
}

func slow(w http.ResponseWriter, req *http.Request) {
	select {
	case <-req.Context().Done():
	case <-time.After(5 * time.Second):
	}
	// TimeoutHandler has answered long ago.
	w.WriteHeader(http.StatusOK)
}

func httpError(w http.ResponseWriter, req *http.Request) {
	http.Error(w, "as you wish", number(req, 1))
}

func read(w http.ResponseWriter, req *http.Request) {
	n, _ := io.Copy(ioutil.Discard, req.Body)
	fmt.Fprintf(w, "%d", n)
}

func unread(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(http.StatusRequestEntityTooLarge)
	io.WriteString(w, "not read")
}

func panics(w http.ResponseWriter, req *http.Request) {
	panic("as you wish")
}

func aborts(w http.ResponseWriter, req *http.Request) {
	panic(http.ErrAbortHandler)
}

func latePanic(w http.ResponseWriter, req *http.Request) {
	flushed(w, req)
	panic("as you wish")
}

// badText makes json.Marshal panic inside, where it recovers.
type badText struct{}

func (badText) MarshalText() ([]byte, error) { return nil, errors.New("as you wish") }

func insidePanic(w http.ResponseWriter, req *http.Request) {
	json.Marshal([]badText{{}})
	func() {
		defer func() { recover() }()
		var nowhere *http.Request
		_ = nowhere.Method
	}()
	answer(w, req)
}

func goexit(w http.ResponseWriter, req *http.Request) {
	runtime.Goexit()
}

// hijack does what a WebSocket does: 101, then both sides send for a while.
func hijack(w http.ResponseWriter, req *http.Request) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "this protocol cannot be hijacked", http.StatusNotImplemented)
		return
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	buffered.Flush()
	for {
		line, err := buffered.ReadString('\n')
		if err != nil {
			return
		}
		buffered.WriteString(line)
		buffered.Flush()
	}
}

// events sends server-sent events until the client leaves.
func events(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		io.WriteString(w, "data: tick\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-req.Context().Done():
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// onAnother has a handler run on another goroutine than the request's own.
func onAnother(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			next.ServeHTTP(w, req)
		}()
		<-done
	})
}

func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
				io.WriteString(w, "recovered")
			}
		}()
		next.ServeHTTP(w, req)
	})
}

// wrapper hides the writer that net/http made, as logging middleware does.
type wrapper struct {
	http.ResponseWriter
	status int
}

func (w *wrapper) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func wrapping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(&wrapper{ResponseWriter: w}, req)
	})
}

// rewriting changes the request in place, as old middleware does.
func rewriting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.URL.Path = "/somewhere/else"
		req.Method = "GET"
		next.ServeHTTP(w, req)
	})
}

// trim makes it a request for /s/, in place, where StripPrefix copies the request.
func trim(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.URL.Path = "/s" + strings.TrimPrefix(req.URL.Path, prefix)
		next.ServeHTTP(w, req)
	})
}

type key struct{}

func withContext(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), key{}, "value")))
	})
}
