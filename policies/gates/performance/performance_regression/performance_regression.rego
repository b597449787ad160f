# METADATA
# title: Performance regression
# description: >-
#   Answers take no longer than they may against a baseline, which the parameters state: `gate.yaml` is read from the branch that a
#   change goes to, so no change sets its own baseline. What the baseline does not state is not compared; without a 95th or 99th percentile
#   nothing is.
# related_resources:
#   - ref: https://sre.google/sre-book/testing-reliability/
#     description: Site Reliability Engineering, testing for reliability
# custom:
#   id: performance-regression
#   requirement: R2.16
#   severity: medium
#   evidence:
#     - kind: performance
#       fields: [name, requests, failures, latency]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       baseline:
#         description: >-
#           What to compare with, for all requests and by the name of a request in the report: percentiles in milliseconds, requests
#           per second, percent of failed requests, and how many users there were.
#         type: object
#         additionalProperties: false
#         properties:
#           p50: {type: number, exclusiveMinimum: 0}
#           p95: {type: number, exclusiveMinimum: 0}
#           p99: {type: number, exclusiveMinimum: 0}
#           throughput: {type: number, exclusiveMinimum: 0}
#           error_rate: {type: number, minimum: 0, maximum: 100}
#           users: {type: integer, minimum: 1}
#           requests:
#             type: object
#             additionalProperties:
#               type: object
#               additionalProperties: false
#               properties:
#                 p50: {type: number, exclusiveMinimum: 0}
#                 p95: {type: number, exclusiveMinimum: 0}
#                 p99: {type: number, exclusiveMinimum: 0}
#                 error_rate: {type: number, minimum: 0, maximum: 100}
#         default: {}
#       p50_ratio:
#         description: How many times that of the baseline the median of response times may be.
#         type: number
#         unit: times
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 1.5
#       p95_ratio:
#         description: How many times that of the baseline the 95th percentile may be.
#         type: number
#         unit: times
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 1.5
#       p99_ratio:
#         description: How many times that of the baseline the 99th percentile may be; it varies more from run to run.
#         type: number
#         unit: times
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 2
#       throughput_ratio:
#         description: How many times that of the baseline the requests per second must be.
#         type: number
#         unit: times
#         exclusiveMinimum: 0
#         stricter: higher
#         default: 0.8
#       error_rate_ratio:
#         description: How many times that of the baseline the share of failed requests may be.
#         type: number
#         unit: times
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 1.5
#       error_rate_floor:
#         description: Percent of failed requests that is never a regression, however low the baseline is.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 0.1
#       minimum_samples:
#         description: How many response times of all requests it takes to compare; of a single request one.
#         type: integer
#         unit: samples
#         minimum: 1
#         stricter: higher
#         default: 100
#   controls: [soc2:A1.1]
#   remediation: >-
#     Compare the profiles of both versions and mend what became slower, or state the new baseline in gate.yaml, in a change of its
#     own that says why.
package gates.performance.performance_regression

import data.lib.latency
import data.lib.performance
import data.lib.ratio

params := data.params["performance-regression"]

ratios := {"p50": params.p50_ratio, "p95": params.p95_ratio, "p99": params.p99_ratio}

documents := [document |
	some document in input.evidence.performance
	performance.measures(document.summary, document.metrics)
]

applicable := count(compared)

baselines := object.get(params.baseline, "requests", {})

# What was measured and what it is compared with: all requests of a file, and those that the baseline names.
compared contains {
	"id": document.id,
	"path": document.path,
	"name": "all requests",
	"latency": document.summary.latency,
	"baseline": params.baseline,
	"minimum": params.minimum_samples,
} if {
	some document in documents
}

compared contains {
	"id": document.id,
	"path": document.path,
	"name": name,
	"latency": metric.latency,
	"baseline": baseline,
	"minimum": 1,
} if {
	some name, baseline in baselines
	some document in documents
	some metric in document.metrics
	metric.name == name
}

failures contains {
	"id": document.id,
	"name": "all requests",
	"failed": document.summary.failures,
	"total": document.summary.requests,
	"baseline": params.baseline.error_rate,
} if {
	some document in documents
	document.summary.requests > 0
}

failures contains {
	"id": document.id,
	"name": name,
	"failed": metric.failures,
	"total": metric.requests,
	"baseline": baseline.error_rate,
} if {
	some name, baseline in baselines
	some document in documents
	some metric in document.metrics
	metric.name == name
	metric.requests > 0
}

source(limit, times, baseline) := $"{limit} ms is the limit, {times} x the baseline of {baseline} ms"

least_throughput := params.throughput_ratio * params.baseline.throughput

# What a run would be as a baseline, to copy.
figures(latencies, throughputs) := concat(", ", array.concat(
	[$"{rank}: {figure}" | some rank in ["p50", "p95", "p99"]; figure := latencies[rank]],
	[$"throughput: {throughput}" | some throughput in throughputs],
))

has_baseline if params.baseline.p95

has_baseline if params.baseline.p99

missing contains $"there is no baseline with a p95 or p99; below `parameters` of the environment in gate.yaml, {document.path} would be performance-regression: \{baseline: \{{figures(document.summary.latency, throughputs)}}}" if {
	not has_baseline
	some document in documents
	throughputs := [throughput | throughput := performance.throughput(document.summary)]
}

missing contains "no file says what was measured" if count(documents) == 0

missing contains $"{document.path} has no response times" if {
	some document in documents
	not document.summary.latency
}

missing contains $"no file has response times of {name}" if {
	some name, baseline in baselines
	some rank in ["p50", "p95", "p99"]
	baseline[rank]
	every one in compared {
		one.name != name
	}
}

missing contains $"{one.path}: {one.latency.samples} response times of {one.name}, {one.minimum} required" if {
	some one in compared
	one.latency.samples < one.minimum
}

missing contains $"{one.path}: {reason}" if {
	some one in compared
	some rank, times in ratios
	baseline := one.baseline[rank]
	limit := times * baseline
	reason := latency.unproven(one.name, one.latency, rank, limit, source(limit, times, baseline))
}

missing contains $"{document.path} does not say how many requests were made each second, and the baseline does" if {
	params.baseline.throughput
	some document in documents
	not performance.throughput(document.summary)
}

missing contains $"no file counts requests that failed, of {name}, and the baseline does" if {
	some name, baseline in object.union(baselines, {"all requests": params.baseline})
	baseline.error_rate
	every one in failures {
		one.name != name
	}
}

missing contains $"{document.path} does not say how many users there were, and the baseline does" if {
	params.baseline.users
	some document in documents
	not document.summary.users
}

missing contains $"{document.path}: {document.summary.users} users, and {params.baseline.users} in the baseline; what a lighter load shows cannot be compared" if {
	some document in documents
	document.summary.users < params.baseline.users
}

deny contains object.union({"evidence": one.id}, violation) if {
	some one in compared
	some rank, times in ratios
	baseline := one.baseline[rank]
	limit := times * baseline
	violation := latency.too_slow(one.name, one.latency, rank, limit, source(limit, times, baseline))
}

deny contains {
	"evidence": document.id,
	"key": "throughput",
	"severity": "high",
	"msg": $"{ratio.shown(throughput)} requests per second; {ratio.shown(least_throughput)} is the limit, {params.throughput_ratio} x the baseline of {params.baseline.throughput}",
	"measured": {"value": throughput, "limit": least_throughput, "better": "higher"},
} if {
	some document in documents
	throughput := performance.throughput(document.summary)
	throughput < least_throughput
}

deny contains {
	"evidence": one.id,
	"key": $"errors {one.name}",
	"severity": "high",
	"msg": $"{one.failed} of {one.total} requests failed, of {one.name} ({ratio.percent(one.failed, one.total)} %); {limit} % is the limit, the baseline is {one.baseline} %",
	"measured": {"value": (100 * one.failed) / one.total, "limit": limit, "better": "lower"},
} if {
	some one in failures
	limit := max([params.error_rate_ratio * one.baseline, params.error_rate_floor])
	100 * one.failed > limit * one.total
}
