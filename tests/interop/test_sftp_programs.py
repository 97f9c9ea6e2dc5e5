#!/usr/bin/python3
"""Others' programs that live on SFTP and on ssh: Green End's, AsyncSSH's and ProFTPD's servers in each version and
Dropbear with sftp-server for cleat sftp and the library's client; sshfs, libssh and Go's pkg/sftp for cleatd; rsync and git over both."""
import filecmp
import hashlib
import os
import shlex
import shutil
import subprocess

import proftpd
from asyncssh_server import asyncssh, serve
from peers import BIN, CLEAT, USER, Scratch, finish, report, run_cells
from programs import Missing, compile_c, compile_go
from trees import differ, make_tree

GREEN_END = "/usr/libexec/gesftpserver"
SFTP_SERVER = "/usr/lib/openssh/sftp-server"
QUIET = ["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"]


def run(args, seconds=90, **how):
    done = subprocess.run(args, capture_output=True, timeout=seconds, **how)
    return done.returncode and f"{args[0]}: status {done.returncode}: {(done.stderr or done.stdout).decode()[-300:]}"


class Work:
    def __init__(self, scratch):
        self.scratch, self.count = scratch, 0
        self.tree = scratch.file("tree")
        make_tree(self.tree)

    def folder(self):
        self.count += 1
        path = self.scratch.file(f"work-{self.count}")
        os.makedirs(path)
        return path

    def login(self, port):
        return [*QUIET, "-i", self.scratch.file("user_ed25519")], f"{USER}@127.0.0.1", port


# --- cleat sftp ------------------------------------------------------------------------------------

def cleat_sftp(work, port, version):
    flags, target, _ = work.login(port)
    f = work.folder()
    batch = f"""version
put -rp {work.tree} {f}/t
ln -s t {f}/sym
rename {f}/t/plain {f}/t/renamed
rename {f}/t/renamed {f}/t/plain
chmod 600 {f}/t/plain
ls -l {f}/t
-rm {f}/none
get -rp {f}/t {f}/back
cp -rp {f}/t {f}/copy
-cp -r {f}/t {f}/t/itself
"""
    done = subprocess.run([CLEAT, "sftp", "-X", f"version={version}", "-P", str(port), *flags, "-b", "-", target],
                          input=batch.encode(), capture_output=True, timeout=90)
    if done.returncode or f"version {version}".encode() not in done.stdout.lower():
        return done
    if os.readlink(f"{f}/sym") != "t" or os.stat(f"{f}/t/plain").st_mode & 0o777 != 0o600:
        return "the link or the mode is wrong"
    if os.path.exists(f"{f}/t/itself"):
        return "a folder is copied into itself"
    return differ(work.tree, f"{f}/back") or differ(f"{f}/t", f"{f}/copy")


# --- the library's client: what cleat sftp has no commands for -----------------------------------------

NOT_HERE = ("-", "8")  # not asked for, or OP_UNSUPPORTED

def asker(work, port, version, offers, peer="", if_missing="0 {f}/none 5"):
    """offers: what else than files, in that version."""
    flags, target, _ = work.login(port)
    f, data = work.folder(), b"some bytes"
    os.mkdir(f + "/sub")
    with open(f + "/file", "wb") as out:
        out.write(data)
    done = subprocess.run([os.path.join(BIN, "sftp_asker"), str(version), peer, f, CLEAT, "ssh", *flags, "-p", str(port),
                           "-s", target, "sftp"], capture_output=True, text=True, timeout=60)
    got = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    room = os.statvfs(f)
    right = {"version": str(version), "composed": f"0 {f}/file 1", "absolute": f"0 {f} 2", "size": f"0 {len(data)}",
             "if": if_missing.format(f=f), "home": f"0 {work.scratch.home()} 5", "lock": "0", "unlock": "0", "close": "0",
             "space": f"0 {room.f_blocks * room.f_frsize} {room.f_frsize}", "hash": f"0 sha1 {hashlib.sha1(data).hexdigest()}"}
    wrong = {name: value for name, value in got.items() if value != right.get(name, value) and value not in NOT_HERE}
    offered = {name for name in ("home", "space", "hash", "lock") if got.get(name) not in NOT_HERE}
    good = not done.returncode and not wrong and offered == set(offers) and got["always"] in ("2", "10")
    return None if good else f"{done.stderr} wrong: {wrong}, offered: {offered}, all: {got}"


# --- clients of cleatd -------------------------------------------------------------------------------

def sshfs(work, port):
    flags, target, _ = work.login(port)
    f = work.folder()
    os.makedirs(f"{f}/there")
    os.makedirs(f"{f}/mount")
    options = [word for word in flags if word.startswith("StrictHost") or word.startswith("UserKnown")]
    wrong = run(["sshfs", "-p", str(port), "-o", ",".join([*options, f"IdentityFile={flags[-1]}"]),
                 f"{target}:{f}/there", f"{f}/mount"])
    if wrong:
        return wrong
    try:
        shutil.copytree(work.tree, f"{f}/mount/t", symlinks=True)
        os.rename(f"{f}/mount/t/plain", f"{f}/mount/t/other")
        os.rename(f"{f}/mount/t/other", f"{f}/mount/t/plain")
        os.symlink("t", f"{f}/mount/sym")
        os.truncate(f"{f}/mount/t/plain", 0)
        with open(f"{f}/mount/t/plain", "ab") as out:
            out.write(open(f"{work.tree}/plain", "rb").read())
        shutil.copytree(f"{f}/mount/t", f"{f}/back", symlinks=True)
        os.statvfs(f"{f}/mount")
    finally:
        subprocess.run(["fusermount3", "-u", f"{f}/mount"], capture_output=True, timeout=20)
    return differ(work.tree, f"{f}/there/t") or differ(work.tree, f"{f}/back")


def golang(work, port, program):
    flags, _, _ = work.login(port)
    f = work.folder()
    wrong = run([program, str(port), USER, flags[-1], work.tree, f"{f}/t", f"{f}/back"])
    if wrong:
        return wrong
    found = differ(f"{f}/t", f"{f}/back")
    return found or (None if os.stat(f"{f}/t/plain").st_size == 0 else "it was not cut")


def libssh(work, port, program):
    flags, _, _ = work.login(port)
    f = work.folder()
    big = f"{work.tree}/sub/deeper/deepest/big"
    wrong = run([program, str(port), USER, flags[-1], big, f, f"{f}/back"])
    return wrong or (None if filecmp.cmp(big, f"{f}/back", shallow=False) else "other bytes")


# --- over ssh ----------------------------------------------------------------------------------------

def shell(work, port, client):
    flags, _, _ = work.login(port)
    return shlex.join([*client, *flags, "-p", str(port)])


def rsync(work, port, client):
    f = work.folder()
    rsh = shell(work, port, client)
    wrong = run(["rsync", "-a", "-e", rsh, f"{work.tree}/", f"{USER}@127.0.0.1:{f}/there/"]) or \
        run(["rsync", "-a", "-e", rsh, f"{USER}@127.0.0.1:{f}/there/", f"{f}/back/"])
    if wrong:
        return wrong
    with open(f"{f}/back/sub/deeper/deepest/big", "r+b") as out:
        out.seek(1 << 20)
        out.write(b"changed")
    wrong = run(["rsync", "-ac", "--delete", "-e", rsh, f"{f}/back/", f"{USER}@127.0.0.1:{f}/there/"])
    return wrong or differ(f"{f}/back", f"{f}/there")


def git(work, port, client):
    f = work.folder()
    env = {**os.environ, "GIT_SSH_COMMAND": shell(work, port, client), "GIT_CONFIG_GLOBAL": os.devnull,
           "GIT_CONFIG_SYSTEM": os.devnull}
    me = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "safe.directory=*"]
    url = f"ssh://{USER}@127.0.0.1{f}/there.git"
    subprocess.run(["git", "init", "-q", "--bare", f"{f}/there.git"], check=True, env=env)
    wrong = run(["git", *me, "clone", "-q", url, f"{f}/one"], env=env)
    if wrong:
        return wrong
    shutil.copytree(f"{work.tree}/sub", f"{f}/one/sub")
    return run(["git", "add", "."], env=env, cwd=f"{f}/one") or \
        run(["git", *me, "commit", "-qm", "all"], env=env, cwd=f"{f}/one") or \
        run(["git", *me, "push", "-q", "origin", "HEAD:main"], env=env, cwd=f"{f}/one") or \
        run(["git", *me, "clone", "-q", "-b", "main", url, f"{f}/two"], env=env) or \
        differ(f"{f}/one/sub", f"{f}/two/sub")


# --- all ---------------------------------------------------------------------------------------------

def dropbear(scratch):
    key = scratch.file("dropbear_host")
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", key], check=True, capture_output=True)
    home = os.path.join(scratch.home(), ".ssh")
    os.makedirs(home, mode=0o700, exist_ok=True)
    shutil.copyfile(scratch.file("authorized_keys"), os.path.join(home, "authorized_keys"))
    os.chmod(os.path.join(home, "authorized_keys"), 0o600)
    return scratch.start(lambda port: ["/usr/sbin/dropbear", "-F", "-E", "-p", f"127.0.0.1:{port}", "-r", key, "-P",
                                       scratch.file("dropbear.pid")], "dropbear.log", "Not backgrounding")


def add(cells, name, needs, test):
    """A test that is left out, and says so, where something is not installed."""
    missing = [n for n in needs if not os.path.exists(n) and not shutil.which(n)]
    if missing:
        report(name, skip=f"{', '.join(missing)}: not here")
    else:
        cells.append((name, test))


def compiled(cells, name, build, test):
    try:
        program = build()
        cells.append((name, lambda: test(program)))
    except Missing as problem:
        report(name, skip=str(problem))


def main():
    scratch = Scratch()
    cells = []
    try:
        work = Work(scratch)
        ours = scratch.cleatd("cleatd")
        sshd = scratch.sshd("sshd", ["Subsystem sftp internal-sftp"])
        green = scratch.sshd("green", [f"Subsystem sftp {GREEN_END}", "SetEnv LC_ALL=C.UTF-8"]) if os.path.exists(GREEN_END) else 0
        for version in (3, 4, 5, 6):
            add(cells, f"Green End's server, version {version}", [GREEN_END],
                lambda v=version: cleat_sftp(work, green, v))
        pro = proftpd.serve(scratch) if proftpd.runs() else 0
        pro_needs = [] if pro else ["ProFTPD"]
        for version in (3, 4, 5, 6):
            add(cells, f"ProFTPD's server, version {version}", pro_needs,
                lambda v=version: cleat_sftp(work, pro, v))
        asyncssh_port = serve(scratch, asyncssh.SFTPServer, sftp_version=6)
        cells += [(f"AsyncSSH's server, version {v}", lambda v=v: cleat_sftp(work, asyncssh_port, v))
                  for v in (3, 4, 5, 6)]
        for name, port, needs, offers, more in (
                ("cleatd", ours, [], {3: "home space hash", 6: "home space hash lock"}, {}),
                ("OpenSSH's server", sshd, [], {3: "home"}, {}),
                ("AsyncSSH's server", asyncssh_port, [], {3: "", 6: ""}, {}),
                ("Green End's server", green, [GREEN_END], {3: "", 5: "space", 6: "space"}, {}),
                ("ProFTPD's server", pro, pro_needs, {3: "", 5: "space hash", 6: "space hash lock"},
                 {"peer": "SSH-2.0-mod_sftp", "if_missing": "2"})):
            for version, words in offers.items():
                add(cells, f"the library and {name}, version {version}", needs,
                    lambda p=port, v=version, w=words, m=more: asker(work, p, v, w.split(), **m))
        add(cells, "Dropbear with sftp-server", ["dropbear", SFTP_SERVER],
            lambda: cleat_sftp(work, dropbear(scratch), 3))
        add(cells, "sshfs", ["sshfs", "/dev/fuse"], lambda: sshfs(work, ours))
        compiled(cells, "libssh's SFTP", lambda: compile_c(scratch, "libssh_sftp", "libssh"),
                 lambda program: libssh(work, ours, program))
        compiled(cells, "Go's pkg/sftp", lambda: compile_go(scratch, "go_sftp", "github.com/pkg/sftp"),
                 lambda program: golang(work, ours, program))
        for name, program in (("rsync", rsync), ("git", git)):
            for way, client, port in (("ssh to cleatd", ["ssh"], ours), ("cleat to sshd", [CLEAT, "ssh"], sshd),
                                      ("cleat to cleatd", [CLEAT, "ssh"], ours)):
                add(cells, f"{name}: {way}", [name], lambda p=program, c=client, s=port: p(work, s, c))
        run_cells(cells)
    except (RuntimeError, subprocess.SubprocessError) as problem:
        report("servers start and answer", str(problem))
    finally:
        scratch.stop()
    finish()


main()
