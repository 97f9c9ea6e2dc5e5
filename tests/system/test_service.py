#!/usr/bin/python3
"""cleatd as what a service manager starts: with its sockets, and telling it of its life."""
import os
import shutil
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene  # noqa: E402
from peers import CLEATD, attempt, finish, report  # noqa: E402

ACTIVATE = "systemd-socket-activate"


def daemon(s, *options):
    lines = [arg for line in ("MaxStartups 100", "PidFile none", "PerSourcePenalties no", *options)
             for arg in ("-o", line)]
    with open(s.file("service.conf"), "w"):
        pass
    return [CLEATD, "--system", "-D", "-e", "-f", s.file("service.conf"), "-h", s.file("host_ed25519"), *lines]


def activation(s):
    """Both families, an odd port in the configuration, and a reload, after which the sockets are the same."""
    port = s.start(lambda p: [ACTIVATE, "-l", f"127.0.0.1:{p}", "-l", f"[::1]:{p}", *daemon(s, "Port 1")],
                   "activated.log", "Listening on")
    done = s.run(port, "alice", "id -un; echo $LISTEN_FDS")
    if done.stdout != b"alice\n\n":
        return f"the first client is not served: {done}, {s.log('activated')[-300:]}"
    said = s.log("activated")
    for place in (f"listening on 127.0.0.1 port {port}.", f"listening on ::1 port {port}."):
        if place not in said:
            return f"{place} is not in {said}"
    s.by_port[port].send_signal(signal.SIGHUP)
    if not town.settles(lambda: "is in force" in s.log("activated")):
        return f"no reload: {s.log('activated')[-300:]}"
    done = s.run(port, "alice", "exit 7")
    return None if done.returncode == 7 else f"after a reload: {done}"


def no_socket(s):
    """What is no TCP socket is refused, with its number."""
    path = s.file("wrong.sock")
    port = s.start(lambda p: [ACTIVATE, "-l", path, *daemon(s)], "wrong.log", "Listening on")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        s.by_port[port].wait(20)
    return None if "cannot listen on the socket 3" in s.log("wrong") else s.log("wrong")


def watchdog(s):
    path = s.file("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(20)
        port = s.start(lambda p: ["env", f"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=400000",
                                  *daemon(s, "ListenAddress 127.0.0.1"), "-p", str(p)], "watched.log")
        heard = [manager.recv(4096).decode() for _ in range(4)]
        if sum(h.startswith("READY=1") for h in heard) != 1 or heard.count("WATCHDOG=1") != 3:
            return heard
        begun = time.monotonic()
        manager.recv(4096)
        if time.monotonic() - begun > 5:
            return "it is not told in time"
        s.by_port[port].send_signal(signal.SIGSTOP)
        manager.settimeout(1)
        try:
            for _ in range(3):
                manager.recv(4096)
            return "a server that stands still says that it lives"
        except TimeoutError:
            pass
        finally:
            s.by_port[port].send_signal(signal.SIGCONT)
        manager.settimeout(20)
        s.stop_one(port)
        while (said := manager.recv(4096)) == b"WATCHDOG=1":
            pass
        return None if said == b"STOPPING=1" else said


def main():
    if not town.possible():
        report("cleatd as a service", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        report("it tells a service manager that it lives", attempt(lambda: watchdog(s)))
        if shutil.which(ACTIVATE):
            report("it takes a service manager's sockets", attempt(lambda: activation(s)))
            report("and no others", attempt(lambda: no_socket(s)))
        else:
            report("it takes a service manager's sockets", skip=f"{ACTIVATE} is not installed")
    finally:
        s.stop()
    finish()


main()
