# METADATA
# title: Load test
# description: >-
#   Under the required load the answers come in time, without more errors and timeouts than allowed, and the limits of the test's
#   own are met. Every load test that was handed in counts. A test that was too short, too small or without an answer shows nothing.
# related_resources:
#   - ref: https://sre.google/sre-book/service-level-objectives/
#     description: Site Reliability Engineering, service level objectives
# custom:
#   id: load-test
#   requirement: R2.14
#   severity: high
#   evidence:
#     - kind: performance
#       fields: [name, requests, failures, latency]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       p95:
#         description: The highest 95th percentile of response times.
#         type: number
#         unit: milliseconds
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 200
#       p99:
#         description: The highest 99th percentile of response times.
#         type: number
#         unit: milliseconds
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 500
#       error_rate:
#         description: Percent of the requests that may fail; 100 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 1
#       timeouts:
#         description: >-
#           Percent of the requests below which timeouts have to stay; this much is too much. Where a tool does not count them,
#           fewer failures than that prove it. 100 turns the check off.
#         type: number
#         unit: percent
#         exclusiveMinimum: 0
#         maximum: 100
#         stricter: lower
#         default: 0.1
#       failed_checks:
#         description: Percent of the test's own checks on answers that may fail, where it has any.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 1
#       users:
#         description: More than this many users or connections must have been there at once; 0 turns the check off.
#         type: integer
#         unit: users
#         minimum: 0
#         stricter: higher
#         default: 100
#       throughput:
#         description: How many requests must have been made each second, on average; 0 turns the check off.
#         type: number
#         unit: requests per second
#         minimum: 0
#         stricter: higher
#         default: 100
#       minimum_requests:
#         description: How many requests and response times it takes to judge.
#         type: integer
#         unit: requests
#         minimum: 1
#         stricter: higher
#         default: 1000
#       minimum_seconds:
#         description: How long the test must have taken; 0 turns the check off.
#         type: number
#         unit: seconds
#         minimum: 0
#         stricter: higher
#         default: 60
#       requests:
#         description: >-
#           Limits of single requests by their name in the report (of k6, of the metric, such as http_req_duration{name:login}), in
#           milliseconds and percent, and how many there must have been (1 unless it says more).
#         type: object
#         additionalProperties:
#           type: object
#           additionalProperties: false
#           properties:
#             p95: {type: number, exclusiveMinimum: 0}
#             p99: {type: number, exclusiveMinimum: 0}
#             error_rate: {type: number, minimum: 0, maximum: 100}
#             minimum_requests: {type: integer, minimum: 1}
#         default: {}
#   controls: [soc2:A1.1]
#   remediation: >-
#     Look for the slowest requests in the report of the tool, mend them or give the service more capacity, and repeat the test
#     with the same load.
package gates.performance.load

import data.lib.latency
import data.lib.performance
import data.lib.ratio

params := data.params["load-test"]

documents := [document |
	some document in input.evidence.performance
	performance.measures(document.summary, document.metrics)
]

applicable := sum([document.summary.requests | some document in documents])

times contains {
	"id": document.id,
	"path": document.path,
	"name": "all requests",
	"latency": document.summary.latency,
	"limits": {"p95": params.p95, "p99": params.p99},
	"minimum": params.minimum_requests,
} if {
	some document in documents
}

times contains {
	"id": document.id,
	"path": document.path,
	"name": name,
	"latency": metric.latency,
	"limits": limits,
	"minimum": object.get(limits, "minimum_requests", 1),
} if {
	some name, limits in params.requests
	some document in documents
	some metric in document.metrics
	metric.name == name
}

failures contains {
	"id": document.id,
	"name": "all requests",
	"failed": document.summary.failures,
	"total": document.summary.requests,
	"limit": params.error_rate,
} if {
	some document in documents
}

failures contains {
	"id": document.id,
	"path": document.path,
	"name": name,
	"failed": metric.failures,
	"total": metric.requests,
	"limit": limits.error_rate,
	"minimum": object.get(limits, "minimum_requests", 1),
} if {
	some name, limits in params.requests
	some document in documents
	some metric in document.metrics
	metric.name == name
}

# A request that timed out failed.
few_failures(document) if ratio.below(document.summary.failures, document.summary.requests, params.timeouts)

missing contains "no file says what was measured" if count(documents) == 0

missing contains $"{document.path} does not count requests" if {
	some document in documents
	not document.summary.requests
}

missing contains $"{document.path}: {document.summary.requests} requests, {params.minimum_requests} required" if {
	some document in documents
	document.summary.requests < params.minimum_requests
}

missing contains $"{document.path} does not say how long the test took, and {params.minimum_seconds} seconds are required" if {
	params.minimum_seconds > 0
	some document in documents
	not performance.seconds(document.summary)
}

missing contains $"{document.path}: the test took {seconds} seconds, {params.minimum_seconds} required" if {
	some document in documents
	seconds := performance.seconds(document.summary)
	seconds < params.minimum_seconds
}

missing contains $"{document.path} has no response times" if {
	some document in documents
	not document.summary.latency
}

missing contains $"no file has response times of {name}" if {
	some name, limits in params.requests
	some rank in ["p95", "p99"]
	limits[rank]
	every one in times {
		one.name != name
	}
}

missing contains $"{one.path}: {one.latency.samples} response times of {one.name}, {one.minimum} required" if {
	some one in times
	one.latency.samples < one.minimum
}

missing contains $"{one.path}: {reason}" if {
	some one in times
	some rank in ["p95", "p99"]
	limit := one.limits[rank]
	reason := latency.unproven(one.name, one.latency, rank, limit, $"{limit} ms is the limit")
}

missing contains $"{one.path}: {one.total} requests {one.name}, {one.minimum} required" if {
	some one in failures
	one.total < one.minimum
}

missing contains $"{document.path} does not count requests that failed" if {
	params.error_rate < 100
	some document in documents
	not document.summary.failures
}

missing contains $"no file counts requests {name} that failed" if {
	some name, limits in params.requests
	limits.error_rate < 100
	every one in failures {
		one.name != name
	}
}

missing contains $"{document.path} does not count timeouts, and too many requests failed to rule them out; less than {params.timeouts} % may time out" if {
	params.timeouts < 100
	some document in documents
	not document.summary.timeouts
	not few_failures(document)
}

missing contains $"{document.path} does not say how many users there were, and more than {params.users} are required" if {
	params.users > 0
	some document in documents
	not document.summary.users
}

missing contains $"{document.path} does not say how many requests were made each second, and {params.throughput} are required" if {
	params.throughput > 0
	some document in documents
	not performance.throughput(document.summary)
}

missing contains $"{document.path}: the limit {threshold.metric} {threshold.expression} is met by no sample at all" if {
	some document in input.evidence.performance
	some threshold in document.thresholds
	threshold.samples == 0
}

deny contains object.union({"evidence": one.id}, violation) if {
	some one in times
	some rank in ["p95", "p99"]
	limit := one.limits[rank]
	violation := latency.too_slow(one.name, one.latency, rank, limit, $"{limit} ms is the limit")
}

deny contains {
	"evidence": one.id,
	"key": $"errors {one.name}",
	"severity": "high",
	"msg": $"{one.failed} of {one.total} requests failed, of {one.name} ({ratio.percent(one.failed, one.total)} %); {one.limit} % is the limit",
	"measured": {"value": (100 * one.failed) / one.total, "limit": one.limit, "better": "lower"},
} if {
	some one in failures
	100 * one.failed > one.limit * one.total
}

deny contains {
	"evidence": document.id,
	"key": "timeouts",
	"severity": "high",
	"msg": $"{timeouts} of {requests} requests timed out ({ratio.percent(timeouts, requests)} %), less than {params.timeouts} % may",
	"measured": {"value": (100 * timeouts) / requests, "limit": params.timeouts, "better": "lower"},
} if {
	params.timeouts < 100
	some document in documents
	requests := document.summary.requests
	requests > 0
	timeouts := document.summary.timeouts
	not ratio.below(timeouts, requests, params.timeouts)
}

deny contains {
	"evidence": document.id,
	"key": "checks",
	"severity": "high",
	"msg": $"{checks.failed} of {total} checks on answers failed ({ratio.percent(checks.failed, total)} %); {params.failed_checks} % is the limit",
	"measured": {"value": (100 * checks.failed) / total, "limit": params.failed_checks, "better": "lower"},
} if {
	some document in documents
	checks := document.summary.checks
	total := checks.passed + checks.failed
	100 * checks.failed > params.failed_checks * total
}

deny contains {
	"evidence": document.id,
	"key": "users",
	"severity": "high",
	"msg": $"{users} users at once, more than {params.users} required",
	"measured": {"value": users, "limit": params.users, "better": "higher"},
} if {
	params.users > 0
	some document in documents
	users := document.summary.users
	users <= params.users
}

deny contains {
	"evidence": document.id,
	"key": "throughput",
	"severity": "high",
	"msg": $"{ratio.shown(throughput)} requests per second, {params.throughput} required",
	"measured": {"value": throughput, "limit": params.throughput, "better": "higher"},
} if {
	some document in documents
	throughput := performance.throughput(document.summary)
	throughput < params.throughput
}

deny contains {
	"evidence": document.id,
	"key": $"threshold {threshold.metric} {threshold.expression}",
	"severity": "high",
	"msg": $"a limit of the test's own is not met: {threshold.metric} {threshold.expression}",
} if {
	some document in input.evidence.performance
	some threshold in document.thresholds
	not threshold.met
}
