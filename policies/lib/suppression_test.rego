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
