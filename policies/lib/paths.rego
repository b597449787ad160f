# METADATA
# title: Paths
# description: Which files a list of patterns means.
package lib.paths

# METADATA
# title: matches
# description: >-
#   Whether one of the patterns means the path, in upper or lower case. `*` stands for any text but `/`, `**` for any text. A
#   pattern without `/` is that of a file name in any folder; `**/` at the start stands for no folder as well, and `/` at the
#   start for the top.
matches(path, patterns) if {
	some pattern in patterns
	glob.match(lower(anchored(pattern)), ["/"], lower($"/{path}"))
}

anchored(pattern) := pattern if startswith(pattern, "**/")

anchored(pattern) := pattern if startswith(pattern, "/")

anchored(pattern) := $"**/{pattern}" if not contains(pattern, "/")

anchored(pattern) := $"/{pattern}" if {
	contains(pattern, "/")
	not startswith(pattern, "**/")
	not startswith(pattern, "/")
}
