# METADATA
# title: Maintainability
# description: >-
#   Functions are not too complex, no files need each other in a circle, modules depend on few others and their files belong
#   together. A module is a folder of source files.
# related_resources:
#   - ref: https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication500-235.pdf
#     description: NIST SP 500-235, Structured Testing, on cyclomatic complexity and its limit
#   - ref: https://csrc.nist.gov/pubs/sp/800/218/final
#     description: NIST SP 800-218, Secure Software Development Framework
# custom:
#   id: maintainability
#   requirement: R2.23
#   severity: low
#   evidence:
#     - kind: maintainability
#       fields: [path, line, name, complexity]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       complexity:
#         description: Cyclomatic complexity up to which a function is simple enough.
#         type: integer
#         unit: paths
#         minimum: 1
#         stricter: lower
#         default: 15
#       complex_percent:
#         description: Percent of functions that may be more complex than that.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: lower
#         default: 0
#       cycles:
#         description: Groups of files that may need each other in a circle.
#         type: integer
#         unit: cycles
#         minimum: 0
#         stricter: lower
#         default: 0
#       coupling_percent:
#         description: >-
#           Percent of the other modules of which a module must depend on less.
#         type: number
#         unit: percent
#         exclusiveMinimum: 0
#         maximum: 100
#         stricter: lower
#         default: 30
#       few_dependencies:
#         description: >-
#           Modules that each may depend on, whatever their share: of three others one is a third.
#         type: integer
#         unit: modules
#         minimum: 0
#         stricter: lower
#         default: 3
#       cohesion_percent:
#         description: >-
#           Percent of the files of a module of which more must be connected by imports.
#         type: number
#         unit: percent
#         minimum: 0
#         exclusiveMaximum: 100
#         stricter: higher
#         default: 80
#       few_files:
#         description: Files up to which a module is not asked for cohesion, since of two one is already half.
#         type: integer
#         unit: files
#         minimum: 1
#         stricter: lower
#         default: 3
#       structure:
#         description: >-
#           Whether cycles, coupling and cohesion are asked for; false where a tool measures functions alone, as Lizard does.
#         type: boolean
#         stricter: [false, true]
#         default: true
#       unread:
#         description: Source files that may be left out of account because they could not be parsed.
#         type: integer
#         unit: files
#         minimum: 0
#         stricter: lower
#         default: 0
#       ignore:
#         description: Patterns of files and folders that are not looked at.
#         type: array
#         items:
#           type: string
#           minLength: 1
#         stricter: fewer
#         default: []
#       entry_points:
#         description: >-
#           Patterns of folders that may depend on any number of others, since they put the program together, such as `src/cli`.
#         type: array
#         items:
#           type: string
#           minLength: 1
#         stricter: fewer
#         default: []
#       collections:
#         description: >-
#           Patterns of folders whose files need not know each other, such as `src/commands`.
#         type: array
#         items:
#           type: string
#           minLength: 1
#         stricter: fewer
#         default: []
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Split the named functions, turn one import of each cycle round or move what both need into a file of its own, and move files
#     to the folder that they belong to. Folders that put the program together, or collect plug-ins, are named in `entry_points`
#     and `collections`.
package gates.engineering.maintainability

import data.lib.paths
import data.lib.ratio

params := data.params.maintainability

# What is judged, by the id of the document.
judged[document.id] := [function |
	some function in document.functions
	not left_out(function.path, params.ignore)
] if {
	some document in input.evidence.maintainability
}

complex[id] := [function | some function in functions; function.complexity > params.complexity] if some id, functions in judged

applicable := sum([count(functions) | some functions in judged])

# A pattern such as `src/generated/**` means the folder itself as well.
left_out(path, patterns) if paths.matches(path, patterns)

left_out(path, patterns) if paths.matches($"{path}/", patterns)

first_unread(summary) := summary.unreadFiles[0]

first_unread(summary) := "one that the file does not name" if not summary.unreadFiles[0]

missing contains $"{document.summary.unread} source files were not understood, such as {first_unread(document.summary)}; {params.unread} may be left out" if {
	some document in input.evidence.maintainability
	document.summary.unread > params.unread
}

missing contains "nothing is known of how modules depend on each other; gate evidence collect code finds out" if {
	params.structure
	sum([document.summary.modules | some document in input.evidence.maintainability]) == 0
}

# A cycle is left out where all that is in it is.
circles[document.id] := [cycle |
	some cycle in document.cycles
	counts(cycle.paths)
] if {
	some document in input.evidence.maintainability
}

counts(members) if {
	some path in members
	not left_out(path, params.ignore)
}

more(paths) := "" if count(paths) <= 4

more(paths) := $" and {count(paths) - 4} more" if count(paths) > 4

deny contains {
	"evidence": document.id,
	"item": function.item,
	"key": "complexity",
	"severity": "low",
	"msg": $"{function.name} in {function.path} has a complexity of {function.complexity}, {params.complexity} is the limit; {count(complex[document.id])} of {total} functions are beyond it, {params.complex_percent} % may be",
	"location": {"path": function.path, "line": function.line},
	"measured": {"value": function.complexity, "limit": params.complexity, "better": "lower"},
} if {
	some document in input.evidence.maintainability
	total := count(judged[document.id])
	not ratio.at_most(count(complex[document.id]), total, params.complex_percent)
	some function in complex[document.id]
}

deny contains {
	"evidence": document.id,
	"key": $"cycle {concat(" ", cycle.paths)}",
	"severity": "low",
	"msg": $"{count(cycle.paths)} files need each other ({concat(", ", [path | some place, path in cycle.paths; place < 4])}{more(cycle.paths)}); {count(circles[document.id])} such cycles, {params.cycles} may be",
	"location": {"path": cycle.paths[0]},
} if {
	params.structure
	some document in input.evidence.maintainability
	count(circles[document.id]) > params.cycles
	some cycle in circles[document.id]
}

deny contains {
	"evidence": document.id,
	"key": $"coupling {module.path}",
	"severity": "low",
	"msg": $"{module.path} depends on {module.dependsOn} of {module.others} other modules ({ratio.percent(module.dependsOn, module.others)} %), less than {params.coupling_percent} % required",
	"location": {"path": module.path},
	"measured": {"value": (100 * module.dependsOn) / module.others, "limit": params.coupling_percent, "better": "lower"},
} if {
	params.structure
	some document in input.evidence.maintainability
	some module in document.modules
	module.dependsOn > params.few_dependencies
	not ratio.below(module.dependsOn, module.others, params.coupling_percent)
	not left_out(module.path, array.concat(params.ignore, params.entry_points))
}

deny contains {
	"evidence": document.id,
	"key": $"cohesion {module.path}",
	"severity": "low",
	"msg": $"{module.connected} of {module.files} files in {module.path} are connected by imports ({ratio.percent(module.connected, module.files)} %), more than {params.cohesion_percent} % required",
	"location": {"path": module.path},
	"measured": {"value": (100 * module.connected) / module.files, "limit": params.cohesion_percent, "better": "higher"},
} if {
	params.structure
	some document in input.evidence.maintainability
	some module in document.modules
	module.files > params.few_files
	ratio.at_most(module.connected, module.files, params.cohesion_percent)
	not left_out(module.path, array.concat(params.ignore, params.collections))
}
