package gates.build.build_test

import data.gates.build.build

commit := "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3"

another := "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"

params := {
	"required": [],
	"ignored": [],
	"made_elsewhere": "block",
	"count_warnings": false,
	"maximum_warnings": 3,
}

built(changes) := object.union(
	{"item": 0, "name": "compile", "outcome": "success", "artifacts": [], "commit": commit},
	changes,
)

check(builds) := {"subject": {"commit": commit, "artifacts": []}, "evidence": {"build": [{"id": "e1", "builds": builds}]}}

denied(builds, changes) := {violation.msg |
	some violation in build.deny with input as check(builds) with data.params.build as object.union(params, changes)
}

lacking(builds, changes) := reasons if {
	reasons := build.missing with input as check(builds) with data.params.build as object.union(params, changes)
}

test_a_success if denied([built({})], {}) == set()

test_a_success_with_code_0 if denied([built({"exitCode": 0})], {}) == set()

test_another_code if denied([built({"exitCode": 1})], {}) == {"compile: the build ended with code 1"}

test_a_code_below_0 if denied([built({"exitCode": -1})], {}) == {"compile: the build ended with code -1"}

test_outcomes[outcome] if {
	some outcome, reason in {
		"failure": "compile: the build failed",
		"denied": "compile: the build was refused",
		"unknown": "compile: it is not known how the build ended, or it has not ended",
	}
	denied([built({"outcome": outcome})], {}) == {reason}
}

test_every_build_counts if {
	denied([built({}), built({"name": "b", "item": 1, "outcome": "failure"})], {}) == {"b: the build failed"}
}

test_every_document_counts if {
	two := json.patch(check([built({})]), [{"op": "add", "path": "/evidence/build/1", "value": {"id": "e2", "builds": [built({"outcome": "failure"})]}}])
	some violation in build.deny with input as two with data.params.build as params
	violation.evidence == "e2"
}

test_another_commit if {
	denied([built({"commit": another})], {}) == {"compile: it is a build of the commit a0a1a2a3a4a5, not of b0b1b2b3b4b5"}
}

test_a_commit_in_upper_case if {
	denied([built({})], {}) == set() with input.subject.commit as upper(commit)
	count(build.deny) == 0 with input as json.patch(check([built({})]), [{"op": "replace", "path": "/subject/commit", "value": upper(commit)}])
		with data.params.build as params
}

test_no_commit if lacking([object.remove(built({}), {"commit"})], {}) == {"compile: it is not known of which commit the build is"}

test_no_commit_is_gated if {
	unknown := json.patch(check([object.remove(built({}), {"commit"})]), [{"op": "remove", "path": "/subject/commit"}])
	build.missing == set() with input as unknown with data.params.build as params
	build.deny == set() with input as unknown with data.params.build as params
}

test_nothing_is_missing if lacking([built({})], {}) == set()

test_warnings_are_not_counted if denied([built({"warnings": 100})], {}) == set()

test_warnings_below if denied([built({"warnings": 2})], {"count_warnings": true}) == set()

test_warnings_at_the_limit if denied([built({"warnings": 3})], {"count_warnings": true}) == set()

test_warnings_above if denied([built({"warnings": 4})], {"count_warnings": true}) == {"compile: 4 warnings, at most 3 are allowed"}

test_unknown_warnings if {
	lacking([built({})], {"count_warnings": true}) == {"compile: its warnings are not counted, and at most 3 are allowed"}
	lacking([built({"warnings": 0})], {"count_warnings": true}) == set()
}

test_warnings_are_measured if {
	some violation in build.deny with input as check([built({"warnings": 4})])
		with data.params.build as object.union(params, {"count_warnings": true})
	violation.measured == {"value": 4, "limit": 3, "better": "lower"}
	violation.severity == "medium"
}

test_a_required_build if denied([built({})], {"required": ["compile"]}) == set()

test_a_required_build_of_a_pattern if denied([built({"name": "build (linux)"})], {"required": ["build (*)"]}) == set()

test_a_required_build_is_not_there if {
	denied([built({})], {"required": ["compile", "release"]}) == {"there is no build release, which is required"}
}

test_an_ignored_build if denied([built({}), built({"name": "gate", "outcome": "unknown"})], {"ignored": ["gate"]}) == set()

test_an_ignored_build_is_not_there if {
	denied([built({}), built({"name": "gate"})], {"ignored": ["gate"], "required": ["gate"]}) == {"there is no build gate, which is required"}
}

test_nothing_is_required_of_nothing if denied([], {"required": ["release"]}) == set()

made(things, subject, changes) := {violation.msg |
	gated := json.patch(check(things), [{"op": "replace", "path": "/subject/artifacts", "value": subject}])
	some violation in build.deny with input as gated with data.params.build as object.union(params, changes)
}

shop := {"name": "shop", "digest": "sha256:1"}

test_it_made_the_artifact if {
	made([built({"artifacts": [{"digests": ["sha256:2"]}, {"digests": ["sha256:1"]}]})], [shop], {}) == set()
}

test_another_build_made_the_artifact if made([built({}), built({"artifacts": [{"digests": ["sha256:1"]}]})], [shop], {}) == set()

test_nobody_made_the_artifact if {
	made([built({"artifacts": [{"name": "shop", "digests": ["sha256:2"]}]})], [shop], {}) == {"shop: no build says that it made this artifact"}
}

test_every_artifact_is_made if {
	things := [built({"artifacts": [{"digests": ["sha256:1"]}]})]
	made(things, [shop, {"name": "", "digest": "sha256:2"}], {}) == {"sha256:2: no build says that it made this artifact"}
}

test_made_elsewhere if made([built({})], [shop], {"made_elsewhere": "allow"}) == set()

test_nothing_was_made_by_nothing if made([], [shop], {}) == set()

test_keys_tell_violations_apart if {
	gated := json.patch(
		check([built({"outcome": "failure", "exitCode": 1, "commit": another, "warnings": 4})]),
		[{"op": "replace", "path": "/subject/artifacts", "value": [shop]}],
	)
	keys := {[violation.key, violation.severity] |
		some violation in build.deny with input as gated
			with data.params.build as object.union(params, {"count_warnings": true, "required": ["release"]})
	}
	keys == {
		["outcome", "high"],
		["exit-code", "high"],
		["commit", "high"],
		["warnings", "medium"],
		["required release", "high"],
		["artifact sha256:1", "high"],
	}
}

test_builds_are_counted if {
	build.applicable == 1 with input as check([built({}), built({"name": "gate"})])
		with data.params.build as object.union(params, {"ignored": ["gate"]})
}

test_no_build_is_nothing_to_look_at if build.applicable == 0 with input as check([]) with data.params.build as params
