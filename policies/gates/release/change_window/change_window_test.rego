package gates.release.change_window_test

import data.gates.release.change_window

params := {
	"time_zone": "UTC",
	"windows": [
		{"days": ["monday", "thursday"], "from": "09:00", "until": "17:00"},
		{"days": ["friday"], "from": "09:00", "until": "15:00"},
	],
	"freezes": [],
}

denied(at, changes) := {[violation.key, violation.msg] |
	some violation in change_window.deny with input as {"time": at} with data.params["change-window"] as object.union(params, changes)
}

is_open(at, changes) if {
	denied(at, changes) == set()
	change_window.missing == set() with input as {"time": at} with data.params["change-window"] as object.union(params, changes)
}

closed(day, at, zone) := {["window", $"it is {day} {at} ({zone}), and changes are made monday, thursday 09:00 to 17:00; friday 09:00 to 15:00"]}

# 5 March 2026 is a Thursday.

test_inside[note] if {
	some note, at in {
		"the first minute": "2026-03-05T09:00:00Z",
		"the last second": "2026-03-05T16:59:59Z",
		"another day of the window": "2026-03-02T12:00:00Z",
		"another window": "2026-03-06T14:59:59Z",
	}
	is_open(at, {})
}

test_outside[note] if {
	some note, case in {
		"too early": ["2026-03-05T08:59:59Z", closed("thursday", "08:59", "UTC")],
		"too late": ["2026-03-05T17:00:00Z", closed("thursday", "17:00", "UTC")],
		"too late for the other window": ["2026-03-06T15:00:00Z", closed("friday", "15:00", "UTC")],
		"on another day": ["2026-03-04T12:00:00Z", closed("wednesday", "12:00", "UTC")],
	}
	[at, expected] := case
	denied(at, {}) == expected
}

test_elsewhere if {
	is_open("2026-03-05T08:00:00Z", {"time_zone": "Europe/Berlin"})
	denied("2026-03-05T16:00:00Z", {"time_zone": "Europe/Berlin"}) == closed("thursday", "17:00", "Europe/Berlin")
}

test_elsewhere_in_summer if {
	is_open("2026-07-02T07:00:00Z", {"time_zone": "Europe/Berlin"})
	denied("2026-07-02T15:00:00Z", {"time_zone": "Europe/Berlin"}) == closed("thursday", "17:00", "Europe/Berlin")
}

freezes := {"freezes": [{"name": "sale", "from": "2026-03-05", "to": "2026-03-06"}]}

frozen := {["freeze sale", "nothing is changed from 2026-03-05 to 2026-03-06: sale"]}

test_frozen[at] if {
	some at in ["2026-03-05T09:00:00Z", "2026-03-06T14:59:59Z"]
	denied(at, freezes) == frozen
}

test_not_frozen[at] if {
	some at in ["2026-03-02T12:00:00Z", "2026-03-09T12:00:00Z"]
	is_open(at, freezes)
}

test_a_freeze_is_where_the_windows_are if {
	# It is Friday in Tokyo, and still Thursday in Greenwich.
	all_day := {"windows": [{"days": ["friday"], "from": "00:00", "until": "24:00"}], "time_zone": "Asia/Tokyo"}
	is_open("2026-03-05T16:00:00Z", all_day)
	later := object.union(all_day, {"freezes": [{"name": "sale", "from": "2026-03-06", "to": "2026-03-06"}]})
	denied("2026-03-05T16:00:00Z", later) == {["freeze sale", "nothing is changed from 2026-03-06 to 2026-03-06: sale"]}
}

test_a_freeze_of_one_day if {
	is_open("2026-03-05T09:00:00Z", {"freezes": [{"name": "sale", "from": "2026-03-06", "to": "2026-03-06"}]})
}

test_no_period[note] if {
	some note, case in {
		"no such first day": ["2026-02-30", "2026-03-06"],
		"no such last day": ["2026-03-05", "2026-03-32"],
		"the wrong way round": ["2026-03-06", "2026-03-05"],
	}
	[first, last] := case
	given := object.union(params, {"freezes": [{"name": "sale", "from": first, "to": last}]})
	change_window.missing == {$"the freeze sale is not from one day to a later one: {first} to {last}"} with input as {"time": "2026-03-05T09:00:00Z"}
		with data.params["change-window"] as given
}

test_everything_that_was_asked_counts if {
	change_window.applicable == 2 with data.params["change-window"] as params
	change_window.applicable == 3 with data.params["change-window"] as object.union(params, freezes)
}
