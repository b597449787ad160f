package lib.ratio_test

import data.lib.ratio

test_less_is_below if ratio.below(79, 100, 80)

test_exactly_is_not_below if not ratio.below(80, 100, 80)

test_more_is_not_below if not ratio.below(81, 100, 80)

test_no_rounding if ratio.below(79999, 100000, 80)

test_nothing_of_nothing_is_not_below if not ratio.below(0, 0, 80)

test_less_is_at_most if ratio.at_most(89, 100, 90)

test_exactly_is_at_most if ratio.at_most(90, 100, 90)

test_more_is_not_at_most if not ratio.at_most(91, 100, 90)

test_no_rounding_up if not ratio.at_most(90001, 100000, 90)

test_percent_is_cut if ratio.percent(79999, 100000) == 79.9

test_percent_of_everything if ratio.percent(3, 3) == 100

test_percent_of_one if ratio.percent(1, 1) == 100

test_percent_of_nothing_is_undefined if not ratio.percent(0, 0)

test_shown_is_cut if ratio.shown(99.9999) == 99.999

test_shown_keeps_what_is_short if ratio.shown(0.125) == 0.125
