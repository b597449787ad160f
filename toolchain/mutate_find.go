package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// edit replaces the bytes of a source from start up to end.
type edit struct {
	start, end  int
	mutator     string
	replacement string
	description string
}

// mutantFinder goes through the rules of one module and gathers edits. Package,
// imports, comments and METADATA are no part of a rule, so they are never edited.
type mutantFinder struct {
	source   source
	module   *ast.Module
	builtins map[position]string
	// Where the text that is looked at starts in the source; 0 but for an `else`.
	shift int
	edits []edit
}

func (f *mutantFinder) find() {
	definitions := map[string]int{}
	for _, rule := range f.module.Rules {
		definitions[rule.Head.Ref().GroundPrefix().String()]++
	}
	for _, rule := range f.module.Rules {
		if rule.Default {
			f.literal(rule.Head.Value, defaultValue, "default value")
			continue
		}
		if definitions[rule.Head.Ref().GroundPrefix().String()] > 1 {
			f.removeRule(rule)
		}
		f.definition(rule)
	}
}

func (f *mutantFinder) removeRule(rule *ast.Rule) {
	start, end, ok := f.span(rule.Location)
	if !ok {
		return
	}
	// METADATA of this rule alone would otherwise be read as that of the next one.
	for _, annotations := range rule.Annotations {
		if annotations.Scope == "rule" {
			start = min(start, offsetOfRow(f.source.Source, annotations.Location.Row))
		}
	}
	f.add(start, end, ruleRemoval, "", "removed a definition of "+rule.Head.Ref().GroundPrefix().String())
}

func offsetOfRow(text string, row int) int {
	offset := 0
	for range row - 1 {
		offset += strings.IndexByte(text[offset:], '\n') + 1
	}
	return offset
}

func (f *mutantFinder) definition(rule *ast.Rule) {
	for _, arg := range rule.Head.Args {
		f.term(arg, comparing)
	}
	f.optional(rule.Head.Key)
	f.optional(rule.Head.Value)
	f.body(rule.Body, rule)
	if rule.Else != nil {
		f.otherwise(rule.Else)
	}
}

// otherwise looks at an `else`. The parser gives everything in one without braces the
// place of the whole, so its text is read again, as a rule whose name is as long.
func (f *mutantFinder) otherwise(rule *ast.Rule) {
	const keyword, name = "else", "elsx"
	start, end, ok := f.span(rule.Location)
	if !ok {
		return
	}
	text := name + f.source.Source[start+len(keyword):end]
	const header = "package p\n"
	module, err := ast.ParseModuleWithOpts(f.source.Path, header+text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil || module == nil || len(module.Rules) != 1 {
		return
	}
	again := *f
	again.shift = start - len(header)
	again.edits = nil
	again.definition(module.Rules[0])
	f.edits = append(f.edits, again.edits...)
}

func (f *mutantFinder) body(body ast.Body, scope any) {
	for i, expr := range body {
		f.expr(expr, scope)
		f.removeExpr(expr, scope)
		if i+1 < len(body) {
			f.someToEvery(body[i:], scope)
		}
	}
}

// expr looks at everything inside an expression; scope is where its variables may be
// used.
func (f *mutantFinder) expr(expr *ast.Expr, scope any) {
	f.negate(expr)
	f.inside(expr, scope)
	for _, with := range expr.With {
		f.term(with.Value, plainValue)
	}
}

func (f *mutantFinder) inside(expr *ast.Expr, scope any) {
	switch terms := expr.Terms.(type) {
	case *ast.Term:
		f.term(terms, plainValue)
	case []*ast.Term:
		f.call(terms)
	case *ast.SomeDecl:
		for _, symbol := range terms.Symbols {
			f.term(symbol, plainValue)
		}
	case *ast.Every:
		f.everyToSome(expr, terms)
		f.term(terms.Domain, plainValue)
		if len(terms.Body) == 1 {
			// Without its only condition nothing would use the variable, which is an error.
			f.expr(terms.Body[0], scope)
		} else {
			f.body(terms.Body, scope)
		}
	case *ast.Not:
		for _, inner := range terms.Body {
			f.inside(inner, scope)
		}
	case *ast.LogicalAnd:
		f.body(terms.Lhs, scope)
		f.body(terms.Rhs, scope)
	case *ast.LogicalOr:
		f.body(terms.Lhs, scope)
		f.body(terms.Rhs, scope)
	}
}

// negate adds or removes a `not`. Comparisons have their own mutator.
func (f *mutantFinder) negate(expr *ast.Expr) {
	start, end, ok := f.span(expr.Location)
	if !ok {
		return
	}
	not, isNot := expr.Terms.(*ast.Not)
	if expr.Negated || isNot && !not.ExplicitBody {
		text := f.source.Source[start:end]
		rest := strings.TrimLeft(strings.TrimPrefix(text, "not"), " \t\r\n")
		f.add(start, end-len(rest), negation, "", "removed not")
		return
	}
	if isCondition(expr) && f.comparison(expr) == "" {
		f.add(start, start, negation, "not ", "added not")
	}
}

// isCondition reports whether an expression can only be true or not: it declares
// nothing, assigns nothing and ranges over nothing.
func isCondition(expr *ast.Expr) bool {
	switch expr.Terms.(type) {
	case *ast.Term, []*ast.Term:
		return !expr.Generated && !expr.IsAssignment() && !expr.IsEquality()
	default:
		return false
	}
}

// comparison is the comparison operator of an expression, or nothing.
func (f *mutantFinder) comparison(expr *ast.Expr) string {
	operator := expr.OperatorTerm()
	if operator == nil {
		return ""
	}
	symbol := f.symbol(operator)
	if _, ok := comparisons[symbol]; !ok {
		return ""
	}
	return symbol
}

// removeExpr replaces an expression by true, which is the same as removing it and
// leaves the layout alone. What is true already stays: the parser gives that as a body
// to a rule that has none. So does what declares a variable that is used elsewhere, for
// without it nothing would compile.
func (f *mutantFinder) removeExpr(expr *ast.Expr, scope any) {
	start, end, ok := f.span(expr.Location)
	if term, isTerm := expr.Terms.(*ast.Term); !ok || isTerm && term.Equal(ast.InternedBooleanTrue) {
		return
	}
	for name := range declared(ast.Body{expr}) {
		if occurrences(scope, name) > occurrences(expr, name) {
			return
		}
	}
	f.add(start, end, conditionalExpression, "true", "removed a condition")
}

// declared are the variables that expressions bring into being.
func declared(body ast.Body) map[ast.Var]bool {
	names := map[ast.Var]bool{}
	collect := func(term *ast.Term) {
		ast.WalkVars(term, func(name ast.Var) bool {
			names[name] = true
			return false
		})
	}
	for _, expr := range body {
		switch terms := expr.Terms.(type) {
		case *ast.SomeDecl:
			for _, symbol := range terms.Symbols {
				operands := []*ast.Term{symbol}
				if call, ok := symbol.Value.(ast.Call); ok {
					operands = call[1 : len(call)-1]
				}
				for _, operand := range operands {
					collect(operand)
				}
			}
		case []*ast.Term:
			if expr.IsAssignment() {
				collect(terms[1])
			}
		}
	}
	return names
}

func occurrences(in any, name ast.Var) int {
	count := 0
	ast.WalkVars(in, func(found ast.Var) bool {
		if found == name {
			count++
		}
		return false
	})
	return count
}

// everyToSome makes `every x in xs { body }` to `some x in xs` and the body.
func (f *mutantFinder) everyToSome(expr *ast.Expr, every *ast.Every) {
	start, end, ok := f.span(expr.Location)
	_, domainEnd, domainOk := f.span(every.Domain.Location)
	if !ok || !domainOk || len(expr.With) > 0 {
		return
	}
	text := f.source.Source
	open := strings.IndexByte(text[domainEnd:end], '{')
	if open < 0 || !strings.HasPrefix(text[start:], "every") {
		return
	}
	declaration := "some" + text[start+len("every"):domainEnd]
	body := strings.TrimRight(text[domainEnd+open+1:end-1], " \t\r\n")
	if !strings.HasPrefix(strings.TrimLeft(body, " \t"), "\n") {
		body = "; " + strings.TrimSpace(body)
	}
	replacement := declaration + body
	// A rule of one expression needs no braces, one of several does.
	if before := strings.TrimRight(text[:start], " \t\r\n"); strings.HasSuffix(before, "if") {
		replacement = "{ " + replacement + "\n}"
	}
	f.add(start, end, quantifier, replacement, "every → some")
}

// someToEvery makes `some x in xs` and what follows it to `every x in xs { ... }`
// where nothing else uses the variables.
func (f *mutantFinder) someToEvery(body ast.Body, scope any) {
	first, last := body[0], body[len(body)-1]
	decl, ok := first.Terms.(*ast.SomeDecl)
	if !ok || len(first.With) > 0 {
		return
	}
	call, ok := decl.Symbols[0].Value.(ast.Call)
	if !ok {
		return
	}
	for _, operand := range call[1 : len(call)-1] {
		if _, isVar := operand.Value.(ast.Var); !isVar {
			return
		}
	}
	for name := range declared(body) {
		if occurrences(scope, name) > occurrences(body, name) {
			return
		}
	}
	start, declared, ok := f.span(first.Location)
	_, end, endOk := f.span(last.Location)
	if !ok || !endOk || !strings.HasPrefix(f.source.Source[start:], "some") {
		return
	}
	head := "every" + f.source.Source[start+len("some"):declared]
	rest := strings.TrimLeft(f.source.Source[declared:end], "; \t")
	f.add(start, end, quantifier, head+" {"+rest+"\n}", "some → every")
}

// usage says what a literal is used for.
type usage int

const (
	plainValue usage = iota
	// What the value is compared with decides, so another text is another policy.
	comparing
)

func (f *mutantFinder) optional(term *ast.Term) {
	if term != nil {
		f.term(term, plainValue)
	}
}

func (f *mutantFinder) term(term *ast.Term, in usage) {
	switch value := term.Value.(type) {
	case ast.Boolean, ast.Number:
		f.literal(term, "", "")
	case ast.String:
		f.text(term, in)
	case ast.Ref:
		f.ref(value)
	case ast.Call:
		f.call(value)
		f.dropCall(term, value)
	case *ast.Array:
		var elements []*ast.Term
		value.Foreach(func(element *ast.Term) { elements = append(elements, element) })
		f.elements(term, elements, "[]")
	case ast.Set:
		f.elements(term, value.Slice(), "set()")
	case ast.Object:
		value.Foreach(func(_, member *ast.Term) { f.term(member, plainValue) })
	case *ast.ArrayComprehension:
		f.term(value.Term, plainValue)
		f.body(value.Body, value)
	case *ast.SetComprehension:
		f.term(value.Term, plainValue)
		f.body(value.Body, value)
	case *ast.ObjectComprehension:
		f.term(value.Value, plainValue)
		f.body(value.Body, value)
	case *ast.TemplateString:
		for _, part := range value.Parts {
			if expr, ok := part.(*ast.Expr); ok {
				f.inside(expr, expr)
			}
		}
	}
}

// ref looks at what is computed in a reference. Its keys are names, not values.
func (f *mutantFinder) ref(ref ast.Ref) {
	for _, part := range ref {
		switch part.Value.(type) {
		case ast.Boolean, ast.Number, ast.String, ast.Var:
		default:
			f.term(part, plainValue)
		}
	}
}

// comparisons maps an operator to the one with the other boundary, if it has one, and
// to its negation.
var comparisons = map[string][]string{
	"==": {"!="},
	"!=": {"=="},
	"<":  {"<=", ">="},
	"<=": {"<", ">"},
	">":  {">=", "<="},
	">=": {">", "<"},
}

var arithmetic = map[string]string{"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"}

var setOperators = map[string]string{"&": "|", "|": "&", "-": "&"}

// methods maps a built-in to the one that is easily taken for it.
var methods = map[string]string{
	"ceil":                     "floor",
	"contains":                 "startswith",
	"endswith":                 "startswith",
	"floor":                    "ceil",
	"max":                      "min",
	"min":                      "max",
	"startswith":               "endswith",
	"strings.any_prefix_match": "strings.any_suffix_match",
	"strings.any_suffix_match": "strings.any_prefix_match",
	"trim_left":                "trim_right",
	"trim_prefix":              "trim_suffix",
	"trim_right":               "trim_left",
	"trim_suffix":              "trim_prefix",
}

// transparent built-ins give something of the kind of their first argument, so that
// they can be left out.
var transparent = []string{"abs", "ceil", "floor", "lower", "round", "trim_space", "upper"}

// predicates compare texts.
var predicates = []string{
	"contains", "endswith", "startswith", "strings.any_prefix_match", "strings.any_suffix_match",
}

func (f *mutantFinder) call(terms []*ast.Term) {
	operator, operands := terms[0], terms[1:]
	symbol, builtin := f.symbol(operator), f.builtin(operator)
	_, compares := comparisons[symbol]
	switch {
	case compares:
		f.compare(operator, symbol, operands)
	case symbol != "":
		f.operator(operator, symbol, operands)
	case methods[builtin] != "":
		f.replace(operator, methodExpression, methods[builtin], builtin+" → "+methods[builtin])
	case builtin == "object.get" && len(operands) == 3:
		f.literal(operands[2], defaultValue, "default of object.get")
		operands = operands[:2]
	}
	in := plainValue
	if compares || symbol == "=" || slices.Contains(predicates, builtin) {
		in = comparing
	}
	for _, operand := range operands {
		// The threshold of a comparison has been looked at with it.
		if _, isNumber := operand.Value.(ast.Number); compares && isNumber {
			continue
		}
		f.term(operand, in)
	}
}

// symbol is how an infix operator is written, or nothing where a function is called by
// its name.
func (f *mutantFinder) symbol(operator *ast.Term) string {
	if operator.Location == nil {
		return ""
	}
	text := string(operator.Location.Text)
	if strings.ContainsAny(text, "=<>+-*/%&|") && len(text) <= 2 {
		return text
	}
	return ""
}

// builtin is the name of the built-in that is called, or nothing where a rule is.
func (f *mutantFinder) builtin(operator *ast.Term) string {
	if operator.Location == nil {
		return ""
	}
	return f.builtins[position{f.source.Path, operator.Location.Offset + f.shift}]
}

func (f *mutantFinder) operator(operator *ast.Term, symbol string, operands []*ast.Term) {
	isSet := symbol != "-" || slices.ContainsFunc(operands, f.isSet)
	if other := setOperators[symbol]; other != "" && isSet {
		f.replace(operator, setOperator, other, symbol+" → "+other)
	} else if other := arithmetic[symbol]; other != "" {
		f.replace(operator, arithmeticOperator, other, symbol+" → "+other)
	}
}

// isSet reports whether a term is a set by its looks.
func (f *mutantFinder) isSet(term *ast.Term) bool {
	switch value := term.Value.(type) {
	case ast.Set, *ast.SetComprehension:
		return true
	case ast.Call:
		symbol := f.symbol(value[0])
		return symbol == "&" || symbol == "|" || symbol == "-" && slices.ContainsFunc(value[1:], f.isSet)
	case ast.Var:
		return slices.ContainsFunc(f.module.Rules, func(rule *ast.Rule) bool {
			return rule.Head.Name == value && rule.Head.DocKind() == ast.PartialSetDoc
		})
	default:
		return false
	}
}

func (f *mutantFinder) compare(operator *ast.Term, symbol string, operands []*ast.Term) {
	left, right := operands[0], operands[1]
	for _, other := range comparisons[symbol] {
		if f.isCount(left) && isZero(right) {
			other = cmp.Or(emptiness[symbol+other], other)
		}
		f.replace(operator, equalityOperator, other, symbol+" → "+other)
	}
	switch {
	case isNumber(right):
		f.threshold(right, symbol, f.isCount(left))
	case isNumber(left):
		f.threshold(left, turned[symbol], f.isCount(right))
	}
}

// emptiness has the plainer form of what is the negation for a count.
var emptiness = map[string]string{"><=": "==", "==!=": ">"}

// turned is the operator for the operands the other way round.
var turned = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func isNumber(term *ast.Term) bool {
	_, ok := term.Value.(ast.Number)
	return ok
}

func isZero(term *ast.Term) bool {
	return isNumber(term) && term.Value.Compare(ast.Number("0")) == 0
}

func (f *mutantFinder) isCount(term *ast.Term) bool {
	call, ok := term.Value.(ast.Call)
	return ok && f.builtin(call[0]) == "count"
}

// sameAsBoundary says which step of a whole number makes the same of a comparison as
// its other boundary: `count(x) > 2 - 1` is `count(x) >= 2`.
var sameAsBoundary = map[string]int{">": -1, ">=": 1, "<": 1, "<=": -1}

// threshold moves the number that something is compared with.
func (f *mutantFinder) threshold(term *ast.Term, symbol string, whole bool) {
	for _, step := range []int{1, -1} {
		text, ok := stepped(term.Value.(ast.Number), step)
		if !ok || whole && (sameAsBoundary[symbol] == step || strings.HasPrefix(text, "-")) {
			continue
		}
		f.change(term, numberLiteral, text, "")
	}
}

// stepped is a number one step up or down: by one, or by one of its last decimal.
func stepped(number ast.Number, step int) (string, bool) {
	text := string(number)
	value, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "eE") {
		return "", false
	}
	_, decimals, _ := strings.Cut(text, ".")
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(decimals))), nil)
	value.Add(value, new(big.Rat).SetFrac(big.NewInt(int64(step)), scale))
	return value.FloatString(len(decimals)), true
}

// literal changes a literal value to others of its type. Without a mutator it gets the
// one of its type.
func (f *mutantFinder) literal(term *ast.Term, mutator, what string) {
	switch value := term.Value.(type) {
	case ast.Boolean:
		f.change(term, cmp.Or(mutator, booleanLiteral), fmt.Sprint(!bool(value)), what)
	case ast.Number:
		for _, step := range []int{1, -1} {
			if text, ok := stepped(value, step); ok {
				f.change(term, cmp.Or(mutator, numberLiteral), text, what)
			}
		}
	case ast.String:
		f.change(term, cmp.Or(mutator, stringLiteral), quoted(otherText(string(value))), what)
	default:
		f.term(term, plainValue)
	}
}

// severities are in the order of src/evidence: each is exchanged for its neighbour.
var severities = []string{"critical", "high", "medium", "low", "info"}

func (f *mutantFinder) text(term *ast.Term, in usage) {
	text := string(term.Value.(ast.String))
	at := slices.Index(severities, text)
	if at < 0 && in != comparing {
		return
	}
	other := otherText(text)
	if at >= 0 {
		// critical and high change places, medium and low do, and info becomes low.
		other = severities[min(at^1, len(severities)-2)]
	}
	f.change(term, stringLiteral, quoted(other), "")
}

// otherText is empty, or not where the text is.
func otherText(text string) string {
	if text == "" {
		return "mutated"
	}
	return ""
}

func quoted(text string) string {
	encoded, _ := json.Marshal(text)
	return string(encoded)
}

// elements removes each element of an array or a set. One with a wildcard is a pattern,
// which fits nothing when it is shorter.
func (f *mutantFinder) elements(term *ast.Term, elements []*ast.Term, empty string) {
	if slices.ContainsFunc(elements, isWildcard) {
		return
	}
	slices.SortFunc(elements, func(a, b *ast.Term) int { return a.Location.Offset - b.Location.Offset })
	for i, element := range elements {
		f.term(element, plainValue)
		start, end, ok := f.termSpan(element)
		if !ok {
			continue
		}
		description := "removed " + f.source.Source[start:end]
		switch {
		case len(elements) == 1:
			if from, to, ok := f.span(term.Location); ok {
				f.add(from, to, arrayDeclaration, empty, description)
			}
		case i+1 < len(elements):
			if next, _, ok := f.termSpan(elements[i+1]); ok {
				f.add(start, next, arrayDeclaration, "", description)
			}
		default:
			if _, previous, ok := f.termSpan(elements[i-1]); ok {
				f.add(previous, end, arrayDeclaration, "", description)
			}
		}
	}
}

func isWildcard(term *ast.Term) bool {
	name, ok := term.Value.(ast.Var)
	return ok && name.IsWildcard()
}

// dropCall leaves out a call that only smooths its argument.
func (f *mutantFinder) dropCall(term *ast.Term, call ast.Call) {
	name := f.builtin(call[0])
	if !slices.Contains(transparent, name) || len(call) != 2 {
		return
	}
	start, end, ok := f.span(term.Location)
	from, to, argOk := f.termSpan(call[1])
	if !ok || !argOk {
		return
	}
	argument := f.source.Source[from:to]
	if inner, isCall := call[1].Value.(ast.Call); isCall && f.symbol(inner[0]) != "" && argument[0] != '(' {
		argument = "(" + argument + ")"
	}
	f.add(start, end, methodExpression, argument, "removed "+name)
}

// change replaces a literal. What the parser has made up has no text in the source.
func (f *mutantFinder) change(term *ast.Term, mutator, to, what string) {
	if term.Location == nil {
		return
	}
	start := term.Location.Offset + f.shift
	text := f.source.Source[start:]
	from := term.Value.String()
	if _, isString := term.Value.(ast.String); isString {
		_, end, ok := f.span(term.Location)
		if !ok || !strings.ContainsAny(text[:1], "\"`") {
			return
		}
		from = f.source.Source[start:end]
	}
	if !strings.HasPrefix(text, from) {
		return
	}
	description := from + " → " + to
	if what != "" {
		description = what + ": " + description
	}
	f.add(start, start+len(from), mutator, to, description)
}

// replace exchanges the name or symbol of what is called.
func (f *mutantFinder) replace(operator *ast.Term, mutator, to, description string) {
	if start, end, ok := f.span(operator.Location); ok {
		f.add(start, end, mutator, to, description)
	}
}

func (f *mutantFinder) add(start, end int, mutator, replacement, description string) {
	f.edits = append(f.edits, edit{start, end, mutator, replacement, description})
}

// termSpan is the span of a term; the place of a negative number is that of its sign.
func (f *mutantFinder) termSpan(term *ast.Term) (start, end int, ok bool) {
	start, end, ok = f.span(term.Location)
	if text := term.Value.String(); ok && isNumber(term) && strings.HasPrefix(f.source.Source[start:], text) {
		end = start + len(text)
	}
	return start, end, ok
}

// span is where a node's text is in the source. The place of a node in brackets, or of
// an operation whose left side is, is that of what is in the brackets.
func (f *mutantFinder) span(location *ast.Location) (start, end int, ok bool) {
	if location == nil {
		return 0, 0, false
	}
	text := bytes.TrimRight(location.Text, " \t\r\n")
	if len(text) == 0 {
		return 0, 0, false
	}
	for start = location.Offset + f.shift; start >= 0; start-- {
		rest := f.source.Source[start:]
		if strings.HasPrefix(rest, string(text)) {
			return start, start + len(text), true
		}
		if start < location.Offset+f.shift && !strings.ContainsAny(rest[:1], "( \t\r\n") {
			break
		}
	}
	return 0, 0, false
}
