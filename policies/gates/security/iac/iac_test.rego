package gates.security.iac_test

import data.gates.security.iac

params := {"blocking_severity": ["critical", "high"], "unknown_severity": "block", "suppressions": "accept"}

finding(changes) := object.union(
	{"item": "f1", "category": "iac", "severity": "high", "suppressed": false, "suppressions": []},
	changes,
)

scan(findings) := {"evidence": {"findings": [{"id": "e1", "scans": [{"category": "iac"}], "findings": findings}]}}

denied(findings, changes) := {violation.item |
	some violation in iac.deny with input as scan(findings)
		with data.params.iac as object.union(params, changes)
}

test_high_is_denied if denied([finding({})], {}) == {"f1"}

test_critical_is_denied if denied([finding({"severity": "critical"})], {}) == {"f1"}

test_medium_is_not if denied([finding({"severity": "medium"})], {}) == set()

test_medium_is_where_it_blocks if {
	denied([finding({"severity": "medium"})], {"blocking_severity": ["critical", "high", "medium"]}) == {"f1"}
}

test_unknown_is_denied if denied([finding({"severity": "unknown"})], {}) == {"f1"}

test_unknown_can_be_allowed if denied([finding({"severity": "unknown"})], {"unknown_severity": "allow"}) == set()

test_every_finding_is_looked_at if {
	denied([finding({}), finding({"item": "f2", "severity": "low"}), finding({"item": "f3"})], {}) == {"f1", "f3"}
}

test_suppressed_is_not if denied([finding({"suppressed": true})], {}) == set()

test_suppressed_is_denied_where_refused if {
	denied([finding({"suppressed": true})], {"suppressions": "refuse"}) == {"f1"}
}

test_another_category_is_not_looked_at if denied([finding({"category": "sast"})], {}) == set()

test_the_document_is_named if {
	some violation in iac.deny with input as scan([finding({})]) with data.params.iac as params
	violation.evidence == "e1"
}

test_scans_are_counted if iac.applicable == 1 with input as scan([])

test_a_scan_of_another_kind_does_not_count if {
	iac.applicable == 0 with input as {"evidence": {"findings": [{"id": "e1", "scans": [{"category": "sast"}], "findings": []}]}}
}

test_no_evidence_is_nothing_to_look_at if iac.applicable == 0 with input as {"evidence": {"findings": []}}
