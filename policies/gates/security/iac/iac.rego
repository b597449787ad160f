# gate ignore:missing-rule A scan is there or not, and the engine says so; a finding without a severity blocks as `unknown`.
# METADATA
# title: Infrastructure as code
# description: >-
#   No open finding of a blocking severity in the definitions of infrastructure (Terraform, Kubernetes, CloudFormation, Dockerfiles and the like).
#   Every run of every scanner counts.
# related_resources:
#   - ref: https://www.checkov.io/5.Policy%20Index/all.html
#     description: What each check of Checkov asks
#   - ref: https://avd.aquasec.com/misconfig/
#     description: What each check of Trivy asks
# custom:
#   id: iac
#   requirement: R1.5
#   evidence:
#     - kind: findings
#       category: iac
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
#         description: What a finding does whose severity the tool does not state. Checkov without an account states none, so there every failed check blocks.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       suppressions:
#         description: Which accepted suppressions count, all, only those with a written reason, or none.
#         enum: [accept, justified, refuse]
#         stricter: [accept, justified, refuse]
#         default: accept
#   controls: [ssdf:PO.5.1, ssdf:PW.9.1, soc2:CC6.1, soc2:CC8.1]
#   remediation: >-
#     Change the definition at the place shown, or suppress the check beside it with a written reason where it does not apply.
package gates.security.iac

import data.lib.severity
import data.lib.suppression

params := data.params.iac

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "iac"
])

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "iac"
	severity.blocks(finding.severity, params.blocking_severity, params.unknown_severity)
	not suppression.counts(finding.suppressed, finding.suppressions, params.suppressions)
}
