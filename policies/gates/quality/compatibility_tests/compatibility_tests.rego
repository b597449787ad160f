# METADATA
# title: Compatibility tests pass
# description: >-
#   The tests that hold the system to what its users rely on, such as existing commands and older clients, passed, and at least one ran.
# related_resources:
#   - ref: https://semver.org/
#     description: Semantic Versioning, what a major version is for
# custom:
#   id: compatibility-tests
#   requirement: R2.24
#   severity: high
#   evidence:
#     - kind: tests
#       suite: compatibility
#       fields: [status]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       pass_rate:
#         description: Percent of the tests that ran which must pass.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 100
#       minimum_executed:
#         description: How many tests must have run in each file of results.
#         type: integer
#         unit: tests
#         minimum: 1
#         stricter: higher
#         default: 1
#       skipped_percent:
#         description: Percent of the tests of a file that may be skipped, as all others are where one is marked to run alone.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 100
#   controls: [ssdf:PW.8.2]
#   remediation: Make what worked before work again, or announce the change first, with a way to migrate, in a major version.
package gates.quality.compatibility_tests

import data.lib.test_results

params := data.params["compatibility-tests"]

# Tests that ran, by file: what was skipped proves nothing.
ran[document.id] := test_results.executed(
	document.summary.passed,
	document.summary.failed,
	document.summary.errored,
) if {
	some document in input.evidence.tests
}

applicable := sum([document.summary.total | some document in input.evidence.tests])

missing contains test_results.too_few(document.path, ran[document.id], params.minimum_executed) if some document in input.evidence.tests

missing contains test_results.too_many_skipped(
	document.path,
	document.summary.skipped,
	document.summary.total,
	params.skipped_percent,
) if {
	some document in input.evidence.tests
}

deny contains {"evidence": document.id, "item": case.item, "severity": "high"} if {
	some document in input.evidence.tests
	test_results.fail(document.summary.passed, ran[document.id], params.pass_rate)
	some case in document.cases
	case.status in test_results.failing
}
