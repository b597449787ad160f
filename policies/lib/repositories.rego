# METADATA
# title: Repositories
# description: Whether two names are of one repository.
package lib.repositories

# METADATA
# title: same
# description: >-
#   Whether a URI, such as `git+https://github.com/acme/shop.git@refs/heads/main`, is of the repository, which a CI service
#   names with its host or without: `https://github.com/acme/shop` or `acme/shop`. Where one of the two has no host,
#   everything behind the host of the other has to be the same, in upper or lower case.
# scope: document
same(address, repository) if plain(address) == plain(repository)

same(address, repository) if {
	has_host(address)
	not has_host(repository)
	without_host(plain(address)) == plain(repository)
}

same(address, repository) if {
	has_host(repository)
	not has_host(address)
	without_host(plain(repository)) == plain(address)
}

has_host(name) if regex.match(`^[a-z+]+://|^[^/@:]+@[^/:]+:`, lower(name))

# The host and the path: without scheme, user, revision and ending.
plain(name) := regex.replace(path, `(\.git)?/?$`, "") if {
	located := regex.replace(lower(name), `^[a-z+]+://`, "")
	known := regex.replace(located, `^[^@/]+@([^:/]+):?`, "$1/")
	path := regex.replace(replace(known, "//", "/"), `[@#?].*$`, "")
}

without_host(path) := regex.replace(path, `^[^/]+/`, "")
