#!/usr/bin/python3
"""Ports that clients listen at here, and their agents, with OpenSSH's client and AsyncSSH: for each
isolation of system mode, and for a server that serves one user."""
import asyncio
import os
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Capitals, Scene, settles  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, free_port, report  # noqa: E402

import asyncssh  # noqa: E402


def check(name, test):
    report(name, attempt(test))


class Echo(Capitals):
    """On loopback."""

    def __init__(self):
        super().__init__(socket.create_server(("127.0.0.1", 0)))
        self.port = self.listener.getsockname()[1]


def speaks(port, host="127.0.0.1", amount=1 << 20):
    """Through the port to the echo and back."""
    sent = b"abcdefgh" * (amount // 8)
    with socket.create_connection((host, port), timeout=30) as s:
        threading.Thread(target=lambda: (s.sendall(sent), s.shutdown(socket.SHUT_WR)), daemon=True).start()
        got = b""
        while data := s.recv(1 << 16):
            got += data
    return None if got == sent.upper() else f"{len(got)} of {len(sent)} bytes"


class Remote:
    """ssh -N -R; waits until it is granted or refused."""

    def __init__(self, args, spec):
        self.client = subprocess.Popen([*args[:-1], "-v", "-N", "-o", "ExitOnForwardFailure=yes", "-o",
                                        "LogLevel=VERBOSE", "-R", spec, args[-1]],
                                       stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = ""
        self.port = None
        for line in self.client.stderr:
            self.said += line
            if found := re.search(r"Allocated port (\d+)", line):
                self.port = int(found.group(1))
            if self.port or ("remote forward success" in line and "listen 0" not in line and
                             ":0, connect" not in line):
                break
        threading.Thread(target=self.client.stderr.read, daemon=True).start()

    def granted(self):
        return self.client.poll() is None and ("success" in self.said or self.port)

    def close(self):
        self.client.kill()
        self.client.wait()


def accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def outside():
    """An address of this machine that is not loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            return s.getsockname()[0]
        except OSError:
            return None


def ports(name, args, echo):
    port = free_port()
    remote = Remote(args, f"{port}:127.0.0.1:{echo.port}")
    check(f"{name}: a port that was chosen", lambda: None if remote.granted() else remote.said[-400:])
    check(f"{name}: carries bytes both ways", lambda: speaks(port))
    check(f"{name}: many at once", lambda: next(filter(None, [speaks(port, amount=1000) for _ in range(20)]),
                                                None))
    if outside():
        check(f"{name}: it is for this host alone", lambda: "it is not" if accepts(port, outside()) else None)
    second = Remote(args, f"{port}:127.0.0.1:{echo.port}")
    check(f"{name}: a port in use is refused", lambda: "it is not" if second.granted() else None)
    second.close()
    remote.close()
    check(f"{name}: it goes with the connection", lambda: None if settles(lambda: not accepts(port))
          else "it stays")
    remote = Remote(args, f"0:127.0.0.1:{echo.port}")
    check(f"{name}: any port", lambda: None if remote.port else remote.said[-400:])
    check(f"{name}: which works", lambda: speaks(remote.port))
    remote.close()


def cancelled(port, user, key):
    async def play():
        async with asyncssh.connect("127.0.0.1", port, username=user, client_keys=[key], known_hosts=None,
                                    config=None, agent_path=None) as connection:
            listener = await connection.forward_remote_port("", 0, "127.0.0.1", 9)
            chosen = listener.get_port()
            before = accepts(chosen)
            listener.close()
            await listener.wait_closed()
            done = await connection.run("echo still here")
            return before, chosen, done.stdout
    before, chosen, said = asyncio.run(asyncio.wait_for(play(), 60))
    gone = settles(lambda: not accepts(chosen))
    return None if before and gone and said == "still here\n" else f"{before} {gone} {said!r}"


class Agent:
    def __init__(self, scene):
        self.path = scene.file("agent-socket")
        self.process = subprocess.Popen(["ssh-agent", "-D", "-a", self.path], stdout=subprocess.DEVNULL)
        settles(lambda: os.path.exists(self.path))
        self.env = {**os.environ, "SSH_AUTH_SOCK": self.path}
        subprocess.run(["ssh-add", "-q", scene.file("user_rsa")], env=self.env, check=True,
                       capture_output=True)
        self.fingerprint = subprocess.check_output(["ssh-keygen", "-lf", scene.file("user_rsa")],
                                                   text=True).split()[1]

    def run(self, args, command, *more):
        return subprocess.run([*args[:-1], "-A", *more, args[-1], command], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def close(self):
        self.process.terminate()
        self.process.wait()


def agents(name, args, agent, uid):
    done = agent.run(args, "ssh-add -l; stat -c '%a %u' $SSH_AUTH_SOCK $(dirname $SSH_AUTH_SOCK); "
                     "echo $SSH_AUTH_SOCK")
    said = done.stdout.decode()
    check(f"{name}: the client's agent answers", lambda: None if agent.fingerprint in said else
          f"{said!r} {done.stderr!r}")
    check(f"{name}: its socket is in a folder of the user's alone", lambda: None if f"700 {uid}\n" in said
          else said)
    path = said.split()[-1] if said.split() else ""
    check(f"{name}: which goes with the session", lambda: None if path and settles(
        lambda: not os.path.exists(path) and not os.path.exists(os.path.dirname(path))) else f"{path!r}")
    check(f"{name}: without -A there is none", lambda: None if subprocess.run(
        [*args, "echo x$SSH_AUTH_SOCK"], stdin=subprocess.DEVNULL, capture_output=True,
        timeout=60).stdout == b"x\n" else "there is")


def refusals(s, echo, agent, how):
    def args(port, user="alice", key="user_ed25519"):
        return s.ssh_args(port, user, key=key)

    for line, spec in (("AllowTcpForwarding local", "0"), ("AllowTcpForwarding no", "0"),
                       ("DisableForwarding yes", "0"), ("PermitListen 1", "0"),
                       ("PermitListen none", "0")):
        port = s.cleatd_system("refusing", [line, *how])
        remote = Remote(args(port), f"{spec}:127.0.0.1:{echo.port}")
        check(f"{line}: refused", lambda: "it is granted" if remote.granted() else None)
        remote.close()
    free = free_port()
    port = s.cleatd_system("permitting", [f"PermitListen {free}", "AllowAgentForwarding no", *how])
    remote = Remote(args(port), f"{free}:127.0.0.1:{echo.port}")
    check("PermitListen with that port: granted", lambda: None if remote.granted() else remote.said[-300:])
    remote.close()
    done = agent.run(args(port), "echo x$SSH_AUTH_SOCK")
    check("AllowAgentForwarding no: no agent", lambda: None if done.stdout == b"x\n" else f"{done.stdout!r}")
    public = s.public("user_ed25519")
    for options, listens, has_agent in (("no-port-forwarding", False, True), ("restrict", False, False),
                                        ('permitlisten="1"', False, True),
                                        (f'permitlisten="localhost:{free}"', True, True),
                                        ("no-agent-forwarding", True, False)):
        s.town.put("dave", ".ssh/authorized_keys", f"{options} {public}")
        port = s.cleatd_system("keys", list(how))
        remote = Remote(args(port, "dave"), f"localhost:{free}:127.0.0.1:{echo.port}")
        check(f"a key with {options}: ports", lambda: None if bool(remote.granted()) == listens else
              remote.said[-300:])
        remote.close()
        settles(lambda: not accepts(free))
        done = agent.run(args(port, "dave"), "echo x$SSH_AUTH_SOCK")
        check(f"a key with {options}: agent", lambda: None if (done.stdout != b"x\n") == has_agent else
              f"{done.stdout!r}")
    s.town.put("dave", ".ssh/authorized_keys", public)
    if os.geteuid() == 0:
        port = s.cleatd_system("low", list(how))
        remote = Remote(args(port), f"907:127.0.0.1:{echo.port}")
        check("a port below 1024 is root's", lambda: "it is granted" if remote.granted() else None)
        remote.close()
    if outside():
        port = s.cleatd_system("open", ["GatewayPorts yes", *how])
        remote = Remote(args(port), f"0:127.0.0.1:{echo.port}")
        check("GatewayPorts yes: for others, too", lambda: speaks(remote.port, outside()))
        remote.close()
        port = s.cleatd_system("specified", ["GatewayPorts clientspecified", *how])
        remote = Remote(args(port), f"{outside()}:0:127.0.0.1:{echo.port}")
        check("GatewayPorts clientspecified: where the client says", lambda: speaks(
            remote.port, outside()) or ("at others, too" if accepts(remote.port) else None))
        remote.close()


def main():
    echo = Echo()
    alone = peers.Scratch()
    agent = None
    try:
        port = alone.cleatd("alone")
        args = alone.ssh_args(port, peers.USER)
        agent = Agent(alone)
        ports("alone", args, echo)
        agents("alone", args, agent, os.getuid())
        check("alone: a port can be given back", lambda: cancelled(port, peers.USER,
                                                                  alone.file("user_ed25519")))
    finally:
        if agent:
            agent.close()
        alone.stop()
    if not town.possible():
        report("forwardings of many users", skip="only root can make the users")
        finish()
    s = Scene()
    agent = Agent(s)
    try:
        for name, how in (("per connection", []), ("shared", ["ConnectionIsolation shared"])):
            port = s.cleatd_system("main", ["LogLevel VERBOSE", *how])
            ports(name, s.ssh_args(port, "alice"), echo)
            agents(name, s.ssh_args(port, "alice"), agent, 7101)
            check(f"{name}: a port can be given back", lambda: cancelled(port, "alice",
                                                                        s.file("user_ed25519")))
        refusals(s, echo, agent, [])
    finally:
        agent.close()
        s.stop()
    finish()


main()
