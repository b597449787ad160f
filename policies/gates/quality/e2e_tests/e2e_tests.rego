# METADATA
# title: End-to-end tests pass
# description: >-
#   The tests that go through the whole system as a user does passed, and at least one ran.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/218/final
#     description: NIST SP 800-218, PW.8, test executable code
# custom:
#   id: e2e-tests
#   requirement: R2.5
#   severity: high
#   evidence:
#     - kind: tests
#       suite: e2e
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
#   remediation: Repeat the failing path by hand, and mend the system or the test; do not skip it.
package gates.quality.e2e_tests

import data.lib.test_results

params := data.params["e2e-tests"]

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
