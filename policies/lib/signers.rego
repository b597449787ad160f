# METADATA
# title: Signers
# description: Who signed an attestation, and whether they may. A signer has `identity`, `issuer` and `keyId`, each where it is known.
package lib.signers

import data.lib.identities

# METADATA
# title: trusted
# description: >-
#   Whether one of the patterns `names` means the signer's identity, or the id of the key where there is no identity, and one of
#   `issuers` means whoever vouched for it. What is not known of a signer, only `**` means.
trusted(signer, names, issuers) if {
	known(name(signer), names)
	known(object.get(signer, "issuer", ""), issuers)
}

known(_, patterns) if identities.anybody(patterns)

known(value, patterns) if {
	value != ""
	identities.matches(value, patterns)
}

# METADATA
# title: name
# description: The identity of a signer, else the id of the key, else an empty text.
name(signer) := object.get(signer, "identity", object.get(signer, "keyId", ""))

# METADATA
# title: shown
# description: How a message names a signer.
shown(signer) := $"{named(name(signer))}{vouched(object.get(signer, "issuer", ""))}"

named(name) := name if name != ""

named("") := "somebody unnamed"

vouched(issuer) := $" ({issuer})" if issuer != ""

vouched("") := ""
