"""Verifies an audit log without gate: the file, every hash, the root. What `npm run bench:audit` compares `gate audit verify` with.

    python3 bench/verify.py LOG

It reads what docs/audit.md says of the file: bodies and leaf hashes in `entry`, documents in `blob`, and RFC 6962 for the tree. Unlike
gate, it does not ask whether a body says what its document says, or whether its JSON is canonical, and knows no names, keys and anchors.
"""

import hashlib
import json
import sqlite3
import sys


def main(path):
    log = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert log.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    subtrees = []
    size = 0
    for body, leaf in log.execute("SELECT body, leaf_hash FROM entry ORDER BY seq"):
        node = hashlib.sha256(b"\0" + body).digest()
        assert node == leaf
        decision = json.loads(body).get("decision")
        if decision is not None:
            key = bytes.fromhex(decision.removeprefix("sha256:"))
            (document,) = log.execute("SELECT data FROM blob WHERE sha256 = ?", (key,)).fetchone()
            assert hashlib.sha256(document).digest() == key
        size += 1
        rest = size
        while rest % 2 == 0:
            node = hashlib.sha256(b"\1" + subtrees.pop() + node).digest()
            rest //= 2
        subtrees.append(node)
    root = subtrees.pop()
    while subtrees:
        root = hashlib.sha256(b"\1" + subtrees.pop() + root).digest()
    print(f"{size} sha256:{root.hex()}")


main(sys.argv[1])
