#!/usr/bin/python3
"""A session process that its user has taken over, against the worker that carries other users' connections, too:
it hands over what a worker cannot use without ending. cleatd_hostile_session has such a process
(hostile_session.c), which does as its client says."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, report  # noqa: E402
from town import Scene, named, settles  # noqa: E402

# (options, command) of the client
ASKED = {"as a command's streams": lambda kind: ([], [kind]),
         "as what a forwarding leads to": lambda kind: (["-W", f"{kind}:1"], []),
         "as an agent's client": lambda kind: (["-A"], ["arrived " + kind])}


def attack(s, port, kind, how):
    """The worker ends the attacker's connection, and nobody else's."""
    def told():
        return s.log("hostile").count("a message that may not come")

    def logins():
        return s.log("hostile").count("Accepted publickey for bob")

    before, refused = logins(), told()
    other = subprocess.Popen(s.ssh_args(port, "bob", "-N"), stdin=subprocess.DEVNULL)
    try:
        settles(lambda: logins() > before)
        workers = named(s.by_port[port].pid, "worker")
        options, command = how(kind)
        done = subprocess.run([*s.ssh_args(port, "alice", *options), *command], input=b"x" * 100,
                              capture_output=True, timeout=60)
        good = (settles(lambda: told() > refused) and done.returncode == 255 and other.poll() is None and
                named(s.by_port[port].pid, "worker") == workers)
        return None if good else f"{done} {s.log('hostile')[-600:]}"
    finally:
        other.kill()
        other.wait()


def main():
    hostile = os.path.join(peers.BIN, "cleatd_hostile_session")
    if not town.possible() or not os.path.exists(hostile):
        report("a hostile session process", skip="only root can make the users")
        finish()
    peers.CLEATD = hostile
    s = Scene()
    try:
        port = s.cleatd_system("hostile", ["ConnectionIsolation shared"], before=town.one_processor())
        for kind in ("file", "device", "terminal"):
            for where, how in ASKED.items():
                report(f"a {kind} {where}", attempt(lambda: attack(s, port, kind, how)))
    finally:
        s.stop()
    finish()


main()
