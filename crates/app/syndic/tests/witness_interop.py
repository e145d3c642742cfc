"""Submits a log made with aics-tlog to a Syndic witness, with aics-witness's own client, and checks what it cosigned.

An implementation of the witness protocol that shares no code with ours (Python, `pip install aics-witness==0.1.0`,
needs Python 3.12). Run it by hand, it is part of no test run:

    python witness_interop.py path/to/syndic
"""

import hashlib
import subprocess
import sys
import tempfile
import urllib.request

from aics_tlog import format_vkey, parse_note, parse_vkey, verify_cosignature, vkey_from_ed25519
from aics_tlog.checkpoint import Checkpoint, checkpoint_from_note, sign_checkpoint
from aics_tlog.tree import MerkleTree
from aics_witness.feeder import WitnessAhead, WitnessClient, WitnessRejected, merge_cosignatures
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "interop.example/log"


def signed(tree, key, size):
    head = Checkpoint(origin=ORIGIN, size=size, root=tree.root(size))
    return sign_checkpoint(head, key, ORIGIN).serialise()


def check(name, holds):
    print(("ok  " if holds else "NOT ") + name)
    if not holds:
        sys.exit(1)


def main(syndic):
    key = Ed25519PrivateKey.generate()
    log_key = format_vkey(vkey_from_ed25519(ORIGIN, key.public_key().public_bytes_raw()))
    tree, fork = MerkleTree(), MerkleTree()
    for index in range(1000):
        tree.append(b"%d" % index)
        fork.append(b"%d" % (index if index < 400 else -index))
    state = tempfile.mkdtemp()
    serve = [syndic, "--state", state, "ledger", "witness", "serve", "--listen", "127.0.0.1:0", "--log", log_key]
    witness = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        url = witness.stdout.readline().split()[1]
        vkey = parse_vkey(witness.stdout.readline().split()[1])
        client = WitnessClient(url, vkey)
        for size in (1, 2, 255, 256, 257, 600, 600, 1000):
            note = signed(tree, key, size)
            line = client.submit(note, tree.consistency_proof)
            checkpoint, merged = checkpoint_from_note(merge_cosignatures(note, line))
            own = [sig for sig in merged.signatures if sig.name == vkey.name and sig.key_id == vkey.key_id]
            holds = len(own) == 1 and verify_cosignature(
                own[0].signature, vkey.name, vkey.public_key, ORIGIN, size, checkpoint.root, max_age_seconds=60
            )
            check(f"its cosignature of {size} records holds", holds)
        for name, what, size in (("a smaller tree", tree, 999), ("a fork", fork, 1000)):
            try:
                WitnessClient(url, vkey).submit(signed(what, key, size), what.consistency_proof)
                check(f"{name} is refused", False)
            except (WitnessAhead, WitnessRejected) as refusal:
                check(f"{name} is refused: {refusal}", True)
        shown = urllib.request.urlopen(f"{url}/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint").read()
        checkpoint, note = checkpoint_from_note(parse_note(shown))
        check("monitors are shown the newest checkpoint with both signatures",
              checkpoint.size == 1000 and len(note.signatures) == 2)
    finally:
        witness.terminate()
        witness.wait()


main(sys.argv[1])
