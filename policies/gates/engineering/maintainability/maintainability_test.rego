package gates.engineering.maintainability_test

import data.gates.engineering.maintainability

defaults := {
	"complexity": 15,
	"complex_percent": 0,
	"cycles": 0,
	"coupling_percent": 30,
	"few_dependencies": 3,
	"cohesion_percent": 80,
	"few_files": 3,
	"structure": true,
	"unread": 0,
	"ignore": [],
	"entry_points": [],
	"collections": [],
}

plain := {
	"id": "e1",
	"summary": {"modules": 1, "unread": 0},
	"functions": [function(1)],
	"modules": [],
	"cycles": [],
}

function(complexity) := {"item": 7, "path": "src/a.ts", "line": 3, "name": "priceOf", "complexity": complexity}

evidence(parts) := {"evidence": {"maintainability": [object.union(plain, parts)]}}

denied(parts, parameters) := {violation.key: violation |
	some violation in maintainability.deny with input as evidence(parts) with data.params.maintainability as object.union(defaults, parameters)
}

keys(parts, parameters) := object.keys(denied(parts, parameters))

test_nothing_is_wrong if keys({}, {}) == set()

test_exactly_the_limit_of_complexity if keys({"functions": [function(15)]}, {}) == set()

test_just_below_the_limit_of_complexity if keys({"functions": [function(14)]}, {}) == set()

test_just_above_the_limit_of_complexity if denied({"functions": [function(16)]}, {}) == {"complexity": {
	"evidence": "e1",
	"item": 7,
	"key": "complexity",
	"severity": "low",
	"msg": "priceOf in src/a.ts has a complexity of 16, 15 is the limit; 1 of 1 functions are beyond it, 0 % may be",
	"location": {"path": "src/a.ts", "line": 3},
	"measured": {"value": 16, "limit": 15, "better": "lower"},
}}

functions(complex) := [object.union(function(1 + (15 * count([1 | number < complex]))), {"item": number}) | some number in numbers.range(0, 99)]

test_exactly_the_share_may_be_complex if keys({"functions": functions(10)}, {"complex_percent": 10}) == set()

test_less_than_the_share_may_be_complex if keys({"functions": functions(9)}, {"complex_percent": 10}) == set()

test_beyond_the_share_each_is_named if {
	found := maintainability.deny with input as evidence({"functions": functions(11)})
		with data.params.maintainability as object.union(defaults, {"complex_percent": 10})
	{violation.item | some violation in found} == {number | some number in numbers.range(0, 10)}
}

test_a_file_can_be_left_out if {
	parts := {"functions": [object.union(function(16), {"path": "src/made/a.ts"}), function(1)]}
	keys(parts, {"ignore": ["src/made/**"]}) == set()
	keys(parts, {"ignore": ["src/other/**"]}) == {"complexity"}
}

cycle := {"type": "import", "paths": ["src/a.ts", "src/b.ts"]}

test_a_cycle if denied({"cycles": [cycle]}, {}) == {"cycle src/a.ts src/b.ts": {
	"evidence": "e1",
	"key": "cycle src/a.ts src/b.ts",
	"severity": "low",
	"msg": "2 files need each other (src/a.ts, src/b.ts); 1 such cycles, 0 may be",
	"location": {"path": "src/a.ts"},
}}

test_as_many_cycles_as_may_be if keys({"cycles": [cycle]}, {"cycles": 1}) == set()

test_one_cycle_more_than_may_be if count(keys({"cycles": [cycle, {"type": "import", "paths": ["src/c.ts", "src/d.ts"]}]}, {"cycles": 1})) == 2

test_a_long_cycle_is_cut if {
	some violation in denied({"cycles": [{"type": "import", "paths": ["a", "b", "c", "d", "e"]}]}, {})
	violation.msg == "5 files need each other (a, b, c, d and 1 more); 1 such cycles, 0 may be"
}

test_a_cycle_of_four_is_not_cut if {
	some violation in denied({"cycles": [{"type": "import", "paths": ["a", "b", "c", "d"]}]}, {})
	violation.msg == "4 files need each other (a, b, c, d); 1 such cycles, 0 may be"
}

test_a_cycle_is_left_out_where_all_of_it_is if {
	keys({"cycles": [cycle]}, {"ignore": ["src/**"]}) == set()
	keys({"cycles": [cycle]}, {"ignore": ["src/a.ts"]}) == {"cycle src/a.ts src/b.ts"}
}

module(parts) := object.union({"path": "src/shop", "files": 1, "connected": 1, "dependsOn": 0, "usedBy": 0, "others": 0}, parts)

test_a_module_without_others if keys({"modules": [module({})]}, {"few_dependencies": 0}) == set()

coupled(count, others) := {"modules": [module({"dependsOn": count, "others": others})]}

test_just_less_than_the_share_of_others if keys(coupled(29, 100), {}) == set()

test_exactly_the_share_of_others_is_not_less if denied(coupled(30, 100), {}) == {"coupling src/shop": {
	"evidence": "e1",
	"key": "coupling src/shop",
	"severity": "low",
	"msg": "src/shop depends on 30 of 100 other modules (30 %), less than 30 % required",
	"location": {"path": "src/shop"},
	"measured": {"value": 30, "limit": 30, "better": "lower"},
}}

test_more_than_the_share_of_others if keys(coupled(31, 100), {}) == {"coupling src/shop"}

test_a_few_dependencies_are_never_too_many if {
	keys(coupled(3, 4), {}) == set()
	keys(coupled(4, 4), {}) == {"coupling src/shop"}
	keys(coupled(1, 2), {"few_dependencies": 0}) == {"coupling src/shop"}
}

test_an_entry_point_may_depend_on_all if {
	keys(coupled(100, 100), {"entry_points": ["src/shop"]}) == set()
	keys(coupled(100, 100), {"entry_points": ["src/shop/**"]}) == set()
	keys(coupled(100, 100), {"ignore": ["src/shop"]}) == set()
	keys(coupled(100, 100), {"collections": ["src/shop"]}) == {"coupling src/shop"}
}

cohesive(connected, files) := {"modules": [module({"connected": connected, "files": files})]}

test_just_more_than_the_share_of_files if keys(cohesive(81, 100), {}) == set()

test_exactly_the_share_of_files_is_not_more if denied(cohesive(80, 100), {}) == {"cohesion src/shop": {
	"evidence": "e1",
	"key": "cohesion src/shop",
	"severity": "low",
	"msg": "80 of 100 files in src/shop are connected by imports (80 %), more than 80 % required",
	"location": {"path": "src/shop"},
	"measured": {"value": 80, "limit": 80, "better": "higher"},
}}

test_less_than_the_share_of_files if keys(cohesive(79, 100), {}) == {"cohesion src/shop"}

test_a_few_files_need_not_hang_together if {
	keys(cohesive(1, 3), {}) == set()
	keys(cohesive(1, 4), {}) == {"cohesion src/shop"}
}

test_a_collection_need_not_hang_together if {
	keys(cohesive(1, 9), {"collections": ["src/shop"]}) == set()
	keys(cohesive(1, 9), {"ignore": ["src/shop"]}) == set()
	keys(cohesive(1, 9), {"entry_points": ["src/shop"]}) == {"cohesion src/shop"}
}

test_functions_alone_can_be_asked_for if {
	parts := {
		"functions": [function(16)],
		"cycles": [cycle],
		"modules": [module({"dependsOn": 9, "others": 9, "connected": 1, "files": 9})],
	}
	count(keys(parts, {})) == 4
	keys(parts, {"structure": false}) == {"complexity"}
}

missed(parts, parameters) := reasons if {
	reasons := maintainability.missing with input as evidence(parts)
		with data.params.maintainability as object.union(defaults, parameters)
}

test_nothing_is_missed if missed({}, {}) == set()

test_modules_are_missed if {
	missed({"summary": {"modules": 0, "unread": 0}}, {}) == {"nothing is known of how modules depend on each other; gate evidence collect code finds out"}
}

test_modules_are_not_missed_where_functions_alone_are_asked_for if {
	missed({"summary": {"modules": 0, "unread": 0}}, {"structure": false}) == set()
}

test_one_document_with_modules_is_enough if {
	maintainability.missing == set() with input as {"evidence": {"maintainability": [plain, {"summary": {"modules": 0, "unread": 0}}]}}
		with data.params.maintainability as defaults
}

test_a_file_that_was_not_understood_is_missed if {
	missed({"summary": {"modules": 1, "unread": 1, "unreadFiles": ["src/odd.ts"]}}, {}) == {"1 source files were not understood, such as src/odd.ts; 0 may be left out"}
}

test_as_many_as_may_be_are_not_missed if missed({"summary": {"modules": 1, "unread": 1}}, {"unread": 1}) == set()

test_a_file_without_a_name_is_missed if {
	missed({"summary": {"modules": 1, "unread": 1}}, {}) == {"1 source files were not understood, such as one that the file does not name; 0 may be left out"}
}

test_functions_are_counted if {
	maintainability.applicable == 2 with input as evidence({"functions": [function(1), function(2)]})
		with data.params.maintainability as defaults
}

test_functions_that_are_left_out_are_not_counted if {
	maintainability.applicable == 0 with input as evidence({}) with data.params.maintainability as object.union(defaults, {"ignore": ["src/**"]})
}

test_no_evidence_is_nothing_to_look_at if {
	maintainability.applicable == 0 with input as {"evidence": {"maintainability": []}} with data.params.maintainability as defaults
}

test_two_documents_are_judged_each_by_itself if {
	input_of_two := {"evidence": {"maintainability": [plain, object.union(plain, {"id": "e2", "functions": [function(16)], "cycles": [cycle]})]}}
	found := maintainability.deny with input as input_of_two with data.params.maintainability as defaults
	{violation.evidence | some violation in found} == {"e2"}
	maintainability.applicable == 2 with input as input_of_two with data.params.maintainability as defaults
}
