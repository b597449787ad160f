package lib.licences_test

import data.lib.licences

rules := {
	"restricted": ["GPL-*", "SSPL-1.0", "MPL-1.0", "EPL-2.0 WITH Odd-*"],
	"allowed": [],
	"exceptions": ["Classpath-exception-2.0", "GCC-*"],
}

judged(identifier, changes) := licences.judged(identifier, object.union(rules, changes))

test_judged[note] if {
	some note, case in {
		"a licence that nobody names": ["MIT", "usable"],
		"a restricted one": ["SSPL-1.0", "restricted"],
		"a restricted one, in lower case": ["sspl-1.0", "restricted"],
		"a longer name": ["SSPL-1.0-or-so", "usable"],
		"a wildcard": ["GPL-2.0-only", "restricted"],
		"an exception that counts": ["GPL-2.0-only WITH Classpath-exception-2.0", "usable"],
		"an exception of a wildcard": ["GPL-3.0-only WITH GCC-exception-3.1", "usable"],
		"an exception that does not count": ["GPL-2.0-only WITH Font-exception-2.0", "restricted"],
		"a combination that is restricted": ["EPL-2.0 WITH Odd-exception", "restricted"],
		"its licence alone": ["EPL-2.0", "usable"],
		"a usable licence with any exception": ["Apache-2.0 WITH LLVM-exception", "usable"],
		"or later": ["MPL-1.0+", "restricted"],
		"or later, of a licence that is not restricted": ["MPL-1.1+", "usable"],
		"a licence of the file's own": ["LicenseRef-mine", "unknown"],
		"one of another file": ["DocumentRef-a:LicenseRef-mine", "unknown"],
	}
	[identifier, expected] := case
	judged(identifier, {}) == expected
}

test_an_exception_does_not_open_a_combination if {
	changes := {"restricted": ["GPL-2.0-only WITH Classpath-exception-2.0"]}
	judged("GPL-2.0-only WITH Classpath-exception-2.0", changes) == "restricted"
}

test_no_exceptions if judged("GPL-2.0-only WITH Classpath-exception-2.0", {"exceptions": []}) == "restricted"

test_restricted_names[note] if {
	some note, case in {
		"the old name": ["GPL-2.0", "GPL-2.0-only"],
		"the old name of AGPL": ["AGPL-3.0", "AGPL-3.0-only"],
		"the old name of LGPL": ["LGPL-2.1", "LGPL-2.1-only"],
		"the old name of GFDL": ["GFDL-1.3", "GFDL-1.3-only"],
		"the old name for or later": ["GPL-2.0+", "GPL-2.0-or-later"],
		"or later is the version as well": ["GPL-2.0+", "GPL-2.0"],
		"the plus itself": ["GPL-2.0+", "GPL-2.0+"],
		"with an exception": ["GPL-2.0+ WITH Font-exception-2.0", "GPL-2.0-or-later"],
	}
	[identifier, pattern] := case
	judged(identifier, {"restricted": [pattern]}) == "restricted"
}

test_other_names[note] if {
	some note, case in {
		"or later is not only": ["GPL-2.0-or-later", "GPL-2.0-only"],
		"plus is not only": ["GPL-2.0+", "GPL-2.0-only"],
		"only is no name of another licence": ["MPL-2.0", "MPL-2.0-only"],
		"no plus, no later": ["GPL-2.0", "GPL-2.0-or-later"],
		"a name that only ends in one": ["X-GPL-2.0", "X-GPL-2.0-only"],
		"a name that only ends in another": ["X-GFDL-1.3", "X-GFDL-1.3-only"],
		"a name that begins with one": ["GPL-2.0-x", "GPL-2.0-x-only"],
		"a name that begins with another": ["GFDL-1.3-x", "GFDL-1.3-x-only"],
	}
	[identifier, pattern] := case
	judged(identifier, {"restricted": [pattern]}) == "usable"
}

test_allowed[note] if {
	some note, case in {
		"on the list": ["MIT", "usable"],
		"not on the list": ["ISC", "unlisted"],
		"restricted and on the list": ["GPL-2.0-only", "restricted"],
		"with an exception": ["MIT WITH LLVM-exception", "usable"],
		"or later": ["Apache-1.1+", "usable"],
		"the file's own, on the list": ["LicenseRef-acme-1", "usable"],
		"the file's own, not on the list": ["LicenseRef-mine", "unlisted"],
		"a combination on the list": ["EPL-2.0 WITH Fine", "usable"],
		"the licence of that combination": ["EPL-2.0", "unlisted"],
	}
	[identifier, expected] := case
	judged(identifier, {"allowed": ["mit", "Apache-1.1", "GPL-2.0-only", "LicenseRef-acme-*", "EPL-2.0 WITH Fine"]}) == expected
}

verdict(alternatives, changes) := licences.verdict(alternatives, object.union(rules, changes))

test_verdict[note] if {
	some note, case in {
		"one": [[["MIT"]], "usable"],
		"one usable alternative is enough": [[["SSPL-1.0"], ["MIT"]], "usable"],
		"the first is enough": [[["MIT"], ["SSPL-1.0"]], "usable"],
		"all of an alternative apply": [[["MIT", "SSPL-1.0"]], "restricted"],
		"all are restricted": [[["SSPL-1.0"], ["GPL-2.0-only"]], "restricted"],
		"unknown beats restricted": [[["SSPL-1.0"], ["LicenseRef-a"]], "unknown"],
		"unknown together with usable": [[["MIT", "LicenseRef-a"]], "unknown"],
		"unknown together with restricted": [[["SSPL-1.0", "LicenseRef-a"]], "restricted"],
		"usable beats unknown": [[["LicenseRef-a"], ["MIT"]], "usable"],
		"no alternative": [[], "restricted"],
	}
	[alternatives, expected] := case
	verdict(alternatives, {}) == expected
}

test_verdict_of_a_list[note] if {
	some note, case in {
		"on it": [[["MIT"]], "usable"],
		"not on it": [[["ISC"]], "unlisted"],
		"half on it": [[["MIT", "ISC"]], "unlisted"],
		"one alternative on it": [[["ISC"], ["MIT"]], "usable"],
		"unlisted beats restricted": [[["SSPL-1.0"], ["ISC"]], "unlisted"],
		"unlisted together with restricted": [[["SSPL-1.0", "ISC"]], "restricted"],
	}
	[alternatives, expected] := case
	verdict(alternatives, {"allowed": ["MIT"]}) == expected
}

test_fits if licences.fits("GPL-2.0", "gpl-*")

test_fits_in_lower_case if licences.fits("gpl-2.0", "GPL-*")

test_a_star_elsewhere_is_itself if not licences.fits("GPL-2.0", "*-2.0")

test_an_ending_only if not licences.fits("X-GPL", "GPL*")
