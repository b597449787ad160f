# METADATA
# title: Versions
# description: >-
#   Versions compared in the order of their ecosystem, and ranges of them in the notation `vers`
#   (https://www.packageurl.org/docs/vers). Nothing here fails: what cannot be read is undefined, and neither in a range nor out of it.
package lib.versions

import data.lib.expressions
import data.lib.percent

# By the type of a package URL or of a range, the way in which its versions are ordered. Of other types versions are the same
# where their text is the same, and nothing more is known.
schemes := {
	"cargo": "semver",
	"gem": "gem",
	"golang": "semver",
	"hex": "semver",
	"maven": "maven",
	"npm": "semver",
	"nuget": "nuget",
	"pub": "semver",
	"pypi": "pypi",
	"semver": "semver",
	"swift": "semver",
}

# What a version looks like, in lower case but for `semver` and `gem`.
shapes := {
	"semver": `^v?([0-9]+(?:\.[0-9]+){0,2})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$`,
	"nuget": `^([0-9]+(?:\.[0-9]+){0,3})(?:-([0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z.-]+)?$`,
	"gem": `^([0-9]+(?:\.[0-9]+)*)(?:\.?([A-Za-z]+)\.?([0-9]*))?$`,
	"maven": `^([0-9]+(?:\.[0-9]+)*)(?:[-.]?([a-z]+)[-.]?([0-9]*))?$`,
	"pypi": concat("", [
		`^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)`,
		`(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?([0-9]*))?`,
		`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?`,
		`(?:[-_.]?(dev)[-_.]?([0-9]*))?`,
		`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`,
	]),
}

# METADATA
# title: key
# description: >-
#   A value by which versions of one type sort: of two versions the later one has the greater key, and equal versions have equal
#   keys. Undefined for a version that is none of its type, and for types whose order is not known.
key(type, version) := order_of(schemes[type], version)

# SemVer 2.0.0, section 11; a missing number is 0.
order_of("semver", version) := [dotted(release), pre_release(identifiers)] if {
	[_, release, identifiers] := expressions.groups(shapes.semver, version)
}

# The same with four numbers, in any case.
order_of("nuget", version) := [dotted(release), pre_release(identifiers)] if {
	[_, release, identifiers] := expressions.groups(shapes.nuget, lower(version))
}

# A version with letters comes before the one without.
order_of("gem", version) := [dotted(release), ranked(word == "", [word, natural(ordinal)])] if {
	[_, release, word, ordinal] := expressions.groups(shapes.gem, version)
}

# ComparableVersion of Maven, for versions with one qualifier at most.
order_of("maven", version) := [dotted(release), rank, natural(ordinal)] if {
	[_, release, word, ordinal] := expressions.groups(shapes.maven, lower(version))
	rank := object.get(maven_qualifiers, spelt_out(word, ordinal), [7, word])
}

# PEP 440.
order_of("pypi", version) := [
	natural(parts[1]),
	dotted(parts[2]),
	pypi_pre_release(parts[3], parts[4], after, parts[8]),
	ranked(after != "", natural(concat("", [parts[5], parts[7]]))),
	ranked(parts[8] == "", natural(parts[9])),
	[pypi_local(part) | some part in split(replace(replace(parts[10], "-", "."), "_", "."), "."); part != ""],
] if {
	parts := expressions.groups(shapes.pypi, lower(trim_space(version)))
	after := concat("", [parts[5], parts[6]])
}

# Numbers of any length, by how many digits they have and then by these.
natural(text) := [count(digits), digits] if digits := trim_left(text, "0")

# Zeros at the end make no difference: without them nothing but dots is left there.
dotted(text) := [natural(part) | some part in split(trim_right(significant, "."), ".")] if {
	significant := concat(".", [trim_left(part, "0") | some part in split(text, ".")])
}

# A fact first, and then what tells apart those that have it in common.
ranked(fact, rest) := [fact, rest]

pre_release(text) := ranked(text == "", [identifier(part) | some part in split(text, ".")])

identifier(text) := [0, natural(text)] if regex.match(`^[0-9]+$`, text)

identifier(text) := [1, text] if not regex.match(`^[0-9]+$`, text)

maven_qualifiers := {
	"alpha": [0],
	"beta": [1],
	"milestone": [2],
	"rc": [3],
	"cr": [3],
	"snapshot": [4],
	"": [5],
	"final": [5],
	"ga": [5],
	"release": [5],
	"sp": [6],
}

# One letter before a number is short for a word.
spelt_out(word, ordinal) := object.get({"a": "alpha", "b": "beta", "m": "milestone"}, word, word) if ordinal != ""

spelt_out(word, "") := word

pypi_words := {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}

pypi_pre_release(word, ordinal, _, _) := [1, pypi_words[word], natural(ordinal)]

# A development release of the version itself comes before its pre-releases.
pypi_pre_release("", _, "", "dev") := [0]

pypi_pre_release("", _, "", "") := [2]

pypi_pre_release("", _, after, _) := [2] if after != ""

pypi_local(text) := [1, natural(text)] if regex.match(`^[0-9]+$`, text)

pypi_local(text) := [0, text] if not regex.match(`^[0-9]+$`, text)

# METADATA
# title: compare
# description: -1, 0 or 1 as the first version is earlier than, equal to or later than the second; undefined where one has no key.
compare(type, a, b) := order_of_keys(key(type, a), key(type, b))

order_of_keys(a, b) := -1 if a < b

order_of_keys(a, b) := 0 if a == b

order_of_keys(a, b) := 1 if a > b

# METADATA
# title: range
# description: >-
#   A range such as `vers:npm/>=1.0.0|<2.0.0`: its `type`, whether it means `any` version, and its `constraints`, each with `position`
#   and `comparator`, in the order of their versions. Undefined for what is no range: two constraints on one version, two
#   lower or two upper bounds without the other between them, or a bound on a version without a key.
# scope: document
range(text) := {"type": type, "any": false, "constraints": constraints} if {
	[_, type, stated] := expressions.groups(`^vers:([a-z][a-z0-9.-]*)/([!-~]+)$`, text)
	parts := split(stated, "|")
	sorted := sort([constraint | some part in parts; constraint := constraint_of(type, part)])
	count(sorted) == count(parts)
	count({position | some [position, _] in sorted}) == count(parts)
	constraints := [{"position": position, "comparator": comparator} | some [position, comparator] in sorted]
	not follow_each_other([substring(comparator, 0, 1) | some [_, comparator] in sorted; comparator in bounds])
}

range(text) := {"type": type, "any": true, "constraints": []} if {
	[_, type] := expressions.groups(`^vers:([a-z][a-z0-9.-]*)/\*$`, text)
}

bounds := {"<", "<=", ">", ">="}

# First what it is sorted by.
constraint_of(type, text) := [place, comparator] if {
	[_, comparator, encoded] := expressions.groups(`^(>=|<=|!=|>|<|)([^<>=!*]+)$`, text)
	place := position(type, percent.decoded(encoded))
	not is_lost(place, comparator)
}

# The key of a version, or its text where it has none.
position(type, version) := array.concat([found | found := key(type, version)], [["text", version]])[0]

is_lost(["text", _], comparator) if comparator in bounds

follow_each_other(sides) if {
	some index, one in sides
	sides[index + 1] == one
}

# METADATA
# title: membership
# description: >-
#   Whether a version is `in` a range or `out` of it, both as texts; `unknown` where one of them cannot be read. Whoever asks has to
#   say what becomes of the unknown: a list of what is denied has to take it for denied, and one of what is allowed must not.
membership(version, text) := array.concat([answer | answer := place_in(range(text), version)], ["unknown"])[0]

# METADATA
# title: place_in
# description: As `membership`, of a range as `range` reads it.
# scope: document
place_in(limits, _) := "in" if limits.any

place_in(limits, version) := settled(equal_to, here, limits.constraints) if {
	not limits.any
	here := position(limits.type, version)
	equal_to := [one.comparator | some one in limits.constraints; one.position == here]
}

settled([comparator], _, _) := {true: "in", false: "out"}[comparator in {"", "<=", ">="}]

settled([], ["text", _], _) := "unknown"

settled([], here, constraints) := "in" if {
	here[0] != "text"
	inside(here, constraints)
}

settled([], here, constraints) := "out" if {
	here[0] != "text"
	not inside(here, constraints)
}

# The last bound before it is a lower one.
inside(here, constraints) if {
	before := [one.comparator | some one in constraints; one.comparator in bounds; one.position < here]
	startswith(before[count(before) - 1], ">")
}

# The first bound of all comes after it, and is an upper one.
inside(here, constraints) if {
	first := [one | some one in constraints; one.comparator in bounds][0]
	first.position > here
	startswith(first.comparator, "<")
}

# Nothing is stated but what is left out.
inside(_, constraints) if {
	every one in constraints {
		one.comparator == "!="
	}
}
