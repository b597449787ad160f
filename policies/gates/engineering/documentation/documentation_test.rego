package gates.engineering.documentation_test

import data.gates.engineering.documentation

defaults := {
	"modules_percent": 90,
	"examples_percent": 95,
	"symbols_percent": 100,
	"symbol_examples_percent": 0,
	"unread": 0,
	"ignore": [],
}

evidence(modules, unread) := {"evidence": {"documentation": [{
	"id": "e1",
	"summary": object.union({"unread": unread}, {"unreadFiles": array.slice(["src/odd.ts"], 0, unread)}),
	"modules": modules,
}]}}

# A hundred modules, of which some have a text, some have an example in the text of a symbol, and each has all its texts.
modules(documented, examples) := [module |
	some number in numbers.range(0, 99)
	module := {
		"item": number,
		"path": $"src/m{number}.ts",
		"documented": number < documented,
		"symbols": 2,
		"documentedSymbols": 2,
		"examples": count([1 | number < examples]),
		"undocumented": [],
	}
]

denied(document, parameters) := {violation.key: violation |
	some violation in documentation.deny with input as document with data.params.documentation as object.union(defaults, parameters)
}

keys(document, parameters) := object.keys(denied(document, parameters))

test_just_more_than_both_limits if keys(evidence(modules(91, 96), 0), {}) == set()

test_exactly_the_share_of_modules_is_not_more if keys(evidence(modules(90, 96), 0), {}) == {"modules"}

test_exactly_the_share_of_examples_is_not_more if keys(evidence(modules(91, 95), 0), {}) == {"examples"}

test_below_both if keys(evidence(modules(89, 94), 0), {}) == {"modules", "examples"}

test_zero_turns_each_off if {
	keys(evidence(modules(0, 96), 0), {"modules_percent": 0}) == set()
	keys(evidence(modules(91, 0), 0), {"examples_percent": 0}) == set()
}

test_little_is_not_off if keys(evidence(modules(0, 0), 0), {"modules_percent": 0.5, "examples_percent": 0.5}) == {"modules", "examples"}

test_the_violation_of_modules if denied(evidence(modules(90, 96), 0), {}).modules == {
	"evidence": "e1",
	"key": "modules",
	"severity": "low",
	"msg": "90 of 100 modules say what they are for (90 %), more than 90 % required (not src/m90.ts, src/m91.ts, src/m92.ts and 7 more)",
	"measured": {"value": 90, "limit": 90, "better": "higher"},
}

test_the_violation_of_examples if denied(evidence(modules(91, 95), 0), {}).examples == {
	"evidence": "e1",
	"key": "examples",
	"severity": "low",
	"msg": "95 of 100 modules show an example (95 %), more than 95 % required (not src/m95.ts, src/m96.ts, src/m97.ts and 2 more)",
	"measured": {"value": 95, "limit": 95, "better": "higher"},
}

one(parts) := object.union(
	{
		"item": 4,
		"path": "src/a.ts",
		"documented": true,
		"example": true,
		"symbols": 10,
		"documentedSymbols": 10,
		"examples": 0,
		"undocumented": [],
	},
	parts,
)

test_the_text_of_a_module_may_have_the_example if keys(evidence([one({})], 0), {}) == set()

test_a_symbol_may_have_the_example if keys(evidence([one({"example": false, "examples": 1})], 0), {}) == set()

test_no_example_at_all if keys(evidence([one({"example": false})], 0), {}) == {"examples"}

test_an_example_that_is_not_known_is_none if keys(evidence([object.remove(one({}), ["example"])], 0), {}) == {"examples"}

test_one_symbol_without_a_text if {
	denied(evidence([one({"documentedSymbols": 9, "undocumented": ["priceOf"]})], 0), {}) == {"symbols src/a.ts": {
		"evidence": "e1",
		"item": 4,
		"key": "symbols src/a.ts",
		"severity": "low",
		"msg": "src/a.ts has no text for 1 of 10 public symbols (not priceOf); 90 % of all have one, 100 % required",
	}}
}

symbols(documented) := evidence([one({"documentedSymbols": documented}), one({"path": "src/b.ts"})], 0)

test_exactly_the_share_of_symbols if keys(symbols(8), {"symbols_percent": 90}) == set()

test_just_below_the_share_of_symbols if keys(symbols(7), {"symbols_percent": 90}) == {"symbols src/a.ts"}

test_more_than_the_share_of_symbols if keys(symbols(9), {"symbols_percent": 90}) == set()

test_symbols_can_be_left_out_of_account if keys(symbols(0), {"symbols_percent": 0}) == set()

test_exactly_the_share_of_symbols_with_examples if keys(evidence([one({"examples": 5})], 0), {"symbol_examples_percent": 50}) == set()

test_just_below_the_share_of_symbols_with_examples if {
	denied(evidence([one({"examples": 4})], 0), {"symbol_examples_percent": 50}) == {"symbol-examples": {
		"evidence": "e1",
		"key": "symbol-examples",
		"severity": "low",
		"msg": "4 of 10 public symbols have an example (40 %), 50 % required",
		"measured": {"value": 40, "limit": 50, "better": "higher"},
	}}
}

test_what_is_ignored_does_not_count if {
	bad := one({"path": "internal/a.ts", "documented": false, "example": false, "documentedSymbols": 0})
	keys(evidence([bad, one({})], 0), {"ignore": ["internal/**"]}) == set()
	count(keys(evidence([bad, one({})], 0), {})) == 3
}

test_nothing_is_left_to_judge if {
	keys(evidence([], 0), {"symbol_examples_percent": 50}) == set()
	documentation.applicable == 0 with input as evidence([one({})], 0)
		with data.params.documentation as object.union(defaults, {"ignore": ["src/**"]})
}

test_modules_are_counted if documentation.applicable == 100 with input as evidence(modules(1, 1), 0) with data.params.documentation as defaults

test_no_evidence_is_nothing_to_look_at if documentation.applicable == 0 with input as {"evidence": {"documentation": []}}
	with data.params.documentation as defaults

missed(document, parameters) := reasons if {
	reasons := documentation.missing with input as document with data.params.documentation as object.union(defaults, parameters)
}

test_a_file_that_was_not_understood_is_missed if {
	missed(evidence([one({})], 1), {}) == {"1 source files were not understood, such as src/odd.ts; 0 may be left out"}
}

test_as_many_as_may_be_are_not_missed if missed(evidence([one({})], 1), {"unread": 1}) == set()

test_one_more_than_may_be_is_missed if missed(evidence([one({})], 2), {"unread": 1}) != set()

test_nothing_is_missed_of_what_was_understood if missed(evidence([one({})], 0), {}) == set()

test_a_file_without_a_name_is_missed if {
	missed({"evidence": {"documentation": [{"summary": {"unread": 1}}]}}, {}) == {"1 source files were not understood, such as one that the file does not name; 0 may be left out"}
}

test_names if {
	documentation.named([]) == ""
	documentation.named(["b", "a"]) == " (not a, b)"
	documentation.named(["a", "b", "c"]) == " (not a, b, c)"
	documentation.named(["a", "b", "c", "d"]) == " (not a, b, c and 1 more)"
}

test_two_documents_are_judged_each_by_itself if {
	both := {"evidence": {"documentation": array.concat(
		evidence(modules(100, 100), 0).evidence.documentation,
		[object.union(evidence([one({"documented": false})], 0).evidence.documentation[0], {"id": "e2"})],
	)}}
	{violation.evidence | some violation in denied(both, {})} == {"e2"}
	documentation.applicable == 101 with input as both with data.params.documentation as defaults
}
