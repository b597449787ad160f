# METADATA
# title: Severity
# description: Whether a finding's severity is one that a gate blocks.
package lib.severity

# METADATA
# title: blocks
# description: >-
#   `blocking` is the list of severities that close the gate. An unknown severity cannot be shown to be harmless, so it
#   blocks unless `unknown` is `allow`.
# scope: document
blocks(severity, blocking, _) if severity in blocking

blocks("unknown", _, "block")
