# METADATA
# title: Branch protection
# description: >-
#   The branch that the change goes to is protected as the parameters ask: with reviews that a push takes back, for administrators
#   as well, and without rewriting or deleting it. What the forge does not say is not taken for granted.
# related_resources:
#   - ref: https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches
#     description: Protected branches of GitHub
#   - ref: https://docs.gitlab.com/user/project/repository/branches/protected/
#     description: Protected branches of GitLab
# custom:
#   id: branch-protection
#   requirement: R2.19
#   severity: high
#   evidence:
#     - kind: change
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       branch:
#         description: The branch that has to be protected; an empty text is the one that the change goes to, or the one that is decided on.
#         type: string
#         default: ""
#       required_reviews:
#         description: How many approvals the branch has to ask for before a merge.
#         type: integer
#         minimum: 0
#         unit: approvals
#         stricter: higher
#         default: 1
#       dismiss_stale_reviews:
#         description: Whether a push has to take approvals back.
#         enum: [false, true]
#         stricter: [false, true]
#         default: true
#       code_owner_reviews:
#         description: Whether owners of the code have to approve.
#         enum: [false, true]
#         stricter: [false, true]
#         default: false
#       enforce_admins:
#         description: Whether the protection has to hold for administrators.
#         enum: [false, true]
#         stricter: [false, true]
#         default: true
#       signatures:
#         description: Whether commits have to be signed.
#         enum: [false, true]
#         stricter: [false, true]
#         default: false
#       linear_history:
#         description: Whether merge commits have to be refused.
#         enum: [false, true]
#         stricter: [false, true]
#         default: false
#       force_pushes:
#         description: Whether it may be possible to rewrite the branch.
#         enum: [accept, refuse]
#         stricter: [accept, refuse]
#         default: refuse
#       deletions:
#         description: Whether it may be possible to delete the branch.
#         enum: [accept, refuse]
#         stricter: [accept, refuse]
#         default: refuse
#       checks:
#         description: The names of status checks that the branch has to ask for before a merge.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: []
#   controls: [soc2:CC8.1, ssdf:PS.1.1]
#   remediation: Protect the branch in the settings of the repository, and collect the evidence again.
package gates.change.branch_protection

params := data.params["branch-protection"]

target := params.branch if params.branch != ""

target := input.subject.change.base if params.branch == ""

target := trim_prefix(input.subject.ref, "refs/heads/") if {
	params.branch == ""
	not input.subject.change.base
}

# A pattern of GitLab, in which a star stands for any text. A name that reads as another kind of pattern is only a name.
is_of(branch) if branch == target

is_of(branch) if {
	regex.match(`^[^\[\]{}?\\]*$`, branch)
	glob.match(branch, null, target)
}

# Rules of GitHub, and its answer that there is no protection, do not repeat the branch that they were asked for.
protections contains protection if {
	some document in input.evidence.change
	some protection in document.protections
	not protection.branch
	target
}

protections contains protection if {
	some document in input.evidence.change
	some protection in document.protections
	is_of(protection.branch)
}

applicable := count(protections)

is_protected if {
	some protection in protections
	protection.protected
}

reviews := [protection.requiredReviews | some protection in protections]

# Of several protections each adds to the others, so that one of them is enough.
said.dismiss_stale_reviews contains protection.dismissStaleReviews if some protection in protections

said.code_owner_reviews contains protection.codeOwnerReviews if some protection in protections

said.enforce_admins contains protection.enforceAdmins if some protection in protections

said.signatures contains protection.requiredSignatures if some protection in protections

said.linear_history contains protection.linearHistory if some protection in protections

lacks := {
	"dismiss_stale_reviews": "keeps approvals when commits are added",
	"code_owner_reviews": "does not ask the owners of the code",
	"enforce_admins": "is not protected from administrators",
	"signatures": "takes commits that are not signed",
	"linear_history": "takes merge commits",
}

# What one of them permits may be possible, for forges do not agree on which of them wins.
permitted.force_pushes contains protection.forcePushes if some protection in protections

permitted.deletions contains protection.deletions if some protection in protections

permits := {"force_pushes": "can be rewritten", "deletions": "can be deleted"}

checks := [protection.requiredChecks | some protection in protections]

missing contains "it is not known which branch has to be protected: set the parameter branch" if not target

missing contains $"no change evidence says how {target} is protected" if {
	target
	count(input.evidence.change) > 0
	applicable == 0
}

missing contains $"nothing says how many approvals {target} asks for" if {
	is_protected
	params.required_reviews > 0
	count(reviews) == 0
}

missing contains $"nothing says whether {target} {text}" if {
	is_protected
	some name, text in lacks
	params[name] == true
	count(said[name]) == 0
}

missing contains $"nothing says whether {target} {text}" if {
	is_protected
	some name, text in permits
	params[name] == "refuse"
	count(permitted[name]) == 0
}

missing contains $"nothing says which checks {target} asks for" if {
	is_protected
	count(params.checks) > 0
	count(checks) == 0
}

deny contains {"key": "protected", "msg": $"{target} is not protected"} if {
	applicable > 0
	not is_protected
}

deny contains {
	"key": "required_reviews",
	"msg": $"{target} asks for {most} of {params.required_reviews} approvals",
	"measured": {"value": most, "limit": params.required_reviews, "better": "higher"},
} if {
	is_protected
	most := max(reviews)
	most < params.required_reviews
}

deny contains {"key": name, "msg": $"{target} {text}"} if {
	is_protected
	some name, text in lacks
	params[name] == true
	said[name] == {false}
}

deny contains {"key": name, "msg": $"{target} {text}"} if {
	is_protected
	some name, text in permits
	params[name] == "refuse"
	true in permitted[name]
}

deny contains {"key": $"check {check}", "msg": $"{target} does not ask for the check {check}"} if {
	is_protected
	count(checks) > 0
	some check in params.checks
	every names in checks {
		not check in names
	}
}
