# METADATA
# title: Unit test coverage
# description: The unit tests execute at least the required share of lines and of branches.
# custom:
#   id: unit-coverage
#   requirement: R2.2
#   evidence:
#     - kind: coverage
#       suite: unit
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       lines:
#         description: Percent of executable lines that must be covered.
#         type: number
#         minimum: 0
#         maximum: 100
#         default: 80
#       branches:
#         description: Percent of branches that must be covered; 0 turns the check off.
#         type: number
#         minimum: 0
#         maximum: 100
#         default: 75
#   controls: [ssdf:PW.8.2]
#   remediation: >-
#     Add tests for the uncovered code; the coverage report of the test runner shows the lines.
package gates.quality.unit_coverage

import data.lib.ratio

thresholds := data.params["unit-coverage"]

applicable := count(input.evidence.coverage)

missing contains $"{document.path} has no branch counts, and {thresholds.branches} % of branches are required" if {
	some document in input.evidence.coverage
	thresholds.branches > 0
	not document.summary.branches
}

deny contains {
	"evidence": document.id,
	"key": "lines",
	"severity": "medium",
	"msg": $"line coverage is {ratio.percent(lines.covered, lines.total)} % ({lines.covered} of {lines.total}), {thresholds.lines} % required",
} if {
	some document in input.evidence.coverage
	lines := document.summary.lines
	ratio.below(lines.covered, lines.total, thresholds.lines)
}

deny contains {
	"evidence": document.id,
	"key": "branches",
	"severity": "medium",
	"msg": $"branch coverage is {ratio.percent(branches.covered, branches.total)} % ({branches.covered} of {branches.total}), {thresholds.branches} % required",
} if {
	some document in input.evidence.coverage
	branches := document.summary.branches
	ratio.below(branches.covered, branches.total, thresholds.branches)
}
