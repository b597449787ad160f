# gate ignore:missing-rule What an incident does not say is taken for what closes the gate.
# METADATA
# title: Open incidents
# description: >-
#   No incident of a blocking severity goes on in the environment that is deployed to.
# custom:
#   id: open-incidents
#   requirement: R2.18
#   severity: high
#   evidence:
#     - kind: incident
#       fields: [id, title, service, environment, severity, openedAt, state]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       severities:
#         description: The severities that close the gate, in the words of the tool and in lower case.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: [critical, high, major, blocker, sev0, sev1, sev2, p0, p1, p2, "1", "2"]
#       unknown_severity:
#         description: What an incident does whose severity the tool does not state.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       services:
#         description: The services whose incidents count; without any, those of all. An incident that names none always counts.
#         type: array
#         items: {type: string, minLength: 1}
#         uniqueItems: true
#         default: []
#   controls: [soc2:CC7.4, soc2:CC7.5, soc2:CC8.1]
#   remediation: >-
#     End the incident first. A deployment that ends it is an emergency: let those decide who may, with an emergency bypass.
package gates.release.open_incidents

params := data.params["open-incidents"]

incidents := [object.union(incident, {"evidence": document.id}) |
	some document in input.evidence.incident
	some incident in document.incidents
]

applicable := count(incidents)

# What an incident does not say may be this.
is_here(incident) if incident.environment == input.environment

is_here(incident) if not incident.environment

is_ours(_) if count(params.services) == 0

is_ours(incident) if incident.service in params.services

is_ours(incident) if not incident.service

blocks(incident) if lower(trim_space(incident.severity)) in params.severities

blocks(incident) if {
	params.unknown_severity == "block"
	not incident.severity
}

name(incident) := $"{incident.id}: {incident.title}" if incident.title

name(incident) := incident.id if not incident.title

severity(incident) := incident.severity

severity(incident) := "unknown severity" if not incident.severity

since(incident) := $" since {incident.openedAt}" if incident.openedAt

since(incident) := "" if not incident.openedAt

deny contains {
	"evidence": incident.evidence,
	"item": incident.item,
	"key": incident.id,
	"msg": $"the incident {name(incident)} goes on{since(incident)} ({severity(incident)})",
} if {
	some incident in incidents
	incident.state == "open"
	is_here(incident)
	is_ours(incident)
	blocks(incident)
}
