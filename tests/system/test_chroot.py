#!/usr/bin/python3
"""ChrootDirectory: sessions that are shut in, against OpenSSH's client."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import USERS, Scene, named, settles  # noqa: E402
from peers import CLEATD, attempt, finish, report  # noqa: E402

PROGRAMS = ["/bin/sh", "/bin/ls", "/bin/cat", "/usr/bin/id", "/usr/bin/tty"]
MARK = "inside"


def check(name, test):
    report(name, attempt(test))


def libraries(program):
    listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", listed)


def furnish(jail):
    """Programs with their libraries, and a file to be known by."""
    for path in PROGRAMS:
        for source in (path, *libraries(path)):
            to = jail + source
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy(source, to)
    with open(os.path.join(jail, MARK), "w") as out:
        out.write("a jail\n")


class Jails:
    """Directories below /srv, which is a folder of the test's own in the daemon's namespace."""

    def __init__(self, s):
        self.top = os.path.join(s.town.folder, "srv")
        os.mkdir(self.top, 0o755)
        s.town.binds.append((self.top, "/srv"))
        for name in ("alice", "plain", "theirs", "open", "deep/below"):
            os.makedirs(self.path(name), 0o755)
        furnish(self.path("alice"))
        os.makedirs(self.path("alice") + s.town.home("alice"))
        os.chown(self.path("alice") + s.town.home("alice"), USERS["alice"], USERS["alice"])
        furnish(self.path("plain"))
        os.mkdir(self.path("plain/dropbox"))
        os.chown(self.path("plain/dropbox"), USERS["bob"], USERS["bob"])
        os.symlink("/etc", self.path("plain/way-out"))
        os.chown(self.path("theirs"), USERS["bob"], USERS["bob"])
        os.chmod(self.path("open"), 0o775)
        os.chmod(self.path("deep"), 0o777)
        os.symlink("/srv/deep/below", self.path("link"))

    def path(self, name):
        return os.path.join(self.top, name)


def answers(done, text, status=0):
    if done.returncode != status or text not in done.stdout.decode(errors="replace"):
        return f"status {done.returncode}, {done.stdout[-300:]!r}, {done.stderr[-300:]!r}"
    return None


def root_of(s, port, user):
    """The root of the session process, and what else it holds open."""
    client = subprocess.Popen([*s.ssh_args(port, user), "cat"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    try:
        client.stdin.write(b"x\n")
        client.stdin.flush()
        client.stdout.readline()
        (session,) = named(s.by_port[port].pid, "session")
        links = [os.readlink(f"/proc/{session}/fd/{fd}") for fd in os.listdir(f"/proc/{session}/fd")]
        odd = [link for link in links if link.startswith("/") and link != "/dev/null"]
        return os.readlink(f"/proc/{session}/root"), odd
    finally:
        client.kill()
        client.wait()


def sftp(s, port, user, batch):
    return subprocess.run(["sftp", "-F", "none", "-q", "-b", "-", "-P", str(port), "-i",
                           s.file("user_ed25519"), "-o", "StrictHostKeyChecking=no", "-o",
                           f"UserKnownHostsFile={s.file('known')}", f"{user}@127.0.0.1"],
                          input=batch.encode(), capture_output=True, timeout=60)


def sessions(s):
    audit = s.file("jail.audit")
    port = s.cleatd_system("jail", ["LogLevel VERBOSE", "ChrootDirectory /srv/%u", f"AuditLog {audit}"])
    home = s.town.home("alice")
    check("a command runs in the directory", lambda: answers(
        s.run(port, "alice", f"cat /{MARK}; ls -d /etc; id -u; pwd"), f"a jail\n7101\n{home}\n"))
    check("and finds no way up", lambda: answers(s.run(port, "alice", f"cd /; cat ../../{MARK}"),
                                                 "a jail\n"))
    check("its root is the jail, and nothing leads out", lambda: (
        lambda found: None if found == ("/srv/alice", []) or found[0].endswith("/srv/alice") and not
        found[1] else f"{found}")(root_of(s, port, "alice")))
    check("a terminal is there without /dev", lambda: answers(
        s.run(port, "alice", f"test -t 0 && test -t 1 && echo terminal; cat /{MARK}", "-tt"),
        "terminal\r\na jail\r\n"))
    check("so are several", lambda: answers(
        s.run(port, "alice", "test -t 2 && echo again", "-tt"), "again"))
    check("internal-sftp needs nothing in there", lambda: answers(
        sftp(s, port, "alice", "pwd\nls /\n"), f"Remote working directory: {home}\n"))
    check("without a directory there is no session", lambda: kept_out(
        s, s.run(port, "dave", "id"), "jail", "cannot shut the session in at /srv/dave"))
    check("which the audit log calls the server's doing", lambda: None if settles(
        lambda: '"reason":"closed by the server"' in open(audit).read()) else open(audit).read())
    check("all processes end", lambda: None if settles(
        lambda: not named(s.by_port[port].pid, "monitor")) else "some are left")


def kept_out(s, done, log, text):
    if done.returncode == 0 or done.stdout:
        return f"status {done.returncode}, {done.stdout!r}"
    return None if settles(lambda: text in s.log(log)) else f"log: {s.log(log)[-500:]}"


def files_only(s, jails):
    config = """
Match User bob
    ChrootDirectory /srv/plain
    ForceCommand internal-sftp
"""
    port = s.cleatd_system("files", ["LogLevel VERBOSE"], text=config)
    check("sessions of files begin in / if home is not there", lambda: answers(
        sftp(s, port, "bob", "pwd\n"), "Remote working directory: /\n"))
    with open(s.file("up"), "w") as out:
        out.write("kept\n")
    check("files go where they may", lambda: answers(
        sftp(s, port, "bob", f"put {s.file('up')} dropbox/up\n"), ""))
    check("and are the user's", lambda: None if os.stat(
        jails.path("plain/dropbox/up")).st_uid == USERS["bob"] else "they are not")
    check("nowhere else", lambda: answers(
        sftp(s, port, "bob", f"put {s.file('up')} /up\n"), "", 1))
    check("a link to the outside leads inside", lambda: answers(
        sftp(s, port, "bob", "ls way-out/passwd\n"), "", 1))
    check("there is no shell", lambda: None if b"id=" not in s.run(
        port, "bob", "id").stdout else "there is")
    check("others are not shut in", lambda: answers(s.run(port, "alice", "id -un"), "alice\n"))


def trust(s):
    for name, what, text in (
            ("theirs", "one that is the user's", "/srv/theirs, on the way"),
            ("open", "one that its group may change", "/srv/open, on the way"),
            ("deep/below", "one below such a directory", "/srv/deep, on the way"),
            ("link", "one that a link leads to, below such a directory", "/srv/deep, on the way"),
            (MARK, "one that there is not", "cannot shut the session in")):
        port = s.cleatd_system("trust", [f"ChrootDirectory /srv/{name}", "LogLevel VERBOSE"])
        check(f"no session in {what}", lambda: kept_out(s, s.run(port, "alice", "id"), "trust",
                                                       text))
    port = s.cleatd_system("home", ["ChrootDirectory %h"])
    check("%h is the home, which is the user's", lambda: kept_out(
        s, s.run(port, "alice", "id"), "home", "mend it with: "))


def configuration(s):
    run = lambda *args: subprocess.run(s.town.inside([  # noqa: E731
        CLEATD, "-t", "-f", "none", *args]), capture_output=True, text=True, timeout=60)
    done = run("-o", "ChrootDirectory /srv")
    check("a server without rights refuses it", lambda: None if done.returncode == 1 and
          "which only --system has" in done.stderr else done.stderr)
    done = run("--system", "-o", "ChrootDirectory srv")
    check("a relative directory is refused", lambda: None if done.returncode == 1 and
          "is not an absolute path" in done.stderr else done.stderr)


def main():
    if not town.possible():
        report("ChrootDirectory", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        jails = Jails(s)
        configuration(s)
        sessions(s)
        files_only(s, jails)
        trust(s)
    finally:
        s.stop()
    finish()


main()
