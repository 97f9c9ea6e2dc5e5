#!/usr/bin/python3
"""`cleat keyscan` beside ssh-keyscan: the same lines for the same servers, and servers that say
nothing, or nonsense, hold up nobody."""
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEAT, Scratch, finish, free_port, report  # noqa: E402

SECONDS = 60
HOST_KEYS = ("ed25519", "rsa", "ecdsa256", "ecdsa384", "ecdsa521")


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def scan(program, *args, text=None):
    return subprocess.run([*program, *args], capture_output=True, text=True, input=text or "",
                          timeout=SECONDS)


def ours(*args, **more):
    return scan((CLEAT, "keyscan"), *args, **more)


def theirs(*args, **more):
    return scan(("ssh-keyscan",), *args, **more)


def lines(done):
    return sorted(done.stdout.splitlines())


def same(name, *args, **more):
    """The keys, the status and, each once, the comments."""
    a, b = ours(*args, **more), theirs(*args, **more)
    comments = [sorted({line.rstrip() for line in done.stderr.splitlines()
                        if line.startswith(("#", ";"))}) for done in (a, b)]
    good = (lines(a) == lines(b) and a.returncode == b.returncode and comments[0] == comments[1])
    expect(name, not good and f"{a!r}\n{b!r}")
    return a


def servers(scratch):
    """Port by name."""
    found = {"sshd": scratch.sshd("sshd", ["MaxStartups 1000"]),
             "cleatd": scratch.cleatd("cleatd", ("MaxStartups 1000", "PerSourcePenalties no"))}
    if shutil.which("dropbear"):
        key = scratch.file("dropbear_key")
        subprocess.run(["dropbearconvert", "openssh", "dropbear", scratch.file("host_rsa"), key],
                       check=True, capture_output=True, timeout=SECONDS)
        found["dropbear"] = scratch.start(
            lambda port: ["dropbear", "-F", "-E", "-p", f"127.0.0.1:{port}", "-r", key, "-P",
                          key + ".pid"], "dropbear.log", ready="Not backgrounding")
    else:
        report("Dropbear", skip="dropbear-bin is not installed")
    return found


def keys(ports):
    for name, port in ports.items():
        done = same(f"{name}: the usual types", "-p", str(port), "127.0.0.1")
        expect(f"{name}: there are keys", not done.stdout and repr(done))
        for kind in ("rsa", "ecdsa", "ed25519", "rsa,ed25519"):
            same(f"{name}: -t {kind}", "-t", kind, "-p", str(port), "127.0.0.1")


def output(port):
    for name, args in (
            ("addresses and names", ("-t", "ed25519", "127.0.0.1,127.0.0.2 One.example,two")),
            ("the second address, when the first is none",
             ("-t", "ed25519", "0.0.0.0.invalid,127.0.0.1 name")),
            ("two hosts", ("-t", "ed25519", "127.0.0.1", "localhost")),
            ("only IPv4", ("-4", "-t", "ed25519", "localhost")),
            ("no IPv6", ("-6", "-t", "ed25519", "127.0.0.1")),
            ("a network", ("-t", "ed25519", "127.0.0.4/31")),
            ("a network from within", ("-t", "ed25519", "127.0.0.6/30")),
            ("values that are attached", ("-T10", "-ted25519", "127.0.0.1"))):
        same(name, "-p", str(port), *args)
    text = "# a comment\n\n127.0.0.1 x,y # why\n  \n127.0.0.2\n"
    same("hosts from standard input", "-t", "rsa", "-p", str(port), "-f", "-", text=text)


def files(scratch, port):
    for name, text in (("one", "127.0.0.1 one\n"), ("two", "127.0.0.1\ttwo\r\n127.0.0.1 three")):
        with open(scratch.file(name), "w") as out:
            out.write(text)
    done = ours("-t", "ed25519", "-p", str(port), "-f", scratch.file("one"), "-f",
                scratch.file("two"), "127.0.0.1")
    names = [line.split("]")[0][1:] for line in lines(done)]
    expect("several files and a host", names != ["127.0.0.1", "one", "three", "two"] and repr(done))
    done = ours("-f", scratch.file("absent"))
    expect("a file that is not there", (done.returncode != 255 or "absent" not in done.stderr) and done)


def hashed(scratch, port):
    done = ours("-H", "-t", "ed25519", "-p", str(port), "127.0.0.1 127.0.0.1,Other.Example")
    with open(scratch.file("known"), "w") as out:
        out.write(done.stdout)
    for name in (f"[127.0.0.1]:{port}", f"[other.example]:{port}"):
        found = subprocess.run(["ssh-keygen", "-F", name, "-f", scratch.file("known")],
                               capture_output=True, timeout=SECONDS)
        expect(f"-H: ssh-keygen finds {name.split(':')[0]}]", found.returncode and repr(done))
    expect("-H hides names", ("127.0.0.1" in done.stdout or len(lines(done)) != 2) and repr(done))


def records(port):
    args = ("-D", "-p", str(port))
    done = same("-D: records for the DNS", *args, "127.0.0.1")
    expect("-D: one for each key and hash", len(lines(done)) != 6 and repr(done))
    same("-D: of several names", *args, "127.0.0.1 One,two")
    done = ours(*args, "-O", "hashalg=sha256", "-t", "ed25519", "127.0.0.1")
    expect("-O hashalg=sha256", (" SSHFP 4 2 " not in done.stdout or len(lines(done)) != 1) and
           repr(done))
    done = ours(*args, "-O", "hashalg=sha1", "-t", "ed25519", "127.0.0.1")
    expect("-O hashalg=sha1", (" SSHFP 4 1 " not in done.stdout or len(lines(done)) != 1) and
           repr(done))


def quiet(port):
    done = ours("-q", "-t", "ed25519", "-p", str(port), "127.0.0.1")
    expect("-q: keys without comments", (done.stderr or not done.stdout) and repr(done))
    done = ours("-v", "-t", "ed25519", "-p", str(port), "127.0.0.1")
    expect("-v: the exchange is told",
           "debug1: kex: host key algorithm: ssh-ed25519" not in done.stderr and repr(done))


def certificates(scratch):
    """-c, of a server that has some."""
    subprocess.run(["ssh-keygen", "-q", "-s", scratch.file("host_rsa"), "-h", "-I", "id", "-n", "host",
                    scratch.file("host_ed25519.pub")], check=True, timeout=SECONDS)
    port = scratch.sshd("certified", [f"HostCertificate {scratch.file('host_ed25519-cert.pub')}"])
    done = same("-c: certificates", "-c", "-p", str(port), "127.0.0.1")
    line = open(scratch.file("host_ed25519-cert.pub")).read().split()[:2]
    expect("-c: it is the certificate", lines(done) != [" ".join(line)] and repr(done))
    same("-c: none of this type", "-c", "-t", "rsa", "-p", str(port), "127.0.0.1")


class Bad:
    """Listens at one port of several loopback addresses; `behave` has each connection."""

    def __init__(self, behave, addresses=("127.0.0.1",), port=None):
        self.port = port or free_port()
        self.kept = []
        self.sockets = []
        for address in addresses:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, self.port))
            listener.listen(100)
            self.sockets.append(listener)
            threading.Thread(target=self.serve, args=(listener, behave), daemon=True).start()

    def serve(self, listener, behave):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            self.kept.append(client)
            try:
                behave(client)
            except OSError:
                pass


def bad_servers():
    def greet(client):
        client.sendall(b"SSH-2.0-Mute_1 now\r\n")

    def talk(client):
        client.sendall(b"HTTP/1.1 400 \x1b[31mBad Request\r\n" * 2000)
        client.close()

    def break_off(client):
        client.sendall(b"SSH-2.0-Short\r\n" + bytes(20))
        client.close()

    for name, behave, timeout, said in (
            ("a port where nobody listens", None, "60", None),
            ("a server that says nothing", lambda client: None, "1", None),
            ("a server that stops after its first line", greet, "1", "SSH-2.0-Mute_1 now"),
            ("a server that closes at once", lambda client: client.close(), "60", "closed by remote"),
            ("another protocol", talk, "60", "127.0.0.1: "),
            ("a server that breaks off", break_off, "60", "SSH-2.0-Short")):
        port = Bad(behave).port if behave else free_port()
        done = ours("-T", timeout, "-t", "rsa", "-p", str(port), "127.0.0.1")
        good = done.returncode == 1 and not done.stdout and "\x1b" not in done.stderr and (
            said in done.stderr if said else not done.stderr)
        expect(name, not good and repr(done))


def many(scratch):
    """Hundreds of hosts of which most say nothing: the others' keys are there at once, and all is
    over in a few time limits."""
    quiet_hosts = [f"127.0.1.{i}" for i in range(1, 101)]
    silent = Bad(lambda client: None, quiet_hosts)
    with open(scratch.file("many.conf"), "w") as out:
        out.write(f"ListenAddress 127.0.0.1\nUsePAM no\nMaxStartups 1000\nPidFile none\n"
                  f"HostKey {scratch.file('host_ed25519')}\n")
    process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-p", str(silent.port), "-f",
                                scratch.file("many.conf")], stderr=subprocess.PIPE, text=True)
    scratch.servers.append(process)
    while "listening" not in (line := process.stderr.readline()) and line:
        pass
    began = time.monotonic()
    command = subprocess.Popen([CLEAT, "keyscan", "-q", "-t", "ed25519", "-T", "8", "-p",
                                str(silent.port), *quiet_hosts[:60], "127.0.0.1", *quiet_hosts[60:]],
                               stdout=subprocess.PIPE, text=True, bufsize=1)
    done = command.communicate(timeout=SECONDS)[0]
    took = time.monotonic() - began
    expect("a host among a hundred silent ones is found", done.count("\n") != 1 and done)
    expect("all of them wait at once", took > 40 and f"{took} s")


def mistakes():
    for name, args, said in (
            ("no host", (), "usage:"), ("an unknown flag", ("-Z", "host"), "-Z is no option"),
            ("an unknown type", ("-t", "foo", "host"), "foo"),
            ("a bad port", ("-p", "0", "host"), "-p 0"), ("no port", ("-p",), "-p needs a value"),
            ("a bad time", ("-T", "soon", "host"), "-T soon"),
            ("a bad option", ("-O", "x", "host"), "hashalg=sha256")):
        done = ours(*args)
        expect(name, (done.returncode not in (1, 255) or said not in done.stderr) and repr(done))


def link(scratch, port):
    os.symlink(CLEAT, scratch.file("ssh-keyscan"))
    done = scan((scratch.file("ssh-keyscan"),), "-t", "ed25519", "-p", str(port), "127.0.0.1")
    expect("a link named ssh-keyscan", (done.returncode or not done.stdout) and repr(done))


def main():
    scratch = Scratch()
    try:
        ports = servers(scratch)
        keys(ports)
        output(ports["sshd"])
        files(scratch, ports["sshd"])
        hashed(scratch, ports["sshd"])
        records(ports["sshd"])
        quiet(ports["sshd"])
        certificates(scratch)
        bad_servers()
        many(scratch)
        mistakes()
        link(scratch, ports["sshd"])
    except (RuntimeError, subprocess.SubprocessError) as problem:
        report("servers start and answer", str(problem))
    finally:
        scratch.stop()
    finish()


main()
