// Offsets prints where the fields of some types are, as JSON, from two sources that have nothing to do with
// gohttpsnoop: the compiler's own unsafe.Offsetof and unsafe.Sizeof for exported fields, and what Go's debug/dwarf reads
// out of the DWARF of the executables that are named. It is the oracle that the type readers are compared with.
//
//	offsets PATH...
//
// Built and run by every Go from 1.12 on, so it uses nothing that is newer.
package main

import (
	"crypto/tls"
	"debug/dwarf"
	"debug/elf"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"unsafe"
)

// The structs whose fields gohttpsnoop reads, in any Go version.
var wanted = map[string]bool{
	"net/http.Request":                            true,
	"net/http.Response":                           true,
	"net/http.Server":                             true,
	"net/url.URL":                                 true,
	"net/url.Userinfo":                            true,
	"crypto/tls.ConnectionState":                  true,
	"net/http.response":                           true,
	"net/http.conn":                               true,
	"net/http.http2responseWriter":                true,
	"net/http.http2responseWriterState":           true,
	"net/http.http2serverConn":                    true,
	"net/http/internal/http2.responseWriter":      true,
	"net/http/internal/http2.responseWriterState": true,
	"net/http/internal/http2.serverConn":          true,
	"runtime.g":                                   true,
	"runtime.m":                                   true,
}

type field struct {
	Name   string `json:"name"`
	Offset int64  `json:"offset"`
	Type   string `json:"type"`
}

type layout struct {
	Size   int64   `json:"size"`
	Fields []field `json:"fields"`
}

type answer struct {
	Go       string             `json:"go"`
	Offsetof map[string]uintptr `json:"offsetof"`
	Sizeof   map[string]uintptr `json:"sizeof"`
	// By path.
	Dwarf map[string]map[string]layout `json:"dwarf"`
	// The names of all types in the DWARF, by path.
	Names map[string][]string `json:"names"`
}

func main() {
	result := answer{
		Go:       runtime.Version(),
		Offsetof: offsets(),
		Sizeof:   sizes(),
		Dwarf:    map[string]map[string]layout{},
		Names:    map[string][]string{},
	}
	for _, path := range os.Args[1:] {
		layouts, names, err := read(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, path+":", err)
			os.Exit(1)
		}
		result.Dwarf[path], result.Names[path] = layouts, names
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func offsets() map[string]uintptr {
	var request http.Request
	var response http.Response
	var address url.URL
	var state tls.ConnectionState
	return map[string]uintptr{
		"net/http.Request.Method":                       unsafe.Offsetof(request.Method),
		"net/http.Request.URL":                          unsafe.Offsetof(request.URL),
		"net/http.Request.Proto":                        unsafe.Offsetof(request.Proto),
		"net/http.Request.Header":                       unsafe.Offsetof(request.Header),
		"net/http.Request.ContentLength":                unsafe.Offsetof(request.ContentLength),
		"net/http.Request.Host":                         unsafe.Offsetof(request.Host),
		"net/http.Request.RemoteAddr":                   unsafe.Offsetof(request.RemoteAddr),
		"net/http.Request.RequestURI":                   unsafe.Offsetof(request.RequestURI),
		"net/http.Request.TLS":                          unsafe.Offsetof(request.TLS),
		"net/http.Response.StatusCode":                  unsafe.Offsetof(response.StatusCode),
		"net/http.Response.Header":                      unsafe.Offsetof(response.Header),
		"net/http.Response.Request":                     unsafe.Offsetof(response.Request),
		"net/url.URL.Scheme":                            unsafe.Offsetof(address.Scheme),
		"net/url.URL.Opaque":                            unsafe.Offsetof(address.Opaque),
		"net/url.URL.User":                              unsafe.Offsetof(address.User),
		"net/url.URL.Host":                              unsafe.Offsetof(address.Host),
		"net/url.URL.Path":                              unsafe.Offsetof(address.Path),
		"net/url.URL.RawPath":                           unsafe.Offsetof(address.RawPath),
		"net/url.URL.ForceQuery":                        unsafe.Offsetof(address.ForceQuery),
		"net/url.URL.RawQuery":                          unsafe.Offsetof(address.RawQuery),
		"net/url.URL.Fragment":                          unsafe.Offsetof(address.Fragment),
		"crypto/tls.ConnectionState.Version":            unsafe.Offsetof(state.Version),
		"crypto/tls.ConnectionState.CipherSuite":        unsafe.Offsetof(state.CipherSuite),
		"crypto/tls.ConnectionState.NegotiatedProtocol": unsafe.Offsetof(state.NegotiatedProtocol),
		"crypto/tls.ConnectionState.ServerName":         unsafe.Offsetof(state.ServerName),
	}
}

func sizes() map[string]uintptr {
	return map[string]uintptr{
		"net/http.Request":           unsafe.Sizeof(http.Request{}),
		"net/http.Response":          unsafe.Sizeof(http.Response{}),
		"net/url.URL":                unsafe.Sizeof(url.URL{}),
		"crypto/tls.ConnectionState": unsafe.Sizeof(tls.ConnectionState{}),
	}
}

func read(path string) (map[string]layout, []string, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return nil, nil, err
	}
	layouts := map[string]layout{}
	names := []string{}
	reader := data.Reader()
	for {
		entry, err := reader.Next()
		if err != nil {
			return nil, nil, err
		}
		if entry == nil {
			return layouts, names, nil
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		switch entry.Tag {
		case dwarf.TagStructType:
			if wanted[name] {
				size, _ := entry.Val(dwarf.AttrByteSize).(int64)
				fields, err := members(data, reader)
				if err != nil {
					return nil, nil, err
				}
				layouts[name] = layout{Size: size, Fields: fields}
			}
			names = append(names, name)
		case dwarf.TagSubprogram, dwarf.TagVariable:
			reader.SkipChildren()
		case dwarf.TagTypedef, dwarf.TagPointerType, dwarf.TagArrayType, dwarf.TagBaseType, dwarf.TagSubroutineType, dwarf.TagUnspecifiedType:
			names = append(names, name)
		}
	}
}

// The members of the struct that the reader has just read.
func members(data *dwarf.Data, reader *dwarf.Reader) ([]field, error) {
	fields := []field{}
	for {
		entry, err := reader.Next()
		if err != nil || entry == nil || entry.Tag == 0 {
			return fields, err
		}
		if entry.Tag != dwarf.TagMember {
			continue
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		offset, _ := entry.Val(dwarf.AttrDataMemberLoc).(int64)
		reference, _ := entry.Val(dwarf.AttrType).(dwarf.Offset)
		types := data.Reader()
		types.Seek(reference)
		described, err := types.Next()
		if err != nil {
			return fields, err
		}
		typeName, _ := described.Val(dwarf.AttrName).(string)
		fields = append(fields, field{name, offset, typeName})
	}
}
