#!/usr/bin/python3
"""cleat scp against OpenSSH's sshd and cleatd: files, trees, patterns, times and modes; and what goes
wrong: full disks, connections that end, interrupts, servers that mean harm."""
import filecmp
import os
import shutil
import signal
import subprocess
import tempfile
import time

from asyncssh_server import asyncssh, serve
from peers import CLEAT, USER, Scratch, attempt, finish, report, run_cells
from trees import differ, make_tree

SERVER = "/usr/lib/openssh/sftp-server"


class Place:
    def __init__(self, scratch, name, port):
        self.scratch, self.name, self.port = scratch, name, port
        self.count = 0

    def start(self, *args, port=None, **how):
        options = ["-F", "none", "-i", self.scratch.file("user_ed25519"), "-o", "BatchMode yes",
                   "-o", "StrictHostKeyChecking no", "-o", "UserKnownHostsFile /dev/null",
                   "-o", "LogLevel ERROR", "-P", str(port or self.port)]
        return subprocess.Popen([CLEAT, "scp", *options, *args], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)

    def scp(self, *args, port=None):
        process = self.start(*args, port=port)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        return process.returncode, err.decode(errors="replace"), out

    def folder(self):
        self.count += 1
        path = self.scratch.file(f"{self.name}-{self.count}")
        os.makedirs(path)
        return path


def at(path):
    return f"{USER}@127.0.0.1:{path}"


def fine(done):
    return None if done == (0, "", b"") else repr(done)


def tree_both_ways(p, tree):
    f = p.folder()
    problem = fine(p.scp("-r", tree, at(f"{f}/there"))) or differ(tree, f"{f}/there")
    return problem or fine(p.scp("-r", at(f"{f}/there"), f"{f}/back")) or differ(tree, f"{f}/back")


def into_a_folder(p, tree):
    f = p.folder()
    os.makedirs(f"{f}/into")
    problem = fine(p.scp("-r", tree, at(f"{f}/into"))) or differ(tree, f"{f}/into/tree")
    os.makedirs(f"{f}/back")
    return problem or fine(p.scp("-r", at(tree), f"{f}/back")) or differ(tree, f"{f}/back/tree")


def times_and_modes(p, tree):
    f = p.folder()
    for to, arguments in (("put", [tree + "/plain", at(f + "/put")]), ("get", [at(tree + "/plain"), f + "/get"])):
        done = p.scp("-p", *arguments)
        ours, theirs = os.stat(f"{f}/{to}"), os.stat(tree + "/plain")
        if done[0] or ours.st_mode != theirs.st_mode or int(ours.st_mtime) != int(theirs.st_mtime):
            return f"{to}: {done} {oct(ours.st_mode)} {ours.st_mtime} {theirs.st_mtime}"
    return None


def patterns(p, tree):
    f = p.folder()
    done = p.scp(at(tree + "/sub/[mn]*"), at(tree + "/sub/dee*r/dee?est/big"), f)
    if done[0] or sorted(os.listdir(f)) != ["big", "nothing"]:
        return f"{done} {os.listdir(f)}"
    done = p.scp(at(tree + "/none*"), f)
    return None if done[0] == 1 and "none*" in done[1] else repr(done)


def homes(p, tree):
    """SFTP has none; who writes "~" still means one."""
    f, home = p.folder(), p.scratch.home()
    os.makedirs(home, exist_ok=True)
    there = tempfile.mkdtemp(prefix=".cleat-scp-", dir=home)
    try:
        name = os.path.basename(there)
        problem = fine(p.scp(tree + "/plain", at(f"~/{name}/one.c"))) or \
            fine(p.scp(tree + "/plain", at(f"~{USER}/{name}/two.c"))) or \
            fine(p.scp(at(f"~{USER}/{name}/*.c"), at(f"~/{name}/one.c"), at(f"./{name}/two.c"), f)) or \
            fine(p.scp("-3", at(f"~/{name}/one.c"), at(f"~{USER}/{name}/three.c"))) or \
            fine(p.scp("-3", at(f"~{USER}/{name}/one.c"), at(f"~/{name}/four.c")))
        unknown = p.scp(at(f"~nobody-{name}/one.c"), f + "/none")
        found = sorted(os.listdir(there)), sorted(os.listdir(f))
        return problem or (None if unknown[0] == 1 and found ==
                           (["four.c", "one.c", "three.c", "two.c"], ["one.c", "two.c"]) else (unknown, found))
    finally:
        shutil.rmtree(there)


def several_sources(p, tree):
    f = p.folder()
    done = p.scp(tree + "/plain", tree + "/two words", at(f))
    if done[0] or sorted(os.listdir(f)) != ["plain", "two words"]:
        return f"{done} {os.listdir(f)}"
    done = p.scp(tree + "/plain", tree + "/two words", at(f + "/plain"))
    return None if done[0] == 1 and "Not a directory" in done[1] else repr(done)


def onto_itself(p, tree):
    f = p.folder()
    for name in ("file", "folder/file"):
        os.makedirs(os.path.dirname(f"{f}/{name}"), exist_ok=True)
        with open(f"{f}/{name}", "w") as out:
            out.write("kept")
    os.symlink("file", f"{f}/link")
    os.symlink(f, f"{f}/around")
    for source, target, flags in (("file", "file", ""), ("file", "link", ""), ("link", "file", ""), ("file", "", ""),
                                  ("folder/../file", "file", ""), ("fil*", "around/file", ""), ("file", "file", "-O"),
                                  ("folder", "folder", "-r"), ("folder", "", "-r")):
        done = p.scp("-3", *flags.split(), at(f"{f}/{source}"), at(f"{f}/{target}"))
        kept = open(f"{f}/file").read() + open(f"{f}/folder/file").read()
        if done[0] != 1 or "would be copied" not in done[1] or kept != "keptkept":
            return f"{source} to {target}: {done} {kept}"
    os.link(f"{f}/file", f"{f}/hard")
    for source, target in (("file", "file"), ("file", "hard"), ("link", "hard")):
        problem = fine(p.scp("-3", at(f"{f}/{source}"), f"{USER}@127.1:{f}/{target}")) or \
            fine(p.scp("-3", at(f"{f}/file"), at(f"{f}/hard")))
        if problem or open(f"{f}/file").read() != "kept":
            return f"{source} to {target} under another address: {problem} {open(f'{f}/file').read()}"
    problem = fine(p.scp("-3", at(f"{f}/file"), at(f"{f}/other")))
    return problem or (None if open(f"{f}/other").read() == "kept" else "another name is not written")


def within_one_machine(p, tree):
    """The server copies by itself: at this rate it would take an hour through here."""
    f = p.folder()
    with open(f"{f}/big", "wb") as out:
        out.write(os.urandom(3 << 20))
    os.makedirs(f"{f}/folder/in")
    os.symlink("../../big", f"{f}/folder/in/link")
    done = p.scp("-3", "-l", "8", "-rp", at(f"{f}/big"), at(f"{f}/fold*"), at(f"{f}/folder"))
    if done[0] != 1 or "in it" not in done[1] or not filecmp.cmp(f"{f}/big", f"{f}/folder/big", shallow=False):
        return repr(done)
    problem = fine(p.scp("-3", "-l", "8", "-rp", at(f"{f}/fold*"), at(f"{f}/other")))
    return problem or (None if filecmp.cmp(f"{f}/big", f"{f}/other/in/link", shallow=False) and
                       not os.path.islink(f"{f}/other/in/link") else "the tree is another")


def one_of_many_fails(p, tree):
    f = p.folder()
    done = p.scp(f"{tree}/plain", f"{tree}/is not there", f"{tree}/-dash", at(f))
    if done[0] != 1 or "is not there" not in done[1] or sorted(os.listdir(f)) != ["-dash", "plain"]:
        return f"{done} {os.listdir(f)}"
    done = p.scp(at(tree), f)
    return None if done[0] == 1 and "directory" in done[1] else repr(done)


def links_are_followed(p, tree):
    f = p.folder()
    os.makedirs(f"{f}/from")
    os.symlink(f"{tree}/plain", f"{f}/from/to_file")
    os.symlink("nowhere", f"{f}/from/dangling")
    done = p.scp("-r", at(f"{f}/from"), f"{f}/got")
    if done[0] != 1 or "dangling" not in done[1] or os.listdir(f"{f}/got") != ["to_file"]:
        return f"{done} {os.listdir(f + '/got')}"
    return "a link" if os.path.islink(f"{f}/got/to_file") else None


def many_files(p):
    f = p.folder()
    os.makedirs(f"{f}/from")
    for i in range(2000):
        with open(f"{f}/from/{i}", "w") as out:
            out.write(f"{i}\n" * (i % 50))
    problem = fine(p.scp("-r", f"{f}/from", at(f"{f}/there"))) or differ(f"{f}/from", f"{f}/there")
    return problem or fine(p.scp("-r", at(f"{f}/there"), f"{f}/back")) or differ(f"{f}/from", f"{f}/back")


def a_full_disk(p, tree, disk):
    big = tree + "/sub/deeper/deepest/big"
    for arguments in ([big, at(disk + "/b")], [at(big), disk + "/b"]) if disk else ():
        done = p.scp(*arguments)
        if done[0] != 1 or "incomplete" not in done[1] or disk + "/b" not in done[1]:
            return repr(done)
        os.unlink(disk + "/b")
    return None


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def ended_in_the_middle(p, tree, how):
    """A slow copy is begun, and ended by how(process)."""
    f = p.folder()
    process = p.start("-l", "4000", at(tree + "/sub/deeper/deepest/big"), f + "/b")
    try:
        if not until(lambda: os.path.exists(f + "/b") and os.path.getsize(f + "/b") > 100000):
            return "nothing came"
        how(process)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    said = err.decode(errors="replace")
    if process.returncode == 0 or "incomplete" not in said or f"{f}/b" not in said:
        return f"{process.returncode} {said}"
    return None if os.path.getsize(f + "/b") else "the part that came is gone"


def interrupted(p, tree):
    return ended_in_the_middle(p, tree, lambda process: process.send_signal(signal.SIGINT))


def on_this_machine(p, tree):
    """Without a host on either side."""
    f = p.folder()
    os.makedirs(f + "/from")
    for name in ("a", "-b"):
        with open(f"{f}/from/{name}", "w") as out:
            out.write(name)
    os.utime(f + "/from/a", (1500000000, 1400000000))
    os.symlink("a", f + "/from/link")
    problem = fine(p.scp("-p", f + "/from/a", f + "/from/-b", f)) or fine(p.scp("-r", f + "/from", f + "/copy"))
    if problem or os.path.islink(f + "/copy/link") or open(f + "/-b").read() != "-b":
        return problem or "a link is copied as such"
    if os.stat(f + "/a").st_mtime != 1400000000:
        return "the time is not kept"
    done = p.scp(f + "/from/a", f + "/from/-b", f + "/none")
    return None if done[0] == 1 and not os.path.lexists(f + "/none") else repr(done)


def into_no_folder(p, tree):
    """Several sources: nothing is made, and nothing written."""
    f = p.folder()
    sources = [f"{tree}/plain", f"{tree}/sub/deeper/deepest/big"]
    for mode in ([], ["-O"]):
        for arguments in ([*sources, at(f + "/none")], [*map(at, sources), f + "/none"]):
            done = p.scp(*mode, *arguments)
            if done[0] != 1 or f + "/none" not in done[1] or os.path.lexists(f + "/none"):
                return f"{mode} {done}"
    return None


# ---- servers that mean harm ----

class Harm(asyncssh.SFTPServer):
    names = []

    def listdir(self, path):
        return self.names

    def lstat(self, path):
        return super().lstat(path) if os.path.basename(path) == b"from" else \
            asyncssh.SFTPAttrs(permissions=0o100644, size=3)


def names_that_lead_away(p):
    for name in (b"../escaped", b"/tmp/escaped-from-scp", b"a/b", b""):
        f = p.folder()
        os.makedirs(f + "/from")
        os.makedirs(f + "/to")
        port = serve(p.scratch, type("Named", (Harm,), {"names": [name]}))
        done = p.scp("-r", at(f + "/from"), f + "/to/tree", port=port)
        left = sorted(os.listdir(f)) + os.listdir(f + "/to/tree")
        if done[0] != 1 or "refused the name" not in done[1] or left != ["from", "to"]:
            return f"{name}: {done} {left}"
    return None


def places(scratch):
    yield Place(scratch, "sshd", scratch.sshd("sshd", [f"Subsystem sftp {SERVER}"]))
    yield Place(scratch, "cleatd", scratch.cleatd("cleatd"))


def main():
    scratch = Scratch()
    try:
        disk = scratch.small_disk()
        tree = scratch.file("tree")
        make_tree(tree)
        os.utime(tree + "/plain", (1500000000, 1400000000))
        for p in places(scratch):
            run_cells([(f"{p.name}: {test.__name__.replace('_', ' ')}", lambda test=test: test(p, tree))
                       for test in (tree_both_ways, into_a_folder, times_and_modes, patterns, homes,
                                    several_sources, one_of_many_fails, onto_itself, within_one_machine, links_are_followed,
                                    interrupted, on_this_machine, into_no_folder)])
            report(f"{p.name}: many files", attempt(lambda: many_files(p)))
            report(f"{p.name}: a full disk is told of", attempt(lambda: a_full_disk(p, tree, disk)))
        report("names that lead away are refused", attempt(lambda: names_that_lead_away(p)))
        report("a connection that ends is told of", attempt(
            lambda: ended_in_the_middle(p, tree, lambda _: kill_server(scratch, p))))
    finally:
        scratch.stop()
    finish()


def kill_server(scratch, place):
    process = scratch.by_port.pop(place.port)
    scratch.servers.remove(process)
    process.kill()
    process.wait(20)


if __name__ == "__main__":
    main()
