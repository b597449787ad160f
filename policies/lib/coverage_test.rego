package lib.coverage_test

import data.lib.coverage

counts(covered, total) := {"covered": covered, "total": total}

test_shortfall_names_what_is_counted[what] if {
	some what, one in {"lines": "line", "branches": "branch", "functions": "function", "statements": "statement"}
	coverage.shortfall(what, counts(1, 8), 50) == {
		"key": what,
		"severity": "medium",
		"msg": $"{one} coverage is 12.5 % (1 of 8), 50 % required",
		"measured": {"value": 12.5, "limit": 50, "better": "higher"},
	}
}

test_exactly_the_minimum_is_no_shortfall if not coverage.shortfall("lines", counts(4, 8), 50)

test_nothing_of_nothing_is_no_shortfall if not coverage.shortfall("branches", counts(0, 0), 50)

test_changed_shortfall if {
	coverage.changed_shortfall("6-7", counts(2, 3), 80) == {
		"key": "changed-lines",
		"severity": "medium",
		"msg": "lines 6-7 are changed and not covered; 66.6 % of the changed lines are (2 of 3), 80 % required",
		"measured": {"value": 200 / 3, "limit": 80, "better": "higher"},
	}
}

test_exactly_the_minimum_of_changed_lines if not coverage.changed_shortfall("6", counts(4, 5), 80)

test_uncounted[what] if {
	some what, [one, many] in {
		"lines": ["line", "lines"],
		"branches": ["branch", "branches"],
		"functions": ["function", "functions"],
		"statements": ["statement", "statements"],
	}
	coverage.uncounted("a.json", what, 0.1) == $"a.json has no {one} counts, and 0.1 % of {many} are required"
}

test_nothing_is_missed_where_nothing_is_asked if {
	not coverage.uncounted("a.json", "lines", 0)
	not coverage.unknown_change("a.json", 0)
	not coverage.unmeasured("a.json", ["b.ts"], [], 0)
}

test_an_unknown_change if {
	coverage.unknown_change("a.json", 0.1) == "it is not known which lines of a.json were changed, and 0.1 % of them are required"
}

test_unmeasured_files if {
	coverage.unmeasured("a.json", ["z.ts", "b.ts", "b.test.ts"], ["*.test.ts"], 0.1) == "a.json says nothing of b.ts, z.ts, and 0.1 % of the changed lines are required"
}

test_one_unmeasured_file if coverage.unmeasured("a.json", ["b.ts"], [], 90) == "a.json says nothing of b.ts, and 90 % of the changed lines are required"

test_no_unmeasured_file if not coverage.unmeasured("a.json", ["b.test.ts"], ["*.test.ts"], 90)
