package lib.suppression_test

import data.lib.suppression

with_reason := [{"kind": "in-source", "status": "accepted", "justification": "a false alarm"}]

without_reason := [{"kind": "in-source", "status": "accepted"}]

blank_reason := [{"kind": "in-source", "status": "accepted", "justification": " "}]

test_accept_takes_every_suppression if suppression.counts(true, without_reason, "accept")

test_accept_needs_a_suppression if not suppression.counts(false, with_reason, "accept")

test_justified_takes_a_reason if suppression.counts(true, with_reason, "justified")

test_justified_refuses_none if not suppression.counts(true, without_reason, "justified")

test_justified_refuses_a_blank_one if not suppression.counts(true, blank_reason, "justified")

test_justified_refuses_one_of_two if not suppression.counts(true, array.concat(with_reason, without_reason), "justified")

test_justified_needs_a_suppression if not suppression.counts(false, with_reason, "justified")

test_refuse_takes_nothing if not suppression.counts(true, with_reason, "refuse")

by_vex := [{"kind": "vex", "status": "accepted", "justification": "not-affected, says shop.openvex.json"}]

by_tool := [{"kind": "external", "status": "accepted"}]

test_vex_excuses if suppression.excused(true, by_vex, "refuse", "accept")

test_vex_can_be_refused if not suppression.excused(true, by_vex, "accept", "refuse")

test_vex_excuses_nothing_that_is_open if not suppression.excused(false, by_vex, "accept", "accept")

test_others_are_refused_where_vex_is_accepted if not suppression.excused(true, by_tool, "refuse", "accept")

test_others_excuse_where_vex_is_refused if suppression.excused(true, by_tool, "accept", "refuse")

test_others_excuse_nothing_that_is_open if not suppression.excused(false, by_tool, "accept", "accept")

test_others_need_their_reason if not suppression.excused(true, by_tool, "justified", "accept")

test_the_reason_of_vex_is_none_of_the_others if {
	not suppression.excused(true, array.concat(by_vex, by_tool), "justified", "refuse")
}

test_both_one_of_them_is_enough if {
	suppression.excused(true, array.concat(by_tool, by_vex), "refuse", "accept")
	suppression.excused(true, array.concat(by_vex, by_tool), "accept", "refuse")
}
