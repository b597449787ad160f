package main

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Places, positions in a body and the METADATA of a rule change without a change of
// meaning; the number of a wildcard is how many there were before it.
var (
	notShape = []string{"location", "index", "annotations"}
	wildcard = regexp.MustCompile(`^\$\d+$`)
)

// shapeOf is the syntax tree of a module's rules as plain values, without what may
// differ between equal rules.
func shapeOf(module *ast.Module) (any, error) {
	text, err := json.Marshal(module.Rules)
	if err != nil {
		return nil, err
	}
	shape, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	return plain(shape), nil
}

func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range notShape {
			delete(value, key)
		}
		for key, member := range value {
			value[key] = plain(member)
		}
	case []any:
		for i, element := range value {
			value[i] = plain(element)
		}
	case string:
		if wildcard.MatchString(value) {
			return "_"
		}
	}
	return value
}

// changes counts the nodes that differ. A list of which one stretch has become one
// node, or none, differs in one node.
func changes(a, b any) int {
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			return changedMembers(a, b)
		}
	case []any:
		if b, ok := b.([]any); ok {
			return changedElements(a, b)
		}
	default:
		if a == b {
			return 0
		}
	}
	return 1
}

func changedMembers(a, b map[string]any) int {
	if a["type"] != b["type"] || len(a) != len(b) {
		return 1
	}
	// A set is written in the order of its values.
	if a["type"] == "set" {
		return changedSet(a["value"], b["value"])
	}
	if a["type"] == "call" && isOperand(b, a["value"]) {
		return 1
	}
	count := 0
	for key, member := range a {
		other, ok := b[key]
		if !ok {
			return 1
		}
		count += changes(member, other)
	}
	return count
}

func changedElements(a, b []any) int {
	if len(a) == len(b) {
		count := 0
		for i := range a {
			count += changes(a[i], b[i])
		}
		return count
	}
	for len(a) > 0 && len(b) > 0 && changes(a[0], b[0]) == 0 {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && changes(a[len(a)-1], b[len(b)-1]) == 0 {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return max(1, min(len(a), len(b)))
}

// isOperand reports whether a term is what a call was made with.
func isOperand(term map[string]any, call any) bool {
	terms, _ := call.([]any)
	return slices.ContainsFunc(terms, func(operand any) bool { return changes(operand, term) == 0 })
}

func changedSet(a, b any) int {
	left, _ := a.([]any)
	right, _ := b.([]any)
	return max(missingFrom(left, right), missingFrom(right, left))
}

func missingFrom(elements, others []any) int {
	count := 0
	for _, element := range elements {
		if !slices.ContainsFunc(others, func(other any) bool { return changes(element, other) == 0 }) {
			count++
		}
	}
	return count
}
