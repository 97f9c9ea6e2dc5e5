#!/usr/bin/python3
"""Attacks on SSH servers that have a name, played against cleatd in system mode: docs/security.md lists
them. Users are guessed by answers and by time, the time for a login ends at awkward moments, and commands
keep groups."""
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene, children, settles, status_of  # noqa: E402
from peers import finish, report, run_cells  # noqa: E402
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import test_hostile  # noqa: E402
from client import expect  # noqa: E402
from test_hostile import HELLO, kexinit  # noqa: E402

if test_hostile.paramiko:
    import paramiko
    from test_hostile import message
    from test_attacks_on_servers import Talk  # noqa: E402

GRACE = 2
PAM = "auth required pam_unix.so{}\naccount required pam_unix.so\nsession required pam_permit.so\n"


def write(path, text, mode=0o644):
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)


def wrong_password(user, password=b"wrong"):
    return message(50, user, b"ssh-connection", b"password", False, password)


def probe(user, blob):
    return message(50, user, b"ssh-connection", b"publickey", False, b"rsa-sha2-512", blob)


# ---- who exists, by answers ----

EXISTING, MISSING = b"alice", b"mallory"


def requests_of(user, blob):
    key = (b"ssh-connection", b"publickey")
    return {
        "none": message(50, user, b"ssh-connection", b"none"),
        "a wrong password": wrong_password(user), "an empty password": wrong_password(user, b""),
        "a password of 25 KB": wrong_password(user, b"x" * 25000),
        "a new password": message(50, user, b"ssh-connection", b"password", True, b"old", b"new"),
        "a key": probe(user, blob), "a key cut short": message(50, user, *key, True, b"rsa-sha2-512", 1000),
        "a request cut short": message(50, user, *key), "a key that is none": probe(user, b"none"),
        "a wrong signature": message(50, user, *key, True, b"rsa-sha2-512", blob, b"x" * 271),
        "an unknown algorithm": message(50, user, *key, False, b"ssh-none", blob),
        "questions": message(50, user, b"ssh-connection", b"keyboard-interactive", b"", b""),
        "GSSAPI": message(50, user, b"ssh-connection", b"gssapi-with-mic", 1, b"x"),
        "a host's key": message(50, user, b"ssh-connection", b"hostbased", b"ssh-rsa", blob, b"h", b"u", b"s")}


def answer_to(port, m):
    talk = Talk(port)
    try:
        return talk.ask(m)
    finally:
        talk.close()


def guessed_by_answers(port, blob):
    """CVE-2018-15473 (keys cut short), CVE-2006-5052 (GSSAPI), CVE-2007-2243 (questions)."""
    there, not_there = (requests_of(user, blob) for user in (EXISTING, MISSING))

    def differ(name):
        answers = answer_to(port, there[name]), answer_to(port, not_there[name])
        return answers[0] != answers[1] and repr(answers)

    run_cells([(f"CVE-2018-15473: who exists is not told by {name}", lambda name=name: differ(name)) for name in there])


# ---- who exists, by time ----

def times_of(port, requests):
    """How long each answer takes, in seconds; the end of the connection is the last one's."""
    talk = Talk(port)
    found = []
    for m in requests:
        start = time.monotonic()
        talk.ask(m)
        found.append(time.monotonic() - start)
    talk.close()
    return found


def told_apart(one, other):
    """All of one set are beyond all of the other, by more than what goes on beside this. Noise mixes them."""
    apart = max(one) < min(other) or max(other) < min(one)
    return apart and abs(statistics.median(one) - statistics.median(other)) > 0.04


def compare_times(name, port, rounds, step, request):
    """Two requests on each connection: the second is the last one that MaxAuthTries lets pass. No refusal
    comes before a whole step is over, else it would tell what the look-up took."""
    found = {EXISTING: [[], []], MISSING: [[], []]}
    for _ in range(rounds):
        users = random.sample(sorted(found), 2)
        for user in users:
            for place, seconds in enumerate(times_of(port, [request(user)] * 2)):
                found[user][place].append(seconds)
    for place, which in enumerate(("a refusal", "the last refusal")):
        one, other = found[EXISTING][place], found[MISSING][place]
        expect(f"{name}: {which} takes as long for who exists and who does not", (
            told_apart(one, other) or min(one + other) < 0.99 * step) and f"{sorted(one)} {sorted(other)}")


def guessed_by_time(s, blob):
    """CVE-2003-0190 (PAM answered at once), CVE-2006-5229, CVE-2016-6210 (a password's hash takes its time): PAM
    does not wait here, and the hash takes more than a step of those in which refusals of keys leave."""
    port = s.cleatd_system("times", ["MaxAuthTries 2"])
    write(s.file("town_sshd"), PAM.format(" nodelay"))
    hashed = subprocess.check_output(["openssl", "passwd", "-6", "-salt", "rounds=200000$abcdefgh", "x"], text=True).strip()
    with open(s.file("town_shadow")) as lines:
        text = "".join(f"alice:{hashed}:19000:0:99999:7:::\n" if line.startswith("alice:") else line for line in lines)
    write(s.file("town_shadow"), text, 0o600)
    compare_times("CVE-2016-6210: a password", port, 3, 0.5, wrong_password)
    compare_times("CVE-2016-6210: a key", port, 8, 0.05, lambda user: probe(user, blob))


# ---- the end of the time for a login ----

class Waiting:
    """A connection that is at some moment of a login when the time for it is over."""

    def __init__(self, port, data=None, then=None):
        self.port, self.data, self.then = port, data, then
        self.ended = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            self.ended = self.wait_on_socket() if self.then is None else self.wait_with_keys()
        except (OSError, EOFError, paramiko.SSHException):
            self.ended = True  # in the middle of what we did

    def wait_on_socket(self):
        with test_hostile.socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            client.sendall(self.data)
            return test_hostile.reads_to_end(client)

    def wait_with_keys(self):
        talk = Talk(self.port)
        self.then(talk)
        ended = talk.ends(30)
        talk.close()
        return ended


def busy(make):
    """Asks again and again, so that the end comes upon whatever that takes."""
    def run(talk):
        while talk.transport.is_active():
            talk.say(make())
    return run


def end_of_grace(s, folder, blob):
    """CVE-2024-6387, CVE-2006-5051: the clock interrupted whatever was done, and then did things of its own."""
    slow = os.path.join(folder, "slow")
    write(slow, "#!/bin/sh\nexec sleep 20\n", 0o755)
    port = s.cleatd_system("grace", [f"LoginGraceTime {GRACE}", f"AuthorizedKeysCommand {slow}",
                                     "AuthorizedKeysCommandUser bob", "MaxAuthTries 100"])
    begun = kexinit()
    kinds = [
        {"data": b""}, {"data": HELLO[:7]}, {"data": HELLO}, {"data": HELLO + begun}, {"data": HELLO + begun[:40]},
        {"data": HELLO + begun + struct.pack(">IB", 200000, 10) + bytes(150000)},
        {"then": lambda talk: None}, {"then": lambda talk: talk.transport._send_message(message(2, b"x"))},
        {"then": lambda talk: talk.say(wrong_password(b"bob"))}, {"then": lambda talk: talk.say(probe(b"bob", blob))},
        {"then": busy(lambda: probe(b"mallory", os.urandom(20000)))},
        {"then": busy(lambda: message(192, b"x" * 20000))}]
    waiting = [Waiting(port, **kind) for _ in range(2) for kind in kinds]
    for one in waiting:
        one.thread.join(30)
    left = [i for i, one in enumerate(waiting) if not one.ended]
    gone = settles(lambda: not children(s.by_port[port].pid))
    said = s.log("grace")
    crashed = [line for line in said.splitlines() if "Sanitizer" in line or "was ended by" in line]
    expect("CVE-2024-6387: all that wait are shown out", (left or not gone or "Timeout before" not in said) and
           f"left: {left}, processes: {children(s.by_port[port].pid)}, log: {said[-1500:]}")
    expect("CVE-2024-6387: no process breaks", crashed)
    done = s.run(port, "alice", "echo in")
    expect("CVE-2024-6387: and the daemon goes on", done.stdout != b"in\n" and repr(done))


# ---- what a command is run with ----

def groups_of_commands(s, folder):
    """CVE-2021-41617: the command ran as another user, in the groups of the daemon."""
    tool, ids = os.path.join(folder, "keys"), s.file("ids")
    write(tool, f"#!/bin/sh\ngrep -E '^(Uid|Gid|Groups):' /proc/self/status >{ids}\n"
          f"cat {s.file('user_ecdsa384.pub')}\n", 0o755)
    write(ids, "", 0o666)
    port = s.cleatd_system("groups", [f"AuthorizedKeysCommand {tool}", "AuthorizedKeysCommandUser bob"],
                           before=["setpriv", "--groups", "0,4,7201", "--"])
    groups = status_of(s.by_port[port].pid)["Groups"]
    done = s.run(port, "alice", "id -G", key="user_ecdsa384")
    said = open(ids).read().split()
    wanted = ["Uid:", *["7102"] * 4, "Gid:", *["7102"] * 4, "Groups:"]
    expect("CVE-2021-41617: AuthorizedKeysCommand has none of the daemon's groups", (
        said[:11] != wanted or set(said[11:]) & {"0", "4", "7201"} or "7201" not in groups) and f"{said} {groups}")
    expect("CVE-2021-41617: nor has the session", done.stdout != b"7101 7201\n" and repr(done))


def main():
    if not town.possible() or not test_hostile.paramiko:
        report("known attacks", skip="only root can make the users, and paramiko plays them")
        finish()
    s = Scene()
    folder = tempfile.mkdtemp(prefix="cleatd-test-", dir="/run")  # where only root may write
    os.chmod(folder, 0o755)
    try:
        blob = paramiko.RSAKey.from_private_key_file(s.file("user_rsa")).asbytes()
        write(s.file("town_sshd"), PAM.format(" nodelay"))
        guessed_by_answers(s.cleatd_system("answers"), blob)
        write(s.file("town_sshd"), PAM.format(""))
        end_of_grace(s, folder, blob)
        groups_of_commands(s, folder)
        guessed_by_time(s, blob)
    finally:
        s.stop()
        shutil.rmtree(folder)
    finish()


if __name__ == "__main__":
    main()
