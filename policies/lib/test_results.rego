# METADATA
# title: Test results
# description: What gates on tests make of the counts of one file of results.
package lib.test_results

import data.lib.ratio

# How a test ends that ran and did not pass.
failing := {"failed", "errored"}

# METADATA
# title: executed
# description: How many tests ran. What was skipped did not.
executed(passed, failed, errored) := (passed + failed) + errored

# METADATA
# title: too_few
# description: Why a file of which `ran` tests ran says too little; undefined where they are as many as the minimum.
too_few(path, ran, minimum) := $"{path}: {ran} tests ran, {minimum} required" if ran < minimum

# METADATA
# title: too_many_skipped
# description: Why a file that skips more than `maximum` percent of its tests says too little; undefined where it does not.
too_many_skipped(path, skipped, total, maximum) := $"{path}: {skipped} of {total} tests are skipped ({ratio.percent(skipped, total)} %), at most {maximum} % may be" if {
	100 * skipped > maximum * total
}

# METADATA
# title: fail
# description: Whether less than `rate` percent of the tests that ran passed; exactly the rate is enough.
fail(passed, ran, rate) if ratio.below(passed, ran, rate)
