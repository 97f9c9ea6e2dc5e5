"""cleat sftp with cleatd beside OpenSSH's sftp with sshd and its sftp-server, each with its own defaults: a
large file, a tree of small files, and some small files over a long way. Everything lies in memory, so that
no disk is measured."""
import os
import shutil
import subprocess
import tempfile
import time

from machine import far, family, processor
from peers import BIN, CLEAT, USER

SERVER = "/usr/lib/openssh/sftp-server"
FAR_FILES, FAR_SECONDS = 100, 0.1
MIB = 1 << 20


def peak(pids):
    """MiB: of the processes together, each at its highest."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        except OSError:
            pass
    return total / 1024


class Copier:
    def __init__(self, name, program, port, scratch):
        self.name, self.port, self.server = name, port, scratch.servers[-1]
        self.program, self.key = program, scratch.file("user_ed25519")

    def through(self, port):
        other = Copier.__new__(Copier)
        other.__dict__ = {**self.__dict__, "port": port}
        return other

    def args(self):
        return [*self.program, "-q", "-b", "-", "-F", "none", "-P", str(self.port), "-i", self.key,
                *(word for o in ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                                 "LogLevel=ERROR", "IdentitiesOnly=yes", "IdentityAgent=none") for word in ("-o", o)),
                f"{USER}@127.0.0.1"]

    def copy(self, command, folder):
        """Seconds, the server's processor seconds, and the peaks of memory of the client and of the server."""
        shutil.rmtree(f"{folder}/copy", ignore_errors=True)
        if os.path.exists(f"{folder}/copy"):
            os.unlink(f"{folder}/copy")
        used, begun = processor([self.server.pid]), time.monotonic()
        with subprocess.Popen([os.path.join(BIN, "bench_run"), *self.args()], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as p:
            p.stdin.write(f"{command}\n".encode())
            p.stdin.close()
            server = 0
            while p.poll() is None:
                server = max(server, peak(family(self.server.pid)))
                time.sleep(0.05)
            said = p.stdout.read()
        spent = time.monotonic() - begun
        if p.returncode:
            raise RuntimeError(f"{self.name}: {command}: status {p.returncode}")
        seconds, client = said.split()
        return min(spent, float(seconds)), processor([self.server.pid]) - used, int(client) / 1024, server


def row(table, what, amount, unit, sides, command, folder, turns, aim, memory=False):
    kept = [[side.copy(command, folder) for side in sides] for _ in range(turns)]
    figures = [[[turn[side][i] for turn in kept] for side in (0, 1)] for i in range(4)]
    table.row(what, unit, *[[amount / s for s in side] for side in figures[0]], aim=f"aim: {aim}x")
    table.row(f"{what}: processor of the server", "ms", *[[s * 1000 for s in side] for side in figures[1]],
              lower_is_better=True)
    if memory:
        table.row(f"{what}: peak of the client's memory", "MiB", *figures[2], lower_is_better=True,
                  aim="aim: 16 MiB at most")
        table.row(f"{what}: peak of the server's, all processes", "MiB", *figures[3], lower_is_better=True)


def fill(folder, name, count):
    for n in range(count):
        if n % 100 == 0:
            os.makedirs(f"{folder}/{name}/{n // 100}")
        with open(f"{folder}/{name}/{n // 100}/{n}", "wb") as out:
            out.write(os.urandom(4096))


def copies(table, scratch, scale):
    table.head("OpenSSH")
    ours = Copier("cleat", [CLEAT, "sftp"], scratch.cleatd("copies_cleatd"), scratch)
    theirs = Copier("OpenSSH", ["sftp"], scratch.sshd("copies_sshd", [f"Subsystem sftp {SERVER}"]), scratch)
    sides, far_sides = (ours, theirs), [s.through(far(s.port, FAR_SECONDS)) for s in (ours, theirs)]
    with tempfile.TemporaryDirectory(prefix="cleat-bench-", dir="/dev/shm") as folder:
        with open(f"{folder}/large", "wb") as out:
            for _ in range(scale.bulk // MIB):
                out.write(os.urandom(MIB))
        fill(folder, "tree", scale.tree)
        fill(folder, "few", FAR_FILES)
        for way, to in (("get", "to the client"), ("put", "to the server")):
            row(table, f"a large file {to}", scale.bulk / MIB, "MiB/s", sides, f"{way} {folder}/large {folder}/copy",
                folder, scale.few, 3, memory=True)
            row(table, f"a tree of files of 4 KiB {to}", scale.tree, "/s", sides,
                f"{way} -R {folder}/tree {folder}/copy", folder, scale.few, 5, memory=True)
            row(table, f"{FAR_FILES} files, {FAR_SECONDS * 1000:.0f} ms away, {to}", FAR_FILES, "/s", far_sides,
                f"{way} -R {folder}/few {folder}/copy", folder, scale.few, 10)
