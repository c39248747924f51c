package main

type node struct {
	Value int32
	Next  *node
	Up    **node
}

var pointerCases = []testCase{
	{name: "pointers", run: func(n int) call {
		tail := &node{Value: 3}
		head := &node{Value: int32(n), Next: &node{Value: 2, Next: tail}}
		count := int64(n) << 40
		pointers(head, &count, nil)
		return call{symbol: "main.pointers", args: values{
			{"head", values{{"Value", n}, {"Next", address(head.Next)}, {"Up", nil}}},
			{"head.Value", n}, {"head.Next.Value", 2}, {"head.Next.Next.Value", 3},
			{"head.Next.Next.Next", nil}, {"head.Next.Next.Next.Value", missing("nil")}, {"*count", count},
			{"none", nil}, {"none.Value", missing("nil")},
		}}
	}},
	{name: "pointers to pointers", run: func(n int) call {
		inner := &node{Value: int32(n)}
		inner.Up = &inner
		middle := &inner
		var none *node
		toPointers(middle, &middle, &none)
		return call{symbol: "main.toPointers", args: values{
			{"(*p).Value", n}, {"(**q).Value", n}, {"(*p).Up", address(&inner)}, {"*none", nil},
			{"(*none).Value", missing("nil")},
		}}
	}},
	{name: "channels", run: func(n int) call {
		buffered := make(chan int, 16)
		for i := 0; i < n%8; i++ {
			buffered <- i
		}
		unbuffered := make(chan string)
		channels(buffered, unbuffered, nil)
		return call{symbol: "main.channels", args: values{
			{"len(c)", n % 8}, {"cap(c)", 16}, {"len(d)", 0}, {"cap(d)", 0}, {"d", address(unbuffered)}, {"none", nil},
			{"len(none)", 0}, {"cap(none)", 0},
		}}
	}},
	{name: "funcs", run: func(n int) call {
		functions(func() int { return n }, nil, n)
		return call{symbol: "main.functions", args: values{{"none", nil}, {"n", n}}}
	}},
	{name: "addresses", run: func(n int) call {
		i := &item{Quantity: uint8(n)}
		addresses(i)
		return call{symbol: "main.addresses", args: values{
			{"&i.Quantity", address(&i.Quantity)}, {"i", values{{"SKU", ""}, {"Quantity", n}, {"Price", 0}}},
		}}
	}},
}

//go:noinline
func pointers(head *node, count *int64, none *node) { sink += int(head.Value) + int(*count) }

//go:noinline
func toPointers(p **node, q ***node, none **node) { sink += int((*p).Value) }

//go:noinline
func channels(c chan int, d chan string, none chan bool) { sink += len(c) + cap(d) }

//go:noinline
func functions(f, none func() int, n int) { sink += f() + n }

//go:noinline
func addresses(i *item) { sink += int(i.Quantity) }
