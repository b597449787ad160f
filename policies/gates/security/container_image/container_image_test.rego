package gates.security.container_image_test

import data.gates.security.container_image

params := {
	"blocking_severity": ["critical"],
	"unknown_severity": "block",
	"exploited": "block",
	"epss": 1,
	"without_fix": "block",
	"artifact": "require",
	"vex": "accept",
	"suppressions": "justified",
}

finding(changes) := object.union(
	{"item": "f1", "category": "container", "message": "a hole", "severity": "critical", "suppressed": false, "suppressions": []},
	changes,
)

scan(findings) := {"evidence": {"findings": [{
	"id": "e1",
	"path": "scan.json",
	"scans": [{"category": "container"}],
	"findings": findings,
}]}}

denied(findings, changes) := {violation.item |
	some violation in container_image.deny with input as scan(findings)
		with data.params["container-image"] as object.union(params, changes)
}

missing(findings, changes) := texts if {
	texts := container_image.missing with input as scan(findings)
		with data.params["container-image"] as object.union(params, changes)
}

test_critical_is_denied if denied([finding({})], {}) == {"f1"}

test_high_is_not if denied([finding({"severity": "high"})], {}) == set()

test_high_is_where_it_blocks if denied([finding({"severity": "high"})], {"blocking_severity": ["critical", "high"]}) == {"f1"}

test_unknown_is_denied if denied([finding({"severity": "unknown"})], {}) == {"f1"}

test_exploited_is_denied if denied([finding({"severity": "low", "exploited": true})], {}) == {"f1"}

test_without_a_fix_can_be_allowed if {
	denied([finding({"fix": {"state": "wont-fix"}})], {"without_fix": "allow"}) == set()
}

test_another_category_is_not_looked_at if denied([finding({"category": "sca"})], {}) == set()

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
	container_image.deny == {{"evidence": "e1", "item": "f1"}} with input as scan([finding({})])
		with data.params["container-image"] as params
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

test_scans_are_counted if container_image.applicable == 1 with input as scan([])

test_a_scan_of_another_kind_does_not_count if {
	container_image.applicable == 0 with input as {"evidence": {"findings": [{
		"id": "e1",
		"scans": [{"category": "sca"}],
		"findings": [],
	}]}}
}

test_no_evidence_is_nothing_to_look_at if container_image.applicable == 0 with input as {"evidence": {"findings": []}}

gated := {"artifacts": [{"name": "shop", "digest": "sha256:AA"}]}

about(documents, subject) := object.union(
	{"subject": subject},
	{"evidence": {"findings": [object.union({"scans": [{"category": "container"}], "findings": [finding({})]}, document) |
		some document in documents
	]}},
)

of_it := {"id": "e1", "path": "it.json", "artifacts": [{"digests": ["sha256:00", "sha256:aa"]}]}

of_another := {"id": "e2", "path": "another.json", "artifacts": [{"digests": ["sha256:bb"]}]}

of_nothing := {"id": "e3", "path": "nothing.json"}

closed(documents, subject, mode) := {"looked": looked, "missing": texts, "denied": {violation.evidence | some violation in violations}} if {
	seen := about(documents, subject)
	limits := object.union(params, {"artifact": mode})
	looked := container_image.applicable with input as seen with data.params["container-image"] as limits
	texts := container_image.missing with input as seen with data.params["container-image"] as limits
	violations := container_image.deny with input as seen with data.params["container-image"] as limits
}

test_the_gated_artifact_was_scanned if {
	closed([of_it], gated, "require") == {"looked": 1, "missing": set(), "denied": {"e1"}}
}

test_only_another_was_scanned if {
	closed([of_another], gated, "require") == {
		"looked": 0,
		"missing": {"shop (sha256:AA) was not scanned; of another image: another.json"},
		"denied": set(),
	}
}

test_another_was_scanned_as_well if {
	closed([of_it, of_another], gated, "require") == {"looked": 1, "missing": set(), "denied": {"e1"}}
}

test_the_scan_says_no_digest if {
	closed([of_nothing], gated, "require") == {
		"looked": 1,
		"missing": {
			"shop (sha256:AA) was not scanned",
			"nothing.json does not say by digest which image was scanned",
		},
		"denied": {"e3"},
	}
}

test_one_of_two_was_scanned if {
	both := {"artifacts": [{"name": "shop", "digest": "sha256:aa"}, {"name": "", "digest": "sha256:cc"}]}
	closed([of_it], both, "require").missing == {"sha256:cc (sha256:cc) was not scanned"}
}

test_nothing_is_gated[mode] if {
	some mode in ["require", "ignore"]
	closed([of_it, of_another, of_nothing], {"artifacts": []}, mode) == {
		"looked": 3,
		"missing": set(),
		"denied": {"e1", "e2", "e3"},
	}
}

test_digests_can_be_ignored if {
	closed([of_another, of_nothing], gated, "ignore") == {"looked": 2, "missing": set(), "denied": {"e2", "e3"}}
}

test_the_epss_of_another_image_is_not_asked_for if {
	seen := about([object.union(of_it, {"findings": []}), of_another], gated)
	container_image.missing == set() with input as seen
		with data.params["container-image"] as object.union(params, {"epss": 0.1})
}
