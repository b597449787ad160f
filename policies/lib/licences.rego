# METADATA
# title: Licences
# description: >-
#   Which licences may be used, by SPDX identifiers. An expression comes as the choice that it leaves: a list of alternatives,
#   each a list of identifiers in the spelling of the SPDX list that apply together, such as `[["MIT"], ["GPL-2.0-only WITH Classpath-exception-2.0"]]`.
package lib.licences

# METADATA
# title: verdict
# description: >-
#   What is to be said of an expression, by the best of its alternatives: `usable`, `restricted` (one of the identifiers is
#   restricted), `unlisted` (there is a list of allowed ones, and one of the identifiers is not on it) or `unknown` (a
#   `LicenseRef-…`, whose text only the file has, and nobody listed it). `rules` has the lists `restricted`, `allowed` and
#   `exceptions`.
# scope: document
verdict(alternatives, rules) := "usable" if {
	some alternative in alternatives
	every identifier in alternative {
		judged(identifier, rules) == "usable"
	}
} else := "unknown" if {
	some alternative in alternatives
	every identifier in alternative {
		judged(identifier, rules) in {"usable", "unknown"}
	}
} else := "unlisted" if {
	some alternative in alternatives
	every identifier in alternative {
		judged(identifier, rules) != "restricted"
	}
} else := "restricted"

# METADATA
# title: judged
# description: What is to be said of one identifier, with its exception where it has one.
# scope: document
judged(identifier, rules) := "restricted" if {
	restricted(identifier, rules)
} else := "usable" if {
	listed(identifier, rules.allowed)
} else := "unlisted" if {
	count(rules.allowed) > 0
} else := "unknown" if {
	contains(identifier, "LicenseRef-")
} else := "usable"

# A pattern with an exception is about that combination alone, and counts whatever the exception permits.
restricted(identifier, rules) if {
	some pattern in rules.restricted
	contains(lower(pattern), " with ")
	fits(identifier, pattern)
}

restricted(identifier, rules) if {
	not excepted(identifier, rules.exceptions)
	listed(licence_of(identifier), rules.restricted)
}

excepted(identifier, exceptions) if {
	[_, exception] := split(identifier, " WITH ")
	some pattern in exceptions
	fits(exception, pattern)
}

# An exception only permits more than its licence does, so an identifier is what its licence is.
listed(identifier, patterns) if {
	some name in {identifier, licence_of(identifier)}
	some pattern in patterns
	some same in synonyms(name)
	fits(same, pattern)
}

licence_of(identifier) := split(identifier, " WITH ")[0]

# `X+` is `X` or any later one; the GNU licences have names of their own for it since version 3 of the list.
synonyms(name) := ({name} | later(name)) | only(name)

later(name) := {trim_suffix(name, "+"), $"{trim_suffix(name, "+")}-or-later"} if endswith(name, "+")

else := set()

only(name) := {$"{name}-only"} if regex.match(`^(?:[AL]?GPL|GFDL)-[0-9.]+$`, name)

else := set()

# METADATA
# title: fits
# description: Whether a pattern means a name, in upper or lower case. A `*` at its end stands for any ending.
# scope: document
fits(name, pattern) if lower(name) == lower(pattern)

fits(name, pattern) if {
	endswith(pattern, "*")
	startswith(lower(name), lower(trim_suffix(pattern, "*")))
}
