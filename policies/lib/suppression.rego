# METADATA
# title: Suppressions
# description: >-
#   Whether a finding's suppression counts. Library functions take values, never documents: the type checker proves the
#   fields that a gate reads only where the gate itself reads them.
package lib.suppression

# METADATA
# title: counts
# description: >-
#   True when a suppressed finding may stay out of the result. `mode` is `accept` (every accepted suppression counts),
#   `justified` (only those with a written reason) or `refuse` (none).
# scope: document
counts(true, _, "accept")

counts(true, suppressions, "justified") if {
	every suppression in suppressions {
		trim_space(object.get(suppression, "justification", "")) != ""
	}
}

# METADATA
# title: excused
# description: >-
#   As `counts`, with VEX statements apart from all other suppressions: where `vex` is `accept`, one is enough; the others
#   count as `mode` says. So one of the two can be accepted and the other refused.
# scope: document
excused(true, suppressions, _, "accept") if {
	some suppression in suppressions
	suppression.kind == "vex"
}

excused(true, suppressions, mode, _) if {
	others := [suppression | some suppression in suppressions; suppression.kind != "vex"]
	count(others) > 0
	counts(true, others, mode)
}
