// Command lint is Regal, the linter of Rego, behind one JSON call, built to one
// WebAssembly file:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared
//
// It is apart from the toolchain because Regal fits one version of OPA only, which is not
// the toolchain's. Package reactor says how a host calls it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"gate/reactor"
)

func init() { reactor.Serve(handle) }

// main is not called: a reactor only runs its initialisers.
func main() {}

// source is one Rego file.
type source struct {
	Path   string `json:"path"`
	Source string `json:"source"`
}

type request struct {
	Op string `json:"op"`
	// Modules have paths from the root of the project, which Regal's patterns of ignored
	// files refer to, with a slash in front.
	Modules []source `json:"modules"`
	// Config is the text of a configuration of Regal's.
	Config string `json:"config"`
	// Rules are rules of the project's own.
	Rules []source `json:"rules"`
}

// requestError says that the caller sent something it should not have.
type requestError struct{ message string }

func (err requestError) Error() string { return err.message }

func badRequest(format string, args ...any) error {
	return requestError{fmt.Sprintf(format, args...)}
}

// codeConfig marks a failure that the project's configuration of Regal is the cause of.
const codeConfig = "bad_config"

type configError struct{ cause error }

func (err configError) Error() string {
	return fmt.Sprintf("the configuration of Regal is not valid: %v", err.cause)
}

func handle(input []byte) reactor.Response {
	var req request
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return failed(badRequest("the request is not valid: %v", err))
	}
	if req.Op != "lint" {
		return failed(badRequest("unknown operation %q", req.Op))
	}
	result, err := lint(&req)
	if err != nil {
		return failed(err)
	}
	return reactor.Response{OK: true, Result: result}
}

func failed(err error) reactor.Response {
	failure := &reactor.Failure{Code: reactor.CodeFailed, Message: err.Error(), Issues: []reactor.Issue{}}
	var wrong requestError
	var config configError
	var many ast.Errors
	switch {
	case errors.As(err, &wrong):
		failure.Code = reactor.CodeRequest
	case errors.As(err, &config):
		failure.Code = codeConfig
	case errors.As(err, &many):
		failure.Code = reactor.CodePolicy
		for _, one := range many {
			issue := reactor.Issue{Code: one.Code, Message: one.Message}
			if at := one.Location; at != nil {
				issue.File, issue.Row, issue.Col = at.File, at.Row, at.Col
			}
			failure.Issues = append(failure.Issues, issue)
		}
	}
	return reactor.Response{Error: failure}
}
