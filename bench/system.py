"""cleatd in system mode beside OpenSSH's sshd, for many users: logins a second, memory, and many idle connections.
The users exist in the servers' own mount namespace only (tests/system/town.py), so it takes root."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "system"))
from machine import memory, processor  # noqa: E402
from peers import BIN, CLEAT  # noqa: E402
import town  # noqa: E402

CLIENT = os.path.join(BIN, "bench_logins")
USER = "alice"
AT_ONCE = 8


def must(good, what):
    if not good:
        raise RuntimeError(what)


class Side:
    """A server, and what a client of it costs."""

    def __init__(self, name, scene, port):
        self.name, self.scene, self.port = name, scene, port
        self.server = scene.servers[-1]

    def client(self, how, *args, **more):
        return subprocess.Popen([CLIENT, how, str(self.port), USER, self.scene.file("user_ed25519"),
                                 *(str(a) for a in args)], stdout=subprocess.PIPE, text=True, **more)

    def logins(self, count):
        """Logins a second, each of which runs `true`, and milliseconds of the server's processors for one."""
        used = processor([self.server.pid])
        client = self.client("run", count, AT_ONCE, stdin=subprocess.DEVNULL)
        said, _ = client.communicate(timeout=300)
        must(client.returncode == 0, f"{self.name}: a login failed")
        time.sleep(0.5)  # what is left of them ends
        used = processor([self.server.pid]) - used
        return count / float(said), used / count * 1000

    def one_login(self):
        """Milliseconds of one."""
        begun = time.monotonic()
        said, _ = self.client("run", 1, 1, stdin=subprocess.DEVNULL).communicate(timeout=60)
        must(said, f"{self.name}: a login failed")
        return (time.monotonic() - begun) * 1000

    def bulk(self, total):
        """MiB/s of an exec's output."""
        command = f"exec head -c {total} /dev/zero"
        begun = time.monotonic()
        done = subprocess.run([CLEAT, "ssh", *self.scene.ssh_args(self.port, USER, "-c", "aes128-gcm@openssh.com")[1:],
                               command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=300)
        must(done.returncode == 0, f"{self.name}: exec")
        return total / (time.monotonic() - begun) / (1 << 20)

    def idle(self, count):
        """KiB a connection beyond the first, none of them with a channel, as memory() counts them."""
        client = self.client("hold", count + 1, 1, stdin=subprocess.PIPE, bufsize=1)
        try:
            sizes = []
            for expected in (1, count + 1):
                must(client.stdout.readline() == f"{expected}\n", f"{self.name}: idle connections")
                time.sleep(3)  # until who wants nothing rests
                sizes.append(memory(self.server.pid))
                client.stdin.write("\n")
                client.stdin.flush()
            return tuple((after - before) / count for before, after in zip(*sizes))
        finally:
            client.kill()
            client.wait()


def sides(scene):
    """cleatd with each isolation, and sshd."""
    limits = ["MaxStartups 10000", "LogLevel INFO"]
    each = Side("cleatd", scene, scene.cleatd_system("bench_each", limits))
    shared = Side("cleatd, shared", scene, scene.cleatd_system(
        "bench_shared", [*limits, "ConnectionIsolation shared"]))
    theirs = Side("sshd", scene, scene.sshd("bench_sshd", [*limits, "UsePAM yes",
                                                           "AuthorizedKeysFile .ssh/authorized_keys"]))
    return each, shared, theirs


def compare(table, each, shared, theirs, scale):
    turns = [[side.logins(scale.logins * 8) for side in (each, shared, theirs)] for _ in range(scale.few)]
    idle = [side.idle(scale.idle) for side in (each, shared, theirs)]
    for ours, name, faster, smaller in ((0, "per-connection", 2, "half"), (1, "shared", 5, "64 KiB at most")):
        pick = lambda i: [[turn[side][i] for turn in turns] for side in (ours, 2)]  # noqa: E731
        table.row(f"{name}: logins with `true`, eight at a time", "/s", *pick(0), aim=f"aim: {faster}x")
        table.row(f"{name}: processor of the server for one", "ms", *pick(1), lower_is_better=True)
        for i, what in enumerate(("proportional set size", "what is no file's of it")):
            table.row(f"{name}: idle connection, {what}", "KiB", [idle[ours][i]], [idle[2][i]],
                      lower_is_better=True, aim=f"aim: {smaller}")


class Crowd:
    """So many idle connections."""

    def __init__(self, side, count):
        self.client = side.client("hold", count, count, stdin=subprocess.PIPE, bufsize=1)
        must(self.client.stdout.readline() == f"{count}\n", f"{side.name}: {count} idle connections")
        time.sleep(4)  # until they rest

    def go(self):
        self.client.kill()
        self.client.wait()


def crowd(table, side, scale):
    """A bulk transfer and a login, alone and beside many idle connections."""
    alone = [(side.bulk(scale.bulk), side.one_login()) for _ in range(scale.few)]
    many = Crowd(side, scale.crowd)
    try:
        beside = [(side.bulk(scale.bulk), side.one_login()) for _ in range(scale.few)]
        held = memory(side.server.pid)[0] / scale.crowd
    finally:
        many.go()
    what = f"shared, {scale.crowd} idle connections"
    table.row(f"{what}: exec's output beside them and alone", "MiB/s", [b[0] for b in beside],
              [a[0] for a in alone], aim="aim: 0.8x")
    table.row(f"{what}: a login beside them and alone", "ms", [b[1] for b in beside], [a[1] for a in alone],
              lower_is_better=True, aim="aim: 0.33x")
    table.row(f"{what}: proportional set size of each", "KiB", [held], [])


def system(table, scale):
    if not town.possible():
        raise RuntimeError("system mode takes root's rights")
    scene = town.Scene()
    try:
        table.head("OpenSSH")
        each, shared, theirs = sides(scene)
        compare(table, each, shared, theirs, scale)
        table.head("alone")
        crowd(table, shared, scale)
    finally:
        scene.stop()
