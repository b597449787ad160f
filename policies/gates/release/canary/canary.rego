# METADATA
# title: Canary
# description: >-
#   The canary is healthy in its phase, by what monitoring measured: it answers whether to promote, hold or roll back. A broken
#   limit rolls back; what is missing, too little, too old or close to a limit holds.
# custom:
#   id: canary
#   requirement: R2.17
#   evidence:
#     - kind: metrics
#       fields: [name, labels, samples]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       error_rate_percent:
#         description: The most requests that may fail; strict teams set 0.1.
#         type: number
#         minimum: 0
#         maximum: 100
#         unit: percent
#         stricter: lower
#         default: 1
#       p95_ratio:
#         description: How many times as long as that of the baseline the 95th percentile of response times may be.
#         type: number
#         exclusiveMinimum: 0
#         unit: times
#         stricter: lower
#         default: 3
#       failed_health_checks_percent:
#         description: The most health checks that may fail.
#         type: number
#         minimum: 0
#         maximum: 100
#         unit: percent
#         stricter: lower
#         default: 10
#       firing_alerts:
#         description: The most alerts that may fire at once; more are an alert storm.
#         type: integer
#         minimum: 0
#         unit: alerts
#         stricter: lower
#         default: 5
#       warning_percent:
#         description: From which share of a limit on the canary is held.
#         type: number
#         exclusiveMinimum: 0
#         maximum: 100
#         unit: percent
#         stricter: lower
#         default: 80
#       max_age_minutes:
#         description: How old the latest sample of a series may be.
#         type: number
#         exclusiveMinimum: 0
#         unit: minutes
#         stricter: lower
#         default: 15
#       phases:
#         description: >-
#           The phases by their percent of traffic, each with the lowest availability in percent, and the minutes and requests
#           that it takes to judge it.
#         type: array
#         minItems: 1
#         items:
#           type: object
#           additionalProperties: false
#           required: [traffic, availability, minutes, requests]
#           properties:
#             traffic: {type: number, exclusiveMinimum: 0, maximum: 100}
#             availability: {type: number, minimum: 0, maximum: 100}
#             minutes: {type: number, minimum: 0}
#             requests: {type: integer, minimum: 0}
#         default:
#           - {traffic: 1, availability: 99, minutes: 5, requests: 100}
#           - {traffic: 5, availability: 99.5, minutes: 10, requests: 500}
#           - {traffic: 25, availability: 99.9, minutes: 15, requests: 1000}
#           - {traffic: 75, availability: 99.9, minutes: 30, requests: 1000}
#           - {traffic: 100, availability: 99.95, minutes: 30, requests: 1000}
#       series:
#         description: >-
#           What each series is called: its metric name, or its label `series`. Rates and availability are ratios from 0 to 1,
#           traffic is in percent, durations are in seconds, and requests are those of the phase.
#         type: object
#         additionalProperties: false
#         required: [traffic, error_rate, p95, baseline_p95, failed_health_checks, availability, requests, duration]
#         properties:
#           traffic: {type: string, minLength: 1}
#           error_rate: {type: string, minLength: 1}
#           p95: {type: string, minLength: 1}
#           baseline_p95: {type: string, minLength: 1}
#           failed_health_checks: {type: string, minLength: 1}
#           availability: {type: string, minLength: 1}
#           requests: {type: string, minLength: 1}
#           duration: {type: string, minLength: 1}
#         default:
#           traffic: canary_traffic_percent
#           error_rate: canary_error_ratio
#           p95: canary_p95_seconds
#           baseline_p95: baseline_p95_seconds
#           failed_health_checks: canary_failed_health_check_ratio
#           availability: canary_availability_ratio
#           requests: canary_requests
#           duration: canary_phase_seconds
#   controls: [soc2:CC7.1, soc2:CC8.1]
#   remediation: Roll the canary back, mend what broke the limit, and start again from the first phase.
package gates.release.canary

import data.lib.series as named_series
import data.lib.times

params := data.params.canary

# The latest sample of every series, by what it is for.
latest[role] contains sample if {
	some role, name in params.series
	some document in input.evidence.metrics
	some series in document.series
	named_series.is_named(series, name)
	sample := series.samples[count(series.samples) - 1]
}

has_number(sample) if is_number(sample.value)

is_fresh(sample) if not times.problem(input.time, sample.at, params.max_age_minutes, "minutes")

values[role] contains sample.value if {
	some role, samples in latest
	some sample in samples
	is_fresh(sample)
}

# Neither a rate of errors nor a percentile is measured as finely as this, so it decides nothing.
fine(value) := round(1000000000 * value) / 1000000000

percent(ratio) := fine(100 * ratio)

# To show: cut towards the worse, so that what breaks a limit never reads as if it kept it.
up(value) := ceil(10000 * value) / 10000

down(value) := floor(10000 * value) / 10000

traffic := percentage if {
	count(values.traffic) == 1
	some percentage in values.traffic
}

phase := one if {
	some one in params.phases
	one.traffic == traffic
}

next_phase := min({one.traffic | some one in params.phases; one.traffic > phase.traffic})

alert_documents := [document |
	some document in input.evidence.metrics
	document.summary.resultType == "alerts"
]

# What has a limit. Of several series the worst counts.
measures["error-rate"] := {
	"value": value,
	"limit": params.error_rate_percent,
	"text": $"error rate {up(value)} %",
	"limit_text": $"> {params.error_rate_percent} %",
} if {
	value := percent(max(values.error_rate))
}

measures.p95 := {
	"value": value,
	"limit": params.p95_ratio,
	"text": $"p95 {up(value)} x baseline",
	"limit_text": $"> {params.p95_ratio} x",
} if {
	baseline := min(values.baseline_p95)
	baseline > 0
	value := fine(max(values.p95) / baseline)
}

measures["failed-health-checks"] := {
	"value": value,
	"limit": params.failed_health_checks_percent,
	"text": $"failed health checks {up(value)} %",
	"limit_text": $"> {params.failed_health_checks_percent} %",
} if {
	value := percent(max(values.failed_health_checks))
}

measures.availability := {
	"value": 100 - value,
	"limit": 100 - phase.availability,
	"text": $"availability {down(value)} %",
	"limit_text": $"< {phase.availability} %",
} if {
	value := percent(min(values.availability))
}

measures.alerts := {
	"value": value,
	"limit": params.firing_alerts,
	"text": $"alerts that fire: {value}",
	"limit_text": $"> {params.firing_alerts}",
} if {
	count(alert_documents) > 0
	value := sum([document.summary.firing | some document in alert_documents])
}

applicable := count(measures)

broken[key] := $"{measure.text} {measure.limit_text}" if {
	some key, measure in measures
	measure.value > measure.limit
}

missing contains $"{measure.text} is close to the limit ({measure.limit_text})" if {
	some measure in measures
	measure.value <= measure.limit
	measure.value > (measure.limit * params.warning_percent) / 100
}

missing contains $"there is no series {name}" if {
	some role, name in params.series
	not latest[role]
}

missing contains $"a series {name} has no sample" if {
	some name in params.series
	some document in input.evidence.metrics
	some series in document.series
	named_series.is_named(series, name)
	count(series.samples) == 0
}

missing contains $"{name} has a value that is no number" if {
	some role, name in params.series
	some sample in latest[role]
	not has_number(sample)
}

missing contains $"{name} is of {sample.at}, and not of the last {params.max_age_minutes} minutes" if {
	some role, name in params.series
	some sample in latest[role]
	not is_fresh(sample)
}

missing contains $"{params.series.baseline_p95} is 0, so nothing can be compared with it" if min(values.baseline_p95) <= 0

missing contains "there is no list of alerts" if count(alert_documents) == 0

missing contains $"{params.series.traffic} has several values" if count(values.traffic) > 1

missing contains $"no phase has {traffic} % of the traffic" if {
	traffic
	not phase
}

missing contains $"{min(values.requests)} of {phase.requests} requests in this phase" if min(values.requests) < phase.requests

missing contains $"{min(values.duration)} of {phase.minutes * 60} seconds in this phase" if {
	min(values.duration) < phase.minutes * 60
}

verdict := "roll-back" if count(broken) > 0

verdict := "hold" if {
	count(broken) == 0
	count(missing) > 0
}

verdict := "promote" if {
	count(broken) == 0
	count(missing) == 0
}

triggers := sort({text | some text in broken}) if verdict == "roll-back"

triggers := sort(missing) if verdict != "roll-back"

phases.phase := phase.traffic

phases.next_phase := next_phase

answer := object.union({"verdict": verdict, "triggers": triggers}, phases)

# The figure of availability is what it lacks.
deny contains {
	"key": key,
	"severity": "high",
	"msg": text,
	"measured": {"value": measure.value, "limit": measure.limit, "better": "lower"},
} if {
	some key, text in broken
	measure := measures[key]
}
