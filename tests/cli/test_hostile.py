#!/usr/bin/python3
"""Clients that do not keep to the protocol, against a running cleatd: each ends with a line in the log
that says why, others go on, and memory stays where it was."""
import logging
import os
import socket
import struct
import subprocess
import sys
import time

os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=4"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEATD, USER, Scratch, finish, report  # noqa: E402

try:
    import paramiko
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
except ImportError:
    paramiko = None

HELLO = b"SSH-2.0-Hostile_1\r\n"
GRACE = 3
GROWTH_MAX = 48 << 10  # KiB, of the sanitizer's build; what the attacks send is many times that


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


# ---- packets before there are keys (RFC 4253 section 6) ----

def text(value):
    return struct.pack(">I", len(value)) + value


def packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def kexinit(kex=b"curve25519-sha256", host_key=b"ssh-ed25519", cipher=b"aes128-ctr", mac=b"hmac-sha2-256"):
    lists = [kex, host_key, cipher, cipher, mac, mac, b"none", b"none", b"", b""]
    return packet(b"\x14" + bytes(16) + b"".join(map(text, lists)) + bytes(5))


IGNORE = packet(b"\x02" + text(b"x"))
STRICT = kexinit(kex=b"curve25519-sha256,kex-strict-c-v00@openssh.com")
KEX_INIT = packet(b"\x1e" + text(b"\x09" + bytes(31)))

# What is sent, None being the end, and what the daemon says about it.
EARLY = [
    ("another protocol", [b"GET / HTTP/1.0\r\n\r\n"], "no identification"),
    ("SSH 1", [b"SSH-1.5-old\r\n"], "protocol version not supported"),
    ("an endless line", [b"a" * 20000], "instead of the identification"),
    ("an oversized packet", [HELLO, struct.pack(">IB", (256 << 10) + 4, 4)], "bad packet length 262148"),
    ("a packet of no length", [HELLO, bytes(16)], "bad packet length 0"),
    ("a cut-off packet", [HELLO, kexinit()[:40], None], "Connection closed by"),
    ("no common method", [HELLO, kexinit(kex=b"none-of-yours")], "Theirs: none-of-yours"),
    ("no common cipher", [HELLO, kexinit(cipher=b"rot13")], "Theirs: rot13"),
    ("a KEXINIT cut short", [HELLO, packet(b"\x14" + bytes(16) + b"\x7f\xff\xff\xff")], "malformed KEXINIT"),
    ("a message before a strict KEXINIT", [HELLO, IGNORE, STRICT], "strict"),
    ("a message in a strict exchange", [HELLO, STRICT, IGNORE], "not allowed"),
    ("USERAUTH before all", [HELLO, packet(b"\x32" + text(b"root") + text(b"ssh-connection") + text(b"none"))],
     "not allowed"),
    ("SUCCESS to a server", [HELLO, kexinit(), packet(b"\x34")], "not allowed"),
    ("early NEWKEYS", [HELLO, kexinit(), packet(b"\x15")], "not allowed"),
    ("a public value twice", [HELLO, kexinit(), KEX_INIT + KEX_INIT], "not allowed"),
    ("a public value of small order", [HELLO, kexinit(), packet(b"\x1e" + text(bytes(32)))], "curve25519-sha256"),
]


def reads_to_end(client):
    try:
        while client.recv(65536):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


def early(port, log):
    for name, parts, wanted in EARLY:
        before = log.size()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            for part in parts:
                if part is None:
                    client.shutdown(socket.SHUT_WR)
                else:
                    client.sendall(part)
            ended = reads_to_end(client)
        said = log.wait_for(wanted, before)
        expect(f"{name} ends the connection with a reason", (not ended or not said) and
               f"ended: {ended}, log: {log.since(before)}")


# ---- messages of a client that has logged in ----

def message(number, *fields):
    m = paramiko.Message()
    m.add_byte(bytes([number]))
    for field in fields:
        if isinstance(field, bool):
            m.add_boolean(field)
        elif isinstance(field, int):
            m.add_int(field)
        else:
            m.add_string(field)
    return m


def login(scratch, wire, mac=None):
    transport = paramiko.Transport(wire)
    if mac:
        transport.get_security_options().digests = (mac,)
    transport.start_client(timeout=10)
    transport.auth_publickey(USER, paramiko.RSAKey.from_private_key_file(scratch.file("user_rsa")))
    return transport


def open_session(transport):
    channel = transport.open_session()
    channel.exec_command("sleep 60")
    return channel.remote_chanid


LATE = [
    ("data for an unknown channel", lambda ch: [message(94, 4711, b"x")], "not open"),
    ("a window overflow", lambda ch: [message(94, ch, b"x" * 30000)] * 100, "more than its window"),
    ("data after CLOSE", lambda ch: [message(97, ch), message(94, ch, b"x")], "not open"),
    ("data after EOF", lambda ch: [message(96, ch), message(94, ch, b"x")], "data after EOF"),
    ("a window of over 2^32", lambda ch: [message(93, ch, 0xFFFFFFFF)], "2^32"),
    ("a string of 4 GB", lambda ch: [message(94, ch, 0xFFFFFFFF)], "malformed"),
    ("a confirmation of nothing", lambda ch: [message(91, 9, 9, 9, 9)], "not opening"),
    ("SUCCESS", lambda ch: [message(52)], "not allowed"),
    ("another login", lambda ch: [message(50, b"root", b"ssh-connection", b"none")], "after authentication"),
    ("a request cut short", lambda ch: [message(98, ch, b"env", 0x01000000)], "malformed"),
]


def late(scratch, port, log):
    for name, make, wanted in LATE:
        transport = login(scratch, Wire(port))
        number = open_session(transport)
        before = log.size()
        for m in make(number):
            try:
                transport._send_message(m)
            except (OSError, EOFError):
                break
        said = log.wait_for(wanted, before)
        transport.join(10)
        expect(f"{name} ends the connection with a reason", (not said or transport.is_active()) and
               f"active: {transport.is_active()}, log: {log.since(before)}")
        transport.close()


def environment(scratch, port):
    transport = login(scratch, Wire(port))
    channel = transport.open_session()
    for name, value in (("LD_PRELOAD=/none.so:LC_X", ""), ("", "x"), ("LC_A", "theirs"), ("LC_B", "b"),
                        ("HOME", "/nowhere"), ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.1 22")):
        channel.set_environment_variable(name, value)
    channel.exec_command("env")
    said = channel.makefile().read().decode()
    transport.close()
    lines = said.splitlines()
    expect("AcceptEnv lets nothing but what it names in", "LD_PRELOAD" in said and said)
    expect("what the client sends is set", "LC_B=b" not in lines and said)
    expect("what the server and the key set stays", ("LC_A=ours" not in lines or "192.0.2.1" in said or
                                                     "HOME=/nowhere" in lines) and said)


def signals(scratch, forced):
    """Nobody but the author of a forced command decides how it ends."""
    transport = login(scratch, Wire(forced))
    channel = transport.open_session()
    channel.exec_command("mine")
    transport._send_user_message(message(98, channel.remote_chanid, b"signal", False, b"KILL"))
    channel.shutdown_write()
    status = channel.recv_exit_status()
    expect("a forced command gets no signals", status != 4 and repr(status))
    transport.close()


RAW = bytes([51, 0, 0, 0, 0, 0])  # no ICANON, RFC 4254 section 8


def unread_terminal(scratch, port, *first):
    """What a program does not read from its terminal must hold up nobody else."""
    transport = login(scratch, Wire(port))
    channel = transport.open_session()  # closed with the last reference to it
    for request in ((b"pty-req", False, b"xterm", 80, 24, 0, 0, RAW), (b"exec", False, b"echo up; sleep 60")):
        transport._send_user_message(message(98, channel.remote_chanid, *request))
    channel.recv(1)
    for request in first:
        transport._send_user_message(message(98, channel.remote_chanid, *request))
    for _ in range(10):
        transport._send_user_message(message(94, channel.remote_chanid, b"x" * 30000))
    try:
        problem = scratch.cleat_ssh(port, seconds=20).returncode
    except subprocess.TimeoutExpired:
        problem = "the daemon stands still"
    expect("a terminal that nobody reads holds up nobody", problem or not transport.is_active())
    transport.close()


def mapped(scratch):
    """An IPv4 client on a socket of both families, as inetd may hand it over."""
    args = ["-i", "-e", "-h", scratch.file("host_ed25519"), "-o", f"DenyUsers {USER}@127.0.0.1",
            "-o", "StrictModes no", "-o", f"AuthorizedKeysFile {scratch.file('authorized_keys')}"]
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        client = socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=10)
        accepted, _ = listener.accept()
    with client, accepted, open(scratch.file("mapped.log"), "wb") as log:
        daemon = subprocess.Popen([CLEATD, *args], stdin=accepted, stdout=accepted, stderr=log)
        accepted.close()
        try:
            transport = paramiko.Transport(client)
            transport.start_client(timeout=10)
            transport.auth_publickey(USER, paramiko.RSAKey.from_private_key_file(scratch.file("user_rsa")))
            problem = "is let in"
        except paramiko.SSHException:
            problem = None
        transport.close()
        daemon.wait(10)
    said = open(scratch.file("mapped.log")).read()
    expect("an IPv4 address is one on an IPv6 socket, too",
           problem or ("from 127.0.0.1 not allowed" not in said and said))


class Wire:
    """A socket that changes what is sent once `damage` is set, and hears nothing once `deaf` is."""

    def __init__(self, port):
        self.inner = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.damage, self.deaf = None, False

    def send(self, data):
        damage, self.damage = self.damage, None
        if damage:
            self.inner.sendall(damage(bytes(data)))
            return len(data)
        try:
            return self.inner.send(data)
        except socket.timeout:
            raise EOFError from None  # the daemon reads no more

    def recv(self, size):
        if self.deaf:
            time.sleep(0.05)
            raise socket.timeout
        return self.inner.recv(size)

    def __getattr__(self, name):
        return getattr(self.inner, name)


DAMAGES = [
    ("a changed bit", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    ("a packet that comes twice", lambda data: data + data),
    ("a packet that is missing", lambda data: b""),
]


# Where the length is encrypted with the rest, the daemon reads on as far as a packet can reach before
# it says anything, so that nobody learns from the moment at which it does.
MACS = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-256"]
PACKET_MAX = 256 << 10


def damaged(scratch, port, log):
    for mac in MACS:
        for name, damage in DAMAGES:
            wire = Wire(port)
            transport = login(scratch, wire, mac)
            before = log.size()
            wire.damage = damage
            for _ in range(2 + PACKET_MAX // 30000):
                try:
                    transport.send_ignore(30000)
                except (OSError, EOFError):
                    break
            said = log.wait_for("authentication failed", before, 60)
            transport.join(60)
            expect(f"{name} is found by {mac}", None if said and not transport.is_active()
                   else f"active: {transport.is_active()}, log: {log.since(before)}")
            transport.close()


# ---- too much ----

def floods(scratch, port, log):
    wire = Wire(port)
    transport = login(scratch, wire)
    before = log.size()
    for number in range(10000):
        transport._send_message(message(90, b"direct-tcpip", number, 1000, 1000, b"127.0.0.1", 9, b"::1", 1))
    expect("10,000 channels leave room for others", scratch.cleat_ssh(port).returncode)
    expect("and do not end the connection", not transport.is_active() and repr(log.since(before)))
    transport.close()

    wire = Wire(port)
    transport = login(scratch, wire)
    wire.deaf = True
    wire.settimeout(1)
    sent = 0
    try:
        while sent < 64 << 20:
            transport._send_message(message(192, b"p" * 16000))
            sent += 16000
    except (OSError, EOFError):
        pass
    expect("a client that reads nothing is not listened to for ever", sent >= 64 << 20 and sent)
    expect("a client that reads nothing leaves room for others", scratch.cleat_ssh(port).returncode)
    transport.close()


def silence(scratch, port, log):
    before = log.size()
    start = time.monotonic()
    clients = [socket.create_connection(("127.0.0.1", port), timeout=GRACE + 10) for _ in range(20)]
    for client in clients[10:]:
        client.sendall(HELLO + kexinit())
    done = scratch.cleat_ssh(port)
    expect("20 silent clients do not keep others out", done.returncode and repr(done))
    ended = all(reads_to_end(client) for client in clients)
    took = time.monotonic() - start
    expect("silent clients are shown out after LoginGraceTime", (
        not ended or took < GRACE - 1 or not log.wait_for("Timeout before authentication", before)) and
        f"ended: {ended}, {took:.1f} s, log: {log.since(before)}")
    for client in clients:
        client.close()


class Log:
    def __init__(self, path):
        self.path = path

    def size(self):
        return os.path.getsize(self.path)

    def since(self, start):
        with open(self.path, "rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")[-1500:]

    def wait_for(self, wanted, start, seconds=10):
        end = time.monotonic() + seconds
        while wanted not in self.since(start):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


def memory_of(process):
    with open(f"/proc/{process.pid}/smaps_rollup") as maps:
        return next(int(line.split()[1]) for line in maps if line.startswith("Pss:"))


def main():
    scratch = Scratch()
    try:
        key = open(scratch.file("user_rsa.pub")).read()
        for name, options in (("own_keys", 'environment="LC_A=ours"'), ("forced_keys", 'command="cat; exit 4"')):
            with open(scratch.file(name), "w") as out:
                out.write(f"{options} {key}" + open(scratch.file("user_ed25519.pub")).read())
        port = scratch.cleatd("hostile", [f"LoginGraceTime {GRACE}", "MaxStartups 100",
                                          "AcceptEnv LC_* *_X HOME SSH_*"], keys="own_keys")
        log = Log(scratch.file("hostile.log"))
        scratch.cleat_ssh(port)
        before = memory_of(scratch.servers[0])
        silence(scratch, port, log)
        early(port, log)
        if paramiko:
            late(scratch, port, log)
            damaged(scratch, port, log)
            floods(scratch, port, log)
            environment(scratch, port)
            unread_terminal(scratch, port)
            unread_terminal(scratch, port, (b"eow@openssh.com", False))
            mapped(scratch)
            signals(scratch, scratch.cleatd("forced", keys="forced_keys"))
        else:
            report("messages under keys", skip="paramiko is not installed")
        done = scratch.cleat_ssh(port, command="echo still here")
        expect("the daemon is still there", done.stdout != b"still here\n" and repr(done))
        grown = memory_of(scratch.servers[0]) - before
        expect("memory has not grown with what was sent", grown > GROWTH_MAX and f"{grown} KiB")
        print(f"# {grown} KiB more than before")
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
