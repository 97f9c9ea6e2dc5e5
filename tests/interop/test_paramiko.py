#!/usr/bin/python3
"""Logins with Paramiko in both directions: each algorithm that both know; and its server's passwords,
prompts, and methods that must succeed one after another."""
import contextlib
import os
import socket
import subprocess
import threading
import warnings

from covering import covering_array
from peers import COMMAND, USER, Scratch, finish, report, run_cells
from rows import KEY_FILES, cleatd_cell, client_options, name_of, row_problem, sensible

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import paramiko
except ImportError:
    paramiko = None

KINDS = {
    "kex": ["curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
            "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512",
            "diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1",
            "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"],
    "cipher": ["aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-cbc", "aes192-cbc", "aes256-cbc",
               "3des-cbc"],
    "mac": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256",
            "hmac-sha2-512", "hmac-sha1"],
    "host": [name for name in KEY_FILES if name != "ssh-ed448"],
    "user": [name for name in KEY_FILES if name != "ssh-ed448"],
    "compression": ["none", "zlib@openssh.com"],
    "rekeys": ["client", "server"],
}
LIMIT = 600 << 10


def key_of(path):
    for kind in (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey):
        with contextlib.suppress(paramiko.SSHException):
            return kind.from_private_key_file(path)
    raise ValueError(path)


def fix(transport, row, rekeys):
    """Makes a transport know the row's algorithms only."""
    known = transport.get_security_options()
    known.kex, known.ciphers = [row["kex"]], [row["cipher"]]
    known.digests, known.key_types = [row["mac"]], [row["host"]]
    transport.use_compression(row["compression"] != "none")
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = 60
    transport.disabled_algorithms = {"pubkeys": [name for name in KINDS["user"] if name != row["user"]]}
    if rekeys:
        transport.packetizer.REKEY_BYTES = LIMIT


def run_command(transport, payload):
    """Each piece is waited for before the next is sent. So one exchange passes the limit and no second
    comes near the end: a CLOSE during its own exchange is what Paramiko never gets over."""
    channel = transport.open_session(timeout=60)
    channel.settimeout(60)
    channel.exec_command(COMMAND)
    out, err = channel.makefile("rb"), channel.makefile_stderr("rb")
    echo = b""
    for at in range(0, len(payload), 65536):
        piece = payload[at:at + 65536]
        channel.sendall(piece)
        echo += out.read(len(piece))
    channel.shutdown_write()
    echo += out.read()
    return subprocess.CompletedProcess([], channel.recv_exit_status(), echo, err.read())


def login(scratch, row, port):
    with contextlib.closing(paramiko.Transport(("127.0.0.1", port))) as transport:
        fix(transport, row, row["rekeys"] == "client")
        transport.start_client(timeout=60)
        transport.auth_publickey(USER, key_of(scratch.file("user_" + KEY_FILES[row["user"]])))
        return run_command(transport, scratch.payload)


# --- its server ---------------------------------------------------------------------------------

class Server(paramiko.ServerInterface if paramiko else object):
    """Takes the methods of `steps`, one after another."""

    def __init__(self, key, steps):
        self.key = key
        self.steps = list(steps)
        self.probed = False
        self.round = 0
        self.command = threading.Event()

    def get_allowed_auths(self, username):
        return self.steps[0]

    def passed(self, method, good):
        if not good or self.steps[0] != method:
            return paramiko.AUTH_FAILED
        if len(self.steps) == 1:
            return paramiko.AUTH_SUCCESSFUL
        del self.steps[0]
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_publickey(self, username, key):
        """Asked twice: whether the key would do, and before its signature is verified."""
        if key.asbytes() != self.key or self.steps[0] != "publickey":
            return paramiko.AUTH_FAILED
        if not self.probed:
            self.probed = True
            return paramiko.AUTH_SUCCESSFUL
        return self.passed("publickey", True)

    def check_auth_password(self, username, password):
        return self.passed("password", password == "first answer")

    def check_auth_interactive(self, username, submethods):
        query = paramiko.InteractiveQuery("Title", "Instructions")
        query.add_prompt("First: ", False)
        return query

    def check_auth_interactive_response(self, responses):
        self.round += 1
        if self.round == 1 and responses == ["first answer"]:
            return paramiko.InteractiveQuery("", "", ("Second: ", True), ("Third: ", False))
        return self.passed("keyboard-interactive", responses == ["second answer", "third answer"])

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.command.set()
        return True


def give_back(channel):
    while piece := channel.recv(32768):
        channel.sendall(piece)
    channel.sendall_stderr(b"problem\n")
    channel.send_exit_status(3)
    channel.shutdown_write()
    channel.close()


def serve(listener, server, host_key, row):
    with listener, contextlib.closing(paramiko.Transport(listener.accept()[0])) as transport:
        transport.add_server_key(host_key)
        fix(transport, row, row["rekeys"] == "server")
        transport.start_server(server=server)
        channel = transport.accept(60)
        if channel and server.command.wait(60):
            channel.settimeout(60)
            give_back(channel)
            transport.join(20)


def with_server(scratch, row, steps, client):
    """client(port) beside a server for one connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(60)
    port = listener.getsockname()[1]
    user_key = key_of(scratch.file("user_" + KEY_FILES[row["user"]]))
    host_key = key_of(scratch.file("host_" + KEY_FILES[row["host"]]))
    thread = threading.Thread(target=serve, args=(
        listener, Server(user_key.asbytes(), steps), host_key, row))
    thread.start()
    try:
        return client(port)
    finally:
        thread.join(60)


def from_cleat(scratch, row):
    return row_problem(row, with_server(scratch, row, ["publickey"], lambda port: scratch.cleat_ssh(
        port, *client_options(row, row["rekeys"] == "client" and "600K"), key=KEY_FILES[row["user"]],
        command=COMMAND, data=scratch.payload, seconds=60)), scratch.payload)


ANSWERS = """#!/bin/sh
case "$1" in
*First:*|*"'s password"*) echo "first answer" ;;
*Second:*) echo "second answer" ;;
*Third:*) echo "third answer" ;;
*) echo "no answer to: $1" >&2; exit 1 ;;
esac
"""


def auth_cells(scratch):
    with open(scratch.file("answers"), "w") as out:
        out.write(ANSWERS)
    os.chmod(scratch.file("answers"), 0o700)
    env = {**os.environ, "SSH_ASKPASS": scratch.file("answers"), "SSH_ASKPASS_REQUIRE": "force"}
    row = {kind: values[0] for kind, values in KINDS.items()}

    def cell(steps):
        return row_problem(row, with_server(scratch, row, steps, lambda port: scratch.cleat_ssh(
            port, "-o", "BatchMode no", *client_options(row, "600K"), command=COMMAND,
            data=scratch.payload, seconds=60, env=env, key=KEY_FILES[row["user"]])), scratch.payload)

    for steps in (["password"], ["keyboard-interactive"],
                  ["publickey", "password", "keyboard-interactive"]):
        yield f"cleat to Paramiko: {', then '.join(steps)}", lambda steps=steps: cell(steps)


def main():
    if not paramiko:
        report("Paramiko", skip="python3-paramiko is not installed")
        finish()
    scratch = Scratch()
    paramiko.Transport.load_server_moduli()
    rows = covering_array(KINDS, sensible, strength=1)
    try:
        run_cells([(f"Paramiko to cleatd: {name_of(row)}", lambda row=row: cleatd_cell(
            scratch, row, lambda port: login(scratch, row, port), row["rekeys"] == "server" and "600K"))
                   for row in rows])
        run_cells([(f"cleat to Paramiko: {name_of(row)}", lambda row=row: from_cleat(scratch, row))
                   for row in rows])
        run_cells(list(auth_cells(scratch)))
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
