# METADATA
# title: Vulnerable dependencies
# description: >-
#   No open vulnerability of a blocking severity in the packages that the project depends on, and none that is known to be
#   exploited. Every run of every scanner counts; the packages of an image's distribution are those of `container-image`.
# related_resources:
#   - ref: https://www.cisa.gov/known-exploited-vulnerabilities-catalog
#     description: Vulnerabilities that are known to be exploited (CISA)
#   - ref: https://www.first.org/epss/
#     description: The probability that a vulnerability will be exploited (EPSS)
#   - ref: https://openssf.org/projects/openvex/
#     description: How to state that a product is not affected (OpenVEX)
# custom:
#   id: vulnerabilities
#   requirement: R2.9
#   severity: high
#   evidence:
#     - kind: findings
#       category: sca
#       fields: [category, message, severity, epss, exploited, component, fix, suppressed, suppressions]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       blocking_severity:
#         description: Severities that close the gate; for production many add high.
#         type: array
#         items: {enum: [critical, high, medium, low, info]}
#         stricter: more
#         default: [critical]
#       unknown_severity:
#         description: What a vulnerability does whose severity the tool does not state.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       exploited:
#         description: >-
#           What a vulnerability does that is known to be exploited, as far as the tool says - it closes the gate whatever its severity, or it is
#           taken by its severity like any other.
#         enum: [block, by-severity]
#         stricter: [by-severity, block]
#         default: block
#       epss:
#         description: >-
#           The probability of exploitation within 30 days (EPSS) above which a vulnerability closes the gate whatever its severity; 1
#           turns the check off. A scanner that states none is then not enough.
#         type: number
#         minimum: 0
#         maximum: 1
#         unit: probability
#         stricter: lower
#         default: 1
#       without_fix:
#         description: >-
#           What a vulnerability of a blocking severity does of which the tool says that no version without it exists or is planned. Nothing
#           is safer without a fix; one that is known to be exploited blocks all the same.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       dev_dependencies:
#         description: >-
#           What vulnerabilities do in packages that the tool says are needed for development only. They run where the product is built.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       vex:
#         description: Whether VEX statements that a product is not affected, or fixed, count.
#         enum: [accept, refuse]
#         stricter: [accept, refuse]
#         default: accept
#       suppressions:
#         description: Which other accepted suppressions count, such as a scanner's ignore file, all, only those with a written reason, or none.
#         enum: [accept, justified, refuse]
#         stricter: [accept, justified, refuse]
#         default: justified
#   controls: [ssdf:PW.4.1, ssdf:PW.4.4, ssdf:RV.1.1, ssdf:RV.1.2, soc2:CC7.1]
#   remediation: >-
#     Update the package to a fixed version, replace or remove it; where the product is not affected, state so in a VEX document with the
#     reason.
package gates.security.vulnerabilities

import data.lib.suppression
import data.lib.vulnerability

params := data.params.vulnerabilities

applicable := count([scan |
	some document in input.evidence.findings
	some scan in document.scans
	scan.category == "sca"
])

deny contains object.union(violation, {"evidence": document.id, "item": finding.item}) if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.category == "sca"
	not suppression.excused(finding.suppressed, finding.suppressions, params.suppressions, params.vex)
	not for_development(finding)
	violation := vulnerability.violation(finding, params)
}

for_development(finding) if {
	params.dev_dependencies == "allow"
	finding.component.scope == "dev"
}

# Not every vulnerability has a probability; a tool that knows of them gives one to some.
missing contains $"{document.path} states no probability of exploitation (EPSS), and {params.epss} is the limit" if {
	params.epss < 1
	some document in input.evidence.findings
	count(document.findings) > 0
	every finding in document.findings {
		not finding.epss
	}
}
