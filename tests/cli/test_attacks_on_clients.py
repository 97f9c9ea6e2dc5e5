#!/usr/bin/python3
"""Attacks on SSH clients that have a name, played against cleat: docs/security.md lists them."""
import os
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_hostile  # noqa: E402
from client import Client, Terminal, expect  # noqa: E402
from peers import CLEAT, USER, Scratch, finish, report  # noqa: E402
from test_hostile import HELLO, kexinit, packet, text  # noqa: E402
from test_hostile_server import say_once  # noqa: E402

if test_hostile.paramiko:
    import paramiko
    from test_hostile import message
    Interface = paramiko.ServerInterface
else:
    Interface = object

def stays_whole(done):
    """What is wrong with the end of a command whose other end has lied to it."""
    crashed = done.returncode < 0 or done.returncode not in (1, 255) or b"Sanitizer" in done.stderr
    return crashed and f"{done.returncode} {done.stdout[-300:]} {done.stderr[-1500:]}"


# ---- servers that say what a test says ----

class Host(Interface):
    """Serves one connection. Lets everybody in, or asks first; act(transport, channel) speaks once a
    command is asked for, or instead of the question."""

    def __init__(self, scratch, act=None, asks=False, prepare=None):
        self.act, self.asks, self.prepare = act, asks, prepare
        self.key = paramiko.Ed25519Key.from_private_key_file(scratch.file("host_ed25519"))
        self.tries, self.requests, self.asked = [], [], threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        self.transport = transport = paramiko.Transport(connection)
        transport.add_server_key(self.key)
        if self.prepare:
            self.prepare(self)
        try:
            transport.start_server(server=self)
            channel = transport.accept(20)
            if channel and self.asked.wait(20) and self.act:
                self.act(transport, channel.remote_chanid)
            transport.join(20)
        except (paramiko.SSHException, OSError, EOFError):
            pass
        transport.close()

    def close(self):
        self.listener.close()
        self.thread.join(20)

    def get_allowed_auths(self, username):
        return "keyboard-interactive" if self.asks else "none"

    def check_auth_none(self, username):
        self.tries.append("none")
        return paramiko.AUTH_FAILED if self.asks else paramiko.AUTH_SUCCESSFUL

    def check_auth_interactive(self, username, submethods):
        self.act(self.transport, None)
        return paramiko.AUTH_FAILED

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.asked.set()
        return True

    def check_global_request(self, kind, m):
        self.requests.append(kind)
        return False


def speak(*messages):
    def act(transport, channel):
        for m in messages:
            transport._send_message(m(channel) if callable(m) else m)
    return act


DONE = (lambda ch: message(98, ch, b"exit-status", False, 0), lambda ch: message(97, ch))


def at_host(client, host, *options):
    try:
        return client.run("-p", str(host.port), *options, "x", "true")
    finally:
        host.close()


# ---- messages that lie about lengths ----

HUGE = 0xFFFFFFFF
GEX = kexinit(kex=b"diffie-hellman-group-exchange-sha256")
RSA = kexinit(kex=b"rsa2048-sha256")


def mpint(number):
    return text(number.to_bytes(number.bit_length() // 8 + 1, "big"))


# Before there are keys: what the server sends, and what the client says about it.
EARLY = [
    ("CVE-2019-3855: a packet of 4 GB", HELLO + struct.pack(">IB", HUGE, 4), "bad packet length 4294967295"),
    ("CVE-2019-3861: padding longer than its packet", HELLO + struct.pack(">IB", 12, 200) + bytes(11), "bad padding"),
    ("CVE-2019-3861: a packet of padding alone", HELLO + struct.pack(">IB", 12, 11) + bytes(11), ""),
    ("CVE-2019-17498: DISCONNECT with a text of 4 GB", HELLO + packet(b"\x01" + struct.pack(">II", 2, HUGE)),
     "malformed"),
    ("CVE-2019-13115: a group whose prime is not there", HELLO + GEX + packet(b"\x1f" + struct.pack(">I", HUGE)),
     "malformed"),
    ("CVE-2019-13115: a prime of 0", HELLO + GEX + packet(b"\x1f" + mpint(0) + mpint(2)), "malformed"),
    ("CVE-2019-13115: an even prime", HELLO + GEX + packet(b"\x1f" + mpint(1 << 2047) + mpint(2)), "group"),
    ("CVE-2019-13115: a generator of 1", HELLO + GEX + packet(b"\x1f" + mpint((1 << 2048) - 1) + mpint(1)), "group"),
    ("CVE-2019-9894: an RSA key too short for its secret", HELLO + RSA + packet(
        b"\x1e" + text(text(b"ssh-ed25519") + text(bytes(32))) +
        text(text(b"ssh-rsa") + mpint(65537) + mpint((1 << 511) + 1))), "key exchange failed"),
]


def before_keys(client):
    for name, data, wanted in EARLY:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=say_once, args=(listener, data), daemon=True)
            server.start()
            done = client.run("-o", "KexAlgorithms +diffie-hellman-group-exchange-sha256,rsa2048-sha256",
                              "-p", str(listener.getsockname()[1]), "x", "true")
            server.join(10)
        expect(name, stays_whole(done) or (wanted.encode() not in done.stderr and repr(done)))


def lies(scratch, client):
    """CVE-2019-3855 to CVE-2019-3863, and what else libssh2 and PuTTY added up or left out."""
    ask = lambda *fields: [message(60, b"", b"", b"", *fields)]  # noqa: E731
    request = lambda name, *fields: [lambda ch: message(98, ch, name, False, *fields)]  # noqa: E731
    for name, asks, messages in (
            ("CVE-2019-3856: 4 billion questions", True, ask(HUGE)),
            ("CVE-2019-3856: 2^28 questions", True, ask(1 << 28, b"?", False)),
            ("CVE-2019-3863: a question of 4 GB", True, ask(1, HUGE)),
            ("CVE-2019-3857: a signal with a name of 4 GB", False, request(b"exit-signal", HUGE)),
            ("CVE-2019-3857: a signal with a text of 4 GB", False, request(b"exit-signal", b"TERM", False, HUGE - 4)),
            ("CVE-2019-3862: a status that is not there", False, request(b"exit-status")),
            ("CVE-2019-3862: data that is not there", False, [lambda ch: message(94, ch, HUGE)]),
            ("CVE-2019-3862: data for stderr that is not there", False, [lambda ch: message(95, ch, 1, HUGE)]),
            ("CVE-2002-0083: the channel after the last", False, [lambda ch: message(94, ch + 1, b"x")]),
            ("CVE-2002-0083: the channel after the last that there is room for", False,
             [lambda ch: message(94, ch + 4, b"x")]),
            ("a window of over 2^32", False, [lambda ch: message(93, ch, HUGE)] * 2)):
        host = Host(scratch, speak(*messages), asks)
        expect(name, stays_whole(at_host(client, host)))


# ---- what a client may be made to do ----

def roaming(scratch, client):
    """CVE-2016-0777, CVE-2016-0778: a server that announces roaming gets the client's memory."""
    def announce(host):
        host.transport.local_version = "SSH-2.0-OpenSSH_7.0"
        host.transport._kex_info = {**host.transport._kex_info, "resume@appgate.com": None}
        host.transport._preferred_kex += ("resume@appgate.com",)

    host = Host(scratch, speak(*DONE), prepare=announce)
    done = at_host(client, host, "-o", "UseRoaming yes", "-v")
    expect("CVE-2016-0777: nobody asks to roam", (b"resume@appgate.com" in done.stdout or
                                                  host.requests != ["no-more-sessions@openssh.com"]) and
           f"{host.requests} {done}")


def trivial_login(scratch, client):
    """CVE-2021-36367, CVE-2021-36369: a server that asks for nothing, so that it can ask in the client's
    name afterwards. Both are told apart by -v alone."""
    host = Host(scratch, speak(*DONE))
    done = at_host(client, host, "-v")
    expect("CVE-2021-36367: -v tells a login that took nothing", b'using "none".' not in done.stderr and repr(done))


def unchecked_keys(scratch, client):
    """CVE-2025-26465: a key whose check ended in an error was taken for a good one."""
    def shows(blob):
        def prepare(host):
            host.key.asbytes = lambda: blob
        return prepare

    ed25519 = text(b"ssh-ed25519")
    lax = ("-o", "VerifyHostKeyDNS yes", "-o", "StrictHostKeyChecking no")
    rsa = paramiko.RSAKey.from_private_key_file(scratch.file("host_rsa")).asbytes()
    good = paramiko.Ed25519Key.from_private_key_file(scratch.file("host_ed25519")).asbytes()
    folder, broken = scratch.file("a-folder"), scratch.file("broken")
    os.mkdir(folder)
    with open(broken, "w") as out:
        out.write("SSHKRL\n\0nonsense")
    new = ("-o", "StrictHostKeyChecking accept-new")
    for name, blob, options, wanted in (
            ("a blob that is none", ed25519, lax, "key"), ("a key of 31 bytes", ed25519 + text(bytes(31)), lax, "key"),
            ("a blob of 200 KB", ed25519 + text(bytes(200000)), lax, "key"),
            ("another type's key", rsa, lax, "signature"),
            ("a signature that is not its own", good[:-1] + bytes([good[-1] ^ 1]), lax, "signature"),
            ("RevokedHostKeys that cannot be read", good, (*lax, "-o", f"RevokedHostKeys {folder}"), "RevokedHostKeys"),
            ("RevokedHostKeys that is damaged", good, (*lax, "-o", f"RevokedHostKeys {broken}"), "RevokedHostKeys"),
            ("known_hosts that cannot be read", good, (*new, "-o", f"UserKnownHostsFile {folder}"), "cannot be read"),
            ("KnownHostsCommand that fails", good, (*lax, "-o", "KnownHostsCommand /bin/sh -c 'exit 3'"), "failed")):
        host = Host(scratch, prepare=shows(blob))
        done = at_host(client, host, *options)
        expect(f"CVE-2025-26465: {name}", stays_whole(done) or (
            (host.tries or wanted.encode() not in done.stderr) and f"{host.tries} {done}"))
    for options in (lax, new):
        host = Host(scratch, speak(*DONE), prepare=shows(good))
        done = at_host(client, host, *options)
        expect(f"CVE-2025-26465: but the key itself is taken, with {options[-1]}",
               (not host.tries or done.returncode) and repr(done))


def names_for_a_shell(scratch):
    """CVE-2023-51385, CVE-2025-61984, CVE-2017-1000117: who gives a name away to be typed writes commands."""
    mark, proof = scratch.file("from-a-name"), scratch.file("proof")
    client = Client(scratch, 'Match exec "true %r %h"\nTag x\nHost *\n'
                    f'ProxyCommand sh -c "echo %r %h >{proof}"\n', "names")
    touch = f"touch {mark}"
    for where, args in (
            ("the user", [f"x;{touch};@h"]), ("the user", ["-l", f"`{touch}`", "h"]), ("the user", [f"$({touch})@h"]),
            ("the user", [f"x\n{touch}\n@h"]), ("the user", [f"-x;{touch}@h"]), ("the user", [f"ssh://x&{touch}&@h"]),
            ("the user", [f"x'{touch}'@h"]), ("the user", [f"x|{touch}@h"]),
            ("the user", ["x -oProxyCommand=" + touch + "@h"]),
            ("the user", ["-o", f"User=x;{touch}", "h"]), ("the host", [f"h;{touch}"]), ("the host", [f"`{touch}`"]),
            ("the host", [f"h\n{touch}"]), ("the host", [f"$({touch})"]), ("the host", [f"ssh://h;{touch}"]),
            ("the host", ["--", f"-oProxyCommand={touch}"]), ("the host", [f"[h;{touch}]"]),
            ("a jump host", ["-J", f"h;{touch}", "h"]), ("a jump host", ["-J", f"x;{touch};@h", "h"]),
            ("a jump host", ["-J", f"-oProxyCommand={touch}", "h"])):
        done = client.run(*args, *(() if args[0] == "--" else ("true",)), cwd=scratch.path)
        ran = [path for path in (mark, proof) if os.path.exists(path)]
        expect(f"CVE-2023-51385: {where} in {args[-2 if args[-1] == 'h' else -1]!r}".replace(scratch.path, ""),
               (done.returncode not in (1, 255) or ran) and f"{ran} {done}")
    client.run("x@h", "true")
    said = open(proof).read() if os.path.exists(proof) else "nothing"
    expect("CVE-2023-51385: while the command itself does run", said != "x h\n" and said)


def formats(client):
    """CVE-2016-7406: names that are formats."""
    done = client.run("-v", "-p", "1", "-l", "%n%s%x", "127.0.0.1%n", "true")
    expect("CVE-2016-7406: names are no formats", stays_whole(done) or (b"%n" not in done.stderr and repr(done)))


# ---- copying ----

def program(scratch, name, script):
    path = scratch.file(name)
    with open(path, "w") as out:
        out.write(script)
    os.chmod(path, 0o755)
    return path


def scp(client, *args, **more):
    return subprocess.run([CLEAT, "scp", "-F", client.path, *args], capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=30, **more)


SPEAKER = "#!/usr/bin/python3\nimport struct, sys\ni, o = sys.stdin.buffer, sys.stdout.buffer\n" \
    "def put(b):\n    o.write(b)\n    o.flush()\n"


def names_in_scp(scratch, client):
    for name, line in (("the folder itself", r"D0777 0 .\n"), ("no name", r"D0777 0 \n"),
                       ("no name of a file", r"C0777 3 \n"), ("a file called .", r"C0777 3 .\n")):
        to = scratch.file("to-" + name.replace(" ", "-"))
        os.mkdir(to, 0o700)
        evil = program(scratch, "evil", SPEAKER + f"i.read(1); put(b'{line}'); i.read(1); put(b'E\\n'); i.read(1)\n")
        done = scp(client, "-O", "-T", "-p", "-r", "-S", evil, "host:*", to)
        expect(f"CVE-2018-20685: {name} changes nothing", stays_whole(done) or (
            (os.stat(to).st_mode & 0o777 != 0o700 or os.listdir(to)) and
            (done, oct(os.stat(to).st_mode), os.listdir(to))))
    to = scratch.file("to-shown")
    os.mkdir(to)
    evil = program(scratch, "evil", SPEAKER + "i.read(1); put(b'C0644 3 a\\x1b]0;title\\x07b\\n'); i.read(1)\n"
                   "put(b'abc\\0'); i.read(1)\n")
    status, seen = Terminal([CLEAT, "scp", "-F", client.path, "-O", "-S", evil, "host:*", to]).converse()
    expect("CVE-2019-6109: a name in the progress line commands no terminal", (
        status or b"\x1b]0;" in seen or b"/a?]0" not in seen) and f"{status} {seen}")


def stderr_of_scp(scratch, client):
    """CVE-2019-6110: what the other side says beside the copy may not paint over what is copied."""
    folder = scratch.file("tools")
    os.mkdir(folder)
    script = "#!/bin/sh\nprintf '\\033]0;title\\007\\033[2K' >&2\nexit 1\n"
    program(scratch, "tools/scp", script)
    sftp = program(scratch, "tools/sftp", script)
    port = scratch.cleatd("tools", [f'SetEnv "PATH={folder}:/usr/bin:/bin"', f"Subsystem sftp {sftp}"])
    for name, args in (("SFTP", []), ("the old protocol", ["-O"])):
        done = scp(client, *args, "-P", str(port), "-i", scratch.file("user_ed25519"), f"{USER}@127.0.0.1:x",
                   scratch.file("to-nowhere"))
        expect(f"CVE-2019-6110: the other side's stderr is made harmless, by {name}", stays_whole(done) or (
            (b"\x1b" in done.stderr or b"?]0;title?" not in done.stderr) and repr(done)))


def paths_for_a_shell(scratch, client):
    """CVE-2020-15778, CVE-2019-14889: the target's path is run there."""
    port = scratch.cleatd("paths")
    mark, folder = scratch.file("from-a-path"), scratch.file("odd")
    os.mkdir(folder)
    source = f"{folder}/a`touch from-a-path`;touch from-a-path;b"
    with open(source, "w") as out:
        out.write("x")
    there = ["-P", str(port), "-i", scratch.file("user_ed25519")]
    done = scp(client, *there, source, f"{USER}@127.0.0.1:{folder}/`touch from-a-path`", cwd=scratch.path)
    left = sorted(os.listdir(folder))
    expect("CVE-2020-15778: a path over there is no command", (
        done.returncode or len(left) != 2 or os.path.exists(mark) or
        os.path.exists(scratch.home() + "/from-a-path")) and f"{left} {done}")


# A server of SFTP's side, version 3, with a file of three bytes; `lies` are answers by what is asked.
SFTP = SPEAKER + """
def ask():
    return i.read(struct.unpack('>I', i.read(4))[0])
def send(body):
    put(struct.pack('>I', len(body)) + body)
def text(b):
    return struct.pack('>I', len(b)) + b
HUGE, FILE = b'\\xff' * 4, struct.pack('>IQI', 5, 3, 0o100644)
good = {**dict.fromkeys((7, 8, 17), b'\\x69' + FILE), 3: b'\\x66' + text(b'h'), 5: b'\\x67' + text(b'abc'),
        16: b'\\x68' + struct.pack('>I', 1) + text(b'/x') + text(b'') + bytes(4), 4: b'\\x65' + bytes(4) + text(b'') * 2}
def serve(lies):
    ask()
    send(b'\\x02' + struct.pack('>I', 3))
    while True:
        m = ask()
        answer = lies.get(m[0]) or good.get(m[0], b'\\x65' + struct.pack('>I', 8) + text(b'') * 2)
        send(answer[:1] + m[1:5] + answer[1:])
"""
SFTP_LIES = [
    ("CVE-2019-3858: a packet of no length", "ask(); put(bytes(16)); i.read()"),
    ("CVE-2019-3860: a packet of 4 GB", "ask(); put(HUGE * 4); i.read()"),
    ("CVE-2019-3860: a packet cut short", "ask(); put(struct.pack('>I', 100) + b'\\x02')"),
    ("CVE-2019-3860: 4 billion names", "serve({16: b'\\x68' + HUGE, 7: b'\\x68' + HUGE, 17: b'\\x68' + HUGE})"),
    ("CVE-2019-3860: 4 billion attributes", "serve(dict.fromkeys((7, 8, 17), b'\\x69\\x80' + bytes(3) + HUGE))"),
    ("CVE-2019-3860: a handle of 4 GB", "serve({3: b'\\x66' + HUGE})"),
    ("CVE-2019-3860: data of 4 GB", "serve({5: b'\\x67' + HUGE})"),
    ("CVE-2019-3860: more data than was asked for", "serve({5: b'\\x67' + text(b'x' * 200000)})"),
]


def sftp_lies(scratch, client):
    to = scratch.file("to-sftp")
    for name, script in SFTP_LIES:
        done = scp(client, "-S", program(scratch, "evil", SFTP + script + "\n"), "host:x", to)
        large = os.path.exists(to) and os.path.getsize(to) > 3
        expect(name, stays_whole(done) or (large and f"{os.path.getsize(to)} {done}"))
    done = scp(client, "-S", program(scratch, "evil", SFTP + "serve({})\n"), "host:x", to)
    expect("and a server that tells no lies is served", (done.returncode or open(to).read() != "abc") and repr(done))


def main():
    if not test_hostile.paramiko:
        report("known attacks", skip="paramiko is not installed")
        finish()
    scratch = Scratch()
    try:
        client = Client(scratch, "Host *\nHostname 127.0.0.1\nStrictHostKeyChecking no\nBatchMode yes\n"
                        "UserKnownHostsFile /dev/null\n")
        before_keys(client)
        lies(scratch, client)
        roaming(scratch, client)
        trivial_login(scratch, client)
        unchecked_keys(scratch, client)
        names_for_a_shell(scratch)
        formats(client)
        names_in_scp(scratch, client)
        stderr_of_scp(scratch, client)
        paths_for_a_shell(scratch, client)
        sftp_lies(scratch, client)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
