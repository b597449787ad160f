# METADATA
# title: Change review
# description: >-
#   Enough people who did not write the change have approved it as it is, and nobody who may review asks for something else. Of
#   each person the latest review counts; authors, committers, programs and people without a part in the repository do not.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.2/source-requirements
#     description: The source track of SLSA
# custom:
#   id: change-review
#   requirement: R2.19
#   severity: high
#   evidence:
#     - kind: change
#       fields: [sha, author, committer]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       reviewers:
#         description: How many people have to approve. For production, set 2.
#         type: integer
#         minimum: 1
#         unit: people
#         stricter: higher
#         default: 1
#       independent_of:
#         description: >-
#           Whose own approval does not count, that of whoever proposes the change (author), or of everybody who wrote or committed a part of
#           it as well (contributors). For that the commits have to say who made them on the forge, which those of GitLab do not.
#         enum: [author, contributors]
#         stricter: [author, contributors]
#         default: contributors
#       approvals_of:
#         description: >-
#           Whether an approval has to be of the last commit of the change (head) or may be of an earlier one (any). GitLab does not say which
#           commit was approved; let it remove approvals when commits are added, and set any.
#         enum: [any, head]
#         stricter: [any, head]
#         default: head
#       changes_requested:
#         description: What it does that somebody asks for changes.
#         enum: [ignore, block]
#         stricter: [ignore, block]
#         default: block
#   controls: [soc2:CC8.1, ssdf:PW.7.2, ssdf:PO.5.1]
#   remediation: >-
#     Have the change reviewed as it is now by people who did not write it, and settle what they ask for.
package gates.change.change_review

params := data.params["change-review"]

# What lists every review of a change; a file with one review of many cannot be counted.
reviewed := [document |
	some document in input.evidence.change
	document.summary.approvals
]

applicable := count(reviewed)

authors contains lower(document.summary.author) if some document in input.evidence.change

changes contains document.summary.number if some document in input.evidence.change

heads contains document.summary.head if {
	some document in input.evidence.change
	document.summary.author
}

# The login is what the forge adds behind what git says, as in `Zoe <zoe@example.org> (zoe)`, or all there is.
login_of(person) := login if {
	# mutate: ignore NumberLiteral - the pattern is anchored, so that there is one match at most
	some [_, login] in regex.find_all_string_submatch_n(`^(?:.* \()?([^()<>\s]+)\)?$`, lower(person), 1)
}

made contains {"sha": commit.sha, "login": login_of(commit.author)} if {
	some document in input.evidence.change
	some commit in document.commits
}

contributors contains one.login if some one in made

contributors contains login_of(commit.committer) if {
	some document in input.evidence.change
	some commit in document.commits
}

is_made(sha) if {
	some one in made
	one.sha == sha
}

own := authors if params.independent_of == "author"

own := authors | contributors if params.independent_of == "contributors"

latest[lower(review.user)] contains review if {
	some document in reviewed
	some review in document.reviews
	review.latest
	not review.outsider
}

approves(reviews) if {
	every review in reviews {
		review.state == "approved"
	}
}

is_of_head(_) if params.approvals_of == "any"

is_of_head(reviews) if {
	every review in reviews {
		review.commit in heads
	}
}

is_program(reviews) if {
	some review in reviews
	review.bot
}

approving contains user if {
	some user, reviews in latest
	user != "(deleted account)"
	not user in own
	approves(reviews)
	not is_program(reviews)
}

current contains user if {
	some user in approving
	is_of_head(latest[user])
}

undated contains user if {
	some user in approving
	some review in latest[user]
	not review.commit
}

stale := approving - (current | undated)

stale_text := "" if count(stale) == 0

stale_text := $"; of an earlier commit by {concat(", ", stale)}" if count(stale) > 0

own_text := "" if count(own_approvals) == 0

own_text := $"; not counted is the author's or a committer's own: {concat(", ", own_approvals)}" if count(own_approvals) > 0

own_approvals contains user if {
	some user, reviews in latest
	approves(reviews)
	user in own
}

missing contains "no change evidence lists every review of the change" if {
	count(input.evidence.change) > 0
	applicable == 0
}

missing contains "it is not known who proposes the change" if {
	applicable > 0
	count(authors) == 0
}

missing contains $"the evidence is of several changes: {concat(", ", changes)}" if count(changes) > 1

missing contains $"the evidence is of the change {number}, and {input.subject.change.id} is decided on" if {
	some number in changes
	number != input.subject.change.id
}

missing contains "it is not known what the last commit of the change is" if {
	applicable > 0
	count(heads) == 0
}

missing contains "the evidence has several last commits of the change" if count(heads) > 1

missing contains "the commit that is decided on is not known, so the reviews may be of another one" if {
	applicable > 0
	not input.subject.commit
}

missing contains $"nobody on the forge is known to have made the commit {substring(commit.sha, 0, 12)}, so a reviewer may have" if {
	params.independent_of == "contributors"
	applicable > 0
	some document in input.evidence.change
	some commit in document.commits
	not is_made(commit.sha)
}

missing contains "no change evidence lists the commits, so a reviewer may have made one" if {
	params.independent_of == "contributors"
	applicable > 0
	count([document | some document in input.evidence.change; document.summary.commits > 0]) == 0
}

# With what they approved, it could be enough.
missing contains $"it is not known which commit was approved by {concat(", ", undated)}" if {
	count(current) < params.reviewers
	count(current | undated) >= params.reviewers
}

deny contains {
	"key": "approvals",
	"msg": $"{count(current)} of {params.reviewers} approvals of the change as it is{stale_text}{own_text}",
	"measured": {"value": count(current), "limit": params.reviewers, "better": "higher"},
} if {
	applicable > 0
	count(heads) > 0
	count(current | undated) < params.reviewers
}

deny contains {"key": $"changes {user}", "msg": $"{user} asks for changes"} if {
	params.changes_requested == "block"
	some user, reviews in latest
	some review in reviews
	review.state == "changes-requested"
}
