# METADATA
# title: Build
# description: >-
#   Every build of the gated commit succeeded, and together they made what is gated. The audit of dependencies and the
#   signature of the artifact, which belong to a build as well, are the gates `vulnerabilities` and `artifact-signature`.
# related_resources:
#   - ref: https://slsa.dev/spec/v1.0/terminology
#     description: What a build is, and what it makes
# custom:
#   id: build
#   requirement: R2.1
#   severity: high
#   evidence:
#     - kind: build
#       fields: [name, outcome, exitCode, artifacts, warnings, commit]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       required:
#         description: >-
#           Names of builds that there have to be; `*` stands for any text but `/`, `**` for any text. Without any, one build
#           is enough.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: more
#         default: []
#       ignored:
#         description: >-
#           Names of jobs that are no builds and are not looked at, such as the job that runs this check and has not ended
#           yet; written as in `required`.
#         type: array
#         items: {type: string, minLength: 1}
#         stricter: fewer
#         default: []
#       made_elsewhere:
#         description: What a gated artifact does that no build says it made, block or allow.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       count_warnings:
#         description: Whether the warnings of each build are counted; a build that does not count them cannot pass then.
#         type: boolean
#         stricter: [false, true]
#         default: false
#       maximum_warnings:
#         description: How many warnings a build may have, where they are counted.
#         type: integer
#         minimum: 0
#         unit: warnings
#         stricter: lower
#         default: 0
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Run the build through `gate evidence run --kind build -o build.json --artifact FILE -- COMMAND`, which records how it
#     ended and the digests of what it made, and mend what fails.
package gates.build.build

import data.lib.artifacts
import data.lib.identities

params := data.params.build

considered contains {"evidence": document.id, "build": build} if {
	some document in input.evidence.build
	some build in document.builds
	not identities.matches(build.name, params.ignored)
}

applicable := count(considered)

missing contains $"{build.name}: it is not known of which commit the build is" if {
	input.subject.commit
	some one in considered
	build := one.build
	not build.commit
}

missing contains $"{build.name}: its warnings are not counted, and at most {params.maximum_warnings} are allowed" if {
	params.count_warnings
	some one in considered
	build := one.build
	not counted(build)
}

counted(build) if is_number(build.warnings)

ended := {
	"failure": "the build failed",
	"denied": "the build was refused",
	"unknown": "it is not known how the build ended, or it has not ended",
}

deny contains {
	"evidence": one.evidence,
	"item": build.item,
	"key": "outcome",
	"severity": "high",
	"msg": $"{build.name}: {reason}",
} if {
	some one in considered
	build := one.build
	reason := ended[build.outcome]
}

deny contains {
	"evidence": one.evidence,
	"item": build.item,
	"key": "exit-code",
	"severity": "high",
	"msg": $"{build.name}: the build ended with code {build.exitCode}",
} if {
	some one in considered
	build := one.build
	build.exitCode != 0
}

deny contains {
	"evidence": one.evidence,
	"item": build.item,
	"key": "commit",
	"severity": "high",
	"msg": $"{build.name}: it is a build of the commit {substring(build.commit, 0, 12)}, not of {substring(input.subject.commit, 0, 12)}",
} if {
	some one in considered
	build := one.build
	build.commit != lower(input.subject.commit)
}

deny contains {
	"evidence": one.evidence,
	"item": build.item,
	"key": "warnings",
	"severity": "medium",
	"msg": $"{build.name}: {build.warnings} warnings, at most {params.maximum_warnings} are allowed",
	"measured": {"value": build.warnings, "limit": params.maximum_warnings, "better": "lower"},
} if {
	params.count_warnings
	some one in considered
	build := one.build
	build.warnings > params.maximum_warnings
}

deny contains {
	"key": $"required {pattern}",
	"severity": "high",
	"msg": $"there is no build {pattern}, which is required",
} if {
	count(considered) > 0
	some pattern in params.required
	count({one | some one in considered; identities.matches(one.build.name, [pattern])}) == 0
}

deny contains {
	"key": $"artifact {artifact.digest}",
	"severity": "high",
	"msg": $"{artifacts.name(artifact)}: no build says that it made this artifact",
} if {
	count(considered) > 0
	params.made_elsewhere == "block"
	made := [thing | some one in considered; some thing in one.build.artifacts]
	some artifact in input.subject.artifacts
	not artifacts.named(artifact.digest, made)
}
