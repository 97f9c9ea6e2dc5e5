"""Signatures and verifications a second for each type of key, beside `openssl speed` in the same run. The
library's side is bench_keys. Both count processor time."""
import os
import subprocess

from peers import BIN

# what, family and bits of ours, the name that openssl speed has for it
TYPES = (("ed25519", "ed25519", 256, "ed25519"), ("ed448", "ed448", 448, "ed448"),
         ("ecdsa-sha2-nistp256", "ecdsa", 256, "ecdsap256"),
         ("ecdsa-sha2-nistp384", "ecdsa", 384, "ecdsap384"),
         ("ecdsa-sha2-nistp521", "ecdsa", 521, "ecdsap521"), ("rsa-sha2-512, 2048 bits", "rsa", 2048, "rsa2048"),
         ("rsa-sha2-512, 4096 bits", "rsa", 4096, "rsa4096"))


def output(*args):
    return subprocess.run(args, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


def ours(family, bits, seconds):
    return [float(x) for x in output(os.path.join(BIN, "bench_keys"), family, str(bits), str(seconds)).split()]


def theirs(name, seconds):
    """Of the machine-readable lines, the one with the results ends in signs and verifications a second."""
    for line in output("openssl", "speed", "-mr", "-seconds", str(seconds), name).splitlines():
        if line.startswith("+F"):
            return [float(x) for x in line.split(":")[-2:]]
    raise RuntimeError(f"openssl speed {name} says nothing")


def signatures(table, quick):
    table.head("openssl")
    repeats = 2 if quick else 5
    for what, family, bits, name in TYPES:
        turns = [(ours(family, bits, 1), theirs(name, 1)) for _ in range(repeats)]
        for i, verb in enumerate(("signatures", "verifications")):
            table.row(f"{verb}, {what}", "/s", [t[0][i] for t in turns], [t[1][i] for t in turns],
                      aim="aim: 0.90x")
