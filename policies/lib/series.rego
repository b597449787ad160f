# METADATA
# title: Series
# description: Series of samples as a monitoring system measured them.
package lib.series

# METADATA
# title: is_named
# description: >-
#   Whether a series (with its `name` and `labels`) is meant by a name: its metric is called so, or its label `series`, which a
#   query can set.
# scope: document
is_named(series, name) if series.name == name

is_named(series, name) if {"name": "series", "value": name} in series.labels

# METADATA
# title: percentile
# description: >-
#   The value of a list of numbers that so many percent of them are not above, by the nearest rank: it is one of them. 100 is
#   the highest. Undefined for an empty list.
percentile(values, percent) := sort(values)[ceil((percent * count(values)) / 100) - 1]
