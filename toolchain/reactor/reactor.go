// Package reactor is the outside of the WebAssembly modules that run OPA's code: a
// WASI reactor that answers JSON with JSON.
//
// A host calls _initialize once, asks rt_alloc for room, writes one request into it and
// calls rt_call; the answer stays valid until the next call. A module needs neither a
// file system nor a network: sources come in with the request and everything it makes
// goes out with the answer.
package reactor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"unsafe"
)

// The codes of a failure that every module knows.
const (
	CodeRequest = "bad_request"   // the request itself is wrong
	CodePolicy  = "policy_errors" // the policies are; issues say where
	CodeFailed  = "failed"        // an error without a place
	CodePanic   = "panic"         // a bug here or in OPA
)

// Response is the answer to one request.
type Response struct {
	OK     bool     `json:"ok"`
	Result any      `json:"result,omitempty"`
	Error  *Failure `json:"error,omitempty"`
}

// Failure says why there is no result.
type Failure struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Issues  []Issue `json:"issues"`
}

// Issue is one thing wrong with a policy, and its place (1-based; 0 when OPA gives none).
type Issue struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	File    string   `json:"file"`
	Row     int      `json:"row"`
	Col     int      `json:"col"`
	Allowed []string `json:"allowed,omitempty"`
	// Builtin is the built-in function that is not available.
	Builtin string `json:"builtin,omitempty"`
}

var handler func(request []byte) Response

// Serve says what answers requests; a module calls it from an initialiser, because a
// reactor's main is not called.
func Serve(handle func(request []byte) Response) { handler = handle }

// The host addresses linear memory by number, which the garbage collector does not
// see. These two variables keep what the host still needs alive.
var (
	requestBuffer  []byte
	responseBuffer []byte
)

// alloc returns the address of a buffer of size bytes for the next request. It
// replaces the previous one.
//
//go:wasmexport rt_alloc
func alloc(size uint32) uint32 {
	requestBuffer = make([]byte, max(size, 1))
	return address(requestBuffer)
}

// call handles the request in the first size bytes of the buffer from alloc, and
// returns the answer's address in the upper and its length in the lower 32 bits.
//
//go:wasmexport rt_call
func call(size uint32) uint64 {
	request := requestBuffer[:min(int(size), len(requestBuffer))]
	responseBuffer = encode(safely(request))
	requestBuffer = nil
	return uint64(address(responseBuffer))<<32 | uint64(len(responseBuffer))
}

// safely turns a panic into an answer: a panic that reaches the host ends the
// instance without saying why.
func safely(request []byte) (answer Response) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = Response{Error: &Failure{
				Code:    CodePanic,
				Message: fmt.Sprintf("%v\n%s", reason, debug.Stack()),
				Issues:  []Issue{},
			}}
		}
	}()
	return handler(request)
}

func encode(answer Response) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		// Only a value OPA made can be at fault, never the failure itself.
		return encode(Response{Error: &Failure{Code: CodeFailed, Message: err.Error(), Issues: []Issue{}}})
	}
	return out.Bytes()
}

func address(buffer []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(buffer))))
}
