# gate ignore:missing-rule What a bill of materials leaves out is what the gate denies.
# METADATA
# title: Software bill of materials
# description: >-
#   There is a bill of materials with what NTIA asks for at least: it says what it describes and who made it, its components can be
#   identified, and it says which depends on which.
# related_resources:
#   - ref: https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom
#     description: The minimum elements of a bill of materials
# custom:
#   id: sbom
#   requirement: R2.12
#   evidence:
#     - kind: sbom
#       fields: [purl, version, type]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       identified:
#         description: Percent of components that must have a package URL and a version.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 100
#       require_root:
#         description: Whether the bill must name the thing that it describes.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       require_dependencies:
#         description: Whether a bill with two or more components must say which depends on which.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       require_author:
#         description: Whether the bill must say who or which tool made it.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       suppliers:
#         description: >-
#           Percent of components that must have a supplier. NTIA asks for all of them, and few generators know them; 0 turns the
#           check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 0
#   controls: [ssdf:PS.3.2, ssdf:PW.4.1]
#   remediation: >-
#     Make the bill with a generator for the build tool in use, from the installed dependencies, not from the manifest.
package gates.supply_chain.sbom

import data.lib.ratio

applicable := count(input.evidence.sbom)

# Files and operating systems are not packages: they have no package URL.
packages(document) := [component |
	some component in document.components
	component.type in {"library", "framework", "application", "container", "platform"}
]

unidentified(document) := [component.item |
	some component in packages(document)
	not identified(component)
]

identified(component) if {
	object.get(component, "purl", "") != ""
	object.get(component, "version", "") != ""
}

deny contains {
	"evidence": document.id,
	"item": item,
	"severity": "medium",
	"msg": "no package URL or no version, so it cannot be matched with advisories",
} if {
	some document in input.evidence.sbom
	known := count(packages(document)) - count(unidentified(document))
	ratio.below(known, count(packages(document)), data.params.sbom.identified)
	some item in unidentified(document)
}

deny contains {
	"evidence": document.id,
	"key": "root",
	"severity": "medium",
	"msg": "the bill of materials does not say what it describes",
} if {
	data.params.sbom.require_root
	some document in input.evidence.sbom
	not document.summary.root
}

deny contains {
	"evidence": document.id,
	"key": "dependencies",
	"severity": "medium",
	"msg": $"{document.summary.components} components, and none is said to depend on another",
} if {
	data.params.sbom.require_dependencies
	some document in input.evidence.sbom
	document.summary.components > 1
	document.summary.dependencyEdges == 0
}

deny contains {
	"evidence": document.id,
	"key": "author",
	"severity": "medium",
	"msg": "the bill of materials does not say who or which tool made it",
} if {
	data.params.sbom.require_author
	some document in input.evidence.sbom
	document.summary.authors == 0
}

deny contains {
	"evidence": document.id,
	"key": "suppliers",
	"severity": "low",
	"msg": $"{known} of {total} components have a supplier ({ratio.percent(known, total)} %), {data.params.sbom.suppliers} % required",
	"measured": {"value": (100 * known) / total, "limit": data.params.sbom.suppliers, "better": "higher"},
} if {
	some document in input.evidence.sbom
	known := document.summary.withSupplier
	total := document.summary.components
	ratio.below(known, total, data.params.sbom.suppliers)
}
