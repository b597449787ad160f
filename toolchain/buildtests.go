package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	_ "unsafe" // for go:linkname

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/util"
)

// testRuleName is the runner's own idea of the name of a test, and of the rule that
// its result is read from.
//
//go:linkname testRuleName github.com/open-policy-agent/opa/v1/tester.ruleName
func testRuleName(head *ast.Head) (string, ast.Ref)

// compiledTest is a rule that OPA's runner takes for a test, and where a compiled
// module has its value.
type compiledTest struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	File    string `json:"file"`
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Skipped bool   `json:"skipped"`
	// Whether its value is an object of the cases that hold, `test_x[case]`.
	Cases bool `json:"cases"`
	// A list with the value, or an empty one where the test is undefined.
	Entrypoint string `json:"entrypoint,omitempty"`
	// Why there is no entrypoint.
	Reason string `json:"reason,omitempty"`

	rule *ast.Rule
}

type compiledTests struct {
	compiled
	Tests []*compiledTest `json:"tests"`
}

// The package of the rules that ask for a test's value each.
const testEntryPackage = "entry.tests"

// buildTests compiles test rules, as gates are compiled, to one module with an
// entrypoint for each. A test that needs what the capabilities leave out is not
// compiled; the others are.
func buildTests(req *request) (any, error) {
	caps, err := parseCapabilities(req.Capabilities)
	if err != nil {
		return nil, err
	}
	built, failure := buildAllowedTests(req, caps, nil)
	if failure == nil {
		return built, nil
	}
	if !mentionsRefused(req.Modules, caps) {
		return nil, failure
	}
	// Which rules cannot be compiled takes another compilation to know, with everything
	// that OPA has.
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler()
	if err := compileAll(compiler, modules); err != nil {
		return nil, err
	}
	refused := refusedRules(compiler, caps)
	if len(refused) == 0 {
		return nil, failure
	}
	return buildAllowedTests(req, caps, refused)
}

// buildAllowedTests compiles the tests that are not among the refused rules.
func buildAllowedTests(req *request, caps *ast.Capabilities, refused map[position]string) (any, error) {
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	tests, err := findTests(modules, req)
	if err != nil {
		return nil, err
	}
	for _, test := range tests {
		test.Reason = refusedReason(test.rule, refused)
		if test.Reason == "" && len(test.rule.Head.Args) > 0 {
			test.Reason = "it is a function"
		}
	}
	for _, module := range modules {
		module.Rules = slices.DeleteFunc(module.Rules, func(rule *ast.Rule) bool {
			return refusedReason(rule, refused) != ""
		})
	}
	entrypoints, err := addTestEntries(modules, tests)
	if err != nil {
		return nil, err
	}
	out := compiledTests{Tests: tests}
	if len(entrypoints) == 0 {
		out.compiled = compiled{Entrypoints: []string{}, Builtins: []string{}}
		return out, nil
	}
	out.compiled, err = buildWasm(modules, caps, entrypoints)
	return out, err
}

// findTests lists the tests in the order of the sources. Of several rules with one
// name each is a test of its own, as in OPA's runner, so all but the first are renamed.
func findTests(modules map[string]*ast.Module, req *request) ([]*compiledTest, error) {
	filter, err := regexp.Compile(req.Run)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	tests := []*compiledTest{}
	count := map[string]int{}
	for _, path := range util.KeysSorted(modules) {
		module := modules[path]
		for _, rule := range module.Rules {
			name, ref := testRuleName(rule.Head)
			skipped := strings.HasPrefix(name, tester.SkipTestPrefix)
			if !skipped && !strings.HasPrefix(name, tester.TestPrefix) {
				continue
			}
			key := module.Package.Path.Extend(ref).String()
			if number := count[key]; number > 0 && !skipped {
				ref = renameTest(rule.Head, ref, fmt.Sprintf("%s#%02d", name, number))
			}
			count[key]++
			if !filter.MatchString(module.Package.Path.Extend(ref).String()) || !isAsked(path, req) {
				continue
			}
			at := rule.Loc()
			tests = append(tests, &compiledTest{
				Package: module.Package.Path.String(),
				Name:    ref.String(),
				File:    at.File,
				Row:     at.Row,
				Col:     at.Col,
				Skipped: skipped,
				Cases:   rule.Head.DocKind() == ast.PartialObjectDoc,
				rule:    rule,
			})
		}
	}
	return tests, nil
}

// isAsked reports whether the tests of a file are asked for.
func isAsked(path string, req *request) bool {
	return req.TestFiles == nil || slices.Contains(req.TestFiles, path)
}

// renameTest gives a test another name, and returns the new reference to it.
func renameTest(head *ast.Head, ref ast.Ref, name string) ast.Ref {
	renamed := slices.Clone(ref)
	if len(ref) == 1 {
		renamed[0] = ast.VarTerm(name)
		head.Name = ast.Var(name)
	} else {
		renamed[len(ref)-1] = ast.StringTerm(name)
	}
	head.SetRef(append(slices.Clone(renamed), head.Ref()[len(ref):]...))
	return renamed
}

// mentionsRefused reports whether a source may use a built-in that is not in the
// capabilities.
func mentionsRefused(sources []source, caps *ast.Capabilities) bool {
	allowed := map[string]bool{}
	for _, builtin := range caps.Builtins {
		allowed[builtin.Name] = true
	}
	return slices.ContainsFunc(ast.Builtins, func(builtin *ast.Builtin) bool {
		// The parts of a name can be written in several ways, but none without the last.
		last := builtin.Name[strings.LastIndexByte(builtin.Name, '.')+1:]
		mentions := func(src source) bool { return strings.Contains(src.Source, last) }
		return !allowed[builtin.Name] && slices.ContainsFunc(sources, mentions)
	})
}

// position identifies a rule, in the sources and in what a compiler made of them.
type position struct {
	file   string
	offset int
}

func positionOf(location *ast.Location) position {
	return position{location.File, location.Offset}
}

// refusedRules finds the rules that cannot be compiled, by their positions, with the
// reason: they use a built-in that is not in the capabilities, or a rule that does.
func refusedRules(compiler *ast.Compiler, caps *ast.Capabilities) map[position]string {
	allowed := map[string]bool{}
	for _, builtin := range caps.Builtins {
		allowed[builtin.Name] = true
	}
	refused := map[position]string{}
	var pending []*ast.Rule
	mark := func(rule *ast.Rule, reason string) {
		if at := positionOf(rule.Loc()); refused[at] == "" {
			refused[at] = reason
			pending = append(pending, rule)
		}
	}
	for _, path := range util.KeysSorted(compiler.Modules) {
		ast.WalkRules(compiler.Modules[path], func(rule *ast.Rule) bool {
			ast.WalkRefs(rule, func(ref ast.Ref) bool {
				if ref.HasPrefix(ast.DefaultRootRef) || ref.HasPrefix(ast.InputRootRef) {
					return false
				}
				if name := ref.String(); ast.BuiltinMap[name] != nil && !allowed[name] {
					at := rule.Loc()
					mark(rule, fmt.Sprintf("%s:%d uses %s, which gates cannot call", at.File, at.Row, name))
				}
				return false
			})
			return false
		})
	}
	for len(pending) > 0 {
		rule := pending[0]
		pending = pending[1:]
		for dependent := range compiler.Graph.Dependents(rule) {
			if dependent, ok := dependent.(*ast.Rule); ok {
				mark(dependent, refused[positionOf(rule.Loc())])
			}
		}
	}
	return refused
}

// refusedReason looks at the rule and at what follows it after `else`.
func refusedReason(rule *ast.Rule, refused map[position]string) string {
	for ; rule != nil; rule = rule.Else {
		if reason := refused[positionOf(rule.Loc())]; reason != "" {
			return reason
		}
	}
	return ""
}

// addTestEntries adds a module with a rule for each test that can be compiled. Asking
// for the test itself would not tell a test that is undefined from an error.
func addTestEntries(modules map[string]*ast.Module, tests []*compiledTest) ([]string, error) {
	var source strings.Builder
	fmt.Fprintf(&source, "package %s\n", testEntryPackage)
	var entrypoints []string
	for i, test := range tests {
		if test.Skipped || test.Reason != "" {
			continue
		}
		_, ref := testRuleName(test.rule.Head)
		path := test.rule.Module.Package.Path.Extend(ref)
		fmt.Fprintf(&source, "\ntest%d := [value | value := %s]\n", i, path)
		test.Entrypoint = fmt.Sprintf("%s/test%d", strings.ReplaceAll(testEntryPackage, ".", "/"), i)
		entrypoints = append(entrypoints, test.Entrypoint)
	}
	const path = "entry/tests.rego"
	entries, err := ast.ParseModuleWithOpts(path, source.String(), parserOptions())
	if err != nil {
		return nil, err
	}
	modules[path] = entries
	return entrypoints, nil
}
