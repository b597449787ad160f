package gates.release.deployment_readiness_test

import data.gates.release.deployment_readiness

params := {
	"type": "pre-flight",
	"claims": ["On-call staffed", "backups verified"],
	"max_age_hours": 24,
	"signature": "verified",
	"roles": [],
}

summary := {
	"type": "pre-flight",
	"statedBy": "Zoe",
	"statedAt": "2026-03-01T12:00:00Z",
	"result": "passed",
	"verified": "verified",
	"signerRoles": ["sre"],
}

claimed(claims) := [{"item": 0, "name": name, "value": value} | some name, value in claims]

ready := {"on-call staffed": "yes", "backups verified": "yes"}

stated(changes, claims) := {"id": "s1", "summary": object.union(summary, changes), "claims": claimed(claims)}

check(stated) := {"time": "2026-03-02T12:00:00Z", "evidence": {"statement": stated}}

denied(given, changes) := {violation.msg |
	some violation in deployment_readiness.deny with input as check(given)
		with data.params["deployment-readiness"] as object.union(params, changes)
}

test_everything_is_ready if {
	given := [stated({}, ready)]
	denied(given, {}) == set()
	deployment_readiness.missing == set() with input as check(given) with data.params["deployment-readiness"] as params
	deployment_readiness.applicable == 1 with input as check(given) with data.params["deployment-readiness"] as params
}

test_claims[note] if {
	some note, case in {
		"in upper case and with spaces": [{"ON-CALL staffed ": " Yes", " Backups verified": "TRUE "}, set()],
		"true": [{"on-call staffed": "true", "backups verified": "yes"}, set()],
		"no": [{"on-call staffed": "no", "backups verified": "yes"}, {"the pre-flight of Zoe says of \"On-call staffed\": no"}],
		"both no": [
			{"on-call staffed": "no", "backups verified": "false"},
			{"the pre-flight of Zoe says of \"On-call staffed\": no", "the pre-flight of Zoe says of \"backups verified\": false"},
		],
		"yes, but": [{"on-call staffed": "yes", "backups verified": "yes, but old"}, {"the pre-flight of Zoe says of \"backups verified\": yes, but old"}],
		"nothing": [{"on-call staffed": "yes", "backups verified": ""}, {"the pre-flight of Zoe says of \"backups verified\": "}],
		"left out": [{"on-call staffed": "yes"}, {"the pre-flight of Zoe does not say of \"backups verified\""}],
		"none at all": [{}, {"the pre-flight of Zoe does not say of \"On-call staffed\"", "the pre-flight of Zoe does not say of \"backups verified\""}],
		"more than is asked": [object.union(ready, {"weather": "bad"}), set()],
	}
	[claims, expected] := case
	denied([stated({}, claims)], {}) == expected
}

test_keys_of_claims if {
	keys := {[violation.key, violation.evidence] |
		some violation in deployment_readiness.deny with input as check([stated({}, {"on-call staffed": "no"})])
			with data.params["deployment-readiness"] as params
	}
	keys == {["claim On-call staffed", "s1"], ["claim backups verified", "s1"]}
}

test_statements[note] if {
	some note, case in {
		"exactly as old": [{}, {}, set()],
		"older": [{"statedAt": "2026-03-01T11:59:59Z"}, {}, {"the pre-flight of Zoe is of 2026-03-01T11:59:59Z, more than 24 hours ago"}],
		"a shorter time": [{}, {"max_age_hours": 23}, {"the pre-flight of Zoe is of 2026-03-01T12:00:00Z, more than 23 hours ago"}],
		"expired": [{"expiresAt": "2026-03-02T12:00:00Z"}, {}, {"the pre-flight of Zoe expired at 2026-03-02T12:00:00Z"}],
		"failed": [{"result": "failed"}, {}, {"the pre-flight of Zoe says failed"}],
		"conditional": [{"result": "conditional"}, {}, {"the pre-flight of Zoe says conditional"}],
		"not signed": [{"verified": "unchecked"}, {}, {"the pre-flight of Zoe has no signature of whoever states it"}],
		"not signed, which is accepted": [{"verified": "unchecked"}, {"signature": "any"}, set()],
		"the role": [{}, {"roles": ["sre"]}, set()],
		"another role": [{}, {"roles": ["dba"]}, {"the pre-flight of Zoe is signed by nobody with one of the roles: dba"}],
	}
	[changed, changes, expected] := case
	denied([stated(changed, ready)], changes) == expected
}

test_the_latest_counts if {
	earlier := stated({"statedAt": "2026-03-01T12:00:00Z", "result": "failed"}, {})
	later := object.union(stated({"statedAt": "2026-03-01T12:00:01Z"}, ready), {"id": "s2"})
	denied([earlier, later], {}) == set()
}

test_the_latest_counts_for_claims if {
	earlier := stated({"statedAt": "2026-03-01T12:00:00Z"}, ready)
	later := object.union(stated({"statedAt": "2026-03-01T12:00:01Z"}, {"on-call staffed": "no"}), {"id": "s2"})
	count(denied([earlier, later], {})) == 2
}

test_keys_of_statements if {
	keys := {[violation.key, violation.evidence] |
		some violation in deployment_readiness.deny with input as check([stated({"result": "failed"}, ready)])
			with data.params["deployment-readiness"] as params
	}
	keys == {["result", "s1"]}
}

test_another_type if {
	given := [stated({"type": "dpia", "result": "failed"}, {})]
	denied(given, {}) == set()
	deployment_readiness.missing == {"there is no statement of type pre-flight"} with input as check(given)
		with data.params["deployment-readiness"] as params
	deployment_readiness.applicable == 0 with input as check(given) with data.params["deployment-readiness"] as params
}

test_no_evidence_is_for_the_engine_to_say if {
	deployment_readiness.missing == set() with input as check([]) with data.params["deployment-readiness"] as params
}
