package gates.engineering.changelog_test

import data.gates.engineering.changelog

defaults := {"folders": ["."], "source": ["**/src/**"], "except": ["*.test.ts"], "format": true}

log(path) := {"path": path, "valid": true}

file(path) := {"path": path, "status": "modified", "additions": 1, "deletions": 0}

evidence(logs, files) := {"evidence": {
	"repository": [{"id": "e1", "changelogs": logs}],
	"change": [{"id": "e2", "summary": {"files": count(files)}, "files": files}],
}}

denied(logs, files, changes) := {violation.msg |
	some violation in changelog.deny with input as evidence(logs, files)
		with data.params.changelog as object.union(defaults, changes)
}

untold(folder, number, path) := $"source files below {folder} that are changed without a word in its changelog: {number}, such as {path}"

logs := [log("CHANGELOG.md")]

test_changed[note] if {
	some note, case in {
		"source and changelog": [[file("src/a.ts"), file("CHANGELOG.md")], set()],
		"source alone": [[file("src/a.ts")], {untold(".", 1, "src/a.ts")}],
		"two files of source": [[file("src/b.ts"), file("packages/a/src/a.ts")], {untold(".", 2, "packages/a/src/a.ts")}],
		"no source": [[file("docs/a.md")], set()],
		"a test": [[file("src/a.test.ts")], set()],
		"nothing": [[], set()],
		"a changelog of which lines were only deleted": [
			[file("src/a.ts"), object.union(file("CHANGELOG.md"), {"additions": 0})],
			{untold(".", 1, "src/a.ts")},
		],
		"a changelog of which nobody counted the lines": [
			[file("src/a.ts"), object.remove(file("CHANGELOG.md"), ["additions"])],
			set(),
		],
		"another changelog": [[file("src/a.ts"), file("packages/a/CHANGELOG.md")], {untold(".", 1, "src/a.ts")}],
	}
	[files, expected] := case
	denied(logs, files, {}) == expected
}

both := {"folders": [".", "packages/a"]}

two := [log("CHANGELOG.md"), log("packages/a/CHANGELOG.md")]

test_nearest[note] if {
	some note, case in {
		"its own": [[file("packages/a/src/a.ts"), file("packages/a/CHANGELOG.md")], set()],
		"the one above": [[file("packages/a/src/a.ts"), file("CHANGELOG.md")], {untold("packages/a", 1, "packages/a/src/a.ts")}],
		"of another folder": [[file("packages/ab/src/a.ts"), file("CHANGELOG.md")], set()],
		"both": [
			[file("packages/a/src/a.ts"), file("src/a.ts")],
			{untold("packages/a", 1, "packages/a/src/a.ts"), untold(".", 1, "src/a.ts")},
		],
	}
	[files, expected] := case
	denied(two, files, both) == expected
}

test_one_of_two_changelogs_is_enough if {
	denied([log("CHANGELOG.md"), log("HISTORY.md")], [file("src/a.ts"), file("HISTORY.md")], {}) == set()
}

test_source_below_no_folder_that_needs_one if {
	denied([log("packages/a/CHANGELOG.md")], [file("src/a.ts")], {"folders": ["packages/a"]}) == set()
}

test_there_is_none if denied([], [], {}) == {"there is no changelog in ."}

test_there_is_none_where_the_source_is_changed if {
	denied([], [file("src/a.ts")], {}) == {"there is no changelog in .", untold(".", 1, "src/a.ts")}
}

test_there_is_one_elsewhere if denied([log("docs/CHANGELOG.md")], [], {}) == {"there is no changelog in ."}

test_there_is_one_in_a_folder if denied([log("a/b/CHANGELOG.md")], [], {"folders": ["a/b"]}) == set()

plain := [{"path": "CHANGELOG.md", "valid": false}]

test_no_headings if denied(plain, [], {}) == {"CHANGELOG.md has no heading for a version"}

test_no_headings_are_needed if denied(plain, [], {"format": false}) == set()

test_headings_of_a_folder_that_needs_no_changelog if {
	denied([log("CHANGELOG.md"), {"path": "vendor/CHANGELOG.md", "valid": false}], [], {}) == set()
}

found(violations_of, files) := {{"key": violation.key, "path": object.get(violation, ["location", "path"], "")} |
	some violation in changelog.deny with input as evidence(violations_of, files) with data.params.changelog as defaults
}

test_keys[note] if {
	some note, case in {
		"none": [[], [], {"key": "missing .", "path": ""}],
		"format": [plain, [], {"key": "format CHANGELOG.md", "path": "CHANGELOG.md"}],
		"change": [logs, [file("src/b.ts"), file("src/a.ts")], {"key": "change .", "path": "src/a.ts"}],
	}
	[given, files, expected] := case
	found(given, files) == {expected}
}

missed(documents) := messages if {
	messages := changelog.missing with input as {"evidence": {"repository": [], "change": documents}}
		with data.params.changelog as defaults
}

unknown := {"no change evidence says which files were changed: gate evidence collect git does"}

test_missing[note] if {
	some note, case in {
		"no list of files": [[{"summary": {}}], unknown],
		"a list": [[{"summary": {"files": 1}}], set()],
		"a list of none": [[{"summary": {"files": 0}}], set()],
		"a list in one of two": [[{"summary": {}}, {"summary": {"files": 1}}], set()],
		"no evidence": [[], unknown],
	}
	[documents, expected] := case
	missed(documents) == expected
}

test_folders_are_counted if {
	changelog.applicable == 2 with input as evidence([], []) with data.params.changelog as object.union(defaults, both)
}

test_no_evidence_is_nothing_to_look_at if {
	none := {"evidence": {"repository": [], "change": []}}
	changelog.applicable == 0 with input as none with data.params.changelog as defaults
	changelog.deny == set() with input as none with data.params.changelog as defaults
}
