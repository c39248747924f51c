package main

// order is a struct with others by value, by pointer, in slices, in maps and embedded.
type order struct {
	audit
	*owner
	ID       int
	Total    float64
	Customer customer
	Previous *order
	Items    []item
	Tags     map[string]string
	Note     *string
	paid     bool
}

type audit struct {
	CreatedBy string
	Version   uint16
}

type owner struct {
	team
	Region string
}

type team struct{ Name string }

type customer struct {
	Name    string
	Email   string
	Address struct {
		City string
		Zip  [5]byte
	}
}

type item struct {
	SKU      string
	Quantity uint8
	Price    int64
}

// newOrder is an order that differs with n, and has a previous one that has none.
func newOrder(n int) *order {
	note := "leave at the door"
	o := &order{
		audit: audit{"alice", uint16(n)},
		owner: &owner{team{"blue"}, "eu-west"},
		ID:    1000 + n,
		Total: 99.5,
		Items: []item{{"SKU-1", 2, 1250}, {"SKU-2", 1, int64(n)}, {"SKU-3", 9, -5}},
		Tags:  map[string]string{"gift": "yes", "source": "web"},
		Note:  &note,
		paid:  n%2 == 0,
	}
	o.Customer.Name, o.Customer.Email = "Ada", "ada@example.com"
	o.Customer.Address.City = "Paris"
	copy(o.Customer.Address.Zip[:], "75001")
	o.Previous = &order{ID: n, Customer: customer{Name: "Bob"}}
	return o
}

// orderValues is what is asked for of an order that is called `o`.
func orderValues(o *order) values {
	return values{
		{"o.ID", o.ID}, {"o.Total", o.Total}, {"o.paid", o.paid}, {"o.Customer.Email", o.Customer.Email},
		{"o.Customer.Address.City", "Paris"}, {"o.Customer.Address.Zip[0]", o.Customer.Address.Zip[0]},
		{"o.Items[0].SKU", o.Items[0].SKU}, {"o.Items[1].Price", o.Items[1].Price}, {"o.Items[2].Quantity", 9},
		{"o.Items[3].SKU", missing("range")}, {"len(o.Items)", 3}, {"len(o.Tags)", 2}, {"o.Tags[\"gift\"]", "yes"},
	}
}

// promotedValues are fields that embedding brings, by value and by pointer, one and two levels deep.
func promotedValues(o *order) values {
	return values{
		{"o.CreatedBy", o.CreatedBy}, {"o.Version", o.Version}, {"o.audit.Version", o.Version},
		{"o.Region", "eu-west"}, {"o.Name", "blue"}, {"o.owner.team.Name", "blue"},
		{"o.Previous.ID", o.Previous.ID}, {"o.Previous.Customer.Name", "Bob"}, {"o.Previous.CreatedBy", ""},
		{"o.Previous.Region", missing("nil")}, {"o.Previous.Previous.ID", missing("nil")},
		{"*o.Note", "leave at the door"}, {"*o.Previous.Note", missing("nil")},
	}
}

type size struct{ width, height int32 }
type empty struct{}
type wide struct {
	a, b, c, d, e int
	tag           string
}
type wrapped struct {
	inner struct{ one struct{ value uint16 } }
}

var structCases = []testCase{
	{name: "a struct by pointer", run: func(n int) call {
		o := newOrder(n)
		byPointer(o)
		return call{symbol: "main.byPointer", args: orderValues(o)}
	}},
	{name: "a struct by value", run: func(n int) call {
		o := newOrder(n)
		byValue(*o)
		return call{symbol: "main.byValue", args: orderValues(o)}
	}},
	{name: "promoted fields by pointer", run: func(n int) call {
		o := newOrder(n)
		promotedByPointer(o)
		return call{symbol: "main.promotedByPointer", args: promotedValues(o)}
	}},
	{name: "promoted fields by value", run: func(n int) call {
		o := newOrder(n)
		promotedByValue(*o)
		return call{symbol: "main.promotedByValue", args: promotedValues(o)}
	}},
	{name: "structs in registers", run: func(n int) call {
		inRegisters(size{int32(n), -2}, empty{}, item{"SKU-9", 4, -7}, wrapped{})
		return call{symbol: "main.inRegisters", args: values{
			{"s.width", n}, {"s.height", -2}, {"i.SKU", "SKU-9"}, {"i.Quantity", 4}, {"i.Price", -7}, {"w.inner.one.value", 0},
		}}
	}},
	{name: "whole structs", run: func(n int) call {
		i := &item{"SKU-9", 4, int64(n)}
		whole(size{3, 4}, i)
		shown := values{{"SKU", "SKU-9"}, {"Quantity", 4}, {"Price", n}}
		return call{symbol: "main.whole", args: values{{"s", values{{"width", 3}, {"height", 4}}}, {"*i", shown}}}
	}},
	{name: "no list", run: func(n int) call {
		unasked(n, "name", point{n, -1}, []string{"a", "b"}, true)
		return call{
			symbol:  "main.unasked",
			unasked: true,
			args: values{
				{"n", n}, {"name", "name"}, {"p", values{{"X", n}, {"Y", -1}}}, {"list", []string{"a", "b"}}, {"flag", true},
			},
		}
	}},
	{name: "a struct that the registers do not hold", run: func(n int) call {
		onStack(n, 2, 3, 4, wide{5, 6, 7, 8, 9, "tag"}, 10, "last")
		return call{symbol: "main.onStack", args: values{
			{"a", n}, {"d", 4}, {"w.a", 5}, {"w.e", 9}, {"w.tag", "tag"}, {"e", 10}, {"s", "last"},
		}}
	}},
}

//go:noinline
func byPointer(o *order) { sink += o.ID }

//go:noinline
func byValue(o order) { sink += o.ID }

//go:noinline
func promotedByPointer(o *order) { sink += o.ID }

//go:noinline
func promotedByValue(o order) { sink += o.ID }

//go:noinline
func inRegisters(s size, e empty, i item, w wrapped) {
	sink += int(s.width) + int(i.Quantity) + int(w.inner.one.value)
}

//go:noinline
func unasked(n int, name string, p point, list []string, flag bool) {
	sink += n + len(name) + p.X + len(list)
}

//go:noinline
func whole(s size, i *item) { sink += int(s.width) + int(i.Price) }

//go:noinline
func onStack(a, b, c, d int, w wide, e int, s string) { sink += a + b + c + d + w.a + w.e + e + len(s) }
