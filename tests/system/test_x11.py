#!/usr/bin/python3
"""X11 forwarding with OpenSSH's client, before an X server that only knows how a client begins: for each
isolation of system mode, and for a server that serves one user."""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Capitals, Scene, settles  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, report  # noqa: E402

SETUP = 12 + 20 + 16  # bytes of a client's beginning with a cookie

# What runs in the session: finds its cookie, and speaks to the display as a program would.
PROGRAM = r'''
import os, socket, struct, subprocess, sys
display = os.environ["DISPLAY"]
host, _, rest = display.rpartition(":")
number = int(rest.split(".")[0])
listed = subprocess.run(["xauth", "list", display], capture_output=True, text=True).stdout.split()
cookie = bytes.fromhex(sys.argv[1] if len(sys.argv) > 1 else listed[2])
s = socket.create_connection((host, 6000 + number), timeout=30)
name = b"MIT-MAGIC-COOKIE-1"
s.sendall(b"l\0" + struct.pack("<HHHHH", 11, 0, len(name), len(cookie), 0) + name + b"\0\0" + cookie)
s.sendall(b"hello")
said = b""
try:
    while len(said) < 5 and (data := s.recv(4096)):
        said += data
except ConnectionResetError:
    pass
print(display.split(":")[0], said.decode())
'''


def check(name, test):
    report(name, attempt(test))


class Server(Capitals):
    """Takes a client's beginning first."""

    def __init__(self):
        for self.number in range(400, 700):
            try:
                listener = socket.create_server(("127.0.0.1", 6000 + self.number))
                break
            except OSError:
                continue
        self.env = {**os.environ, "DISPLAY": f"localhost:{self.number}"}
        super().__init__(listener)

    @staticmethod
    def serve(client):
        got = b""
        while len(got) < SETUP + 5 and (data := client.recv(4096)):
            got += data
        client.sendall(got[SETUP:].upper())
        client.close()


def run(args, server, command, *flags):
    return subprocess.run([*args[:-1], "-Y", *flags, args[-1], command], env=server.env,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def says(done, text):
    return None if done.stdout.decode() == text else f"{done.stdout!r} {done.stderr!r}"


def refused(args, server):
    return says(run(args, server, "echo x$DISPLAY"), "x\n")


def forwarding(name, args, server, program):
    check(f"{name}: a program reaches the display", lambda: says(run(args, server, f"python3 {program}"),
                                                                 "localhost HELLO\n"))
    check(f"{name}: with another cookie it does not", lambda: says(
        run(args, server, f"python3 {program} {'00' * 16}"), "localhost \n"))
    check(f"{name}: without -X there is none", lambda: says(subprocess.run(
        [*args, "echo x$DISPLAY"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60), "x\n"))
    done = run(args, server, "echo $DISPLAY; sleep 1; exec 0<&- ; cat")
    port = 6000 + int(done.stdout.decode().strip().rpartition(":")[2].split(".")[0])

    def gone():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            return True
        return False
    check(f"{name}: it goes with the session", lambda: None if settles(gone) else "it stays")


def taken(args, server):
    """A display of whose two addresses somebody else has one is left alone."""
    found = run(args, server, "echo $DISPLAY").stdout.decode().strip()
    number = int(found.rpartition(":")[2].split(".")[0])
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        try:
            other = socket.create_server((host, 6000 + number), family=family)
        except OSError:
            continue  # there is no IPv6 here
        with other:
            again = run(args, server, "echo $DISPLAY").stdout.decode().strip()
        if again == found or not again:
            return f"{host}: {again} after {found}"
    return None


def rc_files(s, port, args, server):
    """They get the cookie, and xauth is not run."""
    os.unlink(s.town.home("alice", ".Xauthority"))  # of displays before
    s.town.put("alice", ".ssh/rc", 'read proto cookie; echo "$proto ${#cookie} $DISPLAY" > from-rc\n')
    done = run(args, server, "cat from-rc; xauth list $DISPLAY 2>/dev/null | wc -l; echo $DISPLAY")
    said = done.stdout.decode().split()
    os.unlink(s.town.home("alice", ".ssh/rc"))
    return None if len(said) == 5 and said[:2] == ["MIT-MAGIC-COOKIE-1", "32"] and said[2] == said[4] and \
        said[3] == "0" else f"{done.stdout!r} {done.stderr!r}"


def rules_and_keys(s, server, program):
    def args(port, user="alice"):
        return s.ssh_args(port, user)

    for lines in ((), ("X11Forwarding no",), ("X11Forwarding yes", "DisableForwarding yes"),
                  ("X11Forwarding yes", "XAuthLocation /nothing/here"), ("X11Forwarding yes", "XAuthLocation none")):
        port = s.cleatd_system("refusing", list(lines))
        check(f"{', '.join(lines) or 'by default'}: refused", lambda: refused(args(port), server))
    port = s.cleatd_system("offset", ["X11Forwarding yes", "X11DisplayOffset 321"])
    check("X11DisplayOffset", lambda: None if run(args(port), server, "echo $DISPLAY").stdout.startswith(
        b"localhost:32") else "another display")
    check("a display that is taken is left alone", lambda: taken(args(port), server))
    check("an rc file gets the cookie", lambda: rc_files(s, port, args(port), server))
    port = s.cleatd_system("open", ["X11Forwarding yes", "X11UseLocalhost no"])
    check("X11UseLocalhost no", lambda: says(run(args(port), server, "echo ${DISPLAY%:*}"),
                                             socket.gethostname() + "\n"))
    public = s.public("user_ed25519")
    port = s.cleatd_system("keys", ["X11Forwarding yes"])
    for options, may in (("no-X11-forwarding", False), ("restrict", False), ("restrict,X11-forwarding", True)):
        s.town.put("dave", ".ssh/authorized_keys", f"{options} {public}")
        check(f"a key with {options}", lambda: says(run(args(port, "dave"), server, f"python3 {program}"),
                                                    "localhost HELLO\n") if may else
              refused(args(port, "dave"), server))
    authority = s.file("authority")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority], check=True)
    s.town.put("dave", ".ssh/authorized_keys", f"cert-authority {open(authority + '.pub').read()}")
    for flags, may in (((), True), (("-O", "no-x11-forwarding"), False)):
        subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", "dave", *flags,
                        s.file("user_ed25519.pub")], check=True)
        check(f"a certificate {'without' if not may else 'with'} permit-X11-forwarding", lambda: says(
            run(args(port, "dave"), server, "echo x${DISPLAY%:*}"), "xlocalhost\n" if may else "x\n"))


def hostile(s, port):
    """What xauth would take for a command of its own."""
    import paramiko
    out = []
    for protocol, cookie in (("MIT-MAGIC-COOKIE-1", "00\nsource /etc/passwd"), ("a b", "00"), ("", "00"),
                             ("-n", "00"), ("x" * 2000, "00")):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", port, "alice", key_filename=s.file("user_ed25519"), look_for_keys=False,
                       allow_agent=False, disabled_algorithms={})
        channel = client.get_transport().open_session()
        try:
            channel.request_x11(auth_protocol=protocol or " ", auth_cookie=cookie, handler=lambda *_: None)
            out.append(f"{protocol!r} {cookie!r} is taken")
        except paramiko.SSHException:
            pass
        client.close()
    return "; ".join(out) or None


def main():
    if subprocess.run(["which", "xauth"], capture_output=True).returncode:
        report("X11", skip="there is no xauth")
        finish()
    server = Server()
    s = peers.Scratch()
    try:
        program = s.file("program")
        with open(program, "w") as out:
            out.write(PROGRAM)
        port = s.cleatd("alone", ["X11Forwarding yes", f"SetEnv XAUTHORITY={s.file('xauthority')}"])
        args = s.ssh_args(port, peers.USER)
        forwarding("alone", args, server, program)
    finally:
        s.stop()
    if not town.possible():
        report("displays of many users", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        program = s.file("program")
        with open(program, "w") as out:
            out.write(PROGRAM)
        for name, how in (("per connection", []), ("shared", ["ConnectionIsolation shared"])):
            port = s.cleatd_system("main", ["X11Forwarding yes", *how])
            forwarding(name, s.ssh_args(port, "alice"), server, program)
        check("what xauth would take for commands is refused", lambda: hostile(s, port))
        rules_and_keys(s, server, program)
    finally:
        s.stop()
    finish()


main()
