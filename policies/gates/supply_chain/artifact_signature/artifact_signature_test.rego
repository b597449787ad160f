package gates.supply_chain.artifact_signature_test

import data.gates.supply_chain.artifact_signature

params := {"identities": ["**"], "issuers": ["**"], "statements": ["**"]}

shop := {"name": "shop", "digest": "sha256:1"}

statement(changes) := object.union(
	{"item": 0, "predicateType": "signature", "subjects": [{"name": "shop", "digests": ["sha256:1"]}], "verified": "verified"},
	changes,
)

check(statements) := {
	"subject": {"artifacts": [shop]},
	"evidence": {"attestation": [{"id": "e1", "statements": statements}]},
}

violations(statements, changes) := denied if {
	denied := artifact_signature.deny with input as check(statements)
		with data.params["artifact-signature"] as object.union(params, changes)
}

denied(statements, changes) := {violation.msg | some violation in violations(statements, changes)}

unsigned := "shop: no signature and no attestation is about this digest"

unverified := "shop: its signature was read, and nobody verified it: let `gate evidence run --kind attestation` run `cosign verify` or `gh attestation verify`"

failed := "shop: a signature of it was checked, and does not hold"

stranger := "shop: mallory@evil.com signed it, and is not among those who may sign"

zoe := {"signer": {"identity": "zoe@acme.com", "issuer": "https://accounts.acme.com"}}

mallory := {"signer": {"identity": "mallory@evil.com"}, "item": 1}

test_verified if denied([statement({})], {}) == set()

test_no_statement if denied([], {}) == {unsigned}

test_another_digest if denied([statement({"subjects": [{"name": "shop", "digests": ["sha256:2"]}]})], {}) == {unsigned}

test_no_digest if denied([statement({"subjects": [{"name": "shop", "digests": []}]})], {}) == {unsigned}

test_unchecked if denied([statement({"verified": "unchecked"})], {}) == {unverified}

test_failed if denied([statement({"verified": "failed"})], {}) == {failed}

test_one_is_verified if denied([statement({"verified": "unchecked"}), statement({})], {}) == set()

test_one_failed if denied([statement({"verified": "failed"}), statement({})], {}) == {failed}

test_who_may_sign if denied([statement(zoe)], {"identities": ["*@acme.com"], "issuers": ["https://accounts.acme.com"]}) == set()

test_who_may_not if denied([statement(mallory)], {"identities": ["*@acme.com"]}) == {stranger}

test_an_issuer_who_may_not if {
	denied([statement(zoe)], {"issuers": ["https://accounts.example.com"]}) == {"shop: zoe@acme.com (https://accounts.acme.com) signed it, and is not among those who may sign"}
}

test_no_signer if denied([statement({})], {"identities": ["*@acme.com"]}) == {"shop: somebody unnamed signed it, and is not among those who may sign"}

test_one_of_two_may if denied([statement(zoe), statement(mallory)], {"identities": ["*@acme.com"]}) == set()

test_the_one_who_may_was_not_verified if {
	both := [statement(object.union(zoe, {"verified": "unchecked"})), statement(mallory)]
	denied(both, {"identities": ["*@acme.com"]}) == {stranger}
}

test_statements if denied([statement({})], {"statements": ["signature"]}) == set()

test_another_statement if denied([statement({})], {"statements": ["https://slsa.dev/provenance/**"]}) == {unsigned}

test_every_artifact_needs_one if {
	two := json.patch(check([statement({})]), [{"op": "add", "path": "/subject/artifacts/-", "value": {"name": "", "digest": "sha256:2"}}])
	messages := {violation.msg | some violation in artifact_signature.deny with input as two with data.params["artifact-signature"] as params}
	messages == {"sha256:2: no signature and no attestation is about this digest"}
}

test_signatures_are_not_mixed_up if {
	two := json.patch(
		check([statement({}), statement({"subjects": [{"digests": ["sha256:2"]}], "verified": "unchecked"})]),
		[{"op": "add", "path": "/subject/artifacts/-", "value": {"name": "web", "digest": "sha256:2"}}],
	)
	keys := {violation.key | some violation in artifact_signature.deny with input as two with data.params["artifact-signature"] as params}
	keys == {"sha256:2 unverified"}
}

test_keys_and_severities[note] if {
	some note, case in {
		"unsigned": [{"subjects": []}, {}, [["sha256:1 unsigned", "high"]]],
		"unverified": [{"verified": "unchecked"}, {}, [["sha256:1 unverified", "high"]]],
		"failed": [{"verified": "failed"}, {}, [["sha256:1 failed", "critical"]]],
		"signer": [mallory, {"identities": []}, [["sha256:1 signer", "high"]]],
	}
	[changes, parameters, expected] := case
	[[violation.key, violation.severity] | some violation in violations([statement(changes)], parameters)] == expected
}

test_the_statement_is_named if {
	some changes in [object.union(mallory, {"verified": "failed"}), mallory]
	some violation in violations([statement(changes)], {"identities": []})
	[violation.evidence, violation.item] == ["e1", 1]
}

test_no_artifact if {
	artifact_signature.missing == {"it is not known which artifact is gated: pass --artifact NAME@sha256:DIGEST"} with input as {"subject": {"artifacts": []}}
}

test_nothing_is_missing if artifact_signature.missing == set() with input as check([])

test_artifacts_are_counted if artifact_signature.applicable == 1 with input as check([])

test_no_evidence_is_for_the_engine_to_say if {
	none := {"subject": {"artifacts": [shop]}, "evidence": {"attestation": []}}
	artifact_signature.deny == set() with input as none with data.params["artifact-signature"] as params
}
