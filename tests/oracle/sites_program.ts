import type { Architecture } from "../../isa/mod.ts";
import { buildGo, ensureToolchain, minorOf } from "../toolchains.ts";

/** How a program is built, and which of its functions are compared. */
export interface Variant {
  readonly architecture: Architecture;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Whether all functions of the executable are compared, or those of package main. */
  readonly whole: boolean;
}

/** The ways to build it: each compiles or links the code in another way. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  default: { architecture: "x86_64", whole: true },
  pie: { architecture: "x86_64", flags: ["-buildmode=pie"], whole: false },
  static: { architecture: "x86_64", env: { CGO_ENABLED: "0" }, whole: false },
  external: {
    architecture: "x86_64",
    flags: ["-ldflags=-linkmode=external"],
    env: { CGO_ENABLED: "1" },
    whole: false,
  },
  "external pie": {
    architecture: "x86_64",
    flags: ["-buildmode=pie", "-ldflags=-linkmode=external"],
    env: { CGO_ENABLED: "1" },
    whole: false,
  },
  "external static": {
    architecture: "x86_64",
    flags: ["-ldflags=-linkmode=external -extldflags=-static"],
    env: { CGO_ENABLED: "1" },
    whole: false,
  },
  debug: { architecture: "x86_64", flags: ["-gcflags=all=-N -l"], whole: true },
  arm64: { architecture: "aarch64", env: { GOARCH: "arm64", CGO_ENABLED: "0" }, whole: true },
  "arm64 pie": {
    architecture: "aarch64",
    flags: ["-buildmode=pie"],
    env: { GOARCH: "arm64", CGO_ENABLED: "0" },
    whole: false,
  },
  "arm64 debug": {
    architecture: "aarch64",
    // The program's own packages alone: compiling the standard library in one more way takes minutes.
    flags: ["-gcflags=-N -l"],
    env: { GOARCH: "arm64", CGO_ENABLED: "0" },
    whole: false,
  },
};

/** Whether the toolchain can build it here: before Go 1.15, `-buildmode=pie` for arm64 needs a cross compiler of C. */
export function canBuild(version: string, variant: Variant): boolean {
  const minor = minorOf(version);
  return variant !== VARIANTS["arm64 pie"] || minor >= 15;
}

/** Builds a program with handlers of every frame size and kind of receiver. */
export async function build(version: string, variant: Variant, stripped = false): Promise<string> {
  const flags = stripped ? strip(variant.flags) : variant.flags ?? [];
  return await buildGo({
    toolchain: await ensureToolchain(version),
    files: { "main.go": AWKWARD },
    flags,
    output: stripped ? "stripped" : "server",
    ...(variant.env === undefined ? {} : { env: variant.env }),
  });
}

/** The flags with those added that leave out symbols and DWARF; the last `-ldflags` replaces those before it. */
function strip(flags: readonly string[] = []): string[] {
  const ldflags = flags.find((flag) => flag.startsWith("-ldflags=")) ?? "-ldflags=";
  return [...flags.filter((flag) => flag !== ldflags), `${ldflags} -s -w`];
}

/** Buffers whose frames come to a round number of pages in one of the versions, for which arm64 has an instruction. */
const ROUND = Array.from({ length: 16 }, (_, i) => 8192 + 16 * i);

/** Handlers of every frame size and kind of receiver. It builds with Go 1.12. */
const AWKWARD = `package main

import (
	"errors"
	"net/http"
	"os"
)

type small struct{ hits int }
type sized struct{ name, kind, extra string }
type byPointer struct{ http.Handler }
type embeds struct{ sized }

var sink byte

//go:noinline
func touch(p []byte) {
	for i := range p {
		p[i] = byte(i)
		sink += p[i]
	}
}

//go:noinline
func (s small) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }

//go:noinline
func (s sized) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.Write([]byte(s.name + s.kind + s.extra)) }

func littleFrame(w http.ResponseWriter, r *http.Request) {
	var buf [300]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func middleFrame(w http.ResponseWriter, r *http.Request) {
	var buf [5 << 10]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func hugeFrame(w http.ResponseWriter, r *http.Request) {
	var buf [32 << 10]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func hugerFrame(w http.ResponseWriter, r *http.Request) {
	var buf [1 << 20]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

${
  ROUND.map((size) =>
    `func frame${size}(w http.ResponseWriter, r *http.Request) {
	var buf [${size}]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}
`
  ).join("\n")
}
func loops(w http.ResponseWriter, r *http.Request) {
	for {
		if _, err := w.Write([]byte("x")); err != nil {
			return
		}
	}
}

func deferring(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if recover() != nil {
			w.WriteHeader(500)
		}
	}()
	panic(errors.New(r.URL.Path))
}

//go:noinline
func leaf(a, b int) int { return a*b + 1 }

//go:nosplit
//go:noinline
func nosplit(a, b int) int { return leafOf(a) + b }

//go:nosplit
//go:noinline
func leafOf(a int) int { return a << 3 }

//go:noinline
func empty(w http.ResponseWriter, r *http.Request) {}

//go:noinline
func countdown(n int) int {
	for n > 10 {
		n -= leaf(n, n)
	}
	return n
}

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j, k int, s string, x float64) int {
	touch([]byte(s))
	return a + b + c + d + e + f + g + h + i + j + k + int(x)
}

func main() {
	name := os.Args[0]
	http.Handle("/small", small{1})
	http.Handle("/sized", sized{name, name, name})
	http.Handle("/pointer", &sized{name, name, name})
	http.Handle("/embeds", &embeds{sized{name, name, name}})
	http.Handle("/interface", &byPointer{sized{name, "", ""}})
	http.HandleFunc("/little", littleFrame)
	http.HandleFunc("/middle", middleFrame)
	http.HandleFunc("/huge", hugeFrame)
	http.HandleFunc("/huger", hugerFrame)
${
  ROUND.map((size) => `	http.HandleFunc("/frame${size}", frame${size})\n`).join("")
}	http.HandleFunc("/loops", loops)
	http.HandleFunc("/deferring", deferring)
	http.HandleFunc("/empty", empty)
	http.HandleFunc("/closure", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(name + r.URL.Path))
	})
	http.HandleFunc("/bound", sized{name, "", ""}.ServeHTTP)
	f := (*byPointer).ServeHTTP
	http.HandleFunc("/expression", func(w http.ResponseWriter, r *http.Request) { f(&byPointer{sized{}}, w, r) })
	if len(name) == 0 {
		os.Exit(leaf(len(name), 2) + nosplit(1, len(name)) + countdown(5) + many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, name, 2.5))
	}
	http.ListenAndServe("127.0.0.1:0", nil)
}
`;
