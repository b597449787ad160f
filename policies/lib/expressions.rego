# METADATA
# title: Regular expressions
# description: What a text is made of.
package lib.expressions

# METADATA
# title: groups
# description: >-
#   The text and the groups of an expression that is for the whole text, from `^` to `$`; undefined where it does not match. A
#   group that is not there is empty.
groups(expression, text) := found if {
	# mutate: ignore NumberLiteral - the whole text is matched once at most
	some found in regex.find_all_string_submatch_n(expression, text, 1)
}
