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
	rank := rank_of(spelt_out(word, ordinal))
}

# PEP 440.
order_of("pypi", version) := [
	natural(parts[1]),
	dotted(parts[2]),
	pypi_pre_release(parts[3], parts[4], after, parts[8]),
	ranked(after != "", natural(concat("", [parts[5], parts[7]]))),
	ranked(parts[8] == "", natural(parts[9])),
	[pypi_local(part) | some part in split(replace(replace(parts[10], "-", "."), "_", "."), ".")],
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

# Numbers come before texts, as lists come before objects.
identifier(text) := natural(text) if regex.match(`^[0-9]+$`, text)

identifier(text) := {"text": text} if not regex.match(`^[0-9]+$`, text)

maven_qualifiers := ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"]

# A qualifier that Maven does not know comes after those that it knows, as texts come after numbers.
rank_of(word) := index if {
	some index, known in maven_qualifiers
	known == word
}

rank_of(word) := word if not word in maven_qualifiers

# One letter before a number is short for a word.
spelt_out(word, "") := object.get({"cr": "rc", "final": "", "ga": "", "release": ""}, word, word)

spelt_out(word, ordinal) := object.get({"a": "alpha", "b": "beta", "cr": "rc", "m": "milestone"}, word, word) if ordinal != ""

pypi_words := {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}

pypi_pre_release(word, ordinal, _, _) := [object.get(pypi_words, word, word), natural(ordinal)] if word != ""

# A development release of the version itself comes before its pre-releases, which come before all others: `null`, lists, objects.
pypi_pre_release("", _, "", "dev") := null

pypi_pre_release("", _, "", "") := {}

pypi_pre_release("", _, after, _) := {} if after != ""

# Texts come before numbers, which are lists.
pypi_local(text) := natural(text) if regex.match(`^[0-9]+$`, text)

pypi_local(text) := text if not regex.match(`^[0-9]+$`, text)

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
	count({position | some [position, _] in sorted}) == count(parts)
	constraints := [{"position": position, "comparator": comparator} | some [position, comparator] in sorted]
	sides := concat("", [substring(comparator, 0, 1) | some [_, comparator] in sorted; comparator in bounds])
	not contains(sides, "<<")
	not contains(sides, ">>")
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
	# mutate: ignore EqualityOperator - none is equal to it: that was settled before
	before := [one.comparator | some one in constraints; one.comparator in bounds; one.position < here]
	startswith(before[count(before) - 1], ">")
}

# The first bound of all comes after it, and is an upper one.
inside(here, constraints) if {
	first := [one | some one in constraints; one.comparator in bounds][0]

	# mutate: ignore EqualityOperator - none is equal to it: that was settled before
	first.position > here
	startswith(first.comparator, "<")
}

# Nothing is stated but what is left out.
inside(_, constraints) if {
	every one in constraints {
		one.comparator == "!="
	}
}
