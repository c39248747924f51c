package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// call is what is true of a call of a function: the expressions that are asked for, in order, and their values. Both
// the probe's text and the expected output are made of it, so they cannot differ.
type call struct {
	symbol        string
	args, results values
	// Whether nothing is asked for: then all arguments are shown.
	unasked bool
	// The goroutine that made it; 0 is the one that prints it.
	goid int
}

// listed is a line of --list-probes.
type listed struct {
	Name     string `json:"name"`
	Probe    string `json:"probe"`
	Stripped bool   `json:"stripped"`
}

// truth is the line of one call.
type truth struct {
	name string
	call call
}

// values are pairs of an expression and its value.
type values []pair
type pair struct {
	expression string
	value      interface{}
}

// probe is the text that asks for the expressions of the call.
func (c call) probe() string {
	if c.unasked {
		return c.symbol
	}
	text := c.symbol + "(" + c.args.expressions() + ")"
	if len(c.results) > 0 {
		text += " -> (" + c.results.expressions() + ")"
	}
	return text
}

func (v values) expressions() string {
	var all []string
	for _, pair := range v {
		all = append(all, pair.expression)
	}
	return strings.Join(all, ", ")
}

// MarshalJSON has the keys in their order.
func (v values) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	text.WriteByte('{')
	for i, pair := range v {
		if i > 0 {
			text.WriteByte(',')
		}
		key, err := json.Marshal(pair.expression)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(pair.value)
		if err != nil {
			return nil, err
		}
		text.Write(key)
		text.WriteByte(':')
		text.Write(value)
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// MarshalJSON has the results only where some are asked for.
func (t truth) MarshalJSON() ([]byte, error) {
	by := t.call.goid
	if by == 0 {
		by = goid()
	}
	line := values{{"case", t.name}, {"symbol", t.call.symbol}, {"goid", by}, {"args", t.call.args}}
	if len(t.call.results) > 0 {
		line = append(line, pair{"results", t.call.results})
	}
	return line.MarshalJSON()
}

// missing is a value that is not there, and why.
func missing(reason string) values { return values{{"$missing", reason}} }

// notSearched is an entry of a map that is too large to be searched.
func notSearched(entries int) values {
	return values{{"$missing", "not searched"}, {"$entries", entries}}
}

// dynamic is an interface whose dynamic type is known.
func dynamic(typeName string, value interface{}) values {
	return values{{"$type", typeName}, {"value", value}}
}

// address is a pointer as it is printed; nil is null.
func address(pointer interface{}) interface{} {
	text := fmt.Sprintf("%p", pointer)
	if text == "%!p(<nil>)" || text == "0x0" {
		return nil
	}
	return text
}

// instant is a time as it is printed.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// goid is the ID of this goroutine, which only a stack trace tells.
func goid() int {
	buffer := make([]byte, 64)
	buffer = buffer[:runtime.Stack(buffer, false)]
	n, err := strconv.Atoi(strings.Fields(string(buffer))[1])
	if err != nil {
		panic(err)
	}
	return n
}
