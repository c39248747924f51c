// Command is a program that is over soon: it calls its handler before main begins, says who it is, and ends as it is
// told. Built by every Go from 1.12 on.
package main

import (
	"flag"
	"fmt"
	"io/ioutil"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

//go:noinline
func early(w http.ResponseWriter, req *http.Request) {
	fmt.Fprintln(w, "early")
}

// The calls are told by the environment: flags are not parsed yet.
var calls = func() int {
	count, _ := strconv.Atoi(os.Getenv("CALLS"))
	for i := 0; i < count; i++ {
		early(httptest.NewRecorder(), httptest.NewRequest("GET", "/early/"+strconv.Itoa(i), nil))
	}
	return count
}()

func main() {
	code := flag.Int("exit", 0, "end with this `code`")
	self := flag.Int("signal", 0, "end by this `signal`")
	interrupts := flag.Bool("interrupts", false, "count signals for half a second from the first on")
	next := flag.String("exec", "", "at SIGHUP, become this `program`, with the arguments that follow")
	input := flag.Bool("input", false, "say what standard input has")
	flag.Parse()
	groups, _ := os.Getgroups()
	fmt.Println("uid", os.Getuid(), "gid", os.Getgid(), "groups", groups, "home", os.Getenv("HOME"), "calls", calls)
	if *input {
		text, _ := ioutil.ReadAll(os.Stdin)
		fmt.Printf("input %q\n", text)
	}
	if *interrupts {
		got := make(chan os.Signal, 10)
		signal.Notify(got, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGQUIT)
		fmt.Println("waiting")
		first := <-got
		time.Sleep(500 * time.Millisecond)
		fmt.Println("got", first, 1+len(got))
	}
	if *next != "" {
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP)
		fmt.Println("waiting")
		<-hangup
		syscall.Exec(*next, append([]string{*next}, flag.Args()...), os.Environ())
	}
	if *self != 0 {
		syscall.Kill(os.Getpid(), syscall.Signal(*self))
		time.Sleep(time.Minute)
	}
	os.Exit(*code)
}
