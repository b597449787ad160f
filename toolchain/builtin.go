package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// isNative reports whether compiled policies implement a built-in themselves. This is
// the code generator's own table: a copy of the list would be wrong after the next OPA.
//
//go:linkname isNative github.com/open-policy-agent/opa/internal/compiler/wasm.IsWasmEnabled
func isNative(name string) bool

// capabilities returns what this OPA can do, and the built-ins of it that are native
// in compiled policies.
func capabilities(*request) (any, error) {
	own := ast.CapabilitiesForThisVersion()
	native := []string{}
	for _, builtin := range own.Builtins {
		if isNative(builtin.Name) {
			native = append(native, builtin.Name)
		}
	}
	slices.Sort(native)
	return map[string]any{"capabilities": own, "native": native}, nil
}

// callBuiltin calls OPA's own implementation of one built-in. An error in a built-in
// is "undefined" in Rego; its text comes along.
func callBuiltin(req *request) (any, error) {
	function := topdown.GetBuiltin(req.Name)
	if function == nil {
		return nil, badRequest("OPA has no built-in function %q", req.Name)
	}
	declaration := ast.BuiltinMap[req.Name]
	if declaration != nil && len(declaration.Decl.FuncArgs().Args) != len(req.Args) && declaration.Decl.FuncArgs().Variadic == nil {
		return nil, badRequest("%s takes %d arguments, not %d", req.Name, len(declaration.Decl.FuncArgs().Args), len(req.Args))
	}
	operands := make([]*ast.Term, 0, len(req.Args))
	for _, raw := range req.Args {
		native, err := decodeJSON(raw)
		if err != nil {
			return nil, err
		}
		value, err := ast.InterfaceToValue(native)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		operands = append(operands, ast.NewTerm(value))
	}

	// Some built-ins use the cache or the metrics without looking whether there are any.
	scope := topdown.BuiltinContext{
		Context:      context.Background(),
		Time:         ast.NumberTerm(json.Number(strconv.FormatInt(time.Now().UnixNano(), 10))),
		Seed:         rand.Reader,
		Cache:        builtins.Cache{},
		Cancel:       topdown.NewCancel(),
		Metrics:      metrics.New(),
		Capabilities: ast.CapabilitiesForThisVersion(),
	}
	var output *ast.Term
	err := function(scope, operands, func(term *ast.Term) error {
		output = term
		return nil
	})
	if err != nil {
		var halt topdown.Halt
		if errors.As(err, &halt) {
			return nil, err
		}
		return map[string]any{"defined": false, "value": nil, "error": err.Error()}, nil
	}
	if output == nil {
		return map[string]any{"defined": false, "value": nil}, nil
	}
	value, err := ast.JSON(output.Value)
	if err != nil {
		return nil, err
	}
	return map[string]any{"defined": true, "value": value}, nil
}
