package gates.performance.resources_test

import data.gates.performance.resources

params := {
	"cpu": 50,
	"memory": 2,
	"disk": 100,
	"network": 100,
	"resources": ["cpu", "memory", "disk", "network"],
	"percentile": 100,
	"minimum_samples": 2,
	"max_age_minutes": 60,
	"series": {"cpu": "cpu", "memory": "memory", "disk": "disk", "network": "network"},
}

now := "2026-01-01T12:00:00Z"

samples(values) := [{"at": now, "value": value, "raw": ""} | some value in values]

one(name, values) := {"item": 0, "name": name, "labels": [], "samples": samples(values)}

healthy := {"cpu": [0.1, 0.499], "memory": [1, 1999999999], "disk": [1, 99999999], "network": [1, 12499999]}

measured(changes) := [one(name, values) | some name, values in object.union(healthy, changes)]

check(series) := {"time": now, "evidence": {"metrics": [{"id": "m1", "path": "metrics.json", "series": series}]}}

denied(series, changes) := violations if {
	violations := resources.deny with input as check(series) with data.params.resources as object.union(params, changes)
}

missed(series, changes) := reasons if {
	reasons := resources.missing with input as check(series) with data.params.resources as object.union(params, changes)
}

messages(series, changes) := {violation.msg | some violation in denied(series, changes)}

test_below_every_limit if {
	denied(measured({}), {}) == set()
	missed(measured({}), {}) == set()
}

test_limits[note] if {
	some note, case in {
		"CPU, at": ["cpu", 0.5, "CPU use is 50 %, less than 50 % required"],
		"CPU, above": ["cpu", 0.512345, "CPU use is 51.235 %, less than 50 % required"],
		"memory, at": ["memory", 2000000000, "memory is 2 GB, less than 2 GB required"],
		"memory, above": ["memory", 2500000000, "memory is 2.5 GB, less than 2 GB required"],
		"disk, at": ["disk", 100000000, "disk traffic is 100 MB/s, less than 100 MB/s required"],
		"disk, above": ["disk", 123456789, "disk traffic is 123.457 MB/s, less than 100 MB/s required"],
		"network, at": ["network", 12500000, "network traffic is 100 Mbit/s, less than 100 Mbit/s required"],
		"network, above": ["network", 25000000, "network traffic is 200 Mbit/s, less than 100 Mbit/s required"],
	}
	[name, value, message] := case
	messages(measured({name: [value, 0]}), {}) == {message}
}

test_the_violation if denied(measured({"cpu": [0.75, 0]}), {}) == {{
	"key": "cpu",
	"severity": "medium",
	"msg": "CPU use is 75 %, less than 50 % required",
	"measured": {"value": 75, "limit": 50, "better": "lower"},
}}

test_a_percentile_of_the_samples if {
	denied(measured({"cpu": [0.9, 0.1, 0.1, 0.1]}), {"percentile": 75}) == set()
	count(denied(measured({"cpu": [0.9, 0.1, 0.1, 0.1]}), {"percentile": 76})) == 1
}

test_the_worst_of_several_series if {
	messages(array.concat(measured({}), [one("cpu", [0.6, 0.6])]), {}) == {"CPU use is 60 %, less than 50 % required"}
}

test_a_series_by_its_label if {
	labelled := {"item": 1, "labels": [{"name": "series", "value": "cpu"}], "samples": samples([0.6])}
	messages(array.concat(measured({}), [labelled]), {}) == {"CPU use is 60 %, less than 50 % required"}
}

test_only_what_is_asked if {
	denied([one("memory", [1, 1]), one("cpu", [0.9, 0.9])], {"resources": ["memory"]}) == set()
	missed([one("memory", [1, 1])], {"resources": ["memory"]}) == set()
}

test_a_series_that_is_missing[name] if {
	some name in ["cpu", "memory", "disk", "network"]
	missed([series | some series in measured({}); series.name != name], {}) == {$"there is no series {name} with a sample"}
}

test_a_series_without_a_sample if {
	missed(measured({"cpu": []}), {}) == {"there is no series cpu with a sample"}
}

test_no_number if {
	nothing := {"item": 1, "name": "cpu", "labels": [], "samples": [{"at": now, "raw": "NaN"}]}
	missed(array.concat(measured({}), [nothing]), {}) == {"cpu has a value that is no number"}
	denied(array.concat(measured({}), [nothing]), {}) == set()
}

test_too_few_samples if {
	missed(measured({"cpu": [0.1]}), {}) == {"cpu has 1 samples in its longest series, 2 required"}
	missed(array.concat(measured({"cpu": [0.1]}), [one("cpu", [0.1, 0.1])]), {}) == set()
	missed(measured({"cpu": [0.1, 0.1]}), {"minimum_samples": 3, "resources": ["cpu"]}) == {"cpu has 2 samples in its longest series, 3 required"}
}

dated(at) := {"item": 0, "name": "cpu", "labels": [], "samples": [
	{"at": "2026-01-01T09:00:00Z", "value": 0.1, "raw": ""},
	{"at": at, "value": 0.1, "raw": ""},
]}

test_age[note] if {
	some note, case in {
		"exactly as old as it may be": ["2026-01-01T11:00:00Z", set()],
		"older": ["2026-01-01T10:59:59Z", {"no series cpu has a sample of the last 60 minutes"}],
		"yet to come": ["2026-01-01T13:00:00Z", {"no series cpu has a sample of the last 60 minutes"}],
	}
	[at, reasons] := case
	missed([dated(at)], {"resources": ["cpu"]}) == reasons
}

test_one_fresh_series_is_enough if {
	missed([dated("2026-01-01T10:00:00Z"), one("cpu", [0.1])], {"resources": ["cpu"]}) == set()
}

test_an_empty_series_is_not_fresh if {
	missed([dated("2026-01-01T10:00:00Z"), one("cpu", [])], {"resources": ["cpu"]}) == {"no series cpu has a sample of the last 60 minutes"}
}

test_series_are_counted if {
	series := array.concat(measured({}), [object.union(one("cpu", [0.1, 0.1]), {"item": 9}), one("other", [1])])
	resources.applicable == 5 with input as check(series) with data.params.resources as params
}

test_no_evidence_is_nothing_to_look_at if {
	resources.applicable == 0 with input as {"time": now, "evidence": {"metrics": []}} with data.params.resources as params
}
