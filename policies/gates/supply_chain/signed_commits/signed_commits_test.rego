package gates.supply_chain.signed_commits_test

import data.gates.supply_chain.signed_commits

sha := "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3"

params := {
	"also_accepted": [],
	"signers": ["**"],
	"signer_is_committer": false,
	"forge": "merges",
	"forge_signers": ["noreply@github.com"],
}

commit(changes) := object.union({"item": 0, "sha": sha, "signature": "good", "parents": 1}, changes)

change(documents) := {"evidence": {"change": [{"id": $"e{index}", "commits": commits} | some index, commits in documents]}}

denied_of(documents, changes) := {violation.msg |
	some violation in signed_commits.deny with input as change(documents)
		with data.params["signed-commits"] as object.union(params, changes)
}

denied(commits, changes) := denied_of([commits], changes)

test_a_good_signature if denied([commit({})], {}) == set()

test_what_is_said_of_a_signature[status] if {
	some status, reason in {
		"none": "it is not signed",
		"uncheckable": "its signature cannot be checked, for want of the key",
		"unknown-validity": "its signature is by a key of unknown validity",
		"expired": "its signature, or the key of it, has expired",
		"revoked": "the key of its signature was revoked",
		"bad": "its signature does not fit",
	}
	denied([commit({"signature": status})], {}) == {$"b0b1b2b3b4b5: {reason}"}
}

test_also_accepted[status] if {
	some status in ["unknown-validity", "expired"]
	denied([commit({"signature": status})], {"also_accepted": [status]}) == set()
}

test_every_commit_counts if {
	other := commit({"sha": "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3", "signature": "none", "item": 1})
	denied([commit({}), other], {}) == {"a0a1a2a3a4a5: it is not signed"}
}

# Two documents on one commit.
both(first, second, changes) := denied_of([[commit(first)], [commit(second)]], changes)

test_one_has_the_key if both({"signature": "uncheckable"}, {}, {}) == set()

test_one_sees_no_signature if both({}, {"signature": "none"}, {}) == set()

test_one_says_that_it_is_spoilt[status] if {
	some status in ["bad", "revoked", "expired"]
	both({}, {"signature": status}, {}) == denied([commit({"signature": status})], {})
}

test_one_says_that_it_has_expired_and_that_is_accepted if both({}, {"signature": "expired"}, {"also_accepted": ["expired"]}) == set()

test_two_say_that_it_is_spoilt if {
	both({"signature": "bad"}, {"signature": "revoked"}, {}) == {
		"b0b1b2b3b4b5: its signature does not fit",
		"b0b1b2b3b4b5: the key of its signature was revoked",
	}
}

test_spoilt_and_unsigned if both({"signature": "bad"}, {"signature": "none"}, {}) == {"b0b1b2b3b4b5: its signature does not fit"}

zoe := {"signer": "Zoe <zoe@acme.com>", "signedByCommitter": true, "committer": "Zoe <zoe@acme.com>"}

test_who_may_sign if denied([commit(zoe)], {"signers": ["*@acme.com"]}) == set()

test_who_may_not_sign if {
	denied([commit(zoe)], {"signers": ["*@example.com"]}) == {"b0b1b2b3b4b5: Zoe <zoe@acme.com> signed it, and is not among those who may sign"}
}

test_the_committer_is_the_signer if denied([commit(object.remove(zoe, {"signer"}))], {"signers": ["*@acme.com"]}) == set()

test_the_signer_goes_before_the_committer if {
	other := object.union(zoe, {"committer": "Zoe <zoe@example.com>"})
	denied([commit(other)], {"signers": ["*@acme.com"]}) == set()
}

test_the_committer_is_not_the_signer if {
	unsaid := {"committer": "Zoe <zoe@acme.com>", "signedByCommitter": false}
	denied([commit(unsaid)], {"signers": ["*@acme.com"]}) == {"b0b1b2b3b4b5: it is not said who signed it, and not everybody may"}
}

test_a_signer_of_whom_nothing_is_said if {
	denied([commit({})], {"signers": ["*@acme.com"]}) == {"b0b1b2b3b4b5: it is not said who signed it, and not everybody may"}
}

test_nobody_may_sign if denied([commit({})], {"signers": []}) == {"b0b1b2b3b4b5: it is not said who signed it, and not everybody may"}

test_one_document_names_who_may_sign if both({}, zoe, {"signers": ["*@acme.com"]}) == set()

test_the_one_who_may_sign_is_not_who_made_the_good_signature if {
	both({}, object.union(zoe, {"signature": "none"}), {"signers": ["*@acme.com"]}) == {"b0b1b2b3b4b5: it is not said who signed it, and not everybody may"}
}

test_signer_is_committer if denied([commit(zoe)], {"signer_is_committer": true}) == set()

test_signer_is_not_committer if {
	borrowed := object.union(zoe, {"signedByCommitter": false})
	denied([commit(borrowed)], {}) == set()
	denied([commit(borrowed)], {"signer_is_committer": true}) == {"b0b1b2b3b4b5: it was not signed by its committer, or nobody says so"}
}

test_it_is_not_said_whether_signer_is_committer if {
	denied([commit({})], {"signer_is_committer": true}) == {"b0b1b2b3b4b5: it was not signed by its committer, or nobody says so"}
}

test_a_signer_who_may_not_is_not_asked_for_more if {
	borrowed := object.union(zoe, {"signedByCommitter": false})
	denied([commit(borrowed)], {"signer_is_committer": true, "signers": []}) == {"b0b1b2b3b4b5: Zoe <zoe@acme.com> signed it, and is not among those who may sign"}
}

by_forge := {"committer": "GitHub <noreply@github.com> (web-flow)", "signedByCommitter": true}

refusal := "b0b1b2b3b4b5: the forge signed it (GitHub <noreply@github.com> (web-flow)), as it does for anybody who may write on its pages"

test_the_forge[note] if {
	some note, case in {
		"a merge": ["merges", 2, set()],
		"no merge": ["merges", 1, {refusal}],
		"a merge that is refused": ["refuse", 2, {refusal}],
		"whatever is accepted": ["accept", 1, set()],
	}
	[forge, parents, expected] := case
	denied([commit(object.union(by_forge, {"parents": parents}))], {"forge": forge}) == expected
}

test_a_merge_of_unknown_parents if denied([object.remove(commit(by_forge), {"parents"})], {}) == {refusal}

test_the_forge_need_not_be_named if denied([commit(by_forge)], {"forge": "accept", "signers": ["*@acme.com"]}) == set()

test_the_forge_is_not_the_committer if {
	signed := {"signer": "GitHub <noreply@github.com>", "signedByCommitter": false}
	denied([commit(signed)], {"forge": "accept", "signer_is_committer": true}) == set()
}

test_naming_the_forge_does_not_let_it if denied([commit(by_forge)], {"signers": ["noreply@github.com"]}) == {refusal}

test_a_name_of_the_forge_is_not_its_address if {
	denied([commit({"signer": "noreply@github.com <mallory@evil.com>"})], {"forge": "accept", "signers": ["*@acme.com"]}) == {"b0b1b2b3b4b5: noreply@github.com <mallory@evil.com> signed it, and is not among those who may sign"}
}

test_spoilt_is_all_there_is_to_say if {
	both({}, {"signature": "bad"}, {"signers": ["*@acme.com"]}) == {"b0b1b2b3b4b5: its signature does not fit"}
}

test_the_good_signature_is_named if {
	violations := signed_commits.deny with input as change([[commit({})], [commit({"signature": "none"})]])
		with data.params["signed-commits"] as object.union(params, {"signers": ["*@acme.com"]})
	{violation.evidence | some violation in violations} == {"e0"}
}

test_violations_name_the_commit if {
	violations := signed_commits.deny with input as change([[commit({"signature": "none"})], [commit({"signature": "none", "item": 7})]])
		with data.params["signed-commits"] as params
	{[violation.evidence, violation.item, violation.key, violation.severity] | some violation in violations} == {
		["e0", 0, "none", "high"],
		["e1", 7, "none", "high"],
	}
}

test_key_of_a_signer if {
	some violation in signed_commits.deny with input as change([[commit({})]])
		with data.params["signed-commits"] as object.union(params, {"signers": []})
	violation.key == "signer"
}

test_key_of_a_spoilt_one if {
	some violation in signed_commits.deny with input as change([[commit({"signature": "bad"})]])
		with data.params["signed-commits"] as params
	violation.key == "bad"
}

test_commits_are_counted_once if signed_commits.applicable == 1 with input as change([[commit({})], [commit({})]])

test_a_change_without_commits if {
	signed_commits.applicable == 0 with input as change([[]])
	signed_commits.missing == {"no evidence of the change lists its commits; `gate evidence collect git` does"} with input as change([[]])
}

test_nothing_is_missing if signed_commits.missing == set() with input as change([[commit({})], []])

test_no_evidence_is_for_the_engine_to_say if signed_commits.missing == set() with input as change([])
