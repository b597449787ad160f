package gates.quality.mutation_score_test

import data.gates.quality.mutation_score

params := {"score": 75, "minimum_mutants": 1, "invalid_percent": 50, "ignored_percent": 40, "pending_percent": 10}

counts := {
	"total": 100,
	"detected": 75,
	"valid": 100,
	"survived": 20,
	"noCoverage": 5,
	"compileError": 0,
	"runtimeError": 0,
	"ignored": 0,
	"pending": 0,
}

run(changes) := {"evidence": {"mutation": [{"id": "e1", "path": "mutation.json", "summary": object.union(counts, changes)}]}}

denied(changes) := given if {
	given := mutation_score.deny with input as run(changes) with data.params["mutation-score"] as params
}

missed(changes, limits) := given if {
	given := mutation_score.missing with input as run(changes)
		with data.params["mutation-score"] as object.union(params, limits)
}

test_the_score[note] if {
	some note, case in {"just below": [74, 1], "exactly at": [75, 0], "just above": [76, 0]}
	[detected, violations] := case
	count(denied({"detected": detected})) == violations
}

test_the_violation if {
	denied({"detected": 2, "valid": 3, "survived": 1, "noCoverage": 0}) == {{
		"evidence": "e1",
		"key": "score",
		"severity": "medium",
		"msg": "mutation score is 66.6 % (2 of 3 mutants noticed; 1 survived, 0 in code that no test runs), 75 % required",
		"measured": {"value": 200 / 3, "limit": 75, "better": "higher"},
	}}
}

test_nothing_is_missed_in_a_whole_run if missed({}, {}) == set()

test_nothing_valid if {
	missed({"detected": 0, "valid": 0, "total": 0}, {}) == {"mutation.json: 0 mutants could be tested, 1 required"}
	denied({"detected": 0, "valid": 0, "total": 0}) == set()
}

test_one_is_enough if missed({"detected": 1, "valid": 1}, {}) == set()

test_too_few if missed({"valid": 9}, {"minimum_mutants": 10}) == {"mutation.json: 9 mutants could be tested, 10 required"}

test_as_many_as_required if missed({"valid": 10}, {"minimum_mutants": 10}) == set()

test_untested[note] if {
	some note, case in {
		"invalid, exactly at": [{"compileError": 30, "runtimeError": 20}, set()],
		"invalid, just above": [{"compileError": 30, "runtimeError": 21}, {"mutation.json: 51 of 100 mutants failed to compile or to run (51 %), at most 50 % may"}],
		"ignored, exactly at": [{"ignored": 40}, set()],
		"ignored, just above": [{"ignored": 401, "total": 1000}, {"mutation.json: 401 of 1000 mutants were left out (40.1 %), at most 40 % may"}],
		"pending, exactly at": [{"pending": 10}, set()],
		"pending, just above": [{"pending": 11}, {"mutation.json: 11 of 100 mutants were not tested yet (11 %), at most 10 % may"}],
	}
	[changes, reasons] := case
	missed(changes, {}) == reasons
}

test_a_share_is_of_the_total if missed({"ignored": 4, "total": 10, "valid": 6}, {}) == set()

test_mutants_are_counted if mutation_score.applicable == 100 with input as run({})

test_no_evidence_is_nothing_to_look_at if mutation_score.applicable == 0 with input as {"evidence": {"mutation": []}}
