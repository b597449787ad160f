# METADATA
# title: Repository integrity
# description: >-
#   Every file and heading that the repository's own files refer to exists, no files include each other in a circle, and
#   files have the structure, front matter and size that are asked for.
# related_resources:
#   - ref: https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
#     description: How GitHub makes the anchors of headings.
# custom:
#   id: repository-integrity
#   requirement: R2.21
#   severity: medium
#   evidence:
#     - kind: repository
#       fields: [path, bytes, lines, type, frontMatter]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       reference_types:
#         description: Which references have to lead to something that exists.
#         type: array
#         items: { enum: [link, image, include] }
#         stricter: more
#         default: [link, image, include]
#       required_files:
#         description: Patterns of which each has to mean at least one file, such as `docs/*/README.md`.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: more
#         default: []
#       cycles:
#         description: What files that include each other in a circle do.
#         enum: [block, allow]
#         stricter: [allow, block]
#         default: block
#       front_matter:
#         description: >-
#           Rules with `paths` (patterns of markdown files) and `keys` (what their front matter must have).
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [paths, keys]
#           properties:
#             paths: { type: array, items: { type: string, minLength: 1 } }
#             keys: { type: array, items: { type: string, minLength: 1 } }
#         stricter: more
#         default: []
#       size_budgets:
#         description: Rules with `paths` (patterns), and `bytes` or `lines` (the most that each of these files may have).
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [paths]
#           properties:
#             paths: { type: array, items: { type: string, minLength: 1 } }
#             bytes: { type: integer, minimum: 0 }
#             lines: { type: integer, minimum: 0 }
#         stricter: more
#         default: []
#       except_files:
#         description: Patterns of files whose references and front matter are not looked at, such as `test/fixtures/**`.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: []
#       except_targets:
#         description: Patterns of targets as written that are not looked for, such as `/img/**` of a web site.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: []
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Mend the link or restore what it leads to; break the circle by moving what both files need into a third one; add the
#     file, the front matter or the key that is asked for; split a file that has outgrown its budget.
package gates.engineering.repository_integrity

import data.lib.paths

params := data.params["repository-integrity"]

applicable := sum([document.summary.files | some document in input.evidence.repository])

unmeasured(file) if {
	not file.lines
	not file.type in {"link", "submodule"}
}

missing contains $"{file.path} has no count of lines, and {limit} are allowed" if {
	some document in input.evidence.repository
	some file in document.files
	some rule in params.size_budgets
	limit := rule.lines
	paths.matches(file.path, rule.paths)
	unmeasured(file)
}

present(pattern) if {
	some document in input.evidence.repository
	some file in document.files
	paths.matches(file.path, [pattern])
}

keys_of(file) := {key | some key in file.frontMatter.keys}

deny contains {
	"evidence": document.id,
	"key": $"{reference.type} {reference.path} {reference.target}",
	"msg": $"{reference.path} has a {reference.type} to {reference.target}, which does not exist",
	"location": {"path": reference.path, "line": reference.line},
} if {
	some document in input.evidence.repository
	some reference in document.references
	reference.found == false
	reference.type in params.reference_types
	not paths.matches(reference.path, params.except_files)
	not paths.matches(trim_left(reference.target, "/"), params.except_targets)
}

deny contains {
	"evidence": document.id,
	"key": $"cycle {concat(" ", cycle.paths)}",
	"msg": $"{concat(", ", cycle.paths)}: {cycle.type} in a circle",
	"location": {"path": cycle.paths[0]},
} if {
	params.cycles == "block"
	some document in input.evidence.repository
	some cycle in document.cycles
}

deny contains {
	"key": $"required {pattern}",
	"msg": $"there is no file {pattern}, and one is required",
} if {
	count(input.evidence.repository) > 0
	some pattern in params.required_files
	not present(pattern)
}

deny contains {
	"evidence": document.id,
	"item": file.item,
	"key": "front-matter",
	"msg": $"the front matter of {file.path} is no YAML mapping with each key once",
} if {
	some document in input.evidence.repository
	some file in document.files
	file.frontMatter.valid == false
	not paths.matches(file.path, params.except_files)
}

deny contains {
	"evidence": document.id,
	"item": file.item,
	"key": $"front-matter {key}",
	"msg": $"the front matter of {file.path} lacks {key}",
} if {
	some document in input.evidence.repository
	some file in document.files
	some rule in params.front_matter
	paths.matches(file.path, rule.paths)
	not paths.matches(file.path, params.except_files)
	some key in rule.keys
	not key in keys_of(file)
}

deny contains {
	"evidence": document.id,
	"item": file.item,
	"key": $"size {unit}",
	"msg": $"{file.path} has {value} {unit}, {limit} are allowed",
	"measured": {"value": value, "limit": limit, "better": "lower"},
} if {
	some document in input.evidence.repository
	some file in document.files
	some rule in params.size_budgets
	paths.matches(file.path, rule.paths)
	some unit in ["bytes", "lines"]
	value := file[unit]
	limit := rule[unit]
	value > limit
}
