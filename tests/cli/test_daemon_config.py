#!/usr/bin/python3
"""What sshd_config does in cleatd, with OpenSSH's client at the other end and sshd -T beside it."""
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEATD, USER, Scratch, finish, free_port, report  # noqa: E402

GROUP = subprocess.check_output(["id", "-gn"], text=True).strip()
SECONDS = 20
# RFC 3526 §3
GROUP14 = ("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879"
           "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B"
           "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836"
           "1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804"
           "F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6"
           "955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF")


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def run(*args, **more):
    return subprocess.run(args, capture_output=True, timeout=SECONDS, **more)


class Daemon:
    """A cleatd whose configuration can be changed while it runs."""
    process = None

    def __init__(self, scratch, text="", *flags):
        self.scratch = scratch
        self.path = scratch.file("cleatd.conf")
        self.log_path = scratch.file("cleatd.log")
        self.port = free_port()
        self.write(text)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [CLEATD, "-D", "-e", "-f", self.path, "-h", scratch.file("host_ed25519"), *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        scratch.servers.append(self.process)
        self.port = int(self.wait_log(r"Server listening on \S+ port (\d+)\."))

    def write(self, text):
        common = {"Port": self.port, "StrictModes": "no", "LogLevel": "VERBOSE",
                  "AuthorizedKeysFile": self.scratch.file("authorized_keys")}
        with open(self.path, "w") as out:
            for keyword, value in common.items():
                if f"\n{keyword} " not in "\n" + text:
                    out.write(f"{keyword} {value}\n")
            out.write(text)
        os.chmod(self.path, 0o600)

    def log(self):
        return open(self.log_path, errors="replace").read()

    def wait_log(self, pattern, since=0):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = re.search(pattern, self.log()[since:])
            if found:
                return found.group(found.lastindex or 0)
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"no {pattern!r} in {self.log()[-1500:]}")

    def reload(self, text, outcome="The new configuration is in force"):
        since = len(self.log())
        self.write(text)
        self.process.send_signal(signal.SIGHUP)
        return self.wait_log(f".*{outcome}.*", since)

    @contextlib.contextmanager
    def hold(self):
        """A session that is open meanwhile."""
        process = subprocess.Popen(
            ["ssh", "-F", "none", "-p", str(self.port), "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
             "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i",
             self.scratch.file("user_ed25519"), f"{USER}@127.0.0.1", "echo up; cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(SECONDS)

    def ssh(self, *options, keys=("ed25519",), user=USER, command="exit 0", host="127.0.0.1", port=None):
        args = ["ssh", "-F", "none", "-p", str(port or self.port), "-o", "BatchMode=yes", "-o",
                "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "LogLevel=INFO"]
        for key in keys:
            args += ["-i", self.scratch.file("user_" + key)]
        return run(*args, *options, f"{user}@{host}", command, stdin=subprocess.DEVNULL)


def said(done):
    """Nothing to complain of: the command's output."""
    return done.stdout.decode().strip() if done.returncode == 0 else repr(done)


def refused(daemon, line, *options, **more):
    """A login that must fail, and what the log must say about it."""
    since = len(daemon.log())
    done = daemon.ssh(*options, **more)
    if done.returncode != 255:
        return repr(done)
    try:
        daemon.wait_log(line, since)
    except RuntimeError as missing:
        return missing
    return None


def match(d):
    os.makedirs(d.scratch.file("conf.d"), exist_ok=True)
    with open(d.scratch.file("conf.d/10.conf"), "w") as out:
        out.write("AcceptEnv LC_A*\nMatch User nobody-else\n  SetEnv WHO=included\n")
    banner = d.scratch.file("banner")
    with open(banner, "w") as out:
        out.write("hello from the block\n")
    port = d.port
    d.reload(f"SetEnv WHO=global\nSubsystem where echo global\nSubsystem other echo other\n"
             f"Include conf.d/*.conf\n"
             f"Match User nobody-else\n  SetEnv WHO=wrong\n"
             f"Match Group {GROUP} Address 10.0.0.0/8,127.0.0.0/8 LocalPort {port}\n"
             f"  SetEnv WHO=block\n  Subsystem where echo block\n  PermitTTY no\n  Banner {banner}\n"
             f"Match User {USER} LocalAddress 127.0.0.1\n  SetEnv WHO=second\n  AcceptEnv LC_B\n"
             f"  AllowTcpForwarding no\n")
    show = "echo $WHO/$LC_A/$LC_B"
    done = d.ssh("-o", "SetEnv=LC_A=a LC_B=b", command=show)
    expect("Match: a block counts more than the rest, the first one most", said(done) != "block//b"
           and repr(done))
    expect("Match: Banner", b"hello from the block" not in done.stderr and repr(done))
    done = d.ssh("-s", command="where")
    expect("Match: Subsystem", said(done) != "block" and repr(done))
    done = d.ssh("-s", command="other")
    expect("Match: other subsystems stay", said(done) != "other" and repr(done))
    done = d.ssh("-tt", command="tty")
    expect("Match: PermitTTY", b"/dev/" in done.stdout and repr(done))
    done = d.ssh("-W", f"127.0.0.1:{port}")
    expect("Match: AllowTcpForwarding", not done.returncode and repr(done))
    d.reload("SetEnv WHO=global\nInclude conf.d/*.conf\nMatch Host nowhere\n  SetEnv WHO=wrong\n")
    done = d.ssh("-o", "SetEnv=LC_A=a LC_B=b", command=show)
    expect("Include is relative to its file; what does not match has no say", said(done) != "global/a/"
           and repr(done))
    d.reload("UseDNS yes\nMatch Host localhost*\n  SetEnv WHO=$named\n")
    done = d.ssh(command="echo $WHO")
    named = socket.gethostbyaddr("127.0.0.1")[0].startswith("localhost")
    expect("UseDNS: Match Host", (said(done) == "$named") != named and repr(done))
    d.reload("Match invalid-user\n  Banner none\n  RefuseConnection yes\n")
    expect("Match invalid-user, RefuseConnection", refused(
        d, "User nobody-x from 127.0.0.1 port .*RefuseConnection", user="nobody-x"))
    expect("Match invalid-user lets others in", said(d.ssh()))


def access(d):
    for name, lines, reason in (
            ("DenyUsers", f"DenyUsers x {USER}@127.0.0.0/8", "listed in DenyUsers"),
            ("AllowUsers", f"AllowUsers someone {USER}@10.*", "not listed in AllowUsers"),
            ("DenyGroups", f"DenyGroups x {GROUP}", "a group is listed in DenyGroups"),
            ("AllowGroups", "AllowGroups no-such-group", "none of user's groups are listed")):
        d.reload(lines + "\n")
        expect(f"{name} refuses", refused(d, f"User {USER} from 127.0.0.1 not allowed because {reason}"))
    d.reload(f"DenyUsers {USER}@10.0.0.0/8\nAllowUsers {USER}@127.*\nAllowGroups {GROUP}\n"
             "DenyGroups no-such-group\n")
    expect("AllowUsers, AllowGroups let in", said(d.ssh()))
    if USER == "root":
        d.reload("PermitRootLogin no\n")
        expect("PermitRootLogin no refuses", refused(d, "PermitRootLogin is no"))
        d.reload("PermitRootLogin forced-commands-only\n")
        expect("PermitRootLogin forced-commands-only refuses plain keys", refused(d, "ROOT LOGIN REFUSED"))
        with open(d.scratch.file("forced_keys"), "w") as out:
            out.write('command="echo forced" ' + open(d.scratch.file("user_ed25519.pub")).read())
        d.reload("PermitRootLogin forced-commands-only\nAuthorizedKeysFile "
                 + d.scratch.file("forced_keys") + "\n")
        done = d.ssh()
        expect("PermitRootLogin forced-commands-only takes keys with commands", said(done) != "forced"
               and repr(done))
    else:
        report("PermitRootLogin", skip="not root")


def methods(d):
    d.reload("AuthenticationMethods publickey,publickey publickey,publickey,publickey\n")
    since = len(d.log())
    done = d.ssh("-v", keys=("ed25519", "rsa"))
    expect("AuthenticationMethods: two keys", said(done))
    expect("AuthenticationMethods: partial success", b"partial success" not in done.stderr and repr(done))
    d.wait_log("Partial publickey for .* ED25519 SHA256:", since)
    d.wait_log("Accepted publickey for .* RSA SHA256:", since)
    expect("AuthenticationMethods: one key is not enough", refused(d, "Failed publickey|Connection closed"))
    done = run(CLEATD, "-t", "-o", "AuthenticationMethods publickey,password")
    expect("AuthenticationMethods: a method that there is not stops the start", (
        done.returncode == 0 or b"publickey,password" not in done.stderr) and repr(done))


def keys(d):
    folder = d.scratch.file("keys.d")
    os.makedirs(folder, exist_ok=True)
    for key in ("ed25519", "rsa"):
        with open(os.path.join(folder, f"{USER}.{key}"), "w") as out:
            out.write('environment="COLOUR=blue",environment="SHAPE=round" '
                      + open(d.scratch.file(f"user_{key}.pub")).read())
    pattern = f"AuthorizedKeysFile {folder}/%u.*\n"
    show = "echo $COLOUR/$SHAPE"
    d.reload(pattern)
    done = d.ssh(keys=("rsa",), command=show)
    expect("AuthorizedKeysFile with tokens and wildcards, environment=", said(done) != "blue/round"
           and repr(done))
    d.reload(pattern + "PermitUserEnvironment SHA*\n")
    done = d.ssh(command=show)
    expect("PermitUserEnvironment with patterns", said(done) != "/round" and repr(done))
    d.reload(pattern + "PermitUserEnvironment no\n")
    expect("PermitUserEnvironment no", said(d.ssh(command=show)) != "/" and "variables are set")
    d.reload(pattern + f"RevokedKeys {d.scratch.file('user_rsa.pub')}\n")
    expect("RevokedKeys refuses", refused(d, "Failed publickey", keys=("rsa",)))
    expect("RevokedKeys lets others in", said(d.ssh()))
    d.reload(pattern + f"RevokedKeys {d.scratch.file('no-such-file')}\n")
    expect("RevokedKeys that cannot be read refuses all", refused(d, "RevokedKeys: no key is accepted"))
    line = open(d.scratch.file("user_ed25519.pub")).read()
    with open(d.scratch.file("refused_keys"), "w") as out:
        out.write('from="10.0.0.0/8" ' + line + "frum " + line)
    since = len(d.log())
    d.reload(f"AuthorizedKeysFile {d.scratch.file('refused_keys')}\n")
    d.ssh()
    told = [entry.partition("Key refused: ")[2] for entry in d.log()[since:].splitlines() if "Key refused" in entry]
    expect("each line of authorized_keys that is refused has an entry that tells why",
           [entry.partition(" line ")[2] for entry in told[:2]]
           != ["1: not allowed from this address", "2: the option frum is unknown or not supported"] and told)
    d.reload("PubkeyAcceptedAlgorithms ecdsa-*\nMatch User " + USER + "\n  PubkeyAcceptedAlgorithms ssh-ed25519\n")
    expect("Match: PubkeyAcceptedAlgorithms lets in", said(d.ssh()))
    expect("Match: PubkeyAcceptedAlgorithms refuses", not d.ssh(keys=("ecdsa256",)).returncode)
    d.reload(f"Match User {USER}\n  RequiredRSASize 3072\n")
    expect("Match: RequiredRSASize refuses", not d.ssh(keys=("rsa",)).returncode)
    d.reload(f"Match User {USER}\n  PubkeyAuthentication no\n")
    expect("Match: PubkeyAuthentication no refuses", not d.ssh().returncode)
    d.reload("MaxAuthTries 6\nMatch User " + USER + "\n  MaxAuthTries 2\n  AuthorizedKeysFile none\n")
    expect("Match: MaxAuthTries", refused(d, "maximum authentication attempts exceeded for " + USER,
                                          keys=("ed25519", "rsa", "ecdsa256")))


def same_for_strangers(d):
    d.reload("")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", d.scratch.file("user_none")],
                   check=True)
    since = len(d.log())
    known = d.ssh(keys=("none",))
    stranger = d.ssh(user="nobody-x")
    words = [line for done in (known, stranger) for line in done.stderr.decode().splitlines()
             if "Permission denied" in line]
    expect("strangers hear what a wrong key hears", (len(words) != 2 or words[0].split(":")[-1]
                                                     != words[1].split(":")[-1]) and words)
    for line in ("Invalid user nobody-x from 127.0.0.1 port ", "Failed publickey for invalid user nobody-x "
                 "from 127.0.0.1 port \\d+ ssh2: ED25519 SHA256:", f"Failed publickey for {USER} from ",
                 "Connection closed by invalid user nobody-x 127.0.0.1 port \\d+ \\[preauth\\]"):
        try:
            d.wait_log(line, since)
            report(f"log: {line}")
        except RuntimeError as missing:
            expect(f"log: {line}", missing)
    since = len(d.log())
    d.ssh()
    for line in (f"Accepted publickey for {USER} from 127.0.0.1 port \\d+ ssh2: ED25519 SHA256:",
                 "Starting session: command for ", "Received disconnect from 127.0.0.1 port \\d+:11: disconnected by user",
                 f"Disconnected from user {USER} 127.0.0.1 port "):
        try:
            d.wait_log(line, since)
            report(f"log: {line}")
        except RuntimeError as missing:
            expect(f"log: {line}", missing)


def limits(d):
    d.reload("MaxStartups 1\n")
    with socket.create_connection(("127.0.0.1", d.port), SECONDS) as waiting:
        waiting.recv(64)
        expect("MaxStartups drops", refused(d, "drop connection #1 from .* past MaxStartups"))
        since = len(d.log())
    d.wait_log("Connection closed by 127.0.0.1 port", since)
    expect("MaxStartups lets in again", said(d.ssh()))
    d.reload("MaxStartups 10:30:60\nPerSourceMaxStartups 1\nPerSourceNetBlockSize 24:64\n")
    with socket.create_connection(("127.0.0.1", d.port), SECONDS, ("127.0.0.2", 0)) as waiting:
        waiting.recv(64)
        expect("PerSourceMaxStartups drops", refused(d, "past PerSourceMaxStartups"))
        since = len(d.log())
    d.wait_log("Connection closed by 127.0.0.2 port", since)
    d.reload("MaxSessions 0\n")
    expect("MaxSessions 0 opens none", not d.ssh().returncode)
    d.reload("LoginGraceTime 1\n")
    with socket.create_connection(("127.0.0.1", d.port), SECONDS) as waiting:
        since = len(d.log())
        waiting.recv(64)
        d.wait_log("Timeout before authentication for 127.0.0.1 port", since)
    report("LoginGraceTime ends a login")


def penalties(d):
    block = "PerSourceNetBlockSize 32\nPerSourcePenalties {} min:90s\nPerSourcePenalties authfail:99s\n"
    here = ("-b", "127.0.0.3")
    d.reload(block.format("authfail:60s invaliduser:60s noauth:0"))
    since = len(d.log())
    d.ssh(*here, keys=("none",))
    d.wait_log("Connection closed by authenticating user", since)
    expect("PerSourcePenalties: one failure is forgiven", said(d.ssh(*here)))
    d.ssh(*here, user="nobody-x")
    d.wait_log("127.0.0.3 is turned away for \\d+ seconds for invalid user", since)
    expect("PerSourcePenalties: two are not", refused(d, "drop connection .* penalty: invalid user", *here))
    expect("PerSourcePenalties: other sources are served", said(d.ssh()))
    d.reload(block.format("yes") + "PerSourcePenaltyExemptList 127.0.0.3/32\n")
    expect("PerSourcePenaltyExemptList spares", said(d.ssh(*here)))


def idle(d):
    """The times are long enough for a busy machine to open a channel, or to write a line, within them."""
    d.reload("UnusedConnectionTimeout 3\n")
    since = len(d.log())
    done = d.ssh("-N")
    expect("UnusedConnectionTimeout ends connections without a channel", (
        done.returncode != 255 or "terminating inactive connection" not in d.log()[since:]) and repr(done))
    d.reload("UnusedConnectionTimeout 3\nChannelTimeout session:shell=1\n")
    expect("UnusedConnectionTimeout and ChannelTimeout spare the others", said(d.ssh(command="sleep 3.5")))
    d.reload(f"Match User {USER}\n  ChannelTimeout x=9 session:com*=6\n")
    since = len(d.log())
    done = d.ssh(command="for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1; done; sleep 60; echo late")
    expect("ChannelTimeout closes channels once they are silent", (
        done.stdout.split()[-1:] != [b"8"] or "(session:command) is closed" not in d.log()[since:]) and repr(done))


def sockets(d):
    """What ss shows of the server's end of a connection that is held open."""
    if not shutil.which("ss"):
        return report("TCPKeepAlive, IPQoS", skip="no ss")
    for text, wanted, not_wanted in (("TCPKeepAlive yes\nIPQoS af21 cs1\n", ("keepalive", "tos:0x20"), ()),
                                     (f"TCPKeepAlive no\nMatch User {USER}\n  IPQoS af21\n", ("tos:0x48",),
                                      ("keepalive",))):
        d.reload(text)
        with d.hold():
            shown = run("ss", "-tnoH", "--tos", "state", "established", f"sport = :{d.port}").stdout.decode()
        expect(f"the socket is as asked for: {text!r}", (
            not all(w in shown for w in wanted) or any(w in shown for w in not_wanted)) and shown)
    return None


def algorithms(d):
    moduli = d.scratch.file("moduli")
    with open(moduli, "w") as out:
        out.write(f"# comment\n20200101000000 2 6 100 2047 2 {GROUP14}\n"
                  f"20200101000000 2 1 100 8191 2 {'F' * 2048}\n")
    gex = "diffie-hellman-group-exchange-sha256"
    for path, bits in ((moduli, "2048"), (d.scratch.file("no-such-file"), "8192")):
        d.reload(f"KexAlgorithms +{gex}\nModuliFile {path}\n")
        done = d.ssh("-vv", "-o", f"KexAlgorithms={gex}")
        expect(f"ModuliFile: {bits} bits", (done.returncode or not re.search(
            f"bits set: \\d+/{bits}".encode(), done.stderr)) and repr(done))
    d.reload("VersionAddendum for us\nFingerprintHash md5\n")
    since = len(d.log())
    done = d.ssh("-v")
    expect("VersionAddendum", b"Cleat_0.1.0 for us" not in done.stderr and repr(done))
    d.wait_log("Accepted publickey for .*: ED25519 MD5:", since)
    report("FingerprintHash")


def environment(d):
    d.reload("SetEnv TWICE=first TWICE=second\nSetEnv TWICE=third\n")
    expect("SetEnv: of two values for one name the first counts", said(d.ssh(command="echo $TWICE")) != "first")
    d.reload("Subsystem\t\"told\"  echo   \"a  b\" # c\n")
    expect("Subsystem: a name in quotes, a command with some, a comment",
           said(d.ssh("-s", command="told")) != "a  b")


def logs(d):
    d.reload(f"LogLevel INFO\nMatch User {USER}\n  LogVerbose kex.c:*\n")
    since = len(d.log())
    d.ssh("-o", "RekeyLimit=1K", command="head -c 20000 /dev/zero")
    d.wait_log(r"\[\d+\] kex: ", since)
    others = re.findall(r"\[\d+\] (?!kex)\w+: ", d.log()[since:])
    expect("LogVerbose: one part tells all, for one user", others)
    d.reload(f"RekeyLimit 1G\nLogVerbose kex\nMatch User {USER}\n  RekeyLimit 1M\n"
             "  ForceCommand head -c 4M /dev/zero\n")
    since = len(d.log())
    done = d.ssh(command="exit 1")
    expect("Match: ForceCommand", (done.returncode or len(done.stdout) != 4 << 20) and repr(done)[:200])
    exchanges = d.log()[since:].count("kex: algorithm: ")
    expect("Match: RekeyLimit", exchanges < 3 and f"{exchanges} key exchanges")


def reloading(d):
    d.reload("")
    with d.hold() as held:
        reload_under(d, held)


def reload_under(d, held):
    line = d.reload("DenyUsers *\nNoSuchKeyword yes\n", "stays in force")
    expect("SIGHUP with a mistake names file and line",
           (f"{d.path} line 6" not in line or "NoSuchKeyword" not in line) and line)
    expect("SIGHUP with a mistake keeps the old rules", said(d.ssh()))
    old, new = d.port, free_port()
    d.reload(f"Port {new}\n")
    d.port = new
    expect("SIGHUP: the new port serves", said(d.ssh()))
    try:
        socket.create_connection(("127.0.0.1", old), 5).close()
        expect("SIGHUP: the old port is closed", "it is open")
    except OSError:
        report("SIGHUP: the old port is closed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = d.reload(f"Port {taken.getsockname()[1]}\n", "stays in force")
    expect("SIGHUP with a port in use keeps the old one", ("Bind to port" not in line and line)
           or said(d.ssh()))
    held.stdin.write(b"still here\n")
    held.stdin.flush()
    expect("SIGHUP leaves connections alone", held.stdout.readline() != b"still here\n" and "the session is gone")


def as_object(line):
    try:
        return json.loads(line)
    except ValueError:
        return {"message": line}


def json_log(scratch):
    pid = scratch.file("pid")
    d = Daemon(scratch, f"LogFormat json\nPermitTunnel yes\nPidFile {pid}\n", "-p", "0")
    d.ssh("-s", command='no"such\\thing')
    d.ssh()
    d.wait_log("Disconnected from user")
    expect("PidFile", open(pid).read() != f"{d.process.pid}\n" and repr(open(pid).read()))
    lines = [as_object(line) for line in d.log().splitlines()]
    texts = [line["message"] for line in lines]
    expect("LogFormat json: every line is an object",
           not all({"time", "level", "pid"} <= set(line) for line in lines) and d.log())
    expect("LogFormat json: events name their connection",
           not any("connection" in line for line in lines if "Accepted" in line["message"]) and texts)
    expect("LogFormat json: quotes survive", 'no"such\\thing' not in "".join(texts) and texts)
    d.process.terminate()
    d.process.wait(SECONDS)
    expect("PidFile goes with the server", os.path.exists(pid) and "the file is still there")


def in_background(scratch):
    """Without -D the command returns once the daemon serves; PidFile and -E lead to it."""
    d = Daemon.__new__(Daemon)
    d.scratch, d.port = scratch, free_port()
    d.path, d.log_path = scratch.file("background.conf"), scratch.file("moved.log")
    log, pid = scratch.file("background.log"), scratch.file("background.pid")
    d.write(f"PidFile {pid}\n")
    done = run(CLEATD, "-f", d.path, "-h", scratch.file("host_ed25519"), "-E", log, stdin=subprocess.DEVNULL)
    expect("the daemon goes to the background when it serves", (done.returncode or done.stderr) and repr(done))
    number = int(open(pid).read())
    try:
        expect("the daemon serves from the background", said(d.ssh()))
        os.rename(log, d.log_path)
        os.kill(number, signal.SIGHUP)
        d.wait_log("Received SIGHUP")
        d.log_path = log
        end = time.monotonic() + SECONDS
        while not os.path.exists(log) and time.monotonic() < end:
            time.sleep(0.02)
        expect("-E: the file is opened anew at SIGHUP", "is in force" not in d.wait_log(".*in force") and d.log())
    finally:
        os.kill(number, signal.SIGTERM)


def addresses(scratch):
    port = free_port()
    d = Daemon(scratch, f"ListenAddress localhost:{port}\nListenAddress 127.0.0.2\nPort {port}\n"
               f"AddressFamily inet\n")
    expect("ListenAddress by name, with a port", said(d.ssh(port=port)))
    expect("ListenAddress takes Port", said(d.ssh(host="127.0.0.2", port=port)))
    more = free_port()
    d.reload(f"ListenAddress 127.0.0.1\nPort {port}\nPort {more}\n")
    expect("Port several times", said(d.ssh(port=more)) or said(d.ssh(port=port)))
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        d.reload(f"ListenAddress [::1]:{port}\n")
        expect("ListenAddress [::1]:port", said(d.ssh(host="::1", port=port)))
    except OSError:
        report("ListenAddress [::1]:port", skip="no IPv6 here")
    d.process.terminate()
    expect("the daemon ends well after reloading", d.process.wait(SECONDS))
    conf = scratch.file("inetd.conf")
    with open(conf, "w") as out:
        out.write(f"StrictModes no\nAuthorizedKeysFile {scratch.file('authorized_keys')}\n")
    done = d.ssh("-o", f"ProxyCommand={CLEATD} -i -e -q -f {conf} -h {scratch.file('host_ed25519')}",
                 command="echo by pipe")
    expect("-i serves one connection on stdin", said(done) != "by pipe" and repr(done))


def shown(program, *args):
    """The lines of -T, as keyword: set of values."""
    done = run(program, "-T", *args)
    values = {}
    for line in done.stdout.decode().splitlines():
        keyword, _, value = line.partition(" ")
        values.setdefault(keyword, set()).add(" ".join(value.split()))
    return values


def dump(scratch):
    conf = scratch.file("dump.conf")
    with open(conf, "w") as out:
        out.write("Port 2022\nPort 2023\nLoginGraceTime 1m30s\nMaxAuthTries 3\nMaxSessions 4\n"
                  "MaxStartups 5:50:20\nPermitRootLogin no\nStrictModes no\nAcceptEnv LANG LC_*\n"
                  "AllowUsers a b@10.0.0.0/8\nAllowUsers c\nClientAliveInterval 2m\nClientAliveCountMax 7\n"
                  "X11Forwarding yes\nPrintMotd no\nUsePAM no\nBanner /etc/issue.net\nCompression no\n"
                  "Subsystem sftp /usr/lib/openssh/sftp-server -l INFO\nForceCommand echo \"a b\"\n"
                  "AuthorizedKeysFile .ssh/one .ssh/two\nPermitOpen a:1 b:2\nRekeyLimit 1G 1h\n"
                  "LogLevel verbose\nSyslogFacility local3\nAllowTcpForwarding local\nGatewayPorts no\n"
                  "Ciphers aes128-ctr,aes256-ctr\nMACs hmac-sha2-256\nAuthenticationMethods publickey\n"
                  "PidFile none\nUseDNS yes\nTCPKeepAlive no\nVersionAddendum for us\nPerSourceMaxStartups 3\n"
                  "PerSourceNetBlockSize 24:56\nFingerprintHash md5\nModuliFile /tmp/moduli\n"
                  f"HostKey {scratch.file('host_ed25519')}\nHostKeyAlgorithms ssh-ed25519\n"
                  "Match User x Address 10.1.0.0/16\n  MaxAuthTries 1\n  PermitTTY no\n  AllowUsers d\n"
                  "  Banner none\nMatch LocalPort 99 Host *.example.org\n  PermitTTY yes\n  X11Forwarding no\n")
    keywords = ("port logingracetime maxauthtries maxsessions maxstartups permitrootlogin strictmodes acceptenv "
                "allowusers clientaliveinterval clientalivecountmax x11forwarding printmotd usepam banner "
                "compression subsystem forcecommand authorizedkeysfile permitopen rekeylimit loglevel "
                "syslogfacility allowtcpforwarding gatewayports ciphers macs authenticationmethods pidfile usedns "
                "tcpkeepalive versionaddendum persourcemaxstartups persourcenetblocksize fingerprinthash hostkey "
                "hostkeyalgorithms permittty modulifile").split()
    everyone = "user=u,host=h.example.org,addr=10.2.0.1,laddr=127.0.0.1,lport=22"
    inside = "user=x,host=h.example.org,addr=10.1.2.3,laddr=127.0.0.1,lport=99"
    for name, args in (("a client outside of blocks", ("-C", everyone)), ("a client of blocks", ("-C", inside)),
                       ("a client of half a block", ("-C", inside.replace("10.1.", "10.2.").replace(
                           ".org", ".net")))):
        ours, theirs = (shown(program, "-f", conf, *args) for program in (CLEATD, "/usr/sbin/sshd"))
        if not theirs:
            return report("-T against sshd's", skip="sshd -T does not work here")
        fold = ("loglevel", "syslogfacility", "fingerprinthash")
        odd = [(k, ours.get(k), theirs.get(k)) for k in keywords
               if {v.lower() if k in fold else v for v in ours.get(k, ())}
               != {v.lower() if k in fold else v for v in theirs.get(k, ())}]
        expect(f"-T says what sshd -T says, for {name}", odd)
    return None


def same_lines(scratch):
    """Odd but legal lines, of which sshd's -T and ours print the same to the byte."""
    conf = scratch.file("odd.conf")
    for line in ("Subsystem sftp\t/usr/lib/sftp-server\t-l INFO", "Subsystem\tsftp   internal-sftp  -f   AUTH",
                 "Subsystem \"sftp\" internal-sftp -l \"INFO\"", "Subsystem sftp internal-sftp # -R",
                 "ListenAddress 127.0.0.1\nPort 22", "ListenAddress ::1\nPort 22", "ListenAddress [::1]:99", "ListenAddress 127.1:99",
                 "ListenAddress 127.0.0.1\nListenAddress ::1\nPort 98", "Port 1\nPort 2\nListenAddress 127.0.0.1",
                 "RekeyLimit default none", "RekeyLimit 1G", "RekeyLimit 500M none", "RekeyLimit 0 1h",
                 "IPQoS lowdelay", "IPQoS 0x10", "IPQoS none", "IPQoS AF21", "IPQoS af11 0x20", "IPQoS le 7",
                 "LogLevel DEBUG1", "LogLevel SILENT", "LogLevel QUIET", "FingerprintHash md5", "MaxStartups 10",
                 "PermitRootLogin prohibit-password", "PermitListen 80 a:90", "PermitListen any"):
        with open(conf, "w") as out:
            out.write(line + "\n")
        keyword = line.split()[0].lower()
        keyword = "listenaddress" if "ListenAddress" in line else keyword
        ours, theirs = ([row for row in run(program, "-T", "-f", conf, "-h", scratch.file("host_ed25519"))
                         .stdout.decode().splitlines() if row.startswith(keyword + " ")]
                        for program in (CLEATD, "/usr/sbin/sshd"))
        if not theirs:
            return report("-T to the byte", skip="sshd -T does not work here")
        expect(f"-T is sshd's to the byte: {line!r}", sorted(ours) != sorted(theirs) and (ours, theirs))
    done = run(CLEATD, "-T", "-f", conf, "-C", "lport=x", "-h", scratch.file("host_ed25519"))
    expect("-C with a port that is none is misuse", done.returncode != 1 and repr(done))
    return None


def asked_only(scratch):
    """-t and -T make no files."""
    state = scratch.file("asked_only_state")
    conf = scratch.file("asked_only.conf")
    open(conf, "w").close()
    env = {**os.environ, "XDG_STATE_HOME": state, "HOME": scratch.file("asked_only_home")}
    for flag in ("-t", "-T"):
        done = run(CLEATD, flag, "-f", conf, env=env)
        made = os.listdir(os.path.join(state, "cleat")) if os.path.isdir(os.path.join(state, "cleat")) else []
        expect(f"{flag} makes no keys", done.returncode and repr(done) or made)


def stock(scratch):
    path = "/usr/share/openssh/sshd_config"
    if not os.path.exists(path):
        return report("Debian's sshd_config", skip=f"no {path}")
    done = run(CLEATD, "-t", "-f", path, "-h", scratch.file("host_ed25519"))
    expect("Debian's sshd_config is fine", done.returncode and repr(done))
    expect("Debian's sshd_config: no warning", done.stderr and repr(done))
    return None


def mistakes(scratch):
    conf = scratch.file("bad.conf")
    for name, text, wanted in (
            ("an unknown keyword", "Port 22\n\nNoSuchThing 1\n", "line 3: Bad configuration option: NoSuchThing"),
            ("a restriction that is not enforced", "Match User a\n  RDomain %D\n",
             "line 2: RDomain is not supported"),
            ("a keyword that blocks cannot have", "Match User a\nPort 22\n", "line 2: Port cannot stand in"),
            ("an address range", "Match Address 10.0.0.0/99\n", "line 1: Match: \"10.0.0.0/99\""),
            ("a port of Match", "Match LocalPort x\n", "line 1: Match: \"x\" is no port"),
            ("MaxStartups", "MaxStartups 10:200:5\n", "line 1: MaxStartups: \"10:200:5\""),
            ("PerSourcePenalties", "PerSourcePenalties authfail:x\n", "line 1: PerSourcePenalties: \"authfail:x\""),
            ("ChannelTimeout", "ChannelTimeout global=5m\n", "line 1: ChannelTimeout: \"global=5m\" is not supported"),
            ("a token", "Match all\n\nAuthorizedKeysFile /keys/%x\n", "line 3: AuthorizedKeysFile: \"/keys/%x\""),
            ("PermitOpen", "PermitOpen here\n", "line 1: PermitOpen: \"here\" is not host:port"),
            ("IPQoS in a block", "Match all\nIPQoS odd\n", "line 2: IPQoS: \"odd\" is no class"),
            ("an address of too many colons", "ListenAddress foo:bar:baz\n",
             "line 1: ListenAddress: \"foo:bar:baz\" is not host, host:port, [address]:port"),
            ("an address with four numbers and two ports", "\nListenAddress 1.2.3.4:22:33\n",
             "line 2: ListenAddress: \"1.2.3.4:22:33\" is not host"),
            ("an address with a slash", "ListenAddress ::1/22\n", "line 1: ListenAddress: \"::1/22\" is not host"),
            ("a name to listen at that nobody knows", "ListenAddress no-such-host.invalid\n",
             "line 1: ListenAddress: \"no-such-host.invalid\""),
            ("a routing domain behind a port", "ListenAddress [::1]:22 rdomain x\n",
             "line 1: ListenAddress: \"rdomain\""),
            ("a routing domain", "ListenAddress 127.0.0.1 rdomain x\n", "line 1: ListenAddress: \"rdomain\""),
            ("an algorithm", "\nCiphers nonsense\n", "line 2: Ciphers: algorithm \"nonsense\""),
            ("an algorithm for somebody", "Match User x\nPubkeyAcceptedAlgorithms +nonsense\n",
             "line 2: PubkeyAcceptedAlgorithms: algorithm \"nonsense\""),
            ("an algorithm without a use", "HostbasedAcceptedAlgorithms ssh-ed25519,nonsense\n",
             "line 1: HostbasedAcceptedAlgorithms: algorithm \"nonsense\""),
            ("an exchange of GSSAPI's", "GSSAPIKexAlgorithms gss-gex-sha1-,gss-group14-sha1\n",
             "line 1: GSSAPIKexAlgorithms: \"gss-gex-sha1-,gss-group14-sha1\" has a name"),
            ("Subsystem", "Subsystem sftp\n", "line 1: Subsystem: \"sftp\" lacks its command"),
            ("SetEnv", "SetEnv A\n", "line 1: SetEnv: \"A\" is not NAME=value")):
        with open(conf, "w") as out:
            out.write(text)
        done = run(CLEATD, "-t", "-f", conf)
        expect(f"a mistake is named with file and line: {name}", (
            done.returncode == 0 or f"{conf} {wanted}" not in done.stderr.decode()) and repr(done))
    with open(conf, "w") as out:
        out.write("Port 1\n")
    done = run(CLEATD, "-t", "-f", conf, "-h", scratch.file("no-such-key"))
    expect("a host key that is not there is named", (done.returncode == 0 or b"no-such-key" not in done.stderr)
           and repr(done))
    done = run(CLEATD, "-t", "-f", conf, "-h", scratch.file("host_rsa"), "-o", "RequiredRSASize 4096")
    expect("a host key that is too short is named", (done.returncode == 0 or b"host_rsa: " not in done.stderr)
           and repr(done))
    loose = scratch.file("loose_key")
    with open(loose, "wb") as out:
        out.write(open(scratch.file("host_ed25519"), "rb").read())
    os.chmod(loose, 0o644)
    done = run(CLEATD, "-t", "-f", conf, "-h", loose)
    expect("a host key that others can read is refused, with the remedy", (
        done.returncode == 0 or b"chmod" not in done.stderr) and repr(done))
    os.chmod(conf, 0o666)
    done = run(CLEATD, "-t", "-f", conf)
    expect("a configuration that others can write is refused", (
        done.returncode == 0 or conf.encode() not in done.stderr) and repr(done))
    for flags in (("-C", "user=x"), ("-T", "-C", "colour=red"), ("-y",), ("stray",), ("-o",)):
        done = run(CLEATD, *flags)
        expect(f"{' '.join(flags)} is misuse", (done.returncode != 1 or b"usage" not in done.stderr) and repr(done))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(CLEATD, "-D", "-h", scratch.file("host_ed25519"), "-p", str(taken.getsockname()[1]))
    expect("a port in use is told on the terminal, too", (
        done.returncode == 0 or b"Bind to port" not in done.stderr) and repr(done))
    done = run(CLEATD, "-G", "-6", "-g", "45", "-q", "-p", "5", "-p", "6", "-o", "Port 7")
    lines = done.stdout.decode().splitlines()
    expect("flags are lines of the configuration", not {"addressfamily inet6", "logingracetime 45",
           "loglevel SILENT", "port 5", "port 6"} <= set(lines) or "port 7" in lines and lines)


def main():
    scratch = Scratch()
    try:
        d = Daemon(scratch)
        for part in (match, access, methods, keys, same_for_strangers, limits, penalties, idle, sockets,
                     algorithms, environment, logs, reloading):
            part(d)
        json_log(scratch)
        in_background(scratch)
        addresses(scratch)
        dump(scratch)
        same_lines(scratch)
        asked_only(scratch)
        stock(scratch)
        mistakes(scratch)
    except (RuntimeError, subprocess.TimeoutExpired) as problem:
        report("servers start and answer", str(problem))
    finally:
        scratch.stop()
    finish()


main()
