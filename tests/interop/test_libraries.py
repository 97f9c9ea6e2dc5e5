#!/usr/bin/python3
"""Logins with libssh and Go's x/crypto/ssh in both directions and with libssh2's client: each
algorithm that both know."""
import subprocess

from covering import covering_array
from peers import COMMAND, USER, Scratch, finish, report, run_cells
from programs import Missing, arguments, compile_c, compile_go, with_server
from rows import KEY_FILES, cleatd_cell, client_options, name_of, row_problem, sensible

CTR = ["aes128-ctr", "aes192-ctr", "aes256-ctr"]
CBC = ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"]
GCM = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]
CURVES = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
          "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"]
GROUPS = ["diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1",
          "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
          "diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1"]
KEYS = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]
RSA = ["rsa-sha2-256", "rsa-sha2-512", "ssh-rsa"]

LIBSSH = {
    "kex": CURVES + GROUPS,
    "cipher": ["chacha20-poly1305@openssh.com", *GCM, *CTR, *CBC],
    "mac": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com",
            "hmac-sha1-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"],
    "host": KEYS + RSA,
    "user": KEYS + RSA,
    "compression": ["none", "zlib@openssh.com"],
    "rekeys": ["client", "server"],
}
# Before 1.11 libssh2 signs with RSA and SHA-1 only; it never starts an exchange itself.
LIBSSH2 = {
    "kex": CURVES + GROUPS,
    "cipher": CTR + CBC,
    "mac": ["hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"],
    "host": [*KEYS, "ssh-rsa"],
    "user": [*KEYS, "ssh-rsa"],
    "compression": ["none", "zlib@openssh.com"],
    "rekeys": ["server"],
}
GO = {
    "kex": CURVES + ["diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"],
    "cipher": ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", *CTR, "aes128-cbc",
               "3des-cbc"],
    "mac": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-256", "hmac-sha1"],
    "host": KEYS + RSA,
    "user": KEYS + RSA,
    "compression": ["none"],
    "rekeys": ["client", "server"],
}


def to_cleatd(scratch, rows, name, program, without=()):
    """Cells of a program that is a client."""
    def cell(row):
        limit = 600 << 10 if row["rekeys"] == "client" else None

        def login(port):
            return subprocess.run(
                [*program, str(port), USER, scratch.file("user_" + KEY_FILES[row["user"]]), COMMAND,
                 *arguments(row, limit, without)],
                input=scratch.payload, capture_output=True, timeout=60)

        return cleatd_cell(scratch, row, login, row["rekeys"] == "server" and "600K")

    return [(f"{name} to cleatd: {name_of(row)}", lambda row=row: cell(row)) for row in rows]


def from_cleat(scratch, rows, name, program, limit=None, without=()):
    """Cells of a program that is a server. limit: where it can be told to start an exchange."""
    def cell(row):
        ours = "600K" if row["rekeys"] == "client" or not limit else None
        theirs = limit if row["rekeys"] == "server" else None
        user = KEY_FILES[row["user"]]
        args = [*program(scratch.file("host_" + KEY_FILES[row["host"]]),
                         scratch.file(f"user_{user}.pub")), *arguments(row, theirs, without)]
        return row_problem(row, with_server(args, lambda port: scratch.cleat_ssh(
            port, *client_options(row, ours), key=user, command=COMMAND, data=scratch.payload,
            seconds=60)), scratch.payload)

    return [(f"cleat to {name}: {name_of(row)}", lambda row=row: cell(row)) for row in rows]


def libssh(scratch):
    client = compile_c(scratch, "libssh_client", "libssh")
    server = compile_c(scratch, "libssh_server", "libssh")
    rows = covering_array(LIBSSH, sensible, strength=1)
    run_cells(to_cleatd(scratch, rows, "libssh", [client]))
    rows = covering_array({**LIBSSH, "compression": ["none"]}, sensible, strength=1)
    run_cells(from_cleat(scratch, rows, "libssh", lambda host, key: [server, host, key, "none"],
                         without=("compression",)))


def libssh2(scratch):
    client = compile_c(scratch, "libssh2_client", "libssh2")
    run_cells(to_cleatd(scratch, covering_array(LIBSSH2, sensible, strength=1), "libssh2", [client],
                        without=("user",)))


def sensible_for_go(row):
    """Go 0.4 takes CBC with an -etm MAC and then does not encrypt and authenticate in that order."""
    return sensible(row) and not ("cbc" in row.get("cipher", "") and "etm" in (row.get("mac") or ""))


def golang(scratch):
    peer = compile_go(scratch)
    rows = covering_array(GO, sensible_for_go, strength=1)
    run_cells(to_cleatd(scratch, rows, "Go", [peer, "client"], without=("user", "compression")))
    run_cells(from_cleat(scratch, rows, "Go", lambda host, key: [peer, "server", host, key], 600 << 10,
                         without=("user", "host", "compression")))


def main():
    scratch = Scratch()
    try:
        for part in (libssh, libssh2, golang):
            try:
                part(scratch)
            except Missing as why:
                report(part.__name__, skip=str(why))
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
