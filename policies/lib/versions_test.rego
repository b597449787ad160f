package lib.versions_test

import data.lib.versions

# The places where a version is not earlier than the one after it.
disorder(type, order) := {$"{version} {order[index + 1]}" |
	some index, version in order
	not versions.key(type, version) < versions.key(type, order[index + 1])
	index < count(order) - 1
}

test_order_of_semver if disorder("npm", [
	"0.0.1", "0.9.0", "1.0.0-0", "1.0.0-1", "1.0.0-10", "1.0.0-99999999999999999999", "1.0.0-alpha",
	"1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
	"1.0.0-rc.1.0", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "9.0.0", "10.0.0", "99999999999999999999.0.0",
	"100000000000000000000.0.0",
]) == set()

test_order_of_go if disorder("golang", [
	"v0.0.0-20191109021931-daa7c04131f5", "v0.1.0", "v1.2.3", "v2.0.0+incompatible",
]) == set()

test_order_of_nuget if disorder("nuget", [
	"1.0.0-Alpha", "1.0.0-beta", "1.0.0", "1.0.0.1", "1.0.1", "13.0.1",
]) == set()

test_order_of_gems if disorder("gem", [
	"1.0.0.alpha", "1.0.0.pre1", "1.0.0.pre2", "1.0.0.pre10", "1.0.0.rc1", "1.0.0", "1.0.0.1", "1.1.a", "1.1",
	"7.0.4.3",
]) == set()

test_order_of_maven if disorder("maven", [
	"1.0-alpha-1", "1.0-alpha-2", "1.0-alpha-10", "1.0-beta1", "1.0-M1", "1.0-RC1", "1.0-SNAPSHOT", "1.0",
	"1.0-sp", "1.0-android", "1.0-jre", "1.0.1", "1.1", "1.1.1", "2", "20040616",
]) == set()

test_order_of_pypi if disorder("pypi", [
	"1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
	"1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post0",
	"1.0.post456.dev34", "1.0.post456", "1.0.1", "1.1.dev1", "1.1", "1.10", "2012.4", "1!0.1",
]) == set()

test_compare if {
	versions.compare("npm", "1.9.0", "1.10.0") == -1
	versions.compare("npm", "1.10.0", "1.10") == 0
	versions.compare("npm", "1.10.0", "1.9.0") == 1
}

test_equal[$"{type} {a} {b}"] if {
	some [type, a, b] in {
		["npm", "1.0.0", "1.0.0+build.5"],
		["npm", "1.0.0", "v1.0.0"],
		["npm", "1.0.0", "1"],
		["npm", "01.0.0", "1.0"],
		["npm", "1.0.0-01", "1.0.0-1"],
		["cargo", "1.0.0", "1.0.0"],
		["hex", "1.0.0", "1.0.0"],
		["pub", "1.0.0", "1.0.0"],
		["swift", "1.0.0", "1.0.0"],
		["semver", "1.0.0", "1.0.0"],
		["nuget", "1.0", "1.0.0.0"],
		["nuget", "1.0.0-RC1+a", "1.0.0-rc1"],
		["gem", "1.0", "1.0.0"],
		["maven", "1", "1.0.0"],
		["maven", "1.0.0.Final", "1.0.0"],
		["maven", "1.0.0-GA", "1.0.0.RELEASE"],
		["maven", "1.0-cr1", "1.0-RC-1"],
		["maven", "1.0-a1", "1.0-alpha-1"],
		["maven", "1.0-b1", "1.0-beta-1"],
		["maven", "1.0m1", "1.0-milestone-1"],
		["pypi", "1.0", "1.0.0"],
		["pypi", "1.0", "0!1.0"],
		["pypi", "v1.0", " 1.0\n"],
		["pypi", "1.0alpha1", "1.0-a.1"],
		["pypi", "1.0beta", "1.0b0"],
		["pypi", "1.0c1", "1.0RC1"],
		["pypi", "1.0pre1", "1.0-preview_1"],
		["pypi", "1.0-1", "1.0.post1"],
		["pypi", "1.0.rev2", "1.0-r2"],
		["pypi", "1.0+a.1", "1.0+A-1"],
		["pypi", "1.0.dev", "1.0-dev0"],
	}
	versions.key(type, a) == versions.key(type, b)
}

test_one_letter_is_short_for_a_word_before_a_number_only[letter] if {
	some letter in ["a", "b", "m"]
	versions.compare("maven", $"1.0-{letter}", "1.0") == 1
}

test_no_version[$"{type} {version}"] if {
	some [type, version] in {
		["npm", ""],
		["npm", "latest"],
		["npm", "^1.0.0"],
		["npm", "1.x"],
		["npm", "1.2.3.4"],
		["npm", "1.0.0-"],
		["npm", "1.0.0-a..b"],
		["npm", "1.0.0 "],
		["npm", "1.0.0\n"],
		["npm", "-1.0.0"],
		["npm", "1.0.0\u0000"],
		["nuget", "1.2.3.4.5"],
		["gem", "1.0.0-x86_64-linux"],
		["maven", "[1.0,2.0)"],
		["maven", "1.0-20230101.123456-1"],
		["maven", "${project.version}"],
		["pypi", "1.0.x"],
		["pypi", "main"],
		["deb", "1.0"],
		["", "1.0"],
	}
	not versions.key(type, version)
}

test_what_is_no_version_is_not_compared if {
	not versions.compare("npm", "latest", "1.0.0")
	not versions.compare("npm", "1.0.0", "latest")
}

test_one_constraint[$"{version} {range}"] if {
	some [range, version, wanted] in {
		["vers:npm/<1.0.0", "0.9.9", "in"],
		["vers:npm/<1.0.0", "1.0.0", "out"],
		["vers:npm/<1.0.0", "1.0.1", "out"],
		["vers:npm/<=1.0.0", "1.0.0", "in"],
		["vers:npm/<=1.0.0", "0.9.0", "in"],
		["vers:npm/>1.0.0", "1.0.0", "out"],
		["vers:npm/>1.0.0", "1.0.1", "in"],
		["vers:npm/>1.0.0", "0.9.9", "out"],
		["vers:npm/>=1.0.0", "1.0.0+build", "in"],
		["vers:npm/1.2.3", "1.2.3", "in"],
		["vers:npm/1.2.3", "1.2.3+build", "in"],
		["vers:npm/1.2.3", "1.2.4", "out"],
		["vers:npm/1.2.3", "1.2.2", "out"],
		["vers:npm/!=1.2.0", "1.2.0", "out"],
		["vers:npm/!=1.2.0", "1.3.0", "in"],
		["vers:npm/1.0.0%2Bbuild", "1.0.0", "in"],
		["vers:npm/*", "1.0.0", "in"],
		["vers:npm/*", "nonsense", "in"],
		["vers:npm/*", "", "in"],
		["vers:pypi/<0.0.2", "0.0.0.1", "in"],
		["vers:deb/!=1.0-1", "1.0-1", "out"],
		["vers:deb/*", "1.0-1", "in"],
	}
	versions.membership(version, range) == wanted
}

test_a_lower_and_an_upper_bound[$"{version} {range}"] if {
	some [range, version, wanted] in {
		["vers:npm/>=1.0.0|<2.0.0", "0.9.9", "out"],
		["vers:npm/>=1.0.0|<2.0.0", "1.0.0-rc.1", "out"],
		["vers:npm/>=1.0.0|<2.0.0", "1.0.0", "in"],
		["vers:npm/>=1.0.0|<2.0.0", "1.0.1", "in"],
		["vers:npm/>=1.0.0|<2.0.0", "1.99.0", "in"],
		["vers:npm/>=1.0.0|<2.0.0", "2.0.0-rc.1", "in"],
		["vers:npm/>=1.0.0|<2.0.0", "2.0.0", "out"],
		["vers:npm/>=1.0.0|<2.0.0", "2.0.1", "out"],
		["vers:npm/>1.0.0|<=2.0.0", "1.0.0", "out"],
		["vers:npm/>1.0.0|<=2.0.0", "1.0.1", "in"],
		["vers:npm/>1.0.0|<=2.0.0", "2.0.0", "in"],
		["vers:npm/>1.0.0|<=2.0.0", "2.0.1", "out"],
	}
	versions.membership(version, range) == wanted
}

test_two_other_constraints[$"{version} {range}"] if {
	some [range, version, wanted] in {
		["vers:npm/<2.0.0|>=1.0.0", "1.5.0", "in"],
		["vers:npm/<1.0.0|>=2.0.0", "0.9.0", "in"],
		["vers:npm/!=0.5.0|<1.0.0", "0.1.0", "in"],
		["vers:npm/<1.0.0|>=2.0.0", "1.5.0", "out"],
		["vers:npm/<1.0.0|>=2.0.0", "2.5.0", "in"],
		["vers:npm/1.2.3|1.2.5", "1.2.4", "out"],
		["vers:npm/!=1.2.0|1.3.0", "1.4.0", "out"],
		["vers:npm/latest|>=1.0.0", "latest", "in"],
		["vers:npm/latest|>=1.0.0", "1.0.0", "in"],
		["vers:npm/latest|>=1.0.0", "0.1.0", "out"],
		["vers:pypi/>=1.0.0|<=2.0.0", "1.5", "in"],
		["vers:pypi/>=1.0|<=2.0", "2.0.0", "in"],
		["vers:pypi/>=3.0.0|2.0.3", "2.0.3", "in"],
		["vers:deb/1.0-1|2.0-1", "2.0-1", "in"],
	}
	versions.membership(version, range) == wanted
}

test_more_constraints[$"{version} {range}"] if {
	some [range, version, wanted] in {
		["vers:npm/>=1.0.0|<1.5.0|>=2.0.0|<2.5.0", "1.4.0", "in"],
		["vers:npm/>=1.0.0|<1.5.0|>=2.0.0|<2.5.0", "1.6.0", "out"],
		["vers:npm/>=1.0.0|<1.5.0|>=2.0.0|<2.5.0", "2.4.0", "in"],
		["vers:npm/>=1.0.0|<1.5.0|>=2.0.0|<2.5.0", "2.6.0", "out"],
		["vers:npm/1.2.3|>=2.0.0|<5.0.0", "1.2.3", "in"],
		["vers:npm/1.2.3|>=2.0.0|<5.0.0", "1.3.0", "out"],
		["vers:npm/1.2.3|>=2.0.0|<5.0.0", "3.0.0", "in"],
		["vers:npm/>=1.0.0|!=1.2.0|<2.0.0", "1.2.0", "out"],
		["vers:npm/>=1.0.0|!=1.2.0|<2.0.0", "1.2.1", "in"],
		["vers:npm/>=1.0.0|!=1.2.0|<2.0.0", "1.1.0", "in"],
		["vers:pypi/0.0.2|0.0.6|>=3.0.0|0.0.1", "2.0.3", "out"],
	}
	versions.membership(version, range) == wanted
}

test_neither_in_nor_out[$"{version} {range}"] if {
	some [range, version, wanted] in {
		["vers:deb/1.0-1", "0:1.0-1", "unknown"],
		["vers:deb/!=1.0-1", "2.0-1", "unknown"],
		["vers:npm/>=1.0.0", "latest", "unknown"],
		["vers:npm/1.0.0|!=2.0.0", "latest", "unknown"],
		["vers:npm/>=1.0.0", "", "unknown"],
		["", "1.0.0", "unknown"],
	}
	versions.membership(version, range) == wanted
}

test_no_range[range] if {
	some range in {
		"",
		">=1.0.0",
		"vers:",
		"vers:npm",
		"vers:npm/",
		"vers:npm/=1.0.0",
		"vers:npm/>",
		"vers:npm/>=1.0.0|",
		"vers:npm/|>=1.0.0",
		"vers:npm/>=1.0.0||<2.0.0",
		"vers:npm/>=1.0.0 | <2.0.0",
		"vers:npm/>=1.0.0\n",
		"vers:npm/1.0.0|*",
		"vers:npm/**",
		"vers:npm/>=1.0.0|>=2.0.0",
		"vers:npm/>=1.0.0|>2.0.0|<3.0.0",
		"vers:npm/<1.0.0|<=2.0.0",
		"vers:npm/>=1.0.0|!=1.5.0|>=2.0.0",
		"vers:npm/>=1.0.0|<2.0.0|<3.0.0",
		"vers:npm/<1.0.0|>=2.0.0|>3.0.0",
		"vers:npm/>=1.0.0|<1.0.0",
		"vers:npm/1.0.0|1.0",
		"vers:npm/>=latest",
		"vers:npm/1.0.0%zz",
		"vers:npm/1.0.0=",
		"vers:deb/>=1.0-1",
		"vers:1npm/1.0.0",
		"VERS:npm/1.0.0",
		"pkg:npm/a",
	}
	not versions.range(range)
	versions.membership("1.0.0", range) == "unknown"
}

test_a_version_that_cannot_be_placed if {
	versions.place_in(versions.range("vers:npm/>=1.0.0"), "latest") == "unknown"
}
