package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Values travel as compiled policies read and write them: JSON, with sets as {1, 2} and
// set(), and object keys of any type. OPA's own text would not do: it quotes as Go does,
// and its parser takes no string with a byte order mark.

// appendValue writes a value.
func appendValue(out []byte, value ast.Value) []byte {
	switch value := value.(type) {
	case ast.String:
		quoted, _ := json.Marshal(string(value)) // a string cannot fail
		return append(out, quoted...)
	case *ast.Array:
		out = append(out, '[')
		for i := range value.Len() {
			out = appendValue(separate(out, i), value.Elem(i).Value)
		}
		return append(out, ']')
	case ast.Object:
		out = append(out, '{')
		for i, key := range value.Keys() {
			out = append(appendValue(separate(out, i), key.Value), ':')
			out = appendValue(out, value.Get(key).Value)
		}
		return append(out, '}')
	case ast.Set:
		if value.Len() == 0 {
			return append(out, "set()"...)
		}
		out = append(out, '{')
		for i, element := range value.Slice() {
			out = appendValue(separate(out, i), element.Value)
		}
		return append(out, '}')
	default:
		return append(out, value.String()...)
	}
}

func separate(out []byte, position int) []byte {
	if position == 0 {
		return out
	}
	return append(out, ',')
}

// parseValue reads a value.
func parseValue(text string) (ast.Value, error) {
	reader := valueReader{text: text}
	value, err := reader.value()
	if err != nil {
		return nil, err
	}
	if reader.space(); reader.at < len(text) {
		return nil, reader.wrong()
	}
	return value, nil
}

type valueReader struct {
	text string
	at   int
}

var (
	stringToken = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"`)
	numberToken = regexp.MustCompile(`^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?`)
)

func (reader *valueReader) wrong() error {
	return fmt.Errorf("not a Rego value at byte %d", reader.at)
}

func (reader *valueReader) space() {
	for reader.at < len(reader.text) && strings.IndexByte(" \t\r\n", reader.text[reader.at]) >= 0 {
		reader.at++
	}
}

func (reader *valueReader) take(token string) bool {
	reader.space()
	if !strings.HasPrefix(reader.text[reader.at:], token) {
		return false
	}
	reader.at += len(token)
	return true
}

func (reader *valueReader) value() (ast.Value, error) {
	reader.space()
	rest := reader.text[reader.at:]
	switch {
	case strings.HasPrefix(rest, `"`):
		return reader.string()
	case reader.take("["):
		return reader.array()
	case reader.take("{"):
		return reader.braces()
	case reader.take("set()"):
		return ast.NewSet(), nil
	case reader.take("null"):
		return ast.NullValue, nil
	case reader.take("true"):
		return ast.Boolean(true), nil
	case reader.take("false"):
		return ast.Boolean(false), nil
	}
	number := numberToken.FindString(rest)
	if number == "" {
		return nil, reader.wrong()
	}
	reader.at += len(number)
	return ast.Number(json.Number(number)), nil
}

func (reader *valueReader) string() (ast.Value, error) {
	token := stringToken.FindString(reader.text[reader.at:])
	var text string
	if err := json.Unmarshal([]byte(token), &text); err != nil {
		return nil, reader.wrong()
	}
	reader.at += len(token)
	return ast.String(text), nil
}

func (reader *valueReader) array() (ast.Value, error) {
	if reader.take("]") {
		return ast.NewArray(), nil
	}
	elements, err := reader.list("]", nil)
	if err != nil {
		return nil, err
	}
	return ast.NewArray(elements...), nil
}

// list reads the rest of an array or a set. The elements that have been read come first.
func (reader *valueReader) list(end string, elements []*ast.Term) ([]*ast.Term, error) {
	for {
		element, err := reader.value()
		if err != nil {
			return nil, err
		}
		elements = append(elements, ast.NewTerm(element))
		if reader.take(",") {
			continue
		}
		if reader.take(end) {
			return elements, nil
		}
		return nil, reader.wrong()
	}
}

// braces reads an object or a set: what follows the first member tells which.
func (reader *valueReader) braces() (ast.Value, error) {
	if reader.take("}") {
		return ast.NewObject(), nil
	}
	first, err := reader.value()
	if err != nil {
		return nil, err
	}
	if reader.take("}") {
		return ast.NewSet(ast.NewTerm(first)), nil
	}
	if reader.take(",") {
		members, err := reader.list("}", []*ast.Term{ast.NewTerm(first)})
		if err != nil {
			return nil, err
		}
		return ast.NewSet(members...), nil
	}
	return reader.object(first)
}

func (reader *valueReader) object(key ast.Value) (ast.Value, error) {
	object := ast.NewObject()
	for {
		if !reader.take(":") {
			return nil, reader.wrong()
		}
		value, err := reader.value()
		if err != nil {
			return nil, err
		}
		object.Insert(ast.NewTerm(key), ast.NewTerm(value))
		if reader.take("}") {
			return object, nil
		}
		if !reader.take(",") {
			return nil, reader.wrong()
		}
		if key, err = reader.value(); err != nil {
			return nil, err
		}
	}
}
