# gate ignore:missing-rule A scan is there or not, and the engine says so.
# METADATA
# title: Malicious or injected content
# description: >-
#   No text of the repository was made to mislead whoever or whatever reads it, such as instructions to a language model, invisible
#   characters or payloads in YAML, whatever the severity that the tool gives it.
# related_resources:
#   - ref: https://genai.owasp.org/llmrisk/llm01-prompt-injection/
#     description: Prompt injection (OWASP LLM01)
#   - ref: https://trojansource.codes/
#     description: Source that reads differently for people and for compilers
# custom:
#   id: content
#   requirement: R2.11
#   evidence:
#     - kind: findings
#       category: content
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
#   controls: [ssdf:PW.5.1]
#   remediation: >-
#     Take the text out, and find out who put it there; suppress the finding with a written reason where the text has to be as it is.
package gates.security.content

import data.lib.suppression

params := data.params.content

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "content"
])

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "content"
	not suppression.counts(finding.suppressed, finding.suppressions, params.suppressions)
}
