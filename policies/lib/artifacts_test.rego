package lib.artifacts_test

import data.lib.artifacts

test_name if artifacts.name({"name": "shop", "digest": "sha256:1"}) == "shop"

test_name_of_the_nameless if artifacts.name({"name": "", "digest": "sha256:1"}) == "sha256:1"

test_named if artifacts.named("sha256:ab", [{"digests": ["sha1:0"]}, {"digests": ["sha512:1", "SHA256:AB"]}])

test_named_in_upper_case if artifacts.named("SHA256:AB", [{"digests": ["sha256:ab"]}])

test_another_digest if not artifacts.named("sha256:ab", [{"digests": ["sha256:abc", "sha512:ab"]}])

test_a_name_is_no_digest if not artifacts.named("sha256:ab", [{"name": "sha256:ab", "digests": []}])

test_nothing if not artifacts.named("sha256:ab", [])
