#!/usr/bin/python3
"""Logins with AsyncSSH in both directions: each algorithm that both know, and it knows several that
OpenSSH does not; passwords and prompts of its server."""
import asyncio
import os
import subprocess
import warnings

from covering import covering_array
from peers import COMMAND, USER, Scratch, finish, report, run_cells
from rows import KEY_FILES, cleatd_cell, client_options, name_of, row_problem, sensible

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import asyncssh
except ImportError:
    asyncssh = None

KINDS = {  # with what either takes only when asked to
    "kex": ["curve25519-sha256", "curve25519-sha256@libssh.org", "curve448-sha512",
            "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
            "ecdh-sha2-1.3.132.0.10", "diffie-hellman-group-exchange-sha256",
            "diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha256",
            "diffie-hellman-group15-sha512", "diffie-hellman-group16-sha512",
            "diffie-hellman-group17-sha512", "diffie-hellman-group18-sha512",
            "diffie-hellman-group14-sha1", "rsa2048-sha256"],
    "cipher": ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
               "aes256-ctr", "aes192-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc",
               "3des-cbc"],
    "mac": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com",
            "hmac-sha1-etm@openssh.com", "umac-64-etm@openssh.com", "umac-128-etm@openssh.com",
            "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1", "umac-64@openssh.com",
            "umac-128@openssh.com"],
    "host": list(KEY_FILES),
    "user": list(KEY_FILES),
    "compression": ["none", "zlib@openssh.com"],
    "rekeys": ["client", "server"],
}


def make_ed448(scratch):
    """ssh-keygen has no ed448."""
    for kind in ("host", "user"):
        key = asyncssh.generate_private_key("ssh-ed448")
        key.write_private_key(scratch.file(f"{kind}_ed448"))
        os.chmod(scratch.file(f"{kind}_ed448"), 0o600)
        key.write_public_key(scratch.file(f"{kind}_ed448.pub"))
    with open(scratch.file("authorized_keys"), "a") as out, open(scratch.file("user_ed448.pub")) as key:
        out.write(key.read())


def algorithms(row):
    """AsyncSSH's options for a row that our side has fixed."""
    return {"kex_algs": [row["kex"]], "encryption_algs": [row["cipher"]],
            "mac_algs": [row["mac"] or "hmac-sha2-256"], "compression_algs": [row["compression"]]}


async def connect_and_run(scratch, port, row):
    limit = {"rekey_bytes": "600k"} if row["rekeys"] == "client" else {}
    async with asyncssh.connect(
            "127.0.0.1", port, username=USER, known_hosts=None, config=None, agent_path=None,
            client_keys=[scratch.file("user_" + KEY_FILES[row["user"]])],
            server_host_key_algs=[row["host"]], signature_algs=[row["user"]],
            **algorithms(row), **limit) as conn:
        result = await conn.run(COMMAND, input=scratch.payload, encoding=None, timeout=180)
        return subprocess.CompletedProcess([], result.exit_status, result.stdout, result.stderr)


def to_cleatd(scratch, row):
    return cleatd_cell(scratch, row, lambda port: asyncio.run(connect_and_run(scratch, port, row)),
                       row["rekeys"] == "server" and "600K")


async def command_of_ours(process):
    while data := await process.stdin.read(65536):
        process.stdout.write(data)
    process.stderr.write(b"problem\n")
    process.exit(3)


async def serve(scratch, row, **more):
    """The small window keeps the client from having sent all, so that an exchange which this server
    starts ends before the command: it does not hold back its own messages meanwhile."""
    limit = {"rekey_bytes": "600k"} if row["rekeys"] == "server" else {}
    return await asyncssh.listen(
        "127.0.0.1", 0, encoding=None, process_factory=command_of_ours, window=1 << 18,
        server_host_keys=[scratch.file("host_" + KEY_FILES[row["host"]])],
        **algorithms(row), **limit, **more)


async def with_server(acceptor, client):
    """client(port) in a thread beside the server's loop."""
    port = acceptor.sockets[0].getsockname()[1]
    try:
        return await asyncio.get_running_loop().run_in_executor(None, client, port)
    finally:
        acceptor.close()


async def login_to(scratch, row):
    acceptor = await serve(scratch, row, authorized_client_keys=scratch.file("authorized_keys"))
    return await with_server(acceptor, lambda port: scratch.cleat_ssh(
        port, *client_options(row, row["rekeys"] == "client" and "600K"),
        key=KEY_FILES[row["user"]], command=COMMAND, data=scratch.payload, seconds=180))


def from_cleat(scratch, row):
    return row_problem(row, asyncio.run(login_to(scratch, row)), scratch.payload)


# --- how a user proves who it is ----------------------------------------------------------------

class Asks(asyncssh.SSHServer if asyncssh else object):
    """A server that takes one method, with checks of its own."""

    def __init__(self, method):
        self.method = method
        self.round = 0

    def public_key_auth_supported(self):
        return False

    def password_auth_supported(self):
        return self.method in ("password", "change")

    def validate_password(self, username, password):
        if self.method == "change":
            raise asyncssh.PasswordChangeRequired("Your password has expired.")
        return password == "first answer"

    def change_password(self, username, old_password, new_password):
        return (old_password, new_password) == ("first answer", "second answer")

    def kbdint_auth_supported(self):
        return self.method == "rounds"

    def get_kbdint_challenge(self, username, lang, submethods):
        return "Title", "Instructions", "", [("First: ", False)]

    def validate_kbdint_response(self, username, responses):
        """Two rounds that ask, and one without prompts, which has to be answered too."""
        self.round += 1
        if self.round == 1:
            return list(responses) == ["first answer"] and (
                "", "", "", [("Second: ", True), ("Third: ", False)])
        if self.round == 2:
            return list(responses) == ["second answer", "third answer"] and ("", "Wait.", "", [])
        return list(responses) == []


ANSWERS = """#!/bin/sh
case "$1" in
*First:*|*"'s password"*|*"old password"*) echo "first answer" ;;
*Second:*|*"new password"*) echo "second answer" ;;
*Third:*) echo "third answer" ;;
*) echo "no answer to: $1" >&2; exit 1 ;;
esac
"""


async def ask_login(scratch, method):
    row = {kind: values[0] for kind, values in KINDS.items()} | {"mac": None}
    acceptor = await serve(scratch, row, server_factory=lambda: Asks(method))
    env = {**os.environ, "SSH_ASKPASS": scratch.file("answers"), "SSH_ASKPASS_REQUIRE": "force"}
    return await with_server(acceptor, lambda port: scratch.cleat_ssh(
        port, "-o", "BatchMode no", "-o", "RekeyLimit 600K", "-o", "LogLevel DEBUG1", command=COMMAND,
        data=scratch.payload, env=env, seconds=180))


def auth_cells(scratch):
    with open(scratch.file("answers"), "w") as out:
        out.write(ANSWERS)
    os.chmod(scratch.file("answers"), 0o700)
    for name, method in (("password", "password"), ("a password that must be changed", "change"),
                         ("keyboard-interactive of three rounds", "rounds")):
        yield f"cleat to AsyncSSH: {name}", lambda method=method: row_problem(
            {}, asyncio.run(ask_login(scratch, method)), scratch.payload)


def main():
    if not asyncssh:
        report("AsyncSSH", skip="python3-asyncssh is not installed")
        finish()
    scratch = Scratch()
    try:
        make_ed448(scratch)
        rows = covering_array(KINDS, sensible, strength=1)
        run_cells([(f"cleat to AsyncSSH: {name_of(row)}", lambda row=row: from_cleat(scratch, row))
                   for row in rows])
        run_cells([(f"AsyncSSH to cleatd: {name_of(row)}", lambda row=row: to_cleatd(scratch, row))
                   for row in rows])
        run_cells(list(auth_cells(scratch)))
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
