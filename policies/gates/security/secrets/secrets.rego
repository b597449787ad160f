# gate ignore:missing-rule A scan is there or not, and the engine says so.
# METADATA
# title: Secrets
# description: No secret in the repository, whatever severity the scanner gives it.
# custom:
#   id: secrets
#   requirement: R2.10
#   evidence:
#     - kind: findings
#       category: secret
#       fields: [category, suppressed, suppressions]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       suppressions:
#         description: Which accepted suppressions count, all, only those with a written reason, or none.
#         enum: [accept, justified, refuse]
#         stricter: [accept, justified, refuse]
#         default: justified
#   controls: [ssdf:PW.5.1, ssdf:PS.1.1]
#   remediation: >-
#     Revoke the secret at its issuer first, then remove it from the code and from the history.
package gates.security.secrets

import data.lib.suppression

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "secret"
])

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "secret"
	not suppression.counts(finding.suppressed, finding.suppressions, data.params.secrets.suppressions)
}
