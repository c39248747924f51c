package main

import "strings"

type store struct {
	name  string
	items map[string]*item
}

type celsius int16

var methodCases = []testCase{
	{name: "a method with a pointer", run: func(n int) call {
		found := &item{"SKU-1", 3, int64(n)}
		s := &store{"main store", map[string]*item{"one": found}}
		key := "one"
		if n%2 == 1 {
			key = "two"
		}
		value, err := s.Get(key)
		c := call{symbol: "main.(*store).Get", args: values{{"s.name", s.name}, {"key", key}, {"len(s.items)", 1}}}
		if err == nil {
			c.results = values{{"val.Price", value.Price}, {"type(err)", nil}, {"err.(*main.failure).Op", missing("nil")}}
		} else {
			c.results = values{
				{"val.Price", missing("nil")}, {"type(err)", "*main.failure"},
				{"err.(*main.failure).Op", "get two"},
			}
		}
		return c
	}},
	{name: "a method with a value", run: func(n int) call {
		c := celsius(n - 40)
		c.Warm(5)
		return call{
			symbol:  "main.celsius.Warm",
			args:    values{{"c", n - 40}, {"by", 5}},
			results: values{{"ret0", n - 35}},
		}
	}},
	{name: "a method with a struct", run: func(n int) call {
		p := point{n, 7}
		p.Plus(point{1, 2}, "label")
		return call{
			symbol:  "main.point.Plus",
			args:    values{{"p.X", n}, {"p.Y", 7}, {"q.Y", 2}, {"label", "label"}},
			results: values{{"ret0.X", n + 1}, {"ret0.Y", 9}},
		}
	}},
	{name: "the receiver by position", run: func(n int) call {
		name := strings.Repeat("s", n)
		s := &store{name: name}
		s.Rename("new")
		return call{symbol: "main.(*store).Rename", args: values{
			{"recv", values{{"name", name}, {"items", nil}}}, {"recv.name", name}, {"arg0", "new"},
		}}
	}},
}

// Get returns an item, or why there is none.
//
//go:noinline
func (s *store) Get(key string) (val *item, err error) {
	if found, ok := s.items[key]; ok {
		return found, nil
	}
	return nil, &failure{404, "get " + key}
}

// Rename has a result of its own kind: none.
//
//go:noinline
func (s *store) Rename(name string) { s.name = name }

// Warm has a receiver that is a number.
//
//go:noinline
func (c celsius) Warm(by int) celsius { return c + celsius(by) }

// Plus has a receiver that is a struct.
//
//go:noinline
func (p point) Plus(q point, label string) point {
	sink += len(label)
	return point{p.X + q.X, p.Y + q.Y}
}
