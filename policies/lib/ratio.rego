# METADATA
# title: Ratios
# description: Integer arithmetic on counters, so that no rounding decides a gate.
package lib.ratio

# METADATA
# title: below
# description: True when `covered` of `total` is less than `minimum` percent; exactly the minimum is enough.
below(covered, total, minimum) if 100 * covered < minimum * total

# METADATA
# title: at_most
# description: True when `covered` of `total` is `limit` percent or less; exactly the limit is not beyond it.
at_most(covered, total, limit) if 100 * covered <= limit * total

# METADATA
# title: percent
# description: The percentage to show, cut (never rounded up) after one decimal.
percent(covered, total) := floor((1000 * covered) / total) / 10 if total > 0

# METADATA
# title: shown
# description: A figure to show, cut (never rounded up) after three decimals.
shown(value) := floor(1000 * value) / 1000
