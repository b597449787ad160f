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
	plain(address) == concat("/", [host(address), plain(repository)])
}

same(address, repository) if {
	has_host(repository)
	not has_host(address)
	plain(repository) == concat("/", [host(repository), plain(address)])
}

has_host(name) if regex.match(`^[a-z+]+://|^[^/@:]+@[^/:]+:`, lower(name))

host(name) := split(plain(name), "/")[0]

# The host and the path: without scheme, user, revision and ending.
plain(name) := path if {
	[[_, scheme, path]] := parts(name)
	scheme != ""
}

# The address of SSH has a colon behind the host.
plain(name) := replace(path, ":", "/") if {
	[[_, scheme, path]] := parts(name)
	scheme == ""
}

parts(name) := regex.find_all_string_submatch_n(
	`^(?:([a-z+]+)://)?(?:[^@/]+@)?([^@#?]*?)(?:\.git)?/?(?:[@#?].*)?$`,
	lower(name), count(name),
)
