# gate ignore:missing-rule An event has a time, and a log without events is empty; what is silent is a gap.
# METADATA
# title: Audit log
# description: >-
#   The audit logs cover the last time without a gap, up to now, and say of every event who did it.
# custom:
#   id: audit-log
#   requirement: R2.20
#   severity: medium
#   evidence:
#     - kind: audit-log
#       fields: [id, at, actor, action]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       days:
#         description: How far back the log has to reach.
#         type: number
#         exclusiveMinimum: 0
#         unit: days
#         stricter: higher
#         default: 30
#       max_gap_hours:
#         description: >-
#           For how long there may be no event, from the time on that the log has to reach back to and until now; a longer silence is a gap.
#         type: number
#         exclusiveMinimum: 0
#         unit: hours
#         stricter: lower
#         default: 72
#       actors:
#         description: Whether an event may leave open who did it.
#         enum: [optional, required]
#         stricter: [optional, required]
#         default: required
#   controls: [soc2:CC7.2, ssdf:PO.3.3]
#   remediation: Export the log of the whole time again, and mend what stopped it from being written.
package gates.compliance.audit_log

import data.lib.times

params := data.params["audit-log"]

events := [event |
	some document in input.evidence["audit-log"]
	some event in document.events
]

applicable := count(events)

now := times.instant(input.time)

start := now - (params.days * times.day)

# Both ends of the time are marks as well. An event of before or of the future is moved to the end that it is beyond, and
# fills no gap.
marks := sort({start, now} | {mark |
	some event in events
	mark := min([now, max([start, times.instant(event.at)])])
})

longest := max([gap |
	some index, until in marks
	gap := until - marks[index - 1]
])

nameless := [event |
	some event in events
	not is_named(event)
]

is_named(event) if trim_space(event.actor) != ""

deny contains {
	"key": "gap",
	"msg": $"for {hours} hours of the last {params.days} days there is no event, and {params.max_gap_hours} are the most",
	"measured": {"value": hours, "limit": params.max_gap_hours, "better": "lower"},
} if {
	applicable > 0
	hours := floor(longest / times.hour)
	longest > params.max_gap_hours * times.hour
}

deny contains {
	"key": "actors",
	"msg": $"{count(nameless)} of {applicable} events do not say who did it, such as {nameless[0].action} at {nameless[0].at}",
	"measured": {"value": count(nameless), "limit": 0, "better": "lower"},
} if {
	params.actors == "required"
	count(nameless) > 0
}
