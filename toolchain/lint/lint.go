package main

import (
	"context"
	"errors"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/regal/pkg/config"
	"github.com/open-policy-agent/regal/pkg/linter"
	"github.com/open-policy-agent/regal/pkg/report"
	"github.com/open-policy-agent/regal/pkg/rules"
	"gopkg.in/yaml.v3"
)

type linted struct {
	Violations []violation     `json:"violations"`
	Parameters []parameterRead `json:"parameters"`
}

// violation is what a rule of Regal's, or of the project's own, found.
type violation struct {
	Rule     string `json:"rule"`
	Category string `json:"category"`
	Level    string `json:"level"`
	Message  string `json:"message"`
	File     string `json:"file"`
	Row      int    `json:"row"`
	Col      int    `json:"col"`
	EndRow   int    `json:"endRow,omitempty"`
	EndCol   int    `json:"endCol,omitempty"`
	Docs     string `json:"docs,omitempty"`
}

// lint runs Regal, and finds where modules read parameters.
func lint(req *request) (any, error) {
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	reads, err := parameterReads(modules)
	if err != nil {
		return nil, err
	}
	found, err := runRegal(req, modules)
	if err != nil {
		return nil, err
	}
	out := linted{Violations: make([]violation, 0, len(found)), Parameters: reads}
	for _, one := range found {
		out.Violations = append(out.Violations, toViolation(one))
	}
	return out, nil
}

func runRegal(req *request, modules map[string]*ast.Module) ([]report.Violation, error) {
	var settings config.Config
	if err := yaml.Unmarshal([]byte(req.Config), &settings); err != nil {
		return nil, configError{err}
	}
	texts := make(map[string]string, len(req.Modules))
	for _, src := range req.Modules {
		texts[src.Path] = src.Source
	}
	input := rules.NewInput(texts, modules)
	regal := linter.NewLinter().WithUserConfig(settings).WithInputModules(&input)
	if len(req.Rules) > 0 {
		files := fstest.MapFS{}
		for _, src := range req.Rules {
			files[src.Path] = &fstest.MapFile{Data: []byte(src.Source)}
		}
		regal = regal.WithCustomRulesFromFS(files, ".")
	}
	// What can be wrong here is the configuration, or a rule of the project's.
	prepared, err := regal.Prepare(context.Background())
	if err != nil {
		return nil, configError{err}
	}
	result, err := prepared.Lint(context.Background())
	return result.Violations, err
}

func toViolation(from report.Violation) violation {
	out := violation{
		Rule:     from.Title,
		Category: from.Category,
		Level:    from.Level,
		Message:  from.Description,
		File:     from.Location.File,
		Row:      from.Location.Row,
		Col:      from.Location.Column,
	}
	if end := from.Location.End; end != nil {
		out.EndRow, out.EndCol = end.Row, end.Column
	}
	for _, resource := range from.RelatedResources {
		if out.Docs == "" || resource.Description == "documentation" {
			out.Docs = resource.Reference
		}
	}
	return out
}

// parse reads all modules as Rego v1, and reports the errors of all of them.
func parse(sources []source) (map[string]*ast.Module, error) {
	options := ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true}
	modules := make(map[string]*ast.Module, len(sources))
	var errs ast.Errors
	for _, src := range sources {
		module, err := ast.ParseModuleWithOpts(src.Path, src.Source, options)
		var list ast.Errors
		switch {
		case errors.As(err, &list):
			errs = append(errs, list...)
		case err != nil:
			errs = append(errs, ast.NewError(ast.ParseErr, ast.NewLocation(nil, src.Path, 1, 1), "%v", err))
		default:
			modules[src.Path] = module
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return modules, nil
}
