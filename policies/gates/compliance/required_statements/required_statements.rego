# METADATA
# title: Required statements
# description: >-
#   What people have to look at from time to time was looked at: for each type there is a statement that passed, is recent
#   enough, has not expired, and is signed by somebody with the right role. The latest of a type counts.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/30/r1/final
#     description: Guide for conducting risk assessments, NIST SP 800-30
# custom:
#   id: required-statements
#   requirement: R2.20
#   severity: high
#   evidence:
#     - kind: statement
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       types:
#         description: >-
#           The types of statements that have to be there, such as access-review, risk-assessment, dpia, penetration-test and threat-model.
#         type: array
#         minItems: 1
#         items: {type: string, pattern: "^[a-z][a-z0-9-]{0,63}$"}
#         stricter: more
#         default: [access-review, risk-assessment]
#       max_age_days:
#         description: How long ago a statement may be made whose type has no age of its own.
#         type: number
#         exclusiveMinimum: 0
#         unit: days
#         stricter: lower
#         default: 92
#       max_age_days_of:
#         description: How many days ago a statement of a type may be made.
#         type: object
#         additionalProperties: {type: number, exclusiveMinimum: 0}
#         default: {risk-assessment: 366, dpia: 366, penetration-test: 366, threat-model: 366}
#       conditional:
#         description: What a statement does whose result is conditional.
#         enum: [accept, refuse]
#         stricter: [accept, refuse]
#         default: refuse
#       signature:
#         description: Whether a statement needs a verified signature of whoever states it.
#         enum: [any, verified]
#         stricter: [any, verified]
#         default: verified
#       roles:
#         description: >-
#           By type, the roles of which whoever signed has to have one, as the list of people has them; for a type without any, everybody
#           there counts.
#         type: object
#         additionalProperties: {type: array, items: {type: string, minLength: 1}}
#         default: {}
#   controls: [soc2:CC3.2, soc2:CC4.1, soc2:CC6.2, soc2:CC6.3]
#   remediation: >-
#     Have the review or assessment done, write down what came of it as a statement, and sign it with `gate evidence sign`.
package gates.compliance.required_statements

import data.lib.statements

params := data.params["required-statements"]

results := ["passed"] if params.conditional == "refuse"

results := ["passed", "conditional"] if params.conditional == "accept"

rules[type] := {
	"now": input.time,
	"amount": object.get(params.max_age_days_of, type, params.max_age_days),
	"unit": "days",
	"results": results,
	"signature": params.signature,
	"roles": object.get(params.roles, type, []),
} if {
	some type in params.types
}

stated[document.summary.type] contains {
	"evidence": document.id,
	"statedBy": document.summary.statedBy,
	"statedAt": document.summary.statedAt,
	"expiries": {expiry | expiry := document.summary.expiresAt},
	"result": document.summary.result,
	"verified": document.summary.verified,
	"roles": {role | some role in document.summary.signerRoles},
} if {
	some document in input.evidence.statement
}

applicable := count([document | some document in input.evidence.statement])

missing contains $"there is no statement of type {type}" if {
	applicable > 0
	some type in params.types
	not stated[type]
}

deny contains {
	"evidence": one.evidence,
	"key": $"{type} {key}",
	"msg": $"the {type} of {one.statedBy} {text}",
} if {
	some type, statements_of_type in stated
	some one in statements.latest(statements_of_type)
	some key, text in statements.problems(one, rules[type])
}
