# METADATA
# title: Package URLs
# description: >-
#   Package URLs (https://github.com/package-url/purl-spec) read, and held against patterns. Everything is undefined for what is
#   no package URL, so a caller that has to know asks whether `parse` is defined.
package lib.purl

import data.lib.expressions
import data.lib.percent

# A bare `@` before a namespace is no version: many tools write npm's scopes so.
expression := `^(?i:pkg):/*([A-Za-z][A-Za-z0-9.+-]*|\*)/+((?:@?[^@?#/]*/)*)([^@?#/]+)(?:@([^?#]*))?(?:\?([^#]*))?(?:#(.*))?$`

# The registries of these types take upper and lower case for the same.
caseless := {
	"alpm", "apk", "bitbucket", "bitnami", "composer", "deb", "docker", "github", "githubactions",
	"golang", "hex", "npm", "nuget", "oci", "pub", "pypi", "qpkg",
}

# METADATA
# title: parse
# description: >-
#   `type`, `namespace`, `name`, `path` (namespace and name), `version`, `qualifiers` and `subpath`, decoded and in the case that
#   the type compares in; what is not there is empty.
parse(text) := {
	"type": type,
	"namespace": concat("/", namespace),
	"name": name,
	"path": concat("/", array.concat(namespace, [name])),
	"version": percent.decoded(parts[4]),
	"qualifiers": {pair.key: pair.value | some pair in pairs},
	"subpath": concat("/", [segment | some segment in subpath; not segment in {".", ".."}]),
} if {
	parts := expressions.groups(expression, trim_space(text))
	type := lower(parts[1])
	above := segments(parts[2])
	namespace := [folded(type, segment) | some segment in above]
	name := named(type, folded(type, percent.decoded(parts[3])))

	# Of a qualifier that is there twice nobody knows which one counts.
	stated := qualifiers(parts[5])
	pairs := {pair | some pair in stated}
	count({pair.key | some pair in pairs}) == count(pairs)
	subpath := segments(parts[6])
}

segments(text) := decoded if {
	encoded := [segment | some segment in split(text, "/"); segment != ""]
	decoded := [percent.decoded(segment) | some segment in encoded]
	count(decoded) == count(encoded)
}

qualifiers(text) := read if {
	stated := [pair | some pair in split(text, "&"); pair != ""]
	read := [{"key": lower(key), "value": value} |
		some pair in stated
		[_, key, encoded] := expressions.groups(`^([A-Za-z][A-Za-z0-9._-]*)=(.*)$`, pair)
		value := percent.decoded(encoded)
	]
	count(read) == count(stated)
}

folded(type, text) := lower(text) if type in caseless

folded(type, text) := text if not type in caseless

# PEP 503: runs of these are one and the same.
named(type, name) := name if type != "pypi"

named("pypi", name) := concat("-", [part |
	some part in split(replace(replace(name, "_", "-"), ".", "-"), "-")
	part != ""
])

# METADATA
# title: pattern
# description: >-
#   A pattern for `covers`: a package URL in whose namespace and name `*` stands for any text but `/`, and `**` for any text, such
#   as `pkg:npm/@acme/*` or `pkg:golang/github.com/acme/**`; `pkg:*/**` means every package. In its version `*` stands for any text.
pattern(text) := object.union(read, {"path_glob": literal(read.path), "version_glob": literal(read.version)}) if {
	read := parse(text)
}

# Only `*` has a meaning of its own.
literal(text) := regex.replace(text, `[\\?\[\]{}!]`, `\$0`)

# METADATA
# title: covers
# description: >-
#   Whether a pattern, as `pattern` reads it, means a package, as `parse` reads it. The version, each qualifier and the subpath of
#   the pattern, where it has them, have to be those of the package.
covers(wanted, found) if {
	wanted.type in {"*", found.type}
	is_path(wanted, found.path)
	is_version(wanted, found.version)
	every key, value in wanted.qualifiers {
		found.qualifiers[key] == value
	}
	wanted.subpath in {"", found.subpath}
}

is_path(wanted, path) if wanted.path == path

is_path(wanted, path) if {
	# mutate: ignore ConditionalExpression, StringLiteral - most patterns are names, and comparing takes less than matching
	contains(wanted.path, "*")
	glob.match(wanted.path_glob, ["/"], path)
}

is_version(wanted, _) if wanted.version == ""

is_version(wanted, version) if glob.match(wanted.version_glob, null, version)

# METADATA
# title: matches
# description: Whether one of the patterns means the package URL, all of them as texts.
matches(text, patterns) if {
	some one in patterns
	covers(pattern(one), parse(text))
}
