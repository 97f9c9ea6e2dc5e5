"""Names looked up in known_hosts, plain and hashed, and keys in authorized_keys, each of 100,000 lines,
beside `ssh-keygen -F` in the same run. What is sought stands in the last line;
the time of the same programs with an empty file is taken off."""
import base64
import hashlib
import hmac
import os
import subprocess

from peers import BIN, CLEAT

LINES = 100000


def key(number):
    """The blob of an Ed25519 key; nobody checks that it is a point on the curve."""
    name = b"ssh-ed25519"
    body = hashlib.sha256(number.to_bytes(4, "big")).digest()
    return base64.b64encode(len(name).to_bytes(4, "big") + name + (32).to_bytes(4, "big") + body).decode()


def name(number):
    return f"host{number}.example.org"


def hashed(number):
    salt = hashlib.sha1(number.to_bytes(4, "little")).digest()
    mac = hmac.new(salt, name(number).encode(), "sha1").digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(mac).decode()}"


def write(folder, what, line):
    path = os.path.join(folder, what)
    with open(path, "w") as out:
        for number in range(LINES):
            out.write(line(number))
    return path


def run(*args):
    """Seconds and the peak of memory in KiB."""
    done = subprocess.run([os.path.join(BIN, "bench_run"), *args], capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(f"{args} ended with {done.returncode}")
    return [float(x) for x in done.stdout.split()]


def turn(args, empty):
    """Lines a second beyond what the program takes for an empty file, and the peak of memory."""
    start, _ = run(*args[:-1], empty)
    spent, peak = run(*args)
    return LINES / (spent - start), peak


def lookups(table, scratch, repeats):
    table.head("ssh-keygen")
    folder, last = scratch.path, name(LINES - 1)
    plain = write(folder, "plain", lambda n: f"{name(n)} ssh-ed25519 {key(n)}\n")
    secret = write(folder, "hashed", lambda n: f"{hashed(n)} ssh-ed25519 {key(n)}\n")
    users = write(folder, "users", lambda n: f"ssh-ed25519 {key(n)} user{n}\n")
    empty = write(folder, "empty", lambda n: "")
    with open(os.path.join(folder, "last.pub"), "w") as out:
        out.write(f"ssh-ed25519 {key(LINES - 1)}\n")
    find = os.path.join(BIN, "bench_lookup")
    for what, ours, theirs in (
            ("known_hosts", (CLEAT, "keygen", "-F", last, "-f", plain), plain),
            ("known_hosts, hashed", (CLEAT, "keygen", "-F", last, "-f", secret), secret),
            ("authorized_keys (beside known_hosts)", (find, out.name, users), plain)):
        turns = [(turn(ours, empty), turn(("ssh-keygen", "-F", last, "-f", theirs), empty)) for _ in range(repeats)]
        table.row(f"lines of {what}", "/s", [t[0][0] for t in turns], [t[1][0] for t in turns], aim="aim: 5x")
        table.row(f"peak of memory, {what}", "KiB", [t[0][1] for t in turns], [t[1][1] for t in turns],
                  lower_is_better=True)
