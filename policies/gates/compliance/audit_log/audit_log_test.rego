package gates.compliance.audit_log_test

import data.gates.compliance.audit_log

params := {"days": 3, "max_gap_hours": 24, "actors": "required"}

event(at) := {"item": 0, "at": at, "actor": "zoe", "action": "push"}

check(events) := {"time": "2026-03-04T00:00:00Z", "evidence": {"audit-log": [{"id": "e1", "events": events}]}}

denied(events, changes) := {violation.msg |
	some violation in audit_log.deny with input as check(events) with data.params["audit-log"] as object.union(params, changes)
}

on(times) := [event(at) | some at in times]

silent(hours) := {$"for {hours} hours of the last 3 days there is no event, and 24 are the most"}

test_gaps[note] if {
	some note, case in {
		"every day": [["2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"], set()],
		"in any order": [["2026-03-03T00:00:00Z", "2026-03-02T00:00:00Z"], set()],
		"a second too many in the middle": [["2026-03-02T00:00:00Z", "2026-03-03T00:00:01Z", "2026-03-03T12:00:00Z"], silent(24)],
		"at the beginning": [["2026-03-02T01:00:00Z", "2026-03-03T00:30:00Z"], silent(25)],
		"at the end": [["2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z"], silent(36)],
		"the longest of several": [["2026-03-02T18:00:00Z"], silent(42)],
		"events of before": [["2026-02-28T00:00:00Z", "2026-02-28T12:00:00Z"], silent(72)],
		"events that are yet to come": [["2026-03-04T00:00:01Z", "2026-03-05T00:00:00Z"], silent(72)],
		"events at both ends": [["2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z"], silent(72)],
		"an event of long ago": [["2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"], set()],
		"an event of the far future": [["2026-06-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"], set()],
		"events without a time": [["yesterday"], silent(72)],
	}
	[times, expected] := case
	denied(on(times), {}) == expected
}

test_parameters if {
	denied(on(["2026-03-03T00:00:00Z"]), {"max_gap_hours": 48}) == set()
	denied(on(["2026-03-03T00:00:00Z"]), {"days": 2}) == set()
}

test_several_logs_are_one if {
	given := {"time": "2026-03-04T00:00:00Z", "evidence": {"audit-log": [{"id": "e1", "events": on(["2026-03-02T00:00:00Z"])}, {"id": "e2", "events": on(["2026-03-03T00:00:00Z"])}]}}
	audit_log.deny == set() with input as given with data.params["audit-log"] as params
	audit_log.applicable == 2 with input as given with data.params["audit-log"] as params
}

whole := on(["2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"])

nameless := object.remove(event("2026-03-03T12:00:00Z"), ["actor"])

unnamed := {"1 of 3 events do not say who did it, such as push at 2026-03-03T12:00:00Z"}

test_actors[note] if {
	some note, case in {
		"missing": [nameless, {}, unnamed],
		"in blank": [object.union(nameless, {"actor": " "}), {}, unnamed],
		"missing, which they may be": [nameless, {"actors": "optional"}, set()],
		"there": [object.union(nameless, {"actor": "zoe"}), {}, set()],
	}
	[one, changes, expected] := case
	denied(array.concat(whole, [one]), changes) == expected
}

test_figures_are_measured if {
	found := {[violation.key, violation.measured] |
		some violation in audit_log.deny with input as check([nameless]) with data.params["audit-log"] as params
	}
	found == {
		["actors", {"value": 1, "limit": 0, "better": "lower"}],
		["gap", {"value": 60, "limit": 24, "better": "lower"}],
	}
}

test_no_events if {
	denied([], {}) == set()
	audit_log.applicable == 0 with input as check([]) with data.params["audit-log"] as params
}
