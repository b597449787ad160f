# METADATA
# title: Promotion
# description: >-
#   A lower environment has allowed every artifact that is gated, by digest, in the same audit log, not too long ago; its
#   latest decision about the artifact counts.
# custom:
#   id: promotion
#   requirement: R2.26
#   evidence:
#     - kind: history
#       fields: [id, index, environment, outcome, repository, artifacts, evaluatedAt, integrity]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       from:
#         description: The environment that has to have allowed the artifact.
#         type: string
#         minLength: 1
#         default: staging
#       max_age_hours:
#         description: How old that decision may be; a check looks back 720 hours.
#         type: number
#         exclusiveMinimum: 0
#         maximum: 720
#         unit: hours
#         stricter: lower
#         default: 168
#       bypassed:
#         description: What a decision does that was let through by an emergency bypass.
#         enum: [refuse, accept]
#         stricter: [accept, refuse]
#         default: refuse
#       minimum_integrity:
#         description: The level of integrity that the decision has to have reached.
#         enum: [open, bound, sealed]
#         stricter: [open, bound, sealed]
#         default: bound
#   controls: [soc2:CC8.1, ssdf:PO.5.1]
#   remediation: >-
#     Check this artifact for the lower environment first, into the same audit log, and promote the very same digest.
package gates.release.promotion

import data.lib.artifacts
import data.lib.times

params := data.params.promotion

applicable := count(input.subject.artifacts)

missing contains "it is not known which artifact is promoted: pass --artifact NAME@sha256:DIGEST" if applicable == 0

missing contains $"nothing can be promoted from {params.from} to itself" if params.from == input.environment

# A decision that names no repository may be of this one: it can close the gate, and it cannot open it.
of_another_repository(decision) if decision.repository != input.subject.repository

unnamed(decision) if {
	input.subject.repository
	not decision.repository
}

about(digest) := [decision |
	some document in input.evidence.history
	some decision in document.decisions
	decision.environment == params.from
	digest in decision.artifacts
	not of_another_repository(decision)
]

# Whatever was decided last counts: a later block takes an earlier allow back.
latest(digest) := decision if {
	decisions := about(digest)
	index := max([decision.index | some decision in decisions])
	some decision in decisions
	decision.index == index
}

promoted contains {"artifact": artifact, "decision": latest(artifact.digest)} if some artifact in input.subject.artifacts

# From the least to the most.
levels := ["open", "bound", "sealed"]

accepted(decision) if decision.outcome == "allow"

accepted(decision) if {
	params.bypassed == "accept"
	decision.outcome == "allow-bypassed"
}

refused contains {"promoted": one, "key": "outcome", "reason": $"is {one.decision.outcome}"} if {
	some one in promoted
	not accepted(one.decision)
}

refused contains {"promoted": one, "key": "age", "reason": reason} if {
	some one in promoted
	reason := times.problem(input.time, one.decision.evaluatedAt, params.max_age_hours, "hours")
}

refused contains {"promoted": one, "key": "integrity", "reason": reason} if {
	some one in promoted
	some reached, level in levels
	level == one.decision.integrity
	some required, minimum in levels
	minimum == params.minimum_integrity
	reached < required
	reason := $"reached the integrity {level}, and {minimum} is required"
}

refused contains {"promoted": one, "key": "repository", "reason": "does not say of which repository it is"} if {
	some one in promoted
	unnamed(one.decision)
}

deny contains {
	"key": artifact.digest,
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: the audit log has no decision for {params.from} about it",
} if {
	count(input.evidence.history) > 0
	some artifact in input.subject.artifacts
	count(about(artifact.digest)) == 0
}

deny contains {
	"key": $"{artifact.digest} {one.key}",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: its latest decision for {params.from}, {one.promoted.decision.id}, {one.reason}",
} if {
	some one in refused
	artifact := one.promoted.artifact
}
