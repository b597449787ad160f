package lib.statements_test

import data.lib.statements

statement := {
	"statedBy": "Zoe",
	"statedAt": "2026-03-01T12:00:00Z",
	"expiries": set(),
	"result": "passed",
	"verified": "verified",
	"roles": {"security", "developer"},
}

rules := {
	"now": "2026-03-04T12:00:00Z",
	"amount": 3,
	"unit": "days",
	"results": ["passed"],
	"signature": "verified",
	"roles": [],
}

problems(stated, ruled) := statements.problems(object.union(statement, stated), object.union(rules, ruled))

test_nothing_is_wrong if problems({}, {}) == {}

test_problems[note] if {
	some note, case in {
		"too old": [{"statedAt": "2026-03-01T11:59:59Z"}, {}, {"age": "is of 2026-03-01T11:59:59Z, more than 3 days ago"}],
		"old enough in hours": [{}, {"unit": "hours"}, {"age": "is of 2026-03-01T12:00:00Z, more than 3 hours ago"}],
		"yet to come": [{"statedAt": "2026-03-05T12:00:00Z"}, {}, {"age": "is dated 2026-03-05T12:00:00Z, which is yet to come"}],
		"no time": [{"statedAt": "soon"}, {}, {"age": "has no time that can be read"}],
		"expires later": [{"expiries": {"2026-03-04T12:00:01Z"}}, {}, {}],
		"expires now": [{"expiries": {"2026-03-04T12:00:00Z"}}, {}, {"expiry": "expired at 2026-03-04T12:00:00Z"}],
		"expires at no time": [{"expiries": {"never"}}, {}, {"expiry": "expired at never"}],
		"failed": [{"result": "failed"}, {}, {"result": "says failed"}],
		"conditional": [{"result": "conditional"}, {}, {"result": "says conditional"}],
		"conditional counts": [{"result": "conditional"}, {"results": ["passed", "conditional"]}, {}],
		"not signed": [{"verified": "unchecked"}, {}, {"signature": "has no signature of whoever states it"}],
		"not signed, and need not be": [{"verified": "unchecked"}, {"signature": "any"}, {}],
		"signed, and need not be": [{}, {"signature": "any"}, {}],
		"a wrong signature": [{"verified": "failed"}, {}, {"signature": "has a signature that does not fit"}],
		"a wrong signature where there need be none": [{"verified": "failed"}, {"signature": "any"}, {"signature": "has a signature that does not fit"}],
		"the role": [{}, {"roles": ["security"]}, {}],
		"one of the roles": [{}, {"roles": ["sre", "developer"]}, {}],
		"another role": [{}, {"roles": ["sre", "auditor"]}, {"role": "is signed by nobody with one of the roles: sre, auditor"}],
		"no role": [{"roles": set()}, {"roles": ["sre"]}, {"role": "is signed by nobody with one of the roles: sre"}],
		"no role, and none is asked": [{"roles": set()}, {}, {}],
	}
	[stated, ruled, expected] := case
	problems(stated, ruled) == expected
}

test_all_at_once if {
	stated := {"statedAt": "2026-01-01T00:00:00Z", "expiries": {"2026-02-01T00:00:00Z"}, "result": "failed", "verified": "unchecked"}
	object.keys(problems(stated, {"roles": ["sre"]})) == {"age", "expiry", "result", "signature", "role"}
}

earlier := object.union(statement, {"statedAt": "2026-02-01T12:00:00Z"})

test_the_latest_counts if statements.latest({earlier, statement}) == {statement}

test_the_latest_counts_by_time_and_not_by_text if {
	# 01:00 ahead of UTC it is 11:30, half an hour before the other.
	other := object.union(statement, {"statedAt": "2026-03-01T12:30:00+01:00"})
	statements.latest({other, statement}) == {statement}
}

test_several_of_one_time_all_count if {
	other := object.union(statement, {"result": "failed"})
	statements.latest({statement, other}) == {statement, other}
}

test_one_without_a_time_is_never_replaced if {
	other := object.union(statement, {"statedAt": "soon"})
	statements.latest({statement, other}) == {statement, other}
}

test_the_latest_of_nothing if statements.latest(set()) == set()
