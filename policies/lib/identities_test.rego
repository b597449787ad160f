package lib.identities_test

import data.lib.identities

test_matches[note] if {
	some note, case in {
		"the same text": ["https://github.com/acme/shop", "https://github.com/acme/shop"],
		"a star stands for a segment": ["https://github.com/acme/*", "https://github.com/acme/shop"],
		"a star stands for a part of one": ["https://github.com/*/shop", "https://github.com/acme/shop"],
		"two stars stand for segments": ["https://github.com/acme/**", "https://github.com/acme/shop/.github/workflows/a.yml@refs/heads/main"],
		"two stars stand for everything": ["**", "anything at/all"],
		"two stars stand for nothing": ["**", ""],
		"an address": ["*@acme.com", "zoe@acme.com"],
		"brackets are themselves": ["a[b]{c}?", "a[b]{c}?"],
		"a backslash is itself": [`a\b`, `a\b`],
		"a backslash before a star": [`a\*`, `a\b`],
	}
	[pattern, value] := case
	identities.matches(value, ["nothing", pattern])
}

test_does_not_match[note] if {
	some note, case in {
		"an owner whose name begins the same": ["https://github.com/acme/*", "https://github.com/acme-evil/shop"],
		"an owner whose name begins the same, and two stars": ["https://github.com/acme/**", "https://github.com/acme-evil/shop"],
		"a star does not cross a segment": ["https://github.com/acme/*", "https://github.com/acme/shop/x"],
		"a beginning": ["https://github.com/acme", "https://github.com/acme/shop"],
		"an end": ["acme/shop", "https://github.com/acme/shop"],
		"a longer host": ["https://github.com/acme/*", "https://github.com.evil.com/acme/shop"],
		"another case": ["refs/heads/main", "refs/heads/Main"],
		"a question mark is no wildcard": ["a?c", "abc"],
		"braces are no choice": ["{a,b}", "a"],
		"a point is no wildcard": ["a.c", "abc"],
	}
	[pattern, value] := case
	not identities.matches(value, [pattern])
}

test_no_pattern_means_nobody if not identities.matches("", [])

test_anybody if identities.anybody(["a", "**"])

test_a_star_is_not_anybody if not identities.anybody(["*"])

test_person[note] if {
	some note, case in {
		"an address": ["zoe@acme.com", "*@acme.com"],
		"a name and an address": ["Zoe <zoe@acme.com>", "*@acme.com"],
		"with a login": ["Zoe <zoe@acme.com> (zoe)", "zoe@acme.com"],
		"the whole text": ["Zoe <zoe@acme.com>", "Zoe <*@acme.com>"],
	}
	[name, pattern] := case
	identities.person(name, [pattern])
}

test_another_person[note] if {
	some note, case in {
		"an address in a name": ["x <zoe@acme.com> <mallory@evil.com>", "zoe@acme.com"],
		"an address in a login": ["x <mallory@evil.com> (<zoe@acme.com>)", "zoe@acme.com"],
		"a name that is an address": ["zoe@acme.com <mallory@evil.com>", "*@acme.com"],
		"no address": ["Zoe", "*@acme.com"],
	}
	[name, pattern] := case
	not identities.person(name, [pattern])
}

test_address if identities.address("Zoe <zoe@acme.com> (zoe)") == "zoe@acme.com"

test_no_address if not identities.address("Zoe")
