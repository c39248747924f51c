package main

import (
	"errors"
	"fmt"
)

// failure is an error of this program's own.
type failure struct {
	Code int
	Op   string
}

func (f *failure) Error() string { return f.Op }

// grade is a value, not a pointer, in an interface: it is boxed.
type grade uint16

func (g grade) String() string { return "grade" }

// point is a struct of two words that is boxed.
type point struct{ X, Y int }

func (p point) String() string { return "point" }

var interfaceCases = []testCase{
	{name: "errors", run: func(n int) call {
		plain, wrapping := errors.New("plain text"), fmt.Errorf("outer %d: %w", n, errors.New("inner"))
		formatted := fmt.Errorf("formatted %d", n)
		failures(plain, wrapping, formatted, nil, &failure{n, "open"})
		formattedType := fmt.Sprintf("%T", formatted)
		return call{symbol: "main.failures", args: values{
			{"plain", dynamic("*errors.errorString", "plain text")},
			{"wrapping", dynamic("*fmt.wrapError", wrapping.Error())},
			{"formatted", dynamic(formattedType, formatted.Error())},
			{"none", nil}, {"type(plain)", "*errors.errorString"}, {"type(none)", nil}, {"type(own)", "*main.failure"},
			{"own.(*main.failure).Code", n}, {"own.(*main.failure).Op", "open"},
			{"plain.(*main.failure).Code", missing("other type")}, {"none.(*main.failure).Code", missing("nil")},
		}}
	}},
	{name: "empty interfaces", run: func(n int) call {
		anything(n+1000, "a string", point{n, -n}, nil)
		return call{symbol: "main.anything", args: values{
			{"type(number)", "int"}, {"number.(int)", n + 1000}, {"type(text)", "string"}, {"text.(string)", "a string"},
			{"type(pair)", "main.point"}, {"pair.(main.point).Y", -n}, {"none", nil}, {"type(none)", nil},
			{"number.(string)", missing("other type")}, {"none.(int)", missing("nil")},
		}}
	}},
	{name: "interfaces with methods", run: func(n int) call {
		stringers(grade(n), &point{n, 2}, nil)
		return call{symbol: "main.stringers", args: values{
			{"type(g)", "main.grade"}, {"g.(main.grade)", n}, {"type(p)", "*main.point"}, {"p.(*main.point).X", n},
			{"p.(main.point).X", missing("other type")}, {"none", nil},
		}}
	}},
	{name: "structs of a pointer in interfaces", run: func(n int) call {
		// The one is in the interface itself, the other only from Go 1.26 on.
		pointerStructs(only{&point{n, 1}}, padded{p: &point{n, 2}})
		return call{symbol: "main.pointerStructs", args: values{
			{"o.(main.only).p.X", n}, {"o.(main.only).p.Y", 1}, {"p.(main.padded).p.X", n}, {"p.(main.padded).p.Y", 2},
		}}
	}},
	{name: "interfaces in structs", run: func(n int) call {
		holder := &box{Err: errors.New("boxed"), Any: &item{"SKU", 1, int64(n)}, List: []interface{}{"first", n}}
		boxed(holder)
		return call{symbol: "main.boxed", args: values{
			{"b.Err", dynamic("*errors.errorString", "boxed")}, {"b.Any.(*main.item).Price", n},
			{"b.List[0].(string)", "first"},
			{"type(b.List[1])", "int"}, {"b.List[1].(int)", n}, {"type(b.List[2])", missing("range")},
		}}
	}},
}

type only struct{ p *point }

type padded struct {
	_ [0]func()
	p *point
}

type box struct {
	Err  error
	Any  interface{}
	List []interface{}
}

//go:noinline
func failures(plain, wrapping, formatted, none, own error) { sink += len(plain.Error()) }

//go:noinline
func anything(number, text, pair, none interface{}) { sink += len(text.(string)) }

//go:noinline
func stringers(g, p, none fmt.Stringer) { sink += len(g.String()) }

//go:noinline
func pointerStructs(o, p interface{}) { sink += o.(only).p.X + p.(padded).p.X }

//go:noinline
func boxed(b *box) { sink += len(b.List) }
