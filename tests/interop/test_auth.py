#!/usr/bin/python3
"""How our client proves who it is to OpenSSH's server: passwords, PAM's prompts, an agent, and methods
that must succeed one after another. Needs an account of the tests' own, whose password is known."""
import os
import subprocess
import time

from account import PASSWORD, own_account
from peers import COMMAND, Scratch, finish, report, run_cells
from rows import client_options, row_problem

METHODS = {
    "password": "password",
    "keyboard-interactive": "keyboard-interactive",
    "publickey, then password": "publickey,password",
    "password, then publickey": "password,publickey",
    "publickey, then keyboard-interactive": "publickey,keyboard-interactive:pam",
    "two keys": "publickey,publickey",
    "one of two lists": "gssapi-with-mic,publickey publickey,keyboard-interactive",
}


class Client:
    """Answers prompts by a program, and counts them."""

    def __init__(self, scratch, name, answer):
        self.scratch = scratch
        self.program, self.asked = scratch.file(f"answer_{name}"), scratch.file(f"asked_{name}")
        with open(self.program, "w") as out:
            out.write(f"#!/bin/sh\necho \"$1\" >>{self.asked}\necho '{answer}'\n")
        os.chmod(self.program, 0o700)

    def prompts(self):
        if not os.path.exists(self.asked):
            return []
        with open(self.asked) as lines:
            return lines.read().splitlines()

    def run(self, port, *options, **more):
        env = {**os.environ, "SSH_ASKPASS": self.program, "SSH_ASKPASS_REQUIRE": "force"}
        return self.scratch.cleat_ssh(port, "-o", "BatchMode no", *options, command=COMMAND,
                                      data=self.scratch.payload, seconds=60, env=env, **more)


def method_cell(scratch, name, methods):
    number = list(METHODS).index(name)
    port = scratch.sshd(f"sshd{number}", ["UsePAM yes", "PermitRootLogin yes",
                                            f"AuthenticationMethods {methods}"])
    client = Client(scratch, number, PASSWORD)
    done = client.run(port, *client_options({}, "600K"), "-i", scratch.file("user_rsa"))
    if "password" not in methods and "keyboard" not in methods and client.prompts():
        return f"asked for {client.prompts()}"
    for step in methods.split(" ")[-1].split(","):
        if f"Next authentication method: {step.split(':')[0]}" not in done.stderr.decode():
            return f"{step} was not tried: {done.stderr[-500:]!r}"
    return row_problem({}, done, scratch.payload)


def wrong_password(scratch):
    port = scratch.sshd("sshd_wrong", ["AuthenticationMethods password", "PermitRootLogin yes"])
    client = Client(scratch, "wrong", "wrong horse")
    done = client.run(port, "-o", "NumberOfPasswordPrompts 2")
    if done.returncode != 255 or b"Permission denied (password)" not in done.stderr:
        return repr(done)
    return None if len(client.prompts()) == 2 else f"asked for {client.prompts()}"


def banner(scratch):
    with open(scratch.file("banner"), "w") as out:
        out.write("Only for friends.\n")
    port = scratch.sshd("sshd_banner", [f"Banner {scratch.file('banner')}"])
    done = scratch.cleat_ssh(port, *client_options({}, "600K"), command=COMMAND, data=scratch.payload)
    if b"Only for friends." not in done.stderr:
        return f"no banner: {done.stderr[-300:]!r}"
    return row_problem({}, done, scratch.payload)


def agent_before_files(scratch):
    """The agent's key comes first, and the file's, which the server does not know, is not needed."""
    socket = scratch.file("agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not os.path.exists(socket) and time.monotonic() < end:
            time.sleep(0.02)
        env = {**os.environ, "SSH_AUTH_SOCK": socket}
        subprocess.run(["ssh-add", "-q", scratch.file("user_ecdsa384")], check=True, env=env)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        scratch.file("user_stranger")], check=True)
        done = scratch.cleat_ssh(scratch.sshd("sshd_agent"), *client_options({}, "600K"), key="stranger",
                                 command=COMMAND, data=scratch.payload, env=env)
    finally:
        agent.terminate()
        agent.wait(10)
    offers = [line for line in done.stderr.decode().splitlines() if "Offering public key" in line]
    if len(offers) != 1 or " ECDSA " not in offers[0]:
        return f"offered {offers}"
    return row_problem({}, done, scratch.payload)


def main():
    account = own_account()
    if not account:
        report("passwords of OpenSSH's server", skip="no mount namespace for an account of the tests' own")
        finish()
    scratch = Scratch(account)
    try:
        run_cells([*((f"cleat to sshd: {name}", lambda n=name, m=methods: method_cell(scratch, n, m))
                     for name, methods in METHODS.items()),
                   *((f"cleat to sshd: {test.__name__.replace('_', ' ')}", lambda t=test: t(scratch))
                     for test in (wrong_password, banner, agent_before_files))])
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
