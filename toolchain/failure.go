package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	_ "unsafe" // for go:linkname

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// exprLocalVars has the values that an expression was evaluated with: of its variables
// under the names of the source, and of the rules and comprehensions that it refers to.
// `opa test --var-values` prints the same.
//
//go:linkname exprLocalVars github.com/open-policy-agent/opa/v1/topdown.exprLocalVars
func exprLocalVars(event *topdown.Event) *ast.ValueMap

// resolveLocalRef selects from the value of a local variable.
//
//go:linkname resolveLocalRef github.com/open-policy-agent/opa/v1/topdown.resolveLocalRef
func resolveLocalRef(ref ast.Ref, locals *ast.ValueMap) ast.Value

// failedAt is an expression that was not true, and what it was evaluated with.
type failedAt struct {
	File       string      `json:"file"`
	Row        int         `json:"row"`
	Text       string      `json:"text"`
	Variables  []variable  `json:"variables"`
	Comparison *comparison `json:"comparison,omitempty"`
	// What failed last in the rules that the expression asked for.
	Inner *failedAt `json:"inner,omitempty"`
}

// variable is what a part of an expression was, as compiled policies write values.
type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// comparison is an expression `actual == expected`. A side that is written out is what
// was expected; where neither or both are, the right one is.
type comparison struct {
	Actual   string `json:"actual"`
	Expected string `json:"expected"`
}

// lastFailure is the last expression of the test's own body that was not true.
func lastFailure(test *ast.Location, trace []*topdown.Event) *failedAt {
	lastRow := test.Row + bytes.Count(test.Text, []byte("\n"))
	for i, event := range slices.Backward(trace) {
		at := event.Location
		if !isFailure(event) || at.File != test.File || at.Row < test.Row || at.Row > lastRow {
			continue
		}
		out := describeFailure(trace[:i+1])
		if inner := innerFailure(trace[:i+1]); inner != nil && out.Comparison == nil {
			out.Inner = describeFailure(inner)
		}
		return out
	}
	return nil
}

// innerFailure is the trace up to the last failure in the rules that the expression of
// the last event asked for.
func innerFailure(trace []*topdown.Event) []*topdown.Event {
	last := len(trace) - 1
	for i := last - 1; i >= 0 && trace[i].QueryID != trace[last].QueryID; i-- {
		if isFailure(trace[i]) {
			return trace[:i+1]
		}
	}
	return nil
}

// isFailure reports whether an expression failed. Of an `every`, the expression inside
// it says more.
func isFailure(event *topdown.Event) bool {
	if event.Op != topdown.FailOp || event.Location == nil {
		return false
	}
	expr, ok := event.Node.(*ast.Expr)
	if !ok {
		return false
	}
	_, every := expr.Terms.(*ast.Every)
	return !every
}

// describeFailure describes the last event of a trace.
func describeFailure(trace []*topdown.Event) *failedAt {
	event := trace[len(trace)-1]
	expr := event.Node.(*ast.Expr)
	// One expression of the source may be several of the compiled rule.
	source := expr.BaseCogeneratedExpr()
	at := cmp.Or(source.Location, event.Location)
	out := &failedAt{File: at.File, Row: at.Row, Text: string(at.Text), Variables: []variable{}}
	known := values{event, exprLocalVars(event), trace}
	for _, part := range append(source.CogeneratedExprs(), source) {
		ast.WalkTerms(part, func(term *ast.Term) bool {
			switch value := term.Value.(type) {
			case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
				return true
			case ast.Ref:
				if len(value) > 1 {
					out.add(term.Location, known.of(term))
				}
			case ast.Var:
				if meta, ok := event.LocalMetadata[value]; ok && !meta.Name.IsGenerated() {
					out.addNamed(string(meta.Name), known.of(term))
				} else {
					out.add(term.Location, known.of(term))
				}
			}
			return false
		})
	}
	slices.SortFunc(out.Variables, func(a, b variable) int { return strings.Compare(a.Name, b.Name) })
	out.Comparison = compared(expr, known)
	return out
}

func (at *failedAt) add(source *ast.Location, value ast.Value) {
	if source != nil {
		at.addNamed(string(source.Text), value)
	}
}

func (at *failedAt) addNamed(name string, value ast.Value) {
	known := func(other variable) bool { return other.Name == name }
	if value == nil || name == "" || slices.ContainsFunc(at.Variables, known) {
		return
	}
	at.Variables = append(at.Variables, variable{name, valueText(value)})
}

func compared(expr *ast.Expr, known values) *comparison {
	if !expr.IsEquality() || expr.Negated || len(expr.Operands()) != 2 {
		return nil
	}
	left, right := expr.Operand(0), expr.Operand(1)
	actual, expected := known.of(left), known.of(right)
	if actual == nil || expected == nil {
		return nil
	}
	if ast.IsConstant(left.Value) && !ast.IsConstant(right.Value) {
		actual, expected = expected, actual
	}
	return &comparison{Actual: valueText(actual), Expected: valueText(expected)}
}

// maxValueText is enough for everything that a person would compare.
const maxValueText = 1 << 16

// valueText writes a value; one that is too long is cut, with a mark.
func valueText(value ast.Value) string {
	text := appendValue(nil, value)
	if len(text) <= maxValueText {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:maxValueText]), "") + fmt.Sprintf("… (%d bytes)", len(text))
}

var errUnknown = errors.New("the value is not known")

// values is what the terms of an expression were when an event happened.
type values struct {
	event *topdown.Event
	named *ast.ValueMap
	trace []*topdown.Event
}

// of is nil where a value is not known.
func (known values) of(term *ast.Term) ast.Value {
	switch value := term.Value.(type) {
	case ast.Var:
		return known.event.Locals.Get(value)
	case ast.Ref:
		return known.ofRef(value)
	}
	if term.IsGround() {
		return term.Value
	}
	return known.filled(term)
}

// filled puts the values of variables into an array, a set or an object.
func (known values) filled(term *ast.Term) ast.Value {
	of := func(term *ast.Term) (*ast.Term, error) {
		if value := known.of(term); value != nil {
			return ast.NewTerm(value), nil
		}
		return nil, errUnknown
	}
	switch value := term.Value.(type) {
	case *ast.Array:
		elements := make([]*ast.Term, 0, value.Len())
		for i := range value.Len() {
			element, err := of(value.Elem(i))
			if err != nil {
				return nil
			}
			elements = append(elements, element)
		}
		return ast.NewArray(elements...)
	case ast.Set:
		if filled, err := value.Map(of); err == nil {
			return filled
		}
	case ast.Object:
		filled, err := value.Map(func(key, member *ast.Term) (*ast.Term, *ast.Term, error) {
			member, err := of(member)
			return key, member, err
		})
		if err == nil {
			return filled
		}
	}
	return nil
}

func (known values) ofRef(ref ast.Ref) ast.Value {
	if ref.HasPrefix(ast.InputRootRef) {
		if input := known.event.Input(); input != nil {
			return found(input.Value, ref[1:])
		}
		return nil
	}
	if selected := resolveLocalRef(ref, known.event.Locals); selected != nil {
		return selected
	}
	if value := known.named.Get(ref); value != nil {
		return value
	}
	// A part of a rule is not in OPA's cache; the rule itself was evaluated before.
	for _, event := range slices.Backward(known.trace) {
		rule, ok := event.Node.(*ast.Rule)
		if !ok || event.Op != topdown.ExitOp || !isDocument(rule) || !ref.HasPrefix(rule.Ref()) {
			continue
		}
		if value := (values{event, ast.NewValueMap(), nil}).of(rule.Head.Value); value != nil {
			return found(value, ref[len(rule.Ref()):])
		}
	}
	return nil
}

// isDocument reports whether a rule has one value, whatever it is asked with.
func isDocument(rule *ast.Rule) bool {
	return rule.Head.DocKind() == ast.CompleteDoc && len(rule.Head.Args) == 0
}

func found(value ast.Value, path ast.Ref) ast.Value {
	if at, err := value.Find(path); err == nil {
		return at
	}
	return nil
}

// caseFailures adds to the cases of a test what the ones that failed, failed at.
func caseFailures(test *ast.Location, described []subResult, traced tester.SubResultMap) {
	for i, sub := range described {
		again := traced[sub.Name]
		if sub.Passed || again == nil {
			continue
		}
		if len(sub.SubResults) > 0 {
			caseFailures(test, sub.SubResults, again.SubResults)
			continue
		}
		described[i].FailedAt = lastFailure(test, again.Trace)
	}
}
