# METADATA
# title: Artifact signature
# description: >-
#   Every artifact that is gated has a signature, or a signed attestation, that is about its very digest, was verified, and is by
#   somebody who may sign. A signature that was only read proves nothing.
# related_resources:
#   - ref: https://docs.sigstore.dev/cosign/verifying/verify/
#     description: How cosign verifies images, files and attestations
#   - ref: https://docs.github.com/en/actions/security-for-github-actions/using-artifact-attestations
#     description: Attestations that GitHub Actions signs
# custom:
#   id: artifact-signature
#   requirement: R2.12
#   severity: high
#   evidence:
#     - kind: attestation
#       fields: [predicateType, subjects, verified, signer]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       identities:
#         description: >-
#           Who may sign, by the identity of the certificate (a mail address, or the URI of a workflow) or the id of the key; `*`
#           stands for any text but `/`, `**` for any text. `**` alone means everybody whose signature was verified.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       issuers:
#         description: >-
#           Who may vouch for an identity, such as `https://token.actions.githubusercontent.com`, written as in `identities`; a
#           key has nobody who does, so that only `**` means it.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       statements:
#         description: >-
#           What may be signed to count, by predicate type, such as `cosign container image signature` or
#           `https://slsa.dev/provenance/**`, written as in `identities`.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#   controls: [ssdf:PS.2.1, soc2:CC6.8]
#   remediation: >-
#     Sign the artifact and verify it in the same pipeline, so that gate sees the verification succeed:
#     `gate evidence run --kind attestation -o signature.json -- cosign verify --certificate-identity WHO
#     --certificate-oidc-issuer ISSUER IMAGE@DIGEST`; `gh attestation verify FILE --repo OWNER/NAME --format json` does as well.
package gates.supply_chain.artifact_signature

import data.lib.artifacts
import data.lib.identities
import data.lib.signers

params := data.params["artifact-signature"]

applicable := count(input.subject.artifacts)

missing contains "it is not known which artifact is gated: pass --artifact NAME@sha256:DIGEST" if applicable == 0

# By gated artifact what is stated of it.
about[artifact.digest] contains {"evidence": document.id, "statement": statement} if {
	some artifact in input.subject.artifacts
	some document in input.evidence.attestation
	some statement in document.statements
	identities.matches(statement.predicateType, params.statements)
	artifacts.named(artifact.digest, statement.subjects)
}

signer_of(statement) := object.get(statement, "signer", {})

signed contains digest if {
	some digest, statements in about
	some one in statements
	one.statement.verified == "verified"
	signers.trusted(signer_of(one.statement), params.identities, params.issuers)
}

verified contains digest if {
	some digest, statements in about
	some one in statements
	one.statement.verified == "verified"
}

deny contains {
	"key": $"{artifact.digest} unsigned",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: no signature and no attestation is about this digest",
} if {
	count(input.evidence.attestation) > 0
	some artifact in input.subject.artifacts
	not about[artifact.digest]
}

deny contains {
	"evidence": one.evidence,
	"item": one.statement.item,
	"key": $"{artifact.digest} failed",
	"severity": "critical",
	"msg": $"{artifacts.name(artifact)}: a signature of it was checked, and does not hold",
} if {
	some artifact in input.subject.artifacts
	some one in about[artifact.digest]
	one.statement.verified == "failed"
}

deny contains {
	"key": $"{artifact.digest} unverified",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: its signature was read, and nobody verified it: let `gate evidence run --kind attestation` run `cosign verify` or `gh attestation verify`",
} if {
	some artifact in input.subject.artifacts
	unchecked := {one | some one in about[artifact.digest]; one.statement.verified == "unchecked"}
	count(unchecked) > 0
	not artifact.digest in verified
}

deny contains {
	"evidence": one.evidence,
	"item": one.statement.item,
	"key": $"{artifact.digest} signer",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: {signers.shown(signer_of(one.statement))} signed it, and is not among those who may sign",
} if {
	some artifact in input.subject.artifacts
	not artifact.digest in signed
	some one in about[artifact.digest]
	one.statement.verified == "verified"
}
