package gates.compliance.evidence_complete_test

import data.gates.compliance.evidence_complete

params := {"decisions": 2, "minimum_integrity": "bound", "bypassed": "refuse"}

decision := {
	"item": 0,
	"id": "d1",
	"index": 1,
	"environment": "production",
	"outcome": "allow",
	"commit": "aaaaaaaaaaaa",
	"artifacts": ["sha256:1"],
	"integrity": "bound",
}

changed(changes) := object.union(decision, changes)

check(decisions) := {"environment": "production", "evidence": {"history": [{"id": "h1", "decisions": decisions}]}}

denied(decisions, changes) := {violation.msg |
	some violation in evidence_complete.deny with input as check(decisions) with data.params["evidence-complete"] as object.union(params, changes)
}

counted(decisions) := number if {
	number := evidence_complete.applicable with input as check(decisions) with data.params["evidence-complete"] as params
}

says(text) := {$"the decision d1 for production {text}"}

test_integrity[note] if {
	some note, case in {
		"open where bound is required": ["open", "bound", says("reached the integrity open, and bound is required")],
		"open where sealed is required": ["open", "sealed", says("reached the integrity open, and sealed is required")],
		"bound where sealed is required": ["bound", "sealed", says("reached the integrity bound, and sealed is required")],
		"exactly the level": ["bound", "bound", set()],
		"more than the level": ["sealed", "bound", set()],
		"open is enough": ["open", "open", set()],
	}
	[reached, required, expected] := case
	denied([changed({"integrity": reached})], {"minimum_integrity": required}) == expected
}

test_bypasses if {
	denied([changed({"outcome": "allow-bypassed"})], {}) == says("was let through by an emergency bypass")
	denied([changed({"outcome": "allow-bypassed"})], {"bypassed": "accept"}) == set()
}

test_subjects[note] if {
	some note, case in {
		"both": [decision, set()],
		"an artifact": [object.remove(decision, ["commit"]), set()],
		"a commit": [changed({"artifacts": []}), set()],
		"neither": [object.remove(changed({"artifacts": []}), ["commit"]), says("says neither of which commit nor of which artifact it is")],
	}
	[given, expected] := case
	denied([given], {}) == expected
}

test_what_counts[note] if {
	some note, case in {
		"allowed": [{}, 1],
		"bypassed": [{"outcome": "allow-bypassed"}, 1],
		"blocked": [{"outcome": "block"}, 0],
		"not approved": [{"outcome": "approval-required"}, 0],
		"elsewhere": [{"environment": "staging"}, 0],
	}
	[changes, expected] := case
	counted([changed(changes)]) == expected
}

test_the_latest_count if {
	decisions := [changed({"index": 3}), changed({"index": 2}), changed({"integrity": "open"})]
	denied(decisions, {}) == set()
	denied(decisions, {"decisions": 3}) == says("reached the integrity open, and bound is required")
	counted(decisions) == 2
}

test_a_block_pushes_nothing_out if {
	decisions := [changed({"index": 3, "outcome": "block"}), changed({"index": 2}), changed({"integrity": "open"})]
	denied(decisions, {}) == says("reached the integrity open, and bound is required")
}

test_keys if {
	keys := {violation.key |
		some violation in evidence_complete.deny with input as check([object.remove(changed({"artifacts": [], "integrity": "open", "outcome": "allow-bypassed"}), ["commit"])])
			with data.params["evidence-complete"] as params
	}
	keys == {"d1 integrity", "d1 bypass", "d1 subject"}
}

excused(given) if {
	evidence_complete.not_applicable == "the audit log has let nothing into production in the time that a check looks back" with input as given
		with data.params["evidence-complete"] as params
}

test_nothing_was_let_in if excused(check([]))

test_something_was_let_in if not excused(check([decision]))

test_no_history_excuses_nothing if not excused({"environment": "production", "evidence": {"history": []}})
