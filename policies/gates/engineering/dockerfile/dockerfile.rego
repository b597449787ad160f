# METADATA
# title: Dockerfiles
# description: >-
#   Images are built in several stages from bases that are named by digest, run as somebody else than root, have a health
#   check, hold no secrets and take nothing from the network unchecked.
# related_resources:
#   - ref: https://docs.docker.com/build/building/best-practices/
#     description: Docker's best practices for Dockerfiles.
#   - ref: https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/
#     description: The names by which build arguments and variables are taken for secrets.
# custom:
#   id: dockerfile
#   requirement: R2.25
#   severity: medium
#   evidence:
#     - kind: dockerfile
#       fields: [path, stages, user, root, healthcheck, secrets, remoteAdds, unpinnedPackages, unpinnedCopies]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       multi_stage:
#         description: Whether an image has to be built in two stages or more.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       non_root:
#         description: Whether the last stage has to set a user who is not root.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       pinned:
#         description: Whether every image that is built from or copied from has to be named by digest.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       healthcheck:
#         description: Whether the last stage has to have a health check.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       secrets:
#         description: Whether variables, arguments and files that look like secrets are refused.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       remote_adds:
#         description: Whether ADD from the network without a checksum is refused.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       packages:
#         description: Whether packages that RUN installs have to be named with their version.
#         type: boolean
#         stricter: [false, true]
#         default: false
#       except:
#         description: Patterns of Dockerfiles that are not looked at, such as those of a development environment.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: []
#   controls: [ssdf:PW.9.1]
#   remediation: >-
#     Build in one stage and copy the result into a small last one; name bases as `image:tag@sha256:...`; end with `USER` and a
#     number; add `HEALTHCHECK`; hand secrets over with `RUN --mount=type=secret`; give `ADD` a `--checksum`.
package gates.engineering.dockerfile

import data.lib.paths

params := data.params.dockerfile

applicable := sum([document.summary.dockerfiles | some document in input.evidence.dockerfile])

narrowed if {
	some document in input.evidence.dockerfile
	count(document.summary.paths) > 0
}

missing contains "the inventory is of a part of the repository, and has no Dockerfile" if {
	applicable == 0
	narrowed
}

not_applicable := "the repository has no Dockerfile" if {
	count(input.evidence.dockerfile) > 0
	applicable == 0
	not narrowed
}

looked_at contains {"evidence": document.id, "dockerfile": dockerfile} if {
	some document in input.evidence.dockerfile
	some dockerfile in document.dockerfiles
	not paths.matches(dockerfile.path, params.except)
}

problems contains {"of": one, "key": "stages", "msg": "it has a single stage, so that what builds the image is shipped with it"} if {
	params.multi_stage
	some one in looked_at
	count(one.dockerfile.stages) < 2
}

problems contains {"of": one, "key": "user", "msg": "nothing sets a user, so it may run as root"} if {
	params.non_root
	some one in looked_at
	one.dockerfile.root
	not one.dockerfile.user
}

problems contains {"of": one, "key": "user", "msg": $"it runs as {user}, which is root or may be"} if {
	params.non_root
	some one in looked_at
	one.dockerfile.root
	user := one.dockerfile.user
}

problems contains {
	"of": one,
	"key": $"base {stage.base}",
	"line": stage.line,
	"msg": $"the base {stage.base} is not named by digest",
} if {
	params.pinned
	some one in looked_at
	some stage in one.dockerfile.stages
	not stage.pinned
}

problems contains {
	"of": one,
	"key": "copies",
	"msg": $"images that files are taken from without a digest: {one.dockerfile.unpinnedCopies}",
} if {
	params.pinned
	some one in looked_at
	one.dockerfile.unpinnedCopies > 0
}

problems contains {"of": one, "key": "healthcheck", "msg": "it has no health check"} if {
	params.healthcheck
	some one in looked_at
	not one.dockerfile.healthcheck
}

problems contains {
	"of": one,
	"key": $"secret {secret.instruction} {secret.name}",
	"line": secret.line,
	"severity": "high",
	"msg": $"{secret.instruction} {secret.name} looks like a secret, which stays in the image or its history",
} if {
	params.secrets
	some one in looked_at
	some secret in one.dockerfile.secrets
}

problems contains {
	"of": one,
	"key": "remote-adds",
	"msg": $"ADD from the network without a checksum: {one.dockerfile.remoteAdds}",
} if {
	params.remote_adds
	some one in looked_at
	one.dockerfile.remoteAdds > 0
}

problems contains {
	"of": one,
	"key": "packages",
	"msg": $"packages that are installed without a version: {one.dockerfile.unpinnedPackages}",
} if {
	params.packages
	some one in looked_at
	one.dockerfile.unpinnedPackages > 0
}

deny contains {
	"evidence": problem.of.evidence,
	"key": $"{path} {problem.key}",
	"severity": object.get(problem, "severity", "medium"),
	"msg": $"{path}: {problem.msg}",
	"location": {"path": path, "line": object.get(problem, "line", 1)},
} if {
	some problem in problems
	path := problem.of.dockerfile.path
}
