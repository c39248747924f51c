//go:build go1.18
// +build go1.18

package main

func init() { cases = append(cases, genericCases...) }

var genericCases = []testCase{
	{name: "a generic function of numbers", run: func(n int) call {
		larger(n, 2)
		result := n
		if n < 2 {
			result = 2
		}
		return call{symbol: "main.larger[...]", args: values{{"a", n}, {"b", 2}}, results: values{{"ret0", result}}}
	}},
	{name: "a generic function of strings", run: func(n int) call {
		second(n, "text")
		return call{symbol: "main.second[...]", args: values{{"b", "text"}}, results: values{{"ret0", "text"}}}
	}},
	{name: "a method of a generic type", run: func(n int) call {
		s := &stack[string]{items: []string{"bottom"}, limit: n}
		s.Push("top")
		return call{
			symbol:  "main.(*stack[...]).Push",
			args:    values{{"s.limit", n}, {"value", "top"}, {"len(s.items)", 1}, {"s.items[0]", "bottom"}},
			results: values{{"ret0", 2}},
		}
	}},
}

type stack[T any] struct {
	items []T
	limit int
}

// Push returns how many there are then.
//
//go:noinline
func (s *stack[T]) Push(value T) int {
	s.items = append(s.items, value)
	return len(s.items)
}

//go:noinline
func larger[T int | int64](a, b T) T {
	if a > b {
		return a
	}
	return b
}

//go:noinline
func second[A, B any](a A, b B) B {
	sink++
	return b
}
