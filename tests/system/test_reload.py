#!/usr/bin/python3
"""A reload (SIGHUP) takes effect whole or not at all: whatever cannot be opened, everything else stays as it was."""
import contextlib
import os
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene, settles  # noqa: E402
import peers  # noqa: E402
from peers import CLEATD, attempt, finish, free_port, report  # noqa: E402


class Place:
    """A cleatd whose places are all in its configuration, which names a StatusSocket and figures."""

    def __init__(self, s, name, system, *options):
        self.s, self.name, self.user = s, name, "alice" if system else peers.USER
        self.config = s.file(name + ".conf")
        self.always = ["PerSourcePenalties no", "PidFile none", f"HostKey {s.file('host_ed25519')}", *options]
        if not system:
            self.always += ["StrictModes no", f"AuthorizedKeysFile {s.file('authorized_keys')}"]
        self.status, self.figures = s.file(name + ".sock"), s.file(name + ".figures")
        self.port = s.start(self.command(system), name + ".log")

    def command(self, system):
        def args(port):
            self.write(port, self.status, self.figures)
            return [CLEATD, *(["--system"] if system else []), "-D", "-e", "-f", self.config]
        return args

    def write(self, port, status, figures, *more):
        """These come first: lines 1 to 3."""
        with open(self.config, "w") as out:
            out.write("\n".join([f"ListenAddress 127.0.0.1:{port}", f"StatusSocket {status}",
                                 f"MetricsAddress {figures}", *more, *self.always]) + "\n")

    def log(self):
        return open(self.s.file(self.name + ".log"), errors="replace").read()

    def reload(self, outcome):
        """What the log says of it, in one line; "" if that does not come."""
        before = len(self.log())
        self.s.by_port[self.port].send_signal(signal.SIGHUP)
        settles(lambda: outcome in self.log()[before:])
        return next((line for line in self.log()[before:].splitlines() if outcome in line), "")


def serves(place, port):
    done = subprocess.run([*place.s.ssh_args(port, place.user), "echo hello"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)
    return done.stdout == b"hello\n"


def tells(path):
    """status, figures or None: what is told at that socket."""
    with socket.socket(socket.AF_UNIX) as visit:
        visit.settimeout(30)
        try:
            visit.connect(path)
            with contextlib.suppress(BrokenPipeError):  # status is told unasked
                visit.sendall(b"GET / HTTP/1.0\r\n\r\n")
            said = visit.recv(100)
        except OSError:
            return None
    return "figures" if said.startswith(b"HTTP/1.0 200") else "status" if said.startswith(b"cleatd ") else None


def is_open(port):
    with socket.socket() as visit:
        return visit.connect_ex(("127.0.0.1", port)) == 0


def refused(place, what, line, remedy, *change):
    """With that change the configuration is refused; port, sockets and files are those from before."""
    fresh = free_port()

    def test():
        place.write(*(fresh if part is None else part for part in change))
        said = place.reload("the old configuration stays in force")
        if f"{place.config} line {line}: " not in said or remedy not in said:
            return place.log()[-600:]
        if is_open(fresh) or not serves(place, place.port):
            return "other ports are listened on"
        if tells(place.status) != "status" or tells(place.figures) != "figures":
            return "the server tells nothing any more"
        left = [name for name in os.listdir(place.s.path) if name.startswith("new")]
        return f"{left} is left" if left else None
    report(f"{place.name}: {what}", attempt(test))


def mistakes(place):
    s, new = place.s, place.s.file("new.sock")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        refused(place, "figures at a port that is taken", 3, "address already in use. Choose another place",
                None, new, f"127.0.0.1:{taken}")
        refused(place, "a port that is taken", 1, "Choose another place", taken, new, s.file("new.figures"))
    refused(place, "a StatusSocket in no folder", 2, "Choose another place", None, s.file("no/such"), place.figures)
    refused(place, "figures and status at one place", 3, "this is the StatusSocket's place", None, new, new)
    refused(place, "figures in no folder, the StatusSocket by another name", 3, "Choose another place", None,
            s.path + "//" + os.path.basename(place.status), s.file("no/such"))
    os.mkfifo(s.file("fifo"))
    refused(place, "an audit log that nobody reads", 4, "no such device", None, new, place.figures,
            f"AuditLog {s.file('fifo')}")
    refused(place, "an audit log in no folder", 4, "no such file", None, new, place.figures,
            f"AuditLog {s.file('no/such')}")
    refused(place, "the port that it has, at all addresses", 1, "takes a restart", f"{place.port}\nListenAddress 0.0.0.0:"
            f"{place.port}", place.status, place.figures)


def changes(place):
    """What can be done is done."""
    def swapped():
        place.write(place.port, place.figures, place.status)
        place.reload("is in force")
        return None if (tells(place.status), tells(place.figures)) == ("figures", "status") else place.log()[-500:]
    report(f"{place.name}: status and figures change places", attempt(swapped))

    def renamed():
        for folder in (place.s.path + "//", place.s.path + "/"):
            place.write(place.port, folder + os.path.basename(place.figures), place.status)
            place.reload("is in force")
            if (tells(place.status), tells(place.figures)) != ("figures", "status"):
                return place.log()[-500:]
        return None
    report(f"{place.name}: a place may be called by another name", attempt(renamed))

    def moved():
        fresh, new = free_port(), place.s.file("new.sock")
        place.write(fresh, new, "none")
        place.reload("is in force")
        gone = not (is_open(place.port) or os.path.exists(place.status) or os.path.exists(place.figures))
        return None if gone and serves(place, fresh) and tells(new) == "status" else place.log()[-500:]
    report(f"{place.name}: everything moves at once", attempt(moved))


def suite(s, name, system, *options):
    place = Place(s, name, system, *options)
    mistakes(place)
    changes(place)


def main():
    s = peers.Scratch()
    try:
        suite(s, "alone", False)
    finally:
        s.stop()
    if not town.possible():
        report("the server of many users", skip="only root can make the users")
        finish()
    for name, how in (("own", ()), ("shared", ("ConnectionIsolation shared",))):
        s = Scene()
        try:
            suite(s, name, True, *how)
        finally:
            s.stop()
    finish()


main()
