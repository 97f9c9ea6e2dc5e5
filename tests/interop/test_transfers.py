#!/usr/bin/python3
"""Long and many: files with holes, transfers that are killed and resumed, trees of 10,000 small files, with
cleat against cleatd and against OpenSSH's sftp-server."""
import hashlib
import os
import random
import signal
import subprocess
import time

from peers import CLEAT, USER, Scratch, finish, report, run_cells

SERVER = "/usr/lib/openssh/sftp-server"
PIECE = 64 << 10


class Place:
    def __init__(self, scratch, name, port):
        self.scratch, self.name, self.port = scratch, name, port
        self.count = 0

    def folder(self):
        self.count += 1
        path = self.scratch.file(f"{self.name}-{self.count}")
        os.makedirs(f"{path}/there")
        os.makedirs(f"{path}/here")
        return path

    def command(self, *flags):
        return [CLEAT, "sftp", "-F", "none", "-i", self.scratch.file("user_ed25519"), "-o", "BatchMode yes",
                "-o", "StrictHostKeyChecking no", "-o", "UserKnownHostsFile /dev/null", "-o", "LogLevel ERROR",
                "-P", str(self.port), *flags, "-b", "-", f"{USER}@127.0.0.1"]

    def start(self, *commands):
        p = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdin.write(("\n".join(commands) + "\n").encode())
        p.stdin.close()
        return p

    def run(self, *commands, seconds=120):
        done = subprocess.run(self.command(), input=("\n".join(commands) + "\n").encode(), capture_output=True,
                              timeout=seconds)
        return done.returncode and f"{commands}: {done.stderr.decode()}"


# --- holes ----------------------------------------------------------------------------------------

def data_of(path):
    """Where a file is no hole, and the hash of what is there."""
    found, digest = [], hashlib.sha256()
    with open(path, "rb", buffering=0) as f:
        size = os.fstat(f.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
            found.append((at, end))
            os.lseek(f.fileno(), at, os.SEEK_SET)
            while at < end:
                data = f.read(min(end - at, 1 << 20))
                digest.update(data)
                at += len(data)
    return size, found, digest.hexdigest()


def make_sparse(path, size, parts, at_end):
    rng = random.Random(size)
    with open(path, "wb") as out:
        for _ in range(parts):
            out.seek(rng.randrange(0, size - (1 << 20)) // PIECE * PIECE)
            out.write(rng.randbytes(PIECE * rng.randrange(1, 4)))
        if at_end:
            out.seek(size - 7)
            out.write(b"the end")
        out.truncate(size)


def holes(place, size, exact):
    """A file that begins and ends in a hole, one that ends in data, one that is nothing but a hole; with more
    parts than one answer of the server tells of."""
    f = place.folder()
    for name, parts, at_end in (("many", 300, False), ("end", 3, True), ("none", 0, False)):
        source = f"{f}/here/{name}"
        make_sparse(source, size, parts, at_end)
        wrong = place.run(f"put {source} {f}/there/{name}", f"get {f}/there/{name} {f}/here/{name}.back")
        if wrong:
            return wrong
        want = data_of(source)
        for copy in (f"{f}/there/{name}", f"{f}/here/{name}.back"):
            got = data_of(copy)
            if exact and got != want:
                return f"{copy}: {got[0]} bytes, {len(got[1])} parts instead of {len(want[1])}"
            if os.stat(copy).st_size != size:
                return f"{copy} has {os.stat(copy).st_size} bytes"
        if not exact and same(source, f"{f}/here/{name}.back"):
            return f"{name}: other bytes"
        for copy in (source, f"{f}/there/{name}", f"{f}/here/{name}.back"):
            os.unlink(copy)
    return None


def same(one, other):
    return subprocess.run(["cmp", one, other], capture_output=True, timeout=120).returncode


def resumed_in_a_hole(place):
    f = place.folder()
    make_sparse(f"{f}/here/a", 64 << 20, 20, True)
    subprocess.run(["cp", "--sparse=always", f"{f}/here/a", f"{f}/there/b"], check=True)
    for cut in (1, 20 << 20, (64 << 20) - 7, 64 << 20):
        for path, command in ((f"{f}/there/a", f"reput {f}/here/a {f}/there/a"),
                              (f"{f}/here/b", f"reget {f}/there/b {f}/here/b")):
            subprocess.run(["cp", f"{f}/here/a", path], check=True)
            os.truncate(path, cut)
            wrong = place.run(command)
            if wrong or same(f"{f}/here/a", path):
                return wrong or f"{command}, cut at {cut}: other bytes"
    return None


# --- what breaks off ------------------------------------------------------------------------------

def is_prefix(part, whole):
    """What is there must be the beginning: else it could not be resumed."""
    with open(part, "rb") as a, open(whole, "rb") as b:
        while True:
            piece = a.read(1 << 20)
            if piece != b.read(len(piece)):
                return False
            if not piece:
                return True


def killed(place):
    f = place.folder()
    source = f"{f}/source"
    with open(source, "wb") as out:
        for _ in range(160):
            out.write(os.urandom(1 << 20))
    rng = random.Random(7)
    cut_off = 0
    for command, part in ((f"get {source} {f}/here/part", f"{f}/here/part"),
                          (f"put {source} {f}/there/part", f"{f}/there/part")):
        for _ in range(8):
            p = place.start(command)
            limit = time.monotonic() + 20
            while not os.path.exists(part) and time.monotonic() < limit:
                time.sleep(0.001)
            time.sleep(rng.random() * 0.15)
            p.send_signal(signal.SIGKILL)
            p.wait()
            time.sleep(0.05)
            if not is_prefix(part, source):
                return f"{command}: what is there after {os.stat(part).st_size} bytes is not the beginning"
            cut_off += os.stat(part).st_size < 160 << 20
        wrong = place.run("re" + command)
        if wrong or same(source, part):
            return wrong or f"re{command}: other bytes"
        os.unlink(part)
    return None if cut_off else "nothing was cut off"


# --- many -----------------------------------------------------------------------------------------

def many(place):
    f = place.folder()
    for n in range(100):
        os.makedirs(f"{f}/here/tree/{n}")
        for m in range(100):
            with open(f"{f}/here/tree/{n}/{m}", "wb") as out:
                out.write(b"%d %d" % (n, m))
    wrong = place.run(f"put -r {f}/here/tree {f}/there/tree", f"get -r {f}/there/tree {f}/here/back")
    if wrong:
        return wrong
    for copy in (f"{f}/there/tree", f"{f}/here/back"):
        done = subprocess.run(["diff", "-r", f"{f}/here/tree", copy], capture_output=True, timeout=120)
        if done.returncode:
            return f"{copy}: {done.stdout[:300]}"
    return None


def main():
    scratch = Scratch()
    try:
        ours = Place(scratch, "cleatd", scratch.cleatd("cleatd"))
        theirs = Place(scratch, "sshd", scratch.sshd("sshd", [f"Subsystem sftp {SERVER}"]))
        cells = [("cleatd: holes in 1 TiB", lambda: holes(ours, 1 << 40, True)),
                 ("sshd: holes in 1 GiB", lambda: holes(theirs, 1 << 30, False))]
        for p in (ours, theirs):
            cells += [(f"{p.name}: resumed in a hole", lambda p=p: resumed_in_a_hole(p)),
                      (f"{p.name}: killed and resumed", lambda p=p: killed(p)),
                      (f"{p.name}: 10,000 files", lambda p=p: many(p))]
        run_cells(cells)
    except (RuntimeError, subprocess.TimeoutExpired) as problem:
        report("servers start and answer", str(problem))
    finally:
        scratch.stop()
    finish()


main()
