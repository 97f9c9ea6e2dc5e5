#!/usr/bin/python3
"""cleatd in system mode, as root with several users, against OpenSSH's client."""
import base64
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
import pki  # noqa: E402  (town knows where)
from town import NETWORK, USERS, Scene, named, settles, status_of  # noqa: E402
from peers import CLEAT, CLEATD, attempt, finish, report  # noqa: E402


def check(name, test):
    report(name, attempt(test))


def said(done, text, status=0):
    if done.returncode != status or text not in done.stdout.decode(errors="replace"):
        return f"status {done.returncode}, {done.stdout[-300:]!r}, {done.stderr[-300:]!r}"
    return None


def refused(done, log=None, text=None):
    if done.returncode != 255 or done.stdout:
        return f"status {done.returncode}, {done.stdout[-200:]!r}, {done.stderr[-200:]!r}"
    if text and text not in log:
        return f"the log does not say {text!r}: {log[-400:]}"
    return None


# ---- logins ----

def logins(s, port):
    home = s.town.home("alice")
    check("a user has its own rights", lambda: said(
        s.run(port, "alice", "id -u; id -g; id -G"), "7101\n7101\n7101 7201\n"))
    check("it starts at home with a login's environment", lambda: said(
        s.run(port, "alice", "pwd; echo $HOME $USER $LOGNAME $SHELL $FROM_PAM"),
        f"{home}\n{home} alice alice /bin/sh yes\n"))
    check("another user has others", lambda: said(s.run(port, "bob", "id -u; id -nG"),
                                                  "7102\nbob guests7\n"))
    check("root may log in with a key", lambda: said(s.run(port, "root", "id -u"), "0\n"))
    check("a status arrives", lambda: said(s.run(port, "alice", "exit 42"), "", 42))
    check("nobody reads what is root's", lambda: said(
        s.run(port, "alice", "cat /etc/shadow; echo $?"), "1\n"))
    s.town.put("bob", ".ssh/authorized_keys", s.public("user_rsa"))
    check("a key is its user's alone", lambda: refused(s.run(port, "bob", "id")))
    check("and works there", lambda: said(s.run(port, "bob", "id -u", key="user_rsa"), "7102"))
    check("an unknown user is refused", lambda: refused(
        s.run(port, "mallory", "id"), s.log("main"), "Invalid user mallory from 127.0.0.1"))


def passwords(s, port):
    check("a password logs in", lambda: said(s.with_password(port, "alice", "id -u"), "7101"))
    check("a wrong one does not", lambda: refused(s.with_password(port, "alice", "id", "wrong"),
                                                  s.log("main"), "Failed password for alice"))
    check("nor one of nobody's", lambda: refused(
        s.with_password(port, "mallory", "id"), s.log("main"),
        "Failed password for invalid user mallory"))
    check("nor root's", lambda: refused(s.with_password(port, "root", "id")))
    check("an expired account is kept out, with a key too", lambda: refused(
        s.run(port, "carol", "id"), s.log("main"), "User carol is kept out: PAM: account"))


def files_of_others(s, port):
    secret = s.town.put("root", "keys", s.public("user_ecdsa256"))
    link = s.town.home("dave", ".ssh/authorized_keys")
    os.unlink(link)
    os.symlink(secret, link)
    os.chmod(s.town.home("root"), 0o755)
    check("a link to what the user may not read is not read", lambda: refused(
        s.run(port, "dave", "id", key="user_ecdsa256")))
    os.chmod(secret, 0o644)
    os.unlink(link)
    s.town.put("dave", ".ssh/authorized_keys", s.public("user_ed25519"))
    os.chmod(s.town.home("dave", ".ssh"), 0o777)
    check("a folder that others may write to is refused", lambda: refused(
        s.run(port, "dave", "id"), s.log("main"), "Authentication refused"))
    os.chmod(s.town.home("dave", ".ssh"), 0o700)
    check("and accepted when it is mended", lambda: said(s.run(port, "dave", "id -u"), "7104"))


def sessions(s, port):
    payload = os.urandom(1 << 20) * 16
    check("16 MiB both ways, with new keys on the way", lambda: None if hashlib.sha256(
        s.run(port, "alice", "cat", "-o", "RekeyLimit=1M", stdin=payload).stdout).digest() ==
        hashlib.sha256(payload).digest() else "other bytes came back")
    check("a terminal is the user's", lambda: said(
        s.run(port, "alice", "stat -c %u $(tty); test -t 0 && echo yes", "-tt"), "7101\r\nyes"))
    check("its size is the client's", lambda: terminal_size(s, port))
    check("stderr is apart", lambda: None if s.run(port, "alice", "echo oops >&2").stderr ==
          b"oops\n" else "it is not")
    check("a signal's name arrives", lambda: said(s.run(port, "alice", "kill -9 $$"), "", 255))
    with open(s.file("batch"), "w") as out:
        out.write(f"put {s.file('batch')} up\nget up {s.file('down')}\nls -l up\nget /etc/shadow\n")
    check("SFTP has the user's rights", lambda: sftp(s, port))
    check("what runs is hung up with the connection", lambda: hang_up(s, port))
    check("what is sent early is not lost", lambda: said(
        s.run(port, "alice", "sleep 0.2; cat", stdin=b"early"), "early"))


def certificates(s):
    """The host shows certificates, and what users sign is bound to those (hostbound)."""
    subprocess.run(["ssh-keygen", "-q", "-s", s.file("user_rsa"), "-h", "-I", "host", "-n", "127.0.0.1",
                    s.file("host_ed25519.pub")], check=True, capture_output=True)
    with open(s.file("authority"), "w") as known:
        known.write("@cert-authority * " + s.public("user_rsa"))
    port = s.cleatd_system("certified", [f"HostCertificate {s.file('host_ed25519-cert.pub')}"])
    done = subprocess.run(
        ["ssh", "-F", "none", "-vvv", "-o", f"UserKnownHostsFile={s.file('authority')}", "-o",
         "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i",
         s.file("user_ed25519"), "-p", str(port), "alice@127.0.0.1", "id -un"],
        capture_output=True, timeout=60)
    check("a login at a host with a certificate", lambda: said(done, "alice\n") or (
        b"publickey-hostbound-v00@openssh.com" not in done.stderr and "not hostbound"))


def x509(s):
    root = pki.Authority("O=Town,CN=Root")
    write = lambda name, data: s.town.put("root", name, data.decode())  # noqa: E731
    roots = write("roots.pem", pki.pem(root.cert))
    keys = {}
    for name, purpose, names in (("host", "server", ["ip:127.0.0.1"]), ("user", "client", ["email:alice"])):
        key = pki.KINDS["ecdsa256"]()
        cert = root.issue(f"O=Town,CN={name}", key.public_key(), names=names, purposes=[purpose])
        keys[name] = write(name + "_key", pki.private_pem(key)), write(name + ".pem", pki.pem(cert))
    port = s.cleatd_system("x509", [f"CACertificateFile {roots}", "X509UserName email",
                                    f"HostCertificate {keys['host'][1]}"], ["-h", keys["host"][0]])
    def login(user):
        return subprocess.run(
            [CLEAT, "ssh", "-F", "none", "-v", "-p", str(port), "-o", f"CACertificateFile {roots}", "-o",
             "UserKnownHostsFile none", "-o", "GlobalKnownHostsFile none", "-o", "BatchMode yes", "-o",
             "IdentityAgent none", "-o", f"CertificateFile {keys['user'][1]}", "-o",
             "StrictHostKeyChecking yes", "-i", keys["user"][0], f"{user}@127.0.0.1", "id -un"],
            capture_output=True, timeout=60)
    check("X.509 certificates of user and host", lambda: said(login("alice"), "alice\n"))
    check("they are nobody else's", lambda: login("bob").returncode != 255 and "bob is let in")


def terminal_size(s, port):
    args = s.ssh_args(port, "alice", "-tt")
    done = subprocess.run(["script", "-qec", "stty rows 33 cols 99; " + " ".join(
        "'" + a + "'" for a in [*args, "stty size"]), "/dev/null"], stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60)
    return None if b"33 99" in done.stdout else f"{done.stdout!r}"


def sftp(s, port):
    done = subprocess.run(["sftp", "-F", "none", "-q", "-b", s.file("batch"), "-P", str(port), "-i",
                           s.file("user_ed25519"), "-o", "StrictHostKeyChecking=no", "-o",
                           f"UserKnownHostsFile={s.file('known')}", "alice@127.0.0.1"],
                          capture_output=True, timeout=60)
    if open(s.file("batch")).read() != open(s.file("down")).read():
        return f"another file came back: {done.stderr!r}"
    if os.stat(s.town.home("alice", "up")).st_uid != USERS["alice"]:
        return "the file is not the user's"
    return None if b"ermission denied" in done.stderr else f"shadow: {done.stderr!r}"


def hang_up(s, port):
    mark = s.town.home("alice", "pid")
    client = subprocess.Popen([*s.ssh_args(port, "alice"), "echo $$ > pid; exec sleep 1000"],
                              stdin=subprocess.DEVNULL)
    try:
        if not settles(lambda: os.path.exists(mark) and open(mark).read().endswith("\n")):
            return "the command did not start"
        pid = open(mark).read().strip()
    finally:
        client.kill()
        client.wait()
    return None if settles(lambda: not town.runs(pid)) else "it still runs"


# ---- rules ----

def rules(s):
    config = """
Match User bob
    ForceCommand echo forced for $SSH_ORIGINAL_COMMAND
Match Group staff7
    AllowTcpForwarding no
    Banner none
Match User root
    RefuseConnection yes
"""
    port = s.cleatd_system("rules", ["DenyUsers dave", "LogLevel VERBOSE"], text=config)
    check("Match User forces a command", lambda: said(
        s.run(port, "bob", "id", key="user_rsa"), "forced for id\n"))
    check("a denied user is refused", lambda: refused(
        s.run(port, "dave", "id"), s.log("rules"), "listed in DenyUsers"))
    check("RefuseConnection ends it", lambda: refused(s.run(port, "root", "id")))
    check("Match Group keeps from forwarding", lambda: None if subprocess.run(
        s.ssh_args(port, "alice", "-W", f"127.0.0.1:{port}"), stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60).returncode else "it forwards")
    check("and others may", lambda: None if subprocess.run(
        s.ssh_args(port, "bob", "-W", f"127.0.0.1:{port}", key="user_rsa"), stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60).stdout.startswith(b"SSH-2.0-Cleat") else "it does not")
    check("the user dials, nobody else", lambda: dialled_by(s, port))
    check("-T -C knows all users", lambda: foretold(s))


def foretold(s):
    """Groups and names of users are those of the one that is asked about."""
    config = s.file("foretold.conf")
    with open(config, "w") as out:
        out.write("Match Group staff7\n  MaxSessions 3\nMatch invalid-user\n  MaxSessions 4\n"
                  "Match Group !guests7,*\n  MaxSessions 5\n")
    seen = []
    for name in ("alice", "bob", "carol", "nobody9"):
        done = subprocess.run(s.town.inside([CLEATD, "--system", "-T", "-f", config, "-h", s.file("host_ed25519"),
                                             "-C", f"user={name},host=h,addr=10.0.0.1"]),
                              capture_output=True, text=True, timeout=60)
        seen += [line for line in done.stdout.splitlines() if line.startswith("maxsessions")]
    return None if seen == ["maxsessions 3", "maxsessions 10", "maxsessions 5", "maxsessions 4"] else f"{seen} {done}"


def dialled_by(s, port):
    """Whose the connecting socket is, by /proc/net/tcp."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(30)
        target = listener.getsockname()[1]
        client = subprocess.Popen(s.ssh_args(port, "bob", "-W", f"127.0.0.1:{target}", key="user_rsa"),
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            peer, (_, from_port) = listener.accept()
            with peer, open("/proc/net/tcp") as table:
                rows = [line.split() for line in table]
                uids = [row[7] for row in rows if row[1].endswith(f":{from_port:04X}")
                        and row[2].endswith(f":{target:04X}")]
        finally:
            client.kill()
            client.wait()
    return None if uids == ["7102"] else f"uids {uids}"


def commands(s):
    folder = tempfile.mkdtemp(prefix="cleatd-test-", dir="/run")  # where only root may write
    os.chmod(folder, 0o755)
    tool = os.path.join(folder, "keys-command")
    with open(tool, "w") as out:
        out.write(f"#!/bin/sh\nid -u > {s.file('asked')}\ncat {s.file('user_ecdsa384.pub')}\n")
    os.chmod(tool, 0o755)
    open(s.file("asked"), "w").close()
    os.chmod(s.file("asked"), 0o666)
    try:
        command_cells(s, tool)
    finally:
        shutil.rmtree(folder)


def command_cells(s, tool):
    port = s.cleatd_system("commands", [f"AuthorizedKeysCommand {tool}",
                                        "AuthorizedKeysCommandUser bob"])
    check("AuthorizedKeysCommand is asked", lambda: said(
        s.run(port, "alice", "id -u", key="user_ecdsa384"), "7101"))
    check("as the user that is named", lambda: None if open(s.file("asked")).read() == "7102\n"
          else open(s.file("asked")).read() + s.log("commands")[-300:])


# ---- processes ----

class Held:
    """A connection that stays: the pids of its monitor, network and session process; in a worker the
    network process is that of others, too."""

    def __init__(self, s, port, user="alice"):
        listener = s.by_port[port].pid
        before = set(named(listener, "monitor"))
        self.client = subprocess.Popen([*s.ssh_args(port, user), "echo up; exec sleep 1000"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.client.stdout.readline()
        (self.monitor,) = set(named(listener, "monitor")) - before
        (self.session,) = named(self.monitor, "session")
        own = named(self.monitor, "network")
        self.network = (own or named(listener, "worker"))[0]
        self.parts = [self.monitor, self.session, *own]

    def ends(self):
        try:
            self.client.wait(20)
        except subprocess.TimeoutExpired:
            return "the client is still connected"
        left = [pid for pid in self.parts
                if not settles(lambda pid=pid: not town.runs(pid))]
        return f"processes {left} are left" if left else None

    def close(self):
        self.client.kill()
        self.client.wait()


def privileges(s, port):
    held = Held(s, port)
    network, session = status_of(held.network), status_of(held.session)
    check("the network process is nobody", lambda: None if network["Uid"].split() == 4 * [str(NETWORK)]
          and network["Gid"].split() == 4 * [str(NETWORK)] and network["Groups"] == str(NETWORK)
          else str(network))
    check("it has no capabilities and gets none", lambda: None if all(
        int(network[key], 16) == 0 for key in ("CapEff", "CapPrm", "CapInh", "CapAmb")) and
        network["NoNewPrivs"] == "1" else str(network))
    check("its system calls are few", lambda: None if network["Seccomp"] == "2" else str(network))
    check("its root is empty", lambda: None if os.listdir(f"/proc/{held.network}/root") == []
          and os.readlink(f"/proc/{held.network}/root") == "/run/cleatd/empty" else "it is not")
    check("it has no file and no foreign socket", lambda: descriptors(held.network, 3))
    check("the session process is the user", lambda: None if session["Uid"].split() == 4 * ["7101"]
          and session["Gid"].split() == 4 * ["7101"] and set(session["Groups"].split()) ==
          {"7101", "7201"} and int(session["CapEff"], 16) == 0 else str(session))
    check("it has neither the network's socket nor a file", lambda: descriptors(held.session, 2))
    check("nobody but root may look into it", lambda: None if os.stat(
        f"/proc/{held.session}/mem").st_uid == 0 else "the user may")
    check("lists of processes show them", lambda: None if [command_line(pid) for pid in (
        held.network, held.monitor, held.session)] == [
            "cleatd-network", "cleatd-monitor: alice", "cleatd-session: alice"] else "no")
    held.close()
    check("all end with the connection", held.ends)


def command_line(pid):
    with open(f"/proc/{pid}/cmdline") as line:
        return line.read().rstrip("\0")


# Runs a program in which landlock_restrict_self (446 on all machines) fails with EPERM, by a filter
# that loads the call's number and compares it.
WITHOUT_LANDLOCK = """import ctypes, os, struct, sys
rows = (0x20, 0, 0, 0), (0x15, 0, 1, 446), (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000)
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
program = ctypes.create_string_buffer(struct.pack("@HP", len(rows), ctypes.addressof(code)))
prctl = ctypes.CDLL(None).prctl
prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p]
assert prctl(22, 2, ctypes.addressof(program)) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def has_landlock():
    """landlock_create_ruleset, asked for its version"""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


def fences(s):
    """What reads from the network enters Landlock first: where that fails, nobody is served."""
    if not has_landlock():
        report("network processes enter Landlock", skip="this kernel has none")
        return
    port = s.cleatd_system("fences", before=[sys.executable, "-c", WITHOUT_LANDLOCK])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(30)
        check("no network process goes on without Landlock", lambda: None if drained(client)
              else "one does")
    check("and that is said", lambda: None if settles(
        lambda: "cannot use Landlock" in s.log("fences")) else s.log("fences")[-300:])


def descriptors(pid, sockets):
    """Nothing but pipes, the loop's own descriptors, /dev/null, and so many sockets."""
    links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    odd = [link for link in links if not link.startswith(("pipe:", "socket:", "anon_inode:"))
           and link != "/dev/null"]
    count = sum(link.startswith("socket:") for link in links)
    return None if not odd and count <= sockets else f"{odd}, {count} sockets"


def holds(pid, secret):
    """Whether the bytes are in the process's memory."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            bounds, rights = line.split()[:2]
            start, end = (int(x, 16) for x in bounds.split("-"))
            if "rw" not in rights or "[v" in line:
                continue
            if end - start > 1 << 30:
                continue  # a sanitizer's shadow
            try:
                memory.seek(start)
                if secret in memory.read(end - start):
                    return True
            except OSError:
                continue
    return False


def seed_of(path):
    """The secret half of an unencrypted OpenSSH file's ED25519 key."""
    text = "".join(line for line in open(path).read().splitlines() if "-" not in line)
    blob = base64.b64decode(text)
    at = blob.rindex(b"\x00\x00\x00\x40")
    return blob[at + 4:at + 36]


def host_key(s, port):
    secret = seed_of(s.file("host_ed25519"))
    listener = s.by_port[port].pid
    before = set(named(listener, "monitor"))
    with open(s.file("slow"), "w") as out:
        out.write("#!/bin/sh\nexec sleep 1000\n")
    os.chmod(s.file("slow"), 0o755)
    early = subprocess.Popen(  # waits for a password, after the key exchange
        ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o",
         f"UserKnownHostsFile={s.file('known')}", "-o", "PreferredAuthentications=password", "-p",
         str(port), "alice@127.0.0.1", "true"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "SSH_ASKPASS": s.file("slow"), "SSH_ASKPASS_REQUIRE": "force"})
    fresh = lambda: set(named(listener, "monitor")) - before  # noqa: E731
    keeper = lambda: fresh() | set(named(listener, "keys"))  # noqa: E731
    check("the monitor signs with the host's key", lambda: None if settles(
        lambda: any(holds(pid, secret) for pid in keeper())) else "it never has it")
    subprocess.run(["pkill", "-P", str(early.pid)])  # the askpass
    early.kill()
    early.wait()
    settles(lambda: not fresh())
    held = Held(s, port)
    for name, pid in (("listener", listener), ("network process", held.network),
                      ("session process", held.session)):
        check(f"the {name} does not have it", lambda: "it has" if holds(pid, secret) else None)
    held.close()
    held.ends()


def deaths(s, port):
    other = Held(s, port)
    for victim in ("network", "session", "monitor"):
        held = Held(s, port)
        os.kill(getattr(held, victim), signal.SIGKILL)
        check(f"without its {victim} process a connection ends", held.ends)
        check("and is said to" if victim != "monitor" else "that is said, too", lambda: None
              if settles(lambda: "was ended by signal KILL" in s.log("main")) else s.log("main")[-300:])
    check("others go on", lambda: None if other.client.poll() is None else "they do not")
    check("and new ones come", lambda: said(s.run(port, "alice", "echo hello"), "hello"))
    other.close()
    other.ends()


def service(s):
    port = s.cleatd_system("service", ["LoginGraceTime 2", "LogLevel VERBOSE"], text="Banner none\n")
    process = s.by_port[port]
    held = Held(s, port)
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.settimeout(30)
        check("LoginGraceTime ends a connection that waits", lambda: None if drained(idle) else "no")
    with open(s.file("service.conf"), "w") as out:
        out.write("DenyUsers bob\n")
    process.send_signal(signal.SIGHUP)
    settles(lambda: "The new configuration is in force" in s.log("service"))
    check("SIGHUP brings new rules", lambda: refused(s.run(port, "bob", "id", key="user_rsa")))
    with open(s.file("service.conf"), "w") as out:
        out.write("DenyUsers bob\nNonsense yes\n")
    process.send_signal(signal.SIGHUP)
    settles(lambda: "stays in force" in s.log("service"))
    check("a mistake keeps the old ones", lambda: said(s.run(port, "alice", "echo ok"), "ok"))
    check("connections outlive that", lambda: None if held.client.poll() is None else "they end")
    process.send_signal(signal.SIGTERM)
    check("after SIGTERM nobody is accepted", lambda: None if settles(
        lambda: s.run(port, "alice", "true").returncode == 255) else "they are")
    if not Scene.isolation:
        check("and the daemon ends", lambda: None if process.wait(20) == 0 else "with a failure")
    check("but what goes on does", lambda: None if held.client.poll() is None else "it ends")
    held.close()
    check("until it is done", held.ends)
    check("and there is no daemon any more", lambda: None if process.wait(20) == 0 else "with a failure")


def drained(sock):
    try:
        while sock.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


def starts(s):
    run = lambda *args, before=(): subprocess.run(  # noqa: E731
        [*before, CLEATD, "--system", *args], capture_output=True, text=True, timeout=60)
    done = run("-t", "-f", "none", "-h", s.file("host_ed25519"))
    if "needs a user cleatd" in done.stderr:
        check("without its user it says what to do", lambda: None if done.returncode == 1
              and "adduser --system" in done.stderr else done.stderr)
    inside = lambda args: subprocess.run(s.town.inside([CLEATD, "--system", *args]),  # noqa: E731
                                         capture_output=True, text=True, timeout=60)
    done = inside(["-t", "-f", "/no/such/file"])
    check("without a configuration it does not start", lambda: None if done.returncode == 1
          and "/no/such/file" in done.stderr else done.stderr)
    if os.path.exists("/etc/ssh/sshd_config"):
        done = inside(["-t", "-f", "/etc/ssh/sshd_config", "-h", s.file("host_ed25519")])
        check("Debian's sshd_config is fine", lambda: None if done.returncode == 0 else done.stderr)
    for keyword in ("AuthorizedKeysCommand", "AuthorizedPrincipalsCommand"):
        done = inside(["-t", "-f", "none", "-h", s.file("host_ed25519"), "-o", keyword + " /bin/true"])
        check(f"{keyword} that nobody is named for stops the start", lambda d=done: None if d.returncode and
              f"{keyword}User must say who is to run it" in d.stderr else repr(d))
    done = subprocess.run(["setpriv", "--reuid", "65534", CLEATD, "--system", "-t", "-f", "none"],
                          capture_output=True, text=True, timeout=60)
    check("without root's rights it says so", lambda: None if done.returncode == 1
          and "takes root's rights" in done.stderr else f"{done.returncode} {done.stderr}")


def main():
    if not town.possible():
        report("system mode", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        starts(s)
        port = s.cleatd_system("main", ["LogLevel VERBOSE"])
        logins(s, port)
        passwords(s, port)
        files_of_others(s, port)
        sessions(s, port)
        privileges(s, port)
        fences(s)
        host_key(s, port)
        deaths(s, port)
        rules(s)
        commands(s)
        certificates(s)
        x509(s)
        service(s)
    finally:
        s.stop()
    finish()


if __name__ == "__main__":
    main()
