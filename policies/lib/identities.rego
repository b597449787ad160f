# METADATA
# title: Identities
# description: Which signers, builders and other named parties a list of patterns means.
package lib.identities

# METADATA
# title: matches
# description: >-
#   Whether one of the patterns means the value. A pattern is compared with the whole value, upper and lower case told apart,
#   for a branch `Main` is not the branch `main`. `*` stands for any text but `/`, `**` for any text, and everything else for
#   itself: `https://github.com/acme/**` means nothing of `https://github.com/acme-evil`.
matches(value, patterns) if {
	some pattern in patterns
	glob.match(literal(pattern), ["/"], value)
}

# Only `*` has a meaning of its own.
literal(pattern) := strings.replace_n({`\`: `\\`, "?": `\?`, "[": `\[`, "]": `\]`, "{": `\{`, "}": `\}`}, pattern)

# METADATA
# title: anybody
# description: Whether the patterns mean everybody, those too who have no name.
anybody(patterns) if "**" in patterns

# METADATA
# title: person
# description: >-
#   Whether one of the patterns means the person, such as `zoe@example.com` or `Zoe <zoe@example.com> (zoe)`: the text as
#   it is, or the address at its end. A name is whatever its owner likes, so an address inside of it is none.
# scope: document
person(name, patterns) if matches(name, patterns)

person(name, patterns) if matches(address(name), patterns)

# METADATA
# title: address
# description: The address at the end of `Zoe <zoe@example.com> (zoe)`; undefined where there is none.
address(name) := found if {
	[[_, found]] := regex.find_all_string_submatch_n(`<([^<>]*)>(?: \([^()]*\))?$`, name, count(name))
}
