# METADATA
# title: Statements
# description: >-
#   Whether what a person states counts. A statement is given as an object with `statedBy`, `statedAt`, `expiries` (the set of its
#   `expiresAt`, empty or one), `result`, `verified` and `roles` (those that the list of people gives to whoever signed it).
package lib.statements

import data.lib.times

# METADATA
# title: latest
# description: >-
#   The statements of a set that no later one of it replaces, so that a failure takes an earlier success back. One whose time
#   cannot be read is never replaced.
latest(statements) := {one | some one in statements; not is_replaced(one, statements)}

is_replaced(one, statements) if {
	some other in statements
	times.instant(other.statedAt) > times.instant(one.statedAt)
}

# METADATA
# title: problems
# description: >-
#   Why a statement does not count, in words that follow what it is, by a key. `rules` has `now`, `amount` and `unit` of its
#   greatest age, `results` that count, `signature` (`verified` or `any`), and `roles`, of which whoever signed has to have one where there are any.
problems(statement, rules) := {key: text |
	some key in ["age", "expiry", "result", "signature", "role"]
	text := problem(key, statement, rules)
}

problem("age", statement, rules) := times.problem(rules.now, statement.statedAt, rules.amount, rules.unit)

problem("expiry", statement, rules) := $"expired at {expiry}" if {
	some expiry in statement.expiries
	times.has_passed(rules.now, expiry)
}

problem("result", statement, rules) := $"says {statement.result}" if not statement.result in rules.results

# A signature that does not fit is worse than none.
problem("signature", statement, _) := "has a signature that does not fit" if statement.verified == "failed"

problem("signature", statement, rules) := "has no signature of whoever states it" if {
	statement.verified == "unchecked"
	rules.signature == "verified"
}

problem("role", statement, rules) := $"is signed by nobody with one of the roles: {concat(", ", rules.roles)}" if {
	count(rules.roles) > 0
	every role in rules.roles {
		not role in statement.roles
	}
}
