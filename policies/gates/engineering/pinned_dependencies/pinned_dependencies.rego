# METADATA
# title: Pinned dependencies
# description: >-
#   What is fetched from outside (actions, images, packages, hooks, includes, modules) is named so that it can mean one content
#   only, and actions are of approved owners.
# related_resources:
#   - ref: https://docs.github.com/actions/reference/security/secure-use#using-third-party-actions
#     description: Why GitHub says to name actions by commit.
#   - ref: https://github.com/ossf/scorecard/blob/main/docs/checks.md#pinned-dependencies
#     description: The same check in OpenSSF Scorecard.
# custom:
#   id: pinned-dependencies
#   requirement: R2.12
#   severity: medium
#   evidence:
#     - kind: repository
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       types:
#         description: >-
#           What has to be pinned. `build-package` is what a Python project is built with, which no lock file covers;
#           `unreadable` is a manifest that could not be read.
#         type: array
#         minItems: 1
#         items: { enum: [action, image, package, build-package, hook, include, module, unreadable] }
#         stricter: more
#         default: [action, image, package, hook, include, module, unreadable]
#       approved_actions:
#         description: Patterns of the actions that may be used, such as `actions/*` or `acme/**`.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: ["**"]
#       trusted_actions:
#         description: Patterns of actions that need no commit, for their owner is trusted not to move a tag.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: []
#       except:
#         description: Patterns of files that are not looked at, such as `test/fixtures/**`.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: []
#   controls: [ssdf:PW.4.1, ssdf:PO.3.2]
#   remediation: >-
#     Name actions and hooks by the commit that the tag means, images as `name:tag@sha256:...`; commit the lock file of the
#     package manager, made anew where the manifest has changed since.
package gates.engineering.pinned_dependencies

import data.lib.paths

params := data.params["pinned-dependencies"]

asked contains {"evidence": document.id, "pin": pin} if {
	some document in input.evidence.repository
	some pin in document.pins
	pin.type in params.types
}

uses contains {"evidence": document.id, "pin": pin} if {
	some document in input.evidence.repository
	some pin in document.pins
	pin.type == "action"
}

considered := asked | uses

applicable := count(considered)

narrowed if {
	some document in input.evidence.repository
	count(document.summary.paths) > 0
}

missing contains "the inventory is of a part of the repository, and has nothing to pin" if {
	applicable == 0
	narrowed
}

not_applicable := "the repository depends on nothing of these types" if {
	count(input.evidence.repository) > 0
	applicable == 0
	not narrowed
}

problem(pin) := $"the {pin.type} {pin.reference} is not pinned" if pin.type != "unreadable"

problem(pin) := $"nothing in it is pinned {pin.reference}" if pin.type == "unreadable"

trusted(pin) if {
	pin.type == "action"
	paths.matches(pin.name, [$"/{pattern}" | some pattern in params.trusted_actions])
}

approved(pin) if paths.matches(pin.name, [$"/{pattern}" | some pattern in params.approved_actions])

deny contains {
	"evidence": one.evidence,
	"key": $"{one.pin.path} {one.pin.type} {one.pin.reference}",
	"msg": $"{one.pin.path}: {problem(one.pin)}",
	"location": {"path": one.pin.path, "line": one.pin.line},
} if {
	some one in asked
	not one.pin.pinned
	not trusted(one.pin)
	not paths.matches(one.pin.path, params.except)
}

deny contains {
	"evidence": one.evidence,
	"key": $"{one.pin.path} approved {one.pin.reference}",
	"severity": "high",
	"msg": $"{one.pin.path}: the action {one.pin.reference} is not one of those that are approved",
	"location": {"path": one.pin.path, "line": one.pin.line},
} if {
	some one in uses
	not approved(one.pin)
	not paths.matches(one.pin.path, params.except)
}
