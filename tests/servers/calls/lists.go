package main

var listCases = []testCase{
	{name: "arrays", run: func(n int) call {
		arrays([1]int{n}, [3]int16{-1, int16(n), 1}, [0]int{}, &[2]string{"left", "right"})
		return call{symbol: "main.arrays", args: values{
			{"one[0]", n}, {"three[0]", -1}, {"three[1]", n}, {"three", []int{-1, n, 1}}, {"len(three)", 3}, {"len(none)", 0},
			{"pair[1]", "right"},
		}}
	}},
	{name: "slices", run: func(n int) call {
		numbers := append(make([]int32, 0, 10), int32(n), 2, 3)
		slices(numbers, []string{"a", "bb"}, nil, [][]uint8{{1, 2}, {3}})
		return call{symbol: "main.slices", args: values{
			{"numbers", []int{n, 2, 3}}, {"numbers[2]", 3}, {"numbers[3]", missing("range")}, {"len(numbers)", 3},
			{"cap(numbers)", 10}, {"words", []string{"a", "bb"}}, {"words[1]", "bb"}, {"none", []int{}}, {"len(none)", 0},
			{"none[0]", missing("range")}, {"nested[1][0]", 3}, {"len(nested[0])", 2}, {"nested[1][1]", missing("range")},
		}}
	}},
	{name: "a slice of structs", run: func(n int) call {
		items := []item{{"SKU-1", uint8(n), -1}, {"SKU-2", 2, 1 << 50}}
		structs(items, []*item{&items[1], nil})
		return call{symbol: "main.structs", args: values{
			{"items[0].Quantity", n}, {"items[1].SKU", "SKU-2"}, {"items[1].Price", 1 << 50},
			{"pointers[0].SKU", "SKU-2"}, {"pointers[1].SKU", missing("nil")}, {"pointers[2].SKU", missing("range")},
		}}
	}},
	{name: "variadics", run: func(n int) call {
		variadic("sum", n, n+1, n+2)
		return call{symbol: "main.variadic", args: values{
			{"name", "sum"}, {"numbers[0]", n}, {"numbers[2]", n + 2}, {"numbers[3]", missing("range")}, {"len(numbers)", 3},
		}}
	}},
}

//go:noinline
func arrays(one [1]int, three [3]int16, none [0]int, pair *[2]string) {
	sink += one[0] + int(three[1]) + len(pair[0])
}

//go:noinline
func slices(numbers []int32, words, none []string, nested [][]uint8) {
	sink += len(numbers) + len(words) + len(none) + len(nested)
}

//go:noinline
func structs(items []item, pointers []*item) { sink += len(items) + len(pointers) }

//go:noinline
func variadic(name string, numbers ...int) { sink += len(name) + len(numbers) }
