#!/usr/bin/python3
"""Passwords, the server's own questions and new passwords, asked by AsyncSSH's server."""
import asyncio
import os
import sys
import threading

import asyncssh

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Terminal, expect  # noqa: E402
from peers import Scratch, finish  # noqa: E402


class Server(asyncssh.SSHServer):
    """User "plain" has a password, "expired" an old one, "asked" answers two rounds of questions;
    the second shows control characters."""
    hints = []

    def begin_auth(self, username):
        self.user = username
        return True

    def password_auth_supported(self):
        return self.user in ("plain", "expired")

    def validate_password(self, username, password):
        if username == "expired" and password == "old":
            raise asyncssh.PasswordChangeRequired("Your password\x1b[2J is old.")
        return username == "plain" and password == "secret"

    def change_password(self, username, old_password, new_password):
        return (old_password, new_password) == ("old", "new")

    def kbdint_auth_supported(self):
        return self.user == "asked"

    def get_kbdint_challenge(self, username, lang, submethods):
        Server.hints.append(submethods)
        self.rounds = 0
        return ("Two questions", "Please answer.", "",
                [("Colour? ", True), ("Number? ", False)])

    def validate_kbdint_response(self, username, responses):
        self.rounds += 1
        if self.rounds == 1:
            return responses == ["red", "7"] and ("", "\x1b]0;title\x07More", "", [("Code? ", False)])
        return responses == ["1234"]


async def serve_command(process):
    process.stdout.write(f"hello {process.get_extra_info('username')}\n")
    process.exit(0)


def start_server(scratch):
    """In a thread of its own, which ends with the program."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def listen():
        server = await asyncssh.create_server(Server, "127.0.0.1", 0, process_factory=serve_command,
                                              server_host_keys=[scratch.file("host_ed25519")])
        return server.sockets[0].getsockname()[1]

    return asyncio.run_coroutine_threadsafe(listen(), loop).result(20)


def talk(client, user, *steps, options=()):
    return Terminal(client.args(*options, "-l", user, "x", "hello")).converse(*steps)


def passwords(client):
    status, seen = talk(client, "plain", (b"plain@127.0.0.1's password: ", b"secret\n"))
    expect("a password logs in", (status or b"hello plain" not in seen or b"secret" in seen) and seen)
    status, seen = talk(client, "plain", (b"password: ", b"wrong\n"),
                        (b"try again.\r\r\nplain@127.0.0.1's password: ", b"secret\n"))
    expect("a wrong one is asked for again", (status or b"hello plain" not in seen) and seen)
    status, seen = talk(client, "plain", (b"password: ", b"a\n"), (b"password: ", b"b\n"),
                        options=("-o", "NumberOfPasswordPrompts 2"))
    expect("NumberOfPasswordPrompts bounds that, and the methods are named at the end",
           (status != 255 or seen.count(b"password: ") != 2 or
            b"Permission denied (password)." not in seen) and f"{status} {seen}")
    status, seen = talk(client, "plain", (b"password: ", b"\x03"))
    expect("Ctrl-C at a question ends the command", status != -2 and f"{status} {seen}")


def changes(client):
    asks = ((b"password: ", b"old\n"), (b"old password: ", b"old\n"), (b"new password: ", b"new\n"))
    status, seen = talk(client, "expired", *asks, (b"Retype", b"new\n"))
    expect("an expired password is replaced",
           (status or b"hello expired" not in seen or b"Your password?[2J is old." not in seen) and seen)
    status, seen = talk(client, "expired", *asks, (b"Retype", b"other\n"),
                        options=("-o", "NumberOfPasswordPrompts 1"))
    expect("two new ones that differ change nothing", (status != 255 or b"differ" not in seen)
           and f"{status} {seen}")


def questions(client):
    steps = ((b"(asked@127.0.0.1) Colour? ", b"red\n"), (b"Number? ", b"7\n"), (b"Code? ", b"1234\n"))
    status, seen = talk(client, "asked", *steps, options=("-o", "KbdInteractiveDevices otp,pam"))
    order = [seen.find(text) for text in (b"Two questions", b"Please answer.", b"Colour? red", b"Number",
                                          b"?]0;title?More", b"Code?", b"hello asked")]
    expect("rounds of questions are asked in order, and made harmless",
           (status or order != sorted(order) or -1 in order or b"1234" in seen) and f"{order} {seen}")
    expect("KbdInteractiveDevices goes to the server", Server.hints[-1] != "otp,pam" and Server.hints)
    unanswered = b"asked@127.0.0.1: Permission denied: the server's question was not answered."
    done = client.run("-o", "BatchMode yes", "-l", "asked", "x", "hello")
    expect("BatchMode answers nothing, and says so",
           (done.returncode != 255 or unanswered not in done.stderr) and repr(done))
    status, seen = talk(client, "asked", (b"Colour? ", b"\x04"))
    expect("the end of input at a question ends the command, which says why",
           (status != 255 or unanswered not in seen) and f"{status} {seen}")


def main():
    scratch = Scratch()
    try:
        port = start_server(scratch)
        client = Client(scratch, f"Host *\nHostname 127.0.0.1\nPort {port}\nPubkeyAuthentication no\n"
                        "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n")
        passwords(client)
        changes(client)
        questions(client)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
