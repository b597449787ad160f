package gates.supply_chain.provenance_test

import data.gates.supply_chain.provenance

commit := "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3"

another := "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"

builder := "https://github.com/actions/runner/github-hosted"

params := {
	"builders": [builder],
	"build_types": ["**"],
	"identities": ["**"],
	"issuers": ["**"],
	"same_repository": true,
	"same_commit": true,
	"minimum_level": 0,
	"verifiers": ["**"],
}

shop := {"name": "shop", "digest": "sha256:1"}

statement(changes) := object.union(
	{
		"item": 0,
		"predicateType": "https://slsa.dev/provenance/v1",
		"subjects": [{"digests": ["sha256:1"]}],
		"verified": "verified",
		"builder": builder,
		"buildType": "https://actions.github.io/buildtypes/workflow/v1",
		"sourceUri": "https://github.com/acme/shop",
		"sourceCommit": commit,
	},
	changes,
)

check(statements) := {
	"subject": {"repository": "acme/shop", "commit": commit, "artifacts": [shop]},
	"evidence": {"attestation": [{"id": "e1", "statements": statements}]},
}

violations_of(document, changes) := denied if {
	denied := provenance.deny with input as document with data.params.provenance as object.union(params, changes)
}

denied(statements, changes) := {violation.msg | some violation in violations_of(check(statements), changes)}

none := "shop: no SLSA provenance is about this digest"

test_verified if denied([statement({})], {}) == set()

test_types[type] if {
	some type in [
		"https://slsa.dev/provenance/v0.1", "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1",
		"https://slsa.dev/provenance/v1.0",
	]
	denied([statement({"predicateType": type})], {}) == set()
}

test_other_types[type] if {
	some type in [
		"https://slsa.dev/provenance/v2", "https://slsa.dev/provenance/v1/x", "https://slsa.dev/provenanc/v1", "",
		"x https://slsa.dev/provenance/v1", "https://slsa.dev/verification_summary/v1",
	]
	denied([statement({"predicateType": type})], {}) == {none}
}

test_no_statement if denied([], {}) == {none}

test_another_digest if denied([statement({"subjects": [{"name": "shop", "digests": ["sha256:2"]}]})], {}) == {none}

test_unchecked if {
	denied([statement({"verified": "unchecked"})], {}) == {"shop: its provenance was read, and nobody verified it: let `gate evidence run --kind attestation` run `cosign verify-attestation` or `gh attestation verify`"}
}

test_one_of_two_is_verified if denied([statement({"verified": "unchecked"}), statement({})], {}) == set()

test_failed if denied([statement({"verified": "failed"})], {}) == {"shop: the signature of its provenance was checked, and does not hold"}

test_one_of_two_failed if {
	denied([statement({"verified": "failed"}), statement({})], {}) == {"shop: the signature of its provenance was checked, and does not hold"}
}

test_doubts[note] if {
	some note, case in {
		"another builder": [{"builder": "https://evil.com"}, {}, "https://evil.com built it, which is none of the builders that may"],
		"no builder may": [{}, {"builders": []}, "https://github.com/actions/runner/github-hosted built it, which is none of the builders that may"],
		"another build type": [{}, {"build_types": ["make"]}, "it was built as 'https://actions.github.io/buildtypes/workflow/v1', which is none of the build types that may be"],
		"another repository": [{"sourceUri": "git+https://github.com/evil/shop"}, {}, "it was built from git+https://github.com/evil/shop, not from acme/shop"],
		"another commit": [{"sourceCommit": another}, {}, "it was built from the commit a0a1a2a3a4a5, not from b0b1b2b3b4b5"],
		"another signer": [{"signer": {"identity": "mallory@evil.com"}}, {"identities": ["*@acme.com"]}, "mallory@evil.com signed its provenance, and is not among those who may"],
		"another issuer": [{"signer": {"keyId": "k"}}, {"issuers": ["https://accounts.acme.com"]}, "k signed its provenance, and is not among those who may"],
		"no signer": [{}, {"identities": ["*@acme.com"]}, "somebody unnamed signed its provenance, and is not among those who may"],
	}
	[changes, parameters, reason] := case
	denied([statement(changes)], parameters) == {$"shop: {reason}"}
}

test_what_is_not_named[member] if {
	some member, reason in {
		"builder": "nobody who is named built it, which is none of the builders that may",
		"sourceUri": "it was built from a source that is not named, not from acme/shop",
		"sourceCommit": "it is not said from which commit it was built",
	}
	denied([object.remove(statement({}), {member})], {}) == {$"shop: {reason}"}
}

test_no_build_type if {
	unnamed := object.remove(statement({}), {"buildType"})
	denied([unnamed], {}) == set()
	denied([unnamed], {"build_types": ["make"]}) == {"shop: it was built as '', which is none of the build types that may be"}
}

test_another_repository_that_may_be if denied([statement({"sourceUri": "https://github.com/evil/shop"})], {"same_repository": false}) == set()

test_another_commit_that_may_be if denied([statement({"sourceCommit": another})], {"same_commit": false}) == set()

test_a_commit_that_need_not_be_named if {
	denied([object.remove(statement({}), {"sourceCommit"})], {"same_commit": false}) == set()
}

test_a_commit_in_upper_case if {
	upper_case := json.patch(check([statement({})]), [{"op": "replace", "path": "/subject/commit", "value": upper(commit)}])
	violations_of(upper_case, {}) == set()
}

test_one_provenance_without_doubt_is_enough if denied([statement({"builder": "x"}), statement({"item": 1})], {}) == set()

test_two_halves_are_no_whole if {
	denied([statement({"builder": "x"}), statement({"sourceCommit": another})], {}) == {
		"shop: x built it, which is none of the builders that may",
		"shop: it was built from the commit a0a1a2a3a4a5, not from b0b1b2b3b4b5",
	}
}

test_an_unverified_one_is_not_asked if {
	denied([statement({"builder": "x"}), statement({"verified": "unchecked"})], {}) == {"shop: x built it, which is none of the builders that may"}
}

test_every_artifact_needs_one if {
	two := json.patch(check([statement({})]), [{"op": "add", "path": "/subject/artifacts/-", "value": {"name": "web", "digest": "sha256:2"}}])
	{violation.msg | some violation in violations_of(two, {})} == {"web: no SLSA provenance is about this digest"}
}

test_doubts_are_not_mixed_up if {
	two := json.patch(
		check([statement({}), statement({"subjects": [{"digests": ["sha256:2"]}], "builder": "x"})]),
		[{"op": "add", "path": "/subject/artifacts/-", "value": {"name": "web", "digest": "sha256:2"}}],
	)
	{violation.msg | some violation in violations_of(two, {})} == {"web: x built it, which is none of the builders that may"}
}

test_a_doubt_about_one_of_two_artifacts if {
	two := json.patch(
		check([statement({"builder": "x"}), statement({"subjects": [{"digests": ["sha256:2"]}]})]),
		[{"op": "add", "path": "/subject/artifacts/-", "value": {"name": "web", "digest": "sha256:2"}}],
	)
	{violation.msg | some violation in violations_of(two, {})} == {"shop: x built it, which is none of the builders that may"}
}

test_each_artifact_has_its_own_doubts if {
	two := json.patch(
		check([statement({"builder": "x"}), statement({"subjects": [{"digests": ["sha256:2"]}], "sourceCommit": another})]),
		[{"op": "add", "path": "/subject/artifacts/-", "value": {"name": "web", "digest": "sha256:2"}}],
	)
	{violation.msg | some violation in violations_of(two, {})} == {
		"shop: x built it, which is none of the builders that may",
		"web: it was built from the commit a0a1a2a3a4a5, not from b0b1b2b3b4b5",
	}
}

summary(changes) := object.union(
	{
		"item": 1,
		"predicateType": "https://slsa.dev/verification_summary/v1",
		"subjects": [{"digests": ["sha256:1"]}],
		"verified": "verified",
		"verifier": "https://verifier.acme.com",
		"result": "PASSED",
		"levels": ["SLSA_BUILD_LEVEL_2"],
	},
	changes,
)

level(reached, required) := $"shop: verified verification summaries state SLSA build level {reached}, {required} required"

test_exactly_the_level if denied([statement({}), summary({})], {"minimum_level": 2}) == set()

test_more_than_the_level if denied([statement({}), summary({})], {"minimum_level": 1}) == set()

test_less_than_the_level if denied([statement({}), summary({})], {"minimum_level": 3}) == {level(2, 3)}

test_no_level_is_asked if denied([statement({})], {}) == set()

test_no_summary if denied([statement({})], {"minimum_level": 1}) == {level(0, 1)}

test_old_summaries[version] if {
	some version in ["0.1", "0.2"]
	old := summary({"predicateType": $"https://slsa.dev/verification_summary/v{version}"})
	denied([statement({}), old], {"minimum_level": 2}) == set()
}

test_the_highest_level_counts if {
	denied([statement({}), summary({"levels": ["SLSA_BUILD_LEVEL_1", "SLSA_SOURCE_LEVEL_3"]}), summary({})], {"minimum_level": 2}) == set()
}

by_zoe := statement({"signer": {"identity": "zoe@acme.com"}})

test_summaries_that_do_not_count[note] if {
	some note, case in {
		"failed": [{"result": "FAILED"}, {}],
		"unchecked": [{"verified": "unchecked"}, {}],
		"about another artifact": [{"subjects": [{"digests": ["sha256:2"]}]}, {}],
		"by another verifier": [{}, {"verifiers": ["https://slsa.dev/*"]}],
		"by another signer": [{"signer": {"identity": "mallory@evil.com"}}, {"identities": ["*@acme.com"]}],
		"of another track": [{"levels": ["SLSA_SOURCE_LEVEL_2"]}, {}],
		"of a level that is not": [{"levels": ["SLSA_BUILD_LEVEL_23", "X_SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_9"]}, {}],
		"of no level": [{"levels": []}, {}],
		"of another type": [{"predicateType": "https://slsa.dev/verification_summary/v9"}, {}],
		"of a type that begins with another text": [{"predicateType": "x https://slsa.dev/verification_summary/v1"}, {}],
	}
	[changes, parameters] := case
	denied([by_zoe, summary(changes)], object.union({"minimum_level": 2}, parameters)) == {level(0, 2)}
}

test_no_verifier if denied([statement({}), object.remove(summary({}), {"verifier"})], {"minimum_level": 2}) == set()

test_a_verifier_without_a_name if {
	unnamed := object.remove(summary({}), {"verifier"})
	denied([statement({}), unnamed], {"minimum_level": 2, "verifiers": ["m*"]}) == {level(0, 2)}
}

test_a_level_is_measured if {
	some violation in violations_of(check([statement({})]), {"minimum_level": 3})
	violation.measured == {"value": 0, "limit": 3, "better": "higher"}
}

test_keys_and_severities if {
	odd := statement({"item": 4, "builder": "x", "sourceUri": "x", "sourceCommit": another})
	failed := statement({"verified": "failed"})
	found := {[violation.key, violation.severity] | some violation in violations_of(check([odd, failed]), {"build_types": [], "identities": [], "minimum_level": 1})}
	found == {
		["sha256:1 builder", "high"],
		["sha256:1 repository", "high"],
		["sha256:1 commit", "high"],
		["sha256:1 build-type", "high"],
		["sha256:1 signer", "high"],
		["sha256:1 failed", "critical"],
		["sha256:1 level", "high"],
	}
}

test_more_keys if {
	{[violation.key, violation.severity] | some violation in violations_of(check([]), {})} == {["sha256:1 none", "high"]}
	unchecked := check([statement({"verified": "unchecked"})])
	{[violation.key, violation.severity] | some violation in violations_of(unchecked, {})} == {["sha256:1 unverified", "high"]}
}

test_the_statement_is_named if {
	some changes in [{"item": 4, "builder": "x"}, {"item": 4, "verified": "failed"}]
	some violation in violations_of(check([statement(changes)]), {})
	[violation.evidence, violation.item] == ["e1", 4]
}

lacking(document, changes) := reasons if {
	reasons := provenance.missing with input as document with data.params.provenance as object.union(params, changes)
}

test_nothing_is_missing if lacking(check([]), {}) == set()

test_no_artifact if {
	empty := json.patch(check([]), [{"op": "replace", "path": "/subject/artifacts", "value": []}])
	lacking(empty, {}) == {"it is not known which artifact is gated: pass --artifact NAME@sha256:DIGEST"}
}

test_no_repository if {
	unknown := json.patch(check([]), [{"op": "remove", "path": "/subject/repository"}])
	lacking(unknown, {}) == {"it is not known which repository is gated, and the source has to be the same: pass --repository"}
	lacking(unknown, {"same_repository": false}) == set()
}

test_no_commit if {
	unknown := json.patch(check([]), [{"op": "remove", "path": "/subject/commit"}])
	lacking(unknown, {}) == {"it is not known which commit is gated, and the source has to be the same: pass --commit"}
	lacking(unknown, {"same_commit": false}) == set()
}

test_artifacts_are_counted if provenance.applicable == 1 with input as check([])

test_no_evidence_is_for_the_engine_to_say if {
	nothing := json.patch(check([]), [{"op": "replace", "path": "/evidence/attestation", "value": []}])
	violations_of(nothing, {"minimum_level": 1}) == set()
}
