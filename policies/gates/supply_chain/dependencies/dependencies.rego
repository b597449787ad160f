# METADATA
# title: Approved dependencies
# description: >-
#   Every package of the bill of materials is of the kind that is allowed, none is denied, each can be identified, and none comes from
#   a source that is not approved. Who approves packages one by one writes them into `allowed`.
# related_resources:
#   - ref: https://github.com/package-url/purl-spec
#     description: Package URLs
#   - ref: https://www.packageurl.org/docs/vers
#     description: Ranges of versions (vers)
# custom:
#   id: dependencies
#   requirement: R2.12
#   severity: high
#   evidence:
#     - kind: sbom
#       fields: [purl, version, type]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       allowed:
#         description: >-
#           Packages that may be used, as package URLs in which `*` stands for any text but `/` and `**` for any text, such as
#           `pkg:npm/@acme/*`; by default every one that has a package URL. `versions` narrows an entry to a range, such as
#           `vers:npm/>=1.0.0|<2.0.0`, and `reason` is for whoever reads it.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [package]
#           properties:
#             package: {type: string, minLength: 1}
#             versions: {type: string, minLength: 1}
#             reason: {type: string, minLength: 1}
#         stricter: fewer
#         default: [{package: "pkg:*/**"}]
#       denied:
#         description: >-
#           Packages that may not be used, whatever is allowed, written in the same way. The reason is part of the message.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [package]
#           properties:
#             package: {type: string, minLength: 1}
#             versions: {type: string, minLength: 1}
#             reason: {type: string, minLength: 1}
#         stricter: more
#         default: []
#       sources:
#         description: >-
#           Hosts that packages may come from other than the registry of their type, as the qualifiers `repository_url`, `download_url`
#           and `vcs_url` of package URLs state them, with `*` for any part of a name, such as `*.example.com`.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       unidentified:
#         description: What a package does that has no package URL, or one that cannot be read.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#   controls: [ssdf:PW.4.1, ssdf:PW.4.4]
#   remediation: >-
#     Replace the package or take a version that is allowed; to use it all the same, have it approved and add it to `allowed`.
package gates.supply_chain.dependencies

import data.lib.expressions
import data.lib.purl
import data.lib.versions

params := data.params.dependencies

# A file or an operating system without a package URL is no package.
components contains {"evidence": document.id, "item": component.item, "purl": url, "version": version} if {
	some document in input.evidence.sbom
	some component in document.components
	url := object.get(component, "purl", "")
	version := object.get(component, "version", "")
	is_package(url, component.type)
}

is_package(url, _) if url != ""

is_package(_, type) if type in {"library", "framework", "application", "container", "platform"}

applicable := count(components)

identified contains {
	"evidence": component.evidence,
	"item": component.item,
	"package": found,
	"versions": stated(component.version, found.version),
} if {
	some component in components
	found := packages[component.purl]
}

# Each is read once, however many components have it.
packages[url] := found if {
	some component in components
	url := component.purl
	found := purl.parse(url)
}

# A bill can state two versions of a component, of which either may be the true one.
stated("", "") := {""}

stated(version, of_purl) := {version, of_purl} - {""} if {version, of_purl} != {""}

# The entries of both lists that can be read. An entry for every type is compared in no order but that of SemVer.
entries[list] contains {"entry": entry, "pattern": pattern, "limits": limits_of(entry, pattern.type)} if {
	some list in ["allowed", "denied"]
	some entry in params[list]
	pattern := purl.pattern(entry.package)
}

limits_of(entry, _) := {"any": true} if not entry.versions

limits_of(entry, type) := limits if {
	limits := versions.range(entry.versions)
	limits.type in {type, "semver"}
}

# Where one is not applied nobody would notice.
missing contains $"the entry {entry.package}{within(entry)} of `{list}` cannot be read" if {
	some list in ["allowed", "denied"]
	some entry in params[list]
	not entry in {one.entry | some one in entries[list]}
}

within(entry) := "" if not entry.versions

within(entry) := $" in {entry.versions}" if entry.versions

# Where the versions of a package are, for each entry of the list that is about the package.
verdicts(list, component) := {{"entry": one.entry, "places": places} |
	some one in entries[list]
	purl.covers(one.pattern, component.package)
	places := {versions.place_in(one.limits, version) | some version in component.versions}
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"key": "identity",
	"severity": "medium",
	"msg": "it has no package URL that can be read, so nothing can be said about it",
} if {
	params.unidentified == "block"
	some component in components
	not packages[component.purl]
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"key": $"denied {verdict.entry.package}",
	"msg": $"{certainty(verdict.places)} denied by {verdict.entry.package}{within(verdict.entry)}{because(verdict.entry)}",
} if {
	some component in identified
	some verdict in verdicts("denied", component)
	verdict.places != {"out"}
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"key": "allowed",
	"msg": not_allowed(about),
} if {
	some component in identified
	about := verdicts("allowed", component)
	every verdict in about {
		verdict.places != {"in"}
	}
}

deny contains {
	"evidence": component.evidence,
	"item": component.item,
	"key": $"source {qualifier}",
	"msg": $"it comes from {url}, which is not among the sources that are allowed",
} if {
	some component in identified
	some qualifier in ["repository_url", "download_url", "vcs_url"]
	url := component.package.qualifiers[qualifier]
	host := array.concat(hosts(url), [""])[0]
	every source in params.sources {
		# Without other delimiters a star ends at a dot.
		not glob.match(lower(source), [], host)
	}
}

certainty(places) := "it is" if "in" in places

certainty(places) := "its version cannot be read, so it may be" if not "in" in places

because(entry) := "" if not entry.reason

because(entry) := $": {entry.reason}" if entry.reason

not_allowed(about) := "it is not among the packages that are allowed" if count(about) == 0

not_allowed(about) := $"it is allowed{concat(" or", sort([within(verdict.entry) | some verdict in about]))} only" if {
	count(about) > 0
}

# What comes before a host is spelt out, so that no other name can be passed off as one.
hosts(url) := [lower(parts[1]) |
	parts := expressions.groups(
		`^(?:[A-Za-z0-9.+-]+://)?(?:[A-Za-z0-9._~-]+@)?([A-Za-z0-9.-]+)(?::[^\\@]*)?(?:/[^\\]*)?$`,
		url,
	)
]
