package lib.signers_test

import data.lib.signers

zoe := {"identity": "zoe@acme.com", "issuer": "https://accounts.acme.com"}

test_trusted if signers.trusted(zoe, ["*@acme.com"], ["https://accounts.acme.com"])

test_another_identity if not signers.trusted(zoe, ["*@example.com"], ["**"])

test_another_issuer if not signers.trusted(zoe, ["**"], ["https://accounts.example.com"])

test_a_key if signers.trusted({"keyId": "release"}, ["release"], ["**"])

test_an_identity_goes_before_a_key if not signers.trusted(object.union(zoe, {"keyId": "release"}), ["release"], ["**"])

test_a_key_has_no_issuer if not signers.trusted({"keyId": "release"}, ["release"], ["*"])

test_nothing_is_known if signers.trusted({}, ["**"], ["**"])

test_nothing_is_known_and_that_is_not_enough if not signers.trusted({}, ["*"], ["**"])

test_nobody if not signers.trusted(zoe, [], ["**"])

test_shown if signers.shown(zoe) == "zoe@acme.com (https://accounts.acme.com)"

test_a_key_is_shown if signers.shown({"keyId": "release"}) == "release"

test_nobody_is_shown if signers.shown({}) == "somebody unnamed"
