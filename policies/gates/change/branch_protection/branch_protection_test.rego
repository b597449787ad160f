package gates.change.branch_protection_test

import data.gates.change.branch_protection

params := {
	"branch": "",
	"required_reviews": 2,
	"dismiss_stale_reviews": true,
	"code_owner_reviews": true,
	"enforce_admins": true,
	"signatures": true,
	"linear_history": true,
	"force_pushes": "refuse",
	"deletions": "refuse",
	"checks": ["build"],
}

# Asks for nothing but that the branch is protected.
loose := {
	"required_reviews": 0,
	"dismiss_stale_reviews": false,
	"code_owner_reviews": false,
	"enforce_admins": false,
	"signatures": false,
	"linear_history": false,
	"force_pushes": "accept",
	"deletions": "accept",
	"checks": [],
}

protection := {
	"branch": "main",
	"protected": true,
	"requiredReviews": 2,
	"dismissStaleReviews": true,
	"codeOwnerReviews": true,
	"requiredChecks": ["build", "test"],
	"enforceAdmins": true,
	"requiredSignatures": true,
	"linearHistory": true,
	"forcePushes": false,
	"deletions": false,
}

changed(changes) := object.union(protection, changes)

without(name) := object.remove(protection, [name])

check(protections) := {
	"subject": {"change": {"id": "7", "base": "main"}},
	"evidence": {"change": [{"id": "c1", "protections": protections}]},
}

denied_in(given, changes) := {[violation.key, violation.msg] |
	some violation in branch_protection.deny with input as given with data.params["branch-protection"] as object.union(params, changes)
}

missing_in(given, changes) := reasons if {
	reasons := branch_protection.missing with input as given with data.params["branch-protection"] as object.union(params, changes)
}

denied(protections, changes) := denied_in(check(protections), changes)

missing(protections, changes) := missing_in(check(protections), changes)

test_protected if {
	denied([protection], {}) == set()
	missing([protection], {}) == set()
	branch_protection.applicable == 1 with input as check([protection]) with data.params["branch-protection"] as params
}

test_denied[note] if {
	some note, case in {
		"one approval less": [{"requiredReviews": 1}, {["required_reviews", "main asks for 1 of 2 approvals"]}],
		"one approval more": [{"requiredReviews": 3}, set()],
		"approvals stay": [{"dismissStaleReviews": false}, {["dismiss_stale_reviews", "main keeps approvals when commits are added"]}],
		"no owners": [{"codeOwnerReviews": false}, {["code_owner_reviews", "main does not ask the owners of the code"]}],
		"administrators": [{"enforceAdmins": false}, {["enforce_admins", "main is not protected from administrators"]}],
		"signatures": [{"requiredSignatures": false}, {["signatures", "main takes commits that are not signed"]}],
		"merges": [{"linearHistory": false}, {["linear_history", "main takes merge commits"]}],
		"force pushes": [{"forcePushes": true}, {["force_pushes", "main can be rewritten"]}],
		"deletions": [{"deletions": true}, {["deletions", "main can be deleted"]}],
		"a check": [{"requiredChecks": ["test"]}, {["check build", "main does not ask for the check build"]}],
		"no check": [{"requiredChecks": []}, {["check build", "main does not ask for the check build"]}],
		"not protected at all": [{"protected": false, "requiredReviews": 0, "enforceAdmins": false, "forcePushes": true, "requiredChecks": []}, {["protected", "main is not protected"]}],
	}
	[changes, expected] := case
	denied([changed(changes)], {}) == expected
}

weak := changed({
	"requiredReviews": 0,
	"dismissStaleReviews": false,
	"codeOwnerReviews": false,
	"requiredChecks": [],
	"enforceAdmins": false,
	"requiredSignatures": false,
	"linearHistory": false,
	"forcePushes": true,
	"deletions": true,
})

test_nothing_is_missing_of_what_is_weak if missing([weak], {}) == set()

test_what_is_not_asked_is_not_denied if denied([weak], loose) == set()

test_missing[name] if {
	some name, reason in {
		"requiredReviews": "nothing says how many approvals main asks for",
		"dismissStaleReviews": "nothing says whether main keeps approvals when commits are added",
		"codeOwnerReviews": "nothing says whether main does not ask the owners of the code",
		"enforceAdmins": "nothing says whether main is not protected from administrators",
		"requiredSignatures": "nothing says whether main takes commits that are not signed",
		"linearHistory": "nothing says whether main takes merge commits",
		"forcePushes": "nothing says whether main can be rewritten",
		"deletions": "nothing says whether main can be deleted",
		"requiredChecks": "nothing says which checks main asks for",
	}
	missing([without(name)], {}) == {reason}
	denied([without(name)], {}) == set()
	missing([without(name)], loose) == set()
}

test_one_approval_is_asked_for if {
	missing([without("requiredReviews")], {"required_reviews": 1}) == {"nothing says how many approvals main asks for"}
}

test_of_two_protections_the_greater_number_is_named if {
	given := [changed({"requiredReviews": 0}), changed({"requiredReviews": 1})]
	denied(given, {}) == {["required_reviews", "main asks for 1 of 2 approvals"]}
}

test_nothing_more_is_asked_of_a_branch_that_is_not_protected if {
	missing([{"protected": false}], {}) == set()
	denied([{"protected": false}], {}) == {["protected", "main is not protected"]}
}

test_of_two_protections_the_stricter_holds[name] if {
	some name, weak in {
		"requiredReviews": 0,
		"dismissStaleReviews": false,
		"codeOwnerReviews": false,
		"enforceAdmins": false,
		"requiredSignatures": false,
		"linearHistory": false,
		"requiredChecks": [],
		"protected": false,
	}
	denied([changed({name: weak}), protection], {}) == set()
}

test_what_one_of_two_permits_may_be_possible[name] if {
	some name, key in {"forcePushes": "force_pushes", "deletions": "deletions"}
	{violation[0] | some violation in denied([changed({name: true}), protection], {})} == {key}
}

test_the_checks_of_two_protections_add_up if {
	given := [changed({"requiredChecks": ["build"]}), changed({"requiredChecks": ["test"]})]
	denied(given, {"checks": ["build", "test"]}) == set()
	denied(given, {"checks": ["lint", "test"]}) == {["check lint", "main does not ask for the check lint"]}
}

test_the_figure_is_measured if {
	found := {violation.measured |
		some violation in branch_protection.deny with input as check([changed({"requiredReviews": 1})])
			with data.params["branch-protection"] as params
	}
	found == {{"value": 1, "limit": 2, "better": "higher"}}
}

# Which branch it is.

test_a_protection_of_this_branch[branch] if {
	some branch in ["main", "*", "m*n", "ma*"]
	missing([changed({"branch": branch})], {}) == set()
}

test_a_protection_of_another_branch[branch] if {
	some branch in ["develop", "Main", "main2", "release/*", "", "[m]ain", "ma?n", "{main}"]
	missing([changed({"branch": branch})], {}) == {"no change evidence says how main is protected"}
	denied([changed({"branch": branch, "protected": false})], {}) == set()
}

test_a_star_stands_for_slashes_as_well if {
	missing([changed({"branch": "release/*"})], {"branch": "release/1/2"}) == set()
}

test_names_that_are_other_patterns[branch] if {
	some branch in ["a[b", "a?b", "{a"]
	missing([changed({"branch": branch})], {"branch": branch}) == set()
}

test_rules_without_a_branch_are_of_this_one if missing([without("branch")], {}) == set()

test_several_branches if {
	given := [protection, changed({"branch": "develop", "forcePushes": true})]
	denied(given, {}) == set()
	branch_protection.applicable == 1 with input as check(given) with data.params["branch-protection"] as params
}

test_the_branch[note] if {
	some note, case in {
		"that is decided on": [{"ref": "main"}, "", set()],
		"that is decided on, in full": [{"ref": "refs/heads/main"}, "", set()],
		"that the change goes to": [{"ref": "refs/pull/7/merge", "change": {"id": "7", "base": "main"}}, "", set()],
		"of the parameter": [{"ref": "develop", "change": {"id": "7", "base": "develop"}}, "main", set()],
		"of the parameter, which is another": [{"ref": "main"}, "develop", {"no change evidence says how develop is protected"}],
		"that nobody knows": [{}, "", {"it is not known which branch has to be protected: set the parameter branch"}],
		"of a change that nobody knows": [{"change": {"id": "7"}}, "", {"it is not known which branch has to be protected: set the parameter branch"}],
		"that is not protected": [{"ref": "refs/heads/develop"}, "", {"no change evidence says how develop is protected"}],
	}
	[subject, branch, expected] := case
	given := {"subject": subject, "evidence": check([protection]).evidence}
	missing_in(given, {"branch": branch}) == expected
	denied_in(given, {"branch": branch}) == set()
}

test_nothing_counts_where_the_branch_is_not_known if {
	given := {"subject": {}, "evidence": check([without("branch")]).evidence}
	branch_protection.applicable == 0 with input as given with data.params["branch-protection"] as params
}

test_no_evidence_is_for_the_engine_to_say if {
	missing_in({"subject": {"ref": "main"}, "evidence": {"change": []}}, {}) == set()
}
