# METADATA
# title: Unit test coverage
# description: >-
#   The unit tests execute at least the required share of lines and of branches, and of the lines that a change touches.
# custom:
#   id: unit-coverage
#   requirement: R2.2
#   evidence:
#     - kind: coverage
#       suite: unit
#       fields: [changed, changedMissed]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       lines:
#         description: Percent of executable lines that must be covered.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 80
#       branches:
#         description: Percent of branches that must be covered; 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 75
#       statements:
#         description: >-
#           Percent of statements that must be covered, for tools such as Go's that count these; 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 0
#       changed_lines:
#         description: Percent of the executable lines added or changed that must be covered; 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 0
#   controls: [ssdf:PW.8.2]
#   remediation: >-
#     Add tests for the uncovered code; the coverage report of the test runner shows the lines.
package gates.quality.unit_coverage

import data.lib.ratio

thresholds := data.params["unit-coverage"]

applicable := count(input.evidence.coverage)

missing contains $"{document.path} has no branch counts, and {thresholds.branches} % of branches are required" if {
	thresholds.branches > 0
	some document in input.evidence.coverage
	not document.summary.branches
}

missing contains $"{document.path} has no statement counts, and {thresholds.statements} % of statements are required" if {
	thresholds.statements > 0
	some document in input.evidence.coverage
	not document.summary.statements
}

missing contains $"it is not known which lines of {document.path} were changed, and {thresholds.changed_lines} % of them are required" if {
	thresholds.changed_lines > 0
	some document in input.evidence.coverage
	not document.summary.changed
}

# Not cut as the message is, so that what is let through cannot get worse below a decimal.
measured(counts, limit) := {"value": (100 * counts.covered) / counts.total, "limit": limit, "better": "higher"}

deny contains {
	"evidence": document.id,
	"key": "lines",
	"severity": "medium",
	"msg": $"line coverage is {ratio.percent(lines.covered, lines.total)} % ({lines.covered} of {lines.total}), {thresholds.lines} % required",
	"measured": measured(lines, thresholds.lines),
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
	"measured": measured(branches, thresholds.branches),
} if {
	some document in input.evidence.coverage
	branches := document.summary.branches
	ratio.below(branches.covered, branches.total, thresholds.branches)
}

deny contains {
	"evidence": document.id,
	"key": "statements",
	"severity": "medium",
	"msg": $"statement coverage is {ratio.percent(statements.covered, statements.total)} % ({statements.covered} of {statements.total}), {thresholds.statements} % required",
	"measured": measured(statements, thresholds.statements),
} if {
	some document in input.evidence.coverage
	statements := document.summary.statements
	ratio.below(statements.covered, statements.total, thresholds.statements)
}

deny contains {
	"evidence": document.id,
	"item": file.item,
	"key": "changed-lines",
	"severity": "medium",
	"msg": $"lines {file.changedMissed} are changed and not covered; {ratio.percent(changed.covered, changed.total)} % of the changed lines are ({changed.covered} of {changed.total}), {thresholds.changed_lines} % required",
	"measured": measured(changed, thresholds.changed_lines),
} if {
	some document in input.evidence.coverage
	changed := document.summary.changed
	ratio.below(changed.covered, changed.total, thresholds.changed_lines)
	some file in document.files
	file.changed.covered < file.changed.total
}
