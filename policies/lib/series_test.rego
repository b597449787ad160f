package lib.series_test

import data.lib.series

test_by_the_name_of_its_metric if series.is_named({"name": "cpu", "labels": []}, "cpu")

test_by_its_label if series.is_named({"labels": [{"name": "job", "value": "a"}, {"name": "series", "value": "cpu"}]}, "cpu")

test_by_nothing_else if {
	not series.is_named({"name": "memory", "labels": [{"name": "job", "value": "cpu"}]}, "cpu")
	not series.is_named({"labels": []}, "cpu")
}

test_percentile[note] if {
	some note, case in {
		"the highest": [[3, 1, 2], 100, 3],
		"of ten, exactly a rank": [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 90, 9],
		"of ten, above a rank": [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 90.1, 10],
		"the lowest": [[3, 1, 2], 1, 1],
		"equal values count each": [[1, 1, 1, 5], 75, 1],
		"of one": [[7], 50, 7],
	}
	[values, percent, expected] := case
	series.percentile(values, percent) == expected
}

test_percentile_of_nothing if not series.percentile([], 100)
