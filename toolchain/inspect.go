package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

type inspected struct {
	Path        string        `json:"path"`
	Package     string        `json:"package"`
	Row         int           `json:"row"`
	Rules       []ruleInfo    `json:"rules"`
	Imports     []importInfo  `json:"imports"`
	Annotations []annotation  `json:"annotations"`
	Builtins    []builtinInfo `json:"builtins"`
	References  []string      `json:"references"`
}

type ruleInfo struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Default bool   `json:"default"`
	Row     int    `json:"row"`
}

type importInfo struct {
	Path  string `json:"path"`
	Alias string `json:"alias,omitempty"`
	Row   int    `json:"row"`
}

// annotation is a METADATA block, and the package or rule it is attached to.
type annotation struct {
	Scope            string            `json:"scope"`
	Target           string            `json:"target"`
	Row              int               `json:"row"`
	Title            string            `json:"title,omitempty"`
	Description      string            `json:"description,omitempty"`
	Entrypoint       bool              `json:"entrypoint"`
	Organizations    []string          `json:"organizations"`
	Authors          []author          `json:"authors"`
	RelatedResources []relatedResource `json:"relatedResources"`
	Schemas          []schema          `json:"schemas"`
	Custom           map[string]any    `json:"custom"`
	Labels           map[string]any    `json:"labels"`
}

type author struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

type relatedResource struct {
	Ref         string `json:"ref"`
	Description string `json:"description,omitempty"`
}

// schema is a schema by reference or, as definition, in place.
type schema struct {
	Path       string `json:"path"`
	Schema     string `json:"schema,omitempty"`
	Definition *any   `json:"definition,omitempty"`
}

type builtinInfo struct {
	Name  string  `json:"name"`
	Calls []place `json:"calls"`
}

type place struct {
	Row int `json:"row"`
	Col int `json:"col"`
}

// inspect describes modules without compiling them.
func inspect(req *request) (any, error) {
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	resolved, err := resolve(modules)
	if err != nil {
		return nil, err
	}
	calls := callsOf(resolved)
	out := make([]inspected, 0, len(req.Modules))
	for _, src := range req.Modules {
		module := modules[src.Path]
		info := inspected{
			Path:        src.Path,
			Package:     module.Package.Path.String(),
			Row:         module.Package.Location.Row,
			Rules:       []ruleInfo{},
			Imports:     []importInfo{},
			Annotations: []annotation{},
			Builtins:    builtinsOf(src.Path, calls),
			References:  referencesOf(resolved[src.Path]),
		}
		for _, rule := range module.Rules {
			info.Rules = append(info.Rules, ruleInfo{
				Name:    rule.Head.Ref().String(),
				Kind:    kind(rule),
				Default: rule.Default,
				Row:     rule.Location.Row,
			})
		}
		for _, imported := range module.Imports {
			info.Imports = append(info.Imports, importInfo{
				Path:  imported.Path.String(),
				Alias: string(imported.Alias),
				Row:   imported.Location.Row,
			})
		}
		for _, annotations := range module.Annotations {
			info.Annotations = append(info.Annotations, toAnnotation(annotations))
		}
		out = append(out, info)
	}
	return out, nil
}

func toAnnotation(from *ast.Annotations) annotation {
	out := annotation{
		Scope:            from.Scope,
		Target:           from.GetTargetPath().String(),
		Row:              from.Location.Row,
		Title:            from.Title,
		Description:      from.Description,
		Entrypoint:       from.Entrypoint,
		Organizations:    append([]string{}, from.Organizations...),
		Authors:          []author{},
		RelatedResources: []relatedResource{},
		Schemas:          []schema{},
		Custom:           map[string]any{},
		Labels:           map[string]any{},
	}
	maps.Copy(out.Custom, from.Custom)
	maps.Copy(out.Labels, from.Labels)
	for _, person := range from.Authors {
		out.Authors = append(out.Authors, author{Name: person.Name, Email: person.Email})
	}
	for _, resource := range from.RelatedResources {
		out.RelatedResources = append(out.RelatedResources, relatedResource{
			Ref: resource.Ref.String(), Description: resource.Description,
		})
	}
	for _, entry := range from.Schemas {
		described := schema{Path: entry.Path.String(), Definition: entry.Definition}
		if entry.Schema != nil {
			described.Schema = entry.Schema.String()
		}
		out.Schemas = append(out.Schemas, described)
	}
	return out
}

func kind(rule *ast.Rule) string {
	if len(rule.Head.Args) > 0 {
		return "function"
	}
	switch rule.Head.DocKind() {
	case ast.PartialSetDoc:
		return "set"
	case ast.PartialObjectDoc:
		return "object"
	default:
		return "complete"
	}
}

// builtinCall is one call of a built-in in a source, infix operators included.
type builtinCall struct {
	name     string
	location *ast.Location
}

// resolve gives names their meaning. A rule, an import or an argument may have the name
// of a built-in; after this, what still has it is one.
func resolve(modules map[string]*ast.Module) (map[string]*ast.Module, error) {
	compiler := ast.NewCompiler().WithOnlyStagesUpTo(ast.StageResolveRefs)
	compiler.Compile(modules)
	if compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler.Modules, nil
}

// callsOf finds the calls of built-ins in resolved modules.
func callsOf(modules map[string]*ast.Module) []builtinCall {
	var calls []builtinCall
	for _, path := range util.KeysSorted(modules) {
		visitOperators(modules[path], func(operator *ast.Term) {
			if operator.Location != nil && ast.BuiltinMap[operator.Value.String()] != nil {
				calls = append(calls, builtinCall{operator.Value.String(), operator.Location})
			}
		})
	}
	return calls
}

// referencesOf lists what a resolved module refers to below data, as far as that is
// known before it runs.
func referencesOf(module *ast.Module) []string {
	found := map[string]bool{}
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.DefaultRootRef) {
			found[ref.GroundPrefix().String()] = true
		}
		return false
	})
	delete(found, module.Package.Path.String())
	return slices.AppendSeq([]string{}, slices.Values(util.KeysSorted(found)))
}

// visitOperators visits the name of everything called in a module.
func visitOperators(module *ast.Module, visit func(operator *ast.Term)) {
	ast.WalkNodes(module, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Expr:
			if operator := node.OperatorTerm(); operator != nil {
				visit(operator)
			}
		case *ast.Term:
			if call, ok := node.Value.(ast.Call); ok {
				visit(call[0])
			}
		}
		return false
	})
}

func builtinsOf(path string, calls []builtinCall) []builtinInfo {
	out := []builtinInfo{}
	for _, call := range calls {
		if call.location.File != path {
			continue
		}
		at := slices.IndexFunc(out, func(info builtinInfo) bool { return info.Name == call.name })
		if at < 0 {
			at = len(out)
			out = append(out, builtinInfo{Name: call.name})
		}
		out[at].Calls = append(out[at].Calls, place{call.location.Row, call.location.Col})
	}
	slices.SortFunc(out, func(a, b builtinInfo) int { return strings.Compare(a.Name, b.Name) })
	return out
}
