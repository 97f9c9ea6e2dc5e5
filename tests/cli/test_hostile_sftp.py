#!/usr/bin/python3
"""cleat sftp and cleat scp against SFTP servers that lie (hostile_sftp.py), and in folders whose names look
like patterns."""
import os
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))
from peers import CLEAT, Scratch, attempt, finish, report  # noqa: E402
from terminal import Terminal  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
HONEST = "/usr/lib/openssh/sftp-server"


def check(name, test):
    report(name, attempt(test))


class Place:
    def __init__(self, scratch, name):
        self.path = scratch.file(name)
        self.target = os.path.join(self.path, "target")
        self.outside = os.path.join(self.path, "outside")
        os.makedirs(self.target)

    def server(self, scene):
        """A program that is such a server; scenes with a file of their own have it outside of the target."""
        path = os.path.join(self.path, f"server-{scene}")
        with open(path, "w") as out:
            out.write("#!/bin/sh\nexec " + " ".join(shlex.quote(word) for word in (
                sys.executable, os.path.join(HERE, "hostile_sftp.py"), scene, self.outside)) + "\n")
        os.chmod(path, 0o755)
        return path

    def sftp(self, scene, batch, server=None):
        return subprocess.run([CLEAT, "sftp", "-F", "none", "-b", "-", "-D", server or self.server(scene)],
                              input=batch.encode(), capture_output=True, timeout=60, cwd=self.path)

    def scp(self, scene, *args):
        return subprocess.run([CLEAT, "scp", "-F", "none", "-D", self.server(scene), *args],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=self.path)

    def size(self, name):
        path = os.path.join(self.target, name)
        return os.path.getsize(path) if os.path.exists(path) else None


def failed(done, text=None):
    if done.returncode == 0:
        return f"status 0: {done.stdout[-200:]!r} {done.stderr[-200:]!r}"
    said = (done.stdout + done.stderr).decode(errors="replace")
    return None if not text or text in said else f"{said[-300:]!r}"


def sane(done):
    """Neither killed nor complained about by a sanitizer."""
    bad = done.returncode < 0 or b"Sanitizer" in done.stderr or b"runtime error" in done.stderr
    return f"{done.returncode} {done.stderr[-300:]!r}" if bad else None


def links(scratch):
    for scene in ("LinkThenFile", "AlwaysLink"):
        for way in ("scp", "sftp"):
            p = Place(scratch, f"{scene}-{way}")
            if way == "scp":
                done = [p.scp(scene, "host:/*", p.target), p.scp(scene, "host:/x", p.target + "/")]
            else:
                done = [p.sftp(scene, f"get /* {p.target}\nget /x {p.target}/y\n") for _ in range(2)]
            check(f"{scene}, {way}: nothing is written outside of the target", lambda: None
                  if not os.path.lexists(p.outside) and not any(os.path.islink(os.path.join(
                      p.target, name)) for name in os.listdir(p.target)) else "it is")
            check(f"{scene}, {way}: the link is said to be none", lambda: failed(done[0], "a link"))
    p = Place(scratch, "there-before")
    os.symlink(p.outside, os.path.join(p.target, "x"))
    done = p.scp("Server", "host:/*", p.target)
    check("a link that is in the way of a name of the server's choice is not followed", lambda: failed(
        done) or ("it is" if os.path.exists(p.outside) else None))
    done = p.scp("Server", "host:/x", p.target)
    check("one in the way of the user's choice is", lambda: None if os.path.getsize(p.outside) ==
          100000 else "it is not")


def in_the_way(scratch):
    """What is no file where one should go."""
    p = Place(scratch, "in-the-way")
    os.mkfifo(os.path.join(p.target, "x"))
    done = p.scp("Server", "host:/x", p.target)
    check("a FIFO that nobody reads holds up nobody", lambda: sane(done) or failed(done, "target/x"))


def sizes(scratch):
    for scene, size in (("Grown", 1000000), ("GrownMuch", (1 << 20) + 1000), ("Shrunk", 1 << 20)):
        p = Place(scratch, scene)
        done = p.scp(scene, "host:/x", p.target)
        check(f"{scene}: the file is what it is now", lambda: sane(done) or (
            None if p.size("x") == size and done.returncode == 0 else f"{p.size('x')} {done.stderr!r}"))
    p = Place(scratch, "Enormous")
    done = p.scp("Enormous", "host:/x", p.target)
    check("Enormous: what has come is told", lambda: failed(done, "has 1000 of 18446744073709551615 bytes"))
    check("Enormous: and is there", lambda: None if p.size("x") == 1000 else f"{p.size('x')}")
    done = p.scp("GrownMuch", "host:/x", "/dev/null")
    check("a device takes what could have holes", lambda: None if not done.returncode else f"{done}")
    for scene in ("Emptied", "NoSize"):
        p = Place(scratch, scene)
        with open(os.path.join(p.target, "x"), "w") as out:
            out.write("all of an older one")
        done = p.sftp(scene, "reget /x target/x\n")
        check(f"{scene}: a file that may have become shorter is not resumed", lambda: failed(done, "cannot be resumed"))
        check(f"{scene}: what was there stays", lambda: None if p.size("x") == 19 else f"{p.size('x')}")
        done = p.sftp(scene, "reget /x target/new\n")
        check(f"{scene}: one that is not there is fetched", lambda: None if not done.returncode and
              p.size("new") in (0, 10) else f"{done}")
    p = Place(scratch, "Gap")
    done = p.scp("Gap", "host:/x", p.target)
    check("Gap: that is an error", lambda: failed(done))
    check("Gap: what is left is a beginning", lambda: None if not p.size("x") else f"{p.size('x')}")
    p = Place(scratch, "FailedWrite")
    with open(os.path.join(p.path, "source"), "wb") as out:
        out.write(os.urandom(2 << 20))
    done = p.scp("FailedWrite", os.path.join(p.path, "source"), "host:/x")
    check("a write that fails is an error", lambda: failed(done))
    left = open(p.outside, "rb").read()
    check("and what is left is a beginning", lambda: None if left and open(os.path.join(
        p.path, "source"), "rb").read().startswith(left) else f"{len(left)} bytes")


def few_bytes(scratch):
    """Servers that take few bytes a request are slow, and no more."""
    for scene, size in (("Tiny", 3 << 20), ("Tiniest", 5000), ("NoLimits", 3 << 20)):
        p = Place(scratch, scene)
        whole = os.path.join(p.path, "source")
        with open(whole, "wb") as out:
            out.write(os.urandom(size))
        done = p.scp(scene, "host:/x", p.target)
        check(f"{scene}: a file is fetched", lambda: sane(done) or (None if done.returncode == 0 and p.size("x") == size
                                                                    else f"{p.size('x')} {done.stderr!r}"))
        done = p.scp(scene, whole, "host:/y")
        check(f"{scene}: and sent", lambda: sane(done) or (None if done.returncode == 0 and open(p.outside, "rb").read()
                                                           == open(whole, "rb").read() else f"{done}"))
        os.remove(p.outside)
        done = p.scp(scene, "-3", "one:/x", "other:/y")
        check(f"{scene}: and copied elsewhere", lambda: sane(done) or (
            None if done.returncode == 0 and os.path.getsize(p.outside) == size else f"{done}"))


def between(scratch):
    """From one server to another, where something in the middle is missing."""
    for scene in ("FailedRead", "EarlyEnd"):
        p = Place(scratch, scene)
        done = p.scp(scene, "-3", "one:/x", "other:/z")
        left = open(p.outside, "rb").read()
        check(f"{scene}: that is an error", lambda: failed(done, "incomplete: 65536 of 1000000 bytes"))
        check(f"{scene}: what is left is a beginning", lambda: None if left == 65536 * b"d" else f"{len(left)} bytes")
        for name, size in (("may be the source is not cut", 1000000), ("cannot be it becomes a beginning", 999999)):
            with open(p.outside, "wb") as out:
                out.write(size * b"d")
            done = p.scp(scene, "-3", "one:/x", "other:/z")
            left = os.path.getsize(p.outside)
            what = "incomplete: 65536 of 1000000" if size < 1000000 else "unchanged"
            check(f"{scene}: what {name}", lambda: failed(done, what) or (
                left != (65536 if size < 1000000 else size) and f"{left} bytes"))

    p = Place(scratch, "FailedLate")
    with open(p.outside, "wb") as out:
        out.write(500000 * b"d" + 500000 * b"o")
    done = p.scp("FailedLate", "-3", "one:/x", "other:/z")
    left = open(p.outside, "rb").read()
    check("a file of the same size and time that turns out to be another becomes a beginning", lambda: failed(
        done, f"incomplete: {len(left)} of 1000000") or (
            None if left == len(left) * b"d" and 400000 < len(left) < 960000 else f"{len(left)} bytes"))

    for there in (500000 * b"d" + 500000 * b"o", 1000000 * b"d"):
        one, other = (os.path.join(p.path, name) for name in ("one", "other"))
        for path, data in ((one, 1000000 * b"d"), (other, there)):
            with open(path, "wb") as out:
                out.write(data)
            os.utime(path, (1000, 1000))
        done = subprocess.run([CLEAT, "scp", "-F", "none", "-3", "-D", HONEST, "h:" + one, "o:" + other],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        check("one that looks the same becomes the same", lambda d=done: sane(d) or (
            None if d.returncode == 0 and open(other, "rb").read() == 1000000 * b"d" else f"{d}"))

    p = Place(scratch, "Stalls")
    process = subprocess.Popen([CLEAT, "scp", "-F", "none", "-3", "-D", p.server("Stalls"), "one:/x", "other:/z"],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(p.outside, 1000000)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    left = open(p.outside, "rb").read()
    check("interrupted: what is left is a beginning", lambda: None if left == 65536 * b"d" and process.returncode == 1 and
          b"interrupted; it is incomplete: 65536 of 1000000" in said else f"{process.returncode} {len(left)} {said!r}")


def lists(scratch):
    p = Place(scratch, "lists")
    check("a list that breaks off is an error", lambda: failed(
        p.scp("BrokenList", "host:/*", p.target), "broke off"))
    check("in sftp, too", lambda: failed(p.sftp("BrokenList", "get /* target\n"), "broke off"))
    check("lists without names end", lambda: sane(p.scp("NoNames", "-r", "host:/", p.target + "/n")))
    check("or are given up", lambda: failed(p.scp("NeverNames", "-r", "host:/", p.target + "/n"), "without an end"))
    check("between two machines, too", lambda: failed(
        p.scp("NeverNames", "-3", "-r", "one:/", "other:/n"), "without an end"))
    check("and when they are shown", lambda: failed(p.sftp("NeverNames", "ls /\n"), "without an end"))
    check("one handle is too few for a tree", lambda: failed(
        p.scp("OneHandle", "-r", "host:/", p.target + "/one"), "one open file at a time"))
    check("for a pattern, too", lambda: failed(p.sftp("NeverNames", "ls /*\n"), "no entries and no end"))
    for done in (p.sftp("LongNames", "ls\n"), p.sftp("LongNames", "get * target\n"),
                 p.scp("LongNames", "-3", "-r", "one:/", "other:/z")):
        check("a list without an end is not kept for good", lambda d=done: sane(d) or failed(d, "too many names"))
    check("nor is a tree without an end", lambda: sane(p.sftp("Deep", "rm **/x\n")) or failed(
        p.sftp("Deep", "ls **/x\n"), "too many names"))
    done = p.sftp("OddTimes", "ls -l /\nls -1t /\nls -ltr /\n")
    order = b"/x1\n/x4\n/x2\n/x3\n/x5\n/x0\n"
    check("files of any time are listed in their order", lambda: sane(done) or (
        None if done.returncode == 0 and order in done.stdout else f"{done}"))
    for scene in ("OddHome", "NoHome"):
        check(f"{scene}: names are shown or refused", lambda: sane(p.sftp(scene, "ls *\nls\npwd\n")))


def long_words(scratch):
    """How much is there is said, however much else there is to say."""
    p = Place(scratch, "long-words")
    deep = os.path.join(p.target, *5 * [120 * "p"])
    os.makedirs(deep)
    for source in ("x", 300 * "r" + "/x"):
        done = p.scp("BreaksOff", "host:/" + source, deep)
        check("a copy that breaks off says how much of which file is there", lambda: failed(
            done, "pp/x is incomplete: at least ") or failed(done, " of 100000 bytes are there") or
            failed(done, "/x: www"))
    done = p.scp("BreaksOff", "-3", "one:/x", "other:/" + 1500 * "r" + "x")
    check("so does one between two machines", lambda: failed(done, "rrx: www") or failed(done, "is unchanged"))


def interrupts(scratch):
    """Ctrl-C while the server says nothing."""
    for number, command in enumerate(("ls", "ls x*", "get x*", "rm x*", "cd x*")):
        p = Place(scratch, f"interrupt-{number}")
        check(f"{command}: an interrupt brings the prompt back", lambda: interrupted(p, command))
    check("a line can be dropped after Ctrl-Z and fg", lambda: stopped(Place(scratch, "stopped")))
    p = Place(scratch, "interrupted-scp")
    check("scp: it ends what waits for a pattern", lambda: interrupted_scp(p))


def stopped(p):
    """A shell that stops and continues it, as only one that is its parent can."""
    run = Terminal(["bash", "--norc", "--noprofile", "-i"])
    run.type(f"PS1='sh$ '; cd {p.path}; {CLEAT} sftp -F none -D {HONEST}\n".encode())
    run.wait_for(b"sftp> ")
    for _ in range(2):
        run.type(b"abc\x1a")
        run.wait_for(b"Stopped")
        run.wait_for(b"sh$ ")
        run.type(b"fg\n")
        run.wait_for(b"abc")
        run.type(b"\x03")
        run.wait_for(b"^C")
        run.wait_for(b"sftp> ")
    run.type(b"lpwd\n")
    said = run.wait_for(b"\r\nLocal working directory")
    run.type(b"bye\n")
    run.wait_for(b"sh$ ")
    run.type(b"exit\n")
    run.end()
    return b"abc" in said and f"{said!r}"


def wait_for(path, size=0):
    limit = time.monotonic() + 60
    while not os.path.exists(path) or os.path.getsize(path) < size:
        if time.monotonic() > limit:
            raise TimeoutError(path)
        time.sleep(0.01)


def interrupted(p, command):
    with Terminal([CLEAT, "sftp", "-F", "none", "-D", p.server("NoAnswer")]) as t:
        t.wait_for(b"sftp> ")
        t.type(f"{command}\r".encode())
        wait_for(p.outside)
        os.kill(t.pid, signal.SIGINT)
        said = t.wait_for(b"sftp> ").decode()
        t.type(b"pwd\r")
        t.wait_for(b"working directory: /")
        t.wait_for(b"sftp> ")
        t.type(b"quit\r")
        status = t.end()
    wrong = status or "no such file" in said or ("interrupted" not in said and command != "ls")
    return f"status {status}: {said!r}" if wrong else None


def interrupted_scp(p):
    process = subprocess.Popen([CLEAT, "scp", "-F", "none", "-D", p.server("NoAnswer"), "host:/x*", p.target],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(p.outside)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    return None if process.returncode == 1 and b"Sanitizer" not in said else f"{process.returncode} {said!r}"


def terminal(scratch):
    p = Place(scratch, "terminal")
    done = p.sftp("Escapes", "ls -1 /\nls -l /*\nget /* target\n")
    check("no name commands the terminal", lambda: None if b"\x1b" not in done.stdout + done.stderr and
          b"\x07" not in done.stdout + done.stderr else f"{done.stdout!r}")
    check("none begins a line of its own", lambda: None if b"\nsftp> fake" not in done.stdout.replace(
        b"sftp> ls", b"") else f"{done.stdout!r}")
    check("none turns the writing around", lambda: None if "\u202e".encode() not in done.stdout
          else f"{done.stdout!r}")
    lines(scratch)


HARMFUL = ("\x1b".encode(), b"\x07", "\u202e".encode(), b"\nscp: fake", b"\nsftp> fake")


def harmless(done):
    """Neither commands nor lines of somebody else's."""
    said = done.stdout.replace(b"sftp> ", b"") + b"\n" + done.stderr
    return None if not any(harm in said for harm in HARMFUL) else f"{said!r}"


def lines(scratch):
    p = Place(scratch, "lines")
    done = p.sftp("Lines", "-get -r / target/n\n-get /x target\n-ls /y*\n-cd /*\nget /x target\n")
    check("no message begins a line of the server's", lambda: failed(done, "fake") or harmless(done))
    done = p.scp("Lines", "-r", "host:/", p.target + "/m")
    check("nor one of scp", lambda: failed(done, "fake") or harmless(done))
    done = p.scp("Lines", "host:/*/..", p.target)
    check("nor one about a pattern", lambda: failed(done, "fake") or harmless(done))
    done = p.scp("Lines", "-3", "-r", "one:/", "other:/z")
    check("nor one between two machines", lambda: failed(done, "fake") or harmless(done))
    for name in ("\x1b[2Jlocal", "other\nsftp> fake"):
        with open(os.path.join(p.path, name), "w") as out:
            out.write(name)
    done = subprocess.run([CLEAT, "sftp", "-F", "none", "-D", p.server("EscapedHome")], input=b"put *\nput * none\npwd\n",
                          capture_output=True, timeout=60, cwd=p.path)
    check("what is sent is told without commands", lambda: "it is not told" if b"local" not in done.stdout
          else harmless(done))


def removal(scratch):
    p = Place(scratch, "removal")
    done = p.sftp("Upwards", "rm -r /d\n")
    removed = open(p.outside).read().split() if os.path.exists(p.outside) else []
    check("rm -r removes nothing outside of its folder", lambda: sane(done) or failed(done, "refused the name")
          or (None if removed == ["/d/x"] else f"{removed}"))
    p = Place(scratch, "deep-removal")
    done = p.sftp("Deep", "rm -r /d\n")
    check("rm -r in a tree without an end ends", lambda: sane(done) or failed(done, "bytes of path"))


def crowds(scratch):
    """More folders than are kept while they wait."""
    p = Place(scratch, "crowd")
    done = p.sftp("Crowd", "rm -r /d\n")
    removed = open(p.outside).read().split() if os.path.exists(p.outside) else []
    check("a tree that is wide and deep is walked with few folders open", lambda: sane(done) or (
        None if done.returncode == 0 and len(removed) == len(set(removed)) == 3 * 3001 + 1 and removed[-1] == "/d"
        else f"{len(removed)} {done.stderr[-300:]!r}"))
    p = Place(scratch, "swarm")
    done = p.sftp("Swarm", "rm -r /d\npwd\n")
    check("one without an end is given up", lambda: sane(done) or failed(done, "MiB of folders wait to be read"))
    done = p.sftp("Swarm", "-rm -r /d\npwd\n")
    check("and the session goes on", lambda: None if done.returncode == 0 and b"directory: /" in done.stdout else f"{done}")


def patterns(scratch):
    """With an honest server: the folder one is in is no pattern."""
    p = Place(scratch, "patterns")
    for folder, name in (("a[1]", "mine"), ("a1", "other")):
        os.mkdir(os.path.join(p.path, folder))
        with open(os.path.join(p.path, folder, name), "w") as out:
            out.write(name)
    inside = f"cd {p.path}\ncd \"a[1]\"\n"
    done = p.sftp(None, inside + "ls -1 *\n", HONEST)
    check("ls looks into the folder itself", lambda: None if b"mine" in done.stdout and b"other" not in
          done.stdout else f"{done.stdout!r}")
    done = p.sftp(None, inside + f"get * {p.target}\n", HONEST)
    check("get does", lambda: None if os.listdir(p.target) == ["mine"] else f"{os.listdir(p.target)}")
    done = p.sftp(None, inside + "rm *\n", HONEST)
    check("rm does", lambda: None if os.listdir(os.path.join(p.path, "a1")) == ["other"] and
          os.listdir(os.path.join(p.path, "a[1]")) == [] else "it does not")
    with open(os.path.join(p.path, "f"), "w") as out:
        out.write("kept")
    p.sftp(None, f"cd {p.path}\ncp f f\ncp f ./f\n", HONEST)
    check("a file copied onto itself stays", lambda: None if open(os.path.join(p.path, "f")).read() ==
          "kept" else "it is empty")
    p.sftp(None, f"put /proc/cpuinfo {p.target}/cpu\n", HONEST)
    check("a file that says it is empty is read", lambda: None if p.size("cpu") else "it is empty")
    with open(os.path.join(p.path, "none"), "w"):
        pass
    done = p.sftp(None, f"put {p.path}/none {p.target}/none\nget {p.path}/none {p.target}/back\n", HONEST)
    check("one that is empty arrives so", lambda: None if p.size("none") == p.size("back") == 0 and
          done.returncode == 0 else f"{done.stderr!r}")


def widths(scratch):
    """Columns are those of a terminal, not bytes."""
    p = Place(scratch, "widths")
    for name in ("ab", "e\u0301x", "zz", "\u65e5\u672c\u8a9e"):
        with open(f"{p.target}/{name}", "w"):
            pass
    done = p.sftp(None, f"ls {p.target}\ncd {p.target}\nls\n", HONEST)
    wanted = "\nab      e\u0301x      zz      \u65e5\u672c\u8a9e\n"
    check("ls has columns", lambda: sane(done) or (None if wanted.encode() in done.stdout else f"{done.stdout!r}"))
    name = "\u65e5\u672c.bin"
    with open(f"{p.path}/{name}", "w") as out:
        out.write("x")
    run = Terminal([CLEAT, "scp", "-F", "none", "-D", HONEST, f"h:{p.path}/{name}", p.target], columns=60)
    line = run.wait_for(b"100%").decode().rsplit("\r", 1)[1]
    run.end()
    check("so has progress", lambda: None if line == name + 14 * " " else f"{line!r}")


def local_trees(scratch):
    """`**` in patterns of this machine's files."""
    p = Place(scratch, "local-trees")
    for name in ("a.c", "d/b.c", "d/e/c.c", "d/e/c.h", ".h/x.c", "d/[x]/y.c", "o/z.c"):
        os.makedirs(os.path.dirname(f"{p.path}/t/{name}"), exist_ok=True)
        with open(f"{p.path}/t/{name}", "w") as out:
            out.write(name)
    os.symlink("../o", f"{p.path}/t/d/link")
    os.makedirs(p.path + "/empty")
    for pattern, names in (("**/*.c", "a.c b.c c.c y.c z.c"), ("d/**", "b.c c.c c.h y.c"), ("**/**/e/*.c", "c.c"),
                           ("**/e/", "e"), ("**/\\\\[x]/*", "y.c"), (p.path + "/t/**/b.c", "b.c"), ("**/none", None)):
        to = f"{p.path}/empty/{len(os.listdir(p.path + '/empty'))}"
        os.makedirs(to)
        done = subprocess.run([CLEAT, "sftp", "-F", "none", "-b", "-", "-D", HONEST], capture_output=True, timeout=60,
                              input=f"{'put -r' if pattern.endswith('/') else '-put'} {pattern} {to}\n".encode(),
                              cwd=p.path + "/t")
        got = " ".join(sorted(os.listdir(to)))
        check(f"put {pattern if pattern[0] != '/' else '/.../**/b.c'}", lambda d=done, n=names, g=got: sane(d) or (
            None if g == (n or "") and (n or b"no such file" in d.stdout + d.stderr) else f"{g!r} {d}"))


def main():
    scratch = Scratch(None)
    try:
        links(scratch)
        in_the_way(scratch)
        sizes(scratch)
        few_bytes(scratch)
        between(scratch)
        lists(scratch)
        long_words(scratch)
        interrupts(scratch)
        terminal(scratch)
        removal(scratch)
        crowds(scratch)
        patterns(scratch)
        local_trees(scratch)
        widths(scratch)
    finally:
        scratch.stop()
    finish()


main()
