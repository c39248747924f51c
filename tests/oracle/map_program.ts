/**
 * The Go program whose maps tests/oracle/map_layout_test.ts finds in its memory.
 *
 * @module
 */

/** Fills maps, prints one JSON object a line for each (`PrintedMap` of the test), and waits until its input ends. */
export const MAP_PROGRAM: Readonly<Record<string, string>> = {
  "main.go": `package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/ioutil"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

type Point struct{ X, Y int32 }

// Inline has just as many bytes as are kept in a map itself, Large more.
type Inline [16]uint64
type Large [17]uint64
type Named map[string]Point

type entry struct{ Key, Element string }

type printed struct {
	Type    string
	Size    int
	Header  uintptr
	Entries []entry
}

// The bytes of a value as they lie in memory.
func raw(value reflect.Value) string {
	place := reflect.New(value.Type())
	place.Elem().Set(value)
	var text strings.Builder
	for i := uintptr(0); i < value.Type().Size(); i++ {
		b := *(*byte)(unsafe.Pointer(place.Pointer() + i))
		text.WriteString(hex.EncodeToString([]byte{b}))
	}
	return text.String()
}

var kept []interface{}
var output = json.NewEncoder(os.Stdout)

func show(m interface{}) {
	kept = append(kept, m)
	value := reflect.ValueOf(m)
	line := printed{Type: value.Type().String(), Size: value.Len(), Header: value.Pointer()}
	for iterator := value.MapRange(); iterator.Next(); {
		line.Entries = append(line.Entries, entry{raw(iterator.Key()), raw(iterator.Value())})
	}
	if err := output.Encode(line); err != nil {
		panic(err)
	}
}

func fill(count int) {
	texts := map[string]int{}
	sets := map[string]struct{}{}
	small := map[uint8]uint64{}
	slices := map[uint64][]string{}
	points := map[Point]bool{}
	inline := map[Inline]Inline{}
	keys := map[Large]int16{}
	elements := map[int16]Large{}
	large := map[Large]Large{}
	faces := map[interface{}]*int{}
	named := Named{}
	nested := map[string]map[string]string{}
	for i := 0; i < count; i++ {
		text := strconv.Itoa(i)
		texts[text] = i
		sets[text] = struct{}{}
		small[uint8(i)] = uint64(i) << 32
		slices[uint64(i)*0x10001] = []string{text}
		points[Point{int32(i), int32(-i)}] = i%3 == 0
		inline[Inline{uint64(i)}] = Inline{0, uint64(i)}
		keys[Large{uint64(i)}] = int16(i)
		elements[int16(i)] = Large{0, 0, uint64(i)}
		large[Large{1: uint64(i)}] = Large{16: uint64(i)}
		if i%2 == 0 {
			faces[i] = new(int)
		} else {
			faces[text] = nil
		}
		named[text] = Point{int32(i), 1}
		nested[text] = map[string]string{text: text}
	}
	show(texts)
	show(sets)
	show(small)
	show(slices)
	show(points)
	show(inline)
	show(keys)
	show(elements)
	show(large)
	show(faces)
	show(named)
	show(nested)
}

func main() {
	show(map[string]int(nil))
	show(make(map[string]int, 100))
	// 850 are just more than 128 buckets of the old design may hold: they grow.
	for _, count := range []int{0, 1, 3, 8, 9, 64, 850, 1000} {
		fill(count)
	}
	// Entries that come and go leave the marks of what was deleted; the old design grows into as many buckets then, and
	// is shown while it does: its flag is the 8 in its ninth byte.
	moving := map[int]string{}
	header := unsafe.Pointer(reflect.ValueOf(moving).Pointer())
	for i := 0; i < 500000; i++ {
		moving[i] = strconv.Itoa(i)
		delete(moving, i-100)
		growing := *(*uintptr)(unsafe.Pointer(uintptr(header) + 24)) != 0
		if growing && *(*uint8)(unsafe.Pointer(uintptr(header) + 8))&8 != 0 {
			break
		}
	}
	show(moving)
	fmt.Println("done")
	_, _ = io.Copy(ioutil.Discard, os.Stdin)
	println(len(kept))
}
`,
};
