package gates.security.secrets_test

import data.gates.security.secrets

finding(changes) := object.union({"item": "f1", "category": "secret", "suppressed": false, "suppressions": []}, changes)

scan(findings) := {"evidence": {"findings": [{"id": "e1", "scans": [{"category": "secret"}], "findings": findings}]}}

denied(findings, mode) := {violation.item |
	some violation in secrets.deny with input as scan(findings)
		with data.params.secrets as {"suppressions": mode}
}

justified := {"suppressed": true, "suppressions": [{"kind": "external", "status": "accepted", "justification": "a test key"}]}

test_a_secret_is_denied if denied([finding({})], "justified") == {"f1"}

test_another_category_is_not_looked_at if denied([finding({"category": "sast"})], "justified") == set()

test_a_reason_counts if denied([finding(justified)], "justified") == set()

test_refuse_takes_no_reason if denied([finding(justified)], "refuse") == {"f1"}

test_without_a_reason_it_is_denied if {
	denied([finding({"suppressed": true, "suppressions": [{"kind": "external", "status": "accepted"}]})], "justified") == {"f1"}
}

test_the_document_is_named if {
	some violation in secrets.deny with input as scan([finding({})]) with data.params.secrets as {"suppressions": "refuse"}
	violation.evidence == "e1"
}

test_scans_are_counted if secrets.applicable == 1 with input as scan([])

test_a_scan_of_another_kind_does_not_count if {
	secrets.applicable == 0 with input as {"evidence": {"findings": [{"id": "e1", "scans": [{"category": "sast"}], "findings": []}]}}
}

test_no_evidence_is_nothing_to_look_at if secrets.applicable == 0 with input as {"evidence": {"findings": []}}
