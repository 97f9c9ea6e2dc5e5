#!/usr/bin/python3
"""Another version of cleatd takes the place of the one that runs (SIGUSR2): the sockets go over, clients
stay, and none is turned away meanwhile."""
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene, named, settles  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, report  # noqa: E402

BALANCER = "127.0.0.9"


def check(name, test):
    report(name, attempt(test))


def says(done, wanted):
    return None if done.stdout == wanted.encode() else f"{done}"


class Held:
    """A session that answers what it is told."""

    def __init__(self, args):
        self.client = subprocess.Popen([*args, "while read line; do echo got $line; done"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.word("first")

    def word(self, text):
        self.client.stdin.write(text.encode() + b"\n")
        self.client.stdin.flush()
        return self.client.stdout.readline().decode() == f"got {text}\n"

    def close(self):
        self.client.stdin.close()
        return self.client.wait(60)


class Place:
    """A cleatd that runs from a file of its own, which can be replaced as a package's is."""

    def __init__(self, s, name, *options, flags=(), system=True):
        self.s, self.name = s, name
        self.program = s.file(name + "-cleatd")
        self.pid_file = s.file(name + ".pid")
        self.replace()
        self.options = ["PidFile " + self.pid_file, "LogLevel VERBOSE", *options]
        self.config = s.file(name + ".conf")
        with open(self.config, "w"):
            pass
        self.user = "alice" if system else peers.USER
        lines = [arg for line in ("ListenAddress 127.0.0.1", "MaxStartups 100", "PerSourcePenalties no",
                                  *self.options, *([] if system else [
                                      "AuthorizedKeysFile " + s.file("authorized_keys"),
                                      "StrictModes no"])) for arg in ("-o", line)]
        self.port = s.start(lambda port: [self.program, *(["--system"] if system else []), "-D", "-e", "-f",
                                          self.config, "-h", s.file("host_ed25519"), *lines, *flags, "-p",
                                          str(port)], name + ".log")
        settles(self.pid)

    def replace(self):
        """The file is another from now on; the old one runs without a name."""
        shutil.copy(peers.CLEATD, self.program + ".new")
        os.rename(self.program + ".new", self.program)

    def pid(self):
        try:
            return int(open(self.pid_file).read())
        except (OSError, ValueError):
            return 0

    def log(self):
        return open(self.s.file(self.name + ".log"), errors="replace").read()

    def ssh(self, *args):
        return self.s.ssh_args(self.port, self.user, *args)

    def run(self, command):
        return subprocess.run([*self.ssh(), command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def upgrade(self, pid=None):
        """The new process's pid; None: there is none."""
        old = pid or self.pid()
        self.replace()
        os.kill(old, signal.SIGUSR2)
        return self.pid() if settles(lambda: self.pid() not in (0, old)) else None


def file_of(pid):
    return os.readlink(f"/proc/{pid}/exe")


def is_gone(pid):
    """Nobody in a test waits for a grandchild; it may stay as a zombie of init's."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def taken_over(place):
    old = place.pid()
    held = Held(place.ssh())
    new = place.upgrade()
    check("another process takes over", lambda: None if new else place.log()[-500:])
    if not new:
        return
    check("it runs the new file", lambda: None if file_of(new) == place.program else file_of(new))
    check("the log tells of both", lambda: None if settles(
        lambda: f"Process {new} serves from here on" in place.log()) and
        f"Server listening on 127.0.0.1 port {place.port}." in place.log().split("SIGUSR2")[-1]
        else place.log()[-500:])
    check("who was there goes on", lambda: None if held.word("second") else "no")
    check("who comes is served", lambda: says(place.run("echo hello"), "hello\n"))
    check("the old one stays for its client", lambda: None if not is_gone(old) else "it is gone")
    check("which ends as it wants to", lambda: None if held.close() == 0 else "no")
    check("then the old one ends", lambda: None if settles(lambda: is_gone(old)) else "no")
    check("and the file with the number is the new one's", lambda: None if place.pid() == new else "no")
    os.kill(new, signal.SIGHUP)
    check("it can be told to read its configuration", lambda: None if settles(
        lambda: "is in force" in place.log()) else place.log()[-300:])
    newest = place.upgrade()
    check("and be replaced in turn", lambda: None if newest and settles(lambda: is_gone(new)) and says(
        place.run("echo again"), "again\n") is None else place.log()[-500:])


def refused(place):
    """What cannot start changes nothing."""
    old = place.pid()
    held = Held(place.ssh())
    with open(place.config, "w") as out:
        out.write("Port abc\n")
    os.kill(old, signal.SIGUSR2)
    check("a mistake in the configuration is told", lambda: None if settles(
        lambda: "this one goes on" in place.log()) and f"{place.config}" in place.log() else place.log()[-500:])
    check("and the old one goes on", lambda: None if place.pid() == old and held.word("still") else "no")
    check("and takes clients", lambda: says(place.run("echo hello"), "hello\n"))
    with open(place.config, "w"):
        pass
    os.rename(place.program, place.program + ".away")
    os.kill(old, signal.SIGUSR2)
    check("a program that is not there, too", lambda: None if settles(
        lambda: place.log().count("this one goes on") == 2) and held.word("still") and
        "file is not there or cannot be run" in place.log() else place.log()[-500:])
    new = place.upgrade(old)
    check("once it is mended another takes over", lambda: None if new else place.log()[-500:])
    held.close()


def under_load(place, seconds=6, threads=3):
    """Logins one after the other while the server is replaced again and again."""
    end = time.monotonic() + seconds
    done, wrong = [], []

    def log_in():
        while time.monotonic() < end:
            one = place.run("echo ok")
            done.append(one)
            if one.stdout != b"ok\n":
                wrong.append(f"{one}")
    running = [threading.Thread(target=log_in) for _ in range(threads)]
    for thread in running:
        thread.start()
    replaced = 0
    while time.monotonic() < end:
        replaced += place.upgrade() is not None
    for thread in running:
        thread.join()
    return None if replaced >= 2 and len(done) >= threads and not wrong else f"{replaced} {len(done)} {wrong}"


def ends(place):
    last = place.pid()
    os.kill(last, signal.SIGTERM)
    return None if settles(lambda: is_gone(last)) and place.pid() == 0 else place.log()[-300:]


def told_to_manager(s):
    """A service manager is told which process is the service."""
    path = s.file("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            place = Place(s, "notify")
        finally:
            del os.environ["NOTIFY_SOCKET"]
        first = manager.recv(200).decode()
        old = place.pid()
        new = place.upgrade()
        said = []
        while f"MAINPID={new}" not in said and len(said) < 10:
            said.append(manager.recv(200).decode())
        ends(place)
        return None if first == f"READY=1\nMAINPID={old}" and new else f"{first} {said}"


def keeps_managers_sockets(s):
    """They are listened on by the new one, whatever the configuration says."""
    pid_file = s.file("given.pid")
    config = s.file("given.conf")
    with open(config, "w"):
        pass
    port = s.start(lambda p: ["systemd-socket-activate", "-l", f"127.0.0.1:{p}", peers.CLEATD, "--system", "-D",
                              "-e", "-f", config, "-h", s.file("host_ed25519"), "-o", "Port 1", "-o",
                              "PidFile " + pid_file, "-o", "PerSourcePenalties no"], "given.log",
                   "Listening on")
    s.run(port, "alice", "true")
    old = int(open(pid_file).read())
    os.kill(old, signal.SIGUSR2)
    if not settles(lambda: open(pid_file).read().strip() not in ("", str(old))):
        return s.log("given")[-500:]
    new = int(open(pid_file).read())
    done = s.run(port, "alice", "echo hello")
    os.kill(new, signal.SIGTERM)
    return says(done, "hello\n") or (None if settles(lambda: is_gone(new)) else "it does not end")


def tells(s, name, system=True):
    """cleatd status and the figures for Prometheus go over with everything else, or stay where they are."""
    path, port = s.file(name + ".sock"), peers.free_port()
    place = Place(s, name, "StatusSocket " + path, f"MetricsAddress 127.0.0.1:{port}", system=system)

    def status():
        return subprocess.run([peers.CLEATD, "status", "-o", "StatusSocket " + path], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60).stdout

    def answers(pid):
        with socket.create_connection(("127.0.0.1", port), 20) as visit:
            visit.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            figures = visit.recv(100)
        return f"process {pid}\n" in status() and figures.startswith(b"HTTP/1.0 200 OK")

    old = place.pid()
    with socket.create_server(("127.0.0.1", 0)) as other:
        with open(place.config, "w") as out:
            out.write(f"ListenAddress 127.0.0.1:{other.getsockname()[1]}\n")
        os.kill(old, signal.SIGUSR2)
        check(f"{name}: one that cannot start takes nothing away", lambda: None if settles(
            lambda: "this one goes on" in place.log()) and answers(old) else place.log()[-500:])
    with open(place.config, "w"):
        pass
    new = place.upgrade()
    check(f"{name}: one that starts goes on telling", lambda: None if new and settles(
        lambda: is_gone(old)) and answers(new) else place.log()[-500:])
    newest = place.upgrade()
    check(f"{name}: and so does the next", lambda: None if newest and settles(lambda: is_gone(new)) and answers(
        newest) else place.log()[-500:])
    check(f"{name}: the last takes the file with it", lambda: ends(place) or (
        "it is there" if os.path.exists(path) else None))


def sockets(pid):
    found = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):  # it is closed again
            found += os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
    return found


def greeted(client):
    client.settimeout(60)
    return client.recv(100).startswith(b"SSH-")


def between(place):
    """Clients of a load balancer whose headers come only after the upgrade; and one whose header is none."""
    old = place.pid()
    idle = sockets(old)
    clients = [socket.create_connection(("127.0.0.1", place.port), source_address=(BALANCER, 0)) for _ in range(3)]
    for client in clients:
        client.sendall(b"PROXY ")
    settles(lambda: sockets(old) >= idle + 3)
    new = place.upgrade()
    for client in clients[:2]:
        client.sendall(b"TCP4 127.0.0.5 127.0.0.1 4711 22\r\n")
    served = [greeted(client) for client in clients[:2]]
    stays = not is_gone(old)
    clients[2].sendall(b"no header\r\n")
    for client in clients[:2]:
        client.close()
    ended = settles(lambda: is_gone(old))
    clients[2].close()
    return None if new and served == [True, True] and stays and ended else f"{served} {stays} {place.log()[-500:]}"


class Names:
    """A name server that answers when it is told to, and what has a program ask it and nobody else."""

    def __init__(self, s):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = f"127.{random.randrange(2, 250)}.{random.randrange(256)}.{random.randrange(1, 250)}"
        self.socket.bind((self.address, 53))
        self.socket.settimeout(60)
        for target, text in (("/etc/resolv.conf", f"nameserver {self.address}\noptions timeout:30 attempts:1\n"),
                             ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: dns\n")):
            path = s.file("names_" + os.path.basename(target))
            with open(path, "w") as out:
                out.write(text)
            s.account.binds.append((path, target))

    def question(self):
        return self.socket.recvfrom(1000)

    def answer(self, question):
        """There is no such name."""
        data, where = question
        self.socket.sendto(data[:2] + b"\x81\x83" + data[4:], where)


def named_late(s):
    """A client whose name is looked up while another process takes over; and at the end, when it is not waited for."""
    names = Names(s)
    place = Place(s, "names", "UseDNS yes", system=False)
    old = place.pid()

    def upgraded():
        with socket.create_connection(("127.0.0.1", place.port)) as client:
            question = names.question()
            new = place.upgrade()
            names.answer(question)
            return None if new and greeted(client) else place.log()[-500:]
    check("a client whose name is looked up stays with the old one", upgraded)
    check("which ends after it", lambda: None if settles(lambda: is_gone(old)) else "no")

    def stopped():
        last = place.pid()
        with socket.create_connection(("127.0.0.1", place.port)) as client:
            question = names.question()
            os.kill(last, signal.SIGTERM)
            settles(lambda: "when clients are done" in place.log())
            os.kill(last, signal.SIGTERM)
            settles(lambda: "closing connections" in place.log())
            names.answer(question)
            client.settimeout(60)
            return None if client.recv(100) == b"" and settles(lambda: is_gone(last)) else place.log()[-500:]
    check("the second signal to stop sends one away", stopped)


def rests(place):
    """Shared: who rests without a process is woken by the one that it rests with; a reload, which ends the
    workers that have no client, and an upgrade leave it alone."""
    path = place.s.file("master")
    master = subprocess.Popen([*place.ssh("-M", "-N", "-S", path)], stdin=subprocess.DEVNULL)
    settles(lambda: os.path.exists(path))
    listener = place.pid()
    settles(lambda: not named(listener, "monitor"))
    os.kill(listener, signal.SIGHUP)
    settles(lambda: "is in force" in place.log() and not named(listener, "keys"))
    new = place.upgrade()
    done = subprocess.run(["ssh", "-F", "none", "-S", path, "nobody@nowhere", "echo awake"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    master.kill()
    master.wait()
    return says(done, "awake\n") if new else place.log()[-500:]


def suite(s, name, *options, system=True):
    print("#", name, flush=True)
    place = Place(s, name, f"ProxyProtocolFrom {BALANCER}", *options, system=system)
    taken_over(place)
    refused(place)
    check("nobody is turned away while it is replaced", lambda: under_load(place))
    check("nor is who sends a PROXY header meanwhile", lambda: between(place))
    if "shared" in name:
        check("who rests stays with the old one", lambda: rests(place))
    check("it ends as any other does", lambda: ends(place))


def main():
    s = peers.Scratch()
    try:
        suite(s, "alone", system=False)
        tells(s, "alone-tells", system=False)
        if s.account:
            named_late(s)
    finally:
        s.stop()
    if not town.possible():
        report("the server of many users", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        suite(s, "own")
        suite(s, "shared", "ConnectionIsolation shared")
        tells(s, "tells")
        check("a service manager is told", lambda: told_to_manager(s))
        check("a service manager's sockets are kept", lambda: keeps_managers_sockets(s))
    finally:
        s.stop()
    finish()


main()
