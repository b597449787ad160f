package gates.supply_chain.licences_test

import data.gates.supply_chain.licences

params := {
	"restricted": ["AGPL-*", "GPL-2.0-only"],
	"allowed": [],
	"exceptions": ["Classpath-exception-2.0"],
	"unknown": "block",
	"packages": [],
	"scopes": ["required", "optional"],
}

bill(components) := {"evidence": {"sbom": [{"id": "e1", "components": components}]}}

component(stated) := {"item": "c1", "licences": stated}

licence(expression, alternatives) := {"expression": expression, "spdx": true, "alternatives": alternatives}

denied(components, changes) := {violation.msg |
	some violation in licences.deny with input as bill(components) with data.params.licences as object.union(params, changes)
}

test_a_usable_licence if denied([component([licence("MIT", [["MIT"]])])], {}) == set()

test_a_restricted_licence if {
	denied([component([licence("GPL-2.0-only", [["GPL-2.0-only"]])])], {}) == {"licence GPL-2.0-only is restricted"}
}

test_a_wildcard if {
	denied([component([licence("AGPL-3.0-only", [["AGPL-3.0-only"]])])], {}) == {"licence AGPL-3.0-only is restricted"}
}

test_case_is_ignored_in_a_wildcard if {
	denied([component([licence("x", [["agpl-3.0-only"]])])], {}) == {"licence x is restricted"}
}

test_case_is_ignored_in_a_name if denied([component([licence("x", [["gpl-2.0-ONLY"]])])], {}) == {"licence x is restricted"}

test_a_name_is_matched_whole if denied([component([licence("x", [["GPL-2.0-only-or-so"]])])], {}) == set()

test_one_usable_alternative_is_enough if denied([component([licence("x", [["AGPL-3.0-only"], ["MIT"]])])], {}) == set()

test_all_of_an_alternative_apply if {
	denied([component([licence("x", [["MIT", "AGPL-3.0-only"]])])], {}) == {"licence x is restricted"}
}

test_all_licences_apply if {
	denied([component([licence("MIT", [["MIT"]]), licence("x", [["AGPL-3.0-only"]])])], {}) == {"licence x is restricted"}
}

test_no_licence if denied([component([])], {}) == {"no licence is stated"}

test_no_expression if {
	odd := {"expression": "mine", "spdx": false, "alternatives": []}
	denied([component([odd])], {}) == {"licence 'mine' is no SPDX expression, so nothing can be said about it"}
}

test_unknown_can_be_allowed if {
	odd := {"expression": "mine", "spdx": false, "alternatives": []}
	denied([component([]), component([odd])], {"unknown": "allow"}) == set()
}

test_no_list_of_allowed_ones if denied([component([licence("ISC", [["ISC"]])])], {}) == set()

test_not_on_the_list if {
	denied([component([licence("ISC", [["ISC"]])])], {"allowed": ["MIT"]}) == {"licence ISC is not on the list of allowed ones"}
}

test_on_the_list if denied([component([licence("MIT", [["MIT"]])])], {"allowed": ["MIT"]}) == set()

test_an_exception if {
	combined := "GPL-2.0-only WITH Classpath-exception-2.0"
	denied([component([licence(combined, [[combined]])])], {}) == set()
	denied([component([licence(combined, [[combined]])])], {"exceptions": []}) == {$"licence {combined} is restricted"}
}

test_a_licence_of_the_file_alone if {
	mine := component([licence("LicenseRef-mine", [["LicenseRef-mine"]])])
	reason := "licence LicenseRef-mine is not on the SPDX list and nobody listed it here, so nothing can be said about it"
	denied([mine], {}) == {reason}
	denied([mine], {"unknown": "allow"}) == set()
	denied([mine], {"allowed": ["LicenseRef-mine"]}) == set()
}

test_asserted_nothing[written] if {
	some written in ["NOASSERTION", "NONE", "noassertion"]
	denied([component([{"expression": written, "spdx": false, "alternatives": []}])], {}) == {"no licence is stated"}
}

looked_at(pattern, expression) := {"packages": [{"package": pattern, "licence": expression, "reason": "asked"}]}

agpl(purl) := object.union(component([licence("AGPL-3.0-only", [["AGPL-3.0-only"]])]), {"purl": purl})

test_a_package_that_was_looked_at[note] if {
	some note, case in {
		"the whole package URL": ["pkg:npm/%40acme/left@1.0.0?arch=x#a", "pkg:npm/%40acme/left@1.0.0?arch=x#a"],
		"without qualifiers": ["pkg:npm/%40acme/left@1.0.0?arch=x", "pkg:npm/%40acme/left@1.0.0"],
		"without a subpath": ["pkg:npm/%40acme/left@1.0.0#a", "pkg:npm/%40acme/left@1.0.0"],
		"all versions": ["pkg:npm/%40acme/left@1.0.0?arch=x", "pkg:npm/%40acme/left"],
		"a bare namespace": ["pkg:npm/@acme/left@1.0.0", "pkg:npm/@acme/left"],
		"a wildcard": ["pkg:npm/%40acme/left@1.0.0", "pkg:npm/%40acme/*"],
		"no version": ["pkg:npm/left", "pkg:npm/left"],
	}
	[purl, pattern] := case
	denied([agpl(purl)], looked_at(pattern, "AGPL-3.0-only")) == set()
}

test_a_package_that_was_not_looked_at[note] if {
	some note, case in {
		"another package": ["pkg:npm/right@1.0.0", "pkg:npm/left", "AGPL-3.0-only"],
		"another version": ["pkg:npm/left@1.0.1", "pkg:npm/left@1.0.0", "AGPL-3.0-only"],
		"a longer version": ["pkg:npm/left@1.0.10", "pkg:npm/left@1.0.1", "AGPL-3.0-only"],
		"another licence": ["pkg:npm/left@1.0.0", "pkg:npm/left", "MIT"],
		"a bare namespace is no package": ["pkg:npm/@acme/left", "pkg:npm/", "AGPL-3.0-only"],
	}
	[purl, pattern, expression] := case
	denied([agpl(purl)], looked_at(pattern, expression)) == {"licence AGPL-3.0-only is restricted"}
}

test_a_package_without_a_licence_that_was_looked_at if {
	none := object.union(component([]), {"purl": "pkg:npm/left@1.0.0"})
	denied([none], looked_at("pkg:npm/left", "NOASSERTION")) == set()
	denied([none], looked_at("pkg:npm/left", "MIT")) == {"no licence is stated"}
}

test_what_has_no_package_url_was_not_looked_at if denied([component([])], looked_at("**", "NOASSERTION")) == {"no licence is stated"}

test_keys_tell_violations_apart if {
	stated := [licence("A", [["AGPL-3.0-only"]]), {"expression": "mine", "spdx": false, "alternatives": []}]
	keys := {violation.key | some violation in licences.deny with input as bill([component(stated)]) with data.params.licences as params}
	keys == {"restricted A", "unknown mine"}
}

test_excluded_can_be_looked_at if {
	excluded := object.union(component([]), {"scope": "excluded"})
	denied([excluded], {"scopes": ["excluded"]}) == {"no licence is stated"}
}

test_required_need_not_be_looked_at if denied([component([])], {"scopes": ["excluded"]}) == set()

test_excluded_is_not_looked_at if denied([object.union(component([]), {"scope": "excluded"})], {}) == set()

test_optional_is_looked_at if denied([object.union(component([]), {"scope": "optional"})], {}) == {"no licence is stated"}

test_severity_item_and_document if {
	some violation in licences.deny with input as bill([component([])]) with data.params.licences as params
	violation.severity == "medium"
	violation.item == "c1"
	violation.evidence == "e1"
}

test_no_expression_is_medium if {
	some violation in licences.deny with input as bill([component([{"expression": "mine", "spdx": false, "alternatives": []}])])
		with data.params.licences as params
	violation.severity == "medium"
}

test_restricted_is_high if {
	some violation in licences.deny with input as bill([component([licence("x", [["AGPL-3.0-only"]])])])
		with data.params.licences as params
	violation.severity == "high"
}

test_bills_are_counted if licences.applicable == 1 with input as bill([])

test_no_evidence_is_nothing_to_look_at if licences.applicable == 0 with input as {"evidence": {"sbom": []}}
