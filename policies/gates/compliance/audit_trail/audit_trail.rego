# gate ignore:missing-rule What a record does not say is what it asks for, and a violation.
# METADATA
# title: Audit trail
# description: >-
#   The record of every deployment of the last time says who asked for it, what was deployed, when, why, and of which commit or
#   artifact.
# custom:
#   id: audit-trail
#   requirement: R2.20
#   severity: medium
#   evidence:
#     - kind: deployment
#       fields: [id, service, environment, commit, version, artifact, actor, reason, startedAt, finishedAt]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       asked:
#         description: >-
#           What each record has to say, who asked for the deployment, what (a service, a version or an artifact), where (the environment),
#           when, why, and of which revision (a commit or an artifact).
#         type: array
#         minItems: 1
#         items: {enum: [who, what, where, when, why, revision]}
#         uniqueItems: true
#         stricter: more
#         default: [who, what, where, when, why, revision]
#       environments:
#         description: The environments whose deployments are asked; without any, those of all, and those that name none always.
#         type: array
#         items: {type: string, minLength: 1}
#         uniqueItems: true
#         default: []
#       days:
#         description: How far back deployments are asked; one without a time always is.
#         type: number
#         exclusiveMinimum: 0
#         unit: days
#         stricter: higher
#         default: 90
#   controls: [soc2:CC7.2, soc2:CC8.1, ssdf:PO.3.3]
#   remediation: >-
#     Have the pipeline record who deploys what, where, when and why. Complete the old records in the tool that keeps them.
package gates.compliance.audit_trail

import data.lib.times

params := data.params["audit-trail"]

is_asked(_) if count(params.environments) == 0

is_asked(deployment) if not deployment.environment

is_asked(deployment) if deployment.environment in params.environments

time_of(deployment) := deployment.finishedAt

time_of(deployment) := deployment.startedAt if not deployment.finishedAt

# One without a time that can be read is not of the past.
is_past(deployment) if times.instant(time_of(deployment)) < times.instant(input.time) - (params.days * times.day)

asked contains {"evidence": document.id, "deployment": deployment} if {
	some document in input.evidence.deployment
	some deployment in document.deployments
	is_asked(deployment)
	not is_past(deployment)
}

applicable := count(asked)

recorded := [deployment |
	some document in input.evidence.deployment
	some deployment in document.deployments
]

not_applicable := $"there are records of deployments, and none of the last {params.days} days that is asked" if {
	count(recorded) > 0
	applicable == 0
}

answers(deployment, "who") if is_said(deployment.actor)

answers(deployment, "what") if is_said(deployment.service)

answers(deployment, "what") if is_said(deployment.version)

answers(deployment, "what") if is_said(deployment.artifact)

answers(deployment, "where") if is_said(deployment.environment)

answers(deployment, "when") if times.instant(time_of(deployment))

answers(deployment, "why") if is_said(deployment.reason)

answers(deployment, "revision") if is_said(deployment.commit)

answers(deployment, "revision") if is_said(deployment.artifact)

is_said(text) if trim_space(text) != ""

words := {
	"who": "who asked for it",
	"what": "what was deployed",
	"where": "where to",
	"when": "when",
	"why": "why",
	"revision": "of which commit or artifact",
}

deny contains {
	"evidence": one.evidence,
	"item": one.deployment.item,
	"key": $"{one.deployment.id} {question}",
	"msg": $"the record of the deployment {one.deployment.id} does not say {text}",
} if {
	some one in asked
	some question, text in words
	question in params.asked
	not answers(one.deployment, question)
}
