package gates.change.mergeable_test

import data.gates.change.mergeable

summary := {"number": "7", "state": "open", "draft": false, "conflicts": false, "base": "main"}

check(summaries) := {"evidence": {"change": [{"id": "c1", "summary": one} | some one in summaries]}}

denied(one, drafts) := {[violation.key, violation.msg, violation.evidence] |
	some violation in mergeable.deny with input as check([one]) with data.params.mergeable as {"drafts": drafts}
}

missing(summaries, drafts) := reasons if {
	reasons := mergeable.missing with input as check(summaries) with data.params.mergeable as {"drafts": drafts}
}

test_it_can_be_merged if {
	denied(summary, "block") == set()
	missing([summary], "block") == set()
	mergeable.applicable == 1 with input as check([summary]) with data.params.mergeable as {"drafts": "block"}
}

test_denied[note] if {
	some note, case in {
		"conflicts": [{"conflicts": true}, "block", {["conflicts", "the change 7 has conflicts with main", "c1"]}],
		"a draft": [{"draft": true}, "block", {["draft", "the change 7 is a draft", "c1"]}],
		"a draft, which may be": [{"draft": true}, "accept", set()],
		"closed": [{"state": "closed"}, "block", {["state", "the change 7 is closed", "c1"]}],
		"locked": [{"state": "locked"}, "block", {["state", "the change 7 is locked", "c1"]}],
		"closed, of which no more is asked": [{"state": "closed", "conflicts": true, "draft": true}, "block", {["state", "the change 7 is closed", "c1"]}],
		"merged, of which no more is asked": [{"state": "merged", "conflicts": true, "draft": true}, "block", set()],
	}
	[changes, drafts, expected] := case
	denied(object.union(summary, changes), drafts) == expected
}

test_names if {
	denied(object.remove(object.union(summary, {"conflicts": true}), ["number", "base"]), "block") == {["conflicts", "the change has conflicts with where it goes to", "c1"]}
}

test_missing[note] if {
	some note, case in {
		"conflicts": [["conflicts"], "block", {"the forge does not know yet whether the change 7 has conflicts: ask it again"}],
		"draft": [["draft"], "block", {"it is not known whether the change 7 is a draft"}],
		"draft, which may be": [["draft"], "accept", set()],
	}
	[names, drafts, expected] := case
	missing([object.remove(summary, names)], drafts) == expected
	denied(object.remove(summary, names), drafts) == set()
}

test_nothing_more_is_asked_of_what_was_merged if missing([{"state": "merged"}], "block") == set()

test_git_alone if {
	missing([{"commits": 1}], "block") == {"no change evidence has the pull or merge request"}
	mergeable.applicable == 0 with input as check([{"commits": 1}]) with data.params.mergeable as {"drafts": "block"}
}

test_git_beside_the_request if missing([summary, {"commits": 1}], "block") == set()

test_no_evidence_is_for_the_engine_to_say if missing([], "block") == set()
