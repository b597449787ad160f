package lib.latency_test

import data.lib.latency

source := "200 ms is the limit"

test_bound[note] if {
	some note, case in {
		"the percentile itself": [{"p90": 1, "p95": 2, "p99": 3}, 2],
		"the percentile above": [{"p90": 1, "p99": 3, "max": 4}, 3],
		"the highest of all": [{"p90": 1, "max": 4}, 4],
		"zero is a figure": [{"p95": 0, "p99": 3}, 0],
	}
	[distribution, bound] := case
	latency.bound(distribution, "p95") == bound
}

test_bound_of_each[rank] if {
	some rank in ["p50", "p75", "p90", "p95", "p99", "p999", "max"]
	latency.bound({rank: 7, "mean": 1}, rank) == 7
	latency.bound({"max": 9, "mean": 1}, rank) == 9
}

test_no_bound if {
	not latency.bound({"p50": 1, "p90": 1, "mean": 1}, "p95")
	not latency.bound({}, "p95")
}

test_too_slow if {
	latency.too_slow("login", {"p95": 200.5, "p99": 900}, "p95", 200, source) == {
		"key": "p95 login",
		"severity": "high",
		"msg": "p95 of login is 200.5 ms; 200 ms is the limit",
		"measured": {"value": 200.5, "limit": 200, "better": "lower"},
	}
}

test_not_too_slow[note] if {
	some note, distribution in {"at the limit": {"p95": 200}, "below": {"p95": 199.9}, "unknown": {"p99": 900}}
	not latency.too_slow("login", distribution, "p95", 200, source)
}

test_unproven[note] if {
	some note, distribution in {"a higher one is above": {"p99": 200.5}, "there is only a lower one": {"p90": 1}, "there is none": {}}
	latency.unproven("login", distribution, "p95", 200, source) == "there is no p95 of login; 200 ms is the limit"
}

test_proven[note] if {
	some note, distribution in {"a higher one is at the limit": {"p99": 200}, "it is there": {"p95": 200}, "it is there, and above": {"p95": 900}}
	not latency.unproven("login", distribution, "p95", 200, source)
}
