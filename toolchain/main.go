// Command toolchain is the official Open Policy Agent compiler, type checker,
// test runner and formatter behind one JSON call, built to one WebAssembly file:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared
//
// The result is a WASI reactor. A host calls _initialize once, asks rt_alloc for
// room, writes one request into it and calls rt_call; the answer stays valid until
// the next call. It needs neither a file system nor a network: sources come in with
// the request and everything it makes goes out with the answer.
package main

import (
	"fmt"
	"runtime/debug"
	"unsafe"
)

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
	responseBuffer = encode(safely(func() response { return handle(request) }))
	requestBuffer = nil
	return uint64(address(responseBuffer))<<32 | uint64(len(responseBuffer))
}

// safely turns a panic into an answer: a panic that reaches the host ends the
// instance without saying why.
func safely(work func() response) (answer response) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = response{Error: &failure{
				Code:    codePanic,
				Message: fmt.Sprintf("%v\n%s", reason, debug.Stack()),
			}}
		}
	}()
	return work()
}

func address(buffer []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(buffer))))
}

// main is not called: a reactor only runs its initialisers.
func main() {}
