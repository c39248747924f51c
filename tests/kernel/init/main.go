// Init is process 1 of the emulated machines: it does what /plan.json says and powers the machine off. For each run of
// the plan it starts a server and the tracer, waits for the tracer's header, sends the requests, interrupts the tracer
// and notes what came of it. All of that goes to the console as one line of JSON behind a mark; see report.ts.
//
// Built by every Go from 1.16 on, without cgo: there is no C library in the machine but the tracer's.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// A plan is what this machine is booted for.
type plan struct {
	Runs []run `json:"runs"`
	// Limit is how long a step may take: the tracer's start, its end, a request, the server's start.
	LimitSeconds int `json:"limitSeconds"`
}

type run struct {
	Name string `json:"name"`
	// Server is empty where the tracer is expected to end by itself.
	Server string `json:"server"`
	// TLS says that the server serves HTTPS too.
	TLS    bool     `json:"tls"`
	Tracer []string `json:"tracer"`
	// Header is the line that the tracer writes once it is attached.
	Header string `json:"header"`
	// ServerFirst says that the server runs before the tracer starts, or else only once it is attached.
	ServerFirst bool      `json:"serverFirst"`
	Requests    []request `json:"requests"`
}

type request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Via is keep-alive, close or h2.
	Via string `json:"via"`
}

// A result is what came of a run. Times are milliseconds.
type result struct {
	Name      string   `json:"name"`
	Error     string   `json:"error"`
	ReadyMs   int64    `json:"readyMs"`
	EndMs     int64    `json:"endMs"`
	ExitCode  int      `json:"exitCode"`
	Stdout    []string `json:"stdout"`
	Stderr    []string `json:"stderr"`
	Protocols []string `json:"protocols"`
}

type report struct {
	Error   string   `json:"error"`
	Kernel  string   `json:"kernel"`
	BootMs  int64    `json:"bootMs"`
	Results []result `json:"results"`
	// Complaints are lines of the kernel's log that tell of a bug in it, or of a misuse.
	Complaints []string `json:"complaints"`
}

const (
	reportMark   = "@@report "
	progressMark = "@@progress "
	httpAddress  = "127.0.0.1:8080"
	httpsAddress = "127.0.0.1:8443"
	certificate  = "/tmp/cert.pem"
)

func main() {
	report := report{BootMs: sinceBoot()}
	if err := perform(&report); err != nil {
		report.Error = err.Error()
	}
	report.Complaints = complaints()
	// From here on the kernel's own messages stay in its log: one in the middle of the line would spoil it.
	const setConsoleLevel = 8
	syscall.RawSyscall(syscall.SYS_SYSLOG, setConsoleLevel, 0, 1)
	line, err := json.Marshal(report)
	if err != nil {
		line = []byte(fmt.Sprintf(`{"error": %q}`, err))
	}
	fmt.Printf("\n%s%s\n", reportMark, line)
	// The console's driver sends what it has before the machine is gone, but only what has reached it.
	const drainOutput = 0x5409 // TCSBRK, which waits for the output when its argument is not 0
	syscall.Syscall(syscall.SYS_IOCTL, 1, drainOutput, 1)
	syscall.Sync()
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	// A machine without a switch: a reboot ends it, since qemu is told not to.
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_RESTART)
}

func perform(report *report) error {
	if err := prepare(); err != nil {
		return err
	}
	var name syscall.Utsname
	if err := syscall.Uname(&name); err != nil {
		return err
	}
	for _, c := range name.Release {
		if c == 0 {
			break
		}
		report.Kernel += string(rune(c))
	}
	text, err := os.ReadFile("/plan.json")
	if err != nil {
		return err
	}
	var plan plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return err
	}
	limit := time.Duration(plan.LimitSeconds) * time.Second
	for _, run := range plan.Runs {
		fmt.Printf("%s%s\n", progressMark, run.Name)
		report.Results = append(report.Results, run.perform(limit))
	}
	return nil
}

// prepare makes of an empty machine one that a Go server and the tracer can run in.
func prepare() error {
	mounts := []struct{ kind, folder string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"},
	}
	for _, mount := range mounts {
		if err := os.MkdirAll(mount.folder, 0755); err != nil {
			return err
		}
		// EBUSY: the kernel has mounted it by itself.
		err := syscall.Mount(mount.kind, mount.folder, mount.kind, 0, "")
		if err != nil && err != syscall.EBUSY {
			return fmt.Errorf("mount %s: %v", mount.folder, err)
		}
	}
	return loopbackUp()
}

// loopbackUp does what `ip link set lo up` does; the kernel gives it its address by itself.
func loopbackUp() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var request struct { // struct ifreq of linux/if.h
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return fmt.Errorf("lo: %v", errno)
	}
	return nil
}

func (r run) perform(limit time.Duration) (result result) {
	// JSON has null for a slice that was never made.
	result.Stdout, result.Stderr, result.Protocols = []string{}, []string{}, []string{}
	result.Name = r.Name
	result.ExitCode = -1
	fail := func(err error) {
		if err != nil && result.Error == "" {
			result.Error = err.Error()
		}
	}
	var server *program
	if r.Server == "" {
		tracer, err := start(r.Tracer, r.Header)
		if err != nil {
			fail(err)
			return result
		}
		result.ended(tracer, limit)
		return result
	}
	startServer := func() (err error) {
		arguments, mark := []string{r.Server, "-http", httpAddress}, "listening on http:"
		if r.TLS {
			arguments, mark = append(arguments, "-https", httpsAddress, "-cert-out", certificate), "listening on https:"
		}
		server, err = start(arguments, mark)
		if err == nil {
			err = server.awaitReady(limit)
		}
		return err
	}
	defer func() {
		if server == nil {
			return
		}
		select {
		case <-server.ended:
			fail(fmt.Errorf("the server ended by itself: %v %s", server.command.ProcessState, strings.Join(server.stderr, "\n")))
		default:
			server.command.Process.Kill()
			server.awaitEnd(limit)
		}
	}()
	if r.ServerFirst {
		fail(startServer())
	}
	began := time.Now()
	tracer, err := start(r.Tracer, r.Header)
	if err != nil {
		fail(err)
		return result
	}
	fail(tracer.awaitReady(limit))
	result.ReadyMs = time.Since(began).Milliseconds()
	if !r.ServerFirst && result.Error == "" {
		fail(startServer())
	}
	if result.Error == "" {
		protocols, err := r.sendAll(limit)
		result.Protocols = append(result.Protocols, protocols...)
		fail(err)
	}
	tracer.command.Process.Signal(syscall.SIGINT)
	result.ended(tracer, limit)
	return result
}

// ended waits for the tracer's end and notes it.
func (result *result) ended(tracer *program, limit time.Duration) {
	began := time.Now()
	code, err := tracer.awaitEnd(limit)
	if err != nil && result.Error == "" {
		result.Error = err.Error()
	}
	result.EndMs = time.Since(began).Milliseconds()
	result.ExitCode = code
	result.Stdout = append(result.Stdout, tracer.stdout...)
	result.Stderr = append(result.Stderr, tracer.stderr...)
}

// A program is a child whose output is kept; stdout and stderr may be read once ended is closed.
type program struct {
	command *exec.Cmd
	ready   chan struct{}
	ended   chan struct{}
	stdout  []string
	stderr  []string
}

// start starts a child that is ready when a line of its standard output begins with mark.
func start(arguments []string, mark string) (*program, error) {
	p := &program{command: exec.Command(arguments[0], arguments[1:]...), ready: make(chan struct{}), ended: make(chan struct{})}
	p.command.Env = []string{"PATH=/bin", "LD_LIBRARY_PATH=/lib"}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	errors := make(chan struct{})
	go func() {
		defer close(errors)
		readLines(stderr, func(line string) { p.stderr = append(p.stderr, line) })
	}()
	go func() {
		defer close(p.ended)
		ready := false
		readLines(stdout, func(line string) {
			p.stdout = append(p.stdout, line)
			if !ready && strings.HasPrefix(line, mark) {
				ready = true
				close(p.ready)
			}
		})
		<-errors
		p.command.Wait()
	}()
	return p, nil
}

func readLines(reader io.Reader, line func(string)) {
	buffered := bufio.NewReader(reader)
	for {
		text, err := buffered.ReadString('\n')
		if text != "" {
			line(strings.TrimSuffix(text, "\n"))
		}
		if err != nil {
			return
		}
	}
}

func (p *program) awaitReady(limit time.Duration) error {
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return fmt.Errorf("%s ended before it was ready: %v", p.command.Path, p.command.ProcessState)
	case <-time.After(limit):
		return fmt.Errorf("%s was not ready after %v", p.command.Path, limit)
	}
}

// awaitEnd returns the exit code, 128 and the number for a signal, and kills what does not end.
func (p *program) awaitEnd(limit time.Duration) (int, error) {
	var err error
	select {
	case <-p.ended:
	case <-time.After(limit):
		err = fmt.Errorf("%s did not end within %v", p.command.Path, limit)
		p.command.Process.Kill()
		<-p.ended
	}
	status := p.command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), err
	}
	return status.ExitStatus(), err
}

// sendAll sends the requests one after another and returns the protocols by which the server says they came.
func (r run) sendAll(limit time.Duration) ([]string, error) {
	authorities := x509.NewCertPool()
	if r.TLS {
		text, err := os.ReadFile(certificate)
		if err != nil {
			return nil, err
		}
		if !authorities.AppendCertsFromPEM(text) {
			return nil, errors.New("the server's certificate cannot be read")
		}
	}
	plain := &http.Client{Transport: &http.Transport{}, Timeout: limit}
	secure := &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}, ForceAttemptHTTP2: true},
		Timeout:   limit,
	}
	var protocols []string
	for _, r := range r.Requests {
		client, base := plain, "http://"+httpAddress
		if r.Via == "h2" {
			client, base = secure, "https://"+httpsAddress
		}
		request, err := http.NewRequest(r.Method, base+r.Path, nil)
		if err != nil {
			return protocols, err
		}
		request.Close = r.Via == "close"
		response, err := client.Do(request)
		if err != nil {
			return protocols, err
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil {
			return protocols, err
		}
		if response.StatusCode != http.StatusOK {
			return protocols, fmt.Errorf("%s %s: %s", r.Method, r.Path, response.Status)
		}
		protocols = append(protocols, response.Header.Get("X-Proto"))
	}
	return protocols, nil
}

// sinceBoot is the age of the machine in milliseconds, without what the firmware took.
func sinceBoot() int64 {
	const clockBoottime = 7
	var now syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano() / 1e6
}

// complaints are the lines of the kernel's log that must not be there.
func complaints() []string {
	const readAll = 3
	log := make([]byte, 1<<20)
	n, err := syscall.Klogctl(readAll, log)
	if err != nil {
		return []string{err.Error()}
	}
	wanted := regexp.MustCompile(`WARNING:|BUG:|Oops|Call Trace|soft lockup|rcu_sched|segfault|traps:|Out of memory`)
	lines := []string{}
	for _, line := range bytes.Split(log[:n], []byte("\n")) {
		if wanted.Match(line) {
			lines = append(lines, string(line))
		}
	}
	return lines
}
