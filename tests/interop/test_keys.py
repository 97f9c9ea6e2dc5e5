#!/usr/bin/python3
"""Logins with private keys in every form of file that is read, as ssh-keygen and openssl write them:
user keys against OpenSSH's server, host keys of cleatd against OpenSSH's client."""
import base64
import os
import subprocess

from peers import COMMAND, Scratch, finish, run_cells
from rows import cleatd_cell, client_options, row_problem

PASSPHRASE = "correct horse"
CIPHERS = ("aes256-ctr", "aes192-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc",
           "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com")
TYPES = {"rsa": ["-t", "rsa", "-b", "2048"], "ecdsa256": ["-t", "ecdsa", "-b", "256"],
         "ecdsa384": ["-t", "ecdsa", "-b", "384"], "ecdsa521": ["-t", "ecdsa", "-b", "521"]}


def run(*args):
    return subprocess.run(args, check=True, capture_output=True).stdout


class Keys:
    """Makes key files user_NAME, each with its user_NAME.pub."""

    def __init__(self, scratch):
        self.file = lambda name: scratch.file("user_" + name)
        self.locked = []
        self.plain = []

    def by_keygen(self, name, *args, passphrase=""):
        run("ssh-keygen", "-q", "-a", "1", "-N", passphrase, "-f", self.file(name), *args)
        (self.locked if passphrase else self.plain).append(name)

    def by_openssl(self, name, source, *args, locked=False):
        """Another form of a key that is there already."""
        run("openssl", *args, "-in", self.file(source), "-out", self.file(name),
            *(("-passout", "pass:" + PASSPHRASE) if locked else ()))
        os.chmod(self.file(name), 0o600)
        with open(self.file(source) + ".pub") as old, open(self.file(name) + ".pub", "w") as new:
            new.write(old.read())
        (self.locked if locked else self.plain).append(name)

    def ed25519_by_openssl(self, name):
        """OpenSSH 9.2 reads no Edwards keys in PKCS#8, so the public half is put together here."""
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.file(name))
        os.chmod(self.file(name), 0o600)
        point = run("openssl", "pkey", "-in", self.file(name), "-pubout", "-outform", "DER")[-32:]
        blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + point
        with open(self.file(name) + ".pub", "w") as out:
            out.write(f"ssh-ed25519 {base64.b64encode(blob).decode()}\n")
        self.plain.append(name)


def make(keys):
    for cipher in CIPHERS:
        keys.by_keygen(f"openssh_{cipher}", "-t", "ed25519", "-Z", cipher, passphrase=PASSPHRASE)
    for kind, args in TYPES.items():
        old = "pkcs1" if kind == "rsa" else "sec1"
        keys.by_keygen(f"openssh_locked_{kind}", *args, passphrase=PASSPHRASE)
        keys.by_keygen(f"{old}_{kind}", "-m", "PEM", *args)
        keys.by_keygen(f"{old}_locked_{kind}", "-m", "PEM", *args, passphrase=PASSPHRASE)
        keys.by_keygen(f"pkcs8_{kind}", "-m", "PKCS8", *args)
        keys.by_keygen(f"pkcs8_locked_{kind}", "-m", "PKCS8", *args, passphrase=PASSPHRASE)
    for cipher in ("aes256", "aes192", "des3"):
        keys.by_openssl(f"pkcs1_{cipher}", "pkcs1_rsa", "rsa", "-traditional", "-" + cipher, locked=True)
        keys.by_openssl(f"sec1_{cipher}", "sec1_ecdsa256", "ec", "-" + cipher, locked=True)
    keys.ed25519_by_openssl("pkcs8_ed25519")
    to_pkcs8 = ("pkcs8", "-topk8")
    keys.by_openssl("pkcs8_locked_ed25519", "pkcs8_ed25519", *to_pkcs8, locked=True)
    for name, args in {"aes128": ("-v2", "aes-128-cbc"), "des3": ("-v2", "des3"), "scrypt": ("-scrypt",),
                       "sha512": ("-v2prf", "hmacWithSHA512"), "pbes1": ("-v1", "PBE-SHA1-3DES")}.items():
        keys.by_openssl(f"pkcs8_{name}", "pkcs1_rsa", *to_pkcs8, *args, locked=True)


def user_cell(scratch, port, name):
    env = {**os.environ, "SSH_ASKPASS": scratch.file("answer"), "SSH_ASKPASS_REQUIRE": "force"}
    done = scratch.cleat_ssh(port, "-o", "BatchMode no", *client_options({}, "600K"), key=name,
                             command=COMMAND, data=scratch.payload, seconds=60, env=env)
    return row_problem({}, done, scratch.payload)


def host_cell(scratch, name):
    """The daemon asks nobody, so its keys have no passphrase."""
    os.link(scratch.file("user_" + name), scratch.file("host_" + name))
    return cleatd_cell(scratch, {}, lambda port: scratch.openssh(
        port, command=COMMAND, data=scratch.payload, seconds=60), host=name)


def main():
    scratch = Scratch()
    with open(scratch.file("answer"), "w") as out:
        out.write(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
    os.chmod(scratch.file("answer"), 0o700)
    keys = Keys(scratch)
    try:
        make(keys)
        with open(scratch.file("authorized_keys"), "a") as out:
            for name in keys.plain + keys.locked:
                with open(keys.file(name) + ".pub") as public:
                    out.write(public.read())
        sshd = scratch.sshd("sshd", ["MaxAuthTries 20"])
        run_cells([(f"user key {name}", lambda name=name: user_cell(scratch, sshd, name))
                   for name in keys.plain + keys.locked])
        run_cells([(f"host key {name}", lambda name=name: host_cell(scratch, name))
                   for name in keys.plain])
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
