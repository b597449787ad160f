package gates.release.canary_test

import data.gates.release.canary

params := {
	"error_rate_percent": 1,
	"p95_ratio": 3,
	"failed_health_checks_percent": 10,
	"firing_alerts": 4,
	"warning_percent": 75,
	"max_age_minutes": 15,
	"phases": [
		{"traffic": 5, "availability": 99, "minutes": 10, "requests": 100},
		{"traffic": 25, "availability": 99.5, "minutes": 15, "requests": 1000},
		{"traffic": 100, "availability": 99.9, "minutes": 30, "requests": 1000},
	],
	"series": {
		"traffic": "traffic",
		"error_rate": "errors",
		"p95": "p95",
		"baseline_p95": "baseline",
		"failed_health_checks": "health",
		"availability": "availability",
		"requests": "requests",
		"duration": "duration",
	},
}

now := "2026-01-01T12:00:00Z"

healthy := {"traffic": 5, "errors": 0, "p95": 1, "baseline": 1, "health": 0, "availability": 1, "requests": 100, "duration": 600}

one(name, value) := {"item": 0, "name": name, "labels": [], "samples": [{"at": now, "value": value, "raw": ""}]}

measured(changes) := [one(name, value) | some name, value in object.union(healthy, changes)]

metrics(series) := {"id": "m1", "summary": {"resultType": "vector", "firing": 0}, "series": series, "alerts": []}

alerts(firing) := {"id": "a1", "summary": {"resultType": "alerts", "firing": firing}, "series": [], "alerts": []}

check(documents) := {"environment": "production", "time": now, "evidence": {"metrics": documents}}

judged(documents, changes) := given if {
	given := canary.answer with input as check(documents) with data.params.canary as object.union(params, changes)
}

denied(documents) := {[violation.key, violation.msg] |
	some violation in canary.deny with input as check(documents) with data.params.canary as params
}

with_values(changes) := judged([metrics(measured(changes)), alerts(0)], {})

with_series(series) := judged([metrics(array.concat(measured({}), series)), alerts(0)], {})

without(name) := judged([metrics([series | some series in measured({}); series.name != name]), alerts(0)], {})

held(reasons) := {"verdict": "hold", "phase": 5, "next_phase": 25, "triggers": reasons}

test_healthy if with_values({}) == {"verdict": "promote", "phase": 5, "next_phase": 25, "triggers": []}

test_the_phase_in_the_middle if {
	with_values({"traffic": 25, "requests": 1000, "duration": 900}).next_phase == 100
}

test_the_last_phase_has_no_next if {
	with_values({"traffic": 100, "requests": 1000, "duration": 1800}) == {"verdict": "promote", "phase": 100, "triggers": []}
}

test_nothing_is_denied_or_missing_where_it_is_healthy if {
	documents := [metrics(measured({})), alerts(0)]
	denied(documents) == set()
	canary.missing == set() with input as check(documents) with data.params.canary as params
	canary.applicable == 5 with input as check(documents) with data.params.canary as params
}

# Limits: at each the canary is held, for it is close to it; beyond it is rolled back.

test_limits[note] if {
	some note, case in {
		"error rate": [{"errors": 0.0101}, "error rate 1.01 % > 1 %"],
		"error rate, far": [{"errors": 0.032}, "error rate 3.2 % > 1 %"],
		"error rate, with many decimals": [{"errors": 0.03333333}, "error rate 3.3334 % > 1 %"],
		"p95, with many decimals": [{"p95": 10, "baseline": 3}, "p95 3.3334 x baseline > 3 x"],
		"p95": [{"p95": 3.001}, "p95 3.001 x baseline > 3 x"],
		"p95 of a fast baseline": [{"p95": 1, "baseline": 0.25}, "p95 4 x baseline > 3 x"],
		"health checks": [{"health": 0.1001}, "failed health checks 10.01 % > 10 %"],
		"availability": [{"availability": 0.9899}, "availability 98.99 % < 99 %"],
		"availability of a later phase": [{"traffic": 25, "availability": 0.99, "requests": 1000, "duration": 900}, "availability 99 % < 99.5 %"],
	}
	[changes, trigger] := case
	given := with_values(changes)
	[given.verdict, given.triggers] == ["roll-back", [trigger]]
}

test_at_a_limit[note] if {
	some note, case in {
		"error rate": [{"errors": 0.01}, "error rate 1 % is close to the limit (> 1 %)"],
		"p95": [{"p95": 3}, "p95 3 x baseline is close to the limit (> 3 x)"],
		"health checks": [{"health": 0.1}, "failed health checks 10 % is close to the limit (> 10 %)"],
		"availability": [{"availability": 0.99}, "availability 99 % is close to the limit (< 99 %)"],
	}
	[changes, trigger] := case
	with_values(changes) == held([trigger])
}

test_a_warning[note] if {
	some note, case in {
		"at the share of the limit": [0.0075, "promote"],
		"beyond it": [0.00751, "hold"],
	}
	[errors, verdict] := case
	with_values({"errors": errors}).verdict == verdict
}

test_alerts[note] if {
	some note, case in {
		"few": [3, "promote", []],
		"close to a storm": [4, "hold", ["alerts that fire: 4 is close to the limit (> 4)"]],
		"a storm": [5, "roll-back", ["alerts that fire: 5 > 4"]],
	}
	[firing, verdict, triggers] := case
	given := judged([metrics(measured({})), alerts(firing)], {})
	[given.verdict, given.triggers] == [verdict, triggers]
}

test_alerts_of_several_files_are_added if {
	judged([metrics(measured({})), alerts(3), alerts(2)], {}).verdict == "roll-back"
}

test_no_list_of_alerts if judged([metrics(measured({}))], {}) == held(["there is no list of alerts"])

test_alerts_alone_say_nothing if {
	given := judged([alerts(0)], {})
	given.verdict == "hold"
	count(given.triggers) == 8
	not given.phase
}

test_a_limit_of_zero if {
	limit := {"error_rate_percent": 0}
	judged([metrics(measured({})), alerts(0)], limit).verdict == "promote"
	judged([metrics(measured({"errors": 0.0001})), alerts(0)], limit).verdict == "roll-back"
}

test_several_limits if {
	documents := [metrics(measured({"errors": 0.5, "health": 0.5})), alerts(0)]
	denied(documents) == {
		["error-rate", "error rate 50 % > 1 %"],
		["failed-health-checks", "failed health checks 50 % > 10 %"],
	}
	judged(documents, {}).triggers == ["error rate 50 % > 1 %", "failed health checks 50 % > 10 %"]
}

test_a_broken_limit_counts_more_than_what_is_missing if {
	series := [series | some series in measured({"errors": 0.5}); series.name != "health"]
	given := judged([metrics(series), alerts(0)], {})
	[given.verdict, given.triggers] == ["roll-back", ["error rate 50 % > 1 %"]]
}

test_just_beyond_a_limit[note] if {
	some note, case in {
		"error rate": [{"errors": 0.010000001}, "error rate 1.0001 % > 1 %"],
		"p95": [{"p95": 3.00000001}, "p95 3.0001 x baseline > 3 x"],
		"health checks": [{"health": 0.10000001}, "failed health checks 10.0001 % > 10 %"],
		"availability": [{"availability": 0.98999999}, "availability 98.9999 % < 99 %"],
	}
	[changes, trigger] := case
	given := with_values(changes)
	[given.verdict, given.triggers] == ["roll-back", [trigger]]
}

test_finer_than_anything_is_measured if {
	with_values({"errors": 0.010000000001}) == held(["error rate 1 % is close to the limit (> 1 %)"])
}

test_figures if {
	violations := canary.deny with input as check([metrics(measured({"errors": 0.5, "availability": 0.6})), alerts(0)])
		with data.params.canary as params
	{violation.key: violation.measured | some violation in violations} == {
		"error-rate": {"value": 50, "limit": 1, "better": "lower"},
		"availability": {"value": 40, "limit": 1, "better": "lower"},
	}
}

test_severity if {
	some violation in canary.deny with input as check([metrics(measured({"errors": 0.5})), alerts(0)])
		with data.params.canary as params
	violation.severity == "high"
}

# What is missing.

test_a_series_that_is_missing[name] if {
	some name in ["errors", "p95", "baseline", "health", "availability", "requests", "duration"]
	without(name) == held([$"there is no series {name}"])
}

test_no_traffic if without("traffic") == {"verdict": "hold", "triggers": ["there is no series traffic"]}

test_a_series_by_its_label if {
	labelled := {"item": 1, "labels": [{"name": "a", "value": "b"}, {"name": "series", "value": "errors"}], "samples": [{"at": now, "value": 0.5, "raw": ""}]}
	with_series([labelled]).verdict == "roll-back"
}

test_another_label_names_no_series if {
	labelled := {"item": 1, "labels": [{"name": "job", "value": "errors"}], "samples": [{"at": now, "value": 0.5, "raw": ""}]}
	with_series([labelled]).verdict == "promote"
}

test_the_worst_of_several_series[note] if {
	some note, case in {
		"error rate": ["errors", 0.5, "error rate 50 % > 1 %"],
		"p95": ["p95", 9, "p95 9 x baseline > 3 x"],
		"baseline": ["baseline", 0.1, "p95 10 x baseline > 3 x"],
		"health": ["health", 0.5, "failed health checks 50 % > 10 %"],
		"availability": ["availability", 0.5, "availability 50 % < 99 %"],
	}
	[name, value, trigger] := case
	with_series([one(name, value)]).triggers == [trigger]
}

test_the_least_of_several_series[note] if {
	some note, case in {
		"requests": ["requests", 50, "50 of 100 requests in this phase"],
		"duration": ["duration", 60, "60 of 600 seconds in this phase"],
	}
	[name, value, trigger] := case
	with_series([one(name, value)]) == held([trigger])
}

test_too_little[note] if {
	some note, case in {
		"requests": [{"requests": 99}, "99 of 100 requests in this phase"],
		"duration": [{"duration": 599}, "599 of 600 seconds in this phase"],
	}
	[changes, trigger] := case
	with_values(changes) == held([trigger])
}

test_a_baseline_of_zero if {
	with_values({"baseline": 0}) == held(["baseline is 0, so nothing can be compared with it"])
}

test_nothing_to_compare if {
	with_values({"baseline": 0, "p95": 0}) == held(["baseline is 0, so nothing can be compared with it"])
}

test_a_baseline_of_zero_among_others if {
	with_series([one("baseline", 0)]) == held(["baseline is 0, so nothing can be compared with it"])
}

test_what_is_broken_is_not_close if {
	documents := [metrics(measured({"errors": 0.5})), alerts(0)]
	canary.missing == set() with input as check(documents) with data.params.canary as params
}

test_traffic_of_no_phase if {
	with_values({"traffic": 30}) == {"verdict": "hold", "triggers": ["no phase has 30 % of the traffic"]}
}

test_traffic_that_differs if {
	with_series([one("traffic", 25)]) == {"verdict": "hold", "triggers": ["traffic has several values"]}
}

test_the_latest_sample_counts if {
	series := {"item": 1, "name": "errors", "labels": [], "samples": [{"at": now, "value": 0.5, "raw": ""}, {"at": now, "value": 0, "raw": ""}]}
	with_series([series]).verdict == "promote"
	earlier := object.union(series, {"samples": [{"at": now, "value": 0, "raw": ""}, {"at": now, "value": 0.5, "raw": ""}]})
	with_series([earlier]).verdict == "roll-back"
}

test_a_series_without_a_sample if {
	with_series([{"item": 1, "name": "errors", "labels": [], "samples": []}]) == held(["a series errors has no sample"])
}

test_no_number if {
	nothing := {"item": 1, "name": "errors", "labels": [], "samples": [{"at": now, "raw": "NaN"}]}
	with_series([nothing]) == held(["errors has a value that is no number"])
}

test_age[note] if {
	some note, case in {
		"exactly as old as it may be": ["2026-01-01T11:45:00Z", "promote"],
		"older": ["2026-01-01T11:44:59.999999999Z", "hold"],
		"as far ahead as clocks differ": ["2026-01-01T12:05:00Z", "promote"],
		"further ahead": ["2026-01-01T12:05:00.000000001Z", "hold"],
	}
	[at, verdict] := case
	series := object.union(one("errors", 0), {"samples": [{"at": at, "value": 0, "raw": ""}]})
	with_series([series]).verdict == verdict
}

test_an_old_sample_breaks_no_limit if {
	series := object.union(one("errors", 0), {"samples": [{"at": "2026-01-01T11:00:00Z", "value": 1, "raw": ""}]})
	with_series([series]) == held(["errors is of 2026-01-01T11:00:00Z, and not of the last 15 minutes"])
}

test_no_metrics if {
	canary.applicable == 0 with input as check([]) with data.params.canary as params
}
