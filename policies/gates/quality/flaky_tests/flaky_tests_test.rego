package gates.quality.flaky_tests_test

import data.gates.quality.flaky_tests

params := {"below_percent": 2, "minimum_executed": 1}

summary(suite, passed, flaky) := {"suite": suite, "passed": passed, "failed": 1, "errored": 1, "skipped": 100, "flaky": flaky}

document(id, counts) := {"id": id, "path": id, "summary": counts, "cases": [
	{"item": 0, "flaky": true, "attempts": 3},
	{"item": 1, "flaky": false, "attempts": 1},
]}

check(documents) := {"evidence": {"tests": documents}}

run(suite, passed, flaky) := check([document("e1", summary(suite, passed, flaky))])

denied(given) := violations if {
	violations := flaky_tests.deny with input as given with data.params["flaky-tests"] as params
}

missed(given, minimum) := reasons if {
	reasons := flaky_tests.missing with input as given
		with data.params["flaky-tests"] as object.union(params, {"minimum_executed": minimum})
}

# 2 of the tests that ran failed, so 98 passed make 100.
test_the_rate[note] if {
	some note, case in {"just below": [99, 0], "exactly at": [98, 1], "just above": [97, 1]}
	[passed, violations] := case
	count(denied(run("unit", passed, 2))) == violations
}

test_the_violation if denied(run("e2e", 98, 3)) == {{
	"evidence": "e1",
	"item": 0,
	"key": "flaky",
	"severity": "low",
	"msg": "passed at attempt 3 only; 3 of 100 e2e tests that ran are flaky (3 %), less than 2 % may be",
	"measured": {"value": 3, "limit": 2, "better": "lower"},
}}

test_files_of_a_suite_are_added if {
	denied(check([document("e1", summary("unit", 98, 2)), document("e2", summary("unit", 98, 0))])) == set()
	count(denied(check([document("e1", summary("unit", 98, 2)), document("e2", summary("unit", 98, 2))]))) == 2
}

test_suites_are_not_added if {
	violations := denied(check([document("e1", summary("e2e", 98, 2)), document("e2", summary("unit", 998, 0))]))
	{violation.evidence | some violation in violations} == {"e1"}
}

test_nothing_flaky if denied(run("unit", 1, 0)) == set()

test_nothing_ran if {
	nothing := {"suite": "unit", "passed": 0, "failed": 0, "errored": 0, "skipped": 3, "flaky": 0}
	missed(check([document("e1", nothing)]), 1) == {"0 unit tests ran, 1 required"}
}

test_one_ran if {
	one := {"suite": "unit", "passed": 1, "failed": 0, "errored": 0, "skipped": 3, "flaky": 0}
	missed(check([document("e1", one)]), 1) == set()
	denied(check([document("e1", one)])) == set()
}

test_too_few if {
	missed(run("unit", 7, 0), 10) == {"9 unit tests ran, 10 required"}
	missed(run("unit", 8, 0), 10) == set()
}

test_tests_are_counted if {
	two := check([document("e1", summary("e2e", 8, 2)), document("e2", summary("unit", 98, 0))])
	flaky_tests.applicable == 110 with input as two with data.params["flaky-tests"] as params
}

test_no_evidence_is_nothing_to_look_at if {
	flaky_tests.applicable == 0 with input as check([]) with data.params["flaky-tests"] as params
}
