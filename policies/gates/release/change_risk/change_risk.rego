# METADATA
# title: Risk of the change
# description: >-
#   How risky a change is, from what it touches and from what the audit log remembers: a score from 0 to 1, a level, and the
#   factors that it comes from. It closes only above `maximum_level`; as `risk.gate` of an environment its level selects what
#   else is asked.
# custom:
#   id: change-risk
#   requirement: R3.4
#   evidence:
#     - kind: change
#       fields: [sha, author, message]
#     - kind: history
#       fields: [environment, outcome, evaluatedAt]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       maximum_level:
#         description: The highest level that leaves this gate open; at `high` it never closes for the risk alone.
#         enum: [low, medium, high]
#         stricter: [high, medium, low]
#         default: high
#       medium_at:
#         description: The score from which on the level is at least medium.
#         type: number
#         minimum: 0
#         maximum: 1
#         stricter: lower
#         default: 0.3
#       high_at:
#         description: The score from which on the level is high.
#         type: number
#         minimum: 0
#         maximum: 1
#         stricter: lower
#         default: 0.6
#       standard_at:
#         description: The score from which on the recommendation is no longer fast-track.
#         type: number
#         minimum: 0
#         maximum: 1
#         default: 0.2
#       cautious_at:
#         description: The score from which on the recommendation is cautious.
#         type: number
#         minimum: 0
#         maximum: 1
#         default: 0.5
#       maximum_safety_at:
#         description: The score from which on the recommendation is maximum-safety.
#         type: number
#         minimum: 0
#         maximum: 1
#         default: 0.8
#       weights:
#         description: How much each factor counts; the score is the weighted mean.
#         type: object
#         additionalProperties: false
#         required: [success, size, complexity, kind, dependencies, time, experience, stability]
#         properties:
#           success: {type: number, minimum: 0}
#           size: {type: number, minimum: 0}
#           complexity: {type: number, minimum: 0}
#           kind: {type: number, minimum: 0}
#           dependencies: {type: number, minimum: 0}
#           time: {type: number, minimum: 0}
#           experience: {type: number, minimum: 0}
#           stability: {type: number, minimum: 0}
#         default:
#           {success: 0.15, size: 0.2, complexity: 0.1, kind: 0.3, dependencies: 0.1, time: 0.05, experience: 0.05, stability: 0.05}
#       kind_risk:
#         description: The risk of each kind of change, from 0 to 1; of several the greatest counts.
#         type: object
#         additionalProperties: false
#         required: [static, code, api, infrastructure, migration, breaking]
#         properties:
#           static: {type: number, minimum: 0, maximum: 1}
#           code: {type: number, minimum: 0, maximum: 1}
#           api: {type: number, minimum: 0, maximum: 1}
#           infrastructure: {type: number, minimum: 0, maximum: 1}
#           migration: {type: number, minimum: 0, maximum: 1}
#           breaking: {type: number, minimum: 0, maximum: 1}
#         default: {static: 0, code: 0.3, api: 0.5, infrastructure: 0.7, migration: 0.9, breaking: 1}
#       kind_level:
#         description: The level that each kind of change has at least, whatever the score.
#         type: object
#         additionalProperties: false
#         required: [static, code, api, infrastructure, migration, breaking]
#         properties:
#           static: {enum: [low, medium, high]}
#           code: {enum: [low, medium, high]}
#           api: {enum: [low, medium, high]}
#           infrastructure: {enum: [low, medium, high]}
#           migration: {enum: [low, medium, high]}
#           breaking: {enum: [low, medium, high]}
#         default: {static: low, code: low, api: low, infrastructure: medium, migration: high, breaking: high}
#       static_paths:
#         description: Patterns of files that nothing executes. A pattern without `/` is that of a file name.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: ["*.md", "*.txt", "*.rst", "*.adoc", "docs/**", "*.png", "*.jpg", "*.svg", LICENSE]
#       api_paths:
#         description: Patterns of files that describe an interface to others; one that is deleted or renamed is a breaking change.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: ["*.proto", "*.graphql", "**/openapi*", "**/swagger*", "**/asyncapi*"]
#       migration_paths:
#         description: Patterns of files that change stored data.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: ["**/migrations/**", "**/migrate/**", "*.sql"]
#       infrastructure_paths:
#         description: Patterns of files that decide where and how things run.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default:
#           [Dockerfile*, "docker-compose*", "*.tf", "*.tfvars", ".github/**", .gitlab-ci.yml, "**/k8s/**", "**/helm/**", Jenkinsfile]
#       dependency_paths:
#         description: Patterns of files that say what is depended on.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default:
#           - package.json
#           - package-lock.json
#           - pnpm-lock.yaml
#           - yarn.lock
#           - requirements*.txt
#           - pyproject.toml
#           - poetry.lock
#           - pom.xml
#           - "*.gradle*"
#           - go.mod
#           - go.sum
#           - Cargo.toml
#           - Cargo.lock
#           - Gemfile*
#           - "*.csproj"
#           - composer.*
#       large_lines:
#         description: Lines added and deleted from which on a change is as large as can be.
#         type: integer
#         minimum: 1
#         unit: lines
#         stricter: lower
#         default: 1000
#       large_files:
#         description: Files from which on a change is as large as can be.
#         type: integer
#         minimum: 1
#         unit: files
#         stricter: lower
#         default: 50
#       binary_lines:
#         description: What a file counts whose lines are not counted.
#         type: integer
#         minimum: 0
#         unit: lines
#         stricter: higher
#         default: 100
#       area_depth:
#         description: How many folders of a path name an area.
#         type: integer
#         minimum: 1
#         unit: folders
#         stricter: higher
#         default: 2
#       many_areas:
#         description: Areas beyond the first from which on a change is as scattered as can be.
#         type: integer
#         minimum: 1
#         unit: areas
#         stricter: lower
#         default: 8
#       experienced_commits:
#         description: Known commits from which on an author is experienced; pass a log of the repository as evidence to know them.
#         type: integer
#         minimum: 1
#         unit: commits
#         stricter: higher
#         default: 20
#       window_days:
#         description: How long decisions of the past count towards success; a check looks back 30 days.
#         type: number
#         exclusiveMinimum: 0
#         maximum: 30
#         unit: days
#         default: 30
#       minimum_decisions:
#         description: Decisions below which nothing is known of success.
#         type: integer
#         minimum: 1
#         unit: decisions
#         stricter: higher
#         default: 5
#       stability_days:
#         description: How long a failed decision counts against the stability of the environment.
#         type: number
#         exclusiveMinimum: 0
#         maximum: 30
#         unit: days
#         stricter: higher
#         default: 7
#       many_failures:
#         description: Failed decisions from which on an environment is as unstable as can be.
#         type: integer
#         minimum: 1
#         unit: decisions
#         stricter: lower
#         default: 10
#       utc_offset_minutes:
#         description: The time zone of the working hours, as minutes ahead of UTC.
#         type: integer
#         minimum: -840
#         maximum: 840
#         unit: minutes
#         default: 0
#       working_from:
#         description: The first working hour of Monday to Friday.
#         type: integer
#         minimum: 0
#         maximum: 23
#         unit: hour of the day
#         default: 9
#       working_until:
#         description: The hour at which work ends.
#         type: integer
#         minimum: 1
#         maximum: 24
#         unit: hour of the day
#         default: 17
#       friday_until:
#         description: The hour at which it ends on Fridays.
#         type: integer
#         minimum: 1
#         maximum: 24
#         unit: hour of the day
#         default: 15
#   controls: [soc2:CC8.1]
#   remediation: Split the change, take what is risky out of it, or let it go through the checks of a higher level of risk.
package gates.release.change_risk

import data.lib.paths
import data.lib.times

params := data.params["change-risk"]

# From the least to the most.
levels := ["low", "medium", "high"]

# What lists files and commits is the change. What lists commits alone is a log, and says only who has made how many.
changes := [document |
	some document in input.evidence.change
	document.summary.files
	document.summary.commits
]

files := changes[0].files

commits := changes[0].commits

applicable := count({file.path | some change in changes; some file in change.files})

content(document) := {
	"files": {object.filter(file, ["path", "previousPath", "status", "additions", "deletions"]) | some file in document.files},
	"commits": {commit.sha | some commit in document.commits},
}

missing contains "no change evidence lists both the files and the commits: run `gate evidence collect git --base REF`" if {
	count(input.evidence.change) > 0
	count(changes) == 0
}

# Else the harmless one of two could be the one that counts.
missing contains "the documents of the change do not list the same files and commits" if {
	count({content(document) | some document in changes}) > 1
}

missing contains "the change has no commit, so nobody is known to have made it" if count(commits) == 0

missing contains "every weight is 0, so there is no score" if sum(weights) == 0

weights := [weight | some weight in params.weights]

paths_of(file) := {path | some path in [file.path, object.get(file, "previousPath", file.path)]}

touches(patterns) if {
	some file in files
	some path in paths_of(file)
	paths.matches(path, patterns)
}

known_patterns contains pattern if {
	some patterns in [params.static_paths, params.api_paths, params.migration_paths, params.infrastructure_paths]
	some pattern in patterns
}

kinds contains "static"

kinds contains "code" if {
	some file in files
	some path in paths_of(file)
	not paths.matches(path, known_patterns)
}

kinds contains "api" if touches(params.api_paths)

kinds contains "migration" if touches(params.migration_paths)

kinds contains "infrastructure" if touches(params.infrastructure_paths)

kinds contains "breaking" if {
	some commit in commits
	regex.match(`^\w+(\([^)]*\))?!:|(?m:^BREAKING[ -]CHANGE)`, commit.message)
}

kinds contains "breaking" if {
	some file in files
	file.status in {"deleted", "renamed"}
	some path in paths_of(file)
	paths.matches(path, params.api_paths)
}

# What else is there says more.
named_kinds := ["static"] if kinds == {"static"}

named_kinds := sort(kinds - {"static"}) if kinds != {"static"}

lines_of(file) := file.additions + file.deletions

lines_of(file) := params.binary_lines if not counted(file)

counted(file) if {
	is_number(file.additions)
	is_number(file.deletions)
}

lines := sum([lines_of(file) | some file in files])

# A path's first folders; a file at the top is in the area of the top.
area(path) := [folder |
	parts := split(path, "/")
	some depth, folder in parts
	depth < params.area_depth
	depth < count(parts) - 1
]

areas := count({area(path) | some file in files; some path in paths_of(file)})

dependency_files := sort({file.path |
	some file in files
	some path in paths_of(file)
	paths.matches(path, params.dependency_paths)
})

now := times.instant(input.time)

decisions(days) := [decision |
	some document in input.evidence.history
	some decision in document.decisions
	decision.environment == input.environment
	now - times.instant(decision.evaluatedAt) <= days * times.day
]

known := count(decisions(params.window_days))

allowed := count([decision | some decision in decisions(params.window_days); decision.outcome == "allow"])

failures := count([decision |
	some decision in decisions(params.stability_days)
	decision.outcome in {"block", "allow-bypassed"}
])

# Of the least experienced author.
experience := min([count(made) |
	some commit in commits
	made := {other.sha | some document in input.evidence.change; some other in document.commits; other.author == commit.author}
])

local := times.shifted(now, params.utc_offset_minutes)

hour := times.hours(local)

weekday := times.weekday(local)

outside if weekday in {"saturday", "sunday"}

outside if hour < params.working_from

outside if hour >= params.working_until

outside if {
	weekday == "friday"
	hour >= params.friday_until
}

thousandths(value) := round(1000 * value) / 1000

at_most_one(value) := thousandths(min([1, value]))

factor["success"] := {"value": 1, "because": $"{known} decisions for {input.environment} are known, which says nothing"} if {
	known < params.minimum_decisions
}

factor["success"] := {"value": thousandths(1 - (allowed / known)), "because": $"{allowed} of {known} decisions for {input.environment} allowed"} if {
	known >= params.minimum_decisions
}

factor["size"] := {
	"value": at_most_one(max([lines / params.large_lines, count(files) / params.large_files])),
	"because": $"{lines} lines in {count(files)} files",
}

factor["complexity"] := {"value": at_most_one((areas - 1) / params.many_areas), "because": $"areas touched: {areas}"}

factor["kind"] := {
	"value": max([params.kind_risk[kind] | some kind in named_kinds]),
	"because": $"kind of change: {concat(", ", named_kinds)}",
}

factor["dependencies"] := {"value": 0, "because": "no dependency changes"} if count(dependency_files) == 0

factor["dependencies"] := {"value": 1, "because": $"dependencies change in {dependency_files[0]}"} if count(dependency_files) > 0

factor["time"] := {"value": 1, "because": "outside of working hours"} if outside

factor["time"] := {"value": 0, "because": "within working hours"} if not outside

factor["experience"] := {
	"value": thousandths(1 - min([1, experience / params.experienced_commits])),
	"because": $"an author has {experience} known commits",
}

factor["stability"] := {
	"value": at_most_one(failures / params.many_failures),
	"because": $"{failures} decisions for {input.environment} failed within {params.stability_days} days",
}

weighted := [share | some name, one in factor; share := params.weights[name] * one.value]

# A factor that cannot be told must not be left out of the mean.
score := thousandths(sum(weighted) / sum(weights)) if {
	count(weighted) == count(weights)
	sum(weights) > 0
}

# Places in `levels`; every kind has one.
ranks contains 1 if score >= params.medium_at

ranks contains 2 if score >= params.high_at

ranks contains rank if {
	some kind in named_kinds
	some rank, level in levels
	level == params.kind_level[kind]
}

recommendations := ["fast-track", "standard", "cautious", "maximum-safety"]

recommendation := recommendations[count([limit |
	some limit in [params.standard_at, params.cautious_at, params.maximum_safety_at]
	score >= limit
])]

answer := {
	"score": score,
	"level": levels[max(ranks)],
	"recommendation": recommendation,
	"factors": [object.union(one, {"name": name, "weight": params.weights[name]}) | some name, one in factor],
}

deny contains {
	"key": "level",
	"severity": "medium",
	"msg": $"the risk of the change is {answer.level} (score {answer.score}), and {maximum} is the most that is allowed",
} if {
	some most, maximum in levels
	maximum == params.maximum_level
	max(ranks) > most
}
