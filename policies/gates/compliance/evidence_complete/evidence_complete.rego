# gate ignore:missing-rule A log that cannot be read whole is partial, and the engine says so.
# METADATA
# title: Evidence complete
# description: >-
#   What was let into the environment before was let in on evidence that can be trusted: the latest decisions of the audit log reached
#   the level of integrity that is asked, no emergency bypass, and say what they were about. What this decision itself needs, and how
#   fresh it is, the engine asks of every gate.
# custom:
#   id: evidence-complete
#   requirement: R2.20
#   severity: medium
#   evidence:
#     - kind: history
#       fields: [id, index, environment, outcome, commit, artifacts, integrity]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       decisions:
#         description: How many of the latest decisions that let something through are looked at; a check looks back 30 days.
#         type: integer
#         minimum: 1
#         unit: decisions
#         stricter: higher
#         default: 10
#       minimum_integrity:
#         description: The level of integrity that each of them has to have reached.
#         enum: [open, bound, sealed]
#         stricter: [open, bound, sealed]
#         default: bound
#       bypassed:
#         description: What a decision does that was let through by an emergency bypass.
#         enum: [accept, refuse]
#         stricter: [accept, refuse]
#         default: refuse
#   controls: [soc2:CC4.1, soc2:CC8.1, ssdf:PO.3.3]
#   remediation: >-
#     Look at what was let through on weak evidence, check it again where it still runs, and waive the decision by its id with what came of it.
package gates.compliance.evidence_complete

params := data.params["evidence-complete"]

# From the least to the most.
levels := ["open", "bound", "sealed"]

passed := [decision |
	some document in input.evidence.history
	some decision in document.decisions
	decision.environment == input.environment
	decision.outcome in {"allow", "allow-bypassed"}
]

# A later decision has a greater index.
looked contains decision if {
	some decision in passed
	count([other | some other in passed; other.index > decision.index]) < params.decisions
}

applicable := count(looked)

not_applicable := $"the audit log has let nothing into {input.environment} in the time that a check looks back" if {
	count(input.evidence.history) > 0
	applicable == 0
}

too_low contains level if {
	some reached, level in levels
	some required, minimum in levels
	minimum == params.minimum_integrity
	reached < required
}

deny contains {
	"key": $"{decision.id} integrity",
	"msg": $"the decision {decision.id} for {input.environment} reached the integrity {decision.integrity}, and {params.minimum_integrity} is required",
} if {
	some decision in looked
	decision.integrity in too_low
}

deny contains {
	"key": $"{decision.id} bypass",
	"msg": $"the decision {decision.id} for {input.environment} was let through by an emergency bypass",
} if {
	params.bypassed == "refuse"
	some decision in looked
	decision.outcome == "allow-bypassed"
}

deny contains {
	"key": $"{decision.id} subject",
	"msg": $"the decision {decision.id} for {input.environment} says neither of which commit nor of which artifact it is",
} if {
	some decision in looked
	not decision.commit
	count(decision.artifacts) == 0
}
