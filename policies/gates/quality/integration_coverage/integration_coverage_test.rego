package gates.quality.integration_coverage_test

import data.gates.quality.integration_coverage

params := {"lines": 70, "branches": 0, "functions": 0, "statements": 0, "changed_lines": 0, "unmeasured_paths": []}

counts(covered) := {"covered": covered, "total": 1000}

report(summary) := {"evidence": {"coverage": [{"id": "e1", "path": "coverage.json", "summary": summary, "files": [
	{"item": 0, "changed": {"covered": 1, "total": 2}, "changedMissed": "7"},
	{"item": 1, "changed": {"covered": 2, "total": 2}, "changedMissed": ""},
	{"item": 2},
]}]}}

summary(changes) := object.union({"lines": counts(700)}, changes)

denied(changed, limits) := given if {
	given := integration_coverage.deny with input as report(summary(changed))
		with data.params["integration-coverage"] as object.union(params, limits)
}

missed(changed, limits) := given if {
	given := integration_coverage.missing with input as report(summary(changed))
		with data.params["integration-coverage"] as object.union(params, limits)
}

test_lines[note] if {
	some note, case in {"just below": [699, {"lines"}], "exactly at": [700, set()], "just above": [701, set()]}
	[covered, keys] := case
	{violation.key | some violation in denied({"lines": counts(covered)}, {})} == keys
	missed({"lines": counts(covered)}, {}) == set()
}

test_other_counters[what] if {
	some what in ["branches", "functions", "statements"]
	denied({what: counts(500)}, {what: 50}) == set()
	denied({what: counts(0)}, {}) == set()
	{violation.key | some violation in denied({what: counts(499)}, {what: 50})} == {what}
	count(missed({}, {what: 50})) == 1
	missed({what: counts(500)}, {what: 50}) == set()
	missed({}, {what: 0}) == set()
}

test_the_violation if denied({"lines": counts(699)}, {}) == {{
	"evidence": "e1",
	"key": "lines",
	"severity": "medium",
	"msg": "line coverage is 69.9 % (699 of 1000), 70 % required",
	"measured": {"value": 69.9, "limit": 70, "better": "higher"},
}}

test_nothing_measured if missed({"lines": {"covered": 0, "total": 0}}, {}) == {"coverage.json measured no line"}

test_changed_lines[note] if {
	some note, case in {"just below": [79, {0}], "exactly at": [80, set()], "just above": [81, set()]}
	[covered, items] := case
	violations := denied({"changed": {"covered": covered, "total": 100}}, {"changed_lines": 80})
	{violation.item | some violation in violations} == items
}

test_the_violation_of_changed_lines if {
	some violation in denied({"changed": {"covered": 79, "total": 100}}, {"changed_lines": 80})
	[violation.evidence, violation.key] == ["e1", "changed-lines"]
}

test_an_unknown_change if {
	missed({}, {"changed_lines": 80}) == {"it is not known which lines of coverage.json were changed, and 80 % of them are required"}
	missed({"changed": counts(1000)}, {"changed_lines": 80}) == set()
}

test_an_unmeasured_file if {
	change := {"changed": counts(1000), "changedUnmeasuredPaths": ["a.ts", "b.d.ts"]}
	missed(change, {"changed_lines": 80, "unmeasured_paths": ["*.d.ts"]}) == {"coverage.json says nothing of a.ts, and 80 % of the changed lines are required"}
}

test_documents_are_counted if integration_coverage.applicable == 1 with input as report(summary({}))

test_no_evidence_is_nothing_to_look_at if integration_coverage.applicable == 0 with input as {"evidence": {"coverage": []}}
