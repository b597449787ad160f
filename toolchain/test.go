package main

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/util"
)

type testResult struct {
	Package    string      `json:"package"`
	Name       string      `json:"name"`
	File       string      `json:"file"`
	Row        int         `json:"row"`
	Col        int         `json:"col"`
	Passed     bool        `json:"passed"`
	Failed     bool        `json:"failed"`
	Skipped    bool        `json:"skipped"`
	Error      string      `json:"error,omitempty"`
	DurationNs int64       `json:"durationNs"`
	Output     string      `json:"output,omitempty"`
	FailedAt   *failedAt   `json:"failedAt,omitempty"`
	SubResults []subResult `json:"subResults,omitempty"`
}

// subResult is one case of a test rule with cases, `test_x[case]`.
type subResult struct {
	Name       string      `json:"name"`
	Passed     bool        `json:"passed"`
	FailedAt   *failedAt   `json:"failedAt,omitempty"`
	SubResults []subResult `json:"subResults,omitempty"`
}

type coverage struct {
	Files   map[string]fileCoverage `json:"files"`
	Percent float64                 `json:"percent"`
}

// fileCoverage has ranges of rows, both ends included.
type fileCoverage struct {
	Covered         [][2]int `json:"covered"`
	NotCovered      [][2]int `json:"notCovered"`
	CoveredLines    int      `json:"coveredLines"`
	NotCoveredLines int      `json:"notCoveredLines"`
	Percent         float64  `json:"percent"`
}

// test is `opa test`: every rule whose name starts with test_, in OPA's interpreter.
func test(req *request) (any, error) {
	modules, err := parse(req.Modules)
	if err != nil {
		return nil, err
	}
	data, err := parseData(req.Data)
	if err != nil {
		return nil, err
	}
	runner := func(filter string) *tester.Runner {
		runner := tester.NewRunner().
			SetDefaultRegoVersion(ast.RegoV1).
			SetModules(modules).
			SetStore(inmem.NewFromObject(data)).
			SetParallel(1).
			Filter(filter)
		if req.TimeoutMs > 0 {
			runner.SetTimeout(time.Duration(req.TimeoutMs) * time.Millisecond)
		}
		return runner
	}

	// The runner takes any tracer for coverage. One it does not know also keeps it from
	// running each test twice more to explain why lines are not covered.
	tracer := &yieldingTracer{}
	covered := cover.New()
	if req.Coverage {
		tracer.next = covered
	}
	ran, err := run(runner(req.Run).SetCoverageQueryTracer(tracer))
	if err != nil {
		return nil, err
	}
	// Only a trace tells what a test failed at. It is expensive and cannot be had
	// together with coverage, so the failed ones run again for it.
	var failures []string
	for _, result := range ran {
		if result.Fail {
			failures = append(failures, regexp.QuoteMeta(fullName(result)))
		}
	}
	var traced []*tester.Result
	if len(failures) > 0 {
		filter := "^(" + strings.Join(failures, "|") + ")$"
		if traced, err = run(runner(filter).EnableTracing(true)); err != nil {
			return nil, err
		}
	}

	out := map[string]any{"results": toTestResults(ran, traced)}
	if req.Coverage {
		out["coverage"] = toCoverage(covered.Report(modules))
	}
	return out, nil
}

// fullName is what the runner holds against a filter. The second test of a name gets
// one, `test_x#01`, that has to be quoted.
func fullName(result *tester.Result) string {
	if strings.Contains(result.Name, "#") && !strings.Contains(result.Name, "[") {
		return result.Package + `["` + result.Name + `"]`
	}
	return result.Package + "." + result.Name
}

func parseData(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return map[string]any{}, nil
	}
	value, err := decodeJSON(raw)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, badRequest("data must be an object")
	}
	return object, nil
}

// run returns the results in the order of the sources.
func run(runner *tester.Runner) ([]*tester.Result, error) {
	done, err := runner.RunTests(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	results := []*tester.Result{}
	for result := range done {
		results = append(results, result)
	}
	slices.SortFunc(results, func(a, b *tester.Result) int {
		return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Name, b.Name))
	})
	return results, nil
}

func toTestResults(ran, traced []*tester.Result) []testResult {
	out := make([]testResult, 0, len(ran))
	for _, result := range ran {
		described := toTestResult(result)
		for _, again := range traced {
			if again.Location.Equal(result.Location) && again.Name == result.Name {
				described.FailedAt = lastFailure(result.Location, again.Trace)
				caseFailures(result.Location, described.SubResults, again.SubResults)
			}
		}
		out = append(out, described)
	}
	return out
}

func toTestResult(result *tester.Result) testResult {
	out := testResult{
		Package:    result.Package,
		Name:       result.Name,
		Passed:     result.Pass(),
		Failed:     result.Fail,
		Skipped:    result.Skip,
		DurationNs: result.Duration.Nanoseconds(),
		Output:     string(result.Output),
		SubResults: toSubResults(result.SubResults),
	}
	if result.Location != nil {
		out.File, out.Row, out.Col = result.Location.File, result.Location.Row, result.Location.Col
	}
	if result.Error != nil {
		out.Error = result.Error.Error()
	}
	return out
}

func toSubResults(results tester.SubResultMap) []subResult {
	out := make([]subResult, 0, len(results))
	for _, name := range util.KeysSorted(results) {
		result := results[name]
		out = append(out, subResult{Name: name, Passed: !result.Fail, SubResults: toSubResults(result.SubResults)})
	}
	return out
}

func toCoverage(report cover.Report) coverage {
	out := coverage{Files: map[string]fileCoverage{}, Percent: round(report.Coverage)}
	for path, file := range report.Files {
		out.Files[path] = fileCoverage{
			Covered:         rows(file.Covered),
			NotCovered:      rows(file.NotCovered),
			CoveredLines:    file.CoveredLines,
			NotCoveredLines: file.NotCoveredLines,
			Percent:         round(file.Coverage),
		}
	}
	return out
}

// rows drops the columns and joins the ranges that then overlap or adjoin.
func rows(ranges []cover.Range) [][2]int {
	out := [][2]int{}
	for _, r := range ranges {
		last := len(out) - 1
		if last >= 0 && r.Start.Row <= out[last][1]+1 {
			out[last][1] = max(out[last][1], r.End.Row)
			continue
		}
		out = append(out, [2]int{r.Start.Row, r.End.Row})
	}
	return out
}

// round gives hundredths, as `opa test --coverage` prints them.
func round(percent float64) float64 {
	return math.Round(percent*100) / 100
}
