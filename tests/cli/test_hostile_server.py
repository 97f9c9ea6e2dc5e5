#!/usr/bin/python3
"""Servers that mean harm, against cleat ssh: what they say commands no terminal."""
import asyncio
import os
import socket
import struct
import sys
import threading

import asyncssh

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, expect  # noqa: E402
from peers import Scratch, finish  # noqa: E402

EVIL = b"\x1b]0;title\x07\x9b2J\xc2\x9b31m gr\xc3\xbc\xc3\x9fe"
HARMLESS = b"?]0;title??2J"
COMMANDS = b"\x1b\x07"


def text(value):
    return struct.pack(">I", len(value)) + value


def packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


HELLO = b"SSH-2.0-Hostile_1\r\n"
EARLY = [
    ("a reason for leaving", HELLO + packet(b"\x01" + struct.pack(">I", 2) + text(EVIL) + text(b""))),
    ("a version", b"SSH-1.5-" + EVIL + b"\r\n"),
    ("a debug message", HELLO + packet(b"\x04\x01" + text(EVIL) + text(b""))),
]


def say_once(listener, data):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def problem_with(done):
    commands = any(byte in done.stderr for byte in COMMANDS) or b"\xc2\x9b" in done.stderr
    return (commands or HARMLESS not in done.stderr) and repr(done)


def early(client):
    for name, data in EARLY:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=say_once, args=(listener, data))
            server.start()
            done = client.run("-v", "-p", str(listener.getsockname()[1]), "x", "true")
            server.join(10)
        expect(f"{name} is made harmless", problem_with(done))
        if name == "a debug message":
            expect("what is not ASCII stays", "grüße".encode() not in done.stderr and repr(done))


class Open(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


class Asks(asyncssh.SSHServer):
    """Asks nothing, again and again."""

    def kbdint_auth_supported(self):
        return True

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "", "", []

    def validate_kbdint_response(self, username, responses):
        return "", "", "", []


async def die(process):
    process.channel.exit_with_signal(EVIL.decode("latin-1"))


def start_server(scratch, server_class):
    """In a thread of its own, which ends with the program."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def listen():
        server = await asyncssh.create_server(server_class, "127.0.0.1", 0, process_factory=die,
                                              server_host_keys=[scratch.file("host_ed25519")])
        return server.sockets[0].getsockname()[1]

    return asyncio.run_coroutine_threadsafe(listen(), loop).result(20)


def main():
    scratch = Scratch()
    try:
        client = Client(scratch, "Host *\nHostname 127.0.0.1\nStrictHostKeyChecking no\n"
                        "UserKnownHostsFile /dev/null\n")
        early(client)
        done = client.run("-p", str(start_server(scratch, Open)), "x", "true")
        expect("the name of a signal is made harmless",
               (any(byte in done.stderr for byte in COMMANDS) or b"with signal ?]0;" not in done.stderr)
               and repr(done))
        done = client.run("-p", str(start_server(scratch, Asks)), "-o", "PreferredAuthentications "
                          "keyboard-interactive", "x", "true")
        expect("a server that asks for ever is left", (done.returncode != 255 or
               b"rounds of questions" not in done.stderr) and repr(done))
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
