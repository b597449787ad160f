package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"slices"
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
	compiler := func() *ast.Compiler {
		return ast.NewCompiler().
			WithCapabilities(caps).
			WithSchemas(schemas).
			WithUseTypeCheckAnnotations(true)
	}
	if err := compileAll(compiler().WithStrict(req.Strict), modules); err != nil {
		return nil, err
	}
	// A compiler works on copies, so these are still the modules as they were parsed.
	if len(req.InputSchemas) > 0 && replaceEvery(modules) {
		if err := compileAll(compiler(), modules); err != nil {
			return nil, err
		}
	}
	return map[string]any{}, nil
}

// replaceEvery rewrites `every k, v in domain { body }` to the comprehension
// `[true | some k, v in domain; body]`, and reports whether there was one. OPA gives
// the variables of `every` the type any, so a misspelt field in its body would pass;
// those of a comprehension have the type of what they range over. The result is only
// good for checking types.
func replaceEvery(modules map[string]*ast.Module) bool {
	found := false
	for _, module := range modules {
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			every, ok := expr.Terms.(*ast.Every)
			if !ok {
				return false
			}
			found = true
			in, variables := ast.Member.Call(every.Value, every.Domain), ast.ArrayTerm(every.Value)
			if every.Key != nil {
				in = ast.MemberWithKey.Call(every.Key, every.Value, every.Domain)
				variables = ast.ArrayTerm(every.Key, every.Value)
			}
			// Unlike those of `every`, the variables of `some` have to be used.
			body := append(ast.Body{
				ast.NewExpr(&ast.SomeDecl{Symbols: []*ast.Term{in}, Location: expr.Location}),
				ast.NewExpr(variables),
			}, every.Body...)
			for i, part := range body {
				part.Index = i
				if part.Location == nil {
					part.Location = expr.Location
				}
			}
			in.Location, variables.Location = expr.Location, expr.Location
			comprehension := ast.ArrayComprehensionTerm(ast.BooleanTerm(true), body)
			comprehension.Location = expr.Location
			expr.Terms = comprehension
			return false
		})
	}
	return found
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
	// Without a limit OPA stops after ten errors.
	compiler.SetErrorLimit(0).Compile(modules)
	if !compiler.Failed() {
		return nil
	}
	list := toIssues(compiler.Errors)
	for i := range list {
		match := undefinedFunction.FindStringSubmatch(list[i].Message)
		if match == nil || ast.BuiltinMap[match[1]] == nil {
			continue
		}
		list[i].Code, list[i].Builtin = codeUnsupportedBuiltin, match[1]
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
	return buildWasm(modules, caps, req.Entrypoints)
}

// buildWasm compiles modules that have been parsed.
func buildWasm(modules map[string]*ast.Module, caps *ast.Capabilities, entrypoints []string) (compiled, error) {
	// OPA also formats the sources of the bundle it returns. Only its WebAssembly is of use
	// here, so there is next to nothing to format.
	unread := []byte("package unread")
	var files bundle.Bundle
	files.Manifest.Init()
	files.Data = map[string]any{}
	files.SetRegoVersion(ast.RegoV1)
	for _, path := range util.KeysSorted(modules) {
		files.Modules = append(files.Modules, bundle.ModuleFile{
			URL: path, Path: path, Parsed: modules[path], Raw: unread,
		})
	}
	// Pruning is not an optimisation here: without it every rule that depends on an
	// entrypoint, a test for example, becomes an entrypoint too.
	target := compile.New().
		WithTarget(compile.TargetWasm).
		WithBundle(&files).
		WithEntrypoints(entrypoints...).
		WithPruneUnused(true).
		WithOptimizationLevel(0).
		WithRegoVersion(ast.RegoV1).
		WithCapabilities(caps)
	if err := target.Build(context.Background()); err != nil {
		// These errors often have no place; those of the sources on their own have one.
		if placed := compileAll(ast.NewCompiler().WithCapabilities(caps), modules); placed != nil {
			return compiled{}, placed
		}
		return compiled{}, err
	}
	return compiled{
		Wasm:        base64.StdEncoding.EncodeToString(target.Bundle().WasmModules[0].Raw),
		Entrypoints: slices.Sorted(slices.Values(entrypoints)),
		Builtins:    hostBuiltins(target),
	}, nil
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
