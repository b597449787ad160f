# METADATA
# title: Flaky tests
# description: >-
#   Of the tests of a suite that ran, less than the allowed share passed only when they were repeated. It sees the repetitions
#   that the file of results tells: CTRF, JUnit of Surefire and of pytest-rerunfailures, and the JSON of Playwright, jest and
#   mocha do. TAP, TRX, NUnit, xUnit.net, go test and the JUnit of most other runners have no room for them, and neither tells
#   a runner that repeats nothing; there the rate is 0, and this gate shows nothing.
# related_resources:
#   - ref: https://testing.googleblog.com/2016/05/flaky-tests-at-google-and-how-we.html
#     description: Flaky tests at Google and how we mitigate them
# custom:
#   id: flaky-tests
#   requirement: R2.6
#   severity: low
#   evidence:
#     - kind: tests
#       fields: [flaky, attempts]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       below_percent:
#         description: Percent of the tests that ran in a suite below which the flaky ones have to stay; this much is too much.
#         type: number
#         unit: percent
#         exclusiveMinimum: 0
#         maximum: 100
#         stricter: lower
#         default: 2
#       minimum_executed:
#         description: How many tests must have run in a suite, over all its files.
#         type: integer
#         unit: tests
#         minimum: 1
#         stricter: higher
#         default: 1
#   controls: [ssdf:PW.8.2]
#   remediation: >-
#     Find what the test depends on beside the code (time, order, network, what another test leaves behind), or take it out
#     until it is mended, with a ticket.
package gates.quality.flaky_tests

import data.lib.ratio
import data.lib.test_results

params := data.params["flaky-tests"]

applicable := sum([suite.ran | some suite in suites])

suites[name] := {"ran": ran, "flaky": flaky} if {
	some name in {document.summary.suite | some document in input.evidence.tests}
	files := [document.summary | some document in input.evidence.tests; document.summary.suite == name]
	ran := sum([test_results.executed(file.passed, file.failed, file.errored) | some file in files])
	flaky := sum([file.flaky | some file in files])
}

missing contains $"{suite.ran} {name} tests ran, {params.minimum_executed} required" if {
	some name, suite in suites
	suite.ran < params.minimum_executed
}

deny contains {
	"evidence": document.id,
	"item": case.item,
	"key": "flaky",
	"severity": "low",
	"msg": $"passed at attempt {case.attempts} only; {suite.flaky} of {suite.ran} {name} tests that ran are flaky ({ratio.percent(suite.flaky, suite.ran)} %), less than {params.below_percent} % may be",
	"measured": {"value": (100 * suite.flaky) / suite.ran, "limit": params.below_percent, "better": "lower"},
} if {
	some document in input.evidence.tests
	name := document.summary.suite
	suite := suites[name]
	not ratio.below(suite.flaky, suite.ran, params.below_percent)
	some case in document.cases
	case.flaky
}
