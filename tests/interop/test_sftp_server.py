#!/usr/bin/python3
"""cleatd's own SFTP server with the clients that people have: OpenSSH's sftp and scp, psftp, lftp, curl,
Paramiko, AsyncSSH in each version; and with clients that mean harm."""
import asyncio
import hashlib
import os
import shutil
import stat
import struct
import subprocess
import warnings

from peers import USER, Scratch, attempt, finish, report, run_cells, wait_for_text
from trees import ODD, describe, differ, make_tree

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    try:
        import asyncssh
    except ImportError:
        asyncssh = None
    try:
        import paramiko
    except ImportError:
        paramiko = None

OPTIONS = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
           "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]


class Place:
    """A server and a folder to work in."""

    def __init__(self, scratch, name, options=()):
        self.scratch = scratch
        self.port = scratch.cleatd(name, options)
        self.log = scratch.file(name + ".log")
        self.process = scratch.by_port[self.port]

    def folder(self, name):
        path = self.scratch.file(name)
        os.makedirs(path)
        return path

    def sftp(self, batch, *options, seconds=60):
        return subprocess.run(["sftp", "-b", "-", "-P", str(self.port), "-i", self.scratch.file("user_ed25519"),
                               *OPTIONS, *options, f"{USER}@127.0.0.1"], input=batch.encode(),
                              capture_output=True, timeout=seconds)

    def paramiko(self):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", self.port, USER, key_filename=self.scratch.file("user_ed25519"),
                       look_for_keys=False, allow_agent=False)
        return client


# --- OpenSSH ------------------------------------------------------------------------------------

def sftp_trees(place, tree):
    there, back = place.folder("o-there"), place.folder("o-back")
    done = place.sftp(f"put -R {tree} {there}/t\nget -R {there}/t {back}/t\nls -la {there}/t\ndf {there}\n")
    if done.returncode:
        return done.stderr[-500:]
    return differ(tree, f"{there}/t") or differ(tree, f"{back}/t")


def scp_trees(place, tree):
    there, back = place.folder("s-there"), place.folder("s-back")
    common = ["scp", "-s", "-r", "-p", "-P", str(place.port), "-i", place.scratch.file("user_ed25519"), *OPTIONS]
    for source, target in ((tree, f"{USER}@127.0.0.1:{there}/t"), (f"{USER}@127.0.0.1:{there}/t", f"{back}/t")):
        done = subprocess.run([*common, source, target], capture_output=True, timeout=60)
        if done.returncode:
            return done.returncode, done.stderr[-500:]
    if stat.S_IMODE(os.stat(f"{back}/t/plain").st_mode) != 0o640:
        return "the mode was not kept"
    if int(os.stat(f"{back}/t/plain").st_mtime) != int(os.stat(f"{tree}/plain").st_mtime):
        return "the time was not kept"
    return differ(tree, f"{back}/t")


def sftp_resumes(place, tree):
    there, back = place.folder("r-there"), place.folder("r-back")
    whole = f"{tree}/sub/deeper/deepest/big"
    data = open(whole, "rb").read()
    for folder in (there, back):
        with open(f"{folder}/big", "wb") as out:
            out.write(data[:1 << 20])
    done = place.sftp(f"reput {whole} {there}/big\nreget {there}/big {back}/big\n")
    return done.stderr[-500:] if done.returncode else \
        None if open(f"{there}/big", "rb").read() == data == open(f"{back}/big", "rb").read() else "other bytes"


def sftp_names_and_links(place, _):
    there = place.folder("n-there")
    open(f"{there}/a", "wb").write(b"a")
    done = place.sftp(f"cd {there}\nrename a b\nln -s b sym\nln b hard\nmkdir d\nchmod 700 d\n-rm none\n"
                      f"-mkdir d\n-rmdir ..\nrm hard\nrmdir d\n-get none\n-cd none\ncp b c\n")
    if done.returncode:
        return done.stderr[-500:]
    if sorted(os.listdir(there)) != ["b", "c", "sym"] or os.readlink(f"{there}/sym") != "b":
        return sorted(os.listdir(there))
    return None if open(f"{there}/c").read() == "a" else "the copy holds something else"


def sftp_long_listing(place, _):
    there = place.folder("l-there")
    for i in range(3000):
        open(f"{there}/file-{i:05}", "wb").close()
    done = place.sftp(f"ls -1 {there}\n")
    lines = [line for line in done.stdout.splitlines() if b"file-" in line]
    return None if done.returncode == 0 and len(set(lines)) == 3000 else (len(lines), done.stderr[-300:])


def exit_status(place, tree):
    """scp in SFTP mode takes a missing exit-status for a failure; what did not go through is one."""
    done = place.scratch.openssh(place.port, "-s", command="sftp", data=b"\0\0\0\5\1\0\0\0\3")
    if done.returncode or done.stdout[:9] != struct.pack(">IBI", len(done.stdout) - 4, 2, 3):
        return done.returncode, done.stdout[:20], done.stderr
    done = place.scratch.openssh(place.port, "-s", command="sftp", data=b"\0\0\0\5\3\0\0\0\3")
    return None if done.returncode == 255 else ("after nonsense", done.returncode)


# --- others -------------------------------------------------------------------------------------

def putty(place, tree):
    if not shutil.which("psftp") or not shutil.which("puttygen"):
        return None
    there, back = place.folder("p-there"), place.folder("p-back")
    key = place.scratch.file("p.ppk")
    subprocess.run(["puttygen", place.scratch.file("user_ed25519"), "-O", "private", "-o", key], check=True)
    host = subprocess.check_output(["ssh-keygen", "-lf", place.scratch.file("host_ed25519.pub")], text=True)
    batch = place.scratch.file("p.batch")
    with open(batch, "w") as out:
        out.write(f"cd {there}\nput -r {tree}/sub t\nlcd {back}\nget -r t t\nls\nmkdir m\nmv t m/t\nchmod 700 m\n"
                  f"del m/t/nothing\nrmdir m/none\n")
    done = subprocess.run(["psftp", "-batch", "-bc", "-be", "-P", str(place.port), "-i", key, "-hostkey", host.split()[1],
                           "-b", batch, f"{USER}@127.0.0.1"], capture_output=True, timeout=60)
    return differ(f"{tree}/sub", f"{back}/t") or \
        (None if not os.path.exists(f"{there}/m/t/nothing") and os.path.isdir(f"{there}/m/t") else done.stdout[-800:])


def lftp(place, tree, version):
    """Which does not wait for each answer. In versions 4 and 5 it still has SYMLINK's paths as OpenSSH has them in
    version 3, so there it makes no link."""
    if not shutil.which("lftp"):
        return None
    there, back = place.folder(f"f{version}-there"), place.folder(f"f{version}-back")
    ssh = " ".join(["ssh", "-a", "-x", "-i", place.scratch.file("user_ed25519"), *OPTIONS])
    link = "ln -s u sym; " if version in (3, 6) else ""
    commands = (f"set sftp:protocol-version {version}; set sftp:connect-program '{ssh}'; set net:max-retries 1; set cmd:fail-exit true; "
                f"open -u {USER},none -p {place.port} sftp://127.0.0.1; mirror -R {tree} {there}/t; "
                f"mirror {there}/t {back}/t; cd {there}; mv t u; {link}chmod 700 u; rm u/plain; bye")
    done = subprocess.run(["lftp", "-c", commands], capture_output=True, timeout=60)
    if done.returncode:
        return done.stderr[-500:]
    if os.path.exists(f"{there}/u/plain") or (link and os.readlink(f"{there}/sym") != "u"):
        return os.listdir(there)
    return differ(tree, f"{back}/t")


def curl(place, tree):
    if b"sftp" not in subprocess.run(["curl", "-V"], capture_output=True).stdout:
        return None
    there, back = place.folder("c-there"), place.folder("c-back")
    common = ["curl", "-sS", "-k", "--key", place.scratch.file("user_ecdsa256"), "--pubkey",
              place.scratch.file("user_ecdsa256.pub"), "-u", f"{USER}:"]
    url = f"sftp://127.0.0.1:{place.port}{there}/new/big"
    big = f"{tree}/sub/deeper/deepest/big"
    for args in (["--ftp-create-dirs", "-T", big, url], ["-o", f"{back}/big", url],
                 ["-Q", f"-rename {there}/new/big {there}/new/huge", url], ["-l", os.path.dirname(url) + "/"]):
        done = subprocess.run([*common, *args], capture_output=True, timeout=60)
        if done.returncode:
            return args[0], done.returncode, done.stderr[-300:]
    same = open(big, "rb").read() == open(f"{back}/big", "rb").read()
    return None if same and b"huge" in done.stdout else (same, done.stdout)


def with_paramiko(place, tree):
    there, back = place.folder("k-there"), place.folder("k-back")
    with place.paramiko() as client, client.open_sftp() as sftp:
        big = f"{tree}/sub/deeper/deepest/big"
        sftp.put(big, f"{there}/big")
        sftp.get(f"{there}/big", f"{back}/big")
        with sftp.open(f"{there}/big") as f:
            block = f.check("sha1,md5", 0, 1 << 20, 1 << 18)
            f.prefetch()
            data = f.read()
        with sftp.open(f"{there}/log", "a") as f:
            f.write(b"one")
        with sftp.open(f"{there}/log", "a") as f:
            f.write(b"two")
        sftp.symlink("big", f"{there}/sym")
        sftp.utime(f"{there}/log", (1000000000, 1100000000))
        sftp.truncate(f"{there}/log", 4)
        refused = []
        for call in (lambda: sftp.open(f"{there}/none"), lambda: sftp.mkdir(there), lambda: sftp.listdir(big),
                     lambda: sftp.rename(f"{there}/log", f"{there}/big"), lambda: sftp.open(there)):
            try:
                call()
            except OSError as error:
                refused.append(str(error))
        names = sorted(sftp.listdir(there))
    want = open(big, "rb").read()
    hashes = b"".join(hashlib.sha1(want[i << 18:(i + 1) << 18]).digest() for i in range(4))
    if block != hashes or data != want or open(f"{back}/big", "rb").read() != want:
        return "other bytes, or hashes"
    if os.readlink(f"{there}/sym") != "big" or open(f"{there}/log", "rb").read() != b"onet":
        return os.readlink(f"{there}/sym"), open(f"{there}/log", "rb").read()
    return None if len(refused) == 5 and {"big", "log", "sym"} <= set(names) else (refused, names)


async def asyncssh_session(place, tree, version):
    there, back = place.folder(f"a{version}-there"), place.folder(f"a{version}-back")
    async with asyncssh.connect("127.0.0.1", place.port, username=USER, known_hosts=None, config=None, agent_path=None,
                                client_keys=[place.scratch.file("user_ed25519")]) as c:
        more = {"sftp_version": version} if version > 3 else {}
        async with c.start_sftp_client(path_encoding="utf-8", **more) as sftp:
            if getattr(sftp, "version", version) != version:
                return f"speaks version {sftp.version}"
            await sftp.put(tree, f"{there}/t", recurse=True, preserve=True)
            await sftp.get(f"{there}/t", f"{back}/t", recurse=True, preserve=True)
            facts = await sftp.stat(f"{there}/t/plain")
            if facts.size != os.stat(f"{tree}/plain").st_size or facts.permissions & 0o777 != 0o640:
                return str(facts)
            await sftp.symlink("t", f"{there}/sym")
            await sftp.link(f"{there}/t/plain", f"{there}/hard")
            await sftp.posix_rename(f"{there}/hard", f"{there}/renamed")
            real = await sftp.realpath(f"{there}/sym/../t/./plain")
            if os.fsdecode(real) != f"{there}/t/plain" or await sftp.readlink(f"{there}/sym") != "t":
                return real
            wrong = await refusals(sftp, there)
            if wrong:
                return wrong
            names = {entry for entry in await sftp.listdir(there)}
            if not {"t", "sym", "renamed"} <= names:
                return names
            await sftp.statvfs(there)
            async with sftp.open(f"{there}/renamed", "r+") as f:
                await f.truncate(3)
                await f.utime((1000000000, 1100000000))
                await f.fsync()
    if os.readlink(f"{there}/sym") != "t" or int(os.stat(f"{there}/renamed").st_mtime) != 1100000000:
        return "the link or the time is wrong"
    return differ(tree, f"{back}/t")


async def refusals(sftp, there):
    for call, kind in ((sftp.stat(f"{there}/none"), asyncssh.SFTPNoSuchFile),
                       (sftp.mkdir(there), asyncssh.SFTPError), (sftp.rmdir(there), asyncssh.SFTPError),
                       (sftp.rename(f"{there}/renamed", f"{there}/t"), asyncssh.SFTPError)):
        try:
            await call
            return "nothing was refused"
        except kind:
            pass
    return None


BLOCK_READ, BLOCK_WRITE, BLOCK_DELETE, BLOCK_ADVISORY = 0x40, 0x80, 0x100, 0x200


async def denied(call, kind):
    """None when the call fails so, else what came."""
    try:
        return f"{call.__name__}: {await call}"
    except kind:
        return None
    except asyncssh.SFTPError as problem:
        return f"{call.__name__}: {type(problem).__name__}, {problem}"


async def asyncssh_locks(place):
    """Two clients of one daemon, in version 6."""
    alone, shared = BLOCK_ADVISORY | BLOCK_READ | BLOCK_WRITE, BLOCK_ADVISORY | BLOCK_WRITE
    path = f"{place.folder('locks')}/f"
    key = dict(username=USER, known_hosts=None, config=None, agent_path=None,
               client_keys=[place.scratch.file("user_ed25519")])
    async with asyncssh.connect("127.0.0.1", place.port, **key) as c, \
            asyncssh.connect("127.0.0.1", place.port, **key) as d, \
            c.start_sftp_client(sftp_version=6) as one, d.start_sftp_client(sftp_version=6) as two:
        async with one.open(path, "w+") as f, two.open(path, "r+") as g:
            await f.lock(0, 100, alone)
            refused = [await denied(g.lock(50, 1, shared), asyncssh.SFTPByteRangeLockRefused),
                       await denied(f.lock(99, 1, shared), asyncssh.SFTPByteRangeLockRefused),
                       await denied(g.unlock(0, 100), asyncssh.SFTPNoMatchingByteRangeLock),
                       await denied(f.unlock(0, 99), asyncssh.SFTPNoMatchingByteRangeLock),
                       await denied(g.lock(200, 1, BLOCK_READ | BLOCK_WRITE), asyncssh.SFTPOpUnsupported),
                       await denied(g.lock(200, 1, alone | BLOCK_DELETE), asyncssh.SFTPOpUnsupported),
                       await denied(g.lock(200, 1, 1), asyncssh.SFTPOpUnsupported)]
            await g.lock(100, 0, shared)
            await f.lock(500, 1, shared)
            refused.append(await denied(f.lock(600, 1, alone), asyncssh.SFTPByteRangeLockRefused))
            await f.unlock(0, 100)
            await g.lock(0, 100, alone)
            for n in range(40):
                problem = await denied(f.lock(1000 + n, 1, shared), asyncssh.SFTPByteRangeLockRefused)
            refused.append(None if not problem else problem)
        async with one.open(path, "r+") as f:
            await f.lock(0, 0, alone)  # what was closed holds nothing
    return [r for r in refused if r]


async def asyncssh_sessions(place, tree):
    """Many on one connection, each in a version of its own."""
    async with asyncssh.connect("127.0.0.1", place.port, username=USER, known_hosts=None, config=None, agent_path=None,
                                client_keys=[place.scratch.file("user_ed25519")]) as c:
        sessions = [await c.start_sftp_client(sftp_version=3 + i % 4) for i in range(8)]
        there = place.folder("sessions")
        await asyncio.gather(*(s.put(f"{tree}/sub/deeper/deepest/big", f"{there}/{i}") for i, s in enumerate(sessions)))
        for s in sessions[:4]:
            s.exit()
        sizes = await asyncio.gather(*(s.getsize(f"{there}/{i}") for i, s in enumerate(sessions[4:])))
    wanted = open(f"{tree}/sub/deeper/deepest/big", "rb").read()
    wrong = [i for i in range(8) if open(f"{there}/{i}", "rb").read() != wanted]
    return wrong or (None if sizes == [len(wanted)] * 4 else sizes)


async def opened(sftp, path, attrs):
    async with sftp.open(path, "w", attrs):
        return path


async def asyncssh_unknown_owners(place):
    path = place.folder("owners")
    login = dict(username=USER, known_hosts=None, config=None, agent_path=None,
                 client_keys=[place.scratch.file("user_ed25519")])
    attrs = asyncssh.SFTPAttrs(owner="no-such-user", group="no-such-group")
    async with asyncssh.connect("127.0.0.1", place.port, **login) as c:
        for version in (5, 6):
            sftp = await c.start_sftp_client(sftp_version=version)
            try:
                await sftp.setstat(path, attrs)
                return "nothing was refused"
            except asyncssh.SFTPUnknownPrincipal as problem:
                if problem.unknown_names != ["no-such-user", "no-such-group"]:
                    return problem.unknown_names
        return await denied((await c.start_sftp_client(sftp_version=4)).setstat(path, attrs), asyncssh.SFTPFailure)


async def asyncssh_acls(place, version):
    path = f"{place.folder(f'acls{version}')}/f"
    attrs = asyncssh.SFTPAttrs(permissions=0o600, acl=bytes(8 if version == 6 else 4))
    async with asyncssh.connect("127.0.0.1", place.port, username=USER, known_hosts=None, config=None, agent_path=None,
                                client_keys=[place.scratch.file("user_ed25519")]) as c, \
            c.start_sftp_client(sftp_version=version) as sftp:
        refused = [await denied(opened(sftp, path, attrs), asyncssh.SFTPOpUnsupported),
                   await denied(sftp.mkdir(path, attrs), asyncssh.SFTPOpUnsupported)]
        if os.path.exists(path):
            return "something was made"
        await sftp.mkdir(path, asyncssh.SFTPAttrs(permissions=0o700))
        refused.append(await denied(sftp.setstat(path, attrs), asyncssh.SFTPOpUnsupported))
    return [r for r in refused if r] or \
        (None if stat.S_IMODE(os.stat(path).st_mode) == 0o700 else "the mode has changed")


async def asyncssh_lines(place, version):
    """text-seek, by the bytes: AsyncSSH has no call for it."""
    path = f"{place.folder(f'lines{version}')}/f"
    with open(path, "w") as out:
        out.writelines(f"line {n} {'x' * (n % 70)}\n" for n in range(5000))
    async with asyncssh.connect("127.0.0.1", place.port, username=USER, known_hosts=None, config=None, agent_path=None,
                                client_keys=[place.scratch.file("user_ed25519")]) as c, \
            c.start_sftp_client(sftp_version=version) as sftp:
        pflags = asyncssh.sftp.FXF_READ | 0x40 if version == 4 else 2 | 0x20  # OPEN_EXISTING, TEXT_MODE
        handler = sftp._handler
        if version == 4:
            handle = await handler._make_request(asyncssh.sftp.FXP_OPEN, asyncssh.sftp.String(path),
                                                 asyncssh.sftp.UInt32(pflags), asyncssh.sftp.SFTPAttrs().encode(4))
        else:
            handle = await handler._make_request(
                asyncssh.sftp.FXP_OPEN, asyncssh.sftp.String(path), asyncssh.sftp.UInt32(1),
                asyncssh.sftp.UInt32(pflags), asyncssh.sftp.SFTPAttrs().encode(version))
        seek = lambda line: handler._make_request(  # noqa: E731
            b"text-seek", asyncssh.sftp.String(handle), line.to_bytes(8, "big"))
        for line in (0, 4999, 17):
            await seek(line)
            data = await handler.read(handle, 0, 10)
            if not (data[0] if isinstance(data, tuple) else data).startswith(b"line %d " % line):
                return line, data
        try:
            await seek(5001)
            return "a line beyond the last was found"
        except asyncssh.SFTPEOFError:
            return None


def asyncssh_cell(place, tree, version):
    return lambda: asyncio.run(asyncssh_session(place, tree, version))


# --- internal-sftp's flags ----------------------------------------------------------------------

def read_only(scratch, tree):
    place = Place(scratch, "ro", ["Subsystem sftp internal-sftp -R"])
    there = place.folder("ro-there")
    open(f"{there}/kept", "w").write("kept")
    done = place.sftp(f"cd {there}\n-put {tree}/plain\n-rm kept\n-mkdir d\n-chmod 0 kept\n-rename kept k\n-ln kept l\n"
                      f"get kept {there}/got\n")
    if done.returncode or sorted(os.listdir(there)) != ["got", "kept"]:
        return done.stderr[-500:], os.listdir(there)
    return None if done.stderr.count(b"ermission denied") >= 5 else done.stderr


def flags_and_log(scratch, tree):
    there = scratch.file("fl-there")
    os.makedirs(there)
    os.umask(0o022)
    place = Place(scratch, "fl", [f"Subsystem sftp internal-sftp -d {there} -u 007 -l INFO -P remove,posix-rename"])
    done = place.sftp(f"pwd\nput {tree}/plain a\nmkdir d\nget a {there}/b\n-rm a\n")
    text = wait_for_text(place.log, "session closed", place.process)
    if there.encode() not in done.stdout or not os.path.exists(f"{there}/a"):
        return done.stdout, done.stderr
    modes = stat.S_IMODE(os.stat(f"{there}/a").st_mode), stat.S_IMODE(os.stat(f"{there}/d").st_mode)
    if modes != (0o640, 0o770):
        return [oct(mode) for mode in modes]
    lines = ["session opened for local user ", f'open "{there}/a" flags WRITE,CREATE,TRUNCATE mode 06', "sent status Permission denied",
             f'close "{there}/a" bytes read 0 written {os.stat(f"{tree}/plain").st_size}', f'mkdir name "{there}/d" mode 0777',
             f'open "{there}/a" flags READ mode 0666', "session closed for local user "]
    missing = [line for line in lines if line not in text]
    return missing and (missing, text[-1500:])


def forced(scratch, _):
    place = Place(scratch, "forced", ["ForceCommand internal-sftp -R"])
    done = place.sftp("pwd\n")
    if done.returncode:
        return done.stderr
    done = scratch.openssh(place.port, command="id", data=b"\0\0\0\5\1\0\0\0\3")
    return None if done.stdout[4:5] == b"\2" and b"uid" not in done.stdout else done.stdout


def wrong_flags(scratch, _):
    for line, why in (("Subsystem sftp internal-sftp -x", "does not have"), ("ForceCommand internal-sftp -u 9", "umask"),
                      ("Subsystem sftp internal-sftp -P nonsense", "names a request"),
                      ("Subsystem sftp internal-sftp -l", "lacks the value")):
        try:
            scratch.cleatd("wrong", [line])
            return f"{line} was taken"
        except RuntimeError as error:
            if why not in str(error):
                return line, str(error)
    return None


# --- clients that mean harm ---------------------------------------------------------------------

class Raw:
    """SFTP by hand."""

    def __init__(self, place):
        self.client = place.paramiko()
        self.channel = self.client.get_transport().open_session()
        self.channel.settimeout(30)
        self.channel.invoke_subsystem("sftp")
        self.number = 0

    def send(self, kind, body):
        self.channel.sendall(struct.pack(">IB", len(body) + 1, kind) + body)

    def ask(self, kind, *fields):
        self.number += 1
        self.send(kind, struct.pack(">I", self.number) + b"".join(fields))

    def read(self, n):
        data = b""
        while len(data) < n:
            piece = self.channel.recv(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def answer(self):
        length, kind = struct.unpack(">IB", self.read(5))
        return kind, self.read(length - 1)

    def begin(self, version=3):
        self.send(1, struct.pack(">I", version))
        return self.answer()

    def ended(self):
        try:
            while self.channel.recv(65536):
                pass
            return True
        except OSError:
            return False


def text(value):
    return struct.pack(">I", len(value)) + value


def pairs(version):
    """What VERSION announces."""
    texts, at = [], 4
    while at < len(version):
        end = at + 4 + struct.unpack_from(">I", version, at)[0]
        texts.append(version[at + 4:end])
        at = end
    return dict(zip(texts[::2], texts[1::2]))


def still_serves(place):
    return None if place.sftp("pwd\n").returncode == 0 else "the server does not serve any more"


def endless_opens(place, tree):
    raw = Raw(place)
    raw.begin()
    kinds = []
    for _ in range(400):
        raw.ask(3, text(f"{tree}/plain".encode()), struct.pack(">II", 1, 0))
    for _ in range(400):
        kinds.append(raw.answer()[0])
    if kinds.count(102) != 256 or kinds.count(101) != 144:
        return kinds.count(102), kinds.count(101)
    raw.client.close()
    return still_serves(place)


def absurd_packets(place, _):
    for data in (b"\xff\xff\xff\xff", b"\0\4\0\1", b"\0\0\0\0", b"\0\0\0\4\1\0\0\0", b"\0\0\0\5\5\0\0\0\1",
                 b"\0\0\0\5\1\0\0\0\3" * 2):
        raw = Raw(place)
        raw.channel.sendall(data)
        if not raw.ended():
            return f"goes on after {data!r}"
        raw.client.close()
    return still_serves(place)


def wrong_handles(place, tree):
    raw = Raw(place)
    raw.begin(6)
    handles = [b"", b"x", b"\0" * 8, b"\0\0\0\0\0\0\0\1", b"\xff" * 8, b"y" * 300]
    for handle in handles:
        raw.ask(4, text(handle))
        raw.ask(5, text(handle), struct.pack(">QI", 0, 1))
        raw.ask(6, text(handle), struct.pack(">Q", 0), text(b"x"))
        raw.ask(12, text(handle))
    codes = {struct.unpack(">I", raw.answer()[1][4:8])[0] for _ in range(4 * len(handles))}
    raw.client.close()
    return None if codes == {9} else codes


def huge_reads(place, tree):
    raw = Raw(place)
    raw.begin()
    raw.ask(3, text(f"{tree}/sub/sparse".encode()), struct.pack(">II", 1, 0))
    handle = raw.answer()[1][4:]
    for offset, length in ((0, 0xFFFFFFFF), (0x7FFFFFFFFFFFFFFF, 10), (0xFFFFFFFFFFFFFFFF, 10), (1 << 40, 1)):
        raw.ask(5, handle, struct.pack(">QI", offset, length))
    kinds = sorted(raw.answer()[0] for _ in range(4))
    for _ in range(500):  # nobody reads them
        raw.ask(5, handle, struct.pack(">QI", 0, 0xFFFFFFFF))
    raw.client.close()
    return kinds != [101, 101, 101, 103] and kinds or still_serves(place)


def acls(place, _, version):
    """Which local files do not get here: nobody is to believe that they do."""
    there = place.folder(f"acl{version}")
    file, none = f"{there}/f", f"{there}/none"
    open(file, "w").write("kept")
    os.chmod(file, 0o640)
    attrs = struct.pack(">IBI", 0x44, 5, 0o600) + text(b"\0" * (8 if version == 6 else 4))
    how = struct.pack(">I", 0x1A) if version == 4 else struct.pack(">II", 2, 1)  # to write; create, truncate
    raw = Raw(place)
    announced = pairs(raw.begin(version)[1])
    for kind, path, fields in ((3, file, how), (3, none, how), (14, none, b""), (9, file, b"")):
        raw.ask(kind, text(path.encode()), fields, attrs)
    raw.ask(200, text(b"lsetstat@openssh.com"), text(file.encode()), attrs)
    codes = [struct.unpack(">I", raw.answer()[1][4:8])[0] for _ in range(5)]
    raw.client.close()
    if codes != [8] * 5:
        return codes
    if open(file).read() != "kept" or stat.S_IMODE(os.stat(file).st_mode) != 0o640 or os.path.exists(none):
        return "something was done"
    mask = announced.get(b"supported2" if version == 6 else b"supported", b"\0\0\0\0")
    return None if not mask[3] & 0x40 and announced.get(b"acl-supported", b"\0" * 4) == b"\0" * 4 else announced


def waiting_files(place, _):
    """FIFOs that nobody writes to hold up no other client."""
    there = place.folder("w-there")
    os.mkfifo(f"{there}/fifo")
    raw = Raw(place)
    raw.begin()
    for _ in range(16):
        raw.ask(3, text(f"{there}/fifo".encode()), struct.pack(">II", 1, 0))
    for _ in range(16):
        raw.answer()
    problem = still_serves(place)
    raw.client.close()
    return problem


def full_disk(place, tree, there):
    if not there:
        return None
    done = place.sftp(f"-put {tree}/sub/deeper/deepest/big {there}/big\n-mkdir {there}/d\nput {tree}/plain {there}/p\n")
    with place.paramiko() as client, client.open_sftp() as sftp, sftp.open(f"{there}/x", "w") as f:
        try:
            f.write(b"x" * (2 << 20))
            f.flush()
            return "nothing was refused"
        except OSError as error:
            said = str(error)
    return None if "No space left" in said else (said, done.stderr)


def main():
    scratch = Scratch()
    try:
        disk = scratch.small_disk()
        tree = scratch.file("tree")
        make_tree(tree)
        place = Place(scratch, "server")
        cells = [("sftp: trees both ways", lambda: sftp_trees(place, tree)),
                 ("scp: trees both ways", lambda: scp_trees(place, tree)),
                 ("sftp: reput and reget", lambda: sftp_resumes(place, tree)),
                 ("sftp: names and links", lambda: sftp_names_and_links(place, tree)),
                 ("sftp: a long listing", lambda: sftp_long_listing(place, tree)),
                 ("the session's exit status", lambda: exit_status(place, tree)),
                 ("psftp: trees both ways", lambda: putty(place, tree)),
                 ("curl: upload, download, quotes", lambda: curl(place, tree)),
                 ("internal-sftp -R", lambda: read_only(scratch, tree)),
                 ("internal-sftp -d -u -P -l, and its log", lambda: flags_and_log(scratch, tree)),
                 ("ForceCommand internal-sftp", lambda: forced(scratch, tree)),
                 ("wrong flags are told at the start", lambda: wrong_flags(scratch, tree)),
                 ("a full disk is told", lambda: full_disk(place, tree, disk))]
        cells += [(f"lftp: trees both ways, version {v}", lambda v=v: lftp(place, tree, v)) for v in (3, 4, 5, 6)]
        if asyncssh:
            versions = (3, 4, 5, 6) if "sftp_version" in str(asyncssh.SSHClientConnection.start_sftp_client.__doc__) else (3,)
            cells += [(f"AsyncSSH: version {v}", asyncssh_cell(place, tree, v)) for v in versions]
            if len(versions) > 1:
                cells += [("AsyncSSH: owners that there are not", lambda: asyncio.run(asyncssh_unknown_owners(place)))]
                cells += [("AsyncSSH: many sessions", lambda: asyncio.run(asyncssh_sessions(place, tree)))]
                cells += [("AsyncSSH: locks", lambda: asyncio.run(asyncssh_locks(place)))]
                cells += [(f"AsyncSSH: ACLs, version {v}", lambda v=v: asyncio.run(asyncssh_acls(place, v)))
                          for v in (4, 5, 6)]
                cells += [(f"AsyncSSH: lines of text, version {v}", lambda v=v: asyncio.run(asyncssh_lines(place, v)))
                          for v in (4, 5, 6)]
        if paramiko:
            cells += [("Paramiko: files, hashes, refusals", lambda: with_paramiko(place, tree)),
                      ("endless opens", lambda: endless_opens(place, tree)),
                      ("absurd packets", lambda: absurd_packets(place, tree)),
                      ("wrong handles", lambda: wrong_handles(place, tree)),
                      ("huge reads that nobody takes", lambda: huge_reads(place, tree)),
                      ("files that wait", lambda: waiting_files(place, tree))]
            cells += [(f"ACLs, version {v}", lambda v=v: acls(place, tree, v)) for v in (4, 5, 6)]
        run_cells(cells)
        report("the server is still there", attempt(lambda: still_serves(place)))
    finally:
        scratch.stop()
    finish()


main()
