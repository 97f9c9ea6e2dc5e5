#!/usr/bin/python3
"""Attacks on SSH servers that have a name, played against cleatd: docs/security.md lists them."""
import base64
import hashlib
import os
import queue
import re
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_hostile  # noqa: E402  (which makes memory comparable)
from client import expect  # noqa: E402
from peers import CLEAT, USER, Scratch, finish, report  # noqa: E402
from test_hostile import HELLO, IGNORE, Log, Wire, kexinit, memory_of, packet, reads_to_end, text  # noqa: E402

if test_hostile.paramiko:
    import paramiko
    from test_hostile import message

KEPT_MAX = 24 << 10  # KiB: what one connection may make the sanitizer's build keep


# ---- clients that say what a test says ----

class Talk:
    """A client with keys that has not logged in; what the server says about logins is kept."""

    def __init__(self, port, service=True):
        self.wire = Wire(port)
        self.transport = paramiko.Transport(self.wire)
        self.transport.start_client(timeout=10)
        self.heard = queue.Queue()
        self._handler_table = {number: lambda _, m: self.heard.put(m.asbytes()) for number in (6, 51, 52, 53, 60)}
        self.transport.auth_handler = self  # has the two things that Paramiko wants of one
        if service:
            self.ask(message(5, b"ssh-userauth"))

    def abort(self):
        self.heard.put(None)

    def is_authenticated(self):
        return True  # as far as Paramiko is concerned, anything may be said

    def say(self, *messages):
        for m in messages:
            try:
                self.transport._send_message(m)
            except (OSError, EOFError):
                break

    def ask(self, m):
        """The answer's bytes behind its number; None: the connection has ended."""
        self.say(m)
        return self.heard.get(timeout=30)

    def ends(self, seconds=10):
        self.transport.join(seconds)
        return not self.transport.is_active()

    def close(self):
        self.transport.close()


def logged_in(scratch, port, key=None, **names):
    """names: algorithms, by the names of Paramiko's options."""
    transport = paramiko.Transport(Wire(port))
    for name, value in names.items():
        setattr(transport.get_security_options(), name, (value,))
    transport.start_client(timeout=10)
    transport.auth_publickey(USER, key or paramiko.RSAKey.from_private_key_file(scratch.file("user_rsa")))
    return transport


# ---- lengths and ciphers ----

READ_MOST = 4 + (256 << 10) + 32  # a packet of the largest size, its length and its MAC


def send_and_wait(transport, data, seconds):
    """Whether the connection ends of it."""
    try:
        transport.sock.inner.sendall(data)
    except OSError:
        pass
    transport.join(seconds)
    return not transport.is_active()


def cbc_lengths(scratch):
    """CVE-2008-5161. Whoever puts a block of somebody's into the place of a length, and may see how many
    bytes later the connection ends, knows the block's beginning. So it ends after as many whatever it says."""
    port = scratch.cleatd("cbc", ["Ciphers +aes128-cbc"])
    log = Log(scratch.file("cbc.log"))
    for name, damage in (("a length of nonsense", lambda data: os.urandom(16)),
                         ("a length that could be", lambda data: data[:-1] + bytes([data[-1] ^ 1]))):
        transport = logged_in(scratch, port, ciphers="aes128-cbc", digests="hmac-sha2-256")
        sent = []
        transport.sock.damage = lambda data: sent.append(damage(data)) or sent[0]
        before = log.size()
        transport.send_ignore(64)
        ends = [send_and_wait(transport, data, wait) for data, wait in (
            (os.urandom(READ_MOST - len(sent[0]) - 1), 0.7), (b"x", 10))]
        said = log.wait_for("message authentication failed", before)
        expect(f"CVE-2008-5161: {name} under CBC is not told from another", (
            ends != [False, True] or not said) and f"ends: {ends}, log: {log.since(before)}")
        transport.close()


# Without strict key exchange, which those that are attacked this way did not have.
EXT_INFO = packet(b"\x07" + struct.pack(">I", 1) + text(b"server-sig-algs") + text(b"ssh-rsa"))
USERAUTH = packet(b"\x32" + text(b"root") + text(b"ssh-connection") + text(b"none"))
PING = packet(b"\xc0" + text(b"p" * 1000))
BEFORE_KEYS = [
    ("CVE-2016-8858: KEXINIT again and again", [HELLO, kexinit() * 100], "kexinit (20) is not allowed"),
    ("CVE-2023-46445: EXT_INFO in an exchange", [HELLO, kexinit(), EXT_INFO], "not allowed"),
    ("CVE-2023-46446: a login in an exchange", [HELLO, kexinit(), USERAUTH], "not allowed"),
    ("CVE-2025-26466: PING before an exchange", [HELLO, PING * 1000, kexinit()], "ping (192) is not allowed"),
    ("CVE-2025-26466: PING in an exchange", [HELLO, kexinit(), PING * 1000], "ping (192) is not allowed"),
]


def before_keys(port, log):
    for name, parts, wanted in BEFORE_KEYS:
        before = log.size()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            try:
                client.sendall(b"".join(parts))
            except OSError:
                pass  # it has ended already
            ended = reads_to_end(client)
        said = log.wait_for(wanted, before)
        expect(f"{name} ends the connection", (not ended or not said) and f"{ended}, log: {log.since(before)}")


def old_clients(scratch, port):
    """CVE-2023-25136: who the client says it is makes the server free a list twice."""
    problems = []
    for software in ("FuTTYSH_9.1p1", "PuTTY_Release_0.64", "OpenSSH_2.5.3", "dropbear_0.46", "libssh2_1.0", "WinSCP",
                     "AsyncSSH_1.0", "Cisco-1.25", "3.2.9 SSH Secure Shell", "%n%s%n", "x" * 240):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"SSH-2.0-" + software.encode() + b"\r\n" + kexinit())
            client.shutdown(socket.SHUT_WR)
            if not reads_to_end(client):
                problems.append(software)
    done = scratch.cleat_ssh(port)
    expect("CVE-2023-25136: whatever a client calls itself, the daemon stays whole", (
        problems or done.returncode or scratch.servers[0].poll() is not None) and f"{problems} {done}")


# ---- before the login ----

def too_early(scratch, port, log):
    """CVE-2018-10933, CVE-2025-32433: a client that tells the server that it is in, or does as if."""
    mark = scratch.file("too-early")
    run = [message(90, b"session", 0, 1 << 20, 1 << 15),
           message(98, 0, b"exec", False, f"touch {mark}".encode())]
    for name, messages, wanted in (
            ("CVE-2018-10933: SUCCESS from a client", [message(52), *run], "not allowed"),
            ("CVE-2025-32433: a channel before the login", run, "not allowed"),
            ("CVE-2025-32433: a request to a channel before the login", run[1:], "not allowed"),
            ("CVE-2025-32433: a global request before the login",
             [message(80, b"tcpip-forward", False, b"", 0), *run], "not allowed"),
            ("CVE-2002-0639: answers that nobody asked for", [message(61, 0x40000001, b"x"), *run],
             "unexpected authentication message 61")):
        for service in (False, True):
            before = log.size()
            talk = Talk(port, service)
            talk.say(*messages)
            ended = talk.ends()
            said = log.wait_for(wanted if service else "not allowed", before)
            talk.close()
            expect(f"{name} ends the connection{', in authentication, too' if service else ''}", (
                not ended or not said or os.path.exists(mark)) and
                f"ended: {ended}, ran: {os.path.exists(mark)}, log: {log.since(before)}")


def string(value):
    return struct.pack(">I", len(value)) + value


def forged(key, make):
    """The key, whose signatures are make(data, honest signature's blob)."""
    honest = key.sign_ssh_data
    key.sign_ssh_data = lambda data, algorithm=None: paramiko.Message(
        make(data, honest(data, algorithm) if algorithm else honest(data)))
    return key


def flipped(signature):
    return signature[:-1] + bytes([signature[-1] ^ 1])


def signatures(scratch, port):
    """What has passed for a signature elsewhere: none at all (CVE-2023-2283 passed what it had not
    checked), zeros (CVE-2022-21449), that of another connection."""
    rsa = lambda: paramiko.RSAKey.from_private_key_file(scratch.file("user_rsa"))  # noqa: E731
    ecdsa = lambda: paramiko.ECDSAKey.from_private_key_file(scratch.file("user_ecdsa256"))  # noqa: E731
    ed25519 = lambda: paramiko.Ed25519Key.from_private_key_file(scratch.file("user_ed25519"))  # noqa: E731
    zeros = string(b"ecdsa-sha2-nistp256") + string(string(b"") + string(b""))
    for name, key, make in (
            ("CVE-2023-2283: a changed bit", rsa, lambda _, honest: flipped(honest.asbytes())),
            ("CVE-2023-2283: an empty one", rsa, lambda _, honest: string(b"rsa-sha2-512") + string(b"")),
            ("CVE-2023-2283: another algorithm's", ed25519, lambda *_: string(b"rsa-sha2-512") + string(bytes(256))),
            ("CVE-2022-21449: r and s are 0", ecdsa, lambda *_: zeros),
            ("zeros of Ed25519", ed25519, lambda *_: string(b"ssh-ed25519") + string(bytes(64))),
            ("that of other data", ecdsa, lambda data, _: ecdsa().sign_ssh_data(data[4:]).asbytes())):
        try:
            logged_in(scratch, port, forged(key(), make)).close()
            problem = "it logs in"
        except paramiko.AuthenticationException:
            problem = None
        except paramiko.SSHException as other:
            problem = repr(other)
        expect(f"no signature: {name}", problem)
    try:
        logged_in(scratch, port, forged(ecdsa(), lambda _, honest: honest.asbytes())).close()
        problem = None
    except paramiko.SSHException as other:
        problem = repr(other)
    expect("but an honest one is", problem)


def last_key_offered(scratch):
    """CVE-2024-45337: what a key may do is asked of the key that was proved, not of one that was shown."""
    with open(scratch.file("two_keys"), "w") as out:
        out.write(open(scratch.file("user_ecdsa256.pub")).read() + 'command="echo forced" ' +
                  open(scratch.file("user_ed25519.pub")).read())
    port = scratch.cleatd("two", keys="two_keys")
    shown = scratch.file("shown.pub")
    os.link(scratch.file("user_ecdsa256.pub"), shown)  # without its private key
    done = scratch.openssh(port, "-v", "-i", shown, command="echo free")
    expect("CVE-2024-45337: a key that is only shown counts for nothing", (
        done.stdout != b"forced\n" or b"accepts key: " + shown.encode() not in done.stderr) and repr(done))


def names_for_the_log(port, log):
    """CVE-2016-7406: a name as a format; and one that writes lines of its own into the log."""
    before = log.size()
    talk = Talk(port)
    answer = talk.ask(message(50, b"%n%s%x%99999999d", b"ssh-connection", b"none"))
    talk.close()
    said = log.wait_for("Invalid user %n%s%x%99999999d from 127.0.0.1", before)
    expect("CVE-2016-7406: a name is no format", (not answer or not said) and log.since(before))
    before = log.size()
    talk = Talk(port)
    talk.ask(message(50, b"x\nAccepted password for root\x1b[2J", b"ssh-connection", b"none"))
    talk.close()
    log.wait_for("Invalid user", before)
    said = log.since(before)
    expect("a name is one line, and commands no terminal",
           (re.search("^Accepted", said, re.M) or "\x1b" in said or "Invalid user x" not in said) and repr(said))


# ---- after the login ----

def off_by_one(scratch, port, log):
    """CVE-2002-0083: the number after the last channel's. Four make the table full, so that it is beyond that."""
    for number, name, *fields in ((93, "WINDOW_ADJUST", 1), (94, "DATA", b"x"), (95, "EXTENDED_DATA", 1, b"x"),
                                  (96, "EOF"), (97, "CLOSE"), (98, "a request", b"env", False, b"A", b"B"),
                                  (99, "SUCCESS"), (100, "FAILURE")):
        transport = logged_in(scratch, port)
        channels = [transport.open_session() for _ in range(4)]
        before = log.size()
        transport._send_message(message(number, 1 + max(c.remote_chanid for c in channels), *fields))
        transport.join(10)
        said = log.wait_for("not open", before)
        expect(f"CVE-2002-0083: {name} for the channel after the last ends the connection",
               (transport.is_active() or not said) and log.since(before))
        transport.close()


def sockets_of(process):
    folder = f"/proc/{process.pid}/fd"
    return sum(os.readlink(f"{folder}/{fd}").startswith("socket:") for fd in os.listdir(folder))


def no_listener(scratch, port):
    """CVE-2008-1483: who has the port before the daemon gets the X11 connections. There are none by default; see
    tests/system/test_x11.py."""
    transport = logged_in(scratch, port)
    before = sockets_of(scratch.servers[0])
    channel = transport.open_session()
    granted = True
    try:
        channel.request_x11()
    except paramiko.SSHException:
        granted = False
    grown = sockets_of(scratch.servers[0]) - before
    expect("CVE-2008-1483: by default nothing makes the daemon listen for X11", (granted or grown > 0) and f"{granted} {grown}")
    transport.close()


def other_hashes(scratch, port):
    """CVE-2021-3634: a re-exchange whose hash is longer, or shorter, than the session's id."""
    for first, then in (("curve25519-sha256@libssh.org", "ecdh-sha2-nistp521"),
                        ("ecdh-sha2-nistp521", "curve25519-sha256@libssh.org")):
        transport = logged_in(scratch, port, kex=first)
        transport.get_security_options().kex = (then,)
        transport.renegotiate_keys()
        channel = transport.open_session()
        channel.exec_command("echo in")
        said = channel.makefile().read()
        expect(f"CVE-2021-3634: {then} after {first}", said != b"in\n" and repr(said))
        transport.close()


# ---- memory ----

def pour(transport, most):
    """Sends pings until so many bytes are gone, or the daemon takes no more."""
    sent = 0
    m = message(192, b"p" * 16000)
    try:
        while sent < most:
            transport._send_message(m)
            sent += 16000
    except (OSError, EOFError):
        pass
    return sent


def pings(scratch):
    """CVE-2025-26466: pings whose answers have to wait, because nobody reads them or new keys are due."""
    port = scratch.cleatd("pings", ["RekeyLimit 1M"])
    daemon = scratch.servers[-1]
    scratch.cleat_ssh(port)
    for name, start in (("before the login", lambda: Talk(port).transport),
                        ("in a re-exchange that the client does not take part in", lambda: logged_in(scratch, port))):
        transport = start()
        before = memory_of(daemon)
        transport.sock.deaf = True
        transport.sock.settimeout(1)
        sent = pour(transport, 64 << 20)
        grown = memory_of(daemon) - before
        expect(f"CVE-2025-26466: pings {name} take no memory", (grown > KEPT_MAX or sent < 1 << 20) and
               f"{grown} KiB more after {sent} bytes")
        transport.close()
    said = Log(scratch.file("pings.log")).wait_for("wait for a key exchange", 0)
    expect("CVE-2025-26466: of those that wait for new keys there is a most", not said and "nothing is said")
    done = scratch.cleat_ssh(port)
    expect("CVE-2025-26466: and others are served", done.returncode and repr(done))


# ---- in the middle ----

class Between:
    """Passes on what a client and a server say, and may change it until there are keys.

    change(to_server, number, packet) gives what goes on in its place. With `swallow`, what the server says
    under its new keys before the client says anything is kept back."""

    def __init__(self, port, change, swallow=False):
        self.change, self.swallow = change, swallow
        self.quiet = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.port = self.listener.getsockname()[1]
        self.target = port
        self.swallowed = 0
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.target), timeout=20)
        client.settimeout(20)
        self.ends = (client, server)
        other = threading.Thread(target=self.run, args=(server, client, False), daemon=True)
        self.threads.append(other)
        other.start()
        self.run(client, server, True)

    def run(self, source, sink, to_server):
        try:
            self.carry(source.makefile("rb"), source, sink, to_server)
        except (OSError, EOFError, struct.error):
            pass
        self.quiet.set()
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def carry(self, reader, source, sink, to_server):
        sink.sendall(reader.readline())
        number = 0
        while number != 21:
            head = reader.read(4)
            body = reader.read(struct.unpack(">I", head)[0])
            number = body[1]
            sink.sendall(self.change(to_server, number, head + body))
        if to_server and self.swallow:
            self.quiet.wait(10)
        elif self.swallow:
            self.keep_back(source, reader)
        while True:
            data = reader.read1(65536)
            if not data:
                return
            sink.sendall(data)

    def keep_back(self, source, reader):
        """What comes at once, until it is quiet."""
        self.swallowed = len(reader.peek())
        reader.read(self.swallowed)
        source.settimeout(0.5)
        try:
            self.swallowed += len(source.recv(65536))
        except socket.timeout:
            pass
        source.settimeout(20)
        self.quiet.set()

    def close(self):
        self.listener.close()
        for end in getattr(self, "ends", ()):
            end.close()
        for thread in self.threads:
            thread.join(10)


def before_message(number, to_server, what):
    """Puts something before the first message of that number."""
    return lambda way, found, data: what + data if (way, found) == (to_server, number) else data


def in_the_middle(scratch, port):
    """CVE-2023-48795 (Terrapin): a message put into the exchange makes up for one that is taken out after it.
    CVE-2023-46445, CVE-2023-46446: what is put in is meant to count itself."""
    unchanged = lambda way, number, data: data  # noqa: E731
    cipher = ("-o", "Ciphers chacha20-poly1305@openssh.com")
    for name, change, swallow, works in (
            ("nothing is changed", unchanged, False, True),
            ("CVE-2023-48795: IGNORE for EXT_INFO", before_message(21, False, IGNORE), True, False),
            ("CVE-2023-48795: the server's EXT_INFO taken out", unchanged, True, False),
            ("CVE-2023-48795: IGNORE before the server's KEXINIT", before_message(20, False, IGNORE), False, False),
            ("CVE-2023-48795: IGNORE before the client's KEXINIT", before_message(20, True, IGNORE), False, False),
            ("CVE-2023-48795: IGNORE before the client's NEWKEYS", before_message(21, True, IGNORE), False, False),
            ("CVE-2023-46445: EXT_INFO for EXT_INFO", before_message(21, False, EXT_INFO), True, False),
            ("CVE-2023-46446: a login before the client's NEWKEYS", before_message(21, True, USERAUTH), False, False)):
        between = Between(port, change, swallow)
        done = scratch.cleat_ssh(between.port, *cipher, command="echo in", seconds=30)
        between.close()
        logged = done.stdout == b"in\n"
        expect(f"in the middle: {name}", (logged != works or (not works and done.returncode != 255) or
                                          (swallow and not between.swallowed)) and f"{between.swallowed} {done}")


# ---- the nonces of signatures ----

# Name, order and the hash that goes with it.
CURVES = [
    ("ecdsa256", 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551, "sha256"),
    ("ecdsa384", 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
     "sha384"),
    ("ecdsa521", int("1" + "F" * 65 + "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16),
     "sha512"),
]
SIGNATURES = 64


def nonce_of(path, secret, order, algorithm):
    """k of an ECDSA signature in one of OpenSSH's signature files: (hash + r * secret) / s."""
    lines = open(path + ".sig").read().splitlines()
    m = paramiko.Message(base64.b64decode("".join(lines[1:-1])))
    m.get_bytes(6 + 4)
    m.get_string()
    space, reserved, digest = m.get_string(), m.get_string(), m.get_string()
    signature = paramiko.Message(m.get_string())
    signature.get_string()
    pair = paramiko.Message(signature.get_string())
    r, s = pair.get_mpint(), pair.get_mpint()
    hashed = hashlib.new(digest.decode(), open(path, "rb").read()).digest()
    data = b"SSHSIG" + b"".join(map(string, (space, reserved, digest, hashed)))
    e = int.from_bytes(hashlib.new(algorithm, data).digest(), "big")
    return pow(s, -1, order) * (e + r * secret) % order


def nonces(scratch):
    """CVE-2024-31497: nonces of P-521 whose nine highest bits were 0 gave the key away."""
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key
    files = [scratch.file(f"message{i}") for i in range(SIGNATURES)]
    for path in files:
        with open(path, "w") as out:
            out.write(path)
    for name, order, algorithm in CURVES:
        key = load_ssh_private_key(open(scratch.file("user_" + name), "rb").read(), None)
        for path in files:
            if os.path.exists(path + ".sig"):
                os.unlink(path + ".sig")
        done = subprocess.run([CLEAT, "keygen", "-Y", "sign", "-f", scratch.file("user_" + name), "-n", "test",
                               *files], capture_output=True, timeout=60)
        if done.returncode:
            report(f"CVE-2024-31497: {name}", repr(done))
            continue
        found = [nonce_of(path, key.private_numbers().private_value, order, algorithm) for path in files]
        top = order.bit_length() - 1
        # Of 64 fair coins fewer than 10 or more than 54 heads are seen once in 10 million times.
        often = [sum(k >> bit & 1 for k in found) for bit in (*range(top - 11, top + 1), *range(12))]
        expect(f"CVE-2024-31497: nonces of {name} have their full size", (
            len(set(found)) != SIGNATURES or min(often) < 10 or max(often) > SIGNATURES - 10) and often)


def main():
    if not test_hostile.paramiko:
        report("known attacks", skip="paramiko is not installed")
        finish()
    scratch = Scratch()
    try:
        port = scratch.cleatd("attacked", ["MaxStartups 100", "PerSourcePenalties no"])
        log = Log(scratch.file("attacked.log"))
        cbc_lengths(scratch)
        before_keys(port, log)
        old_clients(scratch, port)
        too_early(scratch, port, log)
        signatures(scratch, port)
        last_key_offered(scratch)
        names_for_the_log(port, log)
        off_by_one(scratch, port, log)
        no_listener(scratch, port)
        other_hashes(scratch, port)
        in_the_middle(scratch, port)
        pings(scratch)
        nonces(scratch)
        done = scratch.cleat_ssh(port, command="echo still here")
        expect("the daemon is still there", done.stdout != b"still here\n" and repr(done))
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
