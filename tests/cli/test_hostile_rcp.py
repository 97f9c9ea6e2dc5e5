#!/usr/bin/python3
"""cleat scp -O against other ends that lie (programs in place of ssh), and what they find on this machine."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))
from peers import CLEAT, Scratch, attempt, finish, report  # noqa: E402

HEAD = """#!/usr/bin/python3
import sys
i, o = sys.stdin.buffer, sys.stdout.buffer
def put(b):
    o.write(b)
    o.flush()
def say(b):
    put(b)
    i.read(1)
i.read(1)
"""


def check(name, test):
    problem = attempt(test)
    report(name, str(problem)[:1500] if problem else None)


class Place:
    def __init__(self, scratch, name):
        self.path = scratch.file(name)
        self.target = os.path.join(self.path, "target")
        self.outside = os.path.join(self.path, "outside")
        os.makedirs(self.target)
        os.makedirs(self.outside)

    def scp(self, script, *args):
        program = os.path.join(self.path, "source")
        with open(program, "w") as out:
            out.write(HEAD + script)
        os.chmod(program, 0o755)
        return subprocess.run([CLEAT, "scp", "-F", "none", "-O", "-S", program, *args], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=30, cwd=self.path)


def failed(done, *texts):
    said = done.stderr.decode(errors="replace")
    bad = done.returncode != 1 or "Sanitizer" in said or not all(text in said for text in texts)
    return f"{done.returncode} {said!r}" if bad else None


def fine(done):
    return f"{done}" if done.returncode or done.stderr else None


FILE = r"say(b'C0644 3 x\n'); say(b'abc\0')" + "\n"


def links(scratch):
    """What is in the way of a name that the other side chose."""
    p = Place(scratch, "link-to-file")
    os.symlink(p.outside + "/x", p.target + "/x")
    done = p.scp(FILE, "host:*", p.target)
    check("a link in the way of a file of the other side's choice is not followed", lambda: failed(
        done, p.target + "/x", "link") or os.listdir(p.outside))
    p = Place(scratch, "link-in-tree")
    os.mkdir(p.target + "/dir")
    os.symlink(p.outside + "/x", p.target + "/dir/x")
    done = p.scp(r"say(b'D0755 0 dir\n');" + FILE + r"say(b'E\n')", "-r", "host:dir", p.target)
    check("nor one in a tree", lambda: failed(done, "dir/x", "link") or os.listdir(p.outside))
    p = Place(scratch, "link-to-folder")
    os.symlink(p.outside, p.target + "/d")
    done = p.scp(r"say(b'D0755 0 d\n');" + FILE + r"say(b'E\n')", "-r", "host:*", p.target)
    check("nor one in the way of a folder", lambda: failed(done, p.target + "/d") or os.listdir(p.outside))
    p = Place(scratch, "asked-for")
    os.symlink(p.outside + "/x", p.target + "/x")
    done = p.scp(FILE, "host:x", p.target)
    check("one in the way of the user's choice is", lambda: fine(done) or open(p.outside + "/x").read() != "abc")
    os.symlink(p.outside, p.target + "/d")
    done = p.scp(r"say(b'D0755 0 d\n');" + FILE + r"say(b'E\n')", "-r", "host:d", p.target)
    check("and as a folder", lambda: fine(done))


def ends(scratch):
    """It goes in the middle, and its program says that all is well."""
    scenes = {"before anything": "", "in a line": r"put(b'C0644 3 ')",
              "in a folder": r"say(b'D0755 0 x\n');" + FILE, "behind times": r"say(b'T1 0 1 0\n')",
              "in a folder's folder": r"say(b'D0755 0 x\n'); say(b'D0755 0 y\n'); say(b'E\n')"}
    for scene, script in scenes.items():
        p = Place(scratch, "end " + scene)
        done = p.scp(script + "\n", "-r", "host:x", p.target)
        check(f"an end {scene} is an error", lambda: failed(done, "the other side is gone"))


def older_file(scratch):
    p = Place(scratch, "older")
    with open(p.target + "/x", "w") as out:
        out.write("old" * 100)
    done = p.scp(r"say(b'C0644 200 x\n'); put(b'new')", "host:x", p.target)
    check("a copy that breaks off says so", lambda: failed(done, "target/x", "incomplete: 3 of 200"))
    check("and leaves nothing of an older file behind it", lambda: open(p.target + "/x").read() != "new"
          and open(p.target + "/x").read())
    p = Place(scratch, "untouched")
    with open(p.target + "/x", "w") as out:
        out.write("old")
    done = p.scp(r"say(b'C0644 200 x\n')", "host:x", p.target)
    check("one that brought nothing leaves it alone", lambda: failed(done, "incomplete: 0 of 200") or
          open(p.target + "/x").read() != "old")


def other_files(scratch):
    p = Place(scratch, "other-files")
    done = p.scp(FILE, "host:x", "/dev/null")
    check("/dev/null takes a file", lambda: fine(done))
    done = p.scp(FILE, "host:x", "/dev/full")
    check("/dev/full takes none, which is said", lambda: failed(done, "/dev/full", "no space", "0 of 3"))


def fifo(scratch):
    p = Place(scratch, "fifo")
    os.mkfifo(p.target + "/x")
    done = p.scp(FILE, "host:x", p.target)
    check("a FIFO that nobody reads holds up nobody", lambda: failed(done, "target/x"))


# --- between two other machines: -3 -O ----------------------------------------------------------------

BETWEEN = """#!/usr/bin/python3
import os, sys
i, o = sys.stdin.buffer, sys.stdout.buffer
def put(b):
    o.write(b)
    o.flush()
end = "sink" if " -t " in sys.argv[-1] else "source"
def keep(b):
    with open(os.path.dirname(sys.argv[0]) + "/" + end, "ab") as out:
        out.write(b)
if end == "sink":
    exec({sink!r})
else:
    i.read(1)
    exec({source!r})
"""

WRITE_DOWN = "put(b'\\0'); keep(i.read())"


def between(scratch, name, source, sink):
    """What each side has kept of what it got, and the end of scp."""
    p = Place(scratch, name)
    program = os.path.join(p.path, "program")
    with open(program, "w") as out:
        out.write(BETWEEN.format(source=source, sink=sink))
    os.chmod(program, 0o755)
    for end in ("source", "sink"):
        open(f"{p.path}/{end}", "w").close()
    done = subprocess.run([CLEAT, "scp", "-F", "none", "-3", "-O", "-S", program, "one:dir/file", "two:there"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return open(p.path + "/source", "rb").read(), open(p.path + "/sink", "rb").read(), done


def hostile_sources(scratch):
    """Nothing of what they say reaches the target."""
    lines = {"a name that leads up": b"C0644 3 ../x\n", "an absolute name": b"C0644 3 /x\n",
             "a name that was not asked for": b"C0644 3 .bashrc\n", "a folder that was not asked for": b"D0755 0 file\n",
             "a size below zero": b"C0644 -1 file\n", "a size that none can have": b"C0644 9223372036854775808 file\n",
             "a mode that is none": b"C9644 3 file\n", "a long mode": b"C0100644 3 file\n",
             "a zero in a name": b"C0644 3 fi\0le\n", "an end of nothing": b"E\n", "times that are none": b"T1 0 x 0\n",
             "another command": b"X\n", "a line without an end": b"C" * 9000}
    for name, line in lines.items():
        answer, got, done = between(scratch, name, f"put({line!r}); keep(i.readline())", WRITE_DOWN)
        check(f"-3: refused from a source: {name}", lambda: failed(done) or got or answer[:1] != b"\1" and answer)


def hostile_words(scratch):
    source = r"put(b'\1scp: a \x1b[2Jword\n'); put(b'C0644 3 file\n'); i.read(1); put(b'abc\1another \x1b[2Jword\n'); keep(i.readline())"
    sink = r"put(b'\0'); keep(i.readline()); put(b'\0'); keep(i.read(3) + i.readline()); put(b'\1no \x1b[2Jspace\n')"
    answer, got, done = between(scratch, "words", source, sink)
    check("-3: complaints are shown and command no terminal", lambda: failed(done, "a ", "another", "space") or
          b"\x1b" in done.stderr and done)
    check("-3: and neither side gets the other's", lambda: (
        got != b"C0644 3 file\nabc\1scp: the source could not read all of it\n" or
        answer != b"\1scp: the target has refused it\n") and (got, answer))
    _, _, done = between(scratch, "breaks off", r"put(b'C0644 300 file\n'); i.read(1); put(b'abc')",
                         r"put(b'\0'); keep(i.readline()); put(b'\0'); keep(i.read())")
    check("-3: a source that breaks off is an error", lambda: failed(done, "incomplete", "source is gone"))
    _, _, done = between(scratch, "refuses", "put(b'C0644 3 file\\n')", r"put(b'\2no room\n')")
    check("-3: a target that refuses everything is one", lambda: failed(done, "no room"))
    waits = "import time; time.sleep(90)"
    for name, source, sink in (
            ("in a file", r"put(b'C0644 300 file\n'); i.read(1); put(b'abc'); ", r"put(b'\0'); i.readline(); put(b'\0'); i.read(3)"),
            ("behind a file", r"put(b'C0644 3 file\n'); i.read(1); put(b'abc'); ", r"put(b'\0'); i.readline(); put(b'\0'); i.read(3)"),
            ("before a file", "", r"put(b'\0')")):
        _, _, done = between(scratch, "waits " + name, source + waits, sink)
        check(f"-3: a source that waits {name} is not waited for once the target is gone", lambda d=done: (
            d.returncode not in (1, 255) or b" is gone" not in d.stderr) and d)


def never_ends(scratch):
    """It has said all that it has to say, and stays."""
    p = Place(scratch, "stays")
    done = p.scp("import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FILE +
                 "os.close(1)\nwhile True: time.sleep(60)\n", "host:x", p.target)
    check("a connection that does not end is broken off", lambda: (
        done.returncode != 255 or b"does not end by itself" not in done.stderr or open(p.target + "/x").read() != "abc") and done)


def main():
    scratch = Scratch(None)
    try:
        links(scratch)
        ends(scratch)
        older_file(scratch)
        other_files(scratch)
        fifo(scratch)
        hostile_sources(scratch)
        hostile_words(scratch)
        never_ends(scratch)
    finally:
        scratch.stop()
    finish()


main()
