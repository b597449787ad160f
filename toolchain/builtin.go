package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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

// capabilities returns what this OPA can do.
func capabilities(*request) (any, error) {
	return ast.CapabilitiesForThisVersion(), nil
}

// evaluation is what the calls of one evaluation share: some built-ins answer the same
// for the same arguments as long as it lasts.
var evaluation struct {
	number int64
	cache  builtins.Cache
}

// callBuiltin calls OPA's own implementation of one built-in. Arguments and value are
// text as in value.go. An error in a
// built-in is "undefined" in Rego; its text comes along.
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
	for _, text := range req.Args {
		operand, err := parseValue(text)
		if err != nil {
			return nil, badRequest("an argument of %s: %v", req.Name, err)
		}
		operands = append(operands, ast.NewTerm(operand))
	}
	now := time.Now()
	if req.TimeNs != "" {
		nanoseconds, err := strconv.ParseInt(req.TimeNs, 10, 64)
		if err != nil {
			return nil, badRequest("timeNs: %v", err)
		}
		now = time.Unix(0, nanoseconds)
	}
	if evaluation.cache == nil || evaluation.number != req.Evaluation {
		evaluation.number, evaluation.cache = req.Evaluation, builtins.Cache{}
	}

	// Some built-ins use the cache or the metrics without looking whether there are any.
	scope := topdown.BuiltinContext{
		Context:      context.Background(),
		Time:         ast.NumberTerm(json.Number(strconv.FormatInt(now.UnixNano(), 10))),
		Seed:         rand.Reader,
		Cache:        evaluation.cache,
		Cancel:       topdown.NewCancel(),
		Metrics:      metrics.New(),
		Capabilities: withoutNetwork(),
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
		return builtinResult{Error: err.Error()}, nil
	}
	// A function whose value is false or undefined may not call back at all.
	if output == nil {
		return builtinResult{}, nil
	}
	return builtinResult{Defined: true, Value: string(appendValue(nil, output.Value))}, nil
}

type builtinResult struct {
	Defined bool   `json:"defined"`
	Value   string `json:"value"`
	Error   string `json:"error,omitempty"`
}
