package gates.supply_chain.licences_test

import data.gates.supply_chain.licences

params := {"restricted": ["AGPL-*", "GPL-2.0-only"], "unknown": "block"}

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
