#!/usr/bin/python3
"""The monitor against a network process that an attacker has taken over: it sends every message in
every state, and gets no login, no key, and nothing of other connections. cleatd_hostile has such a
process (hostile_network.c), through which this script speaks to the monitor and the session process; or such a
worker, to those of its clients."""
import os
import resource
import signal
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
import peers  # noqa: E402
from peers import attempt, finish, report  # noqa: E402
from town import Scene, named  # noqa: E402

from cryptography.hazmat.primitives.serialization import load_ssh_private_key  # noqa: E402

SIGN, GROUP, AUTH, ENDED, LINE, TRAFFIC = 1, 2, 3, 4, 5, 6
SIGNATURE, GROUP_IS, MET, BANNER, REFUSE, VERDICT, ASK = 65, 66, 67, 68, 69, 70, 71
NONE, PROBE, PUBLICKEY, PASSWORD, KBDINT, KBDINT_ANSWER = range(1, 7)
ASK_TRAFFIC = 112
OPEN_SESSION, REQUEST, CLOSE_SESSION, ANSWER = 10, 11, 12, 80  # of the session process
EXEC = 4  # cleat_request_type
REJECT, PARTIAL, ACCEPT = range(3)
KEX, PROVE = 1, 2
HASH = b"h" * 32
HANG_UP, HANG_UP_LISTENER = 0x7FFFFFFF, 0x7FFFFFFE  # orders, in the place of a length
FOR_SESSION = 1 << 30  # in a length: for the session process


def string(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def blob_of(path):
    import base64
    return base64.b64decode(open(path + ".pub").read().split()[1])


def sign_message(blob, message=HASH, purpose=KEX, algorithm="ssh-ed25519"):
    return struct.pack(">BQI", SIGN, 7, purpose) + string(blob) + string(algorithm) + string(message)


def auth_message(user, method, blob=b"", signature=b"", password="", host_key=b"", algorithm="ssh-ed25519",
                 query=9, responses=()):
    return (struct.pack(">BQII", AUTH, query, method, 0) + string(user) + string("SSH-2.0-evil") +
            string(algorithm) + string(blob) + string(signature) + string(host_key) + string(password) +
            b"\0" + string("") + string("".join(text + "\0" for text in responses)))


class Link:
    """A hostile network process."""

    def __init__(self, scene, port):
        self.scene = scene
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(30)
        self.host = blob_of(scene.file("host_ed25519"))
        self.key = load_ssh_private_key(open(scene.file("user_ed25519"), "rb").read(), None)
        self.blob = blob_of(scene.file("user_ed25519"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, message):
        self.socket.sendall(struct.pack(">I", len(message)) + message)

    def send_session(self, message):
        self.socket.sendall(struct.pack(">I", FOR_SESSION | len(message)) + message)

    def order(self, what):
        self.socket.sendall(struct.pack(">I", what))

    def read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """(descriptors, number, rest), or None once the monitor has ended it."""
        try:
            attached, length = struct.unpack(">BI", self.read(5))
            data = self.read(length)
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return None
        return attached, data[0], data[1:]

    def until(self, number):
        while (got := self.receive()) is not None:
            if got[1] == number:
                return got
        return None

    def ask(self, message, number):
        try:
            self.send(message)
        except (ConnectionResetError, BrokenPipeError):
            return None
        return self.until(number)

    def exchange(self, message=HASH):
        """Has a key exchange signed."""
        return self.ask(sign_message(self.host, message), SIGNATURE)

    def proof(self, user="alice", session=HASH, host_key=b""):
        method = "publickey-hostbound-v00@openssh.com" if host_key else "publickey"
        data = (string(session) + b"\x32" + string(user) + string("ssh-connection") +
                string(method) + b"\1" + string("ssh-ed25519") + string(self.blob))
        data += string(host_key) if host_key else b""
        return string("ssh-ed25519") + string(self.key.sign(data))

    def verdict(self, message):
        """(descriptors, verdict), or None when the monitor has ended it."""
        got = self.ask(message, VERDICT)
        return got and (got[0], struct.unpack(">QI", got[2][:12])[1])

    def log_in(self, user="alice", session=HASH):
        return self.verdict(auth_message(user, PUBLICKEY, self.blob, self.proof(user, session)))


def check(name, scene, port, test, wanted):
    def run():
        with Link(scene, port) as link:
            got = test(link)
        return None if got == wanted else f"got {got!r} instead of {wanted!r}"
    report(name, attempt(run))


# ---- signatures ----

def signatures(s, port):
    def first(link):
        got = link.exchange()
        return got is not None and len(got[2]) > 60
    check("the hash of an exchange is signed", s, port, first, True)
    check("something else than a hash is not", s, port,
          lambda link: link.exchange(b"x" * 33), None)
    check("nor what a user would sign", s, port, lambda link: link.exchange(
        string(HASH) + b"\x32" + string("root") + string("ssh-connection")), None)
    check("nor with a key that is not the host's", s, port,
          lambda link: link.ask(sign_message(link.blob), SIGNATURE), None)
    check("nor for another purpose", s, port,
          lambda link: link.ask(sign_message(link.host, purpose=3), SIGNATURE), None)
    check("nor a proof before there is a session", s, port, lambda link: link.ask(sign_message(
        link.host, string("hostkeys-prove-00@openssh.com") + string(HASH) + string(link.host),
        PROVE), SIGNATURE), None)

    def prove(link, session):
        link.exchange()
        got = link.ask(sign_message(link.host, string("hostkeys-prove-00@openssh.com") + string(session)
                                    + string(link.host), PROVE), SIGNATURE)
        return got is not None
    check("a proof of this session is signed", s, port, lambda link: prove(link, HASH), True)
    check("of another it is not", s, port, lambda link: prove(link, b"x" * 32), False)


# ---- logins ----

def logins(s, port):
    def honest(link):
        link.exchange()
        return link.log_in()
    check("with the user's signature there is a session", s, port, honest, (1, ACCEPT))

    def later_hash(link):
        link.exchange()
        link.exchange(b"x" * 32)
        return link.log_in(session=b"x" * 32)
    check("the session's id stays the first one", s, port, later_hash, None)

    def after_rekey(link):
        link.exchange()
        link.exchange(b"x" * 32)
        return link.log_in()
    check("whatever is exchanged later", s, port, after_rekey, (1, ACCEPT))
    check("nobody logs in before an exchange", s, port, lambda link: link.log_in(), None)

    def exchanged(test):
        def run(link):
            link.exchange()
            return test(link)
        return run
    check("without a signature nobody does", s, port, exchanged(lambda link: link.verdict(
        auth_message("alice", PUBLICKEY, link.blob))), None)
    check("nor with another session's", s, port, exchanged(lambda link: link.verdict(auth_message(
        "alice", PUBLICKEY, link.blob, link.proof(session=b"y" * 32)))), None)
    check("nor with another user's", s, port, exchanged(lambda link: link.verdict(auth_message(
        "root", PUBLICKEY, link.blob, link.proof("alice")))), None)
    check("nor by calling it a host-bound one", s, port, exchanged(lambda link: link.verdict(
        auth_message("alice", PUBLICKEY, link.blob, link.proof(), host_key=link.host))), None)
    bound = lambda link, key: link.verdict(auth_message(  # noqa: E731
        "alice", PUBLICKEY, link.blob, link.proof(host_key=key), host_key=key))
    check("a host-bound one logs in", s, port, exchanged(lambda link: bound(link, link.host)), (1, ACCEPT))
    check("but not for another host's key", s, port, exchanged(lambda link: bound(link, link.blob)), None)
    check("a probe is answered and opens nothing", s, port, exchanged(lambda link: link.verdict(
        auth_message("alice", PROBE, link.blob))), (0, ACCEPT))
    for method in (0, NONE, KBDINT_ANSWER, 7, 0x80000003, 0xFFFFFFFF):
        check(f"method {method:#x} is refused", s, port, exchanged(lambda link: link.verdict(
            auth_message("alice", method, link.blob, link.proof()))), (0, REJECT))
    check("a wrong password is refused", s, port, exchanged(lambda link: link.verdict(
        auth_message("alice", PASSWORD, password="guess"))), (0, REJECT))
    check("the right one is not", s, port, exchanged(lambda link: link.verdict(
        auth_message("alice", PASSWORD, password=town.PASSWORD))), (1, ACCEPT))

    def asked(*responses):
        def run(link):
            if link.ask(auth_message("alice", KBDINT), ASK) is None:
                return "not asked"
            return link.verdict(auth_message("alice", KBDINT_ANSWER, responses=responses))
        return exchanged(run)
    check("the answer to PAM's question logs in", s, port, asked(town.PASSWORD), (1, ACCEPT))
    check("a wrong one does not", s, port, asked("guess"), (0, REJECT))
    check("nor none", s, port, asked(), (0, REJECT))
    check("nor more than one", s, port, asked(town.PASSWORD, town.PASSWORD), (0, REJECT))

    def impatient(link):
        link.send(auth_message("alice", KBDINT))
        return link.verdict(auth_message("alice", KBDINT_ANSWER, responses=[town.PASSWORD]))
    check("nor one that comes before the question", s, port, exchanged(impatient), None)

    def unended(link):
        link.ask(auth_message("alice", KBDINT), ASK)
        message = auth_message("alice", KBDINT_ANSWER)[:-4] + string(town.PASSWORD)
        return link.verdict(message)
    check("nor one without its end", s, port, exchanged(unended), None)

    def instead(link):
        link.ask(auth_message("alice", KBDINT), ASK)
        link.log_in()
        return link.verdict(auth_message("alice", KBDINT_ANSWER, responses=[town.PASSWORD]))
    check("nor one after another login", s, port, exchanged(instead), None)

    def other_user(link):
        link.verdict(auth_message("alice", PROBE, link.blob))
        return link.verdict(auth_message("bob", PROBE, link.blob))
    check("the user's name does not change", s, port, exchanged(other_user), None)

    def guesses(link):
        count = 0
        while link.verdict(auth_message("alice", PASSWORD, password="guess")) is not None:
            count += 1
        return count
    check("MaxAuthTries is counted here", s, port, exchanged(guesses), 3)

    def afterwards(link):
        link.log_in()
        return link.verdict(auth_message("root", PASSWORD, password=town.PASSWORD))
    check("after the login there is no other", s, port, exchanged(afterwards), None)


# ---- sessions ----

def sessions(s, port):
    """MaxSessions is 2: a network process that does not count is told no, and the others go on."""
    def run(link, number):
        """(descriptors, whether it is done)"""
        link.send_session(struct.pack(">BII", REQUEST, number, EXEC) + string("true") + string("") + 4 * b"\0\0\0\0" +
                          string("") + 2 * b"\0\0\0\0" + b"\0")
        got = link.until(ANSWER)
        return got and (got[0], bool(got[2][4]))

    def too_many(link):
        link.exchange()
        link.log_in()
        for number in (1, 2, 3):
            link.send_session(struct.pack(">BI", OPEN_SESSION, number))
        first = [run(link, number) for number in (3, 1, 2)]
        for number in (1, 3):
            link.send_session(struct.pack(">BI", CLOSE_SESSION, number))
        link.send_session(struct.pack(">BI", OPEN_SESSION, 4))
        return first + [run(link, 4)]
    check("MaxSessions is counted by the session process, too", s, port, too_many,
          [(0, False), (3, True), (3, True), (3, True)])
    report("and the log tells", None if town.settles(
        lambda: "no session for alice: MaxSessions allows 2" in s.log("hostile")) else s.log("hostile")[-500:])


# ---- everything ----

def everything(s, port):
    """Every number that may mean something, and some others, with nothing and with something behind it, before an exchange, after it, and
    after the login: none of them is answered by a login, and the daemon goes on."""
    problems = []
    for state in ("begun", "exchanged", "logged in"):
        for number in (*range(120), 128, 200, 255):
            for rest in (b"", b"\0" * 64):
                with Link(s, port) as link:
                    if state != "begun":
                        link.exchange()
                    if state == "logged in" and link.log_in() != (1, ACCEPT):
                        problems.append(f"{state}: no login")
                    problems += odd_answers(link, number, rest, state)
    return "; ".join(problems[:5]) or None


def odd_answers(link, number, rest, state):
    link.send(bytes([number]) + rest)
    problems = []
    try:
        # Whoever is still there answers this; else the monitor has ended it.
        link.send(struct.pack(">BQIII", GROUP, 3, 2048, 2048, 8192))
    except (ConnectionResetError, BrokenPipeError):
        pass
    while (got := link.receive()) is not None:
        attached, answer, data = got
        if answer == VERDICT and (attached or struct.unpack(">QI", data[:12])[1] != REJECT):
            problems.append(f"{state}, message {number}: let in")
        if answer == SIGNATURE:
            problems.append(f"{state}, message {number}: signed")
        if answer == GROUP_IS:
            break
    return problems


def asked_once(s, port, metrics):
    """However many fetch the figures at a time, the processes of a connection are asked for theirs once."""
    listener, count = s.by_port[port], 0
    with Link(s, port) as link:
        link.exchange()
        visits = [socket.create_connection(("127.0.0.1", metrics), 30) for _ in range(10)]
        listener.send_signal(signal.SIGSTOP)
        for visit in visits:
            visit.sendall(b"GET / HTTP/1.0\r\n\r\n")
        listener.send_signal(signal.SIGCONT)
        answers = [visit.recv(100) for visit in visits]
        link.send(struct.pack(">BQIII", GROUP, 3, 2048, 2048, 8192))
        while (got := link.receive()) is not None and got[1] != GROUP_IS:
            count += got[1] == ASK_TRAFFIC
        for visit in visits:
            visit.close()
    return None if count == 1 and all(answers) else f"asked {count} times: {answers}"


def lines(s, port):
    with Link(s, port) as link:
        link.send(struct.pack(">BI", LINE, 3) + string("first\ncleatd: Accepted password for root"))
        link.send(struct.pack(">BI", LINE, 99) + string("at no level"))
        link.ask(struct.pack(">BQIII", GROUP, 3, 2048, 2048, 8192), GROUP_IS)
    log = s.log("hostile").splitlines()
    if any(line.startswith("cleatd: Accepted password for root") for line in log):
        return "a line is forged"
    return None if any("first?cleatd: Accepted" in line for line in log) else "the line is lost"


def flood(s, port):
    """Thousands of lines, and one that is not asked for."""
    with Link(s, port) as link:
        link.send(struct.pack(">BI", LINE, 7) + string("nobody wants this"))
        for number in range(3000):
            link.send(struct.pack(">BI", LINE, 3) + string(f"flood {number}"))
        link.ask(struct.pack(">BQIII", GROUP, 3, 2048, 2048, 8192), GROUP_IS)
    log = s.log("hostile")
    if "nobody wants this" in log:
        return "a line below LogLevel is logged"
    return None if 100 < log.count("flood ") < 1000 else f"{log.count('flood ')} lines"


def figures(link):
    """Twice what is told once unless somebody asks; who is still there answers."""
    link.exchange()
    for _ in range(2):
        link.send(struct.pack(">BQ", TRAFFIC, 1) + 5 * string("figures") + struct.pack(">QQ", 1, 1))
    return link.ask(struct.pack(">BQIII", GROUP, 3, 2048, 2048, 8192), GROUP_IS)


def crowded(s, port):
    """A listener that can get no more descriptors takes no more logins from workers."""
    listener = s.by_port[port].pid
    if not named(listener, "keys"):
        return
    usual = resource.prlimit(listener, resource.RLIMIT_NOFILE)
    others = [Link(s, port) for _ in range(8)]
    for other in others:
        other.exchange()

    def no_room(link):
        link.exchange()
        resource.prlimit(listener, resource.RLIMIT_NOFILE, (3, usual[1]))
        got = link.log_in()
        resource.prlimit(listener, resource.RLIMIT_NOFILE, usual)
        return got
    check("without descriptors there is no login", s, port, no_room, None)
    report("who comes later gets one", attempt(lambda: None if all(
        other.log_in() == (1, ACCEPT) for other in others) else "no"))
    for other in others:
        other.socket.close()


def hanging_up(s, port):
    """Whoever closes a socket and lives on is not waited for."""
    def of_monitor(link):
        link.exchange()
        link.order(HANG_UP)
        return link.receive()
    check("a network process that hangs up is ended", s, port, of_monitor, None)
    listener = s.by_port[port].pid
    workers = lambda: set(town.children(listener)) & set(named(listener, "worker"))  # noqa: E731
    if not workers():
        return
    with Link(s, port) as link:
        link.exchange()
        before = workers()
        link.order(HANG_UP_LISTENER)
        report("a worker that hangs up is ended, too", None if town.settles(
            lambda: before - workers()) else "it lives on")


def attack(how):
    s = Scene()
    try:
        metrics = peers.free_port()
        port = s.cleatd_system("hostile", ["MaxAuthTries 3", "MaxSessions 2", "MaxStartups 1000",
                                           f"MetricsAddress 127.0.0.1:{metrics}", *how])
        signatures(s, port)
        logins(s, port)
        sessions(s, port)
        report("a line cannot forge another", attempt(lambda: lines(s, port)))
        report("a flood of lines is cut", attempt(lambda: flood(s, port)))
        check("figures that nobody asks for end it", s, port, figures, None)
        crowded(s, port)
        if not how:  # else the worker is asked
            report("it is asked for figures once at a time", attempt(lambda: asked_once(s, port, metrics)))
        hanging_up(s, port)
        check("the daemon serves the next client", s, port, lambda link: link.exchange() is not None, True)
        report("every message in every state", attempt(lambda: everything(s, port)))
        daemon = s.by_port[port]
        report("the daemon goes on", None if daemon.poll() is None else "it has ended")
        report("no monitor is left", None if town.settles(lambda: not named(daemon.pid, "monitor"))
               else f"{named(daemon.pid, 'monitor')}")
    finally:
        s.stop()


def main():
    hostile = os.path.join(peers.BIN, "cleatd_hostile")
    if not town.possible() or not os.path.exists(hostile):
        report("a hostile network process", skip="only root can make the users")
        finish()
    peers.CLEATD = hostile
    for how in ((), ("ConnectionIsolation shared",)):
        attack(how)
    finish()


main()
