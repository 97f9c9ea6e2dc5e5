#!/usr/bin/python3
"""ConnectionIsolation shared: what cleatd does for its users is the same, and workers are as confined as
network processes are."""
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_system as same  # noqa: E402
import town  # noqa: E402
from town import NETWORK, Scene, named, settles, status_of  # noqa: E402
from peers import finish, report  # noqa: E402

check, said, Held = same.check, same.said, same.Held
MANY = 60


def processes(s, port):
    listener = s.by_port[port].pid
    first, second = Held(s, port), Held(s, port, "bob")
    workers = set(named(listener, "worker"))
    check("no connection has a network process of its own", lambda: None if named(
        listener, "network") == [] and workers else f"{named(listener, 'network')} {workers}")
    for pid in workers:
        facts = status_of(pid)
        check("a worker is nobody, without capabilities", lambda: None if facts["Uid"].split() == 4 * [
            str(NETWORK)] and facts["Groups"] == str(NETWORK) and int(facts["CapPrm"], 16) == 0 and
            facts["NoNewPrivs"] == "1" else str(facts))
        check("its system calls are few", lambda: None if facts["Seccomp"] == "2" else str(facts))
        check("its root is empty", lambda: None if os.listdir(f"/proc/{pid}/root") == [] else "no")
        check("it has no file", lambda: same.descriptors(pid, 20))
    check("each user has a session process", lambda: None if [
        status_of(held.session)["Uid"].split()[0] for held in (first, second)] == ["7101", "7102"]
        else "no")
    secret = same.seed_of(s.file("host_ed25519"))
    for name, pid in (("listener", listener), ("monitor", first.monitor), ("session process",
                                                                          first.session)):
        check(f"the {name} does not have the host's key", lambda: "it has" if same.holds(
            pid, secret) else None)
    for pid in workers:
        check("nor has a worker", lambda: "it has" if same.holds(pid, secret) else None)
    for held in (first, second):
        held.close()
        check("its own processes end with a connection", held.ends)
    check("the workers stay", lambda: None if workers <= set(named(listener, "worker")) else "no")


def deaths(s, port):
    listener = s.by_port[port].pid
    for victim in ("session", "monitor"):
        held, other = Held(s, port), Held(s, port, "bob")
        os.kill(getattr(held, victim), signal.SIGKILL)
        check(f"without its {victim} process a connection ends", held.ends)
        check("others of the same worker go on", lambda: None if other.client.poll() is None else "no")
        other.close()
        other.ends()
    held = Held(s, port)
    for worker in named(listener, "worker"):
        os.kill(worker, signal.SIGKILL)
    check("without a worker its connections end", held.ends)
    check("that is said", lambda: None if settles(
        lambda: "a worker was ended by signal KILL" in s.log("main")) else s.log("main")[-300:])
    check("and new ones come", lambda: said(s.run(port, "alice", "echo hello"), "hello"))
    held = Held(s, port)
    with socket.create_connection(("127.0.0.1", port)) as waiting:
        waiting.settimeout(30)
        waiting.recv(100)
        waiting.settimeout(0.5)

        def ends():
            for keys in named(listener, "keys"):  # one that has just begun has no name yet
                os.kill(keys, signal.SIGKILL)
            try:
                return same.drained(waiting)
            except TimeoutError:
                return False
        check("without the keys' process nobody who waits for a login goes on", lambda: None
              if settles(ends) else "no")
    check("who is logged in does", lambda: None if held.client.poll() is None else "it ends")
    check("and others come again", lambda: said(s.run(port, "alice", "echo hello"), "hello"))
    held.close()
    held.ends()


def standing_still(s):
    """Neither process of a worker turns its loop."""
    port = s.cleatd_system("still", before=town.one_processor())
    listener = s.by_port[port].pid
    for victim, what in (("worker", "a worker"), ("keys", "a worker's monitor")):
        held = Held(s, port)
        for pid in named(listener, victim):
            os.kill(pid, signal.SIGSTOP)
        check(f"{what} that stands still is ended", lambda: None if settles(
            lambda: f"{what} has not answered for 30 seconds" in s.log("still"), 90) else s.log("still")[-300:])
        check("and the next is served", lambda: said(s.run(port, "alice", "echo hello"), "hello"))
        held.close()
        held.ends()


def ended_or_greeted(waiting):
    """As the listener saw the client first, or the process's end."""
    try:
        said = waiting.recv(100)
    except ConnectionResetError:
        return None
    return None if not said or said.startswith(b"SSH-2.0-") else said


def deaths_unseen(s):
    """A client comes, and before the listener looks, the process that it would be given to has gone."""
    port = s.cleatd_system("unseen", before=town.one_processor())
    listener = s.by_port[port].pid
    for victim in ("keys", "worker"):
        s.run(port, "alice", "true")  # so that there is one
        os.kill(listener, signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", port)) as waiting:
            victims = named(listener, victim)
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            settles(lambda: not any(town.runs(pid) for pid in victims))
            os.kill(listener, signal.SIGCONT)
            waiting.settimeout(30)
            check(f"who comes just when the {victim} process goes is let go, or served by the next",
                  lambda: ended_or_greeted(waiting))
        check("and the next is served", lambda: said(s.run(port, "alice", "echo hello"), "hello"))


def many(s, port):
    """At once, each with its own output."""
    answers = {}

    def one(number):
        user = ("alice", "bob")[number % 2]
        done = s.run(port, user, f"echo {number} $(id -un)", seconds=120)
        answers[number] = done.stdout.decode() == f"{number} {user}\n"
    threads = [threading.Thread(target=one, args=(number,)) for number in range(MANY)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    wrong = [number for number in range(MANY) if not answers.get(number)]
    return f"{wrong}" if wrong else None


class Idle:
    """A master connection of OpenSSH's that has no session."""

    def __init__(self, s, port, user, *args, key="user_ed25519"):
        self.s, self.port, self.user = s, port, user
        self.path = s.file(f"master-{user}")
        self.client = subprocess.Popen(
            [*s.ssh_args(port, user, "-N", "-M", "-S", self.path, *args, key=key)],
            stdin=subprocess.DEVNULL)
        settles(lambda: os.path.exists(self.path))

    def run(self, command):
        return subprocess.run(["ssh", "-F", "none", "-S", self.path, "-p", str(self.port),
                               f"{self.user}@127.0.0.1", command], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)

    def close(self):
        """OpenSSH's client may miss a signal that comes just before it waits."""
        self.client.terminate()
        try:
            self.client.wait(3)
        except subprocess.TimeoutExpired:
            self.client.kill()
            self.client.wait()
        if os.path.exists(self.path):
            os.unlink(self.path)


def resting(s, port):
    listener = s.by_port[port].pid
    monitors = lambda: named(listener, "monitor")  # noqa: E731
    settles(lambda: not monitors())
    idle = Idle(s, port, "alice")
    check("who wants nothing has no process after a while", lambda: None if settles(
        lambda: not monitors()) and idle.client.poll() is None else f"{monitors()}")
    check("what is wanted then is done", lambda: said(idle.run("id -un; echo $FROM_PAM"), "alice\nyes\n"))
    check("by a process of the connection's own", lambda: None if len(monitors()) == 1 else "no")
    check("again", lambda: said(idle.run("echo again"), "again"))
    idle.close()
    check("and it ends with the connection", lambda: None if settles(lambda: not monitors()) else "no")
    idle = Idle(s, port, "bob", "-o", "RekeyLimit=default 3")
    settles(lambda: not monitors())
    check("new keys are exchanged meanwhile", lambda: None if settles(monitors) else "they are not")
    check("and it goes on", lambda: said(idle.run("id -un"), "bob\n"))
    idle.close()
    s.town.put("dave", ".ssh/authorized_keys", s.public("user_ecdsa256"))
    idle = Idle(s, port, "dave", key="user_ecdsa256")
    settles(lambda: not monitors())
    s.town.put("dave", ".ssh/authorized_keys", s.public("user_ed25519"))
    check("a key that was taken back meanwhile opens nothing", lambda: None if idle.run(
        "id").returncode == 255 else "it does")
    check("and that is said", lambda: None if settles(
        lambda: "User dave from 127.0.0.1" in s.log("main") and "not let in any more" in s.log("main"))
        else s.log("main")[-300:])
    idle.close()
    ending = Idle(s, port, "alice")
    settles(lambda: not monitors())
    ending.close()
    check("an end wakes nobody", lambda: None if settles(
        lambda: s.log("main").rstrip().endswith("]") or "Disconnected from user alice" in
        s.log("main")) and not monitors() else s.log("main")[-300:])
    for name in named(listener, "worker"):
        facts = os.listdir(f"/proc/{name}/fd")
        check("nothing of those that have gone is left open", lambda: None if len(facts) < 20
              else f"{len(facts)} descriptors")
    check("nor at the listener", lambda: None if settles(
        lambda: len(os.listdir(f"/proc/{listener}/fd")) < 25) else "it is")


SEIZE, DETACH, TRACE_EXIT, STOPPED_AT_EXIT, ALL_KINDS = 0x4206, 17, 0x40, 5 | 6 << 8, 0x40000000


def trace(request, pid, data=0):
    """ptrace(2)"""
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if call(request, pid, None, data) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def woken_early(s, port):
    """Something is wanted after a monitor has left the client to the listener, and before it is gone."""
    monitors = lambda: named(s.by_port[port].pid, "monitor")  # noqa: E731
    settles(lambda: not monitors())
    idle = Idle(s, port, "alice")
    first, = monitors()
    trace(SEIZE, first, TRACE_EXIT)
    check("a monitor ends while its client wants nothing", lambda: None if os.waitpid(
        first, ALL_KINDS)[1] >> 8 == STOPPED_AT_EXIT else "it does not")
    wants = subprocess.Popen(["ssh", "-F", "none", "-S", idle.path, "alice@127.0.0.1", "id -un"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    check("another takes over after it has gone", lambda: None if not settles(
        lambda: monitors() != [first], 1) else "before")
    trace(DETACH, first)
    check("and serves the client", lambda: None if wants.communicate(timeout=60)[0] == b"alice\n" else "no")
    check("while the daemon serves others", lambda: said(s.run(port, "bob", "echo hello"), "hello"))
    idle.close()


class Crowded:
    """Processes that can get no more descriptors."""

    def __init__(self, pids):
        self.pids = pids

    def limit(self, most):
        """As the process's user, which takes no capability."""
        for pid in self.pids:
            uid = status_of(pid)["Uid"].split()[0]
            subprocess.run(["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "prlimit", "--pid",
                            str(pid), f"--nofile={most}:"], check=True)

    def __enter__(self):
        self.limit(3)

    def __exit__(self, *_):
        self.limit(1024)


def crowded(s, port):
    listener = s.by_port[port].pid
    held, idle = Held(s, port, "bob"), Idle(s, port, "alice")
    workers, keys = named(listener, "worker"), named(listener, "keys")
    for name, pids in (("worker", workers), ("keys' process", keys)):
        with Crowded(pids):
            check(f"a {name} without descriptors takes no client", lambda: None if s.run(
                port, "alice", "id").returncode == 255 else "it does")
            if pids is workers:
                check("nor a session", lambda: None if idle.run("id").stdout == b"" else "it does")
                check("nor a forwarding", lambda: None if subprocess.run(
                    ["ssh", "-F", "none", "-S", idle.path, "-W", f"127.0.0.1:{port}", "x"], timeout=60,
                    stdin=subprocess.DEVNULL, capture_output=True).stdout == b"" else "it does")
        check(f"then this {name} takes one", lambda: said(s.run(port, "alice", "echo hello"), "hello"))
    check("all of them are still there", lambda: None if set(workers) <= set(named(listener, "worker"))
          and set(keys) <= set(named(listener, "keys")) else "no")
    check("and so are their clients", lambda: None if held.client.poll() is None else "no")
    check("who get what they want", lambda: said(idle.run("id -un"), "alice\n"))
    idle.close()
    held.close()
    held.ends()


def reload_under_load(s):
    port = s.cleatd_system("loaded", ["LogLevel VERBOSE"], text="Banner none\n")
    process, stop, failures = s.by_port[port], threading.Event(), []

    def load():
        while not stop.is_set():
            done = s.run(port, "alice", "echo x")
            if done.stdout != b"x\n":
                failures.append(done)
    threads = [threading.Thread(target=load) for _ in range(3)]
    held = Held(s, port)
    for t in threads:
        t.start()
    for turn in range(1, 6):
        process.send_signal(signal.SIGHUP)
        settles(lambda: s.log("loaded").count("The new configuration is in force") == turn)
    stop.set()
    for t in threads:
        t.join()
    check("logins go on while the configuration is read anew", lambda: str(failures[:1])
          if failures else None)
    check("so does who was there before", lambda: None if held.client.poll() is None else "no")
    held.close()
    held.ends()
    settles(lambda: len(named(process.pid, "worker")) <= (os.cpu_count() or 1))
    check("old workers go with their last connection", lambda: None if len(
        named(process.pid, "worker")) <= (os.cpu_count() or 1) else f"{named(process.pid, 'worker')}")
    process.send_signal(signal.SIGTERM)
    check("and all end with the daemon", lambda: None if process.wait(20) == 0 else "no")


def main():
    if not town.possible():
        report("shared isolation", skip="only root can make the users")
        finish()
    Scene.isolation = ("ConnectionIsolation shared",)
    s = Scene()
    try:
        port = s.cleatd_system("main", ["LogLevel VERBOSE"])
        same.logins(s, port)
        same.passwords(s, port)
        same.sessions(s, port)
        s.town.put("bob", ".ssh/authorized_keys", s.public("user_ed25519"))
        processes(s, port)
        same.fences(s)
        resting(s, port)
        woken_early(s, port)
        crowded(s, port)
        deaths(s, port)
        deaths_unseen(s)
        standing_still(s)
        check(f"{MANY} logins at once", lambda: many(s, port))
        reload_under_load(s)
        s.town.put("bob", ".ssh/authorized_keys", s.public("user_rsa"))
        same.rules(s)
        same.commands(s)
        same.certificates(s)
        same.service(s)
    finally:
        s.stop()
    finish()


main()
