package gates.engineering.dockerfile_test

import data.gates.engineering.dockerfile

strict := {
	"multi_stage": true,
	"non_root": true,
	"pinned": true,
	"healthcheck": true,
	"secrets": true,
	"remote_adds": true,
	"packages": true,
	"except": [],
}

stage(changes) := object.union({"line": 1, "base": "node:24@sha256:1", "fromStage": false, "pinned": true}, changes)

good := {
	"path": "Dockerfile",
	"stages": [stage({}), stage({"line": 9})],
	"user": "1000",
	"root": false,
	"healthcheck": true,
	"secrets": [],
	"remoteAdds": 0,
	"unpinnedPackages": 0,
	"unpinnedCopies": 0,
}

inventory(dockerfiles, more) := {"evidence": {"dockerfile": [{
	"id": "e1",
	"summary": object.union({"dockerfiles": count(dockerfiles)}, more),
	"dockerfiles": dockerfiles,
}]}}

violations(changes, parameters) := found if {
	found := dockerfile.deny with input as inventory([object.union(good, changes)], {})
		with data.params.dockerfile as object.union(strict, parameters)
}

denied(changes, parameters) := {violation.msg | some violation in violations(changes, parameters)}

test_a_good_one if denied({}, {}) == set()

cases := {
	"multi_stage": [{"stages": [stage({})]}, "it has a single stage, so that what builds the image is shipped with it"],
	"non_root": [{"user": "root", "root": true}, "it runs as root, which is root or may be"],
	"pinned": [{"unpinnedCopies": 1}, "images that files are taken from without a digest: 1"],
	"healthcheck": [{"healthcheck": false}, "it has no health check"],
	"secrets": [
		{"secrets": [{"line": 4, "name": "NPM_TOKEN", "instruction": "ARG"}]},
		"ARG NPM_TOKEN looks like a secret, which stays in the image or its history",
	],
	"remote_adds": [{"remoteAdds": 1}, "ADD from the network without a checksum: 1"],
	"packages": [{"unpinnedPackages": 1}, "packages that are installed without a version: 1"],
}

test_refused[parameter] if {
	some parameter, [changes, message] in cases
	denied(changes, {}) == {$"Dockerfile: {message}"}
}

test_not_asked_for[parameter] if {
	some parameter, [changes, _] in cases
	denied(changes, {parameter: false}) == set()
}

test_left_out[parameter] if {
	some parameter, [changes, _] in cases
	denied(changes, {"except": ["Dockerfile"]}) == set()
}

test_another_one_is_left_out if denied({"healthcheck": false}, {"except": ["Dockerfile.dev"]}) != set()

test_no_stage_is_a_single_one if count(denied({"stages": []}, {})) == 1

test_nobody_sets_a_user if {
	bare := object.union(object.remove(good, ["user"]), {"root": true})
	messages := {violation.msg |
		some violation in dockerfile.deny with input as inventory([bare], {}) with data.params.dockerfile as strict
	}
	messages == {"Dockerfile: nothing sets a user, so it may run as root"}
}

test_nobody_sets_a_user_and_it_is_not_asked_for if {
	bare := object.union(object.remove(good, ["user"]), {"root": true})
	dockerfile.deny == set() with input as inventory([bare], {})
		with data.params.dockerfile as object.union(strict, {"non_root": false})
}

test_a_user_who_is_not_known_to_be_root_is_not_needed_where_root_is_false if {
	bare := object.remove(good, ["user"])
	dockerfile.deny == set() with input as inventory([bare], {}) with data.params.dockerfile as strict
}

unpinned := {"stages": [stage({}), stage({"line": 9, "base": "node:24", "pinned": false})]}

test_a_base_without_digest if denied(unpinned, {}) == {"Dockerfile: the base node:24 is not named by digest"}

test_a_base_without_digest_is_not_asked_for if denied(unpinned, {"pinned": false}) == set()

test_a_base_without_digest_says_where if {
	some violation in violations(unpinned, {})
	violation.location == {"path": "Dockerfile", "line": 9}
	violation.key == "Dockerfile base node:24"
	violation.severity == "medium"
	violation.evidence == "e1"
}

test_a_secret_says_where if {
	some violation in violations(cases.secrets[0], {})
	violation.location == {"path": "Dockerfile", "line": 4}
	violation.key == "Dockerfile secret ARG NPM_TOKEN"
	violation.severity == "high"
}

test_other_problems_are_of_the_file if {
	some violation in violations({"healthcheck": false}, {})
	violation.location == {"path": "Dockerfile", "line": 1}
	violation.severity == "medium"
}

test_evidence_without_copies if {
	older := object.remove(good, ["unpinnedCopies"])
	dockerfile.deny == set() with input as inventory([older], {}) with data.params.dockerfile as strict
}

test_dockerfiles_are_counted if dockerfile.applicable == 2 with input as inventory([good, good], {})

test_none if {
	dockerfile.not_applicable == "the repository has no Dockerfile" with input as inventory([], {})
	dockerfile.missing == set() with input as inventory([], {})
}

test_one_is_enough_to_apply if not dockerfile.not_applicable with input as inventory([good], {})

test_none_in_a_part_of_the_repository if {
	not dockerfile.not_applicable with input as inventory([], {"paths": ["docs"]})
	dockerfile.missing == {"the inventory is of a part of the repository, and has no Dockerfile"} with input as inventory([], {"paths": ["docs"]})
}

test_one_in_a_part_of_the_repository if {
	dockerfile.missing == set() with input as inventory([good], {"paths": ["docs"]})
}

test_a_list_of_no_paths_narrows_nothing if dockerfile.not_applicable with input as inventory([], {"paths": []})

test_no_evidence_is_not_no_dockerfile if {
	not dockerfile.not_applicable with input as {"evidence": {"dockerfile": []}}
	dockerfile.applicable == 0 with input as {"evidence": {"dockerfile": []}}
}

test_one_of_two_inventories_is_of_a_part if {
	both := {"evidence": {"dockerfile": [
		inventory([], {}).evidence.dockerfile[0],
		inventory([], {"paths": ["docs"]}).evidence.dockerfile[0],
	]}}
	not dockerfile.not_applicable with input as both
	count(dockerfile.missing) == 1 with input as both
}
