package gates.release.promotion_test

import data.gates.release.promotion

digest := "sha256:1"

params := {"from": "staging", "max_age_hours": 24, "bypassed": "refuse", "minimum_integrity": "bound"}

subject := {"repository": "acme/shop", "artifacts": [{"name": "shop", "digest": digest}]}

allowed := {
	"id": "d1",
	"index": 1,
	"environment": "staging",
	"outcome": "allow",
	"repository": "acme/shop",
	"artifacts": [digest],
	"evaluatedAt": "2026-01-02T00:00:00.000Z",
	"integrity": "bound",
}

check(decisions) := {
	"environment": "production",
	"time": "2026-01-02T12:00:00.000Z",
	"subject": subject,
	"evidence": {"history": [{"id": "e1", "decisions": decisions}]},
}

denied(decisions, changes) := {violation.msg |
	some violation in promotion.deny with input as check(decisions) with data.params.promotion as object.union(params, changes)
}

decided(changes) := [object.union(allowed, changes)]

about(changes) := {violation.msg |
	some violation in promotion.deny with input as object.union(check([allowed]), {"subject": object.union(subject, changes)})
		with data.params.promotion as params
}

none := {"shop: the audit log has no decision for staging about it"}

latest(reason) := {$"shop: its latest decision for staging, d1, {reason}"}

test_allowed if denied([allowed], {}) == set()

test_no_history if denied([], {}) == none

test_another_environment if denied(decided({"environment": "development"}), {}) == none

test_the_environment_is_a_parameter if denied(decided({"environment": "qa"}), {"from": "qa"}) == set()

test_another_artifact if denied(decided({"artifacts": ["sha256:2"]}), {}) == none

test_one_of_several_artifacts if denied(decided({"artifacts": ["sha256:2", digest]}), {}) == set()

test_another_repository if denied(decided({"repository": "acme/other"}), {}) == none

test_no_repository if {
	decisions := [object.remove(allowed, ["repository"])]
	denied(decisions, {}) == latest("does not say of which repository it is")
}

test_the_repository_of_the_subject_is_not_known if {
	unknown := object.remove(subject, ["repository"])
	promotion.deny == set() with input as object.union(check([allowed]), {"subject": null})
		with input.subject as unknown
		with data.params.promotion as params
}

test_neither_repository_is_known if {
	promotion.deny == set() with input as check([object.remove(allowed, ["repository"])])
		with input.subject as object.remove(subject, ["repository"])
		with data.params.promotion as params
}

test_a_decision_that_is_no_allow[outcome] if {
	some outcome in ["block", "approval-required", "allow-bypassed"]
	denied(decided({"outcome": outcome}), {}) == latest($"is {outcome}")
}

test_a_bypassed_decision_is_accepted_where_the_parameter_says_so if {
	denied(decided({"outcome": "allow-bypassed"}), {"bypassed": "accept"}) == set()
}

test_a_blocked_decision_never_is if denied(decided({"outcome": "block"}), {"bypassed": "accept"}) == latest("is block")

test_an_allow_is_enough_where_bypasses_are_accepted if denied([allowed], {"bypassed": "accept"}) == set()

test_a_later_block_takes_it_back if {
	later := object.union(allowed, {"id": "d2", "index": 2, "outcome": "block"})
	expected := {"shop: its latest decision for staging, d2, is block"}
	denied([later, allowed], {}) == expected
	denied([allowed, later], {}) == expected
}

test_a_later_allow_makes_up_for_a_block if {
	denied([allowed, object.union(allowed, {"index": 0, "outcome": "block"})], {}) == set()
}

test_exactly_at_the_limit if denied(decided({"evaluatedAt": "2026-01-01T12:00:00.000Z"}), {}) == set()

test_a_nanosecond_beyond if {
	denied(decided({"evaluatedAt": "2026-01-01T11:59:59.999999999Z"}), {}) == latest("is of 2026-01-01T11:59:59.999999999Z, more than 24 hours ago")
}

test_at_the_same_time if denied(decided({"evaluatedAt": "2026-01-02T12:00:00.000Z"}), {}) == set()

test_as_far_ahead_as_clocks_differ if denied(decided({"evaluatedAt": "2026-01-02T12:05:00Z"}), {}) == set()

test_after_this_check if {
	denied(decided({"evaluatedAt": "2026-01-02T12:05:00.000000001Z"}), {}) == latest("is dated 2026-01-02T12:05:00.000000001Z, which is yet to come")
}

test_integrity[note] if {
	some note, case in {
		"open where bound is required": ["open", "bound", {"reached the integrity open, and bound is required"}],
		"bound where sealed is required": ["bound", "sealed", {"reached the integrity bound, and sealed is required"}],
		"exactly the level": ["sealed", "sealed", set()],
		"more than the level": ["sealed", "bound", set()],
		"open is enough": ["open", "open", set()],
	}
	[reached, required, reasons] := case
	expected := {message | some reason in reasons; some message in latest(reason)}
	denied(decided({"integrity": reached}), {"minimum_integrity": required}) == expected
}

test_every_artifact_needs_one if {
	about({"artifacts": [{"name": "shop", "digest": digest}, {"name": "web", "digest": "sha256:2"}]}) == {"web: the audit log has no decision for staging about it"}
}

test_an_artifact_without_a_name if {
	about({"artifacts": [{"name": "", "digest": "sha256:2"}]}) == {"sha256:2: the audit log has no decision for staging about it"}
}

test_keys_tell_violations_apart if {
	keys := {violation.key |
		some violation in promotion.deny with input as check(decided({"outcome": "block", "integrity": "open", "evaluatedAt": "2026-01-01T00:00:00.000Z"}))
			with data.params.promotion as params
	}
	keys == {"sha256:1 outcome", "sha256:1 integrity", "sha256:1 age"}
}

test_severity if {
	severities := {violation.severity |
		some decisions in [[], decided({"outcome": "block"})]
		some violation in promotion.deny with input as check(decisions) with data.params.promotion as params
	}
	severities == {"high"}
}

test_no_artifact if {
	promotion.missing == {"it is not known which artifact is promoted: pass --artifact NAME@sha256:DIGEST"} with input as check([allowed])
		with input.subject.artifacts as []
		with data.params.promotion as params
}

test_nothing_is_missing if promotion.missing == set() with input as check([allowed]) with data.params.promotion as params

test_an_environment_cannot_be_promoted_to_itself if {
	promotion.missing == {"nothing can be promoted from staging to itself"} with input as object.union(check([allowed]), {"environment": "staging"})
		with data.params.promotion as params
}

test_artifacts_are_counted if promotion.applicable == 1 with input as check([])
