# METADATA
# title: Tests pass
# description: Every test that ran passed, and at least one ran. A skipped test is neither.
# custom:
#   id: tests
#   requirement: R2.5
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
#   controls: [ssdf:PW.8.2]
#   remediation: Mend the failing tests or the code that they test; do not skip them.
package gates.quality.tests

import data.lib.ratio

# Tests that ran: what was skipped proves nothing.
executed(summary) := (summary.passed + summary.failed) + summary.errored

applicable := sum([document.summary.total | some document in input.evidence.tests])

missing contains $"{document.path}: {executed(document.summary)} tests ran, {data.params.tests.minimum_executed} required" if {
	some document in input.evidence.tests
	executed(document.summary) < data.params.tests.minimum_executed
}

deny contains {"evidence": document.id, "item": case.item, "severity": "high"} if {
	some document in input.evidence.tests
	ratio.below(document.summary.passed, executed(document.summary), data.params.tests.pass_rate)
	some case in document.cases
	case.status in {"failed", "errored"}
}
