#!/usr/bin/python3
"""scp's old protocol, both ends of it, with OpenSSH's, PuTTY's and AsyncSSH's; copies between two machines; and what
other ends that mean harm are refused."""
import asyncio
import os
import shutil
import signal
import stat
import subprocess
import time

from asyncssh_server import asyncssh, serve
from peers import CLEAT, USER, Scratch, attempt, finish, report
from trees import differ, make_tree

SECONDS = 90


class Places:
    """Three servers: OpenSSH's; ours; and ours on which `scp` is Cleat's."""

    def __init__(self):
        self.scratch = s = Scratch()
        self.disk = s.small_disk()
        os.makedirs(s.file("bin"))
        os.symlink(CLEAT, s.file("bin/scp"))
        os.symlink(CLEAT, s.file("bin/ssh"))
        self.tree = s.file("tree")
        make_tree(self.tree)
        os.unlink(self.tree + "/new\nline")  # which this protocol cannot say
        os.utime(self.tree + "/plain", (1500000000, 1400000000))
        path = f"PATH={s.file('bin')}:{os.environ['PATH']}"
        self.ports = {"sshd": s.sshd("sshd", ["Subsystem sftp internal-sftp"]), "cleatd": s.cleatd("cleatd"),
                      "cleat's scp": s.cleatd("ours", [f"SetEnv \"{path}\""])}
        self.number = 0
        with open(s.file("config"), "w") as out:
            for name, port in self.ports.items():
                out.write(f"Host {name.replace(' ', '').replace(chr(39), '')}\n Port {port}\n")
            out.write(f"Host *\n Hostname 127.0.0.1\n User {USER}\n IdentityFile {s.file('user_ed25519')}\n"
                      " BatchMode yes\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"
                      " GlobalKnownHostsFile /dev/null\n LogLevel ERROR\n")

    def host(self, name):
        return name.replace(" ", "").replace("'", "")

    def folder(self):
        self.number += 1
        path = self.scratch.file(f"f{self.number}")
        os.makedirs(path)
        return path

    def scp(self, *args, program=(CLEAT, "scp"), env=None):
        return subprocess.run([*program, "-F", self.scratch.file("config"), *args], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=SECONDS, env={**os.environ, **(env or {})})


def fine(done):
    return (done.returncode or done.stderr) and repr(done)


def check(name, test):
    problem = attempt(test)
    report(name, str(problem)[:1500] if problem else None)


def both_ways(p, name, options, program=(CLEAT, "scp")):
    f, host = p.folder(), p.host(name)
    problem = fine(p.scp(*options, "-r", p.tree, f"{host}:{f}/there", program=program))
    problem = problem or differ(p.tree, f"{f}/there")
    problem = problem or fine(p.scp(*options, "-r", f"{host}:{f}/there", f"{f}/back", program=program))
    return problem or differ(p.tree, f"{f}/back")


def kept(p, name, options, program=(CLEAT, "scp")):
    """Modes and times."""
    f, host = p.folder(), p.host(name)
    source = p.tree + "/plain"
    os.chmod(source, 0o640)
    problem = fine(p.scp(*options, "-p", source, f"{host}:{f}/a", program=program)) or \
        fine(p.scp(*options, "-p", f"{host}:{f}/a", f"{f}/b", program=program))
    for name in ("a", "b"):
        there = os.stat(f"{f}/{name}")
        if not problem and (stat.S_IMODE(there.st_mode) != 0o640 or there.st_mtime != 1400000000):
            problem = f"{name}: {there}"
    return problem


def patterns(p, name):
    f, host = p.folder(), p.host(name)
    for one in ("a.c", "b.c", "c.h"):
        open(f"{f}/{one}", "w").close()
    os.mkdir(f + "/to")
    problem = fine(p.scp("-O", f"{host}:{f}/*.c", f"{host}:{f}/c.h", f + "/to"))
    return problem or (sorted(os.listdir(f + "/to")) != ["a.c", "b.c", "c.h"] and os.listdir(f + "/to"))


def one_of_many_fails(p, name):
    f, host = p.folder(), p.host(name)
    os.mkdir(f + "/to")
    done = p.scp("-O", p.tree + "/plain", f + "/none", p.tree + "/sub", f"{host}:{f}/to")
    good = done.returncode == 1 and os.listdir(f + "/to") == ["plain"] and b"none: no such file" in done.stderr
    return not good and (done, os.listdir(f + "/to"))


def older_longer_file(p, name):
    f, host = p.folder(), p.host(name)
    with open(f + "/old", "w") as out:
        out.write("x" * 100000)
    with open(f + "/new", "w") as out:
        out.write("short")
    problem = fine(p.scp("-O", f + "/new", f"{host}:{f}/old"))
    return problem or (open(f + "/old").read() != "short" and "the old end is still there")


def full(p, name):
    if not p.disk:
        return None
    big = p.tree + "/sub/deeper/deepest/big"
    for args in ([big, f"{p.host(name)}:{p.disk}/b"], [f"{p.host(name)}:{big}", p.disk + "/b"]):
        done = p.scp("-O", *args)
        if done.returncode != 1 or b"pace left" not in done.stderr and b"ENOSPC" not in done.stderr:
            return done
        os.unlink(p.disk + "/b")
    return None


def new_line(p):
    f = p.folder()
    open(f + "/a\nb", "w").close()
    done = p.scp("-O", f + "/a\nb", f"cleatd:{f}/x")
    return (done.returncode != 1 or b"cannot say this name" not in done.stderr) and done


def slow(p):
    """-l holds the rate down; Ctrl-C leaves what has come and says so."""
    f = p.folder()
    with open(f + "/data", "wb") as out:
        out.write(os.urandom(200000))
    begun = time.monotonic()
    problem = fine(p.scp("-O", "-l", "800", f + "/data", f"cleatd:{f}/copy"))
    if problem or time.monotonic() - begun < 1.5:
        return problem or "it was too fast"
    process = subprocess.Popen([CLEAT, "scp", "-F", p.scratch.file("config"), "-O", "-l", "400", f"cleatd:{f}/data",
                                f + "/part"], stderr=subprocess.PIPE)
    while not os.path.exists(f + "/part") or not os.path.getsize(f + "/part"):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    return (process.returncode != 1 or b"incomplete" not in said) and (process.returncode, said)


# --- between two machines -------------------------------------------------------------------------

def third(p, source, target, *options):
    f = p.folder()
    problem = fine(p.scp(*options, "-r", "-p", f"{p.host(source)}:{p.tree}", f"{p.host(target)}:{f}/there"))
    return problem or differ(p.tree, f + "/there")


def third_mixed(p):
    f = p.folder()
    os.mkdir(f + "/to")
    done = p.scp(f"sshd:{p.tree}/plain", f"cleatd:{p.tree}/sub/deeper/deepest/big", p.tree + "/sub/nothing", f"cleatd:{f}/to")
    there = sorted(os.listdir(f + "/to"))
    return fine(done) or (there != ["big", "nothing", "plain"] and there)


def several_hosts(p):
    f = p.folder()
    done = p.scp(f"sshd:{p.tree}/plain", f"cleatd:{p.tree}/sub/nothing", f)
    return fine(done) or (sorted(os.listdir(f)) != ["nothing", "plain"] and os.listdir(f))


def direct(p):
    """The source's machine has no configuration of ours, so it is told the port and trusts the host."""
    f = p.folder()
    os.makedirs(p.scratch.home() + "/.ssh", exist_ok=True)
    with open(p.scratch.home() + "/.ssh/config", "w") as out, open(p.scratch.file("config")) as config:
        out.write(config.read())
    done = p.scp("-R", "-r", f"cleatsscp:{p.tree}", f"scp://sshd:{p.ports['sshd']}/{f}/there")
    return fine(done) or differ(p.tree, f + "/there")


def another_program(p):
    f, path = p.folder(), p.scratch.file("program")
    with open(path, "w") as out:
        out.write(f'#!/bin/sh\necho "$*" >>{p.scratch.file("ran")}\nexec ssh "$@"\n')
    os.chmod(path, 0o755)
    for target, more in (("a", ["-O"]), ("b", []), ("c", ["-3"])):
        source = p.tree + "/plain" if target != "c" else f"cleatd:{p.tree}/plain"
        problem = fine(p.scp("-S", path, *more, source, f"sshd:{f}/{target}"))
        if problem:
            return problem
    ran = open(p.scratch.file("ran")).read().splitlines()
    return (sorted(os.listdir(f)) != ["a", "b", "c"] or len(ran) != 4) and (os.listdir(f), ran)


def putty(p):
    if not shutil.which("pscp"):
        return None
    f, key = p.folder(), p.scratch.file("user.ppk")
    subprocess.run(["puttygen", p.scratch.file("user_ed25519"), "-O", "private", "-o", key], check=True)
    host = subprocess.check_output(["ssh-keygen", "-lf", p.scratch.file("host_ed25519.pub")], text=True).split()[1]
    base = ["pscp", "-scp", "-batch", "-q", "-r", "-P", str(p.ports["cleat's scp"]), "-i", key, "-hostkey", host]
    tree = p.tree + "/sub"  # without names that only PuTTY takes for more
    for source, target in ((tree, f"{USER}@127.0.0.1:{f}/there"), (f"{USER}@127.0.0.1:{f}/there", f + "/back")):
        done = subprocess.run([*base, source, target], capture_output=True, timeout=SECONDS)
        if done.returncode:
            return done
    return differ(tree, f + "/back")


def asyncssh_serves(p):
    port = serve(p.scratch, asyncssh.SFTPServer, allow_scp=True)
    with open(p.scratch.file("config"), "a") as out:
        out.write(f"Host asyncssh\n Hostname 127.0.0.1\n Port {port}\n")
    return both_ways(p, "asyncssh", ["-O"]) or kept(p, "asyncssh", ["-O"])


def asyncssh_copies(p):
    """AsyncSSH's scp to a machine whose `scp` is Cleat's."""
    f = p.folder()
    host = ("127.0.0.1", p.ports["cleat's scp"])
    login = {"username": USER, "known_hosts": None, "config": None, "agent_path": None,
             "client_keys": [p.scratch.file("user_ed25519")]}

    async def both():
        await asyncssh.scp(p.tree, (host, f"{f}/there"), recurse=True, preserve=True, **login)
        await asyncssh.scp((host, f"{f}/there"), f"{f}/back", recurse=True, preserve=True, **login)
        try:
            await asyncssh.scp((host, f"{f}/none"), f"{f}/got", **login)
            return "what is not there was fetched"
        except asyncssh.SFTPError:
            return None

    problem = asyncio.run(both()) or differ(p.tree, f"{f}/there") or differ(p.tree, f"{f}/back")
    return problem or (None if os.stat(f"{f}/back/plain").st_mtime == 1400000000 else "the time was not kept")


# --- harm -----------------------------------------------------------------------------------------

def against(p, script, *args, **more):
    """cleat scp with a program in place of ssh, which plays the other end."""
    path = p.scratch.file("evil")
    with open(path, "w") as out:
        out.write("#!/usr/bin/python3\nimport sys\ni, o = sys.stdin.buffer, sys.stdout.buffer\n"
                  "def put(b):\n    o.write(b); o.flush()\n" + script)
    os.chmod(path, 0o755)
    return p.scp("-O", "-S", path, *args, **more)


def evil_source(p):
    cases = {"a name that leads up": r"put(b'C0644 3 ../x\n')", "an absolute name": r"put(b'C0644 3 /tmp/x\n')",
             "a name that was not asked for": r"put(b'C0644 3 .bashrc\n')",
             "a directory where none was asked for": r"put(b'D0755 0 file\n')",
             "a negative size": r"put(b'C0644 -1 file\n')",
             "a huge size": r"put(b'C0644 99999999999999999999999 file\n')",
             "no line at all": r"put(b'x' * 100000)", "an end of nothing": r"put(b'E\n')",
             "a name with a zero": r"put(b'C0644 3 fi\0le\n')", "a parent as a directory": r"put(b'D0755 0 ..\n')"}
    for name, script in cases.items():
        f = p.folder()
        done = against(p, script + "\ni.read()\n", f"host:{f}/file", f)
        left = sorted(os.listdir(f))
        check(f"refused from a source: {name}", lambda done=done, left=left: (
            done.returncode == 0 or not done.stderr or left) and (done, left))


def slash_at_the_end(p):
    """"dir/" asks for "dir", which is what the other side sends, and for nothing else."""
    script = "i.read(1); put(b'D0755 0 {}\\n'); i.read(1); put(b'E\\n'); i.read(1)\n"
    for name, good in (("dir", True), (".ssh", False)):
        f = p.folder()
        done = against(p, script.format(name), "-r", "host:x/dir/", f)
        check(f"a path with a slash at its end takes {'its name' if good else 'no other'}", lambda d=done, f=f, g=good: (
            os.listdir(f) != (["dir"] if g else []) or (d.returncode == 0) != g) and (d, os.listdir(f)))


def evil_more(p):
    f = p.folder()
    done = against(p, r"""
i.read(1); put(b'C0644 3 file\n'); i.read(1); put(b'abc\0'); i.read(1)
put(b'C0644 3 file2\n'); i.read(1); put(b'abc\0'); i.read(1)
""", f"host:{f}/file", f)
    check("a second file that was not asked for", lambda: (
        os.listdir(f) != ["file"] or done.returncode == 0) and (done, os.listdir(f)))
    f = p.folder()
    done = against(p, r"i.read(1); put(b'C0644 300 file\n'); i.read(1); put(b'abc')", f"host:{f}/file", f)
    check("a file that breaks off is said to be incomplete", lambda: (
        done.returncode == 0 or b"incomplete: 3 of 300" not in done.stderr) and done)
    f = p.folder()
    done = against(p, "put(b'\\1scp: \\x1b[2Jhello\\n')\n", f"host:{f}/file", f)
    check("complaints command no terminal", lambda: (
        b"\x1b" in done.stderr or b"hello" not in done.stderr) and done)
    f = p.folder()
    done = against(p, r"i.read(1); put(b'C4755 1 file\n'); i.read(1); put(b'a\0'); i.read(1)", f"host:{f}/file", f)
    check("no set-user-id without -p", lambda: (
        os.stat(f + "/file").st_mode & 0o7000 or done.returncode) and (done, oct(os.stat(f + "/file").st_mode)))


def evil_sink(p):
    done = against(p, r"put(b'\2no\n')", p.tree + "/plain", "host:x")
    check("a sink that refuses", lambda: (done.returncode != 1 or b"no" not in done.stderr) and done)
    done = against(p, "pass", p.tree + "/plain", "host:x")
    check("a sink that is gone", lambda: done.returncode == 0 and done)


def evil_client(p):
    """Our sink as the other end, told by a client that means harm."""
    f = p.folder()
    for line in (b"C0644 1 ../up\n", b"C0644 1 a/b\n", b"D0755 0 ..\n", b"nonsense\n", b"C9999 1 x\n"):
        process = subprocess.Popen([CLEAT, "scp", "-t", f], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said, _ = process.communicate(line + b"x\0" * 10, timeout=30)
        check(f"our end refuses {line!r}", lambda said=said, process=process: (
            process.returncode != 1 or b"\1scp:" not in said or os.listdir(f) or
            os.path.exists(f + "/../up")) and (process.returncode, said))


def main():
    p = Places()
    try:
        for name in p.ports:
            for test in (both_ways, kept):
                check(f"cleat scp -O and {name}: {test.__name__.replace('_', ' ')}",
                      lambda test=test, name=name: test(p, name, ["-O"]))
            for test in (patterns, one_of_many_fails, older_longer_file, full):
                check(f"cleat scp -O and {name}: {test.__name__.replace('_', ' ')}",
                      lambda test=test, name=name: test(p, name))
        check("OpenSSH's scp -O and cleat's scp", lambda: both_ways(p, "cleat's scp", ["-O"], ("scp",)))
        check("and what it keeps", lambda: kept(p, "cleat's scp", ["-O"], ("scp",)))
        check("a name with a line end is an error", lambda: new_line(p))
        check("-l and an interrupt", lambda: slow(p))
        for source, target in (("sshd", "cleatd"), ("cleatd", "sshd"), ("cleat's scp", "cleat's scp")):
            check(f"from {source} to {target}", lambda s=source, t=target: third(p, s, t))
            check(f"from {source} to {target} by the old protocol", lambda s=source, t=target: third(p, s, t, "-3", "-O"))
        check("sources here and on two machines", lambda: third_mixed(p))
        check("sources on two machines", lambda: several_hosts(p))
        check("-R", lambda: direct(p))
        check("-S", lambda: another_program(p))
        check("cleat scp -O and AsyncSSH's server", lambda: asyncssh_serves(p))
        check("AsyncSSH's scp and cleat's scp", lambda: asyncssh_copies(p))
        check("PuTTY's pscp -scp", lambda: putty(p))
        evil_source(p)
        evil_more(p)
        slash_at_the_end(p)
        evil_sink(p)
        evil_client(p)
    finally:
        p.scratch.stop()
    finish()


main()
