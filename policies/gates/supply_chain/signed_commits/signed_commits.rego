# METADATA
# title: Signed commits
# description: >-
#   Every commit of the change has a good signature, by somebody who may sign. What git and the forge say of one commit is
#   put together; a signature that one of them calls bad is bad.
# related_resources:
#   - ref: https://git-scm.com/book/en/v2/Git-Tools-Signing-Your-Work
#     description: How to sign commits
#   - ref: https://docs.github.com/en/authentication/managing-commit-signature-verification
#     description: When GitHub calls a signature verified
# custom:
#   id: signed-commits
#   requirement: R2.12
#   severity: high
#   evidence:
#     - kind: change
#       fields: [sha, committer, parents, signature, signer, signedByCommitter]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       also_accepted:
#         description: >-
#           What may be said of a signature beside that it is good, namely that its key is of unknown validity, or that it was
#           good and has expired since.
#         type: array
#         items: {enum: [unknown-validity, expired]}
#         stricter: fewer
#         default: []
#       signers:
#         description: >-
#           Who may sign, by address or by the whole name of the signer; `*` stands for any text but `/`, `**` for any text.
#           `**` alone means everybody whose key is trusted, those too of whom it is not said who they are.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["**"]
#       signer_is_committer:
#         description: Whether the signer has to be the committer, so that nobody signs commits that go by another name.
#         type: boolean
#         stricter: [false, true]
#         default: false
#       forge:
#         description: >-
#           Which commits may be signed by the forge, which anybody makes who may write on its pages: none, merges alone, or
#           all of them. `signers` need not name the forge for these.
#         enum: [refuse, merges, accept]
#         stricter: [accept, merges, refuse]
#         default: merges
#       forge_signers:
#         description: The addresses or names by which forges sign, written as in `signers`.
#         type: array
#         items: {type: string, minLength: 1}
#         default: [noreply@github.com]
#   controls: [ssdf:PS.1.1, soc2:CC8.1]
#   remediation: >-
#     Sign the commits (`git config commit.gpgsign true`), rebase those that are not (`git rebase --exec 'git commit --amend
#     --no-edit -S' BASE`), and let git know the keys (`gpg.ssh.allowedSignersFile`) before `gate evidence collect git`.
package gates.supply_chain.signed_commits

import data.lib.identities

params := data.params["signed-commits"]

# By commit what each document says of it.
said[commit.sha] contains {"evidence": document.id, "commit": commit} if {
	some document in input.evidence.change
	some commit in document.commits
}

applicable := count(said)

missing contains "no evidence of the change lists its commits; `gate evidence collect git` does" if {
	count(input.evidence.change) > 0
	applicable == 0
}

good := {"good"} | {status | some status in params.also_accepted}

# One word against a signature is enough, whatever others say; who has not the key says nothing against it.
spoiling := {"bad", "revoked", "expired"} - good

spoilt contains sha if {
	some sha, statements in said
	some one in statements
	one.commit.signature in spoiling
}

signed contains sha if {
	some sha, statements in said
	some one in statements
	one.commit.signature in good
}

# Several may say who signed, as git by its keys and the forge by its accounts: one who may is enough.
proper contains sha if {
	some sha, statements in said
	some one in statements
	one.commit.signature in good
	not doubt(one.commit)
}

who(commit) := commit.signer

who(commit) := commit.committer if {
	not commit.signer
	commit.signedByCommitter
}

by_forge(commit) if identities.person(who(commit), params.forge_signers)

forge_may(_) if params.forge == "accept"

forge_may(commit) if {
	params.forge == "merges"
	commit.parents > 1
}

may_sign(_) if identities.anybody(params.signers)

may_sign(commit) if identities.person(who(commit), params.signers)

# Why a good signature is not enough.
doubt(commit) := reason if {
	by_forge(commit)
	not forge_may(commit)
	name := who(commit)
	reason := $"the forge signed it ({name}), as it does for anybody who may write on its pages"
}

doubt(commit) := reason if {
	not by_forge(commit)
	not may_sign(commit)
	name := who(commit)
	reason := $"{name} signed it, and is not among those who may sign"
}

doubt(commit) := "it is not said who signed it, and not everybody may" if {
	not who(commit)
	not may_sign(commit)
}

doubt(commit) := "it was not signed by its committer, or nobody says so" if {
	params.signer_is_committer
	not by_forge(commit)
	may_sign(commit)
	not commit.signedByCommitter
}

unsigned := {
	"none": "it is not signed",
	"uncheckable": "its signature cannot be checked, for want of the key",
	"unknown-validity": "its signature is by a key of unknown validity",
	"expired": "its signature, or the key of it, has expired",
	"revoked": "the key of its signature was revoked",
	"bad": "its signature does not fit",
}

refused contains object.union(one, {"key": one.commit.signature, "reason": unsigned[one.commit.signature]}) if {
	some sha in spoilt
	some one in said[sha]
	one.commit.signature in spoiling
}

refused contains object.union(one, {"key": one.commit.signature, "reason": unsigned[one.commit.signature]}) if {
	some sha, statements in said
	not sha in spoilt
	not sha in signed
	some one in statements
}

refused contains object.union(one, {"key": "signer", "reason": doubt(one.commit)}) if {
	some sha in signed
	not sha in spoilt
	not sha in proper
	some one in said[sha]
	one.commit.signature in good
}

deny contains {
	"evidence": one.evidence,
	"item": one.commit.item,
	"key": one.key,
	"severity": "high",
	"msg": $"{substring(one.commit.sha, 0, 12)}: {one.reason}",
} if {
	some one in refused
}
