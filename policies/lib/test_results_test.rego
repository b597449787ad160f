package lib.test_results_test

import data.lib.test_results

test_failing if test_results.failing == {"failed", "errored"}

test_executed if test_results.executed(1, 20, 300) == 321

test_too_few if test_results.too_few("a.xml", 2, 3) == "a.xml: 2 tests ran, 3 required"

test_as_many_as_required if not test_results.too_few("a.xml", 3, 3)

test_too_many_skipped if {
	test_results.too_many_skipped("a.xml", 2, 3, 66.6) == "a.xml: 2 of 3 tests are skipped (66.6 %), at most 66.6 % may be"
}

test_as_many_skipped_as_allowed if not test_results.too_many_skipped("a.xml", 1, 4, 25)

test_nothing_skipped_of_nothing if not test_results.too_many_skipped("a.xml", 0, 0, 0)

test_fail[note] if {
	some note, passed in {"just below": 49, "none": 0}
	test_results.fail(passed, 100, 50)
}

test_no_fail[note] if {
	some note, passed in {"exactly at": 50, "just above": 51}
	not test_results.fail(passed, 100, 50)
}
