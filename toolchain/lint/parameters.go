package main

import (
	"cmp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// parameterRead is a place where a module reads what the configuration sets,
// `data.params["<gate>"].<name>`.
type parameterRead struct {
	File string `json:"file"`
	Row  int    `json:"row"`
	Col  int    `json:"col"`
	// Gate is empty where the parameters of any gate may be meant.
	Gate string `json:"gate,omitempty"`
	// Name is empty where any parameter of the gate may be meant.
	Name string `json:"name,omitempty"`
}

var paramsRef = ast.DefaultRootRef.Append(ast.StringTerm("params"))

// parameterReads finds the reads of parameters, also through an import, and through a
// rule or a local variable that stands for the parameters of a gate. In tests they are
// not reads but inputs, so tests are to be left out by the caller's reading of File.
func parameterReads(modules map[string]*ast.Module) ([]parameterRead, error) {
	compiler := ast.NewCompiler().WithOnlyStagesUpTo(ast.StageResolveRefs)
	compiler.Compile(modules)
	if compiler.Failed() {
		return nil, compiler.Errors
	}
	rules := aliasRules(compiler.Modules)
	reads := []parameterRead{}
	for _, path := range util.KeysSorted(compiler.Modules) {
		for _, rule := range compiler.Modules[path].Rules {
			reads = append(reads, readsOf(rule, rules)...)
		}
	}
	slices.SortFunc(reads, func(a, b parameterRead) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Row-b.Row, a.Col-b.Col)
	})
	return slices.Compact(reads), nil
}

// aliasRules finds the rules that are nothing but another name for parameters, as in
// `limits := data.params["unit-coverage"]`, by their path.
func aliasRules(modules map[string]*ast.Module) map[string]ast.Ref {
	aliases := map[string]ast.Ref{}
	definitions := map[string]int{}
	for _, module := range modules {
		for _, rule := range module.Rules {
			path := rule.Ref().GroundPrefix().String()
			definitions[path]++
			if value := aliasOf(rule); value != nil {
				aliases[path] = value
			}
		}
	}
	for path, count := range definitions {
		if count > 1 {
			delete(aliases, path)
		}
	}
	return aliases
}

func aliasOf(rule *ast.Rule) ast.Ref {
	if rule.Default || rule.Else != nil || len(rule.Head.Args) > 0 || rule.Head.Key != nil || rule.Head.Value == nil {
		return nil
	}
	return parametersOfGate(rule.Head.Value)
}

// parametersOfGate is the reference `data.params["<gate>"]`, and nil for anything else.
func parametersOfGate(term *ast.Term) ast.Ref {
	ref, ok := term.Value.(ast.Ref)
	if !ok || len(ref) != len(paramsRef)+1 || !ref.HasPrefix(paramsRef) || !ref.IsGround() {
		return nil
	}
	return ref
}

// readsOf finds the reads in one rule and its `else` branches.
func readsOf(rule *ast.Rule, aliases map[string]ast.Ref) []parameterRead {
	if aliasOf(rule) != nil {
		return nil
	}
	locals := localAliases(rule)
	var reads []parameterRead
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(node any) bool {
		switch node := node.(type) {
		case *ast.With:
			// The target is replaced, not read.
			visitor.Walk(node.Value)
			return true
		case *ast.Expr:
			// The places of a local alias are reads, what makes it one is not.
			return node.IsAssignment() && parametersOfGate(node.Operand(1)) != nil
		case *ast.Term:
			ref, ok := node.Value.(ast.Ref)
			if !ok {
				if name, isVar := node.Value.(ast.Var); isVar && locals[name] != nil {
					reads = append(reads, toRead(locals[name], node.Location))
				}
				return false
			}
			if meant := expand(ref, aliases, locals); meant.HasPrefix(paramsRef) {
				reads = append(reads, toRead(meant, node.Location))
			}
			for _, part := range ref[1:] {
				visitor.Walk(part)
			}
			return true
		}
		return false
	})
	visitor.Walk(rule)
	return reads
}

// localAliases finds the variables that a rule assigns the parameters of a gate.
func localAliases(rule *ast.Rule) map[ast.Var]ast.Ref {
	locals := map[ast.Var]ast.Ref{}
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		if expr.IsAssignment() {
			name, isVar := expr.Operand(0).Value.(ast.Var)
			if value := parametersOfGate(expr.Operand(1)); isVar && value != nil {
				locals[name] = value
			}
		}
		return false
	})
	return locals
}

// expand replaces the alias that a reference starts with by what it stands for.
func expand(ref ast.Ref, aliases map[string]ast.Ref, locals map[ast.Var]ast.Ref) ast.Ref {
	if name, ok := ref[0].Value.(ast.Var); ok && locals[name] != nil {
		return locals[name].Concat(ref[1:])
	}
	for length := len(ref.GroundPrefix()); length > 1; length-- {
		if value := aliases[ref[:length].String()]; value != nil {
			return value.Concat(ref[length:])
		}
	}
	return ref
}

func toRead(ref ast.Ref, at *ast.Location) parameterRead {
	read := parameterRead{}
	if at != nil {
		read.File, read.Row, read.Col = at.File, at.Row, at.Col
	}
	names := ref[len(paramsRef):]
	if len(names) == 0 {
		return read
	}
	gate, ok := names[0].Value.(ast.String)
	if !ok {
		return read
	}
	read.Gate = string(gate)
	if len(names) > 1 {
		if name, ok := names[1].Value.(ast.String); ok {
			read.Name = string(name)
		}
	}
	return read
}
