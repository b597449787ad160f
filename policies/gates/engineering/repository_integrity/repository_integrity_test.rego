package gates.engineering.repository_integrity_test

import data.gates.engineering.repository_integrity

defaults := {
	"reference_types": ["link", "image", "include"],
	"required_files": [],
	"cycles": "block",
	"front_matter": [],
	"size_budgets": [],
	"except_files": [],
	"except_targets": [],
}

inventory(changes) := {"evidence": {"repository": [object.union(
	{
		"id": "e1",
		"summary": {"files": 2},
		"files": [],
		"references": [],
		"cycles": [],
	},
	changes,
)]}}

violations(document, changes) := found if {
	found := repository_integrity.deny with input as document
		with data.params["repository-integrity"] as object.union(defaults, changes)
}

denied(lists, changes) := {violation.msg | some violation in violations(inventory(lists), changes)}

missed(lists, changes) := found if {
	found := repository_integrity.missing with input as inventory(lists)
		with data.params["repository-integrity"] as object.union(defaults, changes)
}

reference(changes) := {"references": [object.union(
	{
		"path": "docs/a.md",
		"line": 3,
		"target": "b.md",
		"type": "link",
		"found": false,
	},
	changes,
)]}

broken := {"docs/a.md has a link to b.md, which does not exist"}

test_a_broken_link if denied(reference({}), {}) == broken

test_a_link_that_leads_somewhere if denied(reference({"found": true}), {}) == set()

test_a_link_that_was_not_looked_for if {
	lists := {"references": [object.remove(reference({}).references[0], ["found"])]}
	denied(lists, {}) == set()
}

test_a_type_that_is_not_asked_for if denied(reference({"type": "image"}), {"reference_types": ["link"]}) == set()

test_a_file_that_is_left_out if denied(reference({}), {"except_files": ["docs/**"]}) == set()

test_another_file_that_is_left_out if denied(reference({}), {"except_files": ["test/**"]}) == broken

test_a_target_that_is_left_out if denied(reference({"target": "/img/a.png"}), {"except_targets": ["/img/**"]}) == set()

test_a_broken_link_says_where if {
	some violation in violations(inventory(reference({})), {})
	violation.location == {"path": "docs/a.md", "line": 3}
	violation.key == "link docs/a.md b.md"
	violation.evidence == "e1"
}

cycle := {"cycles": [{"type": "include", "paths": ["a.md", "b.md"]}]}

test_a_cycle if denied(cycle, {}) == {"a.md, b.md: include in a circle"}

test_a_cycle_says_where if {
	some violation in violations(inventory(cycle), {})
	violation.location == {"path": "a.md"}
	violation.key == "cycle a.md b.md"
}

test_a_cycle_that_is_allowed if denied(cycle, {"cycles": "allow"}) == set()

file(changes) := object.union({"item": 0, "path": "docs/a.md", "bytes": 100, "lines": 10, "type": "markdown"}, changes)

files(changes) := {"files": [file(changes)]}

test_a_required_file_that_is_there if denied(files({}), {"required_files": ["docs/*.md"]}) == set()

test_a_required_file_that_is_not if {
	denied(files({}), {"required_files": ["docs/*.md", "README.md"]}) == {"there is no file README.md, and one is required"}
}

test_a_required_file_among_others if {
	lists := {"files": [file({}), file({"path": "src/a.ts"})]}
	denied(lists, {"required_files": ["docs/*.md"]}) == set()
}

test_a_required_file_of_another_inventory if {
	both := {"evidence": {"repository": [
		inventory({}).evidence.repository[0],
		inventory(files({})).evidence.repository[0],
	]}}
	violations(both, {"required_files": ["docs/*.md"]}) == set()
}

test_nothing_is_required_of_no_evidence if {
	violations({"evidence": {"repository": []}}, {"required_files": ["README.md"]}) == set()
}

front_matter(valid, keys) := files({"frontMatter": {"valid": valid, "keys": keys}})

rules := {"front_matter": [{"paths": ["docs/**"], "keys": ["title", "owner"]}]}

test_front_matter_that_is_none if {
	denied(front_matter(false, []), {}) == {"the front matter of docs/a.md is no YAML mapping with each key once"}
}

test_front_matter_that_is_none_of_a_file_that_is_left_out if {
	denied(front_matter(false, []), {"except_files": ["docs/**"]}) == set()
}

test_front_matter_is_not_asked_for if denied(files({}), {}) == set()

test_front_matter_with_all_keys if denied(front_matter(true, ["owner", "title", "more"]), rules) == set()

test_front_matter_without_a_key if {
	denied(front_matter(true, ["title"]), rules) == {"the front matter of docs/a.md lacks owner"}
}

test_no_front_matter_lacks_every_key if {
	denied(files({}), rules) == {"the front matter of docs/a.md lacks owner", "the front matter of docs/a.md lacks title"}
}

test_front_matter_of_another_file if denied(files({"path": "a.md"}), rules) == set()

test_keys_of_a_file_that_is_left_out if denied(files({}), object.union(rules, {"except_files": ["docs/**"]})) == set()

budget(rule) := {"size_budgets": [object.union({"paths": ["*.md"]}, rule)]}

test_size[note] if {
	some note, case in {
		"just below": [{"bytes": 101, "lines": 11}, set()],
		"exactly the budget": [{"bytes": 100, "lines": 10}, set()],
		"a byte too many": [{"bytes": 99}, {"docs/a.md has 100 bytes, 99 are allowed"}],
		"a line too many": [{"lines": 9}, {"docs/a.md has 10 lines, 9 are allowed"}],
		"no lines at all": [{"lines": 0}, {"docs/a.md has 10 lines, 0 are allowed"}],
	}
	[rule, expected] := case
	denied(files({}), budget(rule)) == expected
}

test_size_of_another_file if denied(files({"path": "a.txt"}), budget({"bytes": 0})) == set()

test_size_is_measured if {
	some violation in violations(inventory(files({})), budget({"bytes": 99}))
	violation.measured == {"value": 100, "limit": 99, "better": "lower"}
	violation.item == 0
	violation.key == "size bytes"
}

binary := {"files": [object.remove(file({"type": "binary"}), ["lines"])]}

test_lines_that_nobody_counted[note] if {
	some note, case in {
		"of a binary": [binary, {"lines": 0}, {"docs/a.md has no count of lines, and 0 are allowed"}],
		"of a binary of which no lines are asked": [binary, {"bytes": 1}, set()],
		"of a text": [files({}), {"lines": 1}, set()],
		"of another file": [json.patch(binary, [{"op": "replace", "path": "files/0/path", "value": "x"}]), {"lines": 1}, set()],
		"of a link": [{"files": [object.remove(file({"type": "link"}), ["lines"])]}, {"lines": 1}, set()],
		"of a submodule": [{"files": [object.remove(file({"type": "submodule"}), ["lines"])]}, {"lines": 1}, set()],
	}
	[lists, rule, expected] := case
	missed(lists, budget(rule)) == expected
}

test_an_empty_text_has_lines if missed(files({"lines": 0}), budget({"lines": 1})) == set()

test_files_are_counted if repository_integrity.applicable == 2 with input as inventory({})

test_no_evidence_is_nothing_to_look_at if {
	repository_integrity.applicable == 0 with input as {"evidence": {"repository": []}}
}
