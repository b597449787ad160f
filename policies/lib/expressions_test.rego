package lib.expressions_test

import data.lib.expressions

test_groups if expressions.groups(`^(a+)-(b+)?$`, "aa-b") == ["aa-b", "aa", "b"]

test_a_group_that_is_not_there if expressions.groups(`^(a+)-(b+)?$`, "aa-") == ["aa-", "aa", ""]

test_no_match if not expressions.groups(`^(a+)-(b+)?$`, "b")
