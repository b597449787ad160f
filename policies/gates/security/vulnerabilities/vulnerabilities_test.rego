package gates.security.vulnerabilities_test

import data.gates.security.vulnerabilities

params := {
	"blocking_severity": ["critical"],
	"unknown_severity": "block",
	"exploited": "block",
	"epss": 1,
	"without_fix": "block",
	"dev_dependencies": "block",
	"vex": "accept",
	"suppressions": "justified",
}

finding(changes) := object.union(
	{"item": "f1", "category": "sca", "message": "a hole", "severity": "critical", "suppressed": false, "suppressions": []},
	changes,
)

scan(findings) := {"evidence": {"findings": [{
	"id": "e1",
	"path": "scan.json",
	"scans": [{"category": "sca"}],
	"findings": findings,
}]}}

denied(findings, changes) := {violation.item |
	some violation in vulnerabilities.deny with input as scan(findings)
		with data.params.vulnerabilities as object.union(params, changes)
}

missing(findings, changes) := texts if {
	texts := vulnerabilities.missing with input as scan(findings)
		with data.params.vulnerabilities as object.union(params, changes)
}

test_critical_is_denied if denied([finding({})], {}) == {"f1"}

test_high_is_not if denied([finding({"severity": "high"})], {}) == set()

test_high_is_where_it_blocks if denied([finding({"severity": "high"})], {"blocking_severity": ["critical", "high"]}) == {"f1"}

test_unknown_is_denied if denied([finding({"severity": "unknown"})], {}) == {"f1"}

test_exploited_is_denied if denied([finding({"severity": "low", "exploited": true})], {}) == {"f1"}

test_without_a_fix_can_be_allowed if {
	denied([finding({"fix": {"state": "wont-fix"}})], {"without_fix": "allow"}) == set()
}

test_another_category_is_not_looked_at if denied([finding({"category": "container"})], {}) == set()

test_dev_is_denied if denied([finding({"component": {"scope": "dev"}})], {}) == {"f1"}

test_dev_can_be_allowed if denied([finding({"component": {"scope": "dev"}})], {"dev_dependencies": "allow"}) == set()

test_others_are_not_allowed_with_it if {
	denied([finding({"component": {"scope": "optional"}})], {"dev_dependencies": "allow"}) == {"f1"}
}

test_a_scope_that_is_not_known_is_not_dev if {
	denied([finding({"component": {"name": "a"}}), finding({"item": "f2"})], {"dev_dependencies": "allow"}) == {"f1", "f2"}
}

test_vex_excuses if {
	denied([finding({"suppressed": true, "suppressions": [{"kind": "vex", "status": "accepted"}]})], {}) == set()
}

test_vex_can_be_refused if {
	denied([finding({"suppressed": true, "suppressions": [{"kind": "vex", "status": "accepted"}]})], {"vex": "refuse"}) == {"f1"}
}

test_a_suppression_needs_a_reason if {
	denied([finding({"suppressed": true, "suppressions": [{"kind": "external", "status": "accepted"}]})], {}) == {"f1"}
}

test_a_suppression_with_one if {
	reasoned := {"kind": "external", "status": "accepted", "justification": "not called"}
	denied([finding({"suppressed": true, "suppressions": [reasoned]})], {}) == set()
}

test_every_finding_is_looked_at if {
	denied([finding({}), finding({"item": "f2", "severity": "low"}), finding({"item": "f3"})], {}) == {"f1", "f3"}
}

test_the_violation_is_that_of_the_finding if {
	vulnerabilities.deny == {{"evidence": "e1", "item": "f1"}} with input as scan([finding({})])
		with data.params.vulnerabilities as params
}

test_epss_above_the_limit_is_denied if {
	denied([finding({"severity": "low", "epss": 0.2})], {"epss": 0.1}) == {"f1"}
	denied([finding({"severity": "low", "epss": 0.1})], {"epss": 0.1}) == set()
}

test_epss_that_is_not_stated_is_missing if {
	missing([finding({})], {"epss": 0.99}) == {"scan.json states no probability of exploitation (EPSS), and 0.99 is the limit"}
}

test_epss_that_is_stated_of_one_is_not if missing([finding({}), finding({"epss": 0})], {"epss": 0.1}) == set()

test_epss_that_is_not_asked_for_is_not if missing([finding({})], {}) == set()

test_epss_of_no_findings_is_not if missing([], {"epss": 0.1}) == set()

test_scans_are_counted if vulnerabilities.applicable == 1 with input as scan([])

test_a_scan_of_another_kind_does_not_count if {
	vulnerabilities.applicable == 0 with input as {"evidence": {"findings": [{
		"id": "e1",
		"scans": [{"category": "container"}],
		"findings": [],
	}]}}
}

test_no_evidence_is_nothing_to_look_at if vulnerabilities.applicable == 0 with input as {"evidence": {"findings": []}}
