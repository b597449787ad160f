package lib.percent_test

import data.lib.percent

test_decoded[note] if {
	some note, case in {
		"nothing to undo": ["a-b_c.d~e", "a-b_c.d~e"],
		"nothing at all": ["", ""],
		"upper case": ["%40acme%2Ffoo", "@acme/foo"],
		"lower case": ["%2f%6c", "/l"],
		"a letter": ["%6Codash", "lodash"],
		"beyond ASCII": ["caf%C3%A9", "café"],
		"a plus is a plus": ["1.0+build", "1.0+build"],
		"an encoded plus": ["1.0%2Bbuild", "1.0+build"],
		"once only": ["%2541", "%41"],
		"a line break": ["a%0Ab\nc", "a\nb\nc"],
	}
	[text, wanted] := case
	percent.decoded(text) == wanted
}

test_undefined[text] if {
	some text in {"%", "%4", "a%zz", "%%41", "100%"}
	not percent.decoded(text)
}

test_bytes_that_are_no_text_are_no_error if percent.decoded("%FF") != "%FF"
