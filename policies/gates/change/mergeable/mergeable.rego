# METADATA
# title: Mergeable
# description: >-
#   The change is no draft, is not closed, and has no conflict with where it goes to, as the forge says. Of a change that was
#   merged already only that is asked.
# custom:
#   id: mergeable
#   requirement: R2.19
#   severity: medium
#   evidence:
#     - kind: change
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       drafts:
#         description: What it does that the change is a draft.
#         enum: [accept, block]
#         stricter: [accept, block]
#         default: block
#   controls: [soc2:CC8.1]
#   remediation: Resolve the conflicts, mark the change as ready for review, or open it again.
package gates.change.mergeable

params := data.params.mergeable

# What has the state of a pull or merge request; git alone knows no such thing.
requests := [document |
	some document in input.evidence.change
	document.summary.state
]

applicable := count(requests)

is_known(document, "draft") if is_boolean(document.summary.draft)

is_known(document, "conflicts") if is_boolean(document.summary.conflicts)

name(document) := $"change {document.summary.number}" if document.summary.number

name(document) := "change" if not document.summary.number

unmerged := [document |
	some document in requests
	document.summary.state == "open"
]

base(document) := document.summary.base

base(document) := "where it goes to" if not document.summary.base

missing contains "no change evidence has the pull or merge request" if {
	count(input.evidence.change) > 0
	applicable == 0
}

missing contains $"it is not known whether the {name(document)} is a draft" if {
	params.drafts == "block"
	some document in unmerged
	not is_known(document, "draft")
}

missing contains $"the forge does not know yet whether the {name(document)} has conflicts: ask it again" if {
	some document in unmerged
	not is_known(document, "conflicts")
}

deny contains {"evidence": document.id, "key": "state", "msg": $"the {name(document)} is {document.summary.state}"} if {
	some document in requests
	not document.summary.state in {"open", "merged"}
}

deny contains {"evidence": document.id, "key": "draft", "msg": $"the {name(document)} is a draft"} if {
	params.drafts == "block"
	some document in unmerged
	document.summary.draft
}

deny contains {"evidence": document.id, "key": "conflicts", "msg": $"the {name(document)} has conflicts with {base(document)}"} if {
	some document in unmerged
	document.summary.conflicts
}
