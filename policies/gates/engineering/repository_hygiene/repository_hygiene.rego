# METADATA
# title: Repository hygiene
# description: >-
#   The documents that are asked for are there, and the repository holds no waste, no large files twice and no large binaries.
# related_resources:
#   - ref: https://docs.github.com/communities/setting-up-your-project-for-healthy-contributions/creating-a-default-community-health-file
#     description: Where GitHub looks for such documents.
# custom:
#   id: repository-hygiene
#   requirement: R2.25
#   severity: low
#   evidence:
#     - kind: repository
#       fields: [path, bytes, type, digest]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       documents:
#         description: Names of files of which each has to be at the top, in `.github`, in `.gitlab` or in `docs`.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: more
#         default: ["README*", "{LICENSE,LICENCE,COPYING}*", "SECURITY*", "CONTRIBUTING*"]
#       waste:
#         description: Patterns of files that belong to one machine or to one moment.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: more
#         default:
#           - .DS_Store
#           - Thumbs.db
#           - desktop.ini
#           - "*.orig"
#           - "*.rej"
#           - "*.swp"
#           - "*.swo"
#           - "*~"
#           - "*.bak"
#           - "*.tmp"
#           - "*.pyc"
#           - "npm-debug.log*"
#           - "**/node_modules/**"
#           - "**/__pycache__/**"
#       duplicate_bytes:
#         description: Files from this size on must not be there twice.
#         type: integer
#         unit: bytes
#         minimum: 1
#         stricter: lower
#         default: 10240
#       binary_bytes:
#         description: A binary may have this size.
#         type: integer
#         unit: bytes
#         minimum: 0
#         stricter: lower
#         default: 1048576
#       except:
#         description: Patterns of files that may be waste, duplicates or large, such as `test/fixtures/**`.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: []
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Write the document; remove the file with `git rm --cached` and name it in `.gitignore`; keep one of the duplicates; keep
#     large binaries in a registry or in Git LFS.
package gates.engineering.repository_hygiene

import data.lib.paths

params := data.params["repository-hygiene"]

applicable := sum([document.summary.files | some document in input.evidence.repository])

files contains {"evidence": document.id, "file": file} if {
	some document in input.evidence.repository
	some file in document.files
	not paths.matches(file.path, params.except)
}

contents contains one if {
	some one in files
	not one.file.type in {"link", "submodule"}
}

missing contains $"{one.file.path} has no digest, so nothing says whether it is there twice" if {
	some one in contents
	one.file.bytes >= params.duplicate_bytes
	not one.file.digest
}

present(name) if {
	some document in input.evidence.repository
	some file in document.files
	paths.matches(file.path, [$"{folder}/{name}" | some folder in ["", "/.github", "/.gitlab", "/docs"]])
}

# Every package of a repository may need its licence beside it.
copies[{"evidence": one.evidence, "digest": digest}] contains one.file.path if {
	some one in contents
	digest := one.file.digest
	one.file.bytes >= params.duplicate_bytes
	one.file.type != "licence"
}

deny contains {
	"key": $"document {name}",
	"msg": $"there is no {name} at the top, in .github, .gitlab or docs",
} if {
	count(input.evidence.repository) > 0
	some name in params.documents
	not present(name)
}

deny contains {
	"evidence": one.evidence,
	"item": one.file.item,
	"key": "waste",
	"msg": $"{one.file.path} does not belong into the repository",
} if {
	some one in files
	paths.matches(one.file.path, params.waste)
}

deny contains {
	"evidence": one.evidence,
	"item": one.file.item,
	"key": "binary",
	"msg": $"{one.file.path} is a binary of {one.file.bytes} bytes, {params.binary_bytes} are allowed",
	"measured": {"value": one.file.bytes, "limit": params.binary_bytes, "better": "lower"},
} if {
	some one in files
	one.file.type == "binary"
	one.file.bytes > params.binary_bytes
}

deny contains {
	"key": $"duplicate {min(same)}",
	"msg": $"{concat(", ", sort(same))}: the same content {count(same)} times",
	"location": {"path": min(same)},
} if {
	some same in copies
	count(same) > 1
}
