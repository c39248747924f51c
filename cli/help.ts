/** What `--help` prints: at most 80 columns, and never wrapped by code. */
export const HELP = `\
gohttpsnoop prints the requests of a Go HTTP server as they happen. The server
is not changed and not restarted.

Usage:
  gohttpsnoop [options] BINARY [PROBE...]    every process that runs BINARY, now
                                             and later
  gohttpsnoop [options] -p PID[,PID...] [PROBE...]
                                             these processes only
  gohttpsnoop [options] [PROBE...] -- CMD [ARG...]
                                             start CMD; it, and what it starts
  gohttpsnoop -l BINARY|-p PID [PATTERN]     list what can be traced

  Without a PROBE every request is shown that net/http, fasthttp or gRPC serves,
  with status, latency and size. PROBE is a handler by its symbol: main.ping,
  'main.(*API).Users', or a glob: 'main.*'; its requests are shown when they
  come to it. PROBE is any other function too, or has a list of expressions:
  'main.charge(order.ID, order.Items[0].SKU, len(order.Items)) -> (ret0, err)';
  its calls are shown, a column for each. Options may stand anywhere.

Examples:
  sudo gohttpsnoop ./server/main
  sudo gohttpsnoop ./server/main main.ping
  sudo gohttpsnoop -p 4711 main.ping main.login
  sudo gohttpsnoop -c 10 ./server/main main.ping > requests.txt
  sudo gohttpsnoop --json --path '/api/*' ./server/main main.ping | jq .path
  sudo gohttpsnoop -d 30s --min-events 1 --fail-on-lost ./server main.ping
  sudo gohttpsnoop main.ping -- ./server/main -http :8080
  sudo gohttpsnoop ./shop 'main.charge(order.ID) -> (err)' --where 'err != nil'
  gohttpsnoop -l ./server/main
  gohttpsnoop --explain ./server/main main.ping

What is traced:
  -p, --pid PID[,PID...]  these processes only; all other words are PROBEs
  -b, --binary FILE       with --: the Go executable, if CMD is not (a script)
      --user NAME         with --: run CMD as this user (default: who called
                          sudo, else the same)
      --path-max N        bytes of the path captured, 1 to 4096 (default 256); a
                          longer path is marked

Which requests are shown (all that are asked for must hold):
      --method M,...      of these methods
      --path GLOB         whose path matches: '/api/*'; ? is one character
      --status CODE,...   with these status codes: 404,5xx
      --min-latency TIME  that took at least so long: 100ms
  -x, --failed            with a status of 400 or more (of gRPC any but OK), or
                          that panicked
                          (each of these three shows a handler's requests when
                          they are over, as -e does)
      --where EXPR        calls that meet a condition over their expressions:
                          'order.Total > 10000 && req.Method == "POST"'

When to stop (Ctrl-C always does):
  -c, --count N           after N requests
  -d, --duration TIME     after TIME: 10s, 500ms, 2m; without a unit, seconds

Output:
  -o, --output FORMAT     table (the default, in a pipe too), json (one object a
                          line) or csv
      --json              the same as --output json; with --list too
  -T, --time              the time of day before each line
  -e, --extended          more columns: pid, protocol; of a handler also status,
                          latency and size
  -F, --fields A,B,C      these columns, in this order, by their names in JSON:
                          time, pid, comm, symbol, args, results, method, path,
                          status, grpc_status, duration_ms (or latency), proto,
                          bytes (or size), route, host, remote, tls, alpn,
                          server_name, handler, goid, outcome; and header:NAME
  -w, --wide              do not cut the path to the terminal's width
      --no-header         leave out the header of a table or of CSV
      --output-file FILE  write there, not to standard output; with -- and not
                          this, CMD's output goes to standard error
  -q, --quiet             no notes and no summary, only errors and losses
  -v, --verbose           tell more, with stack traces of errors; -vv: yet more

For scripts and CI:
      --min-events N      exit with 5 when there were fewer than N requests
      --fail-on-lost      exit with 5 when any request was lost

What there is, and how it works:
  -l, --list              print the handlers, one a line, with PATTERN all
                          functions that have it in their names (a glob if it
                          has a * or ?), handlers first; needs no privilege;
                          -v with parameters and results, --json for one JSON
                          object a line, with more
      --explain           print where the probes would be put, and why; needs no
                          privilege
      --max-cost SHARE    of one core, that the probes may cost the target: 5%
                          for calls of functions if this is left out, requests
                          have no limit then. The functions or handlers that
                          cost most are not traced any more when it is more,
                          and named; the whole server, or handlers with -e,
                          not at all. off sets no limit
      --buffer-size SIZE  ring buffer: 512K, 8M (default 8M); rounded up to a
                          power of two
      --attach HOW        auto, multi or perf: how to attach; auto is right

  -V, --version           print the version
  -h, --help              print this

Exit codes:
  0    as asked
  1    failed while running
  2    the command line is wrong
  3    this machine lacks something: privilege, kernel feature, libbpf
  4    the target cannot be traced: no such file, process or function, not Go
  5    an expectation was not met: --min-events, --fail-on-lost
  125  with --: CMD was not started, for another reason than the next two
  126  with --: CMD cannot be run
  127  with --: CMD was not found
  130  a second Ctrl-C
  With --, and once it was started: CMD's own, if it is not 0; 128+n by signal n

Environment:
  GOHTTPSNOOP_LIBBPF      file of another libbpf than the system's libbpf.so.1
  COLUMNS                 columns to cut the path to, instead of the terminal's
`;
