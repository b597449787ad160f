package lib.repositories_test

import data.lib.repositories

test_same[note] if {
	some note, case in {
		"the same text": ["acme/shop", "acme/shop"],
		"a URL": ["https://github.com/acme/shop", "https://github.com/acme/shop"],
		"a URL and a path": ["https://github.com/acme/shop", "acme/shop"],
		"a path and a URL": ["acme/shop", "https://github.com/acme/shop"],
		"what SLSA writes": ["git+https://github.com/acme/shop.git@refs/heads/main", "acme/shop"],
		"the address of SSH": ["git@github.com:acme/shop.git", "https://github.com/acme/shop"],
		"a URL of SSH": ["ssh://git@github.com/acme/shop.git", "acme/shop"],
		"a slash at the end": ["https://github.com/acme/shop/", "acme/shop"],
		"upper case": ["https://GitHub.com/Acme/Shop", "acme/shop"],
		"a port": ["https://gitlab.acme.com:8443/acme/shop", "acme/shop"],
		"a scheme in upper case": ["HTTPS://github.com/acme/shop", "acme/shop"],
		"a fragment": ["https://github.com/acme/shop#main", "acme/shop"],
		"groups": ["https://gitlab.com/acme/web/shop.git", "acme/web/shop"],
	}
	[address, repository] := case
	repositories.same(address, repository)
	repositories.same(repository, address)
}

test_not_same[note] if {
	some note, case in {
		"another owner": ["https://github.com/evil/shop", "acme/shop"],
		"another host": ["https://evil.com/acme/shop", "https://github.com/acme/shop"],
		"an owner in front": ["https://github.com/evil/acme/shop", "acme/shop"],
		"a host in the path": ["https://evil.com/github.com/acme/shop", "acme/shop"],
		"a host in the path, and a host": ["https://evil.com/github.com/acme/shop", "https://github.com/acme/shop"],
		"a user in front": ["https://github.com@evil.com/acme/shop", "https://github.com/acme/shop"],
		"a longer name": ["https://github.com/acme/shop-evil", "acme/shop"],
		"a path with a name of a host": ["evil/acme/shop", "acme/shop"],
		"a port that is none": ["https://gitlab.acme.com:8443/acme/shop", "8443/acme/shop"],
		"only the end": ["https://github.com/acme/shop", "shop"],
		"only the end of a path": ["acme/shop", "shop"],
		"a host that is called as an owner": ["https://github.com/acme/shop", "https://acme/shop"],
	}
	[address, repository] := case
	not repositories.same(address, repository)
	not repositories.same(repository, address)
}
