// Command conformance prints OPA's own compliance cases, as JSON, one a line. They come
// out of the pinned module; nothing of them is kept in this repository.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/test/cases/testdata"
	"github.com/open-policy-agent/opa/v1/util"
)

// testCase is a case in the terms of a compiled policy: its query is a rule.
type testCase struct {
	Note    string   `json:"note"`
	Modules []string `json:"modules"`
	// Query is a module whose rule `result` is the set of the query's bindings. It is
	// empty where the query cannot be parsed.
	Query string          `json:"query"`
	Data  json.RawMessage `json:"data"`
	// Input is a Rego term; absent where the case has none.
	Input      string            `json:"input,omitempty"`
	Defined    *bool             `json:"defined,omitempty"`
	Result     *[]map[string]any `json:"result,omitempty"`
	WantsError bool              `json:"wantsError"`
	Strict     bool              `json:"strict"`
	Sorted     bool              `json:"sorted"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	err := fs.WalkDir(testdata.V1, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		raw, err := testdata.V1.ReadFile(path)
		if err != nil {
			return err
		}
		var set cases.Set
		if err := util.Unmarshal(raw, &set); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, each := range set.Cases {
			if err := out.Encode(convert(each)); err != nil {
				return fmt.Errorf("%s: %s: %w", path, each.Note, err)
			}
		}
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func convert(from cases.TestCase) testCase {
	to := testCase{
		Note:       from.Note,
		Modules:    append([]string{}, from.Modules...),
		Query:      asModule(from.Query),
		Data:       json.RawMessage("{}"),
		Defined:    from.WantDefined,
		Result:     from.WantResult,
		WantsError: from.WantError != nil || from.WantErrorCode != nil,
		Strict:     from.StrictError,
		Sorted:     from.SortBindings,
	}
	if from.Data != nil {
		to.Data = marshal(*from.Data)
	}
	switch {
	case from.InputTerm != nil:
		to.Input = ast.MustParseTerm(*from.InputTerm).Value.String()
	case from.Input != nil:
		to.Input = string(marshal(*from.Input))
	}
	return to
}

// asModule wraps a query into a rule that collects what its variables are bound to.
func asModule(query string) string {
	body, err := ast.ParseBodyWithOpts(query, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		return ""
	}
	visitor := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{
		SkipRefCallHead: true,
		SkipClosures:    true,
		SkipSets:        false,
	})
	visitor.WalkBody(body)
	var names []string
	for name := range visitor.Vars() {
		if name.IsWildcard() || name.IsGenerated() || ast.RootDocumentNames.Contains(ast.VarTerm(string(name))) {
			continue
		}
		names = append(names, fmt.Sprintf("%q: %s", string(name), name))
	}
	slices.Sort(names)
	return fmt.Sprintf("package conformance_query\n\nresult contains {%s} if {\n\t%s\n}\n", strings.Join(names, ", "), query)
}

func marshal(value any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return out.Bytes()
}
