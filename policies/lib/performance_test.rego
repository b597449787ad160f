package lib.performance_test

import data.lib.performance

test_measures[note] if {
	some note, case in {
		"requests": [{"requests": 1, "thresholds": 1}, []],
		"no request is a figure": [{"requests": 0, "thresholds": 1}, []],
		"metrics": [{"thresholds": 1}, [{"name": "grpc_req_duration"}]],
		"neither, and no limits": [{"thresholds": 0}, []],
	}
	[summary, metrics] := case
	performance.measures(summary, metrics)
}

test_limits_alone_measure_nothing if not performance.measures({"thresholds": 1}, [])

test_seconds[note] if {
	some note, case in {
		"as it says": [{"durationMs": 1500, "requests": 900, "throughput": 100}, 1.5],
		"as follows": [{"requests": 900, "throughput": 100}, 9],
		"as follows from little": [{"requests": 1, "throughput": 0.5}, 2],
	}
	[summary, seconds] := case
	performance.seconds(summary) == seconds
}

test_no_seconds[note] if {
	some note, summary in {"neither": {"requests": 9}, "no throughput": {"requests": 9, "throughput": 0}, "no requests": {"throughput": 9}}
	not performance.seconds(summary)
}

test_throughput[note] if {
	some note, case in {
		"as it says": [{"durationMs": 1500, "requests": 900, "throughput": 100}, 100],
		"as follows": [{"requests": 900, "durationMs": 1500}, 600],
		"as follows from little": [{"requests": 1, "durationMs": 1}, 1000],
	}
	[summary, throughput] := case
	performance.throughput(summary) == throughput
}

test_no_throughput[note] if {
	some note, summary in {"neither": {"requests": 9}, "no time": {"requests": 9, "durationMs": 0}, "no requests": {"durationMs": 9}}
	not performance.throughput(summary)
}
