#!/usr/bin/python3
"""known_hosts as cleat ssh keeps it: what is accepted, asked, remembered and refused."""
import os
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Terminal, common, expect  # noqa: E402
from peers import USER, Scratch, finish  # noqa: E402


def key_of(scratch, name):
    return " ".join(open(scratch.file(name + ".pub")).read().split()[:2])


class Hosts:
    """A client with a known_hosts file of its own; the server shows its Ed25519 key."""

    def __init__(self, scratch, port):
        self.port = port
        self.known = scratch.file("known")
        self.client = Client(scratch, f"Host *\nHostname 127.0.0.1\nPort {port}\nUser {USER}\n"
                             f"IdentityFile {scratch.file('user_ed25519')}\nIdentitiesOnly yes\n"
                             "HostKeyAlgorithms ssh-ed25519\n", "hosts.conf")

    def write(self, *lines):
        with open(self.known, "w") as out:
            out.write("".join(line + "\n" for line in lines))

    def lines(self):
        return open(self.known).read().splitlines()

    def args(self, check, *more):
        return ["-o", f"StrictHostKeyChecking {check}", "-o", f"UserKnownHostsFile {self.known}",
                *more, "x", "echo in"]

    def run(self, check, *more):
        return self.client.run("-o", "BatchMode yes", *self.args(check, *more))


def is_in(done):
    return done.stdout == b"in\n" and done.returncode == 0


def is_refused(done):
    return done.returncode == 255 and b"Host key verification failed." in done.stderr


def checking(hosts, key):
    hosts.write()
    done = hosts.run("yes")
    expect("an unknown host is refused when checking is strict", not is_refused(done) and repr(done))
    done = hosts.run("ask")
    expect("nobody to ask is a no", not is_refused(done) and repr(done))
    done = hosts.run("accept-new")
    expect("accept-new remembers the host",
           (not is_in(done) or hosts.lines() != [f"[127.0.0.1]:{hosts.port} {key}"]
            or f"Permanently added '[127.0.0.1]:{hosts.port}'".encode() not in done.stderr)
           and f"{hosts.lines()} {done}")
    done = hosts.run("yes", "-v")
    expect("a remembered host is accepted, and -v names the line",
           (not is_in(done) or f"Found key in {hosts.known}:1".encode() not in done.stderr)
           and repr(done))
    hosts.write()
    expect("off accepts and remembers", not is_in(hosts.run("off")) or len(hosts.lines()) != 1)


def changed(scratch, hosts, key):
    other = key_of(scratch, "user_ed25519")
    rsa = key_of(scratch, "host_rsa")
    hosts.write("# first", f"[127.0.0.1]:{hosts.port} {rsa}", f"[127.0.0.1]:{hosts.port} {other}")
    for check in ("yes", "accept-new", "ask"):
        done = hosts.run(check)
        remedy = f"ssh-keygen -f '{hosts.known}' -R '[127.0.0.1]:{hosts.port}'".encode()
        expect(f"a changed key names file, line and remedy ({check})",
               (not is_refused(done) or b"IDENTIFICATION HAS CHANGED" not in done.stderr or
                f"{hosts.known}:3".encode() not in done.stderr or remedy not in done.stderr)
               and repr(done))
    hosts.write(f"[127.0.0.1]:{hosts.port} {rsa}")
    for check in ("yes", "accept-new"):
        done = hosts.run(check)
        expect(f"a first key of another kind is told ({check})",
               (b"is known by other keys (ssh-rsa)" not in done.stderr) and repr(done))
    hosts.write("# first", f"[127.0.0.1]:{hosts.port} {rsa}", f"[127.0.0.1]:{hosts.port} {other}")
    done = hosts.run("no", "-v", "-o", "PubkeyAuthentication no")
    expect("no goes on with a changed key, without passwords",
           (done.returncode != 255 or b"Password and keyboard-interactive" not in done.stderr or
            b"Permission denied" not in done.stderr) and repr(done))
    second = scratch.file("known_second")
    with open(second, "w") as out:
        out.write(f"[127.0.0.1]:{hosts.port} {key}\n")
    done = hosts.run("yes", "-o", f"GlobalKnownHostsFile {second}")
    expect("the right key in another file is enough",
           (not is_in(done) or b"CHANGED" in done.stderr) and repr(done))


def lines(scratch, hosts, key):
    hosts.write(f"@revoked * {key}", f"[127.0.0.1]:{hosts.port} {key}")
    done = hosts.run("no")
    expect("@revoked refuses, whatever else is said",
           (not is_refused(done) or b"REVOKED" not in done.stderr) and repr(done))
    hosts.write(f"*.example,!bad.example {key}")
    done = hosts.run("yes", "-o", "HostKeyAlias good.example")
    expect("patterns match", not is_in(done) and repr(done))
    done = hosts.run("yes", "-o", "HostKeyAlias bad.example")
    expect("a negated pattern does not", not is_refused(done) and repr(done))
    hosts.write(f"127.0.0.1 {key}")
    done = hosts.run("yes")
    expect("a line without port is for the machine", not is_in(done) and repr(done))
    hosts.write(f"127.0.0.1 {key_of(scratch, 'user_ed25519')}")
    done = hosts.run("yes")
    expect("another key there is no news about this port",
           (not is_refused(done) or b"HAS CHANGED" in done.stderr) and repr(done))
    hosts.write()
    hosts.run("accept-new", "-o", "HashKnownHosts yes")
    first = hosts.lines()
    done = hosts.run("yes")
    expect("HashKnownHosts hides the name and finds it again",
           (not is_in(done) or not first[0].startswith("|1|") or "127.0.0.1" in first[0])
           and f"{first} {done}")
    revoked = scratch.file("revoked")
    with open(revoked, "w") as out:
        out.write(f"# gone\n{key}\n")
    hosts.write(f"[127.0.0.1]:{hosts.port} {key}")
    done = hosts.run("yes", "-o", f"RevokedHostKeys {revoked}")
    expect("RevokedHostKeys refuses the key", not is_refused(done) and repr(done))
    hosts.write()
    command = f"KnownHostsCommand /bin/sh -c \"echo [127.0.0.1]:{hosts.port} {key}\""
    expect("KnownHostsCommand", not is_in(hosts.run("yes", "-o", command)))


def files(scratch, hosts):
    fresh = scratch.file("fresh/ssh/known_hosts")
    done = hosts.run("accept-new", "-o", f"UserKnownHostsFile {fresh}")
    done = hosts.client.run("-o", f"UserKnownHostsFile {fresh}", "-o", "StrictHostKeyChecking "
                            "accept-new", "-o", "BatchMode yes", "x", "echo in")
    modes = [stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else 0
             for path in (os.path.dirname(fresh), fresh)]
    expect("folder and file are made for the user alone",
           (not is_in(done) or modes != [0o700, 0o600]) and f"{modes} {done}")
    done = hosts.client.run("-o", "UserKnownHostsFile /proc/nowhere/known", "-o",
                            "StrictHostKeyChecking accept-new", "-o", "BatchMode yes", "x", "echo in")
    expect("a file that cannot be written is a warning",
           (not is_in(done) or b"/proc/nowhere" not in done.stderr) and repr(done))


def questions(scratch, hosts, key):
    fingerprint = os.popen(f"ssh-keygen -lf {scratch.file('host_ed25519.pub')}").read().split()[1]
    for answer, good in ((b"yes", True), (fingerprint.encode(), True), (b"no", False)):
        hosts.write()
        t = Terminal(hosts.client.args(*hosts.args("ask")))
        status, seen = t.converse((b"continue connecting", b"perhaps\n"),
                                  (b"Please type", answer + b"\n"))
        shown = (b"authenticity of host" in seen and fingerprint.encode() in seen and
                 f"([127.0.0.1]:{hosts.port})".encode() in seen)
        expect(f"an unknown host is asked about: {answer.decode()[:7]}",
               (not shown or status != (0 if good else 255) or len(hosts.lines()) != good)
               and f"{status} {seen}")
    drawing = os.popen(f"ssh-keygen -lvf {scratch.file('host_ed25519.pub')}").read().splitlines()
    done = hosts.run("accept-new", "-o", "VisualHostKey yes")
    done = hosts.run("yes", "-o", "VisualHostKey yes")
    shown = done.stderr.decode().replace("\r", "").splitlines()
    expect("VisualHostKey draws as ssh-keygen does",
           [line for line in drawing[1:] if line not in shown] or not is_in(done))


def addresses(scratch, hosts, key):
    options = ["-o", "Hostname localhost", "-o", "AddressFamily inet", "-o", "CheckHostIP yes"]
    hosts.write()
    done = hosts.run("accept-new", *options)
    expect("CheckHostIP keeps name and address", (not is_in(done) or sorted(hosts.lines()) != [
        f"[127.0.0.1]:{hosts.port} {key}", f"[localhost]:{hosts.port} {key}"])
        and f"{hosts.lines()} {done}")
    hosts.write(f"[localhost]:{hosts.port} {key}")
    done = hosts.run("yes", *options)
    expect("CheckHostIP adds the address of a known name",
           (not is_in(done) or len(hosts.lines()) != 2) and f"{hosts.lines()} {done}")
    other = key_of(scratch, "user_ed25519")
    moved = [f"[localhost]:{hosts.port} {key}", f"[127.0.0.1]:{hosts.port} {other}"]
    hosts.write(*moved)
    done = hosts.run("accept-new", *options)
    expect("an address that had another key is told",
           (not is_in(done) or b"differs from the key for the IP address" not in done.stderr or
            f"{hosts.known}:2".encode() not in done.stderr or hosts.lines() != moved) and repr(done))
    done = hosts.run("yes", *options)
    expect("and refused when checking is strict", not is_refused(done) and repr(done))
    hosts.write(f"[localhost]:{hosts.port} {other}", f"[127.0.0.1]:{hosts.port} {key}")
    done = hosts.run("yes", *options)
    expect("a name that moved is told with its address",
           (not is_refused(done) or b"has had this key before" not in done.stderr) and repr(done))
    hosts.write(f"[localhost]:{hosts.port} {key}")
    done = hosts.run("yes", *options[:4])
    expect("without CheckHostIP the address does not matter",
           (not is_in(done) or len(hosts.lines()) != 1) and repr(done))


def updates(scratch, port):
    known = scratch.file("known_update")
    client = Client(scratch, f"Host *\n{common(scratch, port)}"
                    f"IdentityFile {scratch.file('user_ed25519')}\n")
    name = f"[127.0.0.1]:{port}"
    old, new = key_of(scratch, "user_rsa"), key_of(scratch, "host_ed25519")

    def update(*more, how="yes"):
        with open(known, "w") as out:
            out.write(f"{name} {new}\nother.example {new}\n{name} {old}\n")
        done = client.run("-o", f"UserKnownHostsFile {known}", "-o", f"UpdateHostKeys {how}", *more,
                          "x", "cat", data=b"x" * (1 << 20))
        found = open(known).read().splitlines()
        return [line for line in found if line.startswith(name)], found, done

    mine, found, done = update()
    expect("UpdateHostKeys learns new keys and drops old ones",
           (len(mine) != 5 or f"{name} {old}" in mine or f"other.example {new}" not in found)
           and f"{found} {done}")
    mine, found, done = update("-o", "HostKeyAlgorithms ssh-ed25519")
    types = [line.split()[1] for line in mine]
    expect("a key proved with SHA-1 is left out, the others are learnt",
           (len(mine) != 4 or "ssh-rsa" in types) and f"{found} {done}")
    mine, found, done = update(how="no")
    expect("UpdateHostKeys no changes nothing", len(found) != 3 and f"{found} {done}")


def main():
    scratch = Scratch()
    try:
        port = scratch.sshd("sshd")
        hosts = Hosts(scratch, port)
        key = key_of(scratch, "host_ed25519")
        checking(hosts, key)
        changed(scratch, hosts, key)
        lines(scratch, hosts, key)
        files(scratch, hosts)
        questions(scratch, hosts, key)
        addresses(scratch, hosts, key)
        updates(scratch, port)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
