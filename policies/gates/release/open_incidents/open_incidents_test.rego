package gates.release.open_incidents_test

import data.gates.release.open_incidents

params := {"severities": ["critical", "sev1"], "unknown_severity": "block", "services": []}

incident := {
	"item": 0,
	"id": "12",
	"title": "down",
	"service": "shop",
	"environment": "production",
	"severity": "critical",
	"openedAt": "2026-03-01T00:00:00Z",
	"state": "open",
}

check(incidents) := {"environment": "production", "evidence": {"incident": [{"id": "e1", "incidents": incidents}]}}

denied(one, changes) := {violation.msg |
	some violation in open_incidents.deny with input as check([one]) with data.params["open-incidents"] as object.union(params, changes)
}

changed(changes) := object.union(incident, changes)

without(name) := object.remove(incident, [name])

goes_on := {"the incident 12: down goes on since 2026-03-01T00:00:00Z (critical)"}

test_incidents[note] if {
	some note, case in {
		"open": [incident, {}, goes_on],
		"over": [changed({"state": "resolved"}), {}, set()],
		"elsewhere": [changed({"environment": "staging"}), {}, set()],
		"nobody knows where": [without("environment"), {}, goes_on],
		"a severity in upper case": [changed({"severity": " SEV1 "}), {}, {"the incident 12: down goes on since 2026-03-01T00:00:00Z ( SEV1 )"}],
		"another severity": [changed({"severity": "minor"}), {}, set()],
		"no severity": [without("severity"), {}, {"the incident 12: down goes on since 2026-03-01T00:00:00Z (unknown severity)"}],
		"no severity, which is let through": [without("severity"), {"unknown_severity": "allow"}, set()],
		"a known severity where unknown ones are let through": [incident, {"unknown_severity": "allow"}, goes_on],
		"of this service": [incident, {"services": ["cart", "shop"]}, goes_on],
		"of another service": [incident, {"services": ["cart"]}, set()],
		"of a service that nobody knows": [without("service"), {"services": ["cart"]}, goes_on],
		"without a title": [without("title"), {}, {"the incident 12 goes on since 2026-03-01T00:00:00Z (critical)"}],
		"without a time": [without("openedAt"), {}, {"the incident 12: down goes on (critical)"}],
	}
	[one, changes, expected] := case
	denied(one, changes) == expected
}

test_violations_name_the_incident if {
	found := {[violation.evidence, violation.item, violation.key] |
		some violation in open_incidents.deny with input as check([incident]) with data.params["open-incidents"] as params
	}
	found == {["e1", 0, "12"]}
}

test_incidents_are_counted if {
	open_incidents.applicable == 2 with input as check([incident, changed({"state": "resolved"})]) with data.params["open-incidents"] as params
	open_incidents.applicable == 0 with input as check([]) with data.params["open-incidents"] as params
}
