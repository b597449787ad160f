package gates.release.change_risk_test

import data.gates.release.change_risk

params := {
	"maximum_level": "high",
	"medium_at": 0.25,
	"high_at": 0.5,
	"standard_at": 0.25,
	"cautious_at": 0.5,
	"maximum_safety_at": 0.75,
	"weights": {
		"success": 1,
		"size": 1,
		"complexity": 1,
		"kind": 1,
		"dependencies": 1,
		"time": 1,
		"experience": 1,
		"stability": 1,
	},
	"kind_risk": {"static": 0, "code": 0.25, "api": 0.5, "infrastructure": 0.625, "migration": 0.75, "breaking": 1},
	"kind_level": {"static": "low", "code": "low", "api": "low", "infrastructure": "medium", "migration": "high", "breaking": "high"},
	"static_paths": ["*.md"],
	"api_paths": ["*.proto"],
	"migration_paths": ["*.sql"],
	"infrastructure_paths": ["*.tf"],
	"dependency_paths": ["go.mod"],
	"large_lines": 100,
	"large_files": 10,
	"binary_lines": 50,
	"area_depth": 2,
	"many_areas": 4,
	"experienced_commits": 4,
	"window_days": 30,
	"minimum_decisions": 2,
	"stability_days": 7,
	"many_failures": 4,
	"utc_offset_minutes": 0,
	"working_from": 9,
	"working_until": 17,
	"friday_until": 15,
}

# A Thursday.
noon := "2026-01-01T12:00:00Z"

commit(sha, message) := {"item": 0, "sha": sha, "author": "ada", "message": message}

four := [commit(sha, "Mend it") | some sha in ["a", "b", "c", "d"]]

file(path) := {"path": path, "status": "modified", "additions": 0, "deletions": 0}

change(files, commits) := {
	"id": "c1",
	"path": "change.json",
	"summary": {"files": count(files), "commits": count(commits)},
	"files": files,
	"commits": commits,
}

allowed := {"environment": "production", "outcome": "allow", "evaluatedAt": "2025-12-31T12:00:00Z"}

failed(at) := {"environment": "production", "outcome": "block", "evaluatedAt": at}

check(documents, decisions, at) := {
	"environment": "production",
	"time": at,
	"evidence": {"change": documents, "history": [{"id": "h1", "decisions": decisions}]},
}

# Nothing that is risky.
harmless := check([change([file("README.md")], four)], [allowed, allowed], noon)

with_files(files) := check([change(files, four)], [allowed, allowed], noon)

with_paths(paths) := with_files([file(path) | some path in paths])

with_message(message) := check([change([file("README.md")], array.concat(four, [commit("e", message)]))], [allowed, allowed], noon)

with_decisions(decisions) := check([change([file("README.md")], four)], decisions, noon)

at(when) := check([change([file("README.md")], four)], [allowed, allowed], when)

answer(checked, changes) := given if {
	given := change_risk.answer with input as checked with data.params["change-risk"] as object.union(params, changes)
}

factor(checked, name, changes) := [one.value, one.because] if {
	some one in answer(checked, changes).factors
	one.name == name
}

missed(checked, changes) := reasons if {
	reasons := change_risk.missing with input as checked with data.params["change-risk"] as object.union(params, changes)
}

denied(checked, changes) := {violation.msg |
	some violation in change_risk.deny with input as checked with data.params["change-risk"] as object.union(params, changes)
}

test_harmless if {
	given := answer(harmless, {})
	[given.score, given.level, given.recommendation, count(given.factors)] == [0.013, "low", "fast-track", 8]
	missed(harmless, {}) == set()
	denied(harmless, {}) == set()
}

test_each_factor_has_a_name_and_a_weight if {
	given := answer(harmless, {"weights": object.union(params.weights, {"size": 3})})
	{"name": "size", "value": 0.1, "weight": 3, "because": "0 lines in 1 files"} in given.factors
	{one.name | some one in given.factors} == object.keys(params.weights)
}

test_the_score_is_the_weighted_mean if {
	given := answer(with_paths(["go.mod", "README.md"]), {})
	[one.value | some one in given.factors; one.name in {"size", "kind", "dependencies"}] == [1, 0.25, 0.2]
	given.score == 0.181
}

test_weights_count if {
	weights := object.union(params.weights, {"dependencies": 9})
	answer(with_paths(["go.mod"]), {"weights": weights}).score == 0.584
}

test_files_are_counted if {
	change_risk.applicable == 2 with input as with_paths(["a", "b"])
}

test_nothing_is_counted_without_a_change if change_risk.applicable == 0 with input as check([], [], noon)

# What is missing.

test_no_change if not answer(check([], [allowed, allowed], noon), {})

test_no_change_is_for_the_engine_to_say if missed(check([], [], noon), {}) == set()

no_change := {"no change evidence lists both the files and the commits: run `gate evidence collect git --base REF`"}

test_files_alone if {
	document := object.union(change([file("a")], []), {"summary": null})
	checked := check([object.union(document, {"summary": {"files": 1}})], [allowed, allowed], noon)
	missed(checked, {}) == no_change
	not answer(checked, {})
}

test_commits_alone if {
	document := object.remove(change([], four), ["summary"])
	checked := check([object.union(document, {"summary": {"commits": 4}})], [allowed, allowed], noon)
	missed(checked, {}) == no_change
	not answer(checked, {})
}

test_no_commit if {
	checked := check([change([file("a")], [])], [allowed, allowed], noon)
	missed(checked, {}) == {"the change has no commit, so nobody is known to have made it"}
	not answer(checked, {})
}

test_one_commit_is_enough if missed(check([change([file("a")], [commit("a", "x")])], [allowed, allowed], noon), {}) == set()

test_no_weight if {
	weights := {name: 0 | some name, _ in params.weights}
	missed(harmless, {"weights": weights}) == {"every weight is 0, so there is no score"}
	not answer(harmless, {"weights": weights})
}

test_one_weight_is_enough if {
	weights := object.union({name: 0 | some name, _ in params.weights}, {"size": 1})
	missed(harmless, {"weights": weights}) == set()
}

two(first, second) := check([first, second], [allowed, allowed], noon)

disagree := {"the documents of the change do not list the same files and commits"}

test_documents_that_agree if missed(two(change([file("a")], four), change([file("a")], four)), {}) == set()

test_documents_that_disagree[note] if {
	some note, other in {
		"about a path": change([file("b")], four),
		"about an earlier path": change([object.union(file("a"), {"previousPath": "b"})], four),
		"about a status": change([object.union(file("a"), {"status": "deleted"})], four),
		"about added lines": change([object.union(file("a"), {"additions": 1})], four),
		"about deleted lines": change([object.union(file("a"), {"deletions": 1})], four),
		"about a commit": change([file("a")], array.slice(four, 0, 3)),
	}
	missed(two(change([file("a")], four), other), {}) == disagree
}

# Size.

test_lines_are_added_and_deleted if {
	checked := with_files([object.union(file("README.md"), {"additions": 30, "deletions": 20})])
	factor(checked, "size", {}) == [0.5, "50 lines in 1 files"]
}

test_files_count_where_they_say_more if factor(with_paths(["a.md", "b.md", "c.md"]), "size", {})[0] == 0.3

test_size_is_one_at_most if {
	checked := with_files([object.union(file("README.md"), {"additions": 300})])
	factor(checked, "size", {}) == [1, "300 lines in 1 files"]
}

test_a_file_whose_lines_are_not_counted if {
	checked := with_files([object.remove(file("a.png"), ["additions", "deletions"])])
	factor(checked, "size", {}) == [0.5, "50 lines in 1 files"]
}

test_a_file_whose_added_lines_are_not_counted if {
	checked := with_files([object.remove(file("a.png"), ["additions"])])
	factor(checked, "size", {})[0] == 0.5
}

test_a_file_whose_deleted_lines_are_not_counted if {
	checked := with_files([object.remove(file("a.png"), ["deletions"])])
	factor(checked, "size", {})[0] == 0.5
}

# Complexity.

test_one_area if factor(with_paths(["a/b/1.md", "a/b/2.md", "a/b/c/3.md"]), "complexity", {}) == [0, "areas touched: 1"]

test_areas if factor(with_paths(["a/b/1.md", "a/c/2.md", "3.md"]), "complexity", {}) == [0.5, "areas touched: 3"]

test_areas_by_depth if factor(with_paths(["a/b/1.md", "a/c/2.md"]), "complexity", {"area_depth": 1}) == [0, "areas touched: 1"]

test_a_file_is_no_area if factor(with_paths(["a/1.md", "a/2.md"]), "complexity", {}) == [0, "areas touched: 1"]

test_many_areas_are_one_at_most if {
	factor(with_paths([$"{name}/1.md" | some name in ["a", "b", "c", "d", "e", "f"]]), "complexity", {})[0] == 1
}

test_a_renamed_file_touches_two_areas if {
	checked := with_files([object.union(file("a/1.md"), {"previousPath": "b/1.md"})])
	factor(checked, "complexity", {})[0] == 0.25
}

# Kind.

test_kinds[note] if {
	some note, case in {
		"static content": [["a.md"], 0, "static", "low"],
		"code": [["a.go"], 0.25, "code", "low"],
		"code beside static content": [["a.go", "a.md"], 0.25, "code", "low"],
		"an interface": [["a.proto"], 0.5, "api", "low"],
		"infrastructure": [["a.tf"], 0.625, "infrastructure", "medium"],
		"a migration": [["a.sql"], 0.75, "migration", "high"],
		"several": [["a.sql", "a.go", "a.tf"], 0.75, "code, infrastructure, migration", "high"],
	}
	[changed, value, because, level] := case
	given := answer(with_paths(changed), {"medium_at": 1, "high_at": 1})
	[[one.value, one.because] | some one in given.factors; one.name == "kind"] == [[value, $"kind of change: {because}"]]
	given.level == level
}

test_a_kind_of_an_earlier_path if {
	checked := with_files([object.union(file("a.md"), {"previousPath": "a.sql"})])
	factor(checked, "kind", {})[1] == "kind of change: migration"
}

test_code_of_an_earlier_path if {
	checked := with_files([object.union(file("a.md"), {"previousPath": "a.go"})])
	factor(checked, "kind", {})[1] == "kind of change: code"
}

test_a_breaking_change[note] if {
	some note, message in {
		"header": "feat!: drop v1",
		"header with a scope": "feat(api)!: drop v1",
		"footer": "feat: drop v1\n\nBREAKING CHANGE: v1 is gone",
		"footer with a hyphen": "feat: drop v1\n\nBREAKING-CHANGE: v1 is gone",
	}
	factor(with_message(message), "kind", {}) == [1, "kind of change: breaking"]
}

test_no_breaking_change[note] if {
	some note, message in {
		"plain": "feat: add v2",
		"exclamation in the text": "feat: wow!: add v2",
		"not at the start of a line": "feat: no BREAKING CHANGE",
	}
	factor(with_message(message), "kind", {})[1] == "kind of change: static"
}

test_an_interface_that_goes_away_breaks[status] if {
	some status in ["deleted", "renamed"]
	checked := with_files([object.union(file("a.proto"), {"status": status})])
	factor(checked, "kind", {}) == [1, "kind of change: api, breaking"]
}

test_one_interface_among_others_that_goes_away_breaks if {
	checked := with_files([object.union(file("a.proto"), {"status": "deleted"}), file("b.go")])
	factor(checked, "kind", {})[0] == 1
}

test_an_interface_that_becomes_something_else_breaks if {
	checked := with_files([object.union(file("a.md"), {"status": "renamed", "previousPath": "a.proto"})])
	factor(checked, "kind", {}) == [1, "kind of change: api, breaking"]
}

test_a_deleted_file_alone_breaks_nothing if {
	factor(with_files([object.union(file("a.go"), {"status": "deleted"})]), "kind", {})[1] == "kind of change: code"
}

# Dependencies.

test_dependencies if factor(with_paths(["b/go.mod", "a/go.mod"]), "dependencies", {}) == [1, "dependencies change in a/go.mod"]

test_a_dependency_file_that_is_renamed if {
	checked := with_files([object.union(file("old.txt"), {"previousPath": "go.mod"})])
	factor(checked, "dependencies", {}) == [1, "dependencies change in old.txt"]
}

test_no_dependencies if factor(harmless, "dependencies", {}) == [0, "no dependency changes"]

# Time.

test_time[note] if {
	some note, case in {
		"the first minute of work": ["2026-01-01T09:00:00Z", 0],
		"before it": ["2026-01-01T08:59:59Z", 1],
		"the last minute of work": ["2026-01-01T16:59:59Z", 0],
		"after it": ["2026-01-01T17:00:00Z", 1],
		"Friday": ["2026-01-02T14:59:59Z", 0],
		"Friday evening": ["2026-01-02T15:00:00Z", 1],
		"Thursday at that hour": ["2026-01-01T15:00:00Z", 0],
		"Saturday": ["2026-01-03T12:00:00Z", 1],
		"Sunday": ["2026-01-04T12:00:00Z", 1],
		"Monday": ["2026-01-05T12:00:00Z", 0],
	}
	[when, value] := case
	because := {0: "within working hours", 1: "outside of working hours"}[value]
	factor(at(when), "time", {}) == [value, because]
}

test_time_zones[note] if {
	some note, case in {
		"ahead": ["2026-01-01T08:00:00Z", 60, 0],
		"not quite": ["2026-01-01T07:59:59.999999999Z", 60, 1],
		"behind": ["2026-01-01T16:59:59Z", -60, 0],
		"the next day": ["2026-01-04T23:00:00Z", 600, 0],
		"the day before": ["2026-01-03T00:00:00Z", -600, 0],
	}
	[when, offset, value] := case
	factor(at(when), "time", {"utc_offset_minutes": offset})[0] == value
}

# Experience.

by(author, sha) := object.union(commit(sha, "x"), {"author": author})

test_experience if factor(check([change([file("a.md")], [by("ada", "a")])], [], noon), "experience", {}) == [0.75, "an author has 1 known commits"]

test_much_experience_is_no_less_than_none if {
	commits := [by("ada", $"{number}") | some number in numbers.range(1, 9)]
	factor(check([change([file("a.md")], commits)], [], noon), "experience", {})[0] == 0
}

test_a_log_tells_of_experience if {
	log := {"id": "l", "summary": {"commits": 3}, "files": [], "commits": [by("ada", "a"), by("ada", "b"), by("eve", "c")]}
	checked := check([change([file("a.md")], [by("ada", "a")]), log], [], noon)
	factor(checked, "experience", {}) == [0.5, "an author has 2 known commits"]
}

test_the_least_experienced_author_counts if {
	commits := [by("ada", "a"), by("ada", "b"), by("eve", "c")]
	factor(check([change([file("a.md")], commits)], [], noon), "experience", {})[1] == "an author has 1 known commits"
}

# History.

test_success if {
	factor(with_decisions([allowed, allowed, allowed, failed("2025-12-31T12:00:00Z")]), "success", {}) == [0.25, "3 of 4 decisions for production allowed"]
}

test_too_few_decisions_say_nothing if {
	factor(with_decisions([allowed]), "success", {}) == [1, "1 decisions for production are known, which says nothing"]
}

test_just_enough_decisions if factor(with_decisions([allowed, allowed]), "success", {})[0] == 0

test_a_bypass_is_no_success if {
	bypassed := object.union(allowed, {"outcome": "allow-bypassed"})
	factor(with_decisions([allowed, bypassed]), "success", {})[0] == 0.5
}

test_other_environments_do_not_count if {
	other := object.union(allowed, {"environment": "staging"})
	factor(with_decisions([allowed, other]), "success", {})[0] == 1
}

test_the_window if {
	factor(with_decisions([allowed, object.union(allowed, {"evaluatedAt": "2025-12-02T12:00:00Z"})]), "success", {})[0] == 0
	factor(with_decisions([allowed, object.union(allowed, {"evaluatedAt": "2025-12-02T11:59:59.999999999Z"})]), "success", {})[0] == 1
}

test_stability[note] if {
	some note, case in {
		"none": [[], 0, "0 decisions for production failed within 7 days"],
		"blocked": [[failed(noon)], 0.25, "1 decisions for production failed within 7 days"],
		"bypassed": [[object.union(allowed, {"outcome": "allow-bypassed"})], 0.25, "1 decisions for production failed within 7 days"],
		"waiting for an approval": [[object.union(allowed, {"outcome": "approval-required"})], 0, "0 decisions for production failed within 7 days"],
		"many": [[failed(noon) | some _ in numbers.range(1, 9)], 1, "9 decisions for production failed within 7 days"],
		"exactly as old as counts": [[failed("2025-12-25T12:00:00Z")], 0.25, "1 decisions for production failed within 7 days"],
		"older": [[failed("2025-12-25T11:59:59.999999999Z")], 0, "0 decisions for production failed within 7 days"],
	}
	[decisions, value, because] := case
	factor(with_decisions(decisions), "stability", {}) == [value, because]
}

# Levels and recommendations. Dependencies alone: the score is 0.25 for a weight of 1 in 4, and so on.

weighing(others, dependencies) := object.union(
	{name: 0 | some name, _ in params.weights},
	{"time": others, "dependencies": dependencies},
)

scored(others, dependencies, changes) := answer(with_paths(["vendor.md", "go.mod"]), object.union({"weights": weighing(others, dependencies), "kind_level": low}, changes))

low[kind] := "low" if some kind, _ in params.kind_level

test_levels_and_recommendations[note] if {
	some note, case in {
		"nothing": [1, 0, 0, "low", "fast-track"],
		"below medium": [751, 249, 0.249, "low", "fast-track"],
		"medium": [3, 1, 0.25, "medium", "standard"],
		"below high": [501, 499, 0.499, "medium", "standard"],
		"high": [1, 1, 0.5, "high", "cautious"],
		"below maximum safety": [251, 749, 0.749, "high", "cautious"],
		"maximum safety": [1, 3, 0.75, "high", "maximum-safety"],
	}
	[others, dependencies, score, level, recommendation] := case
	given := scored(others, dependencies, {})
	[given.score, given.level, given.recommendation] == [score, level, recommendation]
}

test_thresholds_in_another_order if scored(3, 1, {"medium_at": 1, "high_at": 0.25}).level == "high"

test_a_kind_never_lowers_the_level if scored(1, 1, {}).level == "high"

message(level, score, most) := {$"the risk of the change is {level} (score {score}), and {most} is the most that is allowed"}

test_the_level_is_denied_above_the_maximum[note] if {
	some note, case in {
		"low, and low is allowed": [[1, 0], "low", set()],
		"medium, and low is allowed": [[3, 1], "low", message("medium", 0.25, "low")],
		"high, and low is allowed": [[1, 1], "low", message("high", 0.5, "low")],
		"medium, and medium is allowed": [[3, 1], "medium", set()],
		"high, and medium is allowed": [[1, 1], "medium", message("high", 0.5, "medium")],
		"high, and high is allowed": [[1, 1], "high", set()],
	}
	[[others, dependencies], most, expected] := case
	changes := {"weights": weighing(others, dependencies), "kind_level": low, "maximum_level": most}
	denied(with_paths(["vendor.md", "go.mod"]), changes) == expected
}

test_a_violation_has_a_severity_and_a_key if {
	some violation in change_risk.deny with input as with_paths(["a.sql"])
		with data.params["change-risk"] as object.union(params, {"maximum_level": "low"})
	[violation.severity, violation.key] == ["medium", "level"]
}
