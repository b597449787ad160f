package gates.quality.unit_coverage_test

import data.gates.quality.unit_coverage

params := {"lines": 80, "branches": 75, "functions": 0, "statements": 0, "changed_lines": 0, "unmeasured_paths": ["*.test.ts"]}

report(summary) := {"evidence": {"coverage": [{"id": "e1", "path": "coverage.json", "summary": summary}]}}

summary(lines, branches) := {"lines": {"covered": lines, "total": 100}, "branches": {"covered": branches, "total": 100}}

denied(document) := {violation.key |
	some violation in unit_coverage.deny with input as report(document) with data.params["unit-coverage"] as params
}

test_exactly_at_both_thresholds if denied(summary(80, 75)) == set()

test_just_above if denied(summary(81, 76)) == set()

test_lines_just_below if denied(summary(79, 75)) == {"lines"}

test_branches_just_below if denied(summary(80, 74)) == {"branches"}

test_both_below if denied(summary(0, 0)) == {"lines", "branches"}

test_the_message_has_the_figures if {
	some violation in unit_coverage.deny with input as report(summary(79, 75)) with data.params["unit-coverage"] as params
	violation.msg == "line coverage is 79 % (79 of 100), 80 % required"
	violation.severity == "medium"
	violation.evidence == "e1"
}

figures(document) := {violation.key: violation.measured |
	some violation in unit_coverage.deny with input as report(document) with data.params["unit-coverage"] as params
}

test_the_figures_are_stated if figures(summary(79, 0)) == {
	"lines": {"value": 79, "limit": 80, "better": "higher"},
	"branches": {"value": 0, "limit": 75, "better": "higher"},
}

test_a_figure_is_not_cut if figures({"lines": {"covered": 1, "total": 8}, "branches": {"covered": 3, "total": 4}}).lines.value == 12.5

test_missing_branches_are_missed if {
	unit_coverage.missing == {"coverage.json has no branch counts, and 75 % of branches are required"} with input as report({"lines": {"covered": 90, "total": 100}})
		with data.params["unit-coverage"] as params
}

test_missing_branches_are_not_missed_at_zero if {
	unit_coverage.missing == set() with input as report({"lines": {"covered": 90, "total": 100}})
		with data.params["unit-coverage"] as object.union(params, {"branches": 0})
}

test_missing_counts_are_missed_at_the_least_threshold if {
	count(unit_coverage.missing) == 4 with input as report({"lines": {"covered": 90, "total": 100}})
		with data.params["unit-coverage"] as object.union(params, {"branches": 0.5, "functions": 0.5, "statements": 0.5, "changed_lines": 0.5})
}

test_present_branches_are_not_missed if {
	unit_coverage.missing == set() with input as report(summary(80, 75)) with data.params["unit-coverage"] as params
}

statements(covered) := object.union(summary(80, 75), {"statements": {"covered": covered, "total": 100}})

test_present_statements_are_not_missed if {
	unit_coverage.missing == set() with input as report(statements(70))
		with data.params["unit-coverage"] as object.union(params, {"statements": 70})
}

test_statements_are_not_looked_at_by_default if denied(statements(0)) == set()

test_statements_exactly_at if {
	unit_coverage.deny == set() with input as report(statements(70))
		with data.params["unit-coverage"] as object.union(params, {"statements": 70})
}

test_statements_just_below if {
	some violation in unit_coverage.deny with input as report(statements(69))
		with data.params["unit-coverage"] as object.union(params, {"statements": 70})
	violation.key == "statements"
	violation.severity == "medium"
	violation.msg == "statement coverage is 69 % (69 of 100), 70 % required"
	violation.measured == {"value": 69, "limit": 70, "better": "higher"}
}

test_missing_statements_are_missed if {
	unit_coverage.missing == {"coverage.json has no statement counts, and 70 % of statements are required"} with input as report(summary(80, 75))
		with data.params["unit-coverage"] as object.union(params, {"statements": 70})
}

functions(covered) := object.union(summary(80, 75), {"functions": {"covered": covered, "total": 100}})

test_functions_are_not_looked_at_by_default if denied(functions(0)) == set()

test_functions_exactly_at if {
	unit_coverage.deny == set() with input as report(functions(70))
		with data.params["unit-coverage"] as object.union(params, {"functions": 70})
}

test_functions_that_were_counted_are_not_missing if {
	unit_coverage.missing == set() with input as report(functions(70))
		with data.params["unit-coverage"] as object.union(params, {"functions": 70})
}

test_functions_just_below if {
	some violation in unit_coverage.deny with input as report(functions(69))
		with data.params["unit-coverage"] as object.union(params, {"functions": 70})
	violation.key == "functions"
	violation.msg == "function coverage is 69 % (69 of 100), 70 % required"
}

test_nothing_measured_is_missed if {
	nothing := {"lines": {"covered": 0, "total": 0}, "branches": {"covered": 0, "total": 0}}
	unit_coverage.missing == {"coverage.json measured no line"} with input as report(nothing) with data.params["unit-coverage"] as params
}

test_one_line_is_something if {
	little := {"lines": {"covered": 1, "total": 1}, "branches": {"covered": 0, "total": 0}}
	unit_coverage.missing == set() with input as report(little) with data.params["unit-coverage"] as params
	unit_coverage.deny == set() with input as report(little) with data.params["unit-coverage"] as params
}

changed(covered) := {"evidence": {"coverage": [{
	"id": "e1",
	"path": "coverage.json",
	"summary": object.union(summary(80, 75), {"changed": {"covered": covered, "total": 10}}),
	"files": [
		{"item": 0, "changed": {"covered": covered - 5, "total": 5}, "changedMissed": "7-9"},
		{"item": 1, "changed": {"covered": 5, "total": 5}, "changedMissed": ""},
		{"item": 2},
	],
}]}}

changed_params := object.union(params, {"changed_lines": 80})

test_changed_lines_are_not_looked_at_by_default if unit_coverage.deny == set() with input as changed(5) with data.params["unit-coverage"] as params

test_changed_lines_exactly_at if unit_coverage.deny == set() with input as changed(8) with data.params["unit-coverage"] as changed_params

test_changed_lines_just_below if {
	unit_coverage.deny == {{
		"evidence": "e1",
		"item": 0,
		"key": "changed-lines",
		"severity": "medium",
		"msg": "lines 7-9 are changed and not covered; 70 % of the changed lines are (7 of 10), 80 % required",
		"measured": {"value": 70, "limit": 80, "better": "higher"},
	}} with input as changed(7) with data.params["unit-coverage"] as changed_params
}

test_unknown_changes_are_missed if {
	unit_coverage.missing == {"it is not known which lines of coverage.json were changed, and 80 % of them are required"} with input as report(summary(80, 75))
		with data.params["unit-coverage"] as changed_params
}

test_known_changes_are_not_missed if unit_coverage.missing == set() with input as changed(8) with data.params["unit-coverage"] as changed_params

unmeasured(paths) := object.union(summary(80, 75), {"changed": {"covered": 10, "total": 10}, "changedUnmeasuredPaths": paths})

test_files_of_the_change_without_coverage_are_missed if {
	paths := ["src/new.ts", "src/a.ts", "src/a.test.ts"]
	unit_coverage.missing == {"coverage.json says nothing of src/a.ts, src/new.ts, and 80 % of the changed lines are required"} with input as report(unmeasured(paths))
		with data.params["unit-coverage"] as changed_params
}

test_tests_need_no_coverage if {
	unit_coverage.missing == set() with input as report(unmeasured(["src/a.test.ts"])) with data.params["unit-coverage"] as changed_params
}

test_documents_are_counted if unit_coverage.applicable == 1 with input as report(summary(80, 75))

test_no_evidence_is_nothing_to_look_at if unit_coverage.applicable == 0 with input as {"evidence": {"coverage": []}}
