package gates.quality.tests_test

import data.gates.quality.tests

params := {"pass_rate": 100, "minimum_executed": 1}

summary(passed, failed, errored, skipped) := {
	"passed": passed,
	"failed": failed,
	"errored": errored,
	"skipped": skipped,
	"total": ((passed + failed) + errored) + skipped,
}

results(counts, cases) := {"evidence": {"tests": [{"id": "e1", "path": "junit.xml", "summary": counts, "cases": cases}]}}

cases := [{"item": "a", "status": "passed"}, {"item": "b", "status": "failed"}, {"item": "c", "status": "errored"}, {"item": "d", "status": "skipped"}]

denied(counts, changes) := {violation.item |
	some violation in tests.deny with input as results(counts, cases) with data.params.tests as object.union(params, changes)
}

missed(counts, changes) := reasons if {
	reasons := tests.missing with input as results(counts, []) with data.params.tests as object.union(params, changes)
}

test_failed_and_errored_are_denied if denied(summary(1, 1, 1, 1), {}) == {"b", "c"}

test_all_passed if denied(summary(4, 0, 0, 0), {}) == set()

test_skipped_does_not_count_against if denied(summary(1, 0, 0, 3), {}) == set()

test_exactly_at_the_rate if denied(summary(2, 1, 1, 0), {"pass_rate": 50}) == set()

test_just_below_the_rate if denied(summary(2, 1, 1, 0), {"pass_rate": 50.1}) == {"b", "c"}

test_just_above_the_rate if denied(summary(2, 1, 1, 0), {"pass_rate": 49.9}) == set()

test_severity_and_document if {
	some violation in tests.deny with input as results(summary(1, 1, 0, 0), cases) with data.params.tests as params
	violation.severity == "high"
	violation.evidence == "e1"
}

test_nothing_ran if missed(summary(0, 0, 0, 2), {}) == {"junit.xml: 0 tests ran, 1 required"}

test_one_ran if missed(summary(1, 0, 0, 0), {}) == set()

test_failed_and_errored_ran if missed(summary(0, 1, 1, 0), {"minimum_executed": 2}) == set()

test_one_too_few if missed(summary(2, 0, 0, 0), {"minimum_executed": 3}) == {"junit.xml: 2 tests ran, 3 required"}

test_tests_are_counted if tests.applicable == 4 with input as results(summary(1, 1, 1, 1), cases)

test_no_evidence_is_nothing_to_look_at if tests.applicable == 0 with input as {"evidence": {"tests": []}}
