#!/usr/bin/python3
"""Clients behind a load balancer (ProxyProtocolFrom): haproxy before two cleatds, and headers written by
hand; in each isolation of system mode, and for a server that serves one user."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import NETWORK, Scene, named, settles, status_of  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, free_port, report  # noqa: E402

# On loopback every address of 127.0.0.0/8 is ours to come from.
BALANCER, CLIENT, OTHER = "127.0.0.9", "127.0.0.5", "127.0.0.6"
FROM = f"ProxyProtocolFrom {BALANCER}"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def check(name, test):
    report(name, attempt(test))


def v1(peer=CLIENT):
    return f"PROXY TCP4 {peer} 192.0.2.1 4711 22\r\n".encode()


def v2(peer=CLIENT, command=0x21, extension=b""):
    ends = socket.inet_aton(peer) + socket.inet_aton("192.0.2.1") + struct.pack(">HH", 4711, 22)
    return SIGNATURE + struct.pack(">BBH", command, 0x11, len(ends + extension)) + ends + extension


def answer(port, data, source=BALANCER, pieces=1, seconds=30):
    """What the server says first; b"" if it hangs up."""
    with socket.create_connection(("127.0.0.1", port), source_address=(source, 0), timeout=seconds) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        step = max(1, len(data) // pieces)
        for at in range(0, len(data), step):
            s.sendall(data[at:at + step])
        try:
            return s.recv(100)
        except ConnectionError:
            return b""


class Balancer:
    """haproxy on a free port, before these servers."""

    def __init__(self, s, name, how, *servers):
        self.port = free_port()
        config = s.file(name + ".cfg")
        lines = "".join(f"    server s{i} 127.0.0.1:{port} {how} source {BALANCER} check inter 200ms "
                        "fall 1 rise 1\n" for i, port in enumerate(servers))
        with open(config, "w") as out:
            out.write("defaults\n    mode tcp\n    timeout connect 20s\n    timeout client 120s\n"
                      "    timeout server 120s\n    retries 5\n    option redispatch\n"
                      f"listen fleet\n    bind 127.0.0.1:{self.port}\n    balance roundrobin\n{lines}")
        self.process = subprocess.Popen(["haproxy", "-db", "-q", "-f", config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settles(self.listens)

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def close(self):
        self.process.kill()
        self.process.wait()


def ask(s, port, command="echo $SSH_CLIENT", source=CLIENT, user="alice", *args):
    return s.run(port, user, command, "-b", source, *args)


def says(done, wanted):
    return None if wanted in done.stdout.decode() else f"{done}"


def fails(done):
    return None if done.returncode else f"{done}"


def headers(s, port, log):
    """Written by hand."""
    ssh = b"SSH-2.0-"
    good = {"a line": v1(), "a line in pieces": (v1(), 20), "version 2": v2(), "version 2 in pieces": (v2(), 28),
            "an extension of 4 KiB": v2(extension=b"\x04\x10\x00" + bytes(4096)),
            "a health check": v2(command=0x20), "an unknown origin": b"PROXY UNKNOWN\r\n",
            "a header with the client's first bytes": v1() + b"SSH-2.0-eager\r\n"}
    for name, given in good.items():
        data, pieces = given if isinstance(given, tuple) else (given, 1)
        check(f"{name} is taken", lambda: None if answer(port, data, pieces=pieces).startswith(ssh)
              else "no")
    bad = {"no header": b"SSH-2.0-somebody\r\n", "nonsense": b"PROXY TCP4 here there 1 2\r\n",
           "an unknown command": v2(command=0x22), "a line without end": b"PROXY UNKNOWN" + b"x" * 200,
           "an address too few": SIGNATURE + b"\x21\x11\0\x04abcd"}
    for name, data in bad.items():
        check(f"{name} ends the connection", lambda: None if answer(port, data) == b"" else "it goes on")
    check("that is said", lambda: None if f"no connection through {BALANCER}" in log() else log()[-500:])
    check("somebody else's header is none", lambda: None if not answer(
        port, v1() + b"SSH-2.0-x\r\n" + b"x" * 64, source=OTHER).startswith(b"SSH-2.0-OK") else "it is")

    def quiet():
        before = log()
        socket.create_connection(("127.0.0.1", port), source_address=(BALANCER, 0)).close()
        answer(port, b"nonsense, to be told\r\n")  # and what came before it has been read
        settles(lambda: f"through {BALANCER}" in log()[len(before):])
        return None if log()[len(before):].count(f"through {BALANCER}") == 1 else log()[len(before):]
    check("a connection without a word leaves no line", quiet)


def late(port):
    began = time.monotonic()
    got = answer(port, b"PROXY ", seconds=60)
    took = time.monotonic() - began
    return None if got == b"" and 5 < took < 40 else f"{got} after {took}"


def with_haproxy(s, name):
    """Two servers that share nothing but the authority whose users they take and that vouches for
    them."""
    ca = s.file("user_rsa")
    hostcert = s.file("host_ed25519-cert.pub")
    if not os.path.exists(hostcert):
        for more in (["-h", "-n", "fleet", "-V", "+1h", s.file("host_ed25519.pub")],
                     ["-n", "alice", "-V", "+1h", s.file("user_ecdsa256.pub")]):
            subprocess.run(["ssh-keygen", "-q", "-s", ca, "-I", "fleet", *more], check=True,
                           capture_output=True)
        with open(s.file("fleet_known"), "w") as out:
            out.write("@cert-authority fleet " + s.public("user_rsa"))
    options = (FROM, "TrustedUserCAKeys " + ca + ".pub", "HostCertificate " + hostcert,
               "AuthorizedKeysFile none", "LogLevel VERBOSE")
    ports = [s.cleatd_system(f"{name}-{i}", options) for i in (1, 2)]
    logs = [lambda i=i: s.log(f"{name}-{i}") for i in (1, 2)]
    fleet = ("-o", "HostKeyAlias=fleet", "-o", "StrictHostKeyChecking=yes", "-o",
             "UserKnownHostsFile=" + s.file("fleet_known"), "-o",
             "CertificateFile=" + s.file("user_ecdsa256-cert.pub"), "-i", s.file("user_ecdsa256"))
    for how in ("send-proxy", "send-proxy-v2"):
        balancer = Balancer(s, f"{name}-{how}", how, *ports)
        for _ in range(2):
            check(f"haproxy with {how} leads to one of them", lambda: says(
                ask(s, balancer.port, "echo $SSH_CLIENT $(id -un)", CLIENT, "alice", *fleet), CLIENT))
        check("and both have served", lambda: None if all(
            f"Accepted publickey for alice from {CLIENT}" in log() for log in logs) else logs[0]()[-800:])
        balancer.close()
    balancer = Balancer(s, f"{name}-fall", "send-proxy-v2", *ports)
    s.by_port[ports[0]].send_signal(signal.SIGTERM)
    s.by_port[ports[0]].wait(60)
    for _ in range(3):
        check("without one of them the other serves", lambda: says(
            ask(s, balancer.port, "echo $SSH_CLIENT", CLIENT, "alice", *fleet), CLIENT))
    balancer.close()


def rules(s, name):
    """What depends on the client's address sees through the load balancer."""
    port = s.cleatd_system(name + "-rules", (FROM, "LogLevel VERBOSE"),
                           text=f"Match Address {OTHER}\n    ForceCommand echo forced\n")
    balancer = Balancer(s, name + "-rules", "send-proxy-v2", port)
    check("the session knows the client's address", lambda: says(ask(s, balancer.port), CLIENT + " "))
    check("and its log line does", lambda: None if f"Connection from {CLIENT} port" in s.log(
        name + "-rules") else s.log(name + "-rules")[-500:])
    check("Match Address means the client", lambda: says(ask(s, balancer.port, source=OTHER), "forced"))
    check("and not for another", lambda: says(ask(s, balancer.port, "echo free"), "free"))
    check("clients without a load balancer come as before", lambda: says(
        ask(s, port, source=OTHER), "forced"))
    s.town.put("bob", ".ssh/authorized_keys", f'from="{CLIENT}" ' + s.public("user_ed25519"))
    check("from= lets the client in", lambda: says(ask(s, balancer.port, "id -un", CLIENT, "bob"), "bob"))
    check("and keeps another out", lambda: fails(ask(s, balancer.port, "id -un", OTHER, "bob")))
    s.town.put("bob", ".ssh/authorized_keys", s.public("user_ed25519"))
    balancer.close()
    port = s.cleatd_system(name + "-penalty", (FROM, "PerSourcePenalties noauth:60 min:1"))
    balancer = Balancer(s, name + "-penalty", "send-proxy", port)
    with socket.create_connection(("127.0.0.1", balancer.port), source_address=(OTHER, 0)) as rude:
        rude.recv(10)
    check("penalties are the client's", lambda: None if settles(
        lambda: ask(s, balancer.port, source=OTHER).returncode != 0) else "none")
    check("and nobody else's behind it", lambda: says(ask(s, balancer.port), CLIENT))
    balancer.close()


def reader(s, name):
    """The process that reads headers."""
    port = s.cleatd_system(name + "-reader", (FROM,))
    listener = s.by_port[port].pid
    check("there is no reader before it is wanted", lambda: None if not named(listener, "proxy") else "one")
    answer(port, v1())
    found = named(listener, "proxy")
    check("then there is one", lambda: None if len(found) == 1 else f"{found}")
    facts = status_of(found[0])
    check("it is nobody", lambda: None if facts["Uid"].split() == 4 * [str(NETWORK)] and int(
        facts["CapPrm"], 16) == 0 and facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2" and
        os.listdir(f"/proc/{found[0]}/root") == [] else str(facts))
    held = socket.create_connection(("127.0.0.1", port), source_address=(BALANCER, 0))
    held.sendall(b"PROXY ")
    check("it has the socket of who waits", lambda: None if settles(lambda: sum(
        os.readlink(f"/proc/{found[0]}/fd/{fd}").startswith("socket:")
        for fd in os.listdir(f"/proc/{found[0]}/fd")) >= 2) else "no")
    os.kill(found[0], signal.SIGKILL)
    held.settimeout(30)
    check("without it who waits is sent away", lambda: None if held.recv(10) == b"" else "no")
    check("and the next is read by another", lambda: None if answer(port, v2()).startswith(b"SSH-")
          and named(listener, "proxy") != found else "no")
    held.close()
    waits = socket.create_connection(("127.0.0.1", port), source_address=(BALANCER, 0))
    waits.sendall(b"PROXY ")
    settles(lambda: len(os.listdir(f"/proc/{listener}/fd")) > 0)
    s.by_port[port].send_signal(signal.SIGTERM)
    check("who waits does not hold up the end", lambda: None if s.by_port[port].wait(30) == 0 else "no")
    waits.close()


def in_system(s, name):
    port = s.cleatd_system(name, (FROM,))
    headers(s, port, lambda: s.log(name))
    check("a header that does not come is not awaited for ever", lambda: late(port))
    rules(s, name)
    reader(s, name)
    if shutil.which("haproxy"):
        with_haproxy(s, name)


def in_person(s):
    port = s.cleatd("person", [FROM])
    headers(s, port, lambda: open(s.file("person.log")).read())
    balancer = Balancer(s, "person", "send-proxy-v2", port)
    done = subprocess.run(["ssh", "-F", "none", "-b", CLIENT, "-o", "StrictHostKeyChecking=no", "-o",
                           f"UserKnownHostsFile={s.file('known')}", "-i", s.file("user_ed25519"), "-p",
                           str(balancer.port), f"{peers.USER}@127.0.0.1", "echo $SSH_CLIENT"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    check("the session knows the client's address", lambda: says(done, CLIENT))
    balancer.close()


def main():
    if not town.possible():
        report("clients behind a load balancer", skip="only root can make the users")
        finish()
    for name, how in (("own", ()), ("shared", ("ConnectionIsolation shared",))):
        print("#", name, flush=True)
        Scene.isolation = how
        s = Scene()
        try:
            in_system(s, name)
        finally:
            s.stop()
    s = peers.Scratch()
    try:
        in_person(s)
    finally:
        s.stop()
    finish()


main()
