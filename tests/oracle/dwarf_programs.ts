/**
 * The Go programs that tests/oracle/dwarf_types_test.ts compares with.
 *
 * @module
 */
import { minorOf } from "../toolchains.ts";

/** Prints its types as reflect has them, one JSON object a line: the shape is `ReflectedType` of the test. */
const MAIN = `package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"sync"
	"unsafe"

	"example.com/server/yaml.v3"
)

type inner struct {
	Flag  bool
	Count int32
}

type Embedded struct{ A, B int16 }

type HandlerLike func(w http.ResponseWriter, req *http.Request)
type Returns func(a *int, b ...string) (*inner, error)
type OnlyResults func() (*inner, *Embedded)
type Colour uint8
type Names []string
type Table map[Colour]*inner

type awkward struct {
	Embedded
	*inner
	io.Reader
	sync.Mutex
	flag    bool
	array   [3]inner
	nested  [2][5]uint16
	none    [0]int64
	empty   struct{}
	table   Table
	maps    map[string][]map[int8]*awkward
	handler HandlerLike
	fn      func(a, b int) (int, error)
	ret     Returns
	only    OnlyResults
	any     interface{}
	face    fmt.Stringer
	c64     complex64
	c128    complex128
	f32     float32
	ch      chan struct{}
	in      <-chan int
	out     chan<- *awkward
	pointer unsafe.Pointer
	word    uintptr
	names   Names
	colour  Colour
	self    *awkward
	other   yaml.Node
	local   struct {
		X, Y uint8
		Z    int64
	}
	_    int32
	last struct{}
}

type printed struct {
	Name     string
	Kind     string
	Size     uintptr
	Length   int
	Key      string
	Element  string
	Fields   []field
	In       []string
	Out      []string
	Variadic bool
}

type field struct {
	Name     string
	Offset   uintptr
	Type     string
	Kind     string
	Size     uintptr
	Embedded bool
}

// nameOf is the type's name with whole package paths; empty where reflect does not tell.
func nameOf(t reflect.Type) string {
	if t.Name() != "" {
		if t.PkgPath() == "" {
			return t.String()
		}
		return t.PkgPath() + "." + t.Name()
	}
	part := func(prefix string, e reflect.Type) string {
		if name := nameOf(e); name != "" {
			return prefix + name
		}
		return ""
	}
	switch t.Kind() {
	case reflect.Ptr:
		return part("*", t.Elem())
	case reflect.Slice:
		return part("[]", t.Elem())
	case reflect.Array:
		return part(fmt.Sprintf("[%d]", t.Len()), t.Elem())
	case reflect.Map:
		if key := nameOf(t.Key()); key != "" {
			return part("map["+key+"]", t.Elem())
		}
	case reflect.Chan:
		return part(t.ChanDir().String()+" ", t.Elem())
	}
	return ""
}

func kindOf(t reflect.Type) string {
	if t.Kind() == reflect.Ptr {
		return "pointer"
	}
	return t.Kind().String()
}

var seen = map[reflect.Type]bool{}

func print(t reflect.Type, depth int) {
	if seen[t] || depth > 5 {
		return
	}
	seen[t] = true
	p := printed{Name: nameOf(t), Kind: kindOf(t), Size: t.Size()}
	var next []reflect.Type
	switch t.Kind() {
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			p.Fields = append(p.Fields, field{f.Name, f.Offset, nameOf(f.Type), kindOf(f.Type), f.Type.Size(), f.Anonymous})
			next = append(next, f.Type)
		}
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Ptr, reflect.Slice:
		p.Element = nameOf(t.Elem())
		next = append(next, t.Elem())
		if t.Kind() == reflect.Map {
			p.Key = nameOf(t.Key())
			next = append(next, t.Key())
		}
		if t.Kind() == reflect.Array {
			p.Length = t.Len()
		}
	case reflect.Func:
		for i := 0; i < t.NumIn(); i++ {
			p.In = append(p.In, nameOf(t.In(i)))
			next = append(next, t.In(i))
		}
		for i := 0; i < t.NumOut(); i++ {
			p.Out = append(p.Out, nameOf(t.Out(i)))
			next = append(next, t.Out(i))
		}
		p.Variadic = t.IsVariadic()
	}
	json.NewEncoder(os.Stdout).Encode(p)
	for _, t := range next {
		print(t, depth+1)
	}
}

type store struct{ n int }

//go:noinline
func (s *store) Get(name string, _ int, values ...string) (result int, err error) {
	if s == nil {
		panic(values)
	}
	return s.n + len(name) + len(values), nil
}

type text string

//go:noinline
func (t text) ServeHTTP(w http.ResponseWriter, req *http.Request) { fmt.Fprint(w, req.URL, t) }

// ServeHTTP has a receiver without a name.
//
//go:noinline
func (*store) ServeHTTP(w http.ResponseWriter, req *http.Request) { fmt.Fprint(w, req.URL) }

//go:noinline
func order(zulu int, alpha string, mike bool, bravo []byte) (yankee int, charlie string) {
	if mike {
		return zulu, alpha
	}
	return len(bravo), alpha + string(bravo)
}

//go:noinline
func unnamed(http.ResponseWriter, *http.Request) { fmt.Fprint(os.Stderr) }

//go:noinline
func blank(_ http.ResponseWriter, req *http.Request) { fmt.Fprint(os.Stderr, req) }

//go:noinline
func unused(first, second, third string) int { return len(second) }

//go:noinline
func many(a int8, b [3]int, c map[string][]byte, d func(int) error, e chan<- int, f interface{}, g float64, h inner) (int, string) {
	if f == nil {
		panic(d)
	}
	e <- len(c) + b[1]
	return int(a) + int(g) + int(h.Count), ""
}

// inlined is inlined where it is called, and has code of its own since it is also a value.
func inlined(skipped int, _ bool, kept string) int {
	if kept == "" {
		fmt.Fprintln(os.Stderr)
	}
	return len(kept)
}

// gone has no code of its own.
func gone(a int, b string) int {
	if a > 7 {
		fmt.Fprintln(os.Stderr, b)
	}
	return a + len(b)
}

//go:noinline
func middle(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Middle", req.Method)
		next.ServeHTTP(w, req)
	})
}

var sink interface{}

func main() {
	var a awkward
	for _, v := range []interface{}{
		http.Request{}, http.Response{}, http.Server{}, url.URL{}, tls.ConnectionState{}, a, inner{}, Returns(nil), OnlyResults(nil),
	} {
		print(reflect.TypeOf(v), 0)
	}
	generic()
	if len(os.Args) > 5 {
		sink = []interface{}{inlined, unnamed, blank}
		n, err := (&store{}).Get(os.Args[0], len(os.Args), os.Args...)
		sink = []interface{}{n, err}
		sink, _ = order(len(os.Args), os.Args[0], n > 3, []byte(os.Args[0]))
		sink = unused(os.Args[0], "a", "b")
		sink, _ = many(1, [3]int{}, nil, nil, make(chan int), 3, 1.5, inner{})
		sink = inlined(n, n > 3, os.Args[0]) + gone(n, os.Args[0])
		sink = middle(text("x"))
		sink = middle(&store{})
		sink = unsafe.Sizeof(a)
	}
}
`;

const GENERIC = `package main

import (
	"fmt"
	"net/http"
	"reflect"
)

type Pair[K comparable, V any] struct {
	Key    K
	Values []V
	Next   *Pair[K, V]
}

//go:noinline
func (p *Pair[K, V]) ServeHTTP(w http.ResponseWriter, req *http.Request) { fmt.Fprint(w, req.URL, p.Key) }

//go:noinline
func Handle[T any](w http.ResponseWriter, req *http.Request, value T) (T, error) {
	_, err := fmt.Fprint(w, req.URL, value)
	return value, err
}

func generic() {
	pair := Pair[string, inner]{}
	print(reflect.TypeOf(pair), 0)
	print(reflect.TypeOf(Pair[Colour, map[string]*inner]{}), 0)
	if len(seen) == 3 {
		pair.ServeHTTP(nil, nil)
		sink, _ = Handle(nil, nil, pair)
		sink, _ = Handle(nil, nil, 3)
	}
}
`;

/** The program for a Go version, e.g. 1.20.14. */
export function reflectingProgram(version: string): Record<string, string> {
  const minor = minorOf(version);
  return {
    "main.go": MAIN,
    "generic.go": minor >= 18 ? GENERIC : "package main\n\nfunc generic() {}\n",
    // A package whose path's last element has a dot, which the linker escapes.
    "yaml.v3/node.go": "package yaml\n\n// Node is any.\ntype Node struct {\n\tKind uint32\n\tLine int\n}\n",
  };
}

/** Prints every struct of an executable as Go's debug/dwarf has it: name, size and `name@offset`s, split by tabs. */
export const DEBUG_DWARF_PROGRAM = {
  "main.go": `package main

import (
	"bufio"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os"
	"strings"
)

func main() {
	file, err := elf.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	data, err := file.DWARF()
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var fields []string
	reader := data.Reader()
	for {
		entry, err := reader.Next()
		if err != nil {
			panic(err)
		}
		if entry == nil {
			return
		}
		switch entry.Tag {
		case dwarf.TagCompileUnit:
			continue
		case dwarf.TagStructType:
			if kind, _ := entry.Val(dwarf.Attr(0x2900)).(int64); kind != 25 {
				reader.SkipChildren()
				continue
			}
			typ, err := data.Type(entry.Offset)
			if err != nil {
				panic(err)
			}
			fields = fields[:0]
			for _, field := range typ.(*dwarf.StructType).Field {
				fields = append(fields, fmt.Sprintf("%s@%d:%d", field.Name, field.ByteOffset, field.Type.Size()))
			}
			name, _ := entry.Val(dwarf.AttrName).(string)
			fmt.Fprintf(out, "%s\\t%d\\t%s\\n", name, typ.Size(), strings.Join(fields, " "))
		}
		reader.SkipChildren()
	}
}
`,
};
