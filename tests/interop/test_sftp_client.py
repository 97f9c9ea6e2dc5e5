#!/usr/bin/python3
"""cleat sftp against OpenSSH's sshd and cleatd: commands in batches beside OpenSSH's sftp, what fails,
what breaks off, and what somebody at a terminal does."""
import filecmp
import os
import re
import signal
import stat
import subprocess
import termios
import time

from peers import CLEAT, USER, Scratch, attempt, finish, report
from terminal import Terminal

SERVER = "/usr/lib/openssh/sftp-server"


class Place:
    def __init__(self, scratch, name, port):
        self.scratch, self.name, self.port = scratch, name, port
        self.count = 0

    def options(self):
        return ["-F", "none", "-i", self.scratch.file("user_ed25519"), "-o", "BatchMode yes",
                "-o", "StrictHostKeyChecking no", "-o", "UserKnownHostsFile /dev/null",
                "-o", "LogLevel ERROR", "-P", str(self.port)]

    def run(self, commands, *flags, program=None, folder="/", to=None):
        program = program or [CLEAT, "sftp"]
        batch = self.scratch.file(f"{self.name}.batch")
        with open(batch, "w") as out:
            out.write("\n".join(commands) + "\n")
        return subprocess.run([*program, *self.options(), *flags, "-b", batch,
                               to or f"{USER}@127.0.0.1"], cwd=folder, capture_output=True, text=True,
                              timeout=60)

    def folder(self):
        """A new one, with files that are listed, fetched and matched."""
        self.count += 1
        path = self.scratch.file(f"{self.name}-{self.count}")
        os.makedirs(f"{path}/there/deep/er")
        os.makedirs(f"{path}/here")
        for name, text in (("one.txt", "1"), ("two.txt", "22"), ("with space", "333"),
                           (".hidden", ""), ("deep/four", "4" * 100000), ("star*", "55555")):
            with open(f"{path}/there/{name}", "w") as out:
                out.write(text)
        for age, name in enumerate(("deep", "with space", "star*", "two.txt", "one.txt")):
            os.utime(f"{path}/there/{name}", (1e9 - age * 1e5, 1e9 - age * 1e5))
        return path


def good(done, *texts):
    missing = [text for text in texts if text not in done.stdout]
    return f"{done}, without {missing}" if done.returncode or missing or done.stderr else None


# ---- batches ----

def as_openssh(p):
    """What is listed and said in the same words."""
    f = p.folder()
    os.symlink("deep", f"{f}/there/way")
    commands = [f"cd {f}/there", "pwd", "ls -1", "ls -1a", "ls -1r", "ls -1S", "ls -1t", "ls -1 *.txt",
                "ls -1 deep", f"ls -1 {f}/there/deep", 'ls -1 "with space"', "ls -1 with\\ space",
                "ls -1 star\\*", "cd way", "pwd", "cd ..", "pwd", "mkdir other", "ls -1 */", "ls -1 deep/*/",
                "ls -1 */four", f"ls -1 {f}/there/*/", "ls -1 d*/", "rmdir other"]
    ours = p.run(commands)
    theirs = p.run(commands, program=["sftp"])
    return None if ours.stdout == theirs.stdout and ours.returncode == theirs.returncode == 0 else \
        f"{ours}\n{theirs}"


def long_listing(p):
    f = p.folder()
    os.chmod(f"{f}/there/one.txt", 0o640)
    os.symlink("one.txt", f"{f}/there/link")
    done = p.run([f"ls -l {f}/there"])
    lines = {line.split()[-1]: line for line in done.stdout.splitlines()[1:]}
    name = f"{f}/there/one.txt"
    if os.getuid() == 0:
        os.chown(f"{f}/there/one.txt", 1, 1)
        numbers = p.run([f"ls -ln {f}/there/one.txt"])
        if not re.search(r" (1|daemon) +(1|daemon) ", numbers.stdout):
            return f"{numbers}"
        own = p.run([f"chown -h 2 {f}/there/link", f"chgrp -h 3 {f}/there/link"])
        link = os.lstat(f"{f}/there/link")
        if good(own) or (link.st_uid, link.st_gid, os.stat(f"{f}/there/one.txt").st_uid) != (2, 3, 1):
            return f"a link's own owner: {own} {link}"
    return good(done) or (None if re.match(r"-rw-r----- +\S+ +\S+ +\S+ +1 Sep +4  2001 ",
                                           lines[name]) and lines[f"{f}/there/link"][0] == "l"
                          else f"{lines}")


def long_listing_as_openssh(p):
    """With the owners' names, which version 3 has to ask for."""
    f = p.folder()
    commands = [f"cd {f}/there", "ls -la", "ls -lh", "ls -lt *.txt"]
    ours, theirs = p.run(commands), p.run(commands, program=["sftp"])
    return None if ours.stdout == theirs.stdout and f" {USER} " in ours.stdout else f"{ours}\n{theirs}"


def copies(p):
    f = p.folder()
    done = p.run([f"lcd {f}/here", f"cd {f}/there", "get one.txt", "get two.txt other", 'get "with space"',
                  "get star\\* star", "mget *.txt", "get -p one.txt kept", "get -R deep",
                  "put kept up", "put -p kept up2", "put -f kept up3", "get -f up3 3", "put -R deep sent", "!true"])
    if good(done):
        return good(done)
    pairs = [("one.txt", "one.txt"), ("two.txt", "other"), ("with space", "with space"),
             ("star*", "star"), ("deep/four", "deep/four"), ("up", "kept"), ("up3", "3"), ("sent/four", "deep/four")]
    bad = [pair for pair in pairs
           if not filecmp.cmp(f"{f}/there/{pair[0]}", f"{f}/here/{pair[1]}", shallow=False)]
    old = [name for name in ("here/kept", "there/up2") if os.stat(f"{f}/{name}").st_mtime != 1e9 - 4e5]
    return f"{bad} {old}" if bad or old else None


def local_commands(p):
    """A line of the shell's, whatever it begins with, and a shell without SHELL."""
    f = p.folder()
    done = p.run([f"lcd {f}", "!cd here; pwd", "!false || echo second", "!if true; then echo third; fi", "-!exit 3",
                  f"!echo ! | env -u SHELL {CLEAT} sftp -D {SERVER} -b -"])
    return None if done.returncode == 0 and all(text in done.stdout for text in (f"{f}/here\n", "second\n", "third\n")) \
        and done.stderr == "the command has ended with status 3\n" else f"{done}"


def slashes_and_dots(p):
    f = p.folder()
    done = p.run([f"lcd {f}/here", f"cd {f}/there", "get -r deep/", f"lcd {f}/here/deep", "get -r .",
                  f"lcd {f}/there/deep", "mkdir up", "cd up", "put -r er/", "put -r ."])
    wanted = ["here/deep/four", "here/deep/deep/four", "here/deep/one.txt", "there/up/er", "there/up/four"]
    missing = [name for name in wanted if not os.path.exists(f"{f}/{name}")]
    escapes = p.run([f"lcd {f}/here", f"cd {f}/there/deep", "get -r .."])
    twice = p.run([f"get {f}/there/*.txt {f}/here/none"])
    return good(done) or (None if not missing and escapes.returncode == 1 and "one.txt" not in os.listdir(f"{f}/here")
                          and twice.stderr.count("more than one") == 1 else f"{missing} {escapes} {twice}")


def patterns(p):
    """A slash at the end is for folders, and what has no pattern behind one must be there."""
    f = p.folder()
    os.symlink("deep", f"{f}/there/way")
    os.symlink("one.txt", f"{f}/there/not")
    os.symlink("nothing", f"{f}/there/deep/er/dangling")
    done = p.run([f"lcd {f}/here", f"cd {f}/there", "rm d*/er/dangling", "get -r */", "lmkdir a", "lcd a", "get */four",
                  "-get -r *.txt/", "-get */x"])
    found = sorted(os.listdir(f"{f}/here")), sorted(os.listdir(f"{f}/here/a"))
    return None if found == (["a", "deep", "way"], ["four"]) and not os.path.lexists(f"{f}/there/deep/er/dangling") \
        and done.stderr.splitlines() == ['"*.txt/": there is no such file', '"*/x": there is no such file'] \
        else f"{done} {found}"


def patterns_of_trees(p):
    """** is any folders, but not behind links."""
    f = p.folder()
    os.symlink("..", f"{f}/there/deep/up")
    with open(f"{f}/there/deep/er/three.txt", "w") as out:
        out.write("3")
    done = p.run([f"lcd {f}/here", f"cd {f}/there", "ls -1 **/*.txt", "get **/*.txt", "chmod 600 **/four"])
    listed = [line for line in done.stdout.splitlines() if not line.startswith("sftp>")]
    return good(done) or (None if sorted(os.listdir(f"{f}/here")) == ["one.txt", "three.txt", "two.txt"]
                          and listed == ["deep/er/three.txt", "one.txt", "two.txt"] and
                          stat.S_IMODE(os.stat(f"{f}/there/deep/four").st_mode) == 0o600 else f"{done}")


def changes(p):
    f = p.folder()
    done = p.run([f"cd {f}/there", "mkdir new", "rename one.txt new/1", "chmod 600 two.txt",
                  "ln -s two.txt soft", "ln two.txt hard", "symlink nowhere dangling", "cp two.txt 2",
                  "rename 2 hard", "rm deep/four star*", "rmdir deep/er", "df", "version"])
    there = lambda *name: os.path.join(f, "there", *name)  # noqa: E731
    facts = (open(there("new/1")).read(), stat.S_IMODE(os.stat(there("two.txt")).st_mode),
             os.readlink(there("soft")), open(there("hard")).read(), os.readlink(there("dangling")),
             os.path.exists(there("star*")), os.listdir(there("deep")))
    wanted = ("1", 0o600, "two.txt", "22", "nowhere", False, [])
    return good(done, "Capacity", "SFTP protocol version") or \
        (None if facts == wanted else f"{facts}")


def trees(p):
    """Folders with their parents, and with all that is in them."""
    f = p.folder()
    os.symlink(f"{f}/here", f"{f}/there/deep/out")
    os.symlink(f"{f}/here", f"{f}/there/out")
    open(f"{f}/here/kept", "w").close()
    for i in range(300):
        open(f"{f}/there/deep/er/{i}", "w").close()
    done = p.run([f"cd {f}/there", "mkdir -p new/a/b", "mkdir -p new/a", "mkdir -p deep/er", "rm -r deep out/ *.txt"])
    left, made = sorted(os.listdir(f"{f}/there")), os.listdir(f"{f}/there/new/a")
    failed = p.run([f"cd {f}/there", "-mkdir -p with\\ space/a", "-rm -r nothing", "-rm -r .", "rm -r new/a none new/.. new"])
    said = failed.stderr.splitlines()
    if left != [".hidden", "new", "star*", "with space"] or made != ["b"] or os.listdir(f"{f}/here") != ["kept"]:
        return f"{left} {made} {done}"
    told = len(said) == 5 and f"{f}/there/with space" in said[0] and f"{f}/there/nothing" in said[1] \
        and f"{f}/there/none" in said[3]
    return good(done) or (None if told and failed.returncode == 1 and not os.path.exists(f"{f}/there/new")
                          else f"{failed}")


def copied_onto_itself(p):
    f = p.folder()
    os.symlink("one.txt", f"{f}/there/soft")
    os.link(f"{f}/there/two.txt", f"{f}/there/hard")
    refused = [p.run([f"cd {f}/there", f"cp {names}"]).returncode for names in ("one.txt soft", "soft one.txt")]
    p.run([f"cd {f}/there", "cp two.txt hard"])
    done = p.run([f"cd {f}/there", "cp two.txt deep/four", "cp /proc/self/limits limits"])
    texts = [open(f"{f}/there/{name}").read() for name in ("one.txt", "two.txt", "deep/four")]
    same = refused == [1, 1] and texts == ["1", "22", "22"] and os.path.getsize(f"{f}/there/limits")
    return good(done) or (None if same else f"{refused} {texts}")


def copies_within(p):
    """Files and trees, in one place or many, from and to wherever the server has them."""
    f = p.folder()
    os.symlink("one.txt", f"{f}/there/deep/link")
    os.chmod(f"{f}/there/deep/four", 0o750)
    with open(f"{f}/there/deep/er/big", "wb") as out:
        out.write(os.urandom(3 << 20))
    done = p.run([f"cd {f}/there", "mkdir into", "cp -rp deep new", "copy -r deep/ into", "cp *.txt star\\* into",
                  "cp -p one.txt old", "cp one.txt into/1", "cp -r deep new"])
    said = p.run([f"cd {f}/there", "-cp -r deep deep/er", "-cp deep flat", "-cp *.txt none", "-cp one.txt two.txt none",
                  "-cp nothing into", "-cp -r .. into", "cp one.txt one.txt"])
    same = [(one, other) for one, other in (
        ("deep/er/big", "new/er/big"), ("deep/four", "into/deep/four"), ("star*", "into/star*"), ("two.txt", "into/two.txt"),
        ("one.txt", "into/1"), ("one.txt", "old"), ("deep/er/big", "new/deep/er/big"))
        if not filecmp.cmp(f"{f}/there/{one}", f"{f}/there/{other}", shallow=False)]
    modes = [stat.S_IMODE(os.stat(f"{f}/there/{name}").st_mode) for name in ("new/four", "into/deep/four")]
    left = os.readlink(f"{f}/there/new/link"), os.path.exists(f"{f}/there/deep/er/deep"), os.path.exists(f"{f}/there/none")
    times = os.stat(f"{f}/there/old").st_mtime, os.stat(f"{f}/there/new").st_mtime == os.stat(f"{f}/there/deep").st_mtime
    if same or modes != [0o750, 0o750] or left != ("one.txt", False, False) or times[0] != 1e9 - 4e5:
        return f"{same} {modes} {left} {times} {done} {said}"
    lines = said.stderr.splitlines()
    told = said.returncode == 1 and len(lines) == 7 and "in it" in lines[0] and "without -r" in lines[1] \
        and "more than one" in lines[2] and "more than one" in lines[3] and "nothing" in lines[4] and "no name" in lines[5]
    return good(done) or (None if told else f"{said}")


def failures(p):
    f = p.folder()
    first = p.run([f"cd {f}/there", "rm nothing", "mkdir never"])
    second = p.run([f"cd {f}/there", "-rm nothing", "@mkdir once", "-@rmdir nothing", "frobnicate"])
    problems = []
    if first.returncode != 1 or "nothing" not in first.stderr or os.path.exists(f"{f}/there/never"):
        problems.append(f"a failure does not end the batch: {first}")
    if second.returncode != 1 or not os.path.isdir(f"{f}/there/once") or "@mkdir" in second.stdout \
            or "sftp> -rm nothing\n" not in second.stdout \
            or "no such command" not in second.stderr:
        problems.append(f"prefixes: {second}")
    for command in ('get "open', "chmod 9 x", "get", "ls -Z", "get nothing*", "get -p"):
        done = p.run([f"cd {f}/there", command])
        if done.returncode != 1 or not done.stderr:
            problems.append(f"{command}: {done}")
    return "\n".join(problems) or None


def resumed(p):
    f = p.folder()
    with open(f"{f}/there/big", "wb") as out:
        out.write(os.urandom(3 << 20))
    with open(f"{f}/there/big", "rb") as whole, open(f"{f}/here/big", "wb") as part:
        part.write(whole.read(1 << 20))
    os.makedirs(f"{f}/there/up")
    with open(f"{f}/there/big", "rb") as whole, open(f"{f}/there/up/big", "wb") as part:
        part.write(whole.read(1 << 19))
    done = p.run([f"reget {f}/there/big {f}/here/big", f"reput {f}/here/big {f}/there/up/big"])
    same = filecmp.cmp(f"{f}/there/big", f"{f}/here/big", False) and \
        filecmp.cmp(f"{f}/there/big", f"{f}/there/up/big", False)
    return good(done) or (None if same else "other bytes")


def a_path_of_the_command_line(p):
    f = p.folder()
    where = f"{USER}@127.0.0.1:{f}/there"
    folder = p.run(["pwd"], to=where)
    file = subprocess.run([CLEAT, "sftp", *p.options(), f"{where}/two.txt", ], cwd=f"{f}/here",
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    uri = p.run(["ls -1"], to=f"sftp://{USER}@127.0.0.1:{p.port}/{f}/there/deep")
    other = fetch(p, f"{where}/two.txt", f"{f}/here/other*name")
    nothing = fetch(p, f"{USER}@127.0.0.1", f"{f}/here/none")
    return good(folder, f"{f}/there") or good(uri, "four") or \
        (None if file.returncode == 0 and open(f"{f}/here/two.txt").read() == "22" else f"{file}") or \
        (None if other.returncode == 0 and open(f"{f}/here/other*name").read() == "22" else f"{other}") or \
        (None if nothing.returncode == 1 and "names no file" in nothing.stderr else f"{nothing}")


def fetch(p, *words):
    return subprocess.run([CLEAT, "sftp", *p.options(), *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


def no_server(p):
    done = p.run(["pwd"], "-s", "nothing")
    return None if done.returncode == 255 and done.stderr else f"{done}"


def talkative_login(p):
    done = p.run(["pwd"], "-s", "/bin/echo Welcome to this machine")
    return None if done.returncode == 255 and '"Welc..."; what the server runs' in done.stderr else f"{done}"


# ---- at a terminal ----

def prompt(t):
    """Waits for it, and until keys are taken as they come."""
    t.wait_for(b"sftp> ")
    limit = time.monotonic() + 60
    while termios.tcgetattr(t.fd)[3] & termios.ICANON and time.monotonic() < limit:
        time.sleep(0.001)


def typed(p):
    f = p.folder()
    with Terminal(["env", "LC_ALL=C.UTF-8", CLEAT, "sftp", *p.options(), f"{USER}@127.0.0.1:{f}/there"]) as t:
        prompt(t)
        t.type(b"pw\t\r")
        t.wait_for(b"Remote working directory: ")
        prompt(t)
        t.type(b"cd de\t\r")
        prompt(t)
        t.type(b"pwd\r")
        t.wait_for(b"there/deep\r\n")
        prompt(t)
        t.type(b"cd ..\r")
        prompt(t)
        for command in (b"ls with\t\r", b"ls with\\ s\t\r",  # escapes the blank
                        b'ls "wi\t\r', b"ls 'with\t\r", b'ls "with s\t\r', b'ls "with \t\r'):  # ends the quote
            t.type(command)
            t.wait_for(b"\r\nwith space")
            prompt(t)
        t.type(b"lls -d /etc/host\tname\x01\x0b!echo from $((40+2))\r")  # Ctrl-A, Ctrl-K
        t.wait_for(b"from 42")
        prompt(t)
        t.type(b"\x1b[A\r")  # the line before
        t.wait_for(b"\r\nfrom 42")
        prompt(t)
        t.type(b"nonsense\r")
        t.wait_for(b"no such command")
        prompt(t)
        t.type("mkdir n\u00fcr\r".encode())
        prompt(t)
        t.type(b"rename n\t n\xc3\xb6\x7f\xc3\xa4r\r")
        prompt(t)
        t.type(b"put /no\x03")  # drops the line
        prompt(t)
        t.type(b"!echo $((2*21)) left\r")
        t.wait_for(b"\r\n42 left")
        prompt(t)
        t.type(b"\x04")
        return None if t.end() == 0 and os.path.isdir(f"{f}/there/n\u00e4r") else "it does not end well"


def narrow(p):
    """A progress line that is wider than the terminal would leave one there for each time it is drawn."""
    f = p.folder()
    name = "long" * 20
    os.rename(f"{f}/there/one.txt", f"{f}/there/{name}")
    for columns in (30, 40, 80, 200):
        with Terminal([CLEAT, "sftp", *p.options(), f"{USER}@127.0.0.1:{f}/there"], columns=columns) as t:
            prompt(t)
            t.type(f"get lon* {f}/here/\r".encode())
            t.wait_for(b"\n")
            drawn = [part for part in re.split(b"[\r\n]", t.wait_for(b"sftp> ")) if b"100%" in part]
        if not drawn or any(len(line) >= columns or not line.startswith(b"l") for line in drawn):
            return f"{columns}: {drawn}"
    return None


def interrupted(p):
    f = p.folder()
    with open(f"{f}/there/big", "wb") as out:
        out.write(os.urandom(1 << 20) * 100)  # holes would be there at once
    with Terminal([CLEAT, "sftp", *p.options(), "-l", "80000", f"{USER}@127.0.0.1:{f}/there"]) as t:
        prompt(t)
        t.type(f"get big {f}/here/big\r".encode())
        limit = time.monotonic() + 60
        while not os.path.exists(f"{f}/here/big") or not os.stat(f"{f}/here/big").st_blocks:
            if time.monotonic() > limit:
                return "nothing is fetched"
            time.sleep(0.01)
        os.kill(t.pid, signal.SIGINT)
        t.wait_for(b"incomplete")
        prompt(t)
        t.type(b"pwd\r")
        t.wait_for(b"there\r\n")
        t.type(b"quit\r")
        status = t.end()
    return None if status == 0 and os.stat(f"{f}/here/big").st_size < 1 << 30 else f"status {status}"


def killed(p):
    """The connection goes while somebody thinks."""
    port = p.scratch.cleatd("doomed", ["StrictModes no"])
    place = Place(p.scratch, "doomed", port)
    with Terminal([CLEAT, "sftp", *place.options(), f"{USER}@127.0.0.1"]) as t:
        prompt(t)
        daemon = p.scratch.by_port[port]
        daemon.send_signal(signal.SIGTERM)
        daemon.send_signal(signal.SIGTERM)
        daemon.kill()
        return None if t.end() == 255 else "it goes on"


TESTS = (as_openssh, long_listing, copies, local_commands, slashes_and_dots, patterns, patterns_of_trees, changes, trees, copies_within, copied_onto_itself, failures, resumed, a_path_of_the_command_line,
         no_server, talkative_login, typed, narrow, interrupted)


def main():
    s = Scratch()
    try:
        places = [Place(s, "sshd", s.sshd("sshd", [f"Subsystem sftp {SERVER}"])),
                  Place(s, "cleatd", s.cleatd("cleatd"))]
        for place in places:
            for test in TESTS:
                report(f"{test.__name__.replace('_', ' ')}, {place.name}",
                       attempt(lambda place=place, test=test: test(place)))
        plain = Place(s, "plain", s.sshd("plain", [f"Subsystem sftp {SERVER} -P copy-data"]))
        report("copies within, by a server without copy-data", attempt(lambda: copies_within(plain)))
        report("a long listing as OpenSSH's", attempt(lambda: long_listing_as_openssh(places[0])))
        report("the connection goes while somebody thinks", attempt(lambda: killed(places[0])))
    finally:
        s.stop()
    finish()


main()
