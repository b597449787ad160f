# gate ignore:missing-rule A scan is there or not, and the engine says so; a finding without a severity blocks as `unknown`.
# METADATA
# title: Dynamic analysis
# description: >-
#   No open finding of a blocking severity in the scan of the running application. Every run of every scanner counts; a scan that reached
#   no target is empty evidence, which opens nothing.
# related_resources:
#   - ref: https://owasp.org/www-project-web-security-testing-guide/
#     description: How to look into each kind of weakness (OWASP WSTG)
#   - ref: https://www.zaproxy.org/docs/alerts/
#     description: What each alert of ZAP means
# custom:
#   id: dast
#   requirement: R2.8
#   evidence:
#     - kind: findings
#       category: dast
#       fields: [category, severity, confidence, suppressed, suppressions]
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
#       minimum_confidence:
#         description: >-
#           How sure the tool has to be of a finding for it to close the gate; low means that every finding can. One of which the tool does not say
#           how sure it is can always.
#         enum: [low, medium, high]
#         stricter: [high, medium, low]
#         default: low
#       suppressions:
#         description: Which accepted suppressions count, all, only those with a written reason, or none.
#         enum: [accept, justified, refuse]
#         stricter: [accept, justified, refuse]
#         default: accept
#   controls: [ssdf:PW.8.2, ssdf:RV.1.2, soc2:CC7.1]
#   remediation: >-
#     Fix the application at the URL shown and scan it again; suppress the finding in the scanner with a written reason if it is wrong.
package gates.security.dast

import data.lib.severity
import data.lib.suppression

params := data.params.dast

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "dast"
])

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "dast"
	severity.blocks(finding.severity, params.blocking_severity, params.unknown_severity)
	not doubtful(finding)
	not suppression.counts(finding.suppressed, finding.suppressions, params.suppressions)
}

# From the least to the most.
confidences := ["low", "medium", "high"]

doubtful(finding) if {
	some index, confidence in confidences
	finding.confidence == confidence
	params.minimum_confidence in array.slice(confidences, index + 1, count(confidences))
}
