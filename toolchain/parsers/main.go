// Command parsers is the parsers of Conftest behind one JSON call, built to one
// WebAssembly file:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared
//
// Policies that were written for Conftest rely on the exact shape that its parsers give
// a file, so it is these very parsers that read it. Package reactor says how a host
// calls it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/open-policy-agent/conftest/parser/codeowners"
	"github.com/open-policy-agent/conftest/parser/cyclonedx"
	"github.com/open-policy-agent/conftest/parser/docker"
	dotenv "github.com/open-policy-agent/conftest/parser/dotenv"
	"github.com/open-policy-agent/conftest/parser/edn"
	"github.com/open-policy-agent/conftest/parser/groovy"
	"github.com/open-policy-agent/conftest/parser/hcl1"
	"github.com/open-policy-agent/conftest/parser/hcl2"
	"github.com/open-policy-agent/conftest/parser/hocon"
	"github.com/open-policy-agent/conftest/parser/ignore"
	"github.com/open-policy-agent/conftest/parser/ini"
	jsonparser "github.com/open-policy-agent/conftest/parser/json"
	"github.com/open-policy-agent/conftest/parser/jsonc"
	"github.com/open-policy-agent/conftest/parser/nginx"
	"github.com/open-policy-agent/conftest/parser/properties"
	"github.com/open-policy-agent/conftest/parser/spdx"
	"github.com/open-policy-agent/conftest/parser/toml"
	"github.com/open-policy-agent/conftest/parser/vcl"
	"github.com/open-policy-agent/conftest/parser/xml"
	"github.com/open-policy-agent/conftest/parser/yaml"

	"gate/reactor"
)

func init() { reactor.Serve(handle) }

// main is not called: a reactor only runs its initialisers.
func main() {}

// parser is what every parser of Conftest is.
type parser interface {
	Unmarshal(content []byte, into any) error
}

// parsers has those of Conftest by their names there, without three: CUE would double the
// module, Jsonnet is a program that need not end, and textproto needs other files.
var parsers = map[string]func() parser{
	"codeowners": func() parser { return &codeowners.Parser{} },
	"cyclonedx":  func() parser { return &cyclonedx.Parser{} },
	"dockerfile": func() parser { return &docker.Parser{} },
	"dotenv":     func() parser { return &dotenv.Parser{} },
	"edn":        func() parser { return &edn.Parser{} },
	"groovy":     func() parser { return &groovy.Parser{} },
	"hcl1":       func() parser { return &hcl1.Parser{} },
	"hcl2":       func() parser { return &hcl2.Parser{} },
	"hocon":      func() parser { return &hocon.Parser{} },
	"ignore":     func() parser { return &ignore.Parser{} },
	"ini":        func() parser { return &ini.Parser{} },
	"json":       func() parser { return &jsonparser.Parser{} },
	"jsonc":      func() parser { return &jsonc.Parser{} },
	"nginx":      func() parser { return &nginx.Parser{} },
	"properties": func() parser { return &properties.Parser{} },
	"spdx":       func() parser { return &spdx.Parser{} },
	"toml":       func() parser { return &toml.Parser{} },
	"vcl":        func() parser { return &vcl.Parser{} },
	"xml":        func() parser { return &xml.Parser{} },
	"yaml":       func() parser { return &yaml.Parser{} },
}

// request asks for a content to be read: by the parser of a name, or by the one that
// the name of the file asks for.
type request struct {
	Op      string `json:"op"`
	Parser  string `json:"parser"`
	File    string `json:"file"`
	Content []byte `json:"content"`
}

type parsed struct {
	Parser string `json:"parser"`
	Value  any    `json:"value"`
}

// codeNoParser marks a file that no parser here is for.
const codeNoParser = "no_parser"

func handle(input []byte) reactor.Response {
	var req request
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return failed(reactor.CodeRequest, err)
	}
	if req.Op != "parse" {
		return failed(reactor.CodeRequest, fmt.Errorf("unknown operation %q", req.Op))
	}
	name := req.Parser
	if name == "" {
		name = nameFor(req.File)
	}
	create, ok := parsers[name]
	if !ok {
		return failed(codeNoParser, errors.New("there is no parser for it"))
	}
	var value any
	if err := create().Unmarshal(req.Content, &value); err != nil {
		return failed(reactor.CodeFailed, err)
	}
	return reactor.Response{OK: true, Result: parsed{name, value}}
}

func failed(code string, err error) reactor.Response {
	return reactor.Response{Error: &reactor.Failure{Code: code, Message: err.Error(), Issues: []reactor.Issue{}}}
}

// nameFor follows Conftest's parser.NewFromPath, which cannot be imported without CUE.
func nameFor(file string) string {
	if file == "-" {
		return "yaml"
	}
	name := strings.ToLower(path.Base(file))
	extension := strings.TrimPrefix(path.Ext(name), ".")
	switch {
	case name == "dockerfile", strings.HasPrefix(name, "dockerfile."), extension == "dockerfile":
		return "dockerfile"
	case extension == "yml", extension == "yaml":
		return "yaml"
	case extension == "hcl", extension == "tf", extension == "tfvars":
		return "hcl2"
	case extension == "gitignore", extension == "dockerignore":
		return "ignore"
	case name == ".env", strings.HasPrefix(name, ".env."), extension == "env":
		return "dotenv"
	case name == "nginx.conf":
		return "nginx"
	case name == "jenkinsfile", strings.HasPrefix(name, "jenkinsfile."):
		return "groovy"
	case name == "codeowners":
		return "codeowners"
	default:
		return extension
	}
}
