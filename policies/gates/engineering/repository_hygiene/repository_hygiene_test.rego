package gates.engineering.repository_hygiene_test

import data.gates.engineering.repository_hygiene

defaults := {
	"documents": [],
	"waste": ["*.orig", "**/node_modules/**"],
	"duplicate_bytes": 100,
	"binary_bytes": 1000,
	"except": ["fixtures/**"],
}

file(changes) := object.union({"item": 0, "path": "a.ts", "bytes": 100, "type": "source", "digest": "sha256:1"}, changes)

inventory(files) := {"evidence": {"repository": [{"id": "e1", "summary": {"files": count(files)}, "files": files}]}}

violations(files, changes) := found if {
	found := repository_hygiene.deny with input as inventory(files)
		with data.params["repository-hygiene"] as object.union(defaults, changes)
}

denied(files, changes) := {violation.msg | some violation in violations(files, changes)}

none := {"there is no README* at the top, in .github, .gitlab or docs"}

test_documents[note] if {
	some note, case in {
		"at the top": ["README.md", set()],
		"in another case": ["readme.txt", set()],
		"in .github": [".github/README.md", set()],
		"in .gitlab": [".gitlab/README.md", set()],
		"in docs": ["docs/README.md", set()],
		"of a package": ["packages/a/README.md", none],
		"of something else": ["OLD-README.md", none],
		"of what is left out": ["fixtures/README.md", none],
	}
	[path, expected] := case
	denied([file({"path": path})], {"documents": ["README*"]}) == expected
}

test_a_document_that_is_left_out_elsewhere_counts if {
	denied([file({"path": "README.md"})], {"documents": ["README*"], "except": ["**"]}) == set()
}

test_a_document_of_one_of_two_inventories if {
	both := {"evidence": {"repository": [
		inventory([file({"path": "README.md"})]).evidence.repository[0],
		inventory([]).evidence.repository[0],
	]}}
	repository_hygiene.deny == set() with input as both
		with data.params["repository-hygiene"] as object.union(defaults, {"documents": ["README*"]})
}

test_either_spelling if {
	denied([file({"path": "COPYING"})], {"documents": ["{LICENSE,LICENCE,COPYING}*"]}) == set()
}

test_nothing_is_asked_of_no_evidence if {
	repository_hygiene.deny == set() with input as {"evidence": {"repository": []}}
		with data.params["repository-hygiene"] as object.union(defaults, {"documents": ["README*"]})
}

test_waste[note] if {
	some note, case in {
		"by name": ["src/a.ts.orig", {"src/a.ts.orig does not belong into the repository"}],
		"by folder": ["node_modules/a/b.js", {"node_modules/a/b.js does not belong into the repository"}],
		"no waste": ["src/original.ts", set()],
		"left out": ["fixtures/a.orig", set()],
	}
	[path, expected] := case
	denied([file({"path": path})], {}) == expected
}

binary(changes) := file(object.union({"path": "a.bin", "type": "binary"}, changes))

test_binary[note] if {
	some note, case in {
		"exactly as large as it may be": [binary({"bytes": 1000}), set()],
		"a byte larger": [binary({"bytes": 1001}), {"a.bin is a binary of 1001 bytes, 1000 are allowed"}],
		"left out": [binary({"path": "fixtures/a.bin", "bytes": 1001}), set()],
		"a text": [file({"bytes": 1001}), set()],
	}
	[given, expected] := case
	denied([given], {}) == expected
}

test_binaries_are_measured if {
	some violation in violations([binary({"bytes": 1001})], {})
	violation.measured == {"value": 1001, "limit": 1000, "better": "lower"}
	violation.key == "binary"
	violation.item == 0
	violation.evidence == "e1"
}

test_duplicates[note] if {
	some note, case in {
		"exactly as large": [[{}, {"path": "b.ts"}], {"a.ts, b.ts: the same content 2 times"}],
		"a byte smaller": [[{"bytes": 99}, {"path": "b.ts", "bytes": 99}], set()],
		"three times": [[{}, {"path": "c.ts"}, {"path": "b.ts"}], {"a.ts, b.ts, c.ts: the same content 3 times"}],
		"something else": [[{}, {"path": "b.ts", "digest": "sha256:2"}], set()],
		"licences": [[{"type": "licence"}, {"path": "b", "type": "licence"}], set()],
		"left out": [[{}, {"path": "fixtures/b.ts"}], set()],
		"links": [[{"type": "link"}, {"path": "b", "type": "link"}], set()],
		"submodules": [[{"type": "submodule"}, {"path": "b", "type": "submodule"}], set()],
		"once": [[{}], set()],
	}
	[given, expected] := case
	denied([file(changes) | some changes in given], {}) == expected
}

test_duplicates_of_two_inventories_are_the_same_file if {
	one := inventory([file({})]).evidence.repository[0]
	both := {"evidence": {"repository": [one, object.union(one, {"id": "e2", "files": [file({"path": "b.ts"})]})]}}
	repository_hygiene.deny == set() with input as both with data.params["repository-hygiene"] as defaults
}

test_a_duplicate_says_where if {
	some violation in violations([file({}), file({"path": "b.ts"})], {})
	violation.key == "duplicate a.ts"
	violation.location == {"path": "a.ts"}
}

missed(changes) := found if {
	bare := object.remove(file(changes), ["digest"])
	found := repository_hygiene.missing with input as inventory([bare]) with data.params["repository-hygiene"] as defaults
}

test_no_digest[note] if {
	some note, case in {
		"of a large file": [{}, {"a.ts has no digest, so nothing says whether it is there twice"}],
		"of a small file": [{"bytes": 99}, set()],
		"of a link": [{"type": "link"}, set()],
		"of a submodule": [{"type": "submodule"}, set()],
		"of a file that is left out": [{"path": "fixtures/a"}, set()],
	}
	[changes, expected] := case
	missed(changes) == expected
}

test_no_digest_is_missing_where_there_is_one if {
	repository_hygiene.missing == set() with input as inventory([file({})])
		with data.params["repository-hygiene"] as defaults
}

test_files_without_digest_are_not_the_same if {
	denied([object.remove(file({}), ["digest"]), object.remove(file({"path": "b.ts"}), ["digest"])], {}) == set()
}

test_files_are_counted if repository_hygiene.applicable == 2 with input as inventory([file({}), file({})])

test_no_evidence_is_nothing_to_look_at if {
	repository_hygiene.applicable == 0 with input as {"evidence": {"repository": []}}
}
