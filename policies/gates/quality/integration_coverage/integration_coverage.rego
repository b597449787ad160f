# METADATA
# title: Integration test coverage
# description: >-
#   The integration tests execute at least the required share of lines, counted apart from what unit tests execute.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/218/final
#     description: NIST SP 800-218, PW.8, test executable code
# custom:
#   id: integration-coverage
#   requirement: R2.3
#   severity: medium
#   evidence:
#     - kind: coverage
#       suite: integration
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
#         default: 70
#       branches:
#         description: Percent of branches that must be covered; 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 0
#       functions:
#         description: Percent of functions that must be covered; 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 0
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
#       unmeasured_paths:
#         description: >-
#           Patterns of files of a change that no coverage has to name, such as tests; asked where changed_lines is.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default:
#           - "**/test/**"
#           - "**/tests/**"
#           - "**/__tests__/**"
#           - "*.test.*"
#           - "*.spec.*"
#           - "*_test.*"
#           - "test_*.py"
#           - "*.d.ts"
#           - "*.config.*"
#   controls: [ssdf:PW.8.2]
#   remediation: >-
#     Add integration tests for the parts that none of them reaches; the coverage report of the test runner shows the lines.
package gates.quality.integration_coverage

import data.lib.coverage

thresholds := data.params["integration-coverage"]

applicable := count(input.evidence.coverage)

missing contains $"{document.path} measured no line" if {
	some document in input.evidence.coverage
	document.summary.lines.total == 0
}

missing contains coverage.uncounted(document.path, "branches", thresholds.branches) if {
	some document in input.evidence.coverage
	not document.summary.branches
}

missing contains coverage.uncounted(document.path, "functions", thresholds.functions) if {
	some document in input.evidence.coverage
	not document.summary.functions
}

missing contains coverage.uncounted(document.path, "statements", thresholds.statements) if {
	some document in input.evidence.coverage
	not document.summary.statements
}

missing contains coverage.unknown_change(document.path, thresholds.changed_lines) if {
	some document in input.evidence.coverage
	not document.summary.changed
}

missing contains coverage.unmeasured(
	document.path,
	document.summary.changedUnmeasuredPaths,
	thresholds.unmeasured_paths,
	thresholds.changed_lines,
) if {
	some document in input.evidence.coverage
}

deny contains object.union({"evidence": document.id}, coverage.shortfall("lines", document.summary.lines, thresholds.lines)) if {
	some document in input.evidence.coverage
}

deny contains object.union({"evidence": document.id}, coverage.shortfall("branches", document.summary.branches, thresholds.branches)) if {
	some document in input.evidence.coverage
}

deny contains object.union({"evidence": document.id}, coverage.shortfall("functions", document.summary.functions, thresholds.functions)) if {
	some document in input.evidence.coverage
}

deny contains object.union({"evidence": document.id}, coverage.shortfall("statements", document.summary.statements, thresholds.statements)) if {
	some document in input.evidence.coverage
}

deny contains object.union({"evidence": document.id, "item": file.item}, shortfall) if {
	some document in input.evidence.coverage
	some file in document.files
	file.changed.covered < file.changed.total
	shortfall := coverage.changed_shortfall(file.changedMissed, document.summary.changed, thresholds.changed_lines)
}
