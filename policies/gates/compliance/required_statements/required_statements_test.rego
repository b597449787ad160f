package gates.compliance.required_statements_test

import data.gates.compliance.required_statements

params := {
	"types": ["access-review", "dpia"],
	"max_age_days": 30,
	"max_age_days_of": {"dpia": 60},
	"conditional": "refuse",
	"signature": "verified",
	"roles": {"dpia": ["privacy"]},
}

summary := {
	"type": "access-review",
	"statedBy": "Zoe",
	"statedAt": "2026-03-01T00:00:00Z",
	"result": "passed",
	"verified": "verified",
	"signerRoles": ["privacy"],
}

stated(changes) := {"id": "s1", "summary": object.union(summary, changes)}

dpia(changes) := {"id": "s2", "summary": object.union_n([summary, {"type": "dpia"}, changes])}

check(stated) := {"time": "2026-03-31T00:00:00Z", "evidence": {"statement": stated}}

denied(given, changes) := {violation.msg |
	some violation in required_statements.deny with input as check(given) with data.params["required-statements"] as object.union(params, changes)
}

missing(given, changes) := reasons if {
	reasons := required_statements.missing with input as check(given) with data.params["required-statements"] as object.union(params, changes)
}

test_everything_is_there if {
	given := [stated({}), dpia({})]
	denied(given, {}) == set()
	missing(given, {}) == set()
	required_statements.applicable == 2 with input as check(given) with data.params["required-statements"] as params
}

test_statements[note] if {
	some note, case in {
		"exactly as old": [stated({}), {}, set()],
		"older": [stated({"statedAt": "2026-02-28T23:59:59Z"}), {}, {"the access-review of Zoe is of 2026-02-28T23:59:59Z, more than 30 days ago"}],
		"of a type with an age of its own": [dpia({"statedAt": "2026-01-30T00:00:00Z"}), {}, set()],
		"of a type with an age of its own, older": [dpia({"statedAt": "2026-01-29T23:59:59Z"}), {}, {"the dpia of Zoe is of 2026-01-29T23:59:59Z, more than 60 days ago"}],
		"expired": [stated({"expiresAt": "2026-03-31T00:00:00Z"}), {}, {"the access-review of Zoe expired at 2026-03-31T00:00:00Z"}],
		"not expired": [stated({"expiresAt": "2026-03-31T00:00:01Z"}), {}, set()],
		"failed": [stated({"result": "failed"}), {}, {"the access-review of Zoe says failed"}],
		"failed, where conditional is accepted": [stated({"result": "failed"}), {"conditional": "accept"}, {"the access-review of Zoe says failed"}],
		"passed, where conditional is accepted": [stated({}), {"conditional": "accept"}, set()],
		"conditional": [stated({"result": "conditional"}), {}, {"the access-review of Zoe says conditional"}],
		"conditional, which is accepted": [stated({"result": "conditional"}), {"conditional": "accept"}, set()],
		"not signed": [stated({"verified": "unchecked"}), {}, {"the access-review of Zoe has no signature of whoever states it"}],
		"not signed, which is accepted": [stated({"verified": "unchecked"}), {"signature": "any"}, set()],
		"without a role": [dpia({"signerRoles": []}), {}, {"the dpia of Zoe is signed by nobody with one of the roles: privacy"}],
		"of a type that needs no role": [stated({"signerRoles": []}), {}, set()],
		"of another type": [stated({"type": "risk-assessment", "result": "failed"}), {}, set()],
	}
	[document, changes, expected] := case
	denied([document], changes) == expected
}

test_the_latest_of_a_type_counts if {
	earlier := object.union(stated({"result": "failed"}), {"id": "s3"})
	later := stated({"statedAt": "2026-03-02T00:00:00Z"})
	denied([earlier, later], {}) == set()
	denied([object.union(later, {"summary": object.union(later.summary, {"type": "dpia"})}), earlier], {}) == {"the access-review of Zoe says failed"}
}

test_a_type_that_is_missing if {
	missing([stated({})], {}) == {"there is no statement of type dpia"}
	missing([stated({"type": "other"})], {}) == {"there is no statement of type access-review", "there is no statement of type dpia"}
}

test_violations_name_the_statement if {
	found := {[violation.evidence, violation.key] |
		some violation in required_statements.deny with input as check([stated({"result": "failed"}), dpia({"verified": "unchecked"})])
			with data.params["required-statements"] as params
	}
	found == {["s1", "access-review result"], ["s2", "dpia signature"]}
}

test_no_evidence_is_for_the_engine_to_say if missing([], {}) == set()
