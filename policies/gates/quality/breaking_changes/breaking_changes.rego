# gate ignore:missing-rule A comparison was made or not, and the engine says so; a finding without a severity blocks as `unknown`.
# METADATA
# title: No undeclared breaking change
# description: >-
#   A tool that compares interfaces with their last release found no change that breaks whoever uses them, but for those that
#   the parameters declare, each with a migration guide that is there. Tools that know notices of deprecation, such as oasdiff,
#   do not report what was announced long enough before it was removed.
# related_resources:
#   - ref: https://semver.org/
#     description: Semantic Versioning, what a major version is for
#   - ref: https://www.rfc-editor.org/rfc/rfc8594
#     description: RFC 8594, the Sunset header, how an interface announces its end
# custom:
#   id: breaking-changes
#   requirement: R2.24
#   severity: medium
#   evidence:
#     - kind: findings
#       category: compatibility
#       fields: [category, ruleId, severity, suppressed, suppressions, location]
#     - kind: change
#       optional: true
#     - kind: repository
#       optional: true
#       fields: [path]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       blocking_severity:
#         description: Severities that close the gate.
#         type: array
#         items: {enum: [critical, high, medium, low, info]}
#         stricter: more
#         default: [critical, high, medium, low]
#       unknown_severity:
#         description: What a finding does whose severity the tool does not state.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       suppressions:
#         description: Which accepted suppressions count, all, only those with a written reason, or none.
#         enum: [accept, justified, refuse]
#         stricter: [accept, justified, refuse]
#         default: accept
#       declared:
#         description: >-
#           Breaking changes that are meant, each with the rule that finds it, the files that it may be in (a pattern; all, where it
#           is left out) and the path of the migration guide. The guide has to be in the change or in the checkout, as
#           `gate evidence collect` shows them.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [rule, guide]
#           properties:
#             rule: {type: string, minLength: 1}
#             path: {type: string, minLength: 1}
#             guide: {type: string, minLength: 1}
#         default: []
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Keep the old interface beside the new one and announce its end; or, where the break is meant, write a migration guide and
#     declare the change with it in gate.yaml.
package gates.quality.breaking_changes

import data.lib.paths
import data.lib.severity
import data.lib.suppression

params := data.params["breaking-changes"]

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "compatibility"
])

# Files that are there after the change.
present contains file.path if {
	some document in input.evidence.change
	some file in document.files
	file.status != "deleted"
}

present contains file.path if {
	some document in input.evidence.repository
	some file in document.files
}

is_declared(finding, one) if {
	finding.ruleId == one.rule
	not one.path
}

is_declared(finding, one) if {
	finding.ruleId == one.rule
	paths.matches(finding.location.path, [one.path])
}

broken contains {"document": document.id, "finding": finding} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "compatibility"
	severity.blocks(finding.severity, params.blocking_severity, params.unknown_severity)
	not suppression.counts(finding.suppressed, finding.suppressions, params.suppressions)
}

guides(finding) := {one.guide | some one in params.declared; is_declared(finding, one)}

deny contains {"evidence": one.document, "item": one.finding.item} if {
	some one in broken
	count(guides(one.finding)) == 0
}

deny contains {
	"evidence": one.document,
	"item": one.finding.item,
	"key": "guide",
	"msg": $"{one.finding.ruleId} is declared, and nothing shows its migration guide {concat(" or ", sort(guides(one.finding)))}: write it, and pass change or repository evidence",
} if {
	some one in broken
	count(guides(one.finding)) > 0
	count(guides(one.finding) & present) == 0
}
