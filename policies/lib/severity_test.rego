package lib.severity_test

import data.lib.severity

test_a_listed_severity_blocks if severity.blocks("high", ["critical", "high"], "allow")

test_another_severity_does_not if not severity.blocks("medium", ["critical", "high"], "block")

test_unknown_blocks_by_choice if severity.blocks("unknown", ["critical"], "block")

test_unknown_can_be_allowed if not severity.blocks("unknown", ["critical"], "allow")

test_nothing_listed_blocks_nothing if not severity.blocks("critical", [], "allow")
