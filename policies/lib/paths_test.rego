package lib.paths_test

import data.lib.paths

test_matches[note] if {
	some note, case in {
		"a file name at the top": ["Dockerfile", "Dockerfile"],
		"a file name in a folder": ["Dockerfile", "deploy/web/Dockerfile"],
		"a file name with a star": ["*.md", "docs/a.md"],
		"a folder": ["docs/**", "docs/a/b.txt"],
		"a folder anywhere, at the top": ["**/migrations/**", "migrations/1.py"],
		"a folder anywhere, below": ["**/migrations/**", "app/db/migrations/1.py"],
		"a file at the top": ["/README*", "README.md"],
		"a folder at the top": ["/docs/*.md", "docs/a.md"],
		"a pattern in upper case": ["*.SQL", "a.sql"],
		"a path in upper case": ["**/migrations/**", "App/Migrations/1.py"],
	}
	[pattern, path] := case
	paths.matches(path, ["nothing", pattern])
}

test_does_not_match[note] if {
	some note, case in {
		"another file name": ["Dockerfile", "Dockerfile.md"],
		"a folder of that name": ["Dockerfile", "Dockerfile/a"],
		"the folder of another folder": ["docs/**", "src/docs/a.md"],
		"a star does not cross folders": ["docs/*.md", "docs/a/b.md"],
		"a file of another folder": ["/README*", "docs/README.md"],
		"a file of that name": ["**/migrations/**", "migrations"],
	}
	[pattern, path] := case
	not paths.matches(path, [pattern])
}

test_no_pattern if not paths.matches("a", [])
