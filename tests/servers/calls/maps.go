package main

import "strconv"

// searched is how many entries a map may have for it to be searched.
const searched = 64

// mapSizes are the sizes of the maps of the calls, in turn: of none, one and several buckets or groups.
var mapSizes = []int{0, 3, 8, 9, searched, 1000}

// A probe may look for two keys, so the functions share the work.
var mapCases = []testCase{
	{name: "maps of texts", run: func(n int) call {
		size := mapSizes[n%len(mapSizes)]
		m := map[string]string{}
		for i := 0; i < size; i++ {
			m[key(i)] = "value-" + strconv.Itoa(i)
		}
		mapOfTexts(m)
		return call{symbol: "main.mapOfTexts", args: values{
			{"m[\"key-0\"]", entry(size, size > 0, "value-0")}, {"m[\"key-8\"]", entry(size, size > 8, "value-8")},
			{"len(m)", size},
		}}
	}},
	{name: "maps of numbers", run: func(n int) call {
		size := mapSizes[n%len(mapSizes)]
		m := map[string]int{}
		for i := 0; i < size; i++ {
			m[key(i)] = n + i
		}
		mapOfNumbers(m)
		return call{symbol: "main.mapOfNumbers", args: values{
			{"m[\"key-2\"]", entry(size, size > 2, n+2)}, {"m[\"key\"]", entry(size, false, nil)}, {"len(m)", size},
		}}
	}},
	{name: "maps of structs", run: func(n int) call {
		size := mapSizes[n%len(mapSizes)]
		m := map[int]item{}
		for i := 0; i < size; i++ {
			m[i] = item{key(i), uint8(i), int64(n)}
		}
		mapOfItems(m)
		return call{symbol: "main.mapOfItems", args: values{
			{"m[7].SKU", entry(size, size > 7, "key-7")}, {"m[7].Quantity", entry(size, size > 7, 7)},
			{"m[7].Price", entry(size, size > 7, n)}, {"m[-1].SKU", entry(size, false, nil)}, {"len(m)", size},
		}}
	}},
	{name: "nil maps", run: func(n int) call {
		nilMaps(nil, nil)
		return call{symbol: "main.nilMaps", args: values{
			{"m", nil}, {"len(m)", 0}, {"m[\"key\"]", missing("no key")}, {"p[0].SKU", missing("no key")},
		}}
	}},
	{name: "maps that grow", run: func(n int) call {
		// Up to 1.23 the old buckets are moved two at an insertion: in between a part of the entries is in either.
		m := map[int]string{}
		for i := 0; i < 9+n; i++ {
			m[i] = strconv.Itoa(i)
		}
		growing(m)
		return call{symbol: "main.growing", args: values{{"m[0]", "0"}, {"m[8]", "8"}, {"len(m)", 9 + n}}}
	}},
	{name: "maps with deleted entries", run: func(n int) call {
		m := map[string]int{}
		for i := 0; i < 40; i++ {
			m[key(i)] = i
		}
		for i := 0; i < 40; i += 2 {
			delete(m, key(i))
		}
		deleted(m)
		return call{symbol: "main.deleted", args: values{
			{"m[\"key-39\"]", 39}, {"m[\"key-2\"]", missing("no key")}, {"len(m)", 20},
		}}
	}},
	{name: "small keys", run: func(n int) call {
		smallKeys(map[uint8]bool{7: true, 9: false}, map[int32]item{-5: {"SKU", 1, int64(n)}})
		return call{symbol: "main.smallKeys", args: values{
			{"a[7]", true}, {"b[-5].Price", n}, {"b[-5].SKU", "SKU"},
		}}
	}},
	{name: "small keys that are not there", run: func(n int) call {
		absentKeys(map[uint8]bool{7: true, 9: false}, map[int16]*item{5: nil})
		return call{symbol: "main.absentKeys", args: values{{"a[8]", missing("no key")}, {"b[5].SKU", missing("nil")}}}
	}},
	{name: "wide keys", run: func(n int) call {
		wideKeys(map[uint64]*item{1 << 63: {Price: int64(n)}}, map[level][]string{2: {"x", "y"}})
		return call{symbol: "main.wideKeys", args: values{
			{"c[9223372036854775808].Price", n}, {"d[2][1]", "y"}, {"len(d[2])", 2}, {"d[2][2]", missing("range")},
		}}
	}},
}

func key(i int) string { return "key-" + strconv.Itoa(i) }

// entry is what is shown of an entry of a map of so many: its value, if it is there and the map is searched at all.
func entry(size int, isThere bool, value interface{}) interface{} {
	if size > searched {
		return notSearched(size)
	}
	if !isThere {
		return missing("no key")
	}
	return value
}

//go:noinline
func mapOfTexts(m map[string]string) { sink += len(m) }

//go:noinline
func mapOfNumbers(m map[string]int) { sink += len(m) + 1 }

//go:noinline
func mapOfItems(m map[int]item) { sink += len(m) + 2 }

//go:noinline
func nilMaps(m map[string]string, p map[int]item) { sink += len(m) + len(p) }

//go:noinline
func growing(m map[int]string) { sink += len(m) + 3 }

//go:noinline
func deleted(m map[string]int) { sink += len(m) + 4 }

//go:noinline
func smallKeys(a map[uint8]bool, b map[int32]item) { sink += len(a) + len(b) }

//go:noinline
func absentKeys(a map[uint8]bool, b map[int16]*item) { sink += len(a) + len(b) + 1 }

//go:noinline
func wideKeys(c map[uint64]*item, d map[level][]string) { sink += len(c) + len(d) }
