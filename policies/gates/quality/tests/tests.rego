# METADATA
# title: Tests pass
# description: >-
#   Every test that ran passed, and at least one ran. A skipped test is neither.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/218/final
#     description: NIST SP 800-218, PW.8, test executable code
# custom:
#   id: tests
#   requirement: R2.5
#   severity: high
#   evidence:
#     - kind: tests
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
#       suites:
#         description: >-
#           Which tests it looks at: all, so that no result that was handed in is overlooked. A suite whose own gate is only
#           advisory is left out here.
#         type: array
#         minItems: 1
#         items: {enum: [unit, integration, e2e, smoke, acceptance, compatibility]}
#         stricter: more
#         default: [unit, integration, e2e, smoke, acceptance, compatibility]
#   controls: [ssdf:PW.8.2]
#   remediation: Mend the failing tests or the code that they test; do not skip them.
package gates.quality.tests

import data.lib.test_results

params := data.params.tests

documents := [document | some document in input.evidence.tests; document.summary.suite in params.suites]

# Tests that ran, by file: what was skipped proves nothing.
ran[document.id] := test_results.executed(
	document.summary.passed,
	document.summary.failed,
	document.summary.errored,
) if {
	some document in documents
}

applicable := sum([document.summary.total | some document in documents])

missing contains test_results.too_few(document.path, ran[document.id], params.minimum_executed) if some document in documents

missing contains test_results.too_many_skipped(
	document.path,
	document.summary.skipped,
	document.summary.total,
	params.skipped_percent,
) if {
	some document in documents
}

deny contains {"evidence": document.id, "item": case.item, "severity": "high"} if {
	some document in documents
	test_results.fail(document.summary.passed, ran[document.id], params.pass_rate)
	some case in document.cases
	case.status in test_results.failing
}
