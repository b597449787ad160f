# METADATA
# title: Coverage
# description: >-
#   What gates on coverage say of one counter. They take the counters one by one, so that the compiler proves in the gate that
#   coverage has them.
package lib.coverage

import data.lib.paths as file_paths
import data.lib.ratio

# What is counted, as a sentence names it, one and many.
names := {
	"lines": {"one": "line", "many": "lines"},
	"branches": {"one": "branch", "many": "branches"},
	"functions": {"one": "function", "many": "functions"},
	"statements": {"one": "statement", "many": "statements"},
}

# METADATA
# title: shortfall
# description: >-
#   The violation of a counter (`covered`, `total`) below `minimum` percent, undefined where it is not. `what` is lines,
#   branches, functions or statements, and its key.
shortfall(what, counts, minimum) := {
	"key": what,
	"severity": "medium",
	"msg": $"{names[what].one} coverage is {ratio.percent(counts.covered, counts.total)} % ({counts.covered} of {counts.total}), {minimum} % required",
	"measured": measured(counts, minimum),
} if {
	ratio.below(counts.covered, counts.total, minimum)
}

# METADATA
# title: changed_shortfall
# description: >-
#   The violation of one file that has lines which a change touches and no test runs, where of all such lines (`counts`) less
#   than `minimum` percent are run. `missed` are those of the file, such as 6-7.
changed_shortfall(missed, counts, minimum) := {
	"key": "changed-lines",
	"severity": "medium",
	"msg": $"lines {missed} are changed and not covered; {ratio.percent(counts.covered, counts.total)} % of the changed lines are ({counts.covered} of {counts.total}), {minimum} % required",
	"measured": measured(counts, minimum),
} if {
	ratio.below(counts.covered, counts.total, minimum)
}

# METADATA
# title: uncounted
# description: Why a file without a counter cannot show `minimum` percent of it; undefined where nothing is asked.
uncounted(path, what, minimum) := $"{path} has no {names[what].one} counts, and {minimum} % of {names[what].many} are required" if {
	minimum > 0
}

# METADATA
# title: unknown_change
# description: Why coverage of which no changed lines are known cannot show `minimum` percent of them; undefined where nothing is asked.
unknown_change(path, minimum) := $"it is not known which lines of {path} were changed, and {minimum} % of them are required" if {
	minimum > 0
}

# METADATA
# title: unmeasured
# description: >-
#   Why a file that measures none of some files of the change (their `paths`) cannot show `minimum` percent of the changed
#   lines; undefined where nothing is asked or where it measures all. `exempt` are patterns of files that need no coverage.
unmeasured(path, paths, exempt, minimum) := $"{path} says nothing of {concat(", ", asked)}, and {minimum} % of the changed lines are required" if {
	minimum > 0
	asked := sort({one | some one in paths; not file_paths.matches(one, exempt)})
	count(asked) > 0
}

# Not cut as the message is, so that what is let through cannot get worse below a decimal.
measured(counts, minimum) := {"value": (100 * counts.covered) / counts.total, "limit": minimum, "better": "higher"}
