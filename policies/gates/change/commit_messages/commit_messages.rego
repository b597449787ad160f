# METADATA
# title: Commit messages
# description: >-
#   Every commit of the change says what it is: a type, a scope where it has one, and a subject of no great length (Conventional
#   Commits), and a ticket where that is asked. Merges are left out; a revert as git writes it needs no type.
# related_resources:
#   - ref: https://www.conventionalcommits.org/en/v1.0.0/
#     description: Conventional Commits
# custom:
#   id: commit-messages
#   requirement: R2.19
#   severity: low
#   evidence:
#     - kind: change
#       fields: [sha, subject, message, parents]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       types:
#         description: The types that a commit can be of; an empty list asks for no form at all.
#         type: array
#         items: {type: string, minLength: 1}
#         uniqueItems: true
#         default: [feat, fix, docs, style, refactor, perf, test, build, ci, chore, revert]
#       scope:
#         description: Whether a commit needs a scope.
#         enum: [optional, required]
#         stricter: [optional, required]
#         default: optional
#       scope_pattern:
#         description: A regular expression (RE2) that a scope has to match as a whole.
#         type: string
#         default: "[a-z0-9][a-z0-9./,_-]*"
#       subject_length:
#         description: The greatest length of the first line.
#         type: integer
#         minimum: 1
#         unit: characters
#         stricter: lower
#         default: 72
#       ticket_pattern:
#         description: A regular expression (RE2) that a part of the message has to match, such as `\bSHOP-[0-9]+\b`; an empty one asks for no ticket.
#         type: string
#         default: ""
#       merges:
#         description: Whether merge commits are looked at.
#         enum: [skip, check]
#         stricter: [skip, check]
#         default: skip
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Write the message again with `git commit --amend` or `git rebase -i`, such as `fix(cart): round prices to the cent`.
package gates.change.commit_messages

params := data.params["commit-messages"]

# What says from where it starts is a change. A plain log says so nowhere; it counts where there is nothing better.
changes := [document |
	some document in input.evidence.change
	document.summary.base
	document.summary.commits
]

documents := changes if count(changes) > 0

documents := input.evidence.change if count(changes) == 0

commits contains object.filter(commit, ["sha", "subject", "message", "parents"]) if {
	some document in documents
	some commit in document.commits
}

applicable := count(commits)

is_merge(commit) if commit.parents > 1

looked contains commit if {
	some commit in commits
	not is_merge(commit)
}

looked contains commit if {
	params.merges == "check"
	some commit in commits
}

asks_for_form if count(params.types) > 0

is_revert(commit) if regex.match(`^Revert ".+"$`, commit.subject)

# What follows Conventional Commits, of any type.
typed[commit] := {"type": type, "scope": scope} if {
	some commit in looked

	# mutate: ignore NumberLiteral - the pattern is anchored, so that there is one match at most
	some [_, type, scope] in regex.find_all_string_submatch_n(`^([^\s():!]+)(?:\(([^()]+)\))?!?: \S`, commit.subject, 1)
}

is_formed(commit) if is_revert(commit)

is_formed(commit) if typed[commit]

problems[commit].length := $"the first line has {count(commit.subject)} characters, and {params.subject_length} are enough" if {
	some commit in looked
	count(commit.subject) > params.subject_length
}

problems[commit].form := "it is not of the form `type(scope): subject`" if {
	asks_for_form
	some commit in looked
	not is_formed(commit)
}

problems[commit].type := $"the type is {one.type}, and none of {concat(", ", params.types)}" if {
	asks_for_form
	some commit, one in typed
	not one.type in params.types
}

problems[commit].scope := "it has no scope" if {
	asks_for_form
	params.scope == "required"
	some commit, one in typed
	one.scope == ""
}

problems[commit].scope := $"the scope {one.scope} does not match {params.scope_pattern}" if {
	asks_for_form
	regex.is_valid(params.scope_pattern)
	some commit, one in typed
	one.scope != ""
	not regex.match($"^(?:{params.scope_pattern})$", one.scope)
}

problems[commit].ticket := $"it names no ticket ({params.ticket_pattern})" if {
	regex.is_valid(params.ticket_pattern)
	some commit in looked
	not regex.match(params.ticket_pattern, commit.message)
}

missing contains "no change evidence lists the commits" if {
	count(input.evidence.change) > 0
	applicable == 0
}

missing contains $"the parameter {name} is no regular expression of RE2: {pattern}" if {
	some name in ["scope_pattern", "ticket_pattern"]
	pattern := params[name]
	not regex.is_valid(pattern)
}

deny contains {
	"key": $"{commit.sha} {key}",
	"msg": $"{substring(commit.sha, 0, 12)} \"{substring(commit.subject, 0, 80)}\": {text}",
} if {
	some commit, texts in problems
	some key, text in texts
}
