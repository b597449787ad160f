# METADATA
# title: Load tests
# description: What the summary of a load test says; every member may be missing, for no tool says all.
package lib.performance

# METADATA
# title: measures
# description: >-
#   Whether a file measures anything. Gatling writes its assertions to a file of their own, which has limits (`thresholds`), and
#   neither requests nor metrics.
# scope: document
measures(summary, _) if summary.requests

measures(_, metrics) if count(metrics) > 0

measures(summary, []) if summary.thresholds == 0

# METADATA
# title: seconds
# description: How long the test took, as it says or as follows from its requests and their number per second.
# scope: document
seconds(summary) := summary.durationMs / 1000

seconds(summary) := summary.requests / summary.throughput if {
	not summary.durationMs
	summary.throughput > 0
}

# METADATA
# title: throughput
# description: Requests per second, as the test says or as follows from its requests and its duration.
# scope: document
throughput(summary) := summary.throughput

throughput(summary) := (1000 * summary.requests) / summary.durationMs if {
	not summary.throughput
	summary.durationMs > 0
}
