# gate ignore:missing-rule A component without a licence is a violation, which says more.
# METADATA
# title: Licences
# description: >-
#   No component is usable only under a restricted licence, or one that is not on the list of allowed ones where there is
#   such a list. Of an expression one usable choice is enough.
# related_resources:
#   - ref: https://spdx.org/licenses/
#     description: The identifiers of licences and exceptions
#   - ref: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
#     description: What AND, OR, WITH and + mean in an expression
# custom:
#   id: licences
#   requirement: R2.13
#   evidence:
#     - kind: sbom
#       fields: [scope, licences, purl]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       restricted:
#         description: >-
#           SPDX licence identifiers that may not be used; a trailing `*` stands for any ending. One with an exception, as
#           `GPL-2.0-only WITH Font-exception-2.0`, means that combination alone.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: ["AGPL-*", "GPL-*", "SSPL-*", "BUSL-*", "CC-BY-NC-*", "Commons-Clause"]
#       allowed:
#         description: >-
#           SPDX licence identifiers, and `LicenseRef-…` of your own, that may be used, written as in `restricted`, which
#           goes first. Empty means everything on the SPDX list that is not restricted.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
#       exceptions:
#         description: >-
#           SPDX exceptions that make a restricted licence usable, as `Classpath-exception-2.0` does for a component that is
#           linked; a trailing `*` stands for any ending.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["Classpath-exception-2.0", "GCC-exception-2.0", "GCC-exception-3.1"]
#       unknown:
#         description: >-
#           What a component does that states no licence, one that is no SPDX expression, or a `LicenseRef-…` that nobody
#           listed.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       packages:
#         description: >-
#           Components whose licence somebody has looked at: the package URL (in which `*` stands for any text but `/`, and that
#           means all versions where it names none), the licence as the bill states it, and the reason.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [package, licence, reason]
#           properties:
#             package: {type: string, minLength: 1}
#             licence: {type: string, minLength: 1, description: "As the bill states it; `NOASSERTION` for none"}
#             reason: {type: string, minLength: 1}
#         stricter: fewer
#         default: []
#       scopes:
#         description: >-
#           Which components are looked at, by their scope; one that states none is required. `excluded` are those that are
#           not shipped, such as development dependencies.
#         type: array
#         items: {enum: [required, optional, excluded]}
#         stricter: more
#         default: [required, optional]
#   controls: [ssdf:PW.4.1, ssdf:PW.4.4]
#   remediation: >-
#     Replace the component or take it under another of its licences. Where the licence was looked at and is fine, name the
#     component under `packages` with the reason, or correct what the bill says of it.
package gates.supply_chain.licences

import data.lib.licences
import data.lib.purl

params := data.params.licences

applicable := count(input.evidence.sbom)

# A component without a licence has one that says so, so that it can be named under `packages`.
unstated := {"expression": "NOASSERTION", "spdx": false, "alternatives": []}

stated(component) := component.licences if count(component.licences) > 0

stated(component) := [unstated] if count(component.licences) == 0

judged contains {"evidence": document.id, "item": component.item, "licence": licence} if {
	some document in input.evidence.sbom
	some component in document.components
	object.get(component, "scope", "required") in params.scopes
	some licence in stated(component)
	not excepted(component, licence.expression)
}

excepted(component, expression) if {
	some entry in params.packages
	entry.licence == expression
	purl.matches(component.purl, [entry["package"]])
}

reasons := {
	"restricted": "is restricted",
	"unlisted": "is not on the list of allowed ones",
}

unjudged(licence) := "no licence is stated" if upper(licence.expression) in {"NOASSERTION", "NONE"}

else := $"licence '{licence.expression}' is no SPDX expression, so nothing can be said about it" if not licence.spdx

else := $"licence {licence.expression} is not on the SPDX list and nobody listed it here, so nothing can be said about it" if {
	licences.verdict(licence.alternatives, params) == "unknown"
}

deny contains {
	"evidence": one.evidence,
	"item": one.item,
	"key": $"{verdict} {one.licence.expression}",
	"severity": "high",
	"msg": $"licence {one.licence.expression} {reason}",
} if {
	some one in judged
	one.licence.spdx
	verdict := licences.verdict(one.licence.alternatives, params)
	reason := reasons[verdict]
}

deny contains {
	"evidence": one.evidence,
	"item": one.item,
	"key": $"unknown {one.licence.expression}",
	"severity": "medium",
	"msg": unjudged(one.licence),
} if {
	params.unknown == "block"
	some one in judged
}
