// Command toolchain is the official Open Policy Agent compiler, type checker,
// test runner and formatter behind one JSON call, built to one WebAssembly file:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared
//
// Package reactor says how a host calls it.
package main

import "gate/reactor"

func init() { reactor.Serve(handle) }

// main is not called: a reactor only runs its initialisers.
func main() {}
