# METADATA
# title: Changelog
# description: >-
#   There is a changelog with headings for versions wherever one is required, and a change of source below it adds to it.
# related_resources:
#   - ref: https://keepachangelog.com/en/1.1.0/
#     description: The form of changelogs.
# custom:
#   id: changelog
#   requirement: R2.22
#   severity: low
#   evidence:
#     - kind: repository
#     - kind: change
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       folders:
#         description: Folders that need a changelog of their own; `.` is the top.
#         type: array
#         minItems: 1
#         items: { type: string, minLength: 1 }
#         stricter: more
#         default: ["."]
#       source:
#         description: Patterns of files whose change has to be told in the changelog of the nearest folder above them.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: more
#         default: ["**/src/**", "**/lib/**", "**/pkg/**", "**/cmd/**", "**/internal/**", "**/app/**"]
#       except:
#         description: Patterns of such files that need not be told, such as tests.
#         type: array
#         items: { type: string, minLength: 1 }
#         stricter: fewer
#         default: ["**/test/**", "**/tests/**", "**/__tests__/**", "*.test.*", "*.spec.*", "*_test.*", "test_*"]
#       format:
#         description: Whether a changelog needs a heading for a version, or for what is not released yet.
#         type: boolean
#         stricter: [false, true]
#         default: true
#   controls: [soc2:CC8.1]
#   remediation: >-
#     Add a line below `## [Unreleased]` of the changelog that says what the change means for whoever uses it.
package gates.engineering.changelog

import data.lib.paths

params := data.params.changelog

default applicable := 0

applicable := count(params.folders) if count(input.evidence.repository) > 0

missing contains "no change evidence says which files were changed: gate evidence collect git does" if {
	every document in input.evidence.change {
		not document.summary.files
	}
}

folder_of(path) := "." if not contains(path, "/")

folder_of(path) := regex.replace(path, `/[^/]*$`, "") if contains(path, "/")

logs[folder] contains log if {
	some document in input.evidence.repository
	some log in document.changelogs
	folder := folder_of(log.path)
}

changed contains file if {
	some document in input.evidence.change
	some file in document.files
}

# What was only deleted from is not told.
told[folder] if {
	some folder in params.folders
	some log in logs[folder]
	some file in changed
	file.path == log.path
	not file.additions == 0
}

source contains file.path if {
	some file in changed
	paths.matches(file.path, params.source)
	not paths.matches(file.path, params.except)
}

above(_, ".")

above(path, folder) if startswith(path, $"{folder}/")

# The deeper folder has the longer name.
nearest(path) := folder if {
	lengths := {count(folder): folder | some folder in params.folders; above(path, folder)}
	folder := lengths[max(object.keys(lengths))]
}

untold[folder] contains path if {
	some path in source
	folder := nearest(path)
	not told[folder]
}

deny contains {
	"key": $"missing {folder}",
	"msg": $"there is no changelog in {folder}",
} if {
	count(input.evidence.repository) > 0
	some folder in params.folders
	not logs[folder]
}

deny contains {
	"key": $"format {log.path}",
	"msg": $"{log.path} has no heading for a version",
	"location": {"path": log.path},
} if {
	params.format
	some folder in params.folders
	some log in logs[folder]
	not log.valid
}

deny contains {
	"key": $"change {folder}",
	"msg": $"source files below {folder} that are changed without a word in its changelog: {count(files)}, such as {min(files)}",
	"location": {"path": min(files)},
} if {
	some folder, files in untold
}
