# METADATA
# title: Container image
# description: >-
#   No open vulnerability of a blocking severity in the packages of the distribution that the image is made of, and none that is known to be
#   exploited. Where artifacts are gated, each of them has to have been scanned, by digest; the scan of another image says nothing. The
#   packages of languages in an image are those of `vulnerabilities`.
# related_resources:
#   - ref: https://www.cisa.gov/known-exploited-vulnerabilities-catalog
#     description: Vulnerabilities that are known to be exploited (CISA)
#   - ref: https://www.first.org/epss/
#     description: The probability that a vulnerability will be exploited (EPSS)
#   - ref: https://doi.org/10.6028/NIST.SP.800-190
#     description: Application container security guide (NIST SP 800-190)
# custom:
#   id: container-image
#   requirement: R2.9
#   severity: high
#   evidence:
#     - kind: findings
#       category: container
#       fields: [category, message, severity, epss, exploited, fix, suppressed, suppressions]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       artifact:
#         description: >-
#           Whether each gated artifact has to have been scanned, by digest. Trivy and Grype say which digest they scanned; ignore is for
#           scanners that do not, and for artifacts that are no images.
#         enum: [require, ignore]
#         stricter: [ignore, require]
#         default: require
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
#     Update the base image or the package and build again, or leave the package out; scan the image by the digest that is gated, such as
#     `trivy image --format json NAME@sha256:DIGEST`.
package gates.security.container_image

import data.lib.artifacts
import data.lib.suppression
import data.lib.vulnerability

params := data.params["container-image"]

# What has to have been scanned, and by which documents it was.
gated contains artifact.digest if {
	params.artifact == "require"
	some artifact in input.subject.artifacts
}

scanned contains [digest, document.id] if {
	some digest in gated
	some document in input.evidence.findings
	artifacts.named(digest, document.artifacts)
}

of_others[document.id] := document.path if {
	count(gated) > 0
	some document in input.evidence.findings
	document.artifacts
	not document.id in {id | some [_, id] in scanned}
}

applicable := count([scan |
	some document in input.evidence.findings
	not of_others[document.id]
	some scan in document.scans
	scan.category == "container"
])

deny contains object.union(violation, {"evidence": document.id, "item": finding.item}) if {
	some document in input.evidence.findings
	not of_others[document.id]
	some finding in document.findings
	finding.category == "container"
	not suppression.excused(finding.suppressed, finding.suppressions, params.suppressions, params.vex)
	violation := vulnerability.violation(finding, params)
}

missing contains $"{artifacts.name(artifact)} ({artifact.digest}) was not scanned{hint}" if {
	some artifact in input.subject.artifacts
	artifact.digest in gated
	not artifact.digest in {digest | some [digest, _] in scanned}
}

missing contains $"{document.path} does not say by digest which image was scanned" if {
	count(gated) > 0
	some document in input.evidence.findings
	not document.artifacts
}

# Not every vulnerability has a probability; a tool that knows of them gives one to some.
missing contains $"{document.path} states no probability of exploitation (EPSS), and {params.epss} is the limit" if {
	params.epss < 1
	some document in input.evidence.findings
	not of_others[document.id]
	count(document.findings) > 0
	every finding in document.findings {
		not finding.epss
	}
}

default hint := ""

hint := $"; of another image: {concat(", ", sort([path | some path in of_others]))}" if count(of_others) > 0
