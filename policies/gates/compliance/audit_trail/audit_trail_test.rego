package gates.compliance.audit_trail_test

import data.gates.compliance.audit_trail

params := {"asked": ["who", "what", "where", "when", "why", "revision"], "environments": [], "days": 30}

deployment := {
	"item": 0,
	"id": "5",
	"service": "shop",
	"environment": "production",
	"commit": "aaaaaaaaaaaa",
	"actor": "zoe",
	"reason": "a release",
	"startedAt": "2026-03-30T00:00:00Z",
	"finishedAt": "2026-03-30T01:00:00Z",
}

without(names) := object.remove(deployment, names)

changed(changes) := object.union(deployment, changes)

check(deployments) := {"time": "2026-03-31T00:00:00Z", "evidence": {"deployment": [{"id": "e1", "deployments": deployments}]}}

denied(one, changes) := {violation.msg |
	some violation in audit_trail.deny with input as check([one]) with data.params["audit-trail"] as object.union(params, changes)
}

counted(deployments, changes) := number if {
	number := audit_trail.applicable with input as check(deployments) with data.params["audit-trail"] as object.union(params, changes)
}

excused(deployments, changes) if {
	audit_trail.not_applicable with input as check(deployments) with data.params["audit-trail"] as object.union(params, changes)
}

not_said(texts) := {$"the record of the deployment 5 does not say {text}" | some text in texts}

test_everything_is_said if {
	denied(deployment, {}) == set()
	counted([deployment], {}) == 1
	not excused([deployment], {})
}

test_not_said[note] if {
	some note, case in {
		"who": [without(["actor"]), ["who asked for it"]],
		"who, in blank": [changed({"actor": " "}), ["who asked for it"]],
		"what": [without(["service"]), ["what was deployed"]],
		"what, in blank": [changed({"service": ""}), ["what was deployed"]],
		"what is a version": [object.union(without(["service"]), {"version": "1.2"}), []],
		"what is a version, in blank": [object.union(without(["service"]), {"version": " "}), ["what was deployed"]],
		"what is an artifact": [object.union(without(["service"]), {"artifact": "sha256:1"}), []],
		"where": [without(["environment"]), ["where to"]],
		"where, in blank": [changed({"environment": " "}), ["where to"]],
		"when": [without(["startedAt", "finishedAt"]), ["when"]],
		"when it began": [without(["finishedAt"]), []],
		"when it ended": [without(["startedAt"]), []],
		"when, in words": [changed({"finishedAt": "yesterday"}), ["when"]],
		"why": [without(["reason"]), ["why"]],
		"why, in blank": [changed({"reason": "\t"}), ["why"]],
		"of what": [without(["commit"]), ["of which commit or artifact"]],
		"of what is an artifact": [object.union(without(["commit"]), {"artifact": "sha256:1"}), []],
		"of what is an artifact, in blank": [object.union(without(["commit"]), {"artifact": " "}), ["of which commit or artifact"]],
		"of what, in blank": [changed({"commit": " "}), ["of which commit or artifact"]],
		"nothing": [{"item": 0, "id": "5"}, ["who asked for it", "what was deployed", "where to", "when", "why", "of which commit or artifact"]],
	}
	[record, texts] := case
	denied(record, {}) == not_said(texts)
}

test_not_asked[question] if {
	some question, name in {"who": "actor", "what": "service", "where": "environment", "why": "reason", "revision": "commit"}
	denied(without([name]), {"asked": [other | some other in params.asked; other != question]}) == set()
}

test_violations_name_the_record if {
	found := {[violation.evidence, violation.item, violation.key] |
		some violation in audit_trail.deny with input as check([without(["reason"])]) with data.params["audit-trail"] as params
	}
	found == {["e1", 0, "5 why"]}
}

test_the_time[note] if {
	some note, case in {
		"exactly as long ago": [{"finishedAt": "2026-03-01T00:00:00Z"}, 1],
		"a second longer": [{"finishedAt": "2026-02-28T23:59:59Z"}, 0],
		"begun longer ago": [{"startedAt": "2026-02-28T23:59:59Z"}, 1],
		"yet to come": [{"finishedAt": "2026-04-30T00:00:00Z"}, 1],
		"in words": [{"finishedAt": "long ago"}, 1],
	}
	[changes, expected] := case
	counted([changed(changes)], {}) == expected
}

test_the_time_is_a_parameter if counted([deployment], {"days": 0.5}) == 0

test_environments[note] if {
	some note, case in {
		"of all": [deployment, [], 1],
		"of this one": [deployment, ["staging", "production"], 1],
		"of another one": [deployment, ["staging"], 0],
		"of one that nobody knows": [without(["environment"]), ["staging"], 1],
	}
	[record, environments, expected] := case
	counted([record], {"environments": environments}) == expected
}

test_nothing_is_asked if {
	excused([deployment], {"environments": ["staging"]})
	denied(without(["reason"]), {"environments": ["staging"]}) == set()
}

test_nothing_is_recorded if {
	not excused([], {})
	counted([], {}) == 0
}
