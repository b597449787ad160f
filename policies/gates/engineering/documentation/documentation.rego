# METADATA
# title: Documentation
# description: >-
#   More than the required share of modules says what it is for, more than the required share of them shows an example, and
#   at least the required share of what they offer to others has a text.
# related_resources:
#   - ref: https://csrc.nist.gov/pubs/sp/800/218/final
#     description: NIST SP 800-218, Secure Software Development Framework
#   - ref: https://baseline.openssf.org
#     description: OpenSSF Open Source Project Security Baseline, the controls on documentation (OSPS-DO)
# custom:
#   id: documentation
#   requirement: R2.22
#   severity: low
#   evidence:
#     - kind: documentation
#       fields: [path, documented, example, symbols, documentedSymbols, examples, undocumented]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       modules_percent:
#         description: >-
#           Percent of modules of which more must say what they are for. A module is a source file, of Go a package, that offers
#           something to others. 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         exclusiveMaximum: 100
#         stricter: higher
#         default: 90
#       examples_percent:
#         description: >-
#           Percent of modules of which more must show an example: in their own text, in that of something that they offer, or as a test
#           that is an example. 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         exclusiveMaximum: 100
#         stricter: higher
#         default: 95
#       symbols_percent:
#         description: >-
#           Percent of exported or public functions, types and values that must have a text. 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 100
#       symbol_examples_percent:
#         description: >-
#           Percent of exported or public functions, types and values that must each have an example. 0 turns the check off.
#         type: number
#         unit: percent
#         minimum: 0
#         maximum: 100
#         stricter: higher
#         default: 0
#       unread:
#         description: Source files that may be left out of account because they could not be parsed.
#         type: integer
#         unit: files
#         minimum: 0
#         stricter: lower
#         default: 0
#       ignore:
#         description: >-
#           Patterns of paths that are not looked at, such as `internal/**`.
#         type: array
#         items:
#           type: string
#           minLength: 1
#         stricter: fewer
#         default: []
#   controls: [soc2:CC2.2]
#   remediation: >-
#     Write above each named module and symbol what it is for, and show in the text of the module how it is used: a doc comment
#     with `@example`, a doctest, or in Go an `Example` function.
package gates.engineering.documentation

import data.lib.paths
import data.lib.ratio

params := data.params.documentation

applicable := sum([count(modules) | some modules in judged])

# By the id of the document.
judged[document.id] := [module |
	some module in document.modules
	not paths.matches(module.path, params.ignore)
] if {
	some document in input.evidence.documentation
}

documented[id] := count([module | some module in modules; module.documented]) if some id, modules in judged

explained[id] := count([module | some module in modules; has_example(module)]) if some id, modules in judged

symbols[id] := sum([module.symbols | some module in modules]) if some id, modules in judged

documented_symbols[id] := sum([module.documentedSymbols | some module in modules]) if some id, modules in judged

symbol_examples[id] := sum([module.examples | some module in modules]) if some id, modules in judged

has_example(module) if module.examples > 0

has_example(module) if module.example

missing contains $"{document.summary.unread} source files were not understood, such as {first_unread(document.summary)}; {params.unread} may be left out" if {
	some document in input.evidence.documentation
	document.summary.unread > params.unread
}

first_unread(summary) := summary.unreadFiles[0]

first_unread(summary) := "one that the file does not name" if not summary.unreadFiles[0]

measured(part, total, limit) := {"value": (100 * part) / total, "limit": limit, "better": "higher"}

deny contains {
	"evidence": document.id,
	"key": "modules",
	"severity": "low",
	"msg": $"{documented[document.id]} of {total} modules say what they are for ({ratio.percent(documented[document.id], total)} %), more than {params.modules_percent} % required{named([module.path | some module in judged[document.id]; not module.documented])}",
	"measured": measured(documented[document.id], total, params.modules_percent),
} if {
	params.modules_percent > 0
	some document in input.evidence.documentation
	total := count(judged[document.id])
	total > 0
	ratio.at_most(documented[document.id], total, params.modules_percent)
}

deny contains {
	"evidence": document.id,
	"key": "examples",
	"severity": "low",
	"msg": $"{explained[document.id]} of {total} modules show an example ({ratio.percent(explained[document.id], total)} %), more than {params.examples_percent} % required{named([module.path | some module in judged[document.id]; not has_example(module)])}",
	"measured": measured(explained[document.id], total, params.examples_percent),
} if {
	params.examples_percent > 0
	some document in input.evidence.documentation
	total := count(judged[document.id])
	total > 0
	ratio.at_most(explained[document.id], total, params.examples_percent)
}

# One for each module that lacks something, so that each can be waived, and mended, by itself.
deny contains {
	"evidence": document.id,
	"item": module.item,
	"key": $"symbols {module.path}",
	"severity": "low",
	"msg": $"{module.path} has no text for {module.symbols - module.documentedSymbols} of {module.symbols} public symbols{named(module.undocumented)}; {ratio.percent(documented_symbols[document.id], symbols[document.id])} % of all have one, {params.symbols_percent} % required",
} if {
	some document in input.evidence.documentation
	ratio.below(documented_symbols[document.id], symbols[document.id], params.symbols_percent)
	some module in judged[document.id]
	module.documentedSymbols < module.symbols
}

deny contains {
	"evidence": document.id,
	"key": "symbol-examples",
	"severity": "low",
	"msg": $"{symbol_examples[document.id]} of {symbols[document.id]} public symbols have an example ({ratio.percent(symbol_examples[document.id], symbols[document.id])} %), {params.symbol_examples_percent} % required",
	"measured": measured(symbol_examples[document.id], symbols[document.id], params.symbol_examples_percent),
} if {
	some document in input.evidence.documentation
	ratio.below(symbol_examples[document.id], symbols[document.id], params.symbol_examples_percent)
}

# At most three, for a message is one line.
named(names) := "" if names == []

named(names) := $" (not {concat(", ", sort(names))})" if {
	names != []
	count(names) <= 3
}

named(names) := $" (not {concat(", ", [name | some place, name in sort(names); place < 3])} and {count(names) - 3} more)" if {
	count(names) > 3
}
