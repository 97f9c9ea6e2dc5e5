#!/usr/bin/python3
"""cleat ssh on a terminal: what it asks, escapes, signals, and how it leaves the terminal."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Terminal, common, expect  # noqa: E402
from peers import USER, Scratch, finish  # noqa: E402

READY = b"re" + b"ady"


class Shell:
    """A remote shell, waited for until it takes commands. What runs around cleat is a local shell,
    so that the terminal can be looked at after the end."""

    def __init__(self, client, *args, local=""):
        command = " ".join(f"'{word}'" for word in client.args(*args))
        script = f"{command} & echo pid=$!; fg >/dev/null; echo status=$?; {local}"
        self.t = Terminal(["/bin/bash", "-mc", script])
        self.t.wait(b"pid=")
        self.t.wait(b"\n")
        self.pid = int(re.search(rb"pid=(\d+)", self.t.seen).group(1))
        self.send("PS1=; stty -echo; echo re''ady")
        self.good = self.t.wait(READY) is not None

    def send(self, line):
        self.at = len(self.t.seen)
        self.t.type(line.encode() + b"\n")

    def says(self, text):
        return self.t.wait(text.encode(), self.at) is not None

    def escape(self, keys):
        """At the start of a line that the other side has seen to."""
        self.send("echo be''fore")
        self.says("before")
        self.at = len(self.t.seen)
        self.t.type(b"\r~" + keys)

    def end(self):
        """The status that the local shell saw, and whether the terminal is as before."""
        self.t.wait(b"status=")
        cooked = self.t.wait_until(self.t.modes)
        self.t.finish()
        status = re.search(rb"status=(\d+)", self.t.seen)
        return int(status.group(1)) if status else None, cooked


def sessions(client):
    s = Shell(client, "x")
    s.send("tty; exit 9")
    tty = s.says("/dev/")
    ended = s.end()
    expect("a shell has a terminal and its status",
           (not s.good or not tty or ended != (9, True)) and f"{ended} {s.t.seen}")
    s = Shell(client, "x")
    s.t.resize(33, 77)
    s.send("until stty size | grep -q 77; do sleep 0.1; done; echo si''zed $(stty size)")
    sized = s.says("sized 33 77")
    s.escape(b".")
    closed = s.says("Connection to 127.0.0.1 closed.")
    ended = s.end()
    expect("the window's size follows", not sized and repr(s.t.seen))
    expect("~. ends the connection", (not closed or ended != (255, True)) and f"{ended} {s.t.seen}")


def escapes(client):
    s = Shell(client, "x")
    for keys, answer in ((b"?", "Supported escape sequences"), (b"#", "channel(s) open"),
                         (b"C", "commandline disabled"), (b"v", "LogLevel"), (b"V", "LogLevel"),
                         (b"R", None), (b"B", None)):
        s.escape(keys)
        told = s.says(answer) if answer else True
        s.send("echo go''es on")
        on = s.says("goes on")
        expect(f"~{keys.decode()}", not (told and on) and repr(s.t.seen))
    s.t.type(b"\ncat\n")
    s.at = len(s.t.seen)
    s.t.type(b"\n~~x\n")
    expect("~~ sends one", not s.says("~x") or b"~~" in s.t.seen[s.at:])
    s.t.type(b"\n~q\n")
    expect("~ and another letter are sent as they are", not s.says("~q"))
    s.t.type(b"\x03\n")
    s.escape(b"\x1a")
    s.t.wait(b"status=")
    stopped = s.t.wait_until(s.t.modes)
    os.kill(s.pid, signal.SIGKILL)
    s.t.finish()
    expect("~^Z stops, with the terminal as it was", not stopped and repr(s.t.seen))


def rhythm(scratch, config):
    """What -vvv tells of the messages that leave while somebody types."""
    port = scratch.cleatd("cleatd")
    client = Client(scratch, config.replace("Port ", f"Port {port} #"), "rhythm.conf")
    log = scratch.file("rhythm.log")

    def pings():
        with open(log, errors="replace") as lines:
            return sum("received pong" in line for line in lines)

    t = Terminal(client.args("-vvv", "-E", log, "x", "-t", "cat"))
    t.wait_until(lambda: os.path.exists(log) and "Sending command" in open(log).read())
    t.type(b"a")
    t.wait(b"a")
    goes_on = t.wait_until(lambda: pings() > 10)
    t.type(b"\r~.")
    t.finish()
    expect("pings go on after a key", not goes_on and repr(open(log).read()[-2000:]))
    os.unlink(log)
    t = Terminal(client.args("-o", "ObscureKeystrokeTiming no", "-vvv", "-E", log, "x", "-t", "cat"))
    t.wait_until(lambda: os.path.exists(log) and "Sending command" in open(log).read())
    t.type(b"hello\r")
    said = t.wait(b"hello\r\nhello")
    t.type(b"~.")
    t.finish()
    expect("ObscureKeystrokeTiming no sends keys alone", (not said or pings()) and repr(t.seen))


def background(client, scratch):
    s = Shell(client, "x")
    mark = scratch.file("afterwards")
    s.send(f"(sleep 1; echo la''te; echo done > {mark}) & wait; exit 3")
    s.t.type(b"~&")
    ended = s.end()
    end = time.monotonic() + 20
    while not os.path.exists(mark) and time.monotonic() < end:
        time.sleep(0.05)
    expect("~& leaves the terminal, and the session goes on",
           (ended != (0, True) or not os.path.exists(mark)) and f"{ended} {s.t.seen}")


def ends(client, scratch):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        s = Shell(client, "x")
        os.kill(s.pid, number)
        ended = s.end()
        expect(f"{number.name} puts the terminal back and ends with 255",
               ended != (255, True) and f"{ended} {s.t.seen}")
    port = scratch.server_with_terminals("broken")  # ours has one process for all
    s = Shell(client, "-p", str(port), "x")
    s.send("echo parent=$(ps -o ppid= $PPID | tr -d ' ')/; kill -9 $PPID")
    ended = s.end()
    expect("a connection that breaks puts the terminal back",
           ended != (255, True) and f"{ended} {s.t.seen}")


def passphrases(client, scratch):
    key = scratch.file("user_locked")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", key], check=True)
    with open(scratch.file("authorized_keys"), "a") as out:
        out.write(open(key + ".pub").read())
    args = ["-i", key, "-o", "IdentitiesOnly yes", "x", "echo made it"]
    t = Terminal(client.args(*args))
    status, seen = t.converse((b"Enter passphrase for key", b"wrong\n"),
                              (b"Enter passphrase for key", b"open sesame\n"))
    expect("a passphrase is asked for until it is right",
           (status or b"made it" not in seen or b"Bad passphrase" not in seen) and f"{status} {seen}")
    t = Terminal(client.args("-o", "NumberOfPasswordPrompts 2", "-o",
                             "PreferredAuthentications publickey", *args))
    status, seen = t.converse((b"passphrase", b"wrong\n"), (b"Enter passphrase", b"wrong\n"))
    expect("NumberOfPasswordPrompts bounds that",
           (status != 255 or seen.count(b"Enter passphrase") != 2) and f"{status} {seen}")
    pem = scratch.file("user_pem")
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "open sesame", "-f", pem],
                   check=True)
    with open(scratch.file("authorized_keys"), "a") as out:
        out.write(open(pem + ".pub").read())
    os.unlink(pem + ".pub")
    t = Terminal(client.args("-i", pem, "-o", "IdentitiesOnly yes", "x", "echo made it"))
    status, seen = t.converse((b"Enter passphrase for key", b"wrong\n"),
                              (b"Enter passphrase for key", b"open sesame\n"))
    expect("a file that shows nothing without its passphrase",
           (status or b"made it" not in seen) and f"{status} {seen}")
    program = scratch.file("askpass")
    with open(program, "w") as out:
        out.write(f"#!/bin/sh\necho \"$1\" > {program}.asked\necho open sesame\n")
    os.chmod(program, 0o755)
    env = {"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"}
    done = client.run(*args, env=env)
    expect("SSH_ASKPASS is asked where it has to be",
           (done.stdout != b"made it\n" or key not in open(program + ".asked").read()) and repr(done))
    done = client.run(*args, env={"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "never"},
                      start_new_session=True)
    expect("and not where it must not be", done.returncode != 255 and repr(done))
    done = client.run(*args, env={"SSH_ASKPASS": program}, start_new_session=True)
    expect("and where there is no terminal", done.stdout != b"made it\n" and repr(done))
    return args


def to_agent(client, scratch, args):
    socket = scratch.file("agent.sock")
    env = {"SSH_AUTH_SOCK": socket}
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)

    def keys():
        return subprocess.run(["ssh-add", "-l"], env={**os.environ, **env}, capture_output=True,
                              text=True).stdout

    def forget():
        subprocess.run(["ssh-add", "-q", "-D"], env={**os.environ, **env}, check=True,
                       stderr=subprocess.DEVNULL)

    try:
        while not os.path.exists(socket):
            time.sleep(0.05)
        talk = ((b"passphrase", b"open sesame\n"),)
        Terminal(client.args(*args), env).converse(*talk)
        expect("AddKeysToAgent no adds nothing", "SHA256" in keys())
        Terminal(client.args("-o", "AddKeysToAgent yes", *args), env).converse(*talk)
        fingerprint = os.popen(f"ssh-keygen -lf {scratch.file('user_locked.pub')}").read().split()[1]
        expect("AddKeysToAgent yes", fingerprint not in keys() and keys())
        done = client.run(*args, env=env)
        expect("the next login needs no passphrase", done.stdout != b"made it\n" and repr(done))
        forget()
        asked = talk + ((b"to the agent?", b"no\n"),)
        status, seen = Terminal(client.args("-o", "AddKeysToAgent ask", *args), env).converse(*asked)
        expect("AddKeysToAgent ask takes no for an answer",
               (status or "SHA256" in keys() or b"to the agent?" not in seen) and f"{status} {seen}")
        done = client.run("-o", "AddKeysToAgent 1h", "-i", scratch.file("user_ed25519"), "x", "true",
                          env=env)
        expect("a key without a passphrase is added, too", "ED25519" not in keys() and repr(done))
    finally:
        process.terminate()
        process.wait(5)


def open_questions(scratch, client):
    """A question stands open; what else there is goes on."""
    strict = scratch.sshd("hurried", ["LoginGraceTime 2"])
    user = "nobody-of-that-name"
    t = Terminal(client.args("-p", str(strict), "-o", "PubkeyAuthentication no", "-l", user, "x"))
    asked = t.wait(b"password: ")
    hidden = not t.modes()
    status = t.finish()
    expect("a question is taken back when the connection ends",
           (not asked or not hidden or status != 255 or b"closed" not in t.seen)
           and f"{status} {t.seen}")
    asking = scratch.sshd("asking")
    near = scratch.sshd("near", ["ClientAliveInterval 1", "ClientAliveCountMax 1"])
    jump = Client(scratch, f"Host near\n{common(scratch, near)}Host x\n"
                  f"{common(scratch, asking, 'no')}ProxyJump near\nPubkeyAuthentication no\n"
                  f"Host *\nIdentityFile {scratch.file('user_ed25519')}\n", "jump.conf")
    t = Terminal(jump.args("-o", "NumberOfPasswordPrompts 2", "x"))
    asked = t.wait(b"password: ")
    late = time.monotonic() + 3.5  # the jump host has lost patience by then
    t.wait_until(lambda: time.monotonic() > late)
    t.type(b"no good\n")
    again = t.wait(b"password: ", asked or 0)
    t.type(b"no good\n")
    status = t.finish()
    expect("a question does not keep a jump host's connection from living",
           (not again or b"Permission denied (" not in t.seen) and f"{status} {t.seen}")


def main():
    scratch = Scratch()
    try:
        port = scratch.server_with_terminals("server")
        text = f"LogLevel INFO\nHost *\n{common(scratch, port, 'no')}"
        locked = Client(scratch, text, "locked.conf")
        client = Client(scratch, f"{text}IdentityFile {scratch.file('user_ed25519')}\n")
        sessions(client)
        escapes(client)
        rhythm(scratch, open(client.path).read())
        background(client, scratch)
        ends(client, scratch)
        args = passphrases(locked, scratch)
        to_agent(locked, scratch, args)
        open_questions(scratch, client)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
