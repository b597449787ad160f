package gates.security.content_test

import data.gates.security.content

params := {"suppressions": "justified"}

finding(changes) := object.union(
	{"item": "f1", "category": "content", "suppressed": false, "suppressions": []},
	changes,
)

scan(findings) := {"evidence": {"findings": [{"id": "e1", "scans": [{"category": "content"}], "findings": findings}]}}

denied(findings, changes) := {violation.item |
	some violation in content.deny with input as scan(findings)
		with data.params.content as object.union(params, changes)
}

test_a_finding_is_denied if denied([finding({})], {}) == {"f1"}

test_every_finding_is_looked_at if denied([finding({}), finding({"item": "f2"})], {}) == {"f1", "f2"}

test_suppressed_without_a_reason_is_denied if {
	denied([finding({"suppressed": true, "suppressions": [{"kind": "in-source", "status": "accepted"}]})], {}) == {"f1"}
}

test_suppressed_with_a_reason_is_not if {
	reasoned := {"kind": "in-source", "status": "accepted", "justification": "a test of the scanner"}
	denied([finding({"suppressed": true, "suppressions": [reasoned]})], {}) == set()
}

test_another_category_is_not_looked_at if denied([finding({"category": "sast"})], {}) == set()

test_the_document_is_named if {
	some violation in content.deny with input as scan([finding({})]) with data.params.content as params
	violation.evidence == "e1"
}

test_scans_are_counted if content.applicable == 1 with input as scan([])

test_a_scan_of_another_kind_does_not_count if {
	content.applicable == 0 with input as {"evidence": {"findings": [{"id": "e1", "scans": [{"category": "sast"}], "findings": []}]}}
}

test_no_evidence_is_nothing_to_look_at if content.applicable == 0 with input as {"evidence": {"findings": []}}
