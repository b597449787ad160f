package gates.quality.compatibility_tests_test

import data.gates.quality.compatibility_tests

params := {"pass_rate": 100, "minimum_executed": 1, "skipped_percent": 100}

cases := [{"item": "a", "status": "passed"}, {"item": "b", "status": "failed"}, {"item": "c", "status": "errored"}, {"item": "d", "status": "skipped"}]

results(passed, failed, errored, skipped) := {"evidence": {"tests": [{
	"id": "e1",
	"path": "junit.xml",
	"summary": {
		"suite": "compatibility",
		"passed": passed,
		"failed": failed,
		"errored": errored,
		"skipped": skipped,
		"total": ((passed + failed) + errored) + skipped,
	},
	"cases": cases,
}]}}

denied(given, changes) := {violation.item |
	some violation in compatibility_tests.deny with input as given with data.params["compatibility-tests"] as object.union(params, changes)
}

missed(given, changes) := reasons if {
	reasons := compatibility_tests.missing with input as given with data.params["compatibility-tests"] as object.union(params, changes)
}

test_failed_and_errored_are_denied if denied(results(1, 1, 1, 1), {}) == {"b", "c"}

test_all_passed if denied(results(4, 0, 0, 0), {}) == set()

test_the_rate[note] if {
	some note, case in {"just below": [50.1, {"b", "c"}], "exactly at": [50, set()], "just above": [49.9, set()]}
	[rate, items] := case
	denied(results(2, 1, 1, 3), {"pass_rate": rate}) == items
}

test_severity_and_document if {
	some violation in compatibility_tests.deny with input as results(1, 1, 0, 0) with data.params["compatibility-tests"] as params
	[violation.severity, violation.evidence] == ["high", "e1"]
}

test_nothing_ran if missed(results(0, 0, 0, 2), {}) == {"junit.xml: 0 tests ran, 1 required"}

test_one_ran if missed(results(1, 0, 0, 0), {}) == set()

test_failed_and_errored_ran if missed(results(0, 1, 1, 0), {"minimum_executed": 2}) == set()

test_one_too_few if missed(results(2, 0, 0, 0), {"minimum_executed": 3}) == {"junit.xml: 2 tests ran, 3 required"}

test_skipped[note] if {
	some note, case in {"just below": [26, set()], "exactly at": [25, set()], "just above": [24, {"junit.xml: 1 of 4 tests are skipped (25 %), at most 24 % may be"}]}
	[maximum, reasons] := case
	missed(results(1, 1, 1, 1), {"skipped_percent": maximum}) == reasons
}

test_tests_are_counted if compatibility_tests.applicable == 4 with input as results(1, 1, 1, 1) with data.params["compatibility-tests"] as params

test_no_evidence_is_nothing_to_look_at if {
	compatibility_tests.applicable == 0 with input as {"evidence": {"tests": []}} with data.params["compatibility-tests"] as params
}
