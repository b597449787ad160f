# METADATA
# title: Deployment readiness
# description: >-
#   Somebody went through the pre-flight list for this deployment a short time ago, states `yes` to every question on it, and
#   signs it. The latest statement counts.
# related_resources:
#   - ref: https://sre.google/sre-book/launch-checklist/
#     description: A launch checklist, in Google's book on site reliability
# custom:
#   id: deployment-readiness
#   requirement: R2.18
#   severity: high
#   evidence:
#     - kind: statement
#       fields: [name, value]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       type:
#         description: The type of the statements that are a pre-flight list.
#         type: string
#         minLength: 1
#         default: pre-flight
#       claims:
#         description: The names of the claims of which each has to be stated, as `yes` or `true`.
#         type: array
#         minItems: 1
#         items: {type: string, minLength: 1}
#         stricter: more
#         default:
#           - dependencies healthy
#           - capacity sufficient
#           - on-call staffed
#           - feature flags set
#           - alerts quiet
#           - migrations validated
#           - backups verified
#       max_age_hours:
#         description: How long ago it may have been stated.
#         type: number
#         exclusiveMinimum: 0
#         unit: hours
#         stricter: lower
#         default: 24
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
#   controls: [soc2:A1.2, soc2:CC8.1]
#   remediation: >-
#     Go through the list, mend what is not ready, write the answers as claims into a statement of type pre-flight with the commit
#     that is deployed, and sign it with `gate evidence sign`.
package gates.release.deployment_readiness

import data.lib.statements

params := data.params["deployment-readiness"]

rules := {
	"now": input.time,
	"amount": params.max_age_hours,
	"unit": "hours",
	"results": ["passed"],
	"signature": params.signature,
	"roles": params.roles,
}

stated contains {
	"evidence": document.id,
	"what": $"the {params.type} of {document.summary.statedBy}",
	"statedAt": document.summary.statedAt,
	"expiries": {expiry | expiry := document.summary.expiresAt},
	"result": document.summary.result,
	"verified": document.summary.verified,
	"roles": {role | some role in document.summary.signerRoles},
	"claims": {name: value |
		some claim in document.claims
		name := lower(trim_space(claim.name))
		value := lower(trim_space(claim.value))
	},
} if {
	some document in input.evidence.statement
	document.summary.type == params.type
}

applicable := count(stated)

is_affirmed(claims, name) if claims[name] in {"yes", "true"}

missing contains $"there is no statement of type {params.type}" if {
	count(input.evidence.statement) > 0
	applicable == 0
}

deny contains {"evidence": one.evidence, "key": key, "msg": $"{one.what} {text}"} if {
	some one in statements.latest(stated)
	some key, text in statements.problems(one, rules)
}

deny contains {
	"evidence": one.evidence,
	"key": $"claim {claim}",
	"msg": $"{one.what} does not say of \"{claim}\"",
} if {
	some one in statements.latest(stated)
	some claim in params.claims
	not one.claims[lower(claim)]
}

deny contains {
	"evidence": one.evidence,
	"key": $"claim {claim}",
	"msg": $"{one.what} says of \"{claim}\": {one.claims[lower(claim)]}",
} if {
	some one in statements.latest(stated)
	some claim in params.claims
	one.claims[lower(claim)]
	not is_affirmed(one.claims, lower(claim))
}
