# METADATA
# title: Provenance
# description: >-
#   Every artifact that is gated has a SLSA provenance about its very digest that was verified: by a builder that is on the
#   list, from the gated repository and commit. Where a level is asked for, a verified verification summary says it.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.0/provenance
#     description: What a provenance says
#   - ref: https://slsa.dev/spec/v1.0/verifying-artifacts
#     description: How to verify one
#   - ref: https://slsa.dev/spec/v1.0/verification_summary
#     description: Verification summaries and levels
# custom:
#   id: provenance
#   requirement: R2.12
#   severity: high
#   evidence:
#     - kind: attestation
#       fields: [predicateType, subjects, verified, signer, builder, buildType, sourceUri, sourceCommit, result, levels, verifier]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       builders:
#         description: >-
#           Ids of builders that may build; `*` stands for any text but `/`, `**` for any text. With GitHub's attestations the
#           builder is the workflow, such as `https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main`.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default:
#           - https://github.com/actions/runner/github-hosted
#           - https://github.com/slsa-framework/slsa-github-generator/.github/workflows/*@refs/tags/v*
#           - https://cloudbuild.googleapis.com/GoogleHostedWorker
#       build_types:
#         description: How it may be built, by the build type of the provenance, written as in `builders`.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       identities:
#         description: >-
#           Who may sign a provenance, by the identity of the certificate or the id of the key, written as in `builders`. A
#           provenance names any builder that whoever signs it likes.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       issuers:
#         description: Who may vouch for such an identity, written as in `builders`; a key has nobody, so that only `**` means it.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       same_repository:
#         description: Whether the source has to be the repository that is gated.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       same_commit:
#         description: Whether the source has to be the commit that is gated.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       minimum_level:
#         description: The SLSA build level that a verification summary has to state; 0 asks for none.
#         type: integer
#         minimum: 0
#         maximum: 3
#         stricter: higher
#         default: 0
#       verifiers:
#         description: Whose verification summaries count, by the id of the verifier, written as in `builders`.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#   controls: [ssdf:PS.3.1, ssdf:PS.3.2, ssdf:PW.6.1, slsa:build-l2]
#   remediation: >-
#     Let the build service attest what it builds (`actions/attest-build-provenance`, slsa-github-generator, Tekton Chains) and
#     verify it where gate sees it: `gate evidence run --kind attestation -o provenance.json -- gh attestation verify FILE
#     --repo OWNER/NAME --format json`, or `-- cosign verify-attestation --type slsaprovenance1 … IMAGE@DIGEST`.
package gates.supply_chain.provenance

import data.lib.artifacts
import data.lib.identities
import data.lib.repositories
import data.lib.signers

params := data.params.provenance

applicable := count(input.subject.artifacts)

missing contains "it is not known which artifact is gated: pass --artifact NAME@sha256:DIGEST" if applicable == 0

missing contains "it is not known which repository is gated, and the source has to be the same: pass --repository" if {
	params.same_repository
	not input.subject.repository
}

missing contains "it is not known which commit is gated, and the source has to be the same: pass --commit" if {
	params.same_commit
	not input.subject.commit
}

is_provenance(type) if regex.match(`^https://slsa\.dev/provenance/v(?:0\.[12]|1(?:\.0)?)$`, type)

is_summary(type) if regex.match(`^https://slsa\.dev/verification_summary/v(?:0\.[12]|1)$`, type)

# By gated artifact the provenances of it.
attested[artifact.digest] contains {"evidence": document.id, "statement": statement} if {
	some artifact in input.subject.artifacts
	some document in input.evidence.attestation
	some statement in document.statements
	is_provenance(statement.predicateType)
	artifacts.named(artifact.digest, statement.subjects)
}

verified[digest] contains one if {
	some digest, found in attested
	some one in found
	one.statement.verified == "verified"
}

signer_of(statement) := object.get(statement, "signer", {})

stated contains one if {
	some found in verified
	some one in found
}

# What is wrong with a verified provenance.
doubts contains {"one": one, "key": "signer", "reason": reason} if {
	some one in stated
	not signers.trusted(signer_of(one.statement), params.identities, params.issuers)
	reason := $"{signers.shown(signer_of(one.statement))} signed its provenance, and is not among those who may"
}

doubts contains {"one": one, "key": "builder", "reason": reason} if {
	some one in stated
	builder := object.get(one.statement, "builder", "nobody who is named")
	not identities.matches(builder, params.builders)
	reason := $"{builder} built it, which is none of the builders that may"
}

doubts contains {"one": one, "key": "build-type", "reason": reason} if {
	some one in stated
	type := object.get(one.statement, "buildType", "")
	not identities.matches(type, params.build_types)
	reason := $"it was built as '{type}', which is none of the build types that may be"
}

doubts contains {"one": one, "key": "repository", "reason": reason} if {
	params.same_repository
	some one in stated
	source := object.get(one.statement, "sourceUri", "a source that is not named")
	not repositories.same(source, input.subject.repository)
	reason := $"it was built from {source}, not from {input.subject.repository}"
}

doubts contains {"one": one, "key": "commit", "reason": reason} if {
	params.same_commit
	some one in stated
	one.statement.sourceCommit != lower(input.subject.commit)
	reason := $"it was built from the commit {substring(one.statement.sourceCommit, 0, 12)}, not from {substring(input.subject.commit, 0, 12)}"
}

doubts contains {"one": one, "key": "commit", "reason": "it is not said from which commit it was built"} if {
	params.same_commit
	some one in stated
	not one.statement.sourceCommit
}

# One provenance without a doubt is enough.
proven contains digest if {
	some digest, found in verified
	some one in found
	not one in {doubt.one | some doubt in doubts}
}

# The levels that verified summaries about an artifact state, as numbers.
levels[artifact.digest] contains to_number(trim_prefix(stated, "SLSA_BUILD_LEVEL_")) if {
	some artifact in input.subject.artifacts
	some document in input.evidence.attestation
	some statement in document.statements
	is_summary(statement.predicateType)
	statement.verified == "verified"
	statement.result == "PASSED"
	artifacts.named(artifact.digest, statement.subjects)
	signers.trusted(signer_of(statement), params.identities, params.issuers)
	identities.matches(object.get(statement, "verifier", ""), params.verifiers)
	some stated in statement.levels
	regex.match(`^SLSA_BUILD_LEVEL_[0-3]$`, stated)
}

deny contains {
	"key": $"{artifact.digest} none",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: no SLSA provenance is about this digest",
} if {
	count(input.evidence.attestation) > 0
	some artifact in input.subject.artifacts
	not attested[artifact.digest]
}

deny contains {
	"evidence": one.evidence,
	"item": one.statement.item,
	"key": $"{artifact.digest} failed",
	"severity": "critical",
	"msg": $"{artifacts.name(artifact)}: the signature of its provenance was checked, and does not hold",
} if {
	some artifact in input.subject.artifacts
	some one in attested[artifact.digest]
	one.statement.verified == "failed"
}

deny contains {
	"key": $"{artifact.digest} unverified",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: its provenance was read, and nobody verified it: let `gate evidence run --kind attestation` run `cosign verify-attestation` or `gh attestation verify`",
} if {
	some artifact in input.subject.artifacts
	unchecked := {one | some one in attested[artifact.digest]; one.statement.verified == "unchecked"}
	count(unchecked) > 0
	not verified[artifact.digest]
}

deny contains {
	"evidence": one.evidence,
	"item": one.statement.item,
	"key": $"{artifact.digest} {doubt.key}",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: {doubt.reason}",
} if {
	some artifact in input.subject.artifacts
	not artifact.digest in proven
	some one in verified[artifact.digest]
	some doubt in doubts
	doubt.one == one
}

deny contains {
	"key": $"{artifact.digest} level",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: verified verification summaries state SLSA build level {reached}, {params.minimum_level} required",
	"measured": {"value": reached, "limit": params.minimum_level, "better": "higher"},
} if {
	count(input.evidence.attestation) > 0
	some artifact in input.subject.artifacts
	reached := max({0} | object.get(levels, artifact.digest, set()))
	reached < params.minimum_level
}
