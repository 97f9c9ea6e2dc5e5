#!/usr/bin/python3
"""A session process that its user has taken over, against the worker that carries other users' connections, too:
it hands over what a worker cannot use without ending. cleatd_hostile_session has such a process
(hostile_session.c), which does as its client says."""
import os
import subprocess
import sys
import threading

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


def feed(client):
    try:
        client.stdin.write(b"x" * (8 << 20))
    except BrokenPipeError:
        pass


def hold_up(s, port):
    """A write to the attacker's pipe waits for ever, and with it the worker: it is ended, and the next is served."""
    listener = s.by_port[port].pid
    before = named(listener, "worker")
    attacker = subprocess.Popen([*s.ssh_args(port, "alice"), "pipe"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    feeder = threading.Thread(target=feed, args=(attacker,))
    feeder.start()
    try:
        told = settles(lambda: "a worker has not answered for 30 seconds" in s.log("hostile"), 90)
        over = settles(lambda: attacker.poll() is not None)
    finally:
        attacker.kill()
        feeder.join()
        attacker.wait()
    logins = s.log("hostile").count("Accepted publickey for bob")
    other = subprocess.Popen(s.ssh_args(port, "bob", "-N"), stdin=subprocess.DEVNULL)
    try:
        served = settles(lambda: s.log("hostile").count("Accepted publickey for bob") > logins)
        good = told and over and served and named(listener, "worker") != before
        return None if good else f"{told} {over} {served} {s.log('hostile')[-600:]}"
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
        report("a worker that is held up", attempt(lambda: hold_up(s, port)))
    finally:
        s.stop()
    finish()


main()
