package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"gate/reactor"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
	"github.com/open-policy-agent/opa/v1/version"
)

// The codes of a failure. src/policy/toolchain/protocol.ts has the same list.
const (
	codeRequest = reactor.CodeRequest
	codePolicy  = reactor.CodePolicy
	codeFailed  = reactor.CodeFailed
	codeArchive = "bad_archive" // a package cannot be read
)

// source is one Rego file.
type source struct {
	Path   string `json:"path"`
	Source string `json:"source"`
	// Rego is "any" for a file that may be of version 0, as policies of Conftest may be.
	Rego string `json:"rego,omitempty"`
}

// request is the union of the fields of all operations.
type request struct {
	Op           string                     `json:"op"`
	Modules      []source                   `json:"modules"`
	Capabilities json.RawMessage            `json:"capabilities"`
	Strict       bool                       `json:"strict"`
	InputSchemas map[string]json.RawMessage `json:"inputSchemas"`
	Entrypoints  []string                   `json:"entrypoints"`
	Data         json.RawMessage            `json:"data"`
	Run          string                     `json:"run"`
	TestFiles    []string                   `json:"testFiles"`
	Coverage     bool                       `json:"coverage"`
	TimeoutMs    int64                      `json:"timeoutMs"`
	Name         string                     `json:"name"`
	Args         []string                   `json:"args"`
	TimeNs       string                     `json:"timeNs"`
	Evaluation   int64                      `json:"evaluation"`
	Files        []source                   `json:"files"`
	Revision     string                     `json:"revision"`
	Metadata     map[string]any             `json:"metadata"`
	Archive      []byte                     `json:"archive"`
	Key          string                     `json:"key"`
	KeyID        string                     `json:"keyId"`
	Algorithm    string                     `json:"algorithm"`
}

type (
	response = reactor.Response
	failure  = reactor.Failure
	issue    = reactor.Issue
)

// issues is an error that carries places.
type issues []issue

func (list issues) Error() string {
	return fmt.Sprintf("%d policy error(s)", len(list))
}

// requestError says that the caller sent something it should not have.
type requestError struct{ message string }

func (err requestError) Error() string { return err.message }

func badRequest(format string, args ...any) error {
	return requestError{fmt.Sprintf(format, args...)}
}

var operations = map[string]func(*request) (any, error){
	"version":      versions,
	"capabilities": capabilities,
	"inspect":      inspect,
	"check":        check,
	"build":        build,
	"test":         test,
	"buildTests":   buildTests,
	"format":       formatSources,
	"builtin":      callBuiltin,
	"mutants":      mutants,
	"bundle":       bundleSources,
	"sign":         sign,
	"verify":       verify,
	"readBundle":   readBundle,
}

func handle(input []byte) response {
	var req request
	// Numbers keep their text: a policy may tell 1 from 1.0 and count beyond 2^53.
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return failed(badRequest("the request is not valid: %v", err))
	}
	operation, ok := operations[req.Op]
	if !ok {
		return failed(badRequest("unknown operation %q", req.Op))
	}
	result, err := operation(&req)
	if err != nil {
		return failed(err)
	}
	return response{OK: true, Result: result}
}

func failed(err error) response {
	failure := &failure{Code: codeFailed, Message: err.Error(), Issues: []issue{}}
	var wrong requestError
	var archive archiveError
	var list issues
	var one *ast.Error
	var many ast.Errors
	switch {
	case errors.As(err, &wrong):
		failure.Code = codeRequest
	case errors.As(err, &archive):
		failure.Code = codeArchive
	case errors.As(err, &list):
		failure.Code, failure.Issues = codePolicy, list
	case errors.As(err, &many):
		failure.Code, failure.Issues = codePolicy, toIssues(many)
	case errors.As(err, &one):
		failure.Code, failure.Issues = codePolicy, toIssues(ast.Errors{one})
	}
	return response{Error: failure}
}

func toIssues(list ast.Errors) issues {
	out := make(issues, 0, len(list))
	for _, err := range list {
		out = append(out, toIssue(err))
	}
	return out
}

func toIssue(err *ast.Error) issue {
	out := issue{Code: err.Code, Message: err.Message}
	if loc := err.Location; loc != nil {
		out.File, out.Row, out.Col = loc.File, loc.Row, loc.Col
	}
	if detail, ok := err.Details.(*ast.RefErrInvalidDetail); ok {
		for _, value := range detail.OneOf {
			if name, ok := value.(ast.String); ok {
				out.Allowed = append(out.Allowed, string(name))
			}
		}
	}
	return out
}

// parse reads all modules as Rego v1, and reports the errors of all of them. One that may
// be of version 0 is of that version where it is not of version 1.
func parse(sources []source) (map[string]*ast.Module, error) {
	modules := make(map[string]*ast.Module, len(sources))
	var errs ast.Errors
	for _, src := range sources {
		if _, twice := modules[src.Path]; twice {
			return nil, badRequest("module path %q is given twice", src.Path)
		}
		module, err := ast.ParseModuleWithOpts(src.Path, src.Source, parserOptions())
		if err != nil && src.Rego == "any" {
			options := parserOptions()
			options.RegoVersion = ast.RegoV0
			if older, olderErr := ast.ParseModuleWithOpts(src.Path, src.Source, options); olderErr == nil {
				module, err = older, nil
			}
		}
		var list ast.Errors
		switch {
		case errors.As(err, &list):
			errs = append(errs, list...)
		case err != nil:
			errs = append(errs, ast.NewError(ast.ParseErr, ast.NewLocation(nil, src.Path, 1, 1), "%v", err))
		case module == nil:
			errs = append(errs, ast.NewError(ast.ParseErr, ast.NewLocation(nil, src.Path, 1, 1), "empty module"))
		}
		modules[src.Path] = module
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return modules, nil
}

func parserOptions() ast.ParserOptions {
	return ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true}
}

// parseCapabilities returns OPA's own capabilities, without network, if none are given.
func parseCapabilities(raw json.RawMessage) (*ast.Capabilities, error) {
	if len(raw) == 0 {
		return withoutNetwork(), nil
	}
	if bytes.Equal(raw, lastCapabilities.raw) {
		return lastCapabilities.parsed, nil
	}
	given, err := ast.LoadCapabilitiesJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, badRequest("the capabilities are not valid: %v", err)
	}
	lastCapabilities.raw, lastCapabilities.parsed = bytes.Clone(raw), given
	return given, nil
}

// withoutNetwork is everything OPA has, without network. Collecting it takes longer than
// most calls of a built-in. Nothing changes it.
var withoutNetwork = sync.OnceValue(func() *ast.Capabilities {
	own := ast.CapabilitiesForThisVersion()
	own.AllowNet = []string{}
	return own
})

// lastCapabilities are those of the request before, which are most often those of the
// next. Reading them takes as long as compiling a gate. Nothing changes them.
var lastCapabilities struct {
	raw    json.RawMessage
	parsed *ast.Capabilities
}

// decodeJSON is OPA's own reading of JSON: numbers keep their text.
func decodeJSON(raw json.RawMessage) (any, error) {
	var value any
	if err := util.UnmarshalJSON(raw, &value); err != nil {
		return nil, badRequest("%v", err)
	}
	return value, nil
}

func versions(*request) (any, error) {
	return map[string]string{"opa": version.Version, "go": runtime.Version(), "rego": ast.RegoV1.String()}, nil
}
