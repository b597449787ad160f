package gates.quality.unit_coverage_test

import data.gates.quality.unit_coverage

params := {"lines": 80, "branches": 75}

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

test_missing_branches_are_missed if {
	unit_coverage.missing == {"coverage.json has no branch counts, and 75 % of branches are required"} with input as report({"lines": {"covered": 90, "total": 100}})
		with data.params["unit-coverage"] as params
}

test_missing_branches_are_not_missed_at_zero if {
	unit_coverage.missing == set() with input as report({"lines": {"covered": 90, "total": 100}})
		with data.params["unit-coverage"] as {"lines": 80, "branches": 0}
}

test_present_branches_are_not_missed if {
	unit_coverage.missing == set() with input as report(summary(80, 75)) with data.params["unit-coverage"] as params
}

test_documents_are_counted if unit_coverage.applicable == 1 with input as report(summary(80, 75))

test_no_evidence_is_nothing_to_look_at if unit_coverage.applicable == 0 with input as {"evidence": {"coverage": []}}
