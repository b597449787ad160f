package gates.performance.load_test

import data.gates.performance.load

params := {
	"p95": 200,
	"p99": 500,
	"error_rate": 1,
	"timeouts": 0.1,
	"failed_checks": 2,
	"users": 100,
	"throughput": 100,
	"minimum_requests": 1000,
	"minimum_seconds": 60,
	"requests": {},
}

summary := {
	"requests": 10000,
	"failures": 0,
	"timeouts": 0,
	"throughput": 100,
	"users": 101,
	"durationMs": 60000,
	"latency": {"samples": 10000, "p95": 200, "p99": 500},
	"thresholds": 0,
}

document(changes, removed) := {
	"id": "e1",
	"path": "k6.json",
	"summary": object.remove(object.union(summary, changes), removed),
	"metrics": [],
	"thresholds": [],
}

check(documents) := {"evidence": {"performance": documents}}

denied(given, changes) := violations if {
	violations := load.deny with input as check([given]) with data.params["load-test"] as object.union(params, changes)
}

missed(given, changes) := reasons if {
	reasons := load.missing with input as check([given]) with data.params["load-test"] as object.union(params, changes)
}

keys(changes) := {violation.key | some violation in denied(document(changes, []), {})}

test_everything_at_its_limit if {
	denied(document({}, []), {}) == set()
	missed(document({}, []), {}) == set()
}

test_limits[note] if {
	some note, case in {
		"p95, below": [{"latency": {"samples": 1000, "p95": 199.9, "p99": 500}}, set()],
		"p95, above": [{"latency": {"samples": 1000, "p95": 200.1, "p99": 500}}, {"p95 all requests"}],
		"p99, below": [{"latency": {"samples": 1000, "p95": 200, "p99": 499.9}}, set()],
		"p99, above": [{"latency": {"samples": 1000, "p95": 200, "p99": 500.1}}, {"p99 all requests"}],
		"errors, below": [{"failures": 99}, set()],
		"errors, at": [{"failures": 100}, set()],
		"errors, above": [{"failures": 101}, {"errors all requests"}],
		"timeouts, below": [{"timeouts": 9}, set()],
		"timeouts, at": [{"timeouts": 10}, {"timeouts"}],
		"timeouts, above": [{"timeouts": 11}, {"timeouts"}],
		"users, below": [{"users": 99}, {"users"}],
		"users, at": [{"users": 100}, {"users"}],
		"throughput, below": [{"throughput": 99.9}, {"throughput"}],
		"throughput, above": [{"throughput": 100.1}, set()],
		"checks, below": [{"checks": {"passed": 981, "failed": 19}}, set()],
		"checks, at": [{"checks": {"passed": 980, "failed": 20}}, set()],
		"checks, above": [{"checks": {"passed": 979, "failed": 21}}, {"checks"}],
		"checks, just above": [{"checks": {"passed": 97999, "failed": 2001}}, {"checks"}],
		"no checks": [{"checks": {"passed": 0, "failed": 0}}, set()],
	}
	[changes, expected] := case
	keys(changes) == expected
}

test_the_violations if {
	changes := {
		"failures": 101,
		"timeouts": 10,
		"users": 100,
		"throughput": 99.5,
		"checks": {"passed": 900, "failed": 100},
		"latency": {"samples": 1000, "p95": 201, "p99": 500},
	}
	denied(document(changes, []), {}) == {
		{
			"evidence": "e1",
			"key": "p95 all requests",
			"severity": "high",
			"msg": "p95 of all requests is 201 ms; 200 ms is the limit",
			"measured": {"value": 201, "limit": 200, "better": "lower"},
		},
		{
			"evidence": "e1",
			"key": "errors all requests",
			"severity": "high",
			"msg": "101 of 10000 requests failed, of all requests (1 %); 1 % is the limit",
			"measured": {"value": 1.01, "limit": 1, "better": "lower"},
		},
		{
			"evidence": "e1",
			"key": "timeouts",
			"severity": "high",
			"msg": "10 of 10000 requests timed out (0.1 %), less than 0.1 % may",
			"measured": {"value": 0.1, "limit": 0.1, "better": "lower"},
		},
		{
			"evidence": "e1",
			"key": "checks",
			"severity": "high",
			"msg": "100 of 1000 checks on answers failed (10 %); 2 % is the limit",
			"measured": {"value": 10, "limit": 2, "better": "lower"},
		},
		{
			"evidence": "e1",
			"key": "users",
			"severity": "high",
			"msg": "100 users at once, more than 100 required",
			"measured": {"value": 100, "limit": 100, "better": "higher"},
		},
		{
			"evidence": "e1",
			"key": "throughput",
			"severity": "high",
			"msg": "99.5 requests per second, 100 required",
			"measured": {"value": 99.5, "limit": 100, "better": "higher"},
		},
	}
}

test_too_little[note] if {
	some note, case in {
		"requests": [{"requests": 999}, {"k6.json: 999 requests, 1000 required"}],
		"enough requests": [{"requests": 1000}, set()],
		"no request": [{"requests": 0}, {"k6.json: 0 requests, 1000 required"}],
		"response times": [{"latency": {"samples": 999, "p95": 1, "p99": 1}}, {"k6.json: 999 response times of all requests, 1000 required"}],
		"enough response times": [{"latency": {"samples": 1000, "p95": 1, "p99": 1}}, set()],
		"time": [{"durationMs": 59999}, {"k6.json: the test took 59.999 seconds, 60 required"}],
	}
	[changes, reasons] := case
	missed(document(changes, []), {}) == reasons
}

test_what_a_file_does_not_say[name] if {
	some name, reasons in {
		"requests": {"k6.json does not count requests"},
		"failures": {"k6.json does not count requests that failed"},
		"users": {"k6.json does not say how many users there were, and more than 100 are required"},
		"latency": {"k6.json has no response times"},
	}
	missed(document({}, [name]), {}) == reasons
}

latencies(given) := json.patch(document({}, []), [{"op": "replace", "path": "/summary/latency", "value": given}])

test_a_percentile_that_is_missing if {
	missed(latencies({"samples": 1000, "p90": 1, "p99": 201}), {}) == {"k6.json: there is no p95 of all requests; 200 ms is the limit"}
	missed(latencies({"samples": 1000, "p95": 1}), {}) == {"k6.json: there is no p99 of all requests; 500 ms is the limit"}
	denied(latencies({"samples": 1000, "p90": 1}), {}) == set()
}

test_a_higher_percentile_proves_a_lower_one if missed(latencies({"samples": 1000, "p99": 200}), {}) == set()

# Of requests, duration and throughput two are enough.

test_the_duration_follows if {
	missed(document({"throughput": 100, "requests": 6000}, ["durationMs"]), {}) == set()
	missed(document({"throughput": 125, "requests": 6000}, ["durationMs"]), {}) == {"k6.json: the test took 48 seconds, 60 required"}
}

test_the_throughput_follows if {
	denied(document({"requests": 6000}, ["throughput"]), {}) == set()
	{violation.msg | some violation in denied(document({"requests": 5700}, ["throughput"]), {})} == {"95 requests per second, 100 required"}
}

test_neither_follows if {
	missed(document({}, ["throughput", "durationMs"]), {}) == {
		"k6.json does not say how long the test took, and 60 seconds are required",
		"k6.json does not say how many requests were made each second, and 100 are required",
	}
}

test_nothing_follows_from_zero if {
	"k6.json does not say how long the test took, and 60 seconds are required" in missed(document({"throughput": 0}, ["durationMs"]), {})
	"k6.json does not say how many requests were made each second, and 100 are required" in missed(document({"durationMs": 0}, ["throughput"]), {})
}

test_little_is_enough_to_follow_from if {
	missed(document({"throughput": 0.5}, ["durationMs"]), {}) == set()
	missed(document({"durationMs": 1}, ["throughput"]), {"minimum_seconds": 0}) == set()
}

# Timeouts.

test_few_failures_prove_few_timeouts if missed(document({"failures": 9}, ["timeouts"]), {}) == set()

test_many_failures_may_be_timeouts if {
	missed(document({"failures": 10}, ["timeouts"]), {}) == {"k6.json does not count timeouts, and too many requests failed to rule them out; less than 0.1 % may time out"}
}

test_neither_failures_nor_timeouts if {
	missed(document({}, ["failures", "timeouts"]), {"error_rate": 100}) == {"k6.json does not count timeouts, and too many requests failed to rule them out; less than 0.1 % may time out"}
}

test_counted_timeouts_need_no_proof if missed(document({"failures": 100}, []), {}) == set()

# What is turned off.

off := {"error_rate": 100, "timeouts": 100, "users": 0, "throughput": 0, "minimum_seconds": 0}

test_all_turned_off if {
	given := document({}, ["failures", "timeouts", "users", "throughput", "durationMs"])
	missed(given, off) == set()
	denied(given, off) == set()
	denied(document({"timeouts": 10000, "failures": 10000, "users": 0, "throughput": 0}, []), off) == set()
}

test_nearly_turned_off if {
	given := document({}, ["failures", "timeouts", "users", "throughput", "durationMs"])
	count(missed(given, {"error_rate": 99.9, "timeouts": 99.9, "users": 1, "throughput": 0.1, "minimum_seconds": 0.1})) == 5
}

test_a_check_that_is_nearly_turned_off if {
	nearly := {"error_rate": 100, "timeouts": 99.9, "users": 1}
	{violation.key | some violation in denied(document({"timeouts": 10000, "failures": 10000, "users": 1}, []), nearly)} == {"timeouts", "users"}
}

test_nothing_is_divided_by_nothing if {
	denied(document({"requests": 0, "failures": 5, "timeouts": 5}, []), {}) == set()
	one := {violation.key | some violation in denied(document({"requests": 1, "failures": 1, "timeouts": 1}, []), {})}
	one == {"errors all requests", "timeouts"}
}

# Single requests.

limits := {"login": {"p95": 100, "p99": 150, "error_rate": 1, "minimum_requests": 50}}

metric(changes) := object.union({"item": 0, "name": "login", "requests": 1000, "failures": 10, "latency": {"samples": 50, "p95": 100, "p99": 150}}, changes)

with_metrics(metrics) := object.union(document({}, []), {"metrics": metrics})

named(changes) := {violation.msg | some violation in denied(with_metrics([metric(changes)]), {"requests": limits})}

test_a_single_request_at_its_limits if {
	named({}) == set()
	missed(with_metrics([metric({})]), {"requests": limits}) == set()
}

test_a_single_request[note] if {
	some note, case in {
		"too slow": [{"latency": {"samples": 50, "p95": 100.1, "p99": 150}}, "p95 of login is 100.1 ms; 100 ms is the limit"],
		"too slow at times": [{"latency": {"samples": 50, "p95": 100, "p99": 151}}, "p99 of login is 151 ms; 150 ms is the limit"],
		"too many errors": [{"failures": 11}, "11 of 1000 requests failed, of login (1.1 %); 1 % is the limit"],
	}
	[changes, message] := case
	named(changes) == {message}
}

test_the_document_of_a_single_request if {
	{[violation.evidence, violation.key] | some violation in denied(with_metrics([metric({"failures": 11})]), {"requests": limits})} == {["e1", "errors login"]}
}

test_another_request if {
	slow := metric({"name": "other", "failures": 900, "latency": {"samples": 1, "p95": 9999, "p99": 9999}})
	denied(with_metrics([metric({}), slow]), {"requests": limits}) == set()
	missed(with_metrics([metric({}), slow]), {"requests": limits}) == set()
}

test_too_few_of_a_single_request if {
	missed(with_metrics([metric({"latency": {"samples": 49, "p95": 100, "p99": 150}})]), {"requests": limits}) == {"k6.json: 49 response times of login, 50 required"}
	missed(with_metrics([metric({"requests": 49, "failures": 0})]), {"requests": limits}) == {"k6.json: 49 requests login, 50 required"}
	missed(with_metrics([metric({"requests": 50, "failures": 0})]), {"requests": limits}) == set()
}

test_one_is_enough_where_nothing_else_is_said if {
	few := {"login": {"p95": 100, "error_rate": 1}}
	one := with_metrics([metric({"requests": 1, "failures": 0, "latency": {"samples": 1, "p95": 1}})])
	missed(one, {"requests": few}) == set()
	none := with_metrics([metric({"requests": 0, "failures": 0, "latency": {"samples": 0, "p95": 1}})])
	missed(none, {"requests": few}) == {"k6.json: 0 response times of login, 1 required", "k6.json: 0 requests login, 1 required"}
}

test_a_request_that_no_file_has if {
	missed(with_metrics([metric({"name": "other"})]), {"requests": limits}) == {
		"no file has response times of login",
		"no file counts requests login that failed",
	}
}

test_each_percentile_of_a_request_that_no_file_has[rank] if {
	some rank in ["p95", "p99"]
	missed(document({}, []), {"requests": {"login": {rank: 100}}}) == {"no file has response times of login"}
}

test_a_percentile_of_a_single_request_that_is_missing if {
	given := with_metrics([object.union(object.remove(metric({}), ["latency"]), {"latency": {"samples": 50, "p99": 150}})])
	missed(given, {"requests": limits}) == {"k6.json: there is no p95 of login; 100 ms is the limit"}
}

test_only_what_is_asked_of_a_single_request if {
	bare := with_metrics([{"item": 0, "name": "login", "requests": 5, "failures": 0}])
	missed(bare, {"requests": {"login": {"error_rate": 1}}}) == set()
	missed(with_metrics([object.remove(metric({}), ["failures"])]), {"requests": {"login": {"p95": 100}}}) == set()
	missed(bare, {"requests": {"login": {"p99": 1}}}) == {"no file has response times of login"}
	missed(document({}, []), {"requests": {"login": {"error_rate": 99.9}}}) == {"no file counts requests login that failed"}
	missed(document({}, []), {"requests": {"login": {"error_rate": 100}}}) == set()
}

# The limits of the test itself.

threshold(changes) := object.union({"metric": "http_req_duration", "expression": "p(95)<100", "met": true, "samples": 10}, changes)

asserting(changes) := {
	"id": "e2",
	"path": "assertions.json",
	"summary": {"thresholds": 1},
	"metrics": [],
	"thresholds": [threshold(changes)],
}

both(changes) := check([document({}, []), asserting(changes)])

test_a_threshold_that_is_met if {
	load.deny == set() with input as both({}) with data.params["load-test"] as params
	load.missing == set() with input as both({}) with data.params["load-test"] as params
}

test_a_threshold_that_is_not_met if {
	load.deny == {{
		"evidence": "e2",
		"key": "threshold http_req_duration p(95)<100",
		"severity": "high",
		"msg": "a limit of the test's own is not met: http_req_duration p(95)<100",
	}} with input as both({"met": false}) with data.params["load-test"] as params
}

test_a_threshold_over_nothing if {
	load.missing == {"assertions.json: the limit http_req_duration p(95)<100 is met by no sample at all"} with input as both({"samples": 0})
		with data.params["load-test"] as params
	load.missing == set() with input as both({"samples": 1}) with data.params["load-test"] as params
}

test_assertions_alone_measure_nothing if missed(asserting({}), {}) == {"no file says what was measured"}

test_a_file_that_measures_something_else if {
	given := object.union(asserting({}), {"metrics": [{"item": 0, "name": "grpc_req_duration"}]})
	count(missed(given, {})) > 1
	not "no file says what was measured" in missed(given, {})
}

test_a_file_without_anything if {
	count(missed(object.union(document({}, object.keys(summary)), {"summary": {"thresholds": 0}}), {})) > 1
}

test_a_file_with_requests_is_no_file_of_assertions if {
	"assertions.json has no response times" in missed(object.union(asserting({}), {"summary": {"thresholds": 1, "requests": 5}}), {})
}

test_requests_are_counted if {
	load.applicable == 20000 with input as check([document({}, []), object.union(document({}, []), {"id": "e2"}), asserting({})])
		with data.params["load-test"] as params
}

test_every_file_counts if {
	slow := object.union(document({"throughput": 99}, []), {"id": "e2"})
	violations := load.deny with input as check([document({}, []), slow]) with data.params["load-test"] as params
	{violation.evidence | some violation in violations} == {"e2"}
}

test_no_evidence_is_nothing_to_look_at if {
	load.applicable == 0 with input as check([]) with data.params["load-test"] as params
}
