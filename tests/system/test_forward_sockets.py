#!/usr/bin/python3
"""UNIX sockets that clients connect to from here, with OpenSSH's client: for each isolation of system
mode, and for a server that serves one user."""
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene, settles  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, free_port, report  # noqa: E402


def check(name, test):
    report(name, attempt(test))


class Echo:
    """A server at a socket that gives back what it gets, in capitals."""

    def __init__(self, path, mode=0o777):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, mode)
        self.listener.listen(16)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    @staticmethod
    def serve(client):
        while data := client.recv(65536):
            client.sendall(data.upper())
        client.close()


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
    for options, may in (("no-port-forwarding", False), ("restrict", False), ("restrict,port-forwarding", True)):
        s.town.put("dave", ".ssh/authorized_keys", f"{options} {public}")
        check(f"a key with {options}: {'granted' if may else 'refused'}",
              lambda: None if granted(args(port, "dave"), path) == may else "it is not so")
    s.town.put("dave", ".ssh/authorized_keys", public)


def rights(name, args, folder):
    """The user's rights count, not the daemon's."""
    check(f"{name}: a socket of somebody else's", lambda: "it is reached"
          if granted(args, os.path.join(folder, "roots")) else None)


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
        args = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-o",
                f"UserKnownHostsFile={s.file('known')}", "-i", s.file("user_ed25519"), "-p",
                str(port), f"{peers.USER}@127.0.0.1"]
        dialling("alone", args, folder)
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
            rights(name, args, folder)
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
