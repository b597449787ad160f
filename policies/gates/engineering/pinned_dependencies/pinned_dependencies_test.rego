package gates.engineering.pinned_dependencies_test

import data.gates.engineering.pinned_dependencies

defaults := {
	"types": ["action", "package"],
	"approved_actions": ["**"],
	"trusted_actions": [],
	"except": [],
}

pin(changes) := object.union(
	{
		"path": ".github/workflows/ci.yml",
		"line": 7,
		"type": "action",
		"reference": "acme/build/setup@v1",
		"pinned": false,
		"name": "acme/build/setup",
	},
	changes,
)

inventory(pins, more) := {"evidence": {"repository": [{"id": "e1", "summary": object.union({"pins": count(pins)}, more), "pins": pins}]}}

violations(changes, parameters) := found if {
	found := pinned_dependencies.deny with input as inventory([pin(changes)], {})
		with data.params["pinned-dependencies"] as object.union(defaults, parameters)
}

denied(changes, parameters) := {violation.msg | some violation in violations(changes, parameters)}

loose := {".github/workflows/ci.yml: the action acme/build/setup@v1 is not pinned"}

test_an_action_by_tag if denied({}, {}) == loose

test_an_action_by_commit if denied({"pinned": true}, {}) == set()

test_a_package if denied({"path": "package.json", "type": "package", "reference": "a@^1"}, {}) == {"package.json: the package a@^1 is not pinned"}

test_a_manifest_that_cannot_be_read if {
	changes := {"path": "package.json", "type": "unreadable", "reference": "(not readable: it is no object)"}
	expected := {"package.json: nothing in it is pinned (not readable: it is no object)"}
	denied(changes, {"types": ["unreadable"]}) == expected
}

test_a_type_that_is_not_asked_for if denied({"type": "image"}, {}) == set()

test_an_action_where_actions_are_not_asked_for if denied({}, {"types": ["package"]}) == set()

test_a_file_that_is_left_out if denied({}, {"except": [".github/**"]}) == set()

test_another_file_that_is_left_out if denied({}, {"except": ["test/**"]}) == loose

test_trusted[note] if {
	some note, case in {
		"by owner": [["acme/**"], set()],
		"by name": [["acme/build/setup"], set()],
		"an owner has no folders": [["acme/*"], loose],
		"another owner": [["actions/**"], loose],
		"no action of that name elsewhere": [["setup"], loose],
	}
	[patterns, expected] := case
	denied({}, {"trusted_actions": patterns}) == expected
}

test_a_package_is_never_trusted if count(denied({"type": "package"}, {"trusted_actions": ["**"]})) == 1

unapproved := {".github/workflows/ci.yml: the action acme/build/setup@v1 is not one of those that are approved"}

test_approved[note] if {
	some note, case in {
		"by owner": [["acme/**"], set()],
		"another owner": [["actions/**"], unapproved],
		"no action at all": [[], unapproved],
		"no action of that name elsewhere": [["setup"], unapproved],
	}
	[patterns, expected] := case
	denied({"pinned": true}, {"approved_actions": patterns}) == expected
}

test_an_action_without_a_name_is_not_approved if {
	nameless := object.remove(pin({"pinned": true}), ["name"])
	count(pinned_dependencies.deny) == 1 with input as inventory([nameless], {})
		with data.params["pinned-dependencies"] as defaults
}

test_a_package_needs_no_approval if denied({"type": "package", "pinned": true}, {"approved_actions": []}) == set()

test_an_action_needs_approval_where_it_need_not_be_pinned if {
	denied({}, {"types": ["package"], "approved_actions": []}) == unapproved
}

test_approval_in_a_file_that_is_left_out if {
	denied({"pinned": true}, {"approved_actions": [], "except": [".github/**"]}) == set()
}

test_a_violation_says_where if {
	some violation in violations({}, {})
	violation.location == {"path": ".github/workflows/ci.yml", "line": 7}
	violation.key == ".github/workflows/ci.yml action acme/build/setup@v1"
	violation.evidence == "e1"
}

test_an_action_that_is_not_approved_says_where if {
	some violation in violations({"pinned": true}, {"approved_actions": []})
	violation.location == {"path": ".github/workflows/ci.yml", "line": 7}
	violation.key == ".github/workflows/ci.yml approved acme/build/setup@v1"
	violation.severity == "high"
}

reasons(pins, more) := {reason |
	reason := pinned_dependencies.not_applicable with input as inventory(pins, more)
		with data.params["pinned-dependencies"] as defaults
}

looked_at(pins, more) := {"applicable": number, "not_applicable": reasons(pins, more), "missing": missing} if {
	number := pinned_dependencies.applicable with input as inventory(pins, more)
		with data.params["pinned-dependencies"] as defaults
	missing := pinned_dependencies.missing with input as inventory(pins, more)
		with data.params["pinned-dependencies"] as defaults
}

none := "the repository depends on nothing of these types"

part := "the inventory is of a part of the repository, and has nothing to pin"

test_looked_at[note] if {
	some note, case in {
		"pins are counted": [[pin({}), pin({"line": 8})], {}, {"applicable": 2, "not_applicable": set(), "missing": set()}],
		"other types are not": [[pin({"type": "image"})], {}, {"applicable": 0, "not_applicable": {none}, "missing": set()}],
		"none at all": [[], {}, {"applicable": 0, "not_applicable": {none}, "missing": set()}],
		"none in a part": [[], {"paths": ["a"]}, {"applicable": 0, "not_applicable": set(), "missing": {part}}],
		"one in a part": [[pin({})], {"paths": ["a"]}, {"applicable": 1, "not_applicable": set(), "missing": set()}],
		"no part": [[], {"paths": []}, {"applicable": 0, "not_applicable": {none}, "missing": set()}],
	}
	[pins, more, expected] := case
	looked_at(pins, more) == expected
}

test_no_evidence_is_not_nothing_to_pin if {
	not pinned_dependencies.not_applicable with input as {"evidence": {"repository": []}}
		with data.params["pinned-dependencies"] as defaults
}

test_one_of_two_inventories_is_of_a_part if {
	both := {"evidence": {"repository": [
		inventory([], {}).evidence.repository[0],
		inventory([], {"paths": ["docs"]}).evidence.repository[0],
	]}}
	not pinned_dependencies.not_applicable with input as both with data.params["pinned-dependencies"] as defaults
	count(pinned_dependencies.missing) == 1 with input as both with data.params["pinned-dependencies"] as defaults
}

test_actions_are_looked_at_where_only_packages_have_to_be_pinned if {
	pins := [pin({}), pin({"type": "package"}), pin({"type": "image"})]
	pinned_dependencies.applicable == 2 with input as inventory(pins, {})
		with data.params["pinned-dependencies"] as object.union(defaults, {"types": ["package"]})
}
