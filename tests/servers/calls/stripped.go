package main

// registry keeps the types of strippedCases in the runtime's metadata, with their methods.
var registry = []interface{}{&order{}, &item{}, &shelf{}}

// shelf has exported methods, which the runtime's metadata has the signatures of.
type shelf struct {
	Label string
	Items []item
	Count uint32
}

var strippedCases = []testCase{
	{name: "arguments whose types are said", stripped: true, run: func(n int) call {
		o := newOrder(n)
		typed(o, &o.Items[1])
		return call{symbol: "main.typed", args: values{
			{"arg0.(*main.order).ID", o.ID}, {"arg0.(*main.order).Customer.Email", o.Customer.Email},
			{"arg0.(*main.order).Items[0].SKU", "SKU-1"}, {"arg0.(*main.order).CreatedBy", "alice"},
			{"arg0.(*main.order).Region", "eu-west"}, {"len(arg0.(*main.order).Items)", 3},
			{"arg1.(*main.item).Price", n},
		}}
	}},
	{name: "a receiver that the metadata knows", stripped: true, run: func(n int) call {
		s := &shelf{"top", []item{{"SKU", 1, int64(n)}}, uint32(n)}
		s.Put("thing", n)
		return call{symbol: "main.(*shelf).Put", args: values{
			{"recv.Label", "top"}, {"recv.Items[0].Price", n}, {"recv.Count", n}, {"arg0", "thing"}, {"arg1", n},
		}, results: values{{"ret0", n + 1}, {"ret1", "put"}}}
	}},
}

//go:noinline
func typed(o *order, i *item) { sink += o.ID + int(i.Price) }

// Put is called through an interface that the linker cannot see through, so that its type is kept.
//
//go:noinline
func (s *shelf) Put(name string, n int) (int, string) {
	sink += len(name)
	return n + 1, "put"
}

// putter is what registry's shelf is asserted to be.
type putter interface {
	Put(name string, n int) (int, string)
}

func init() {
	for _, value := range registry {
		if p, ok := value.(putter); ok {
			p.Put("", 0)
		}
	}
}
