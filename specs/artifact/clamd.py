#!/usr/bin/env python3
"""Holds `syndic artifact scan --clamd` against a real ClamAV daemon with a small database of our own.

    apt-get install clamav-daemon
    python3 specs/artifact/clamd.py SYNDIC

The daemon runs as a child on a socket of its own and on loopback, reads two signatures that are written here and no others,
and takes files up to one megabyte. The last line is `N passed, N failed`.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

PLAIN = b"\x80\x04}\x8c\x01aK\x01s."
# A pickle that is a text constant: harmless to load, and known to the database by its content or its hash.
BY_BODY = b"\x80\x04\x8c\x1bsyndic clamd spec marker 41."
BY_HASH = b"\x80\x04\x8c\x1asyndic clamd spec hash 4242."
SERVICE = """
LocalSocket {folder}/clamd.sock
TCPAddr 127.0.0.1
TCPSocket {port}
DatabaseDirectory {folder}/database
LogFile {folder}/clamd.log
Foreground yes
StreamMaxLength 1M
MaxFileSize 256K
AlertExceedsMax yes
"""


def free_port():
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def database(folder):
    folder.mkdir()
    (folder / "spec.ndb").write_text(f"Syndic.Spec.Body:0:*:{b'syndic clamd spec marker'.hex()}\n")
    (folder / "spec.hdb").write_text(f"{hashlib.md5(BY_HASH).hexdigest()}:{len(BY_HASH)}:Syndic.Spec.Hash\n")


@contextlib.contextmanager
def daemon(folder, port):
    database(folder / "database")
    (folder / "clamd.conf").write_text(SERVICE.format(folder=folder, port=port))
    child = subprocess.Popen(["clamd", "-c", folder / "clamd.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in range(300):
            if child.poll() is not None:
                raise RuntimeError(f"clamd ended: {child.stderr.read().decode()}")
            with contextlib.suppress(OSError), contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
                probe.connect(str(folder / "clamd.sock"))
                break
            time.sleep(0.1)
        yield child
    finally:
        child.terminate()
        child.wait(30)


def scan(syndic, path, address):
    command = [syndic, "artifact", "scan", path, "--format", "jsonl", "--clamd", address, "--clamd-timeout", "30"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return {pathlib.Path(told["path"]).name: told for told in map(json.loads, ran.stdout.splitlines())}, ran.returncode


def is_known(told, name):
    return told["verdict"] == "malicious" and any(
        found["rule"] == "clamav.signature" and name in found["message"] for found in told["findings"])


def is_incomplete(told, why):
    return told["verdict"] == "incomplete" and any(why in reason for reason in told["not_inspected"])


def main():
    syndic, outcomes = sys.argv[1], []
    with tempfile.TemporaryDirectory() as place:
        folder, port = pathlib.Path(place), free_port()
        os.chmod(folder, 0o755)
        models = folder / "models"
        models.mkdir()
        safetensors = lambda size: (len(head := b'{"w":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % (size, size))).to_bytes(8, "little") + head + bytes(size)
        files = {"plain.pkl": PLAIN, "body.pkl": BY_BODY, "hash.pkl": BY_HASH,
                 "beyond_scan.safetensors": safetensors(600_000), "beyond_stream.safetensors": safetensors(3_000_000)}
        for name, content in files.items():
            (models / name).write_bytes(content)
        addresses = [f"unix:{folder}/clamd.sock", f"tcp:127.0.0.1:{port}"]
        with daemon(folder, port):
            for address in addresses:
                told, code = scan(syndic, models, address)
                outcomes += [
                    (f"{address}: a clean file stays clean", told["plain.pkl"]["verdict"] == "clean"),
                    (f"{address}: known by its body", is_known(told["body.pkl"], "Syndic.Spec.Body")),
                    (f"{address}: known by its hash", is_known(told["hash.pkl"], "Syndic.Spec.Hash")),
                    (f"{address}: beyond MaxFileSize", is_incomplete(told["beyond_scan.safetensors"], "did not look at all of it")),
                    (f"{address}: beyond StreamMaxLength", is_incomplete(told["beyond_stream.safetensors"], "StreamMaxLength")),
                    (f"{address}: exit code", code == 1),
                ]
                outcomes.append((f"{address}: clean alone exits with 0", scan(syndic, models / "plain.pkl", address)[1] == 0))
        for address in addresses:
            told, code = scan(syndic, models / "plain.pkl", address)
            outcomes.append((f"{address}: gone", code == 3 and is_incomplete(told["plain.pkl"], "cannot be reached")))
        for name, is_right in outcomes:
            if not is_right:
                print(f"FAILED {name.replace(place, '')}: {json.dumps(told)[:2000]}")
    failed = sum(not is_right for _, is_right in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
