package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The mutators, under the names that Stryker has for the same idea where it has one.
const (
	arithmeticOperator    = "ArithmeticOperator"
	arrayDeclaration      = "ArrayDeclaration"
	booleanLiteral        = "BooleanLiteral"
	conditionalExpression = "ConditionalExpression"
	defaultValue          = "DefaultValue"
	equalityOperator      = "EqualityOperator"
	methodExpression      = "MethodExpression"
	negation              = "Negation"
	numberLiteral         = "NumberLiteral"
	quantifier            = "Quantifier"
	ruleRemoval           = "RuleRemoval"
	setOperator           = "SetOperator"
	stringLiteral         = "StringLiteral"
)

var mutators = []string{
	arithmeticOperator, arrayDeclaration, booleanLiteral, conditionalExpression, defaultValue, equalityOperator,
	methodExpression, negation, numberLiteral, quantifier, ruleRemoval, setOperator, stringLiteral,
}

// mutant is one change of a source: the text from Start up to End becomes Replacement.
type mutant struct {
	ID          string `json:"id"`
	File        string `json:"file"`
	Mutator     string `json:"mutator"`
	Start       point  `json:"start"`
	End         point  `json:"end"`
	Original    string `json:"original"`
	Replacement string `json:"replacement"`
	Description string `json:"description"`
	// The reason of the comment that says to leave it out.
	Ignored string `json:"ignored,omitempty"`
}

// point is a place in a source. Rows and columns count from 1, columns in UTF-16 code
// units as editors and the mutation report schema do; the offset is in bytes.
type point struct {
	Row    int `json:"row"`
	Col    int `json:"col"`
	Offset int `json:"offset"`
}

// mutants lists the mutants of all modules, in the order of the sources. Each of them
// parses, and differs from its module in exactly one node.
func mutants(req *request) (any, error) {
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	resolved, err := resolve(modules)
	if err != nil {
		return nil, err
	}
	calls := callsOf(resolved)
	builtins := make(map[position]string, len(calls))
	for _, call := range calls {
		builtins[positionOf(call.location)] = call.name
	}
	all := []mutant{}
	var wrong issues
	for _, src := range req.Modules {
		finder := &mutantFinder{source: src, module: modules[src.Path], builtins: builtins}
		finder.find()
		found, err := finder.verified()
		if err != nil {
			return nil, err
		}
		ignores, invalid := ignoresOf(src, finder.module.Comments)
		wrong = append(wrong, invalid...)
		wrong = append(wrong, applyIgnores(src.Source, found, ignores)...)
		all = append(all, found...)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return all, nil
}

// verified turns the edits that were found into mutants.
func (f *mutantFinder) verified() ([]mutant, error) {
	original, err := shapeOf(f.module)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(f.edits, func(a, b edit) int {
		return cmp.Or(a.start-b.start, a.end-b.end, strings.Compare(a.mutator, b.mutator))
	})
	out := []mutant{}
	seen := map[string]int{}
	known := map[string]bool{}
	for _, e := range f.edits {
		text := f.source.Source[:e.start] + e.replacement + f.source.Source[e.end:]
		if known[text] || !f.isOneChange(original, text) {
			continue
		}
		known[text] = true
		was := f.source.Source[e.start:e.end]
		key := strings.Join([]string{f.source.Path, e.mutator, was, e.replacement}, "\x00")
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
		seen[key]++
		out = append(out, mutant{
			ID:          hex.EncodeToString(sum[:6]),
			File:        f.source.Path,
			Mutator:     e.mutator,
			Start:       pointAt(f.source.Source, e.start),
			End:         pointAt(f.source.Source, e.end),
			Original:    was,
			Replacement: e.replacement,
			Description: e.description,
		})
	}
	return out, nil
}

func (f *mutantFinder) isOneChange(original any, text string) bool {
	mutated, err := ast.ParseModuleWithOpts(f.source.Path, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil || mutated == nil {
		return false
	}
	shape, err := shapeOf(mutated)
	return err == nil && changes(original, shape) == 1
}

func pointAt(source string, offset int) point {
	line := source[:offset]
	row := 1 + strings.Count(line, "\n")
	line = line[strings.LastIndexByte(line, '\n')+1:]
	return point{Row: row, Col: 1 + len(utf16.Encode([]rune(line))), Offset: offset}
}

// ignore is a comment `# mutate: ignore <mutator>[, <mutator>] - reason`.
type ignore struct {
	comment  *ast.Location
	row      int // of the code that it is about
	mutators []string
	reason   string
}

const ignoreForm = "write `# mutate: ignore <mutator>[, <mutator>] - reason`"

func ignoresOf(src source, comments []*ast.Comment) ([]ignore, issues) {
	var found []ignore
	var wrong issues
	for _, comment := range comments {
		directive, ok := strings.CutPrefix(strings.TrimSpace(string(comment.Text)), "mutate:")
		if !ok {
			continue
		}
		entry := ignore{comment: comment.Location, row: rowOfCode(src.Source, comment.Location.Row)}
		if message := entry.parse(directive); message != "" {
			wrong = append(wrong, issueAt(comment.Location, message))
			continue
		}
		found = append(found, entry)
	}
	return found, wrong
}

// parse returns what is wrong with a directive, or nothing.
func (entry *ignore) parse(directive string) string {
	list, ok := strings.CutPrefix(strings.TrimSpace(directive), "ignore ")
	if !ok {
		return "the only thing that a comment can say here is ignore: " + ignoreForm
	}
	names, reason, _ := strings.Cut(list, " - ")
	entry.reason = strings.TrimSpace(reason)
	if entry.reason == "" {
		return "a mutant is ignored without a reason: " + ignoreForm
	}
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(mutators, name) {
			return fmt.Sprintf("there is no mutator %q; there are %s", name, strings.Join(mutators, ", "))
		}
		entry.mutators = append(entry.mutators, name)
	}
	return ""
}

// rowOfCode is the row itself where code stands before the comment, else that of the
// next line that is not a comment.
func rowOfCode(text string, row int) int {
	lines := strings.Split(text, "\n")
	if !isComment(lines[row-1]) {
		return row
	}
	for row < len(lines) && isComment(lines[row-1]) {
		row++
	}
	return row
}

func isComment(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "#")
}

// applyIgnores marks the mutants that comments leave out. A comment that leaves out
// none is an error: it was true of code that has changed since.
func applyIgnores(text string, found []mutant, ignores []ignore) issues {
	var wrong issues
	for _, entry := range ignores {
		used := map[string]bool{}
		for i := range found {
			if rowOfCode(text, found[i].Start.Row) == entry.row && slices.Contains(entry.mutators, found[i].Mutator) {
				found[i].Ignored = entry.reason
				used[found[i].Mutator] = true
			}
		}
		for _, name := range entry.mutators {
			if !used[name] {
				wrong = append(wrong, issueAt(entry.comment, fmt.Sprintf("there is no mutant of %s here to ignore", name)))
			}
		}
	}
	return wrong
}

func issueAt(location *ast.Location, message string) issue {
	return issue{Code: "mutate_comment", Message: message, File: location.File, Row: location.Row, Col: location.Col}
}
