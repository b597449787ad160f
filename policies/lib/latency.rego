# METADATA
# title: Response times
# description: >-
#   What a distribution of response times proves of a limit. A percentile that the tool did not give is missing, never zero; a
#   higher one that keeps the limit proves that it keeps it too.
package lib.latency

# From the lowest on: none is below the one before it.
ranks := ["p50", "p75", "p90", "p95", "p99", "p999", "max"]

# METADATA
# title: bound
# description: >-
#   The percentile `rank` (such as p95) of a distribution in milliseconds, or else the lowest figure that cannot be below it;
#   undefined where there is none.
bound(latency, rank) := [latency[other] |
	some place, other in ranks
	place >= position(rank)
][0]

# METADATA
# title: too_slow
# description: >-
#   The violation of a percentile above a limit in milliseconds, undefined where it is not. `name` says of which requests, and
#   `source` where the limit is from, such as "200 ms is the limit".
too_slow(name, latency, rank, limit, source) := {
	"key": $"{rank} {name}",
	"severity": "high",
	"msg": $"{rank} of {name} is {latency[rank]} ms; {source}",
	"measured": {"value": latency[rank], "limit": limit, "better": "lower"},
} if {
	latency[rank] > limit
}

# METADATA
# title: unproven
# description: Why a distribution without a percentile does not show that it keeps a limit in milliseconds; undefined where it does.
unproven(name, latency, rank, limit, source) := $"there is no {rank} of {name}; {source}" if {
	not latency[rank]
	not proves(latency, rank, limit)
}

proves(latency, rank, limit) if bound(latency, rank) <= limit

position(rank) := [place | some place, other in ranks; other == rank][0]
