package main

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

type formatted struct {
	Path      string `json:"path"`
	Formatted string `json:"formatted"`
	Changed   bool   `json:"changed"`
}

// formatSources is `opa fmt`.
func formatSources(req *request) (any, error) {
	if _, err := parse(req.Modules); err != nil {
		return nil, err
	}
	out := make([]formatted, 0, len(req.Modules))
	for _, src := range req.Modules {
		text, err := format.SourceWithOpts(src.Path, []byte(src.Source), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, err
		}
		out = append(out, formatted{Path: src.Path, Formatted: string(text), Changed: string(text) != src.Source})
	}
	return out, nil
}
