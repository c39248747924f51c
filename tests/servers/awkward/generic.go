//go:build go1.18
// +build go1.18

package main

import "net/http"

func init() {
	more["/generic/"] = http.HandlerFunc(generic[int])
	more["/box/"] = &box[string]{content: "box"}
}

// generic is called with its dictionary first, through a function of the compiler's without.
//
//go:noinline
func generic[T any](w http.ResponseWriter, req *http.Request) {
	var zero T
	use(zero)
	answer(w, req)
}

// box takes its dictionary behind its receiver.
type box[T any] struct {
	content T
}

//go:noinline
func (b *box[T]) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	use(b.content)
	answer(w, req)
}

//go:noinline
func use(any interface{}) {}
