package lib.times_test

import data.lib.times

now := "2026-03-04T12:00:00Z"

test_instant[note] if {
	some note, case in {
		"the first": ["1970-01-01T00:00:00Z", 0],
		"with a fraction": ["1970-01-01T00:00:00.5Z", 500000000],
		"with nanoseconds": ["1970-01-01T00:00:00.000000001Z", 1],
		"ahead of UTC": ["1970-01-01T01:00:00+01:00", 0],
		"behind UTC": ["1970-01-01T00:00:00-00:01", 60000000000],
		"the last day of a month of 31": ["1970-01-31T00:00:00Z", 2592000000000000],
		"the last day of a month of 30": ["1970-04-30T00:00:00Z", 10281600000000000],
		"the last day of February": ["1970-02-28T00:00:00Z", 5011200000000000],
		"a leap day": ["1972-02-29T00:00:00Z", 68169600000000000],
		"a leap day of a century": ["2000-02-29T00:00:00Z", 951782400000000000],
		"a leap day of a year that ends in 2": ["1992-02-29T00:00:00Z", 699321600000000000],
		"the last year": ["2199-12-31T23:59:59Z", 7258118399000000000],
	}
	[text, nanoseconds] := case
	times.instant(text) == nanoseconds
}

test_months_of_31[month] if {
	some month in ["01", "03", "05", "07", "08", "10", "12"]
	times.instant($"2026-{month}-31T00:00:00Z")
	not times.instant($"2026-{month}-32T00:00:00Z")
}

test_months_of_30[month] if {
	some month in ["04", "06", "09", "11"]
	times.instant($"2026-{month}-30T00:00:00Z")
	not times.instant($"2026-{month}-31T00:00:00Z")
}

no_instants := {
	"a day alone": "2026-01-01",
	"no offset": "2026-01-01T00:00:00",
	"a space for the T": "2026-01-01 00:00:00Z",
	"a month too many": "2026-13-01T00:00:00Z",
	"no month": "2026-00-01T00:00:00Z",
	"no day": "2026-01-00T00:00:00Z",
	"30 February": "2026-02-30T00:00:00Z",
	"no leap year": "2026-02-29T00:00:00Z",
	"a year that 4 does not divide": "2022-02-29T00:00:00Z",
	"no leap year of a century": "2100-02-29T00:00:00Z",
	"30 February of a leap year": "2024-02-30T00:00:00Z",
	"hour 24": "2026-01-01T24:00:00Z",
	"a leap second": "2016-12-31T23:59:60Z",
	"an offset of 24 hours": "2026-01-01T00:00:00+24:00",
	"ten digits of a fraction": "2026-01-01T00:00:00.0000000001Z",
	"before 1970": "1969-12-31T23:59:59Z",
	"what 64 bits cannot hold": "2300-01-01T00:00:00Z",
	"something in front": "x2026-01-01T00:00:00Z",
	"something behind": "2026-01-01T00:00:00Zx",
	"a line end behind": "2026-01-01T00:00:00Z\n",
	"nothing": "",
	"a number": 1767225600,
	"null": null,
	"a list": ["2026-01-01T00:00:00Z"],
}

test_no_instant[note] if {
	some note, text in no_instants
	not times.instant(text)
}

# These stand for built-in functions, and answer the same whatever they are asked.
# regal ignore:argument-always-wildcard
anything(_) := 0

# regal ignore:argument-always-wildcard
matches(_, _) := true

# regal ignore:argument-always-wildcard
part(_, _, _) := "01"

# Else each of these functions would fail for what is no text.
test_only_texts_are_asked[note] if {
	some note, value in {"a number": 1767225600, "null": null, "a list": ["2026-01-01T00:00:00Z"], "a truth": true}
	not times.instant(value) with regex.match as matches with substring as part with time.parse_rfc3339_ns as anything
}

# Or the function would fail, and close the gate with an error instead of an answer.
test_no_instant_is_asked_for[note] if {
	some note, text in no_instants
	not times.instant(text) with time.parse_rfc3339_ns as anything
}

test_problem[note] if {
	some note, case in {
		"exactly as old": ["2026-03-04T10:00:00Z", 2, "hours", set()],
		"a nanosecond older": ["2026-03-04T09:59:59.999999999Z", 2, "hours", {"is of 2026-03-04T09:59:59.999999999Z, more than 2 hours ago"}],
		"minutes": ["2026-03-04T11:57:59Z", 2, "minutes", {"is of 2026-03-04T11:57:59Z, more than 2 minutes ago"}],
		"exactly as many minutes": ["2026-03-04T11:58:00Z", 2, "minutes", set()],
		"days": ["2026-03-02T11:59:59Z", 2, "days", {"is of 2026-03-02T11:59:59Z, more than 2 days ago"}],
		"exactly as many days": ["2026-03-02T12:00:00Z", 2, "days", set()],
		"at the same time": [now, 1, "hours", set()],
		"as far ahead as clocks differ": ["2026-03-04T12:05:00Z", 1, "hours", set()],
		"further ahead": ["2026-03-04T12:05:00.000000001Z", 1, "hours", {"is dated 2026-03-04T12:05:00.000000001Z, which is yet to come"}],
		"no time": ["yesterday", 1, "hours", {"has no time that can be read"}],
		"no text": [null, 1, "hours", {"has no time that can be read"}],
	}
	[text, amount, unit, expected] := case
	{problem | problem := times.problem(now, text, amount, unit)} == expected
}

test_has_passed[note] if {
	some note, text in {
		"before": "2026-03-04T11:59:59Z",
		"at the moment": now,
		"no time": "never",
		"no text": null,
	}
	times.has_passed(now, text)
}

test_has_not_passed if not times.has_passed(now, "2026-03-04T12:00:00.000000001Z")

test_local[note] if {
	some note, case in {
		"UTC": ["UTC", "2026-03-04T12:00:00Z"],
		"in winter": ["Europe/Berlin", "2026-03-04T13:00:00Z"],
		"west": ["America/New_York", "2026-03-04T07:00:00Z"],
		"half an hour": ["Asia/Kolkata", "2026-03-04T17:30:00Z"],
	}
	[zone, shown] := case
	times.local(times.instant(now), zone) == times.instant(shown)
}

test_local_in_utc_keeps_fractions if times.local(500000001, "UTC") == 500000001

test_local_in_summer if {
	times.local(times.instant("2026-07-01T22:30:00Z"), "Europe/Berlin") == times.instant("2026-07-02T00:30:00Z")
}

test_shifted[note] if {
	some note, case in {
		"ahead": [90, "2026-03-04T13:30:00Z"],
		"behind": [-60, "2026-03-04T11:00:00Z"],
		"UTC": [0, now],
	}
	[minutes, shown] := case
	times.shifted(times.instant(now), minutes) == times.instant(shown)
}

test_weekday[name] if {
	some date, name in ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
	times.weekday(times.instant($"2026-03-0{date + 1}T00:00:00Z")) == name
	times.weekday(times.instant($"2026-03-0{date + 1}T23:59:59Z")) == name
}

test_hours if times.hours(times.instant("2026-03-04T14:30:00Z")) == 14.5

test_clock[shown] if {
	some shown in ["00:00", "00:59", "09:05", "12:00", "23:59"]
	times.clock(times.instant($"2026-03-04T{shown}:59Z")) == shown
}

window := {"days": ["wednesday", "thursday"], "from": "09:00", "until": "17:00"}

test_inside[note] if {
	some note, text in {
		"the first minute": "2026-03-04T09:00:00Z",
		"the last second": "2026-03-04T16:59:59Z",
		"another day": "2026-03-05T12:00:00Z",
	}
	times.is_inside(times.instant(text), window)
}

test_outside[note] if {
	some note, text in {
		"too early": "2026-03-04T08:59:59Z",
		"at the end": "2026-03-04T17:00:00Z",
		"on another day": "2026-03-03T12:00:00Z",
	}
	not times.is_inside(times.instant(text), window)
}

test_a_window_to_the_end_of_the_day if {
	times.is_inside(times.instant("2026-03-04T23:59:59Z"), object.union(window, {"until": "24:00"}))
}

test_starts if times.starts("2026-03-04") == times.instant("2026-03-04T00:00:00Z")

test_no_date_starts[date] if {
	some date in ["2026-02-30", "tomorrow", "", "2026-3-4"]
	not times.starts(date)
}

test_between[note] if {
	some note, text in {
		"the first moment": "2026-03-03T00:00:00Z",
		"the last moment": "2026-03-05T23:59:59Z",
	}
	times.is_between(times.instant(text), "2026-03-03", "2026-03-05")
}

test_not_between[note] if {
	some note, text in {
		"the day before": "2026-03-02T23:59:59Z",
		"the day after": "2026-03-06T00:00:00Z",
	}
	not times.is_between(times.instant(text), "2026-03-03", "2026-03-05")
}

test_one_day if times.is_between(times.instant(now), "2026-03-04", "2026-03-04")

test_nothing_is_between_what_is_no_date if not times.is_between(times.instant(now), "2026-02-30", "2026-12-31")
