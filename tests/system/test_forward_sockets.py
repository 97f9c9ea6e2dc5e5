#!/usr/bin/python3
"""UNIX sockets that clients connect to from here, and have made here, with OpenSSH's client: for each isolation of system
mode, and for a server that serves one user."""
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import USERS, Capitals, Scene, settles  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, free_port, report  # noqa: E402


def check(name, test):
    report(name, attempt(test))


class Echo(Capitals):
    """At a socket."""

    def __init__(self, path, mode=0o777):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        os.chmod(path, mode)
        listener.listen(16)
        super().__init__(listener)


def echoed(s, amount=1 << 20):
    """Through the socket to the echo and back."""
    sent = b"abcdefgh" * (amount // 8)

    def send():
        try:
            s.sendall(sent)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # what comes back tells
    threading.Thread(target=send, daemon=True).start()
    got = b""
    try:
        while data := s.recv(1 << 16):
            got += data
    except ConnectionResetError:
        pass
    s.close()
    return None if got == sent.upper() else f"{len(got)} of {len(sent)} bytes"


def speaks(port, amount=1 << 20):
    return echoed(socket.create_connection(("127.0.0.1", port), timeout=30), amount)


class Client:
    """ssh -N with a forwarding."""

    def __init__(self, args, *flags):
        self.process = subprocess.Popen([*args[:-1], "-N", "-o", "ExitOnForwardFailure=yes", *flags, args[-1]],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


class Local(Client):
    """ssh -L PORT:PATH."""

    def __init__(self, args, path):
        self.port = free_port()
        super().__init__(args, "-L", f"{self.port}:{path}")
        settles(lambda: accepts(self.port))


def answers(path):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
    except OSError:
        return False
    finally:
        s.close()
    return True


def which(path):
    """Tells a socket from the one that was there before; None: there is none, maybe just now."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


class Remote(Client):
    """ssh -R PATH:ECHO; `granted` once the socket is there, and new."""

    def __init__(self, args, path, echo):
        before = which(path)
        super().__init__(args, "-R", f"{path}:{echo}")
        settles(lambda: self.process.poll() is not None or
                (answers(path) and which(path) not in (None, before)))
        self.granted = self.process.poll() is None and os.path.exists(path)


def calls(path, amount=1 << 20):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(30)
    s.connect(path)
    return echoed(s, amount)


def granted(args, path):
    with Local(args, path) as client:
        return speaks(client.port, 1000) is None


def dialling(name, args, folder):
    path = os.path.join(folder, "echo")
    with Local(args, path) as client:
        check(f"{name}: a socket", lambda: speaks(client.port))
        check(f"{name}: many at once", lambda: next(filter(None, [speaks(client.port, 1000) for _ in range(20)]),
                                                    None))
    for what, there in (("that is not there", os.path.join(folder, "none")),
                        ("that is a plain file", os.path.join(folder, "plain"))):
        check(f"{name}: one {what}", lambda: "it is" if granted(args, there) else None)


def arriving(name, args, folder, uid):
    echo, path = os.path.join(folder, "echo"), os.path.join(folder, "made")
    with Remote(args, path, echo) as client:
        check(f"{name}: a socket is made", lambda: None if client.granted else "it is not")
        check(f"{name}: which carries bytes both ways", lambda: calls(path))
        check(f"{name}: many at once", lambda: next(filter(None, [calls(path, 1000) for _ in range(20)]), None))
        made = os.stat(path)
        check(f"{name}: it is its user's alone", lambda: None if (made.st_uid, made.st_mode & 0o777) == (
            uid, 0o600) else f"{made.st_uid} {made.st_mode:o}")
        with Remote(args, path, echo) as second:
            check(f"{name}: one that is in the way stays", lambda: "it does not" if second.granted else calls(
                path, 1000))
    check(f"{name}: it goes with the connection", lambda: None if settles(lambda: not os.path.exists(path))
          else "it stays")
    plain = os.path.join(folder, "plain")
    with Remote(args, plain, echo) as client:
        check(f"{name}: a file that is in the way stays", lambda: None if os.path.isfile(plain) and
              client.process.wait(20) else "it does not")
    with Remote(args, "/nothing/here/socket", echo) as client:
        check(f"{name}: nowhere to be", lambda: "it is granted" if client.granted else None)


def cancelled(name, args, folder):
    """By a client that gives a socket back and goes on."""
    path, control = os.path.join(folder, "cancelled"), os.path.join(folder, "control " + name)
    with Client(args, "-M", "-S", control) as client:
        settles(lambda: os.path.exists(control))
        tell = [args[0], "-S", control, "-R", f"{path}:{os.path.join(folder, 'echo')}"]
        subprocess.run([*tell, "-O", "forward", args[-1]], check=True, capture_output=True, timeout=30)
        there = calls(path, 1000)
        subprocess.run([*tell, "-O", "cancel", args[-1]], check=True, capture_output=True, timeout=30)
        gone = settles(lambda: not os.path.exists(path))
        return there if there or gone and client.process.poll() is None else "it stays"


def settings(s, folder, args):
    """Masks, and sockets that are in the way."""
    echo, path = os.path.join(folder, "echo"), os.path.join(folder, "set")
    for mask, mode in (("0000", 0o777), ("0117", 0o660), ("0777", 0)):
        port = s.cleatd_system("mask", [f"StreamLocalBindMask {mask}"])
        with Remote(args(port), path, echo):
            got = os.stat(path).st_mode & 0o777
        check(f"StreamLocalBindMask {mask}", lambda: None if got == mode else f"{got:o}")
        settles(lambda: not os.path.exists(path))
    port = s.cleatd_system("unlink", ["StreamLocalBindUnlink yes"])
    with Remote(args(port), path, echo):
        with Remote(args(port), path, echo) as second:
            check("StreamLocalBindUnlink: a socket makes way", lambda: None if second.granted else "it does not")
            check("StreamLocalBindUnlink: the new one works", lambda: calls(path, 1000))
    with Remote(args(port), os.path.join(folder, "plain"), echo):
        check("StreamLocalBindUnlink: a file does not", lambda: None if os.path.isfile(
            os.path.join(folder, "plain")) else "it does")
    with Remote(args(port), path, echo) as first:
        second = Remote(args(port), path, echo)
        first.__exit__()
        check("StreamLocalBindUnlink: the end of the first leaves the second", lambda: None
              if not settles(lambda: not os.path.exists(path), 1) else "it does not")
        second.__exit__()
    for line, may in (("AllowStreamLocalForwarding no", False), ("AllowStreamLocalForwarding local", False),
                      ("AllowStreamLocalForwarding remote", True), ("DisableForwarding yes", False)):
        port = s.cleatd_system("rules", [line])
        with Remote(args(port), path, echo) as client:
            check(f"{line}: a socket is {'made' if may else 'refused'}",
                  lambda: None if client.granted == may else "it is not so")
        settles(lambda: not os.path.exists(path))
    port = s.cleatd_system("keys")
    for options in ("no-port-forwarding", 'permitlisten="localhost:1"'):
        s.town.put("dave", ".ssh/authorized_keys", f"{options} {s.public('user_ed25519')}")
        with Remote(args(port, "dave"), path, echo) as client:
            check(f"a key with {options}: none is made", lambda: "it is" if client.granted else None)
    s.town.put("dave", ".ssh/authorized_keys", s.public("user_ed25519"))


def rules_of_dialling(s, folder, args):
    path = os.path.join(folder, "echo")
    for line, may in (("AllowStreamLocalForwarding no", False), ("AllowStreamLocalForwarding remote", False),
                      ("AllowStreamLocalForwarding local", True), ("AllowStreamLocalForwarding all", True),
                      ("AllowTcpForwarding no", True), ("DisableForwarding yes", False)):
        port = s.cleatd_system("rules", [line])
        check(f"{line}: {'granted' if may else 'refused'}",
              lambda: None if granted(args(port), path) == may else "it is not so")
    public = s.public("user_ed25519")
    port = s.cleatd_system("keys")
    for options, may in (("no-port-forwarding", False), ("restrict", False), ("restrict,port-forwarding", True),
                         ('permitopen="localhost:1"', False), ('permitlisten="localhost:1"', True)):
        s.town.put("dave", ".ssh/authorized_keys", f"{options} {public}")
        check(f"a key with {options}: {'granted' if may else 'refused'}",
              lambda: None if granted(args(port, "dave"), path) == may else "it is not so")
    s.town.put("dave", ".ssh/authorized_keys", public)


def rights(name, args, folder):
    """The user's rights count, not the daemon's."""
    check(f"{name}: a socket of somebody else's", lambda: "it is reached"
          if granted(args, os.path.join(folder, "roots")) else None)
    closed = os.path.join(folder, "closed")
    os.makedirs(closed, 0o700, exist_ok=True)
    with Remote(args, os.path.join(closed, "made"), os.path.join(folder, "echo")) as client:
        check(f"{name}: a folder of somebody else's", lambda: "it is made in" if client.granted else None)


def furnish(folder):
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o777)
    open(os.path.join(folder, "plain"), "w").close()
    return Echo(os.path.join(folder, "echo")), Echo(os.path.join(folder, "roots"), 0o600)


def alone():
    s = peers.Scratch()
    try:
        folder = s.file("s")
        furnish(folder)
        port = s.cleatd("alone")
        args = s.ssh_args(port, peers.USER)
        dialling("alone", args, folder)
        arriving("alone", args, folder, os.getuid())
        check("alone: a socket can be given back", lambda: cancelled("alone", args, folder))
        port = s.cleatd("alone-off", ["AllowStreamLocalForwarding no"])
        args[-2] = str(port)
        check("alone: AllowStreamLocalForwarding no", lambda: "it is granted"
              if granted(args, os.path.join(folder, "echo")) else None)
    finally:
        s.stop()


def of_many():
    s = Scene()
    try:
        folder = s.file("s")
        furnish(folder)
        for name, how in (("per connection", []), ("shared", ["ConnectionIsolation shared"])):
            port = s.cleatd_system("main", how)
            args = s.ssh_args(port, "alice")
            dialling(name, args, folder)
            arriving(name, args, folder, USERS["alice"])
            check(f"{name}: a socket can be given back", lambda: cancelled(name, args, folder))
            rights(name, args, folder)
        settings(s, folder, lambda port, user="alice": s.ssh_args(port, user))
        rules_of_dialling(s, folder, lambda port, user="alice": s.ssh_args(port, user))
    finally:
        s.stop()


def main():
    alone()
    if not town.possible():
        report("sockets of many users", skip="only root can make the users")
        finish()
    of_many()
    finish()


main()
