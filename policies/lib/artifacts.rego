# METADATA
# title: Artifacts
# description: Whether evidence is about the very artifact that is gated.
package lib.artifacts

# METADATA
# title: name
# description: What to call a gated artifact, by its name, or by its digest where it has none.
# scope: document
name(artifact) := artifact.name if artifact.name != ""

name({"name": "", "digest": digest}) := digest

# METADATA
# title: named
# description: >-
#   Whether one of the things, each with `digests` such as `sha256:…`, has the digest, in upper or lower case. A name proves
#   nothing and is not looked at.
named(digest, things) if {
	some thing in things
	some one in thing.digests
	lower(one) == lower(digest)
}
