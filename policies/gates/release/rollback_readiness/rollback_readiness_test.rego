package gates.release.rollback_readiness_test

import data.gates.release.rollback_readiness

params := {
	"type": "rollback-test",
	"max_age_days": 30,
	"signature": "verified",
	"roles": [],
	"deployments": "accept",
	"environments": ["staging", "production"],
}

summary := {
	"type": "rollback-test",
	"statedBy": "Zoe",
	"statedAt": "2026-03-01T00:00:00Z",
	"result": "passed",
	"verified": "verified",
	"signerRoles": ["sre"],
}

stated(changes) := {"id": "s1", "summary": object.union(summary, changes)}

rolled_back := {
	"item": 0,
	"id": "d1",
	"environment": "production",
	"startedAt": "2026-03-01T00:00:00Z",
	"finishedAt": "2026-03-01T01:00:00Z",
	"outcome": "success",
	"rollback": true,
}

check(stated, deployments) := {
	"time": "2026-03-31T00:00:00Z",
	"evidence": {"statement": stated, "deployment": [{"id": "e1", "deployments": deployments}]},
}

denied(given, changes) := {violation.msg |
	some violation in rollback_readiness.deny with input as given with data.params["rollback-readiness"] as object.union(params, changes)
}

missing(given, changes) := reasons if {
	reasons := rollback_readiness.missing with input as given with data.params["rollback-readiness"] as object.union(params, changes)
}

says(text) := {$"the latest test of a rollback, the rollback-test of Zoe, {text}"}

test_statements[note] if {
	some note, case in {
		"exactly thirty days ago": [{}, {}, set()],
		"a second more": [{"statedAt": "2026-02-28T23:59:59Z"}, {}, says("is of 2026-02-28T23:59:59Z, more than 30 days ago")],
		"yet to come": [{"statedAt": "2026-04-01T00:00:00Z"}, {}, says("is dated 2026-04-01T00:00:00Z, which is yet to come")],
		"not expired": [{"expiresAt": "2026-03-31T00:00:01Z"}, {}, set()],
		"expired": [{"expiresAt": "2026-03-31T00:00:00Z"}, {}, says("expired at 2026-03-31T00:00:00Z")],
		"failed": [{"result": "failed"}, {}, says("says failed")],
		"conditional": [{"result": "conditional"}, {}, says("says conditional")],
		"not signed": [{"verified": "unchecked"}, {}, says("has no signature of whoever states it")],
		"not signed, which is accepted": [{"verified": "unchecked"}, {"signature": "any"}, set()],
		"the role": [{}, {"roles": ["sre"]}, set()],
		"another role": [{}, {"roles": ["security"]}, says("is signed by nobody with one of the roles: security")],
		"no role": [{"signerRoles": []}, {"roles": ["security"]}, says("is signed by nobody with one of the roles: security")],
		"a shorter time": [{}, {"max_age_days": 29}, says("is of 2026-03-01T00:00:00Z, more than 29 days ago")],
	}
	[changed, changes, expected] := case
	denied(check([stated(changed)], []), changes) == expected
}

test_deployments[note] if {
	some note, case in {
		"a rollback": [rolled_back, {}, set()],
		"in another environment that counts": [object.union(rolled_back, {"environment": "staging"}), {}, set()],
		"it failed": [object.union(rolled_back, {"outcome": "failure"}), {}, {"the latest test of a rollback, the rollback d1, says failed"}],
		"without its end": [object.remove(rolled_back, ["finishedAt"]), {}, set()],
		"started before, without its end": [
			object.remove(object.union(rolled_back, {"startedAt": "2026-02-28T23:00:00Z"}), ["finishedAt"]),
			{},
			{"the latest test of a rollback, the rollback d1, is of 2026-02-28T23:00:00Z, more than 30 days ago"},
		],
		"started before, ended within the time": [object.union(rolled_back, {"startedAt": "2026-02-28T23:00:00Z"}), {}, set()],
		"without a time": [
			object.remove(rolled_back, ["startedAt", "finishedAt"]),
			{},
			{"the latest test of a rollback, the rollback d1, has no time that can be read"},
		],
		"which nobody can sign": [rolled_back, {"roles": ["sre"]}, set()],
	}
	[deployment, changes, expected] := case
	given := check([], [deployment])
	denied(given, changes) == expected
	missing(given, changes) == set()
	rollback_readiness.applicable == 1 with input as given with data.params["rollback-readiness"] as object.union(params, changes)
}

test_deployments_that_are_no_test[note] if {
	some note, case in {
		"no rollback": [{"rollback": false}, {}, "there is neither a statement of type rollback-test nor the record of a rollback"],
		"another environment": [{"environment": "development"}, {}, "there is neither a statement of type rollback-test nor the record of a rollback"],
		"it goes on": [{"outcome": "in-progress"}, {}, "there is neither a statement of type rollback-test nor the record of a rollback"],
		"records do not count": [{}, {"deployments": "refuse"}, "there is no statement of type rollback-test, so no rollback is known to have been tested"],
	}
	[changed, changes, reason] := case
	given := check([], [object.union(rolled_back, changed)])
	denied(given, changes) == set()
	missing(given, changes) == {reason}
}

test_statements_of_another_type_are_no_test if {
	given := check([stated({"type": "access-review", "result": "failed"})], [])
	denied(given, {"deployments": "refuse"}) == set()
	missing(given, {"deployments": "refuse"}) == {"there is no statement of type rollback-test, so no rollback is known to have been tested"}
}

test_the_type_is_a_parameter if {
	given := check([stated({"type": "drill", "result": "failed"})], [])
	denied(given, {"type": "drill"}) == {"the latest test of a rollback, the drill of Zoe, says failed"}
}

test_the_latest_of_both_counts[note] if {
	some note, case in {
		"a statement takes a rollback back": ["2026-03-02T00:00:00Z", says("says failed")],
		"a rollback makes up for a statement": ["2026-03-01T00:59:59Z", set()],
	}
	[at, expected] := case
	denied(check([stated({"statedAt": at, "result": "failed"})], [rolled_back]), {}) == expected
}

test_one_violation_for_each_problem if {
	given := check([stated({"result": "failed", "verified": "unchecked"})], [])
	keys := {violation.key | some violation in rollback_readiness.deny with input as given with data.params["rollback-readiness"] as params}
	keys == {"rollback-test result", "rollback-test signature"}
}

shown(given) := {[violation.evidence, object.get(violation, "item", "none")] |
	some violation in rollback_readiness.deny with input as given with data.params["rollback-readiness"] as params
}

test_violations_name_what_they_are_about if {
	shown(check([stated({"result": "failed"})], [])) == {["s1", "none"]}
	shown(check([], [object.union(rolled_back, {"outcome": "failure"})])) == {["e1", 0]}
}

test_no_evidence_at_all if {
	given := {"time": "2026-03-31T00:00:00Z", "evidence": {"statement": [], "deployment": []}}
	missing(given, {"deployments": "refuse"}) == {"there is no statement of type rollback-test, so no rollback is known to have been tested"}
	rollback_readiness.applicable == 0 with input as given with data.params["rollback-readiness"] as params
}
