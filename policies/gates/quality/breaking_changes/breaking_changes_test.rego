package gates.quality.breaking_changes_test

import data.gates.quality.breaking_changes

params := {
	"blocking_severity": ["high", "low"],
	"unknown_severity": "block",
	"suppressions": "accept",
	"declared": [
		{"rule": "removed", "path": "api/*.yaml", "guide": "docs/v2.md"},
		{"rule": "renamed", "guide": "docs/names.md"},
	],
}

finding(changes) := object.union(
	{
		"item": 7,
		"category": "compatibility",
		"ruleId": "other",
		"severity": "high",
		"suppressed": false,
		"suppressions": [],
		"location": {"path": "api/shop.yaml"},
	},
	changes,
)

report(findings) := {"id": "e1", "scans": [{"category": "compatibility"}], "findings": findings}

check(findings, change, files) := {"evidence": {"findings": [report(findings)], "change": change, "repository": files}}

denied(findings, change, files) := violations if {
	violations := breaking_changes.deny with input as check(findings, change, files) with data.params["breaking-changes"] as params
}

changing(path, status) := [{"id": "c1", "files": [{"path": path, "status": status}]}]

checkout(path) := [{"id": "r1", "files": [{"item": 0, "path": path}]}]

undeclared := {{"evidence": "e1", "item": 7}}

test_a_breaking_change if denied([finding({})], [], []) == undeclared

test_no_finding if denied([], [], []) == set()

test_severities[severity] if {
	some severity, violations in {"high": undeclared, "low": undeclared, "medium": set(), "unknown": undeclared}
	denied([finding({"severity": severity})], [], []) == violations
}

test_another_category if denied([finding({"category": "sast"})], [], []) == set()

test_a_suppressed_finding if {
	denied([finding({"suppressed": true, "suppressions": [{"kind": "external", "status": "accepted"}]})], [], []) == set()
}

test_declared_with_its_guide[note] if {
	some note, case in {
		"in the change": ["removed", changing("docs/v2.md", "added"), []],
		"in the checkout": ["removed", [], checkout("docs/v2.md")],
		"in any file": ["renamed", changing("docs/names.md", "modified"), []],
	}
	[rule, change, files] := case
	denied([finding({"ruleId": rule})], change, files) == set()
}

test_declared_without_its_guide[note] if {
	some note, case in {
		"nothing is known": [[], []],
		"another file": [changing("docs/v1.md", "added"), checkout("docs/names.md")],
		"the guide was deleted": [changing("docs/v2.md", "deleted"), []],
	}
	[change, files] := case
	denied([finding({"ruleId": "removed"})], change, files) == {{
		"evidence": "e1",
		"item": 7,
		"key": "guide",
		"msg": "removed is declared, and nothing shows its migration guide docs/v2.md: write it, and pass change or repository evidence",
	}}
}

test_declared_for_other_files if {
	denied([finding({"ruleId": "removed", "location": {"path": "lib/shop.yaml"}})], [], checkout("docs/v2.md")) == undeclared
	denied([object.remove(finding({"ruleId": "removed"}), ["location"])], [], checkout("docs/v2.md")) == undeclared
}

test_declared_twice if {
	twice := object.union(params, {"declared": [{"rule": "removed", "guide": "b.md"}, {"rule": "removed", "guide": "a.md"}]})
	violations := breaking_changes.deny with input as check([finding({"ruleId": "removed"})], [], []) with data.params["breaking-changes"] as twice
	{violation.msg | some violation in violations} == {"removed is declared, and nothing shows its migration guide a.md or b.md: write it, and pass change or repository evidence"}
	set() == breaking_changes.deny with input as check([finding({"ruleId": "removed"})], [], checkout("b.md"))
		with data.params["breaking-changes"] as twice
}

test_scans_are_counted if {
	several := {"evidence": {"findings": [object.union(report([]), {"scans": [{"category": "compatibility"}, {"category": "sast"}, {"category": "compatibility"}]})]}}
	breaking_changes.applicable == 2 with input as several
}

test_no_evidence_is_nothing_to_look_at if breaking_changes.applicable == 0 with input as {"evidence": {"findings": []}}
