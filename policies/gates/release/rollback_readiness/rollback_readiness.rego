# METADATA
# title: Rollback readiness
# description: >-
#   A rollback was tested a short time ago and it worked: somebody states so and signs it, or, where that is accepted, the
#   deployment records show one. The latest test counts, so that a failed one takes an earlier success back.
# related_resources:
#   - ref: https://sre.google/sre-book/release-engineering/
#     description: Release engineering, in Google's book on site reliability
# custom:
#   id: rollback-readiness
#   requirement: R2.18
#   severity: high
#   evidence:
#     - kind: statement
#       optional: true
#     - kind: deployment
#       fields: [id, environment, startedAt, finishedAt, outcome, rollback]
#       optional: true
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       type:
#         description: The type of the statements that a rollback was tested.
#         type: string
#         minLength: 1
#         default: rollback-test
#       max_age_days:
#         description: How long ago the test may be.
#         type: number
#         exclusiveMinimum: 0
#         unit: days
#         stricter: lower
#         default: 30
#       signature:
#         description: Whether the statement needs a verified signature of whoever states it.
#         enum: [any, verified]
#         stricter: [any, verified]
#         default: verified
#       roles:
#         description: Roles of which whoever signed has to have one, as the list of people has them; without any, everybody there counts.
#         type: array
#         items: {type: string, minLength: 1}
#         uniqueItems: true
#         default: []
#       deployments:
#         description: >-
#           Whether a rollback in the deployment records is a test. Records can be of other services as well; accept them where they
#           are of this one alone.
#         enum: [accept, refuse]
#         stricter: [accept, refuse]
#         default: refuse
#       environments:
#         description: The environments in which a recorded rollback is a test.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: [staging, production]
#   controls: [soc2:A1.3, soc2:CC7.5]
#   remediation: >-
#     Roll back in an environment like production, write down in a statement of type rollback-test how it went, and sign it with
#     `gate evidence sign`.
package gates.release.rollback_readiness

import data.lib.statements

params := data.params["rollback-readiness"]

rules := {
	"now": input.time,
	"amount": params.max_age_days,
	"unit": "days",
	"results": ["passed"],
	"signature": params.signature,
	"roles": params.roles,
}

tests contains {
	"evidence": document.id,
	"what": $"{params.type} of {document.summary.statedBy}",
	"statedAt": document.summary.statedAt,
	"expiries": {expiry | expiry := document.summary.expiresAt},
	"result": document.summary.result,
	"verified": document.summary.verified,
	"roles": {role | some role in document.summary.signerRoles},
} if {
	some document in input.evidence.statement
	document.summary.type == params.type
}

# The record of a deployment is no person's word, so nobody has to sign it.
tests contains {
	"evidence": document.id,
	"item": deployment.item,
	"what": $"rollback {deployment.id}",
	"statedAt": ended(deployment),
	"expiries": set(),
	"result": result_of(deployment.outcome),
	"verified": "verified",
	"roles": {role | some role in params.roles},
} if {
	params.deployments == "accept"
	some document in input.evidence.deployment
	some deployment in document.deployments
	deployment.rollback
	deployment.environment in params.environments
}

# A rollback is as recent as its end, which the record may not have.
ended(deployment) := deployment.finishedAt

ended(deployment) := deployment.startedAt if not deployment.finishedAt

ended(deployment) := "at no time" if {
	not deployment.finishedAt
	not deployment.startedAt
}

result_of("success") := "passed"

result_of("failure") := "failed"

applicable := count(tests)

missing contains $"there is no statement of type {params.type}, so no rollback is known to have been tested" if {
	applicable == 0
	params.deployments == "refuse"
}

missing contains $"there is neither a statement of type {params.type} nor the record of a rollback" if {
	applicable == 0
	params.deployments == "accept"
}

deny contains object.union(
	{"key": $"{params.type} {key}", "msg": $"the latest test of a rollback, the {test.what}, {text}"},
	object.filter(test, ["evidence", "item"]),
) if {
	some test in statements.latest(tests)
	some key, text in statements.problems(test, rules)
}
