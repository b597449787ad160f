package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unsafe"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/util"
)

// codeUnsupportedBuiltin marks a call of a built-in that exists in OPA but not in
// the capabilities of the request.
const codeUnsupportedBuiltin = "unsupported_builtin"

// check compiles all modules together and reports every error. With input schemas,
// a reference to an input field that the schema of its package does not have is one.
func check(req *request) (any, error) {
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	caps, err := parseCapabilities(req.Capabilities)
	if err != nil {
		return nil, err
	}
	schemas, err := annotateInputs(modules, req)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().
		WithCapabilities(caps).
		WithStrict(req.Strict).
		WithSchemas(schemas).
		WithUseTypeCheckAnnotations(true)
	if err := compileAll(compiler, modules); err != nil {
		return nil, err
	}
	return map[string]any{}, nil
}

// annotateInputs gives every package in req.InputSchemas a package-scope annotation
// `schemas: [{input: schema.gate[<package>]}]`, as if its author had written it, and
// returns the schemas under those names. A schema the author has annotated for
// `input` on a rule still wins over it: OPA prefers the narrower scope.
func annotateInputs(modules map[string]*ast.Module, req *request) (*ast.SchemaSet, error) {
	set := ast.NewSchemaSet()
	for _, name := range util.KeysSorted(req.InputSchemas) {
		schema, err := decodeJSON(req.InputSchemas[name])
		if err != nil {
			return nil, err
		}
		ref := ast.SchemaRootRef.Append(ast.StringTerm("gate")).Append(ast.StringTerm(name))
		set.Put(ref, schema)

		var inPackage []*ast.Module
		for _, src := range req.Modules {
			if module := modules[src.Path]; module.Package.Path.String() == name {
				inPackage = append(inPackage, module)
			}
		}
		if len(inPackage) == 0 {
			return nil, badRequest("there is an input schema for %s, but no module of that package", name)
		}
		annotations := packageAnnotations(inPackage)
		// First in the list, so that the author's own entries refine it.
		annotations.Schemas = slices.Insert(annotations.Schemas, 0,
			&ast.SchemaAnnotation{Path: ast.InputRootRef, Schema: ref})
	}
	return set, nil
}

// packageAnnotations finds the annotation of a package. OPA allows only one for all
// its modules together, so a new one goes into the first module if none has one.
func packageAnnotations(inPackage []*ast.Module) *ast.Annotations {
	for _, module := range inPackage {
		for _, annotations := range module.Annotations {
			if annotations.Scope == "package" {
				return annotations
			}
		}
	}
	pkg := inPackage[0].Package
	annotations := (&ast.Annotations{Scope: "package", Location: pkg.Location}).Copy(pkg)
	inPackage[0].Annotations = append(inPackage[0].Annotations, annotations)
	return annotations
}

var undefinedFunction = regexp.MustCompile(`^undefined function (\S+)$`)

// compileAll compiles and translates "undefined function" into what it means when
// OPA itself has that function.
func compileAll(compiler *ast.Compiler, modules map[string]*ast.Module) error {
	compiler.Compile(modules)
	if !compiler.Failed() {
		return nil
	}
	list := toIssues(compiler.Errors)
	for i := range list {
		match := undefinedFunction.FindStringSubmatch(list[i].Message)
		if match == nil || ast.BuiltinMap[match[1]] == nil {
			continue
		}
		list[i].Code = codeUnsupportedBuiltin
		list[i].Message = fmt.Sprintf("built-in function %s is not available", match[1])
	}
	return list
}

// compiled is a policy as WebAssembly.
type compiled struct {
	Wasm        string   `json:"wasm"`
	Entrypoints []string `json:"entrypoints"`
	Builtins    []string `json:"builtins"`
}

// build compiles modules to one WebAssembly module with exactly the given entrypoints.
func build(req *request) (any, error) {
	if len(req.Entrypoints) == 0 {
		return nil, badRequest("a build needs at least one entrypoint")
	}
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	caps, err := parseCapabilities(req.Capabilities)
	if err != nil {
		return nil, err
	}
	// The sources as written must compile against the capabilities as given. The
	// errors of this compilation have places; those of the next one often do not.
	compiler := ast.NewCompiler().WithCapabilities(caps)
	if err := compileAll(compiler, modules); err != nil {
		return nil, err
	}
	if err := renameBuiltins(modules, caps, req.Renames); err != nil {
		return nil, err
	}

	var files bundle.Bundle
	files.Manifest.Init()
	files.Data = map[string]any{}
	files.SetRegoVersion(ast.RegoV1)
	for _, path := range util.KeysSorted(modules) {
		files.Modules = append(files.Modules, bundle.ModuleFile{
			URL: path, Path: path, Parsed: modules[path], Raw: []byte{},
		})
	}
	// Pruning is not an optimisation here: without it every rule that depends on an
	// entrypoint, a test for example, becomes an entrypoint too.
	target := compile.New().
		WithTarget(compile.TargetWasm).
		WithBundle(&files).
		WithEntrypoints(req.Entrypoints...).
		WithPruneUnused(true).
		WithOptimizationLevel(0).
		WithRegoVersion(ast.RegoV1).
		WithCapabilities(caps)
	if err := target.Build(context.Background()); err != nil {
		return nil, err
	}
	return compiled{
		Wasm:        base64.StdEncoding.EncodeToString(target.Bundle().WasmModules[0].Raw),
		Entrypoints: slices.Sorted(slices.Values(req.Entrypoints)),
		Builtins:    hostBuiltins(target),
	}, nil
}

// renameBuiltins rewrites the calls of built-ins in modules, and declares the new
// names in caps. Which calls those are is OPA's own decision: a rule or an import
// may have the name of a built-in.
func renameBuiltins(modules map[string]*ast.Module, caps *ast.Capabilities, renames map[string]string) error {
	if len(renames) == 0 {
		return nil
	}
	byName := make(map[string]*ast.Builtin, len(caps.Builtins))
	for _, builtin := range caps.Builtins {
		byName[builtin.Name] = builtin
	}
	for _, from := range util.KeysSorted(renames) {
		original, ok := byName[from]
		if !ok {
			return badRequest("cannot rename %s: it is not in the capabilities", from)
		}
		to := renames[from]
		if byName[to] != nil || ast.BuiltinMap[to] != nil {
			return badRequest("cannot rename %s to %s: there is a built-in of that name", from, to)
		}
		renamed := *original
		renamed.Name = to
		byName[to] = &renamed
		caps.Builtins = append(caps.Builtins, &renamed)
	}

	calls, err := builtinCalls(modules)
	if err != nil {
		return err
	}
	type place struct {
		file   string
		offset int
	}
	targets := map[place]string{}
	for _, call := range calls {
		if to, ok := renames[call.name]; ok {
			targets[place{call.location.File, call.location.Offset}] = to
		}
	}
	for _, module := range modules {
		visitOperators(module, func(operator *ast.Term) {
			loc := operator.Location
			if loc == nil || !isBuiltinRef(operator.Value) {
				return
			}
			if to, ok := targets[place{loc.File, loc.Offset}]; ok && renames[operator.Value.String()] == to {
				operator.Value = operatorRef(to)
			}
		})
	}
	return nil
}

// operatorRef is the form the parser gives the operator of a call: `gate.sprintf` is
// the variable gate and the string "sprintf".
func operatorRef(name string) ast.Ref {
	parts := strings.Split(name, ".")
	ref := ast.Ref{ast.VarTerm(parts[0])}
	for _, part := range parts[1:] {
		ref = append(ref, ast.StringTerm(part))
	}
	return ref
}

// hostBuiltins names what the module asks its host for: all built-ins of the plan
// that the code generator does not implement itself.
func hostBuiltins(target *compile.Compiler) []string {
	// The plan is a private field, and planning twice would cost as much as compiling
	// twice. If a later OPA renames it, Pointer panics and the first test fails.
	field := reflect.ValueOf(target).Elem().FieldByName("policy")
	plan := (*ir.Policy)(unsafe.Pointer(field.Pointer()))
	names := []string{}
	for _, builtin := range plan.Static.BuiltinFuncs {
		if !isNative(builtin.Name) {
			names = append(names, builtin.Name)
		}
	}
	return names
}
