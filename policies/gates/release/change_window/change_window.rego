# METADATA
# title: Change window
# description: >-
#   It is a time at which changes are made: in one of the weekly windows, and on no day of a freeze. It asks the clock of the
#   decision, and no evidence.
# related_resources:
#   - ref: https://www.iana.org/time-zones
#     description: The time zones of the IANA database
# custom:
#   id: change-window
#   requirement: R2.18
#   severity: medium
#   evidence: []
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       time_zone:
#         description: Where the windows and freezes are, as a name of the IANA database such as `Europe/Berlin`, or `UTC`.
#         type: string
#         minLength: 1
#         default: UTC
#       windows:
#         description: >-
#           The weekly windows, with days in English and times such as `09:00`; `until` is outside, and may be `24:00`. A window over
#           midnight is two.
#         type: array
#         minItems: 1
#         items:
#           type: object
#           additionalProperties: false
#           required: [days, from, until]
#           properties:
#             days:
#               type: array
#               minItems: 1
#               items: {enum: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]}
#             from: {type: string, pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
#             until: {type: string, pattern: "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
#         stricter: fewer
#         default:
#           - {days: [monday, tuesday, wednesday, thursday], from: "09:00", until: "17:00"}
#           - {days: [friday], from: "09:00", until: "15:00"}
#       freezes:
#         description: When nothing is changed, each by its first and its last day.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [name, from, to]
#           properties:
#             name: {type: string, minLength: 1}
#             from: {type: string, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
#             to: {type: string, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
#         stricter: more
#         default: []
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Deploy within the change window. What cannot wait is an emergency: let those decide who may, with an emergency bypass.
package gates.release.change_window

import data.lib.times

params := data.params["change-window"]

local := times.local(times.instant(input.time), params.time_zone)

applicable := count(params.windows) + count(params.freezes)

# A freeze that never begins would freeze nothing.
missing contains $"the freeze {freeze.name} is not from one day to a later one: {freeze.from} to {freeze.to}" if {
	some freeze in params.freezes
	not is_period(freeze)
}

is_period(freeze) if times.starts(freeze.from) <= times.starts(freeze.to)

window_text(window) := $"{concat(", ", window.days)} {window.from} to {window.until}"

deny contains {
	"key": "window",
	"msg": $"it is {times.weekday(local)} {times.clock(local)} ({params.time_zone}), and changes are made {concat("; ", texts)}",
} if {
	every window in params.windows {
		not times.is_inside(local, window)
	}
	texts := [window_text(window) | some window in params.windows]
}

deny contains {
	"key": $"freeze {freeze.name}",
	"msg": $"nothing is changed from {freeze.from} to {freeze.to}: {freeze.name}",
} if {
	some freeze in params.freezes
	times.is_between(local, freeze.from, freeze.to)
}
