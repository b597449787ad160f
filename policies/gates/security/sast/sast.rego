# gate ignore:missing-rule A scan is there or not, and the engine says so; a finding without a severity blocks as `unknown`.
# METADATA
# title: Static analysis
# description: >-
#   No open finding of a blocking severity in the static analysis of this commit. Every run of every scanner counts.
# custom:
#   id: sast
#   requirement: R2.7
#   evidence:
#     - kind: findings
#       category: sast
#       fields: [category, severity, suppressed, suppressions]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       blocking_severity:
#         description: Severities that close the gate.
#         type: array
#         items: {enum: [critical, high, medium, low, info]}
#         stricter: more
#         default: [critical, high]
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
#   controls: [ssdf:PW.5.1, ssdf:PW.7.2, ssdf:RV.1.2]
#   remediation: >-
#     Fix the code at the location shown, or suppress the finding in the source with a written reason if it is wrong.
package gates.security.sast

import data.lib.severity
import data.lib.suppression

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "sast"
])

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "sast"
	severity.blocks(finding.severity, data.params.sast.blocking_severity, data.params.sast.unknown_severity)
	not suppression.counts(finding.suppressed, finding.suppressions, data.params.sast.suppressions)
}
