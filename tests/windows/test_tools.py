#!/usr/bin/python3
"""cleat.exe keygen, keyscan, scp and sftp under Wine, with ssh-keygen and OpenSSH's sshd."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wine import CLEAT_EXE, USER, WinScratch, expect, finish, win, wine  # noqa: E402

TYPES = {"ed25519": (), "ecdsa": ("-b", "384"), "rsa": ("-b", "2048"), "ed448": ()}
RESERVED = ("AUX", "nul.txt", "COM1", "key:stream")


def linux(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=60)


def keygen(*args, data=b""):
    return wine(CLEAT_EXE, "keygen", *args, data=data)


def generate(s):
    for kind, more in TYPES.items():
        path = s.file("made_" + kind)
        done = keygen("-q", "-t", kind, *more, "-N", "a passphrase", "-C", "grün", "-f", win(path))
        expect(f"keygen makes a key: {kind}", done.returncode and done)
        shown = keygen("-l", "-f", win(path + ".pub")).stdout.decode().split()[1:2]
        if kind == "ed448":  # which ssh-keygen does not know
            expect("and its fingerprint is shown", not shown and "nothing")
            continue
        os.chmod(path, 0o600)  # which means nothing to Wine
        theirs = linux("ssh-keygen", "-l", "-f", path + ".pub").stdout.split()
        expect(f"ssh-keygen reads it: {kind}", (shown != theirs[1:2] or linux(
            "ssh-keygen", "-y", "-P", "a passphrase", "-f", path).returncode) and (shown, theirs))


def use(s):
    key, text = s.file("user_ed25519"), s.file("text")
    with open(text, "w") as out:
        out.write("words\n")
    with open(s.file("signers"), "w") as out:
        out.write("me " + open(key + ".pub").read())
    done = keygen("-Y", "sign", "-n", "file", "-f", win(key), win(text))
    with open(text, "rb") as message:
        checked = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", s.file("signers"), "-I", "me", "-n",
                                  "file", "-s", text + ".sig"], stdin=message, capture_output=True)
    expect("ssh-keygen verifies what cleat.exe signs", checked.returncode and (done, checked))
    done = keygen("-Y", "verify", "-f", win(s.file("signers")), "-I", "me", "-n", "file", "-s",
                  win(text + ".sig"), data=b"words\n")
    expect("and so does cleat.exe", done.returncode and done)
    done = keygen("-s", win(s.file("user_rsa")), "-I", "id", "-n", "me", "-V", "+1h", win(key + ".pub"))
    seen = linux("ssh-keygen", "-L", "-f", key + "-cert.pub")
    expect("a certificate", "Key ID: \"id\"" not in seen.stdout and (done, seen))


def names(s):
    """Names that Windows gives to devices and streams, and long ones."""
    for name in RESERVED:
        done = keygen("-q", "-t", "ed25519", "-N", "", "-f", win(s.path) + "\\" + name)
        made = [f for f in os.listdir(s.path) if f.lower().startswith(("aux", "nul", "com", "key"))]
        expect(f"no key goes to {name!r}", (done.returncode == 0 or made) and (done, made))
    deep = s.file("/".join(["d" * 100] * 3))
    os.makedirs(deep)
    done = keygen("-q", "-t", "ed25519", "-N", "", "-f", win(deep) + "\\key")
    expect("a key beyond 260 characters",
           (done.returncode or sorted(os.listdir(deep)) != ["key", "key.pub"]) and done)


def scan(s, port):
    done = wine(CLEAT_EXE, "keyscan", "-p", str(port), "127.0.0.1")
    wanted = " ".join(open(s.file("host_ed25519.pub")).read().split()[:2])
    expect("keyscan asks for the keys", wanted.encode() not in done.stdout and done)
    with open(s.file("hosts"), "wb") as out:
        out.write(done.stdout)
    done = keygen("-F", f"[127.0.0.1]:{port}", "-f", win(s.file("hosts")))
    expect("keygen -F finds them", done.returncode and done)
    done = keygen("-R", f"[127.0.0.1]:{port}", "-f", win(s.file("hosts")))
    left = [line for line in open(s.file("hosts")) if not line.startswith("#")]
    expect("keygen -R forgets them", (done.returncode or left) and (done, left))


def options(s, port):
    return ["-F", "none", "-P", str(port), "-i", win(s.file("user_ed25519")), "-o", "BatchMode yes", "-o",
            "StrictHostKeyChecking no", "-o", "UserKnownHostsFile " + win(s.file("known")), "-o", "LogLevel ERROR"]


def copies(s, port):
    data = os.urandom((1 << 20) + 17)
    tree, back = s.file("tree"), s.file("back")
    os.makedirs(tree + "/deep/er")
    for name in ("plain", "deep/er/grün 日本"):
        with open(os.path.join(tree, name), "wb") as out:
            out.write(data)
    done = wine(CLEAT_EXE, "scp", "-q", "-r", *options(s, port), win(tree), f"{USER}@127.0.0.1:{s.file('there')}")
    expect("scp sends a tree", (done.returncode or linux("diff", "-r", tree, s.file("there")).stdout) and done)
    done = wine(CLEAT_EXE, "scp", "-q", "-r", *options(s, port), f"{USER}@127.0.0.1:{s.file('there')}", win(back))
    expect("and gets it", (done.returncode or linux("diff", "-r", tree, back).stdout) and done)
    batch = s.file("batch")
    with open(batch, "w") as out:
        out.write(f"lcd \"{win(s.path)}\"\ncd {s.path}\nput tree/plain one\nget one two\nrename one three\nls -l\n")
    done = wine(CLEAT_EXE, "sftp", "-b", win(batch), *options(s, port), f"{USER}@127.0.0.1")
    same = os.path.exists(s.file("two")) and open(s.file("two"), "rb").read() == data
    expect("sftp runs a batch", (done.returncode or not same or not os.path.exists(s.file("three"))) and done)
    os.makedirs(s.file("odd"))
    for name in (b"a:b", b"aux", b"bad\xff", b"back\\slash", b"trailing."):
        open(os.path.join(s.file("odd").encode(), name), "w").close()
    open(s.file("odd/fine"), "w").close()
    done = wine(CLEAT_EXE, "scp", "-r", *options(s, port), f"{USER}@127.0.0.1:{s.file('odd')}", win(s.file("came")))
    expect("names that Windows cannot have are refused one by one",
           (done.returncode != 1 or os.listdir(s.file("came")) != ["fine"]) and (done, os.listdir(s.file("came"))))


def main():
    s = WinScratch()
    try:
        port = s.sshd("tools_sshd", ["Subsystem sftp internal-sftp"])
        generate(s)
        use(s)
        names(s)
        scan(s, port)
        copies(s, port)
    finally:
        s.stop()
    finish()


main()
