# METADATA
# title: Mutation score
# description: >-
#   The tests notice at least the required share of the changes that a mutation testing tool made to the code. A run of which
#   too many changes could not be tested says nothing.
# related_resources:
#   - ref: https://stryker-mutator.io/docs/mutation-testing-elements/mutant-states-and-metrics/
#     description: Mutant states and metrics, how the score is counted
# custom:
#   id: mutation-score
#   requirement: R2.4
#   severity: medium
#   evidence:
#     - kind: mutation
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       score:
#         description: Percent of the mutants that could be tested which the tests must notice.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 75
#       minimum_mutants:
#         description: How many mutants a file must have that could be tested.
#         type: integer
#         unit: mutants
#         minimum: 1
#         stricter: higher
#         default: 1
#       invalid_percent:
#         description: Percent of the mutants that may fail to compile or to run; these do not count in the score.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 50
#       ignored_percent:
#         description: Percent of the mutants that may be left out on purpose; these do not count in the score either.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 50
#       pending_percent:
#         description: Percent of the mutants that may still wait for their test; a run that ended has none.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 0
#   controls: [ssdf:PW.8.2]
#   remediation: >-
#     Look at the mutants that survived in the report of the tool, and add an assertion that fails on each that matters.
package gates.quality.mutation_score

import data.lib.ratio

params := data.params["mutation-score"]

applicable := sum([document.summary.valid | some document in input.evidence.mutation])

# What keeps a file from saying anything: how many mutants, what of them, and how much of it there may be.
untested contains {
	"path": document.path,
	"what": "failed to compile or to run",
	"count": document.summary.compileError + document.summary.runtimeError,
	"total": document.summary.total,
	"limit": params.invalid_percent,
} if {
	some document in input.evidence.mutation
}

untested contains {
	"path": document.path,
	"what": "were left out",
	"count": document.summary.ignored,
	"total": document.summary.total,
	"limit": params.ignored_percent,
} if {
	some document in input.evidence.mutation
}

untested contains {
	"path": document.path,
	"what": "were not tested yet",
	"count": document.summary.pending,
	"total": document.summary.total,
	"limit": params.pending_percent,
} if {
	some document in input.evidence.mutation
}

missing contains $"{document.path}: {document.summary.valid} mutants could be tested, {params.minimum_mutants} required" if {
	some document in input.evidence.mutation
	document.summary.valid < params.minimum_mutants
}

missing contains $"{part.path}: {part.count} of {part.total} mutants {part.what} ({ratio.percent(part.count, part.total)} %), at most {part.limit} % may" if {
	some part in untested
	100 * part.count > part.limit * part.total
}

deny contains {
	"evidence": document.id,
	"key": "score",
	"severity": "medium",
	"msg": $"mutation score is {ratio.percent(detected, valid)} % ({detected} of {valid} mutants noticed; {document.summary.survived} survived, {document.summary.noCoverage} in code that no test runs), {params.score} % required",
	"measured": {"value": (100 * detected) / valid, "limit": params.score, "better": "higher"},
} if {
	some document in input.evidence.mutation
	detected := document.summary.detected
	valid := document.summary.valid
	ratio.below(detected, valid, params.score)
}
