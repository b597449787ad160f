package gates.change.commit_messages_test

import data.gates.change.commit_messages

params := {
	"types": ["feat", "fix"],
	"scope": "optional",
	"scope_pattern": "[a-z]+|[0-9]",
	"subject_length": 20,
	"ticket_pattern": "",
	"merges": "skip",
}

sha := "aaaaaaaaaaaaaaaa"

commit(subject) := {"item": 0, "sha": sha, "subject": subject, "message": subject}

check(commits) := {"evidence": {"change": [{"id": "c1", "summary": {"commits": count(commits), "base": "main"}, "commits": commits}]}}

denied_in(given, changes) := {violation.msg |
	some violation in commit_messages.deny with input as given with data.params["commit-messages"] as object.union(params, changes)
}

missing_in(given, changes) := reasons if {
	reasons := commit_messages.missing with input as given with data.params["commit-messages"] as object.union(params, changes)
}

denied(one, changes) := denied_in(check([one]), changes)

says(subject, text) := {$"aaaaaaaaaaaa \"{subject}\": {text}"}

form := "it is not of the form `type(scope): subject`"

test_formed[subject] if {
	some subject in ["feat: x", "fix(cart): x", "fix!: x", "fix(cart)!: x", "fix(7): x", "Revert \"wip\"", "fix: 1234567890123 x"]
	denied(commit(subject), {}) == set()
	missing_in(check([commit(subject)]), {}) == set()
}

test_not_formed[subject] if {
	some subject in ["wip", "fix", "fix:", "fix: ", "fix:x", "fix : x", "(a): x", "fix(): x", "fix(a: x", "fix((a)): x", " fix: x", "fix!!: x", "Revert", "Revert \"\"", "x Revert \"y\"", "Revert \"y\" x", ""]
	denied(commit(subject), {}) == says(subject, form)
}

test_types[note] if {
	some note, case in {
		"another": ["docs: x", {}, says("docs: x", "the type is docs, and none of feat, fix")],
		"upper case": ["Fix: x", {}, says("Fix: x", "the type is Fix, and none of feat, fix")],
		"another list": ["docs: x", {"types": ["docs"]}, set()],
		"one type alone": ["feat: x", {"types": ["docs"]}, says("feat: x", "the type is feat, and none of docs")],
		"no form at all": ["wip", {"types": []}, set()],
		"no form at all, with another type": ["docs: x", {"types": []}, set()],
	}
	[subject, changes, expected] := case
	denied(commit(subject), changes) == expected
}

test_scopes[note] if {
	some note, case in {
		"required": ["fix: x", {"scope": "required"}, says("fix: x", "it has no scope")],
		"required and there": ["fix(cart): x", {"scope": "required"}, set()],
		"does not match": ["fix(Cart): x", {}, says("fix(Cart): x", "the scope Cart does not match [a-z]+|[0-9]")],
		"does not match as a whole": ["fix(a1): x", {}, says("fix(a1): x", "the scope a1 does not match [a-z]+|[0-9]")],
		"another pattern": ["fix(Cart): x", {"scope_pattern": "[A-Z].*"}, set()],
		"no form at all": ["fix(Cart): x", {"types": []}, set()],
		"no form at all, with a scope": ["fix: x", {"types": [], "scope": "required"}, set()],
		"a revert needs none": ["Revert \"wip\"", {"scope": "required"}, set()],
	}
	[subject, changes, expected] := case
	denied(commit(subject), changes) == expected
}

test_length[note] if {
	some note, case in {
		"exactly": ["fix: 123456789012345", set()],
		"one more": ["fix: 1234567890123456", says("fix: 1234567890123456", "the first line has 21 characters, and 20 are enough")],
		"characters, not bytes": ["fix: äöüäöüäöüäöüäöü", set()],
	}
	[subject, expected] := case
	denied(commit(subject), {}) == expected
}

test_a_long_first_line_is_cut_in_the_message if {
	subject := sprintf("fix: %0100d", [7])
	denied(commit(subject), {}) == {$"aaaaaaaaaaaa \"{substring(subject, 0, 80)}\": the first line has {count(subject)} characters, and 20 are enough"}
}

test_tickets[note] if {
	some note, case in {
		"in the body": ["fix: x\n\nCloses SHOP-7", set()],
		"in the first line": ["fix: SHOP-7", set()],
		"nowhere": ["fix: x", says("fix: x", "it names no ticket (SHOP-[0-9]+)")],
	}
	[message, expected] := case
	denied(object.union(commit("fix: x"), {"message": message}), {"ticket_pattern": "SHOP-[0-9]+"}) == expected
}

test_a_revert_needs_a_ticket_as_well if {
	denied(commit("Revert \"wip\""), {"ticket_pattern": "SHOP"}) == says("Revert \"wip\"", "it names no ticket (SHOP)")
}

test_merges[note] if {
	some note, case in {
		"of two": [{"parents": 2}, "skip", set()],
		"of three": [{"parents": 3}, "skip", set()],
		"of one": [{"parents": 1}, "skip", says("Merge x", form)],
		"nobody knows": [{}, "skip", says("Merge x", form)],
		"looked at": [{"parents": 2}, "check", says("Merge x", form)],
	}
	[changes, merges, expected] := case
	denied(object.union(commit("Merge x"), changes), {"merges": merges}) == expected
}

scoped := check([commit("fix(z): x")])

test_patterns_that_are_none[note] if {
	some note, case in {
		"of a ticket": [{"ticket_pattern": "("}, {"the parameter ticket_pattern is no regular expression of RE2: ("}],
		"of a scope": [{"scope_pattern": "a)|(b"}, {"the parameter scope_pattern is no regular expression of RE2: a)|(b"}],
		"what only other engines know": [{"ticket_pattern": "(?=a)"}, {"the parameter ticket_pattern is no regular expression of RE2: (?=a)"}],
	}
	[changes, expected] := case
	missing_in(scoped, changes) == expected
	denied_in(scoped, changes) == set()
}

test_keys if {
	given := check([commit("wip, and much longer than it should be")])
	keys := {violation.key | some violation in commit_messages.deny with input as given with data.params["commit-messages"] as params}
	keys == {"aaaaaaaaaaaaaaaa form", "aaaaaaaaaaaaaaaa length"}
}

log := {"id": "l1", "summary": {"commits": 1}, "commits": [commit("wip")]}

change := {"id": "c1", "summary": {"commits": 1, "base": "main"}, "commits": [commit("fix: x")]}

test_a_log_beside_the_change_does_not_count if denied_in({"evidence": {"change": [log, change]}}, {}) == set()

test_a_log_alone_counts if denied_in({"evidence": {"change": [log]}}, {}) == says("wip", form)

test_a_request_without_its_commits_is_no_change if {
	request := {"id": "p1", "summary": {"base": "main"}, "commits": []}
	denied_in({"evidence": {"change": [request, log]}}, {}) == says("wip", form)
}

test_the_same_commit_in_two_documents_is_one if {
	commit_messages.applicable == 1 with input as {"evidence": {"change": [change, object.union(change, {"id": "c2"})]}}
		with data.params["commit-messages"] as params
}

test_no_list_of_commits if {
	given := {"evidence": {"change": [{"id": "p1", "summary": {"number": "7"}, "commits": []}]}}
	missing_in(given, {}) == {"no change evidence lists the commits"}
	commit_messages.applicable == 0 with input as given with data.params["commit-messages"] as params
}

test_no_evidence_is_for_the_engine_to_say if missing_in({"evidence": {"change": []}}, {}) == set()
