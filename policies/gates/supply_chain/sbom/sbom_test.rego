package gates.supply_chain.sbom_test

import data.gates.supply_chain.sbom

params := {
	"identified": 100,
	"require_root": true,
	"require_dependencies": true,
	"require_author": true,
	"suppliers": 0,
}

bill(components, changes) := {"evidence": {"sbom": [{
	"id": "e1",
	"summary": object.union({"authors": 1, "withSupplier": 1, "components": count(components), "dependencyEdges": 1, "root": {"name": "service"}}, changes),
	"components": components,
}]}}

component(ref) := {"item": ref, "type": "library", "purl": concat("", ["pkg:npm/", ref]), "version": "1.0.0"}

denied(document, changes) := {violation |
	some violation in sbom.deny with input as document with data.params.sbom as object.union(params, changes)
}

items(document, changes) := {violation.item | some violation in denied(document, changes)}

keys(document, changes) := {violation.key | some violation in denied(document, changes)}

test_complete if denied(bill([component("a"), component("b")], {}), {}) == set()

test_no_purl if items(bill([component("a"), object.remove(component("b"), {"purl"})], {}), {}) == {"b"}

test_empty_purl if items(bill([object.union(component("a"), {"purl": ""})], {}), {}) == {"a"}

test_no_version if items(bill([object.remove(component("a"), {"version"})], {}), {}) == {"a"}

test_empty_version if items(bill([object.union(component("a"), {"version": ""})], {}), {}) == {"a"}

test_exactly_at_the_share if {
	items(bill([component("a"), object.remove(component("b"), {"purl"})], {}), {"identified": 50}) == set()
}

test_just_below_the_share if {
	items(bill([component("a"), object.remove(component("b"), {"purl"})], {}), {"identified": 50.1}) == {"b"}
}

test_files_need_no_identity if items(bill([{"item": "f", "type": "file"}], {}), {}) == set()

test_every_package_type_needs_one if {
	every type in ["library", "framework", "application", "container", "platform"] {
		items(bill([{"item": "f", "type": type}], {}), {}) == {"f"}
	}
}

test_no_root if {
	document := {"evidence": {"sbom": [{"id": "e1", "summary": {"components": 0, "dependencyEdges": 0}, "components": []}]}}
	keys(document, {}) == {"root"}
	keys(document, {"require_root": false}) == set()
}

test_no_dependencies if {
	document := bill([component("a"), component("b")], {"dependencyEdges": 0})
	keys(document, {}) == {"dependencies"}
	keys(document, {"require_dependencies": false}) == set()
}

test_one_component_depends_on_nothing if keys(bill([component("a")], {"dependencyEdges": 0}), {}) == set()

test_severity_and_document if {
	some violation in denied(bill([object.remove(component("a"), {"purl"})], {}), {})
	violation.severity == "medium"
	violation.evidence == "e1"
}

test_what_the_bill_lacks_is_of_medium_severity if {
	bare := bill([component("a"), component("b")], {"dependencyEdges": 0})
	document := json.remove(bare, ["evidence/sbom/0/summary/root"])
	{{"key": violation.key, "severity": violation.severity} | some violation in denied(document, {})} == {
		{"key": "root", "severity": "medium"},
		{"key": "dependencies", "severity": "medium"},
	}
}

test_bills_are_counted if sbom.applicable == 1 with input as bill([], {})

test_no_evidence_is_nothing_to_look_at if sbom.applicable == 0 with input as {"evidence": {"sbom": []}}

test_no_author if keys(bill([component("a")], {"authors": 0}), {}) == {"author"}

test_no_author_need_be if denied(bill([component("a")], {"authors": 0}), {"require_author": false}) == set()

suppliers(known, total) := bill([component("a")], {"withSupplier": known, "components": total})

test_suppliers_exactly if denied(suppliers(1, 2), {"suppliers": 50}) == set()

test_suppliers_above if denied(suppliers(51, 100), {"suppliers": 50}) == set()

test_suppliers_below if {
	some violation in denied(suppliers(49, 100), {"suppliers": 50})
	violation.msg == "49 of 100 components have a supplier (49 %), 50 % required"
	violation.measured == {"value": 49, "limit": 50, "better": "higher"}
}

test_no_suppliers_need_be if denied(suppliers(0, 2), {}) == set()

test_no_components_need_no_supplier if denied(suppliers(0, 0), {"suppliers": 100}) == set()

test_severities_of_what_the_bill_lacks if {
	bare := bill([component("a")], {"authors": 0})
	found := {[violation.key, violation.severity, violation.evidence] | some violation in denied(bare, {"suppliers": 101})}
	found == {["author", "medium", "e1"], ["suppliers", "low", "e1"]}
}
