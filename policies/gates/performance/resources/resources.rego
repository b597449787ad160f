# METADATA
# title: Resource use
# description: >-
#   What the service used of processors, memory, disk and network stayed below its limits, by what monitoring measured; of several
#   series the worst counts.
# related_resources:
#   - ref: https://prometheus.io/docs/practices/naming/#base-units
#     description: Prometheus, base units
# custom:
#   id: resources
#   requirement: R2.15
#   severity: medium
#   evidence:
#     - kind: metrics
#       fields: [name, labels, samples]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       cpu:
#         description: Share of the processors that it has, below which it has to stay.
#         type: number
#         unit: percent
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 50
#       memory:
#         description: Memory below which it has to stay; a gigabyte is 1,000,000,000 bytes.
#         type: number
#         unit: gigabytes
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 2
#       disk:
#         description: Reads and writes below which it has to stay; a megabyte is 1,000,000 bytes.
#         type: number
#         unit: megabytes per second
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 100
#       network:
#         description: Traffic below which it has to stay; a megabit is 125,000 bytes.
#         type: number
#         unit: megabits per second
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 100
#       resources:
#         description: What it looks at.
#         type: array
#         minItems: 1
#         items: {enum: [cpu, memory, disk, network]}
#         stricter: more
#         default: [cpu, memory, disk, network]
#       percentile:
#         description: Which percentile of the samples of a series is compared; 100 is the highest sample.
#         type: number
#         unit: percent
#         exclusiveMinimum: 0
#         maximum: 100
#         stricter: higher
#         default: 100
#       minimum_samples:
#         description: How many samples the longest series of each resource must have.
#         type: integer
#         unit: samples
#         minimum: 1
#         stricter: higher
#         default: 10
#       max_age_minutes:
#         description: How old the latest sample of each resource may be.
#         type: number
#         unit: minutes
#         exclusiveMinimum: 0
#         stricter: lower
#         default: 60
#       series:
#         description: >-
#           What each series is called: its metric name, or its label `series`. Of the processors the ratio (1 is all of them), of
#           memory bytes, of disk and network bytes per second.
#         type: object
#         additionalProperties: false
#         required: [cpu, memory, disk, network]
#         properties:
#           cpu: {type: string, minLength: 1}
#           memory: {type: string, minLength: 1}
#           disk: {type: string, minLength: 1}
#           network: {type: string, minLength: 1}
#         default:
#           cpu: service_cpu_ratio
#           memory: service_memory_bytes
#           disk: service_disk_bytes_per_second
#           network: service_network_bytes_per_second
#   controls: [soc2:A1.1]
#   remediation: >-
#     Look at the time of the highest samples for what the service did then; mend it, or give it more and raise the limit.
package gates.performance.resources

import data.lib.series
import data.lib.times

params := data.params.resources

# How a sample in base units becomes one in the unit of its limit: times the first, by the second.
scales := {
	"cpu": {"title": "CPU use", "unit": "%", "times": 100, "by": 1, "limit": params.cpu},
	"memory": {"title": "memory", "unit": "GB", "times": 1, "by": 1000000000, "limit": params.memory},
	"disk": {"title": "disk traffic", "unit": "MB/s", "times": 1, "by": 1000000, "limit": params.disk},
	"network": {"title": "network traffic", "unit": "Mbit/s", "times": 8, "by": 1000000, "limit": params.network},
}

used[resource] contains {"id": document.id, "item": one.item, "samples": one.samples} if {
	some resource in params.resources
	some document in input.evidence.metrics
	some one in document.series
	series.is_named(one, params.series[resource])
	count(one.samples) > 0
}

highest[resource] := max(figures) if {
	some resource in params.resources
	figures := [value |
		some one in used[resource]
		value := series.percentile([sample.value | some sample in one.samples], params.percentile)
	]
}

has_number(sample) if is_number(sample.value)

applicable := sum([count(found) | some found in used])

missing contains $"there is no series {name} with a sample" if {
	some resource, name in params.series
	resource in params.resources
	not used[resource]
}

missing contains $"{name} has a value that is no number" if {
	some resource, name in params.series
	some one in used[resource]
	some sample in one.samples
	not has_number(sample)
}

missing contains $"{name} has {longest} samples in its longest series, {params.minimum_samples} required" if {
	some resource, name in params.series
	longest := max([count(one.samples) | some one in used[resource]])
	longest < params.minimum_samples
}

missing contains $"no series {name} has a sample of the last {params.max_age_minutes} minutes" if {
	some resource, name in params.series
	every one in used[resource] {
		times.problem(input.time, one.samples[count(one.samples) - 1].at, params.max_age_minutes, "minutes")
	}
}

deny contains {
	"key": resource,
	"severity": "medium",
	"msg": $"{scale.title} is {round(1000 * value) / 1000} {scale.unit}, less than {scale.limit} {scale.unit} required",
	"measured": {"value": value, "limit": scale.limit, "better": "lower"},
} if {
	some resource, figure in highest
	scale := scales[resource]
	value := (scale.times * figure) / scale.by
	value >= scale.limit
}
