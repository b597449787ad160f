# METADATA
# title: Times
# description: >-
#   Instants, ages and hours of the day. Whatever comes out of a file may be no time at all: a function that cannot read it is
#   undefined, and never an error. It is not called `time`, for that would hide OPA's functions from whoever imports it.
package lib.times

# In nanoseconds.
minute := 60000000000

hour := 3600000000000

day := 86400000000000

# How far the clocks of two machines may differ.
skew := 300000000000

lengths := {"minutes": minute, "hours": hour, "days": day}

# METADATA
# title: instant
# description: >-
#   Nanoseconds since 1970 of an RFC 3339 time of the years 1970 to 2199, with an offset; undefined for anything else, such as
#   30 February or a leap second. OPA's own function fails there, and a function that fails closes a gate with an error.
instant(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	regex.match(rfc3339, text)
	substring(text, 8, 2) <= last_date(substring(text, 5, 2), substring(text, 0, 4))
}

rfc3339 := `^(19[7-9]\d|2[01]\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`

last_date(month, _) := "30" if month in {"04", "06", "09", "11"}

last_date(month, _) := "31" if month in {"01", "03", "05", "07", "08", "10", "12"}

last_date("02", year) := "29" if is_leap(year)

last_date("02", year) := "28" if not is_leap(year)

# Of the years that an instant can have, 2100 is the only one that 4 divides and that is none.
is_leap(year) if {
	regex.match(`([02468][048]|[13579][26])$`, year)
	year != "2100"
}

# METADATA
# title: problem
# description: >-
#   Why a time is not of the last `amount` minutes, hours or days (`unit`), in words that follow what it is the time of; undefined where it is.
#   Exactly as long ago is recent enough. A time that is yet to come is not, beyond what clocks may differ: nothing that did
#   not happen yet shows anything.
# scope: document
problem(_, text, _, _) := "has no time that can be read" if not instant(text)

problem(now, text, _, _) := $"is dated {text}, which is yet to come" if instant(text) - instant(now) > skew

problem(now, text, amount, unit) := $"is of {text}, more than {amount} {unit} ago" if {
	instant(now) - instant(text) > amount * lengths[unit]
}

# METADATA
# title: has_passed
# description: Whether a time has come; one that cannot be read has.
# scope: document
has_passed(now, text) if instant(now) >= instant(text)

has_passed(_, text) if not instant(text)

# METADATA
# title: local
# description: >-
#   What clocks show at an instant, as the nanoseconds of the same time in UTC. `zone` is `UTC` or a name of the IANA database; only
#   other zones than UTC ask OPA, which has to be loaded for it.
# scope: document
local(nanoseconds, "UTC") := nanoseconds

local(nanoseconds, zone) := instant(time.format([nanoseconds, zone, "2006-01-02T15:04:05Z"])) if zone != "UTC"

# METADATA
# title: shifted
# description: What clocks show that are so many minutes ahead of UTC, in nanoseconds.
shifted(nanoseconds, minutes) := nanoseconds + (minutes * minute)

weekdays := ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

# METADATA
# title: weekday
# description: The day of the week, in English and lower case. The first day of 1970 was a Thursday.
weekday(nanoseconds) := weekdays[(floor(nanoseconds / day) + 4) % 7]

# METADATA
# title: hours
# description: The hour of the day with its fraction, from 0 to less than 24.
hours(nanoseconds) := (nanoseconds % day) / hour

# METADATA
# title: clock
# description: The time of the day, such as `09:05`; texts of this form compare as times do.
clock(nanoseconds) := sprintf("%02d:%02d", [floor(hours(nanoseconds)), floor((nanoseconds % hour) / minute)])

# METADATA
# title: is_inside
# description: Whether a time of clocks is in a weekly window, with its `days`, `from` and `until`; `until` is outside.
is_inside(nanoseconds, window) if {
	weekday(nanoseconds) in window.days
	clock(nanoseconds) >= window.from
	clock(nanoseconds) < window.until
}

# METADATA
# title: starts
# description: The nanoseconds at which a date begins, on clocks of UTC; undefined where there is no such date.
starts(date) := instant($"{date}T00:00:00Z")

# METADATA
# title: is_between
# description: Whether a time of clocks is on one of the dates from `first` to `last`, both of them included.
is_between(nanoseconds, first, last) if {
	nanoseconds >= starts(first)
	nanoseconds < starts(last) + day
}
