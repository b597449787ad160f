package lib.purl_test

import data.lib.purl

plain := {"type": "npm", "namespace": "", "name": "", "path": "", "version": "", "qualifiers": {}, "subpath": ""}

test_names[note] if {
	some note, case in {
		"a scope in one segment": ["pkg:npm/%40acme%2Ffoo", {"name": "@acme/foo", "path": "@acme/foo"}],
		"a letter that is encoded": ["pkg:npm/%6Codash", {"name": "lodash", "path": "lodash"}],
		"upper case of npm": ["pkg:npm/@Acme/Lodash", {"namespace": "@acme", "name": "lodash", "path": "@acme/lodash"}],
		"upper case of the scheme": ["PKG:npm/a", {"name": "a", "path": "a"}],
		"upper case of the type": ["pkg:NPM/A", {"name": "a", "path": "a"}],
		"slashes after the scheme": ["pkg://npm/a", {"name": "a", "path": "a"}],
		"empty segments": ["pkg:npm//@acme//foo", {"namespace": "@acme", "name": "foo", "path": "@acme/foo"}],
		"white space around it": [" pkg:npm/a\n", {"name": "a", "path": "a"}],
	}
	[text, parts] := case
	purl.parse(text) == object.union(plain, parts)
}

test_versions_qualifiers_and_subpaths[note] if {
	some note, case in {
		"npm": ["pkg:npm/lodash@4.17.21", {"name": "lodash", "path": "lodash", "version": "4.17.21"}],
		"a scope": ["pkg:npm/%40acme/foo@1.0.0", {"namespace": "@acme", "name": "foo", "path": "@acme/foo", "version": "1.0.0"}],
		"a bare scope": ["pkg:npm/@acme/foo@1.0.0", {"namespace": "@acme", "name": "foo", "path": "@acme/foo", "version": "1.0.0"}],
		"a bare scope without a version": ["pkg:npm/@acme/foo", {"namespace": "@acme", "name": "foo", "path": "@acme/foo"}],
		"an empty version": ["pkg:npm/a@", {"name": "a", "path": "a"}],
		"an encoded version": ["pkg:npm/a@1.0%2Bb", {"name": "a", "path": "a", "version": "1.0+b"}],
		"a version in upper case": ["pkg:npm/a@1.0-RC1", {"name": "a", "path": "a", "version": "1.0-RC1"}],
		"a subpath": ["pkg:npm/a#/lib//./../%66oo", {"name": "a", "path": "a", "subpath": "lib/foo"}],
		"qualifiers": [
			"pkg:npm/a?VCS_URL=git%2Bhttps://x.example/a%26b&empty=&",
			{"name": "a", "path": "a", "qualifiers": {"vcs_url": "git+https://x.example/a&b", "empty": ""}},
		],
		"a qualifier with equals signs": ["pkg:npm/a?checksum=x=y", {"name": "a", "path": "a", "qualifiers": {"checksum": "x=y"}}],
	}
	[text, parts] := case
	purl.parse(text) == object.union(plain, parts)
}

test_case_and_spelling[note] if {
	some note, case in {
		"PyPI takes case and separators for the same": ["pkg:pypi/Foo_.Bar", "foo-bar"],
		"Maven does not": ["pkg:maven/org.Acme/Foo_Bar", "org.Acme/Foo_Bar"],
		"Go is in lower case": ["pkg:golang/GitHub.com/Acme/Foo_b/v2@v2.0.0", "github.com/acme/foo_b/v2"],
		"GitHub is": ["pkg:github/Acme/Foo", "acme/foo"],
		"a gem is not": ["pkg:gem/RedCloth", "RedCloth"],
	}
	[text, path] := case
	purl.parse(text).path == path
}

test_types_in_one_case[type] if {
	some type in [
		"alpm", "apk", "bitbucket", "bitnami", "composer", "deb", "docker", "github", "githubactions",
		"golang", "hex", "npm", "nuget", "oci", "pub", "pypi", "qpkg",
	]
	purl.parse($"pkg:{type}/A").path == "a"
}

test_types_in_either_case[type] if {
	some type in ["cargo", "gem", "generic", "maven"]
	purl.parse($"pkg:{type}/A").path == "A"
}

test_no_package_url[text] if {
	some text in {
		"",
		"lodash",
		"npm/lodash",
		"pkg%3Anpm/a",
		"pkg:npm",
		"pkg:npm/",
		"pkg:npm/a/",
		"pkg:maven/@1.3.4",
		"pkg:3npm/a",
		"pkg:n&g/a",
		"pkg:npm:x/a",
		"pkg:npm/a%zz",
		"pkg:npm/a%2",
		"pkg:npm/%zz/a",
		"pkg:npm/a@%4",
		"pkg:npm/a#%4",
		"pkg:npm/a?b=%4",
		"pkg:npm/a?b",
		"pkg:npm/a?in%20production=true",
		"pkg:npm/a?3b=c",
		"pkg:npm/a?b=c&B=d",
	}
	not purl.parse(text)
}

test_a_qualifier_that_is_there_twice_alike if {
	purl.parse("pkg:npm/a?b=c&b=c").qualifiers == {"b": "c"}
}

test_matches[note] if {
	some note, case in {
		"itself": ["pkg:npm/lodash", "pkg:npm/lodash"],
		"any version": ["pkg:npm/lodash", "pkg:npm/lodash@4.17.21"],
		"that version": ["pkg:npm/lodash@4.17.21", "pkg:npm/lodash@4.17.21"],
		"a version with a star": ["pkg:npm/lodash@4.*", "pkg:npm/lodash@4.17.21"],
		"a scope": ["pkg:npm/@acme/*", "pkg:npm/%40acme/foo@1.0.0"],
		"an encoded scope": ["pkg:npm/%40acme/*", "pkg:npm/@acme/foo"],
		"a name with a star": ["pkg:npm/eslint-plugin-*", "pkg:npm/eslint-plugin-react@7.0.0"],
		"a star alone": ["pkg:npm/*", "pkg:npm/lodash"],
		"a type": ["pkg:npm/**", "pkg:npm/%40acme/foo"],
		"everything below": ["pkg:golang/github.com/acme/**", "pkg:golang/github.com/Acme/tool/v2@v2.0.0"],
		"every package": ["pkg:*/**", "pkg:maven/org.acme/foo@1"],
		"one name of every type": ["pkg:*/xz", "pkg:deb/xz"],
		"a qualifier": ["pkg:deb/debian/curl?arch=amd64", "pkg:deb/debian/curl@7?arch=amd64&distro=jessie"],
		"another spelling": ["pkg:pypi/Django_Rest", "pkg:pypi/django.rest@3"],
		"a name that is a pattern elsewhere": ["pkg:generic/a{b,c}[d]!e", "pkg:generic/a{b,c}[d]!e"],
		"a question mark in a name": ["pkg:generic/a%3Fb", "pkg:generic/a%3Fb"],
		"a backslash in a name": [`pkg:generic/a\b*`, `pkg:generic/a\bc`],
		"a subpath": ["pkg:npm/a#lib", "pkg:npm/a#lib"],
		"any subpath": ["pkg:npm/a", "pkg:npm/a#lib"],
	}
	[pattern, text] := case
	purl.matches(text, ["pkg:npm/nothing", pattern])
}

test_does_not_match[note] if {
	some note, case in {
		"another name": ["pkg:npm/lodash", "pkg:npm/lodash2"],
		"another type": ["pkg:npm/lodash", "pkg:pypi/lodash"],
		"a package of a scope": ["pkg:npm/lodash", "pkg:npm/@acme/lodash"],
		"another scope": ["pkg:npm/@acme/*", "pkg:npm/@acme-evil/foo"],
		"a star does not cross segments": ["pkg:npm/*", "pkg:npm/@acme/foo"],
		"another version": ["pkg:npm/lodash@4.17.21", "pkg:npm/lodash@4.17.20"],
		"a version that is not there": ["pkg:npm/lodash@4.17.21", "pkg:npm/lodash"],
		"another qualifier": ["pkg:deb/debian/curl?arch=amd64", "pkg:deb/debian/curl?arch=arm64"],
		"a qualifier that is not there": ["pkg:deb/debian/curl?arch=amd64", "pkg:deb/debian/curl"],
		"another subpath": ["pkg:npm/a#lib", "pkg:npm/a#src"],
		"another case, where it matters": ["pkg:maven/org.acme/Foo", "pkg:maven/org.acme/foo"],
		"braces are no choice": ["pkg:generic/{a,b}", "pkg:generic/a"],
		"brackets are no choice": ["pkg:generic/[ab]", "pkg:generic/a"],
		"a question mark is no letter": ["pkg:generic/a%3Fb", "pkg:generic/axb"],
		"no package URL": ["pkg:*/**", "lodash"],
		"no pattern": ["lodash", "pkg:npm/lodash"],
	}
	[pattern, text] := case
	not purl.matches(text, [pattern])
}

test_no_pattern_at_all if not purl.matches("pkg:npm/a", [])
