package gates.performance.performance_regression_test

import data.gates.performance.performance_regression as regression

baseline := {"p50": 20, "p95": 100, "p99": 200, "throughput": 100, "error_rate": 1, "users": 50}

params := {
	"baseline": baseline,
	"p50_ratio": 3,
	"p95_ratio": 1.5,
	"p99_ratio": 2,
	"throughput_ratio": 0.5,
	"error_rate_ratio": 2,
	"error_rate_floor": 0.5,
	"minimum_samples": 100,
}

summary := {
	"requests": 1000,
	"failures": 20,
	"throughput": 50,
	"users": 50,
	"durationMs": 20000,
	"latency": {"samples": 100, "p50": 60, "p95": 150, "p99": 400},
	"thresholds": 0,
}

document(changes, removed) := {
	"id": "e1",
	"path": "k6.json",
	"summary": object.remove(object.union(summary, changes), removed),
	"metrics": [],
}

latencies(given) := json.patch(document({}, []), [{"op": "replace", "path": "/summary/latency", "value": given}])

check(documents) := {"evidence": {"performance": documents}}

denied(given, changes) := violations if {
	violations := regression.deny with input as check([given])
		with data.params["performance-regression"] as object.union(params, changes)
}

missed(given, changes) := reasons if {
	reasons := regression.missing with input as check([given])
		with data.params["performance-regression"] as object.union(params, changes)
}

# The baseline with other members than above.
without(names) := json.patch(params, [{"op": "replace", "path": "/baseline", "value": object.remove(baseline, names)}])

missed_without(given, names) := reasons if {
	reasons := regression.missing with input as check([given]) with data.params["performance-regression"] as without(names)
}

test_everything_at_its_limit if {
	denied(document({}, []), {}) == set()
	missed(document({}, []), {}) == set()
}

test_limits[note] if {
	some note, case in {
		"p50, below": [{"latency": {"p50": 59.9}}, set()],
		"p50, above": [{"latency": {"p50": 60.1}}, {"p50 all requests"}],
		"p95, below": [{"latency": {"p95": 149.9}}, set()],
		"p95, above": [{"latency": {"p95": 150.1}}, {"p95 all requests"}],
		"p99, below": [{"latency": {"p99": 399.9}}, set()],
		"p99, above": [{"latency": {"p99": 400.1}}, {"p99 all requests"}],
		"throughput, below": [{"throughput": 49.9}, {"throughput"}],
		"throughput, above": [{"throughput": 50.1}, set()],
		"errors, below": [{"failures": 19}, set()],
		"errors, above": [{"failures": 21}, {"errors all requests"}],
		"errors, just above": [{"failures": 2001, "requests": 100000}, {"errors all requests"}],
	}
	[changes, keys] := case
	{violation.key | some violation in denied(document(changes, []), {})} == keys
}

test_the_violations if {
	denied(document({"latency": {"p95": 180}, "throughput": 40, "failures": 30}, []), {}) == {
		{
			"evidence": "e1",
			"key": "p95 all requests",
			"severity": "high",
			"msg": "p95 of all requests is 180 ms; 150 ms is the limit, 1.5 x the baseline of 100 ms",
			"measured": {"value": 180, "limit": 150, "better": "lower"},
		},
		{
			"evidence": "e1",
			"key": "throughput",
			"severity": "high",
			"msg": "40 requests per second; 50 is the limit, 0.5 x the baseline of 100",
			"measured": {"value": 40, "limit": 50, "better": "higher"},
		},
		{
			"evidence": "e1",
			"key": "errors all requests",
			"severity": "high",
			"msg": "30 of 1000 requests failed, of all requests (3 %); 2 % is the limit, the baseline is 1 %",
			"measured": {"value": 3, "limit": 2, "better": "lower"},
		},
	}
}

zero := object.union(baseline, {"error_rate": 0})

test_a_baseline_without_errors[note] if {
	some note, case in {"at the floor": [5, 0], "above it": [6, 1]}
	[failed, violations] := case
	count(denied(document({"failures": failed}, []), {"baseline": zero})) == violations
}

test_no_baseline if {
	missed_without(document({}, []), ["p95", "p99"]) == {"there is no baseline with a p95 or p99; below `parameters` of the environment in gate.yaml, k6.json would be performance-regression: {baseline: {p50: 60, p95: 150, p99: 400, throughput: 50}}"}
}

test_one_of_two_percentiles_is_a_baseline[rank] if {
	some rank in ["p95", "p99"]
	missed_without(document({}, []), [rank]) == set()
}

test_no_baseline_and_little_to_copy if {
	given := json.patch(document({}, ["throughput", "durationMs"]), [{"op": "replace", "path": "/summary/latency", "value": {"samples": 100, "p95": 7}}])
	missed_without(given, object.keys(baseline)) == {"there is no baseline with a p95 or p99; below `parameters` of the environment in gate.yaml, k6.json would be performance-regression: {baseline: {p95: 7}}"}
}

test_only_what_the_baseline_states if {
	bare := json.patch(document({}, ["failures", "users", "throughput", "durationMs"]), [{"op": "replace", "path": "/summary/latency", "value": {"samples": 100, "p95": 150}}])
	missed_without(bare, ["p50", "p99", "throughput", "error_rate", "users"]) == set()
}

test_what_a_file_does_not_say[note] if {
	some note, case in {
		"failures": [["failures"], "no file counts requests that failed, of all requests, and the baseline does"],
		"users": [["users"], "k6.json does not say how many users there were, and the baseline does"],
		"throughput": [["throughput", "durationMs"], "k6.json does not say how many requests were made each second, and the baseline does"],
		"latency": [["latency"], "k6.json has no response times"],
	}
	[removed, reason] := case
	missed(document({}, removed), {}) == {reason}
}

test_a_baseline_without_errors_asks_for_failures_as_well if {
	count(missed(document({}, ["failures"]), {"baseline": zero})) == 1
}

test_no_request_shows_no_failure if {
	missed(document({"requests": 0, "failures": 0}, []), {}) == {"no file counts requests that failed, of all requests, and the baseline does"}
	missed(document({"requests": 1, "failures": 0}, []), {}) == set()
}

test_users[note] if {
	some note, case in {
		"fewer": [49, {"k6.json: 49 users, and 50 in the baseline; what a lighter load shows cannot be compared"}],
		"as many": [50, set()],
		"more": [51, set()],
	}
	[users, reasons] := case
	missed(document({"users": users}, []), {}) == reasons
}

test_too_few_samples if {
	missed(document({"latency": {"samples": 99}}, []), {}) == {"k6.json: 99 response times of all requests, 100 required"}
}

test_a_percentile_that_is_missing if {
	missed(latencies({"samples": 100, "p50": 1, "p99": 151}), {}) == {"k6.json: there is no p95 of all requests; 150 ms is the limit, 1.5 x the baseline of 100 ms"}
	missed(latencies({"samples": 100, "p50": 1, "p99": 150}), {}) == set()
}

# Single requests.

named(changes) := {"baseline": object.union(baseline, {"requests": {"login": object.union({"p95": 10, "error_rate": 1}, changes)}})}

metric(changes) := object.union({"item": 0, "name": "login", "requests": 100, "failures": 2, "latency": {"samples": 1, "p95": 15}}, changes)

with_metrics(metrics) := object.union(document({}, []), {"metrics": metrics})

test_a_single_request_at_its_limits if {
	denied(with_metrics([metric({})]), named({})) == set()
	missed(with_metrics([metric({})]), named({})) == set()
}

test_a_single_request[note] if {
	some note, case in {
		"too slow": [{"latency": {"p95": 16}}, ["p95 login", "p95 of login is 16 ms; 15 ms is the limit, 1.5 x the baseline of 10 ms"]],
		"too many errors": [{"failures": 3}, ["errors login", "3 of 100 requests failed, of login (3 %); 2 % is the limit, the baseline is 1 %"]],
	}
	[changes, violation] := case
	{[one.key, one.msg] | some one in denied(with_metrics([metric(changes)]), named({})); one.evidence == "e1"} == {violation}
}

test_another_request if {
	other := metric({"name": "other", "failures": 100, "latency": {"p95": 9999}})
	denied(with_metrics([metric({}), other]), named({})) == set()
	missed(with_metrics([metric({}), other]), named({})) == set()
}

test_a_request_that_no_file_has if {
	missed(with_metrics([metric({"name": "other"})]), named({})) == {
		"no file has response times of login",
		"no file counts requests that failed, of login, and the baseline does",
	}
}

test_a_request_that_was_not_made if {
	missed(with_metrics([metric({"requests": 0, "failures": 0, "latency": {"samples": 0}})]), named({})) == {
		"k6.json: 0 response times of login, 1 required",
		"no file counts requests that failed, of login, and the baseline does",
	}
	missed(with_metrics([metric({"requests": 1, "failures": 0})]), named({})) == set()
}

test_each_percentile_of_a_single_request[rank] if {
	some rank in ["p50", "p95", "p99"]
	only := {"baseline": object.union(baseline, {"requests": {"login": {rank: 10}}})}
	missed(document({}, []), only) == {"no file has response times of login"}
}

test_only_errors_of_a_single_request if {
	bare := {"item": 0, "name": "login", "requests": 100, "failures": 2}
	missed(with_metrics([bare]), {"baseline": object.union(baseline, {"requests": {"login": {"error_rate": 1}}})}) == set()
}

# Files.

asserting := {"id": "e2", "path": "assertions.json", "summary": {"thresholds": 1}, "metrics": []}

test_assertions_are_not_compared if {
	regression.missing == set() with input as check([document({}, []), asserting]) with data.params["performance-regression"] as params
	missed_without(asserting, ["error_rate"]) == {"no file says what was measured"}
}

test_what_is_compared_is_counted if {
	regression.applicable == 2 with input as check([document({}, []), object.union(document({}, []), {"id": "e2"}), asserting])
		with data.params["performance-regression"] as params
}

test_no_evidence_is_nothing_to_look_at if {
	regression.applicable == 0 with input as check([]) with data.params["performance-regression"] as params
}
