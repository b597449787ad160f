package gates.change.change_review_test

import data.gates.change.change_review

params := {"reviewers": 1, "independent_of": "contributors", "approvals_of": "head", "changes_requested": "block"}

head := "aaaaaaaaaaaaaaaa"

commit := {"item": 0, "sha": head, "author": "Zoe <zoe@example.org> (zoe)", "committer": "GitHub <noreply@github.com> (web-flow)"}

approval := {"user": "ann", "state": "approved", "commit": head, "latest": true, "bot": false}

review(changes) := object.union(approval, changes)

summary := {"number": "7", "author": "zoe", "head": head, "approvals": 1, "commits": 1}

document(reviews) := {"id": "c1", "summary": summary, "commits": [commit], "reviews": reviews}

check(documents) := {"subject": {"commit": head, "change": {"id": "7"}}, "evidence": {"change": documents}}

denied_in(given, changes) := {violation.msg |
	some violation in change_review.deny with input as given with data.params["change-review"] as object.union(params, changes)
}

missing_in(given, changes) := reasons if {
	reasons := change_review.missing with input as given with data.params["change-review"] as object.union(params, changes)
}

denied(reviews, changes) := denied_in(check([document(reviews)]), changes)

missing(reviews, changes) := missing_in(check([document(reviews)]), changes)

few(had, wanted) := {$"{had} of {wanted} approvals of the change as it is"}

test_enough if {
	denied([approval], {}) == set()
	missing([approval], {}) == set()
	change_review.applicable == 1 with input as check([document([approval])]) with data.params["change-review"] as params
}

test_approvals[note] if {
	some note, case in {
		"none": [[], 1, few(0, 1)],
		"one of two": [[approval], 2, few(1, 2)],
		"exactly two": [[approval, review({"user": "bob"})], 2, set()],
		"more than enough": [[approval, review({"user": "bob"})], 1, set()],
		"one person twice": [[approval, review({"commit": head})], 2, few(1, 2)],
		"one person in upper and lower case": [[approval, review({"user": "Ann"})], 2, few(1, 2)],
		"not the latest": [[review({"latest": false})], 1, few(0, 1)],
		"a comment": [[review({"state": "commented"})], 1, few(0, 1)],
		"dismissed": [[review({"state": "dismissed"})], 1, few(0, 1)],
		"a program": [[review({"bot": true})], 1, few(0, 1)],
		"an outsider": [[review({"outsider": true})], 1, few(0, 1)],
		"no outsider": [[review({"outsider": false})], 1, set()],
		"a deleted account": [[review({"user": "(deleted account)"})], 1, few(0, 1)],
	}
	[reviews, reviewers, expected] := case
	denied(reviews, {"reviewers": reviewers}) == expected
}

test_nothing_is_missing_where_approvals_are if missing([], {}) == set()

test_approvals_that_do_not_count[note] if {
	some note, case in {
		"another latest review takes it back": [[approval, review({"state": "dismissed"})], 1, few(0, 1)],
		"the same person once as a program": [[approval, review({"bot": true})], 1, few(0, 1)],
		"the author": [[review({"user": "Zoe"})], 1, {"0 of 1 approvals of the change as it is; not counted is the author's or a committer's own: zoe"}],
		"a committer": [[review({"user": "web-flow"})], 1, {"0 of 1 approvals of the change as it is; not counted is the author's or a committer's own: web-flow"}],
		"an earlier commit": [[review({"commit": "bbbbbbbbbbbb"})], 1, {"0 of 1 approvals of the change as it is; of an earlier commit by ann"}],
		"an earlier commit as well": [[approval, review({"commit": "bbbbbbbbbbbb"})], 1, {"0 of 1 approvals of the change as it is; of an earlier commit by ann"}],
		"the author's dismissed one is no approval": [[review({"user": "zoe", "state": "dismissed"})], 1, few(0, 1)],
	}
	[reviews, reviewers, expected] := case
	denied(reviews, {"reviewers": reviewers}) == expected
}

test_the_figure_is_measured if {
	given := check([document([approval])])
	found := {[violation.key, violation.measured] |
		some violation in change_review.deny with input as given with data.params["change-review"] as object.union(params, {"reviewers": 2})
	}
	found == {["approvals", {"value": 1, "limit": 2, "better": "higher"}]}
}

test_changes_requested[note] if {
	some note, case in {
		"block": [{"user": "bob", "state": "changes-requested"}, {}, {"bob asks for changes"}],
		"of an earlier commit": [{"user": "bob", "state": "changes-requested", "commit": "bbbbbbbbbbbb"}, {}, {"bob asks for changes"}],
		"ignored": [{"user": "bob", "state": "changes-requested"}, {"changes_requested": "ignore"}, set()],
		"of an outsider": [{"user": "bob", "state": "changes-requested", "outsider": true}, {}, set()],
		"not any more": [{"user": "bob", "state": "changes-requested", "latest": false}, {}, set()],
	}
	[asked, changes, expected] := case
	denied([approval, review(asked)], changes) == expected
}

test_changes_requested_beside_an_approval if {
	reviews := [approval, review({"user": "bob"}), review({"user": "bob", "state": "changes-requested"})]
	denied(reviews, {}) == {"bob asks for changes"}
}

test_keys_of_changes_requested if {
	given := check([document([approval, review({"user": "bob", "state": "changes-requested"})])])
	keys := {violation.key | some violation in change_review.deny with input as given with data.params["change-review"] as params}
	keys == {"changes bob"}
}

test_an_approval_of_any_commit_can_be_enough[note] if {
	some note, given in {
		"of an earlier one": review({"commit": "bbbbbbbbbbbb"}),
		"of an unknown one": object.remove(approval, ["commit"]),
	}
	denied([given], {"approvals_of": "any"}) == set()
	missing([given], {"approvals_of": "any"}) == set()
}

unknown := object.remove(approval, ["commit"])

test_an_approval_of_an_unknown_commit if {
	denied([unknown], {}) == set()
	missing([unknown], {}) == {"it is not known which commit was approved by ann"}
}

test_an_approval_of_an_unknown_commit_beside_one_of_the_last if {
	denied([unknown, approval], {}) == set()
	missing([unknown, approval], {}) == {"it is not known which commit was approved by ann"}
}

test_an_approval_of_an_unknown_commit_that_is_not_needed if {
	reviews := [unknown, review({"user": "bob"})]
	denied(reviews, {}) == set()
	missing(reviews, {}) == set()
}

test_an_approval_of_an_unknown_commit_that_is_not_enough if {
	denied([unknown], {"reviewers": 2}) == few(0, 2)
	missing([unknown], {"reviewers": 2}) == set()
}

# Who wrote it.

by(author) := check([object.union(document([approval]), {"commits": [object.union(commit, {"author": author})]})])

test_no_author_of_a_commit[author] if {
	some author in ["Ann <ann@example.org>", "Ann Lee", "Ann (ann) <ann@example.org>", "(ann) <ann@example.org>", ""]
	missing_in(by(author), {}) == {"nobody on the forge is known to have made the commit aaaaaaaaaaaa, so a reviewer may have"}
	denied_in(by(author), {}) == set()
}

test_one_of_two_commits_has_no_author if {
	second := object.union(commit, {"item": 1, "sha": "bcbbbbbbbbbbbbbb", "author": "Ann <ann@example.org>"})
	given := check([object.union(document([approval]), {"commits": [commit, second]})])
	missing_in(given, {}) == {"nobody on the forge is known to have made the commit bcbbbbbbbbbb, so a reviewer may have"}
}

test_the_reviewer_made_a_commit[author] if {
	some author in ["Ann <ann@example.org> (ann)", "A. Lee <a@example.org> (Ann)", "ANN", "Ann Lee (ann)", "x <(y)@example.org> (ann)"]
	denied_in(by(author), {}) == {"0 of 1 approvals of the change as it is; not counted is the author's or a committer's own: ann"}
	missing_in(by(author), {}) == set()
}

test_the_reviewer_made_a_commit_which_may_be if denied_in(by("Ann <ann@example.org> (ann)"), {"independent_of": "author"}) == set()

test_nobody_is_known_to_have_made_a_commit_which_may_be if {
	missing_in(by("Ann <ann@example.org>"), {"independent_of": "author"}) == set()
}

test_the_author_is_never_enough if {
	expected := {"0 of 1 approvals of the change as it is; not counted is the author's or a committer's own: zoe"}
	denied([review({"user": "zoe"})], {"independent_of": "author"}) == expected
}

test_the_author_in_upper_case if {
	loud := object.union(document([review({"user": "zoe"})]), {"summary": object.union(summary, {"author": "ZOE"})})
	expected := {"0 of 1 approvals of the change as it is; not counted is the author's or a committer's own: zoe"}
	denied_in(check([loud]), {"independent_of": "author"}) == expected
}

test_another_document_knows_who_made_a_commit if {
	git := {"id": "g1", "summary": {"commits": 1, "head": head}, "commits": [{"item": 0, "sha": head, "author": "Zoe <zoe@example.org>"}], "reviews": []}
	missing_in(check([document([approval]), git]), {}) == set()
	denied_in(check([document([approval]), git]), {}) == set()
}

test_no_list_of_commits[note] if {
	some note, changed in {
		"missing": {"id": "c1", "summary": object.remove(summary, ["commits"]), "commits": [], "reviews": [approval]},
		"empty": {"id": "c1", "summary": object.union(summary, {"commits": 0}), "commits": [], "reviews": [approval]},
	}
	missing_in(check([changed]), {}) == {"no change evidence lists the commits, so a reviewer may have made one"}
	missing_in(check([changed]), {"independent_of": "author"}) == set()
}

# What it is about.

test_no_author if {
	given := check([{"id": "c1", "summary": object.remove(summary, ["author"]), "commits": [commit], "reviews": [approval]}])
	missing_in(given, {}) == {"it is not known who proposes the change", "it is not known what the last commit of the change is"}
}

test_no_head if {
	given := check([{"id": "c1", "summary": object.remove(summary, ["head"]), "commits": [commit], "reviews": [approval]}])
	missing_in(given, {}) == {"it is not known what the last commit of the change is"}
	denied_in(given, {}) == set()
}

test_several_documents if {
	reviews := {"id": "r1", "summary": {"number": "7", "approvals": 1}, "commits": [], "reviews": [approval]}
	request := {"id": "p1", "summary": object.remove(summary, ["approvals"]), "commits": [commit], "reviews": []}
	missing_in(check([reviews, request]), {}) == set()
	denied_in(check([reviews, request]), {}) == set()
}

test_a_review_of_several_does_not_count if {
	webhook := {"id": "r1", "summary": {"number": "7"}, "commits": [], "reviews": [review({"user": "bob"})]}
	denied_in(check([document([approval]), webhook]), {"reviewers": 2}) == few(1, 2)
}

test_a_review_that_git_knows_nothing_of if {
	git := {"id": "g1", "summary": {"commits": 1, "head": "bbbbbbbbbbbb", "base": "cccc"}, "commits": [], "reviews": []}
	missing_in(check([document([approval]), git]), {}) == set()
}

other := object.union(document([approval]), {"id": "c2", "summary": object.union(summary, {"number": "8"})})

test_several_changes if "the evidence is of several changes: 7, 8" in missing_in(check([document([approval]), other]), {})

test_another_change if missing_in(check([other]), {}) == {"the evidence is of the change 8, and 7 is decided on"}

test_the_change_is_not_known if {
	given := {"subject": {"commit": head}, "evidence": {"change": [other]}}
	missing_in(given, {}) == set()
}

test_several_heads if {
	moved := object.union(document([approval]), {"id": "c2", "summary": object.union(summary, {"head": "bbbbbbbbbbbb"})})
	missing_in(check([document([approval]), moved]), {}) == {"the evidence has several last commits of the change"}
}

test_no_commit_is_decided_on if {
	given := {"subject": {"change": {"id": "7"}}, "evidence": {"change": [document([approval])]}}
	missing_in(given, {}) == {"the commit that is decided on is not known, so the reviews may be of another one"}
}

test_a_request_without_its_reviews if {
	given := check([{"id": "p1", "summary": object.remove(summary, ["approvals"]), "commits": [commit], "reviews": []}])
	missing_in(given, {}) == {"no change evidence lists every review of the change"}
	denied_in(given, {}) == set()
}

test_nothing_that_lists_reviews if {
	given := {"subject": {}, "evidence": {"change": [{"id": "g1", "summary": {"commits": 1}, "commits": [object.union(commit, {"author": "Zoe <zoe@example.org>"})], "reviews": []}]}}
	missing_in(given, {}) == {"no change evidence lists every review of the change"}
	denied_in(given, {}) == set()
	change_review.applicable == 0 with input as given with data.params["change-review"] as params
}

test_no_evidence_is_for_the_engine_to_say if {
	missing_in(check([]), {}) == set()
	denied_in(check([]), {}) == set()
}
