# gate ignore:missing-rule A component without a licence is a violation, which says more.
# METADATA
# title: Licences
# description: No component is usable only under a restricted licence.
# custom:
#   id: licences
#   requirement: R2.13
#   evidence:
#     - kind: sbom
#       fields: [scope, licences]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       restricted:
#         description: SPDX licence identifiers that may not be used; a trailing `*` stands for any ending.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: ["AGPL-*", "GPL-*", "SSPL-*", "BUSL-*", "CC-BY-NC-*", "Commons-Clause"]
#       unknown:
#         description: What a component does that states no licence, or one that is no SPDX expression.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#   controls: [ssdf:PW.4.1, ssdf:PW.4.4]
#   remediation: >-
#     Replace the component, take it under another of its licences, or have the licence approved and remove it from
#     `restricted`.
package gates.supply_chain.licences

applicable := count(input.evidence.sbom)

components contains {"evidence": document.id, "item": component.item, "licences": component.licences} if {
	some document in input.evidence.sbom
	some component in document.components

	# mutate: ignore DefaultValue - a component is looked at with any scope but one
	object.get(component, "scope", "required") != "excluded"
}

restricted(identifier) if {
	some pattern in data.params.licences.restricted
	lower(identifier) == lower(pattern)
}

restricted(identifier) if {
	some pattern in data.params.licences.restricted
	endswith(pattern, "*")
	startswith(lower(identifier), lower(trim_suffix(pattern, "*")))
}

# An expression is a choice between alternatives; each alternative names licences that apply together.
usable(licence) if {
	some alternative in licence.alternatives
	every identifier in alternative {
		not restricted(identifier)
	}
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"severity": "high",
	"msg": $"licence {licence.expression} is restricted",
} if {
	some component in components
	some licence in component.licences
	licence.spdx
	not usable(licence)
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"severity": "medium",
	"msg": $"licence '{licence.expression}' is no SPDX expression, so nothing can be said about it",
} if {
	data.params.licences.unknown == "block"
	some component in components
	some licence in component.licences
	not licence.spdx
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"severity": "medium",
	"msg": "no licence is stated",
} if {
	data.params.licences.unknown == "block"
	some component in components
	count(component.licences) == 0
}
