package gates.supply_chain.dependencies_test

import data.gates.supply_chain.dependencies

params := {"allowed": [{"package": "pkg:*/**"}], "denied": [], "sources": ["**"], "unidentified": "block"}

bill(components) := {"evidence": {"sbom": [{"id": "e1", "components": components}]}}

component(purl) := {"item": "c1", "purl": purl, "type": "library"}

violations(components, changes) := found if {
	found := dependencies.deny with input as bill(components) with data.params.dependencies as object.union(params, changes)
}

denied(components, changes) := {violation.msg | some violation in violations(components, changes)}

missing(changes) := found if {
	found := dependencies.missing with input as bill([]) with data.params.dependencies as object.union(params, changes)
}

unidentified := "it has no package URL that can be read, so nothing can be said about it"

test_a_package_is_allowed_by_default if denied([component("pkg:npm/@acme/a@1.0.0"), component("pkg:deb/curl")], {}) == set()

test_a_package_without_a_package_url if denied([{"item": "c1", "type": "library", "version": "1"}], {}) == {unidentified}

test_a_package_url_that_cannot_be_read if denied([component("pkg:npm/a%zz")], {}) == {unidentified}

test_a_file_whose_package_url_cannot_be_read if {
	denied([{"item": "c1", "type": "file", "purl": "npm/a"}], {}) == {unidentified}
}

test_the_unidentified_can_be_allowed if {
	denied([{"item": "c1", "type": "library"}, component("npm/a")], {"unidentified": "allow"}) == set()
}

test_what_is_a_package[type] if {
	some type in ["library", "framework", "application", "container", "platform"]
	denied([{"item": "c1", "type": type}], {}) == {unidentified}
}

test_what_is_none[type] if {
	some type in ["file", "operating-system", "data"]
	denied([{"item": "c1", "type": type}], {}) == set()
}

test_only_what_is_allowed if {
	denied([component("pkg:npm/@acme/a@1.0.0"), component("pkg:npm/b@1.0.0")], {"allowed": [{"package": "pkg:npm/@acme/*"}]}) == {
		"it is not among the packages that are allowed",
	}
}

test_nothing_is_allowed if {
	denied([component("pkg:npm/a")], {"allowed": []}) == {"it is not among the packages that are allowed"}
}

# What is said of each version of a package, in one bill.
denied_versions(stated, changes) := {[violation.item, violation.msg] | some violation in found} if {
	components := [object.union(component($"pkg:npm/a@{version}"), {"item": version}) | some version in stated]
	found := violations(components, changes)
}

test_allowed_versions if {
	allowed := [{"package": "pkg:npm/a", "versions": "vers:npm/>=1.0.0|<2.0.0"}]
	only := "it is allowed in vers:npm/>=1.0.0|<2.0.0 only"
	denied_versions(["0.9.9", "1.0.0", "1.9.9", "2.0.0", "latest"], {"allowed": allowed}) == {
		["0.9.9", only],
		["2.0.0", only],
		["latest", only],
	}
}

test_allowed_versions_of_a_package_without_one if {
	allowed := [{"package": "pkg:npm/a", "versions": "vers:npm/>=1.0.0"}]
	denied([component("pkg:npm/a")], {"allowed": allowed}) == {"it is allowed in vers:npm/>=1.0.0 only"}
}

test_one_entry_that_allows_is_enough if {
	allowed := [{"package": "pkg:npm/a", "versions": "vers:npm/<1.0.0"}, {"package": "pkg:npm/*"}]
	denied([component("pkg:npm/a@1.0.0")], {"allowed": allowed}) == set()
}

test_all_ranges_are_named if {
	allowed := [{"package": "pkg:npm/a", "versions": "vers:npm/>=3"}, {"package": "pkg:npm/*", "versions": "vers:semver/<1"}]
	denied([component("pkg:npm/a@1.0.0")], {"allowed": allowed}) == {
		"it is allowed in vers:npm/>=3 or in vers:semver/<1 only",
	}
}

test_denied if {
	denied([component("pkg:npm/a@1.0.0")], {"denied": [{"package": "pkg:npm/a"}]}) == {"it is denied by pkg:npm/a"}
}

test_denied_without_a_version if {
	denied([component("pkg:npm/a")], {"denied": [{"package": "pkg:npm/a"}]}) == {"it is denied by pkg:npm/a"}
}

test_another_is_not_denied if denied([component("pkg:npm/b@1.0.0")], {"denied": [{"package": "pkg:npm/a"}]}) == set()

test_denied_for_a_reason if {
	entry := {"package": "pkg:npm/event-stream", "versions": "vers:npm/3.3.6", "reason": "it steals wallets"}
	denied([component("pkg:npm/event-stream@3.3.6")], {"denied": [entry]}) == {
		"it is denied by pkg:npm/event-stream in vers:npm/3.3.6: it steals wallets",
	}
}

test_denied_versions if {
	entry := {"package": "pkg:npm/a", "versions": "vers:npm/>=2.0.0"}
	unknown := "its version cannot be read, so it may be denied by pkg:npm/a in vers:npm/>=2.0.0"
	denied_versions(["1.9.9", "2.0.0", "latest", ""], {"denied": [entry]}) == {
		["2.0.0", "it is denied by pkg:npm/a in vers:npm/>=2.0.0"],
		["latest", unknown],
		["", unknown],
	}
}

test_the_version_beside_the_package_url_counts if {
	entry := {"package": "pkg:npm/a", "versions": "vers:npm/>=2.0.0"}
	denied([object.union(component("pkg:npm/a"), {"version": "2.0.0"})], {"denied": [entry]}) == {
		"it is denied by pkg:npm/a in vers:npm/>=2.0.0",
	}
	denied([object.union(component("pkg:npm/a"), {"version": "1.0.0"})], {"denied": [entry]}) == set()
}

test_either_of_two_versions_is_denied if {
	entry := {"package": "pkg:npm/a", "versions": "vers:npm/>=2.0.0"}
	denied([object.union(component("pkg:npm/a@1.0.0"), {"version": "2.0.0"})], {"denied": [entry]}) == {
		"it is denied by pkg:npm/a in vers:npm/>=2.0.0",
	}
}

test_both_of_two_versions_have_to_be_allowed if {
	entry := {"package": "pkg:npm/a", "versions": "vers:npm/<2.0.0"}
	denied([object.union(component("pkg:npm/a@1.0.0"), {"version": "2.0.0"})], {"allowed": [entry]}) == {
		"it is allowed in vers:npm/<2.0.0 only",
	}
}

test_denied_comes_before_allowed if {
	both := {"allowed": [{"package": "pkg:npm/a"}], "denied": [{"package": "pkg:npm/*"}]}
	denied([component("pkg:npm/a")], both) == {"it is denied by pkg:npm/*"}
}

test_a_bill_of_two_documents_and_components if {
	two := {"evidence": {"sbom": [
		{"id": "e1", "components": [component("pkg:npm/a"), object.union(component("pkg:npm/b"), {"item": "c2"})]},
		{"id": "e2", "components": [component("pkg:npm/a")]},
	]}}
	found := dependencies.deny with input as two
		with data.params.dependencies as object.union(params, {"denied": [{"package": "pkg:npm/a"}]})
	{[violation.evidence, violation.item] | some violation in found} == {["e1", "c1"], ["e2", "c1"]}
}

test_sources if {
	allowed := [
		"repository_url=https://npm.acme.example/x",
		"repository_url=npm.acme.example/x",
		"repository_url=npm.Acme.example:8443/x",
		"download_url=https://npm.acme.example/a.tgz",
		"vcs_url=git%2Bssh://git%40npm.acme.example/a.git%401234",
		"vcs_url=git%40npm.acme.example:acme/a.git",
		"arch=amd64",
	]
	others := [
		"repository_url=https://evil.example/x",
		"download_url=https://evil.example/x",
		"vcs_url=https://evil.example/x",
		"repository_url=https://a.npm.acme.example/x",
		"repository_url=https://npm.acme.example%40evil.example/x",
		"repository_url=https://npm.acme.example:x%40evil.example/x",
		"repository_url=https://evil.example%5C%40npm.acme.example/x",
		"repository_url=https://evil.example/%40npm.acme.example",
		"repository_url=file:///x",
		"repository_url=https://npm.acme.example.evil.example",
	]
	components := [object.union(component($"pkg:npm/a?{source}"), {"item": source}) |
		some source in array.concat(allowed, others)
	]
	found := violations(components, {"sources": ["registry.example", "*.ACME.example"]})
	{violation.item | some violation in found} == {source | some source in others}
}

test_a_source_is_named if {
	denied([component("pkg:npm/a?vcs_url=https://evil.example/x")], {"sources": []}) == {
		"it comes from https://evil.example/x, which is not among the sources that are allowed",
	}
}

test_sources_are_not_asked_for_by_default if denied([component("pkg:npm/a?download_url=file:///x")], {}) == set()

test_an_entry_that_cannot_be_read[text] if {
	some text, entry in {
		"the entry npm/a of `denied` cannot be read": {"package": "npm/a"},
		"the entry pkg:npm/a in >=1 of `denied` cannot be read": {"package": "pkg:npm/a", "versions": ">=1"},
		"the entry pkg:npm/a in vers:pypi/1 of `denied` cannot be read": {"package": "pkg:npm/a", "versions": "vers:pypi/1"},
		"the entry pkg:*/a in vers:npm/1 of `denied` cannot be read": {"package": "pkg:*/a", "versions": "vers:npm/1"},
	}
	missing({"denied": [{"package": "pkg:npm/b"}, entry]}) == {text}
}

test_an_entry_of_allowed_that_cannot_be_read if {
	missing({"allowed": [{"package": "npm/a"}]}) == {"the entry npm/a of `allowed` cannot be read"}
}

test_entries_that_can_be_read if {
	missing({
		"allowed": [{"package": "pkg:*/**", "versions": "vers:semver/>=1"}],
		"denied": [{"package": "pkg:deb/a", "versions": "vers:deb/1.0-1"}, {"package": "pkg:deb/a", "versions": "vers:semver/<1"}],
	}) == set()
}

test_violations_can_be_told_apart if {
	found := violations([component("pkg:npm/a?vcs_url=x.example"), {"item": "c2", "type": "library"}], {
		"allowed": [],
		"denied": [{"package": "pkg:npm/a"}],
		"sources": [],
	})
	{violation.key | some violation in found} == {"allowed", "denied pkg:npm/a", "source vcs_url", "identity"}
	{violation.evidence | some violation in found} == {"e1"}
	{violation.item | some violation in found} == {"c1", "c2"}
}

test_the_unidentified_are_medium if {
	{violation.severity | some violation in violations([{"item": "c1", "type": "library"}], {})} == {"medium"}
}

test_packages_are_counted if {
	components := [component("pkg:npm/a"), {"item": "c2", "type": "library"}, {"item": "c3", "type": "file"}]
	dependencies.applicable == 2 with input as bill(components)
}

test_no_components_is_nothing_to_look_at if dependencies.applicable == 0 with input as bill([])

test_no_evidence_is_nothing_to_look_at if dependencies.applicable == 0 with input as {"evidence": {"sbom": []}}
