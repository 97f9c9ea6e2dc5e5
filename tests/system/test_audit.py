#!/usr/bin/python3
"""The audit log: what it tells of logins, sessions, files and forwardings in each isolation of system mode and
for a server that serves one user; that no name breaks a line of it; that it may be moved away, and what is said
where it cannot be written."""
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Capitals, Scene, named, settles  # noqa: E402
import peers  # noqa: E402
from peers import CLEATD, attempt, finish, report  # noqa: E402

ODD = bytes(n for n in range(1, 256) if n not in b"\n'\\") + "ä€𝄞".encode()


def check(name, test):
    report(name, attempt(test))


def shown(data):
    """As the log writes bytes that are not UTF-8."""
    text, n = "", 0
    while n < len(data):
        for length in (1, 2, 3, 4):
            try:
                text += data[n:n + length].decode()
                n += length
                break
            except UnicodeDecodeError:
                continue
        else:
            text += f"\\x{data[n]:02x}"
            n += 1
    return text


def told_bytes(text):
    """The bytes that a text of the log stands for."""
    return re.sub(rb"\\x([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), text.encode())


class Audit:
    def __init__(self, path):
        self.path = path

    def records(self, **wanted):
        found = [json.loads(line) for line in open(self.path) if line.endswith("\n")]
        return [r for r in found if all(r.get(k) == v for k, v in wanted.items())]

    def one(self, **wanted):
        """The only record that says so, once it is there."""
        settles(lambda: os.path.exists(self.path) and self.records(**wanted))
        found = self.records(**wanted)
        assert len(found) == 1, (wanted, self.records())
        return found[0]


def lacks(record, **wanted):
    wrong = {k: record.get(k) for k, v in wanted.items() if record.get(k) != v}
    return f"{wrong} in {record}" if wrong else None


def fingerprint(s, name):
    return subprocess.check_output(["ssh-keygen", "-lf", s.file(name + ".pub")], text=True).split()[1]


def login(s, name, audit, user, run):
    def whole():
        before = len(audit.records()) if os.path.exists(audit.path) else 0
        done = run("exit 7")
        end = settles(lambda: os.path.exists(audit.path) and len(audit.records()) >= before + 4)
        told = audit.records()[before:]
        assert done.returncode == 7 and end, (done, told)
        login, session, session_end, disconnect = told
        about = {k: login[k] for k in ("server", "connection", "user", "address", "port")}
        return ([e["event"] for e in told] != ["login", "session", "session-end", "disconnect"] and str(told) or
                lacks(login, result="accepted", method="publickey", user=user, address="127.0.0.1",
                      key=fingerprint(s, "user_ed25519"), key_type="ssh-ed25519") or
                lacks(session, **about, kind="exec", command="exit 7", result="started") or
                lacks(session_end, **about, end="exit", status=7, session=session["session"]) or
                lacks(disconnect, **about) or
                (None if disconnect["bytes_in"] > 1000 and disconnect["bytes_out"] > 1000 and
                 "OpenSSH" in login["client"] and login["time"] <= disconnect["time"] else f"{told}"))

    check(f"{name}: a login, what is run, and its end", whole)
    check(f"{name}: nobody else reads it", lambda: None if stat.S_IMODE(os.stat(audit.path).st_mode) == 0o600
          else oct(os.stat(audit.path).st_mode))


def odd_names(name, audit, run):
    command = b"true '" + ODD + b"'"
    check(f"{name}: any bytes in a command", lambda: run(command) and lacks(audit.one(
        event="session", command=shown(command)), result="started"))
    same = b"\\xff \\\xff \\x5c \\x5cxff \\x \\xg0 \\n \\"
    check(f"{name}: names that look like others", lambda: run(b"true '" + same + b"'") and (None if settles(
        lambda: any(told_bytes(r["command"]) == b"true '" + same + b"'" for r in audit.records(event="session")))
        else f"{audit.records(event='session')}"))
    forged = b"true '\n{\"event\":\"login\"}'"
    check(f"{name}: a command of two lines", lambda: run(forged) and lacks(audit.one(
        event="session", command=forged.decode()), result="started"))
    long = b"true " + b"x" * 40000
    check(f"{name}: a long command is cut", lambda: run(long) and lacks(audit.one(
        event="session", command=long.decode()[:16384]), result="started"))


def failed(s, name, audit, args):
    def stranger():
        subprocess.run([*args("nobody-here"), "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        record = audit.one(event="login", user="nobody-here", method="publickey")
        return lacks(record, result="failed", invalid_user=True, key=fingerprint(s, "user_ed25519")) or lacks(
            audit.one(event="disconnect", user="nobody-here"), without_login=True)

    check(f"{name}: somebody who does not exist", stranger)


def killed(name, audit, run):
    check(f"{name}: a session that a signal ends", lambda: run("kill -TERM $$") and lacks(audit.one(
        event="session-end", end="signal"), signal="TERM"))


def hung_up(name, audit, args):
    def test():
        client = subprocess.Popen([*args, "echo here; sleep 77"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        client.stdout.readline()
        client.kill()
        client.wait()
        return lacks(audit.one(event="session-end", end="hangup"),
                     session=audit.one(event="session", command="echo here; sleep 77")["session"])

    check(f"{name}: a session whose client is gone", test)


def files(name, audit, sftp, home, local):
    folder = home + "/audited-" + name

    def whole():
        os.makedirs(folder, exist_ok=True)
        os.chown(folder, os.stat(home).st_uid, os.stat(home).st_gid)
        batch = "\n".join((f"put {__file__} {folder}/a", f"get {folder}/a {local}", f"rename {folder}/a {folder}/b",
                           f"mkdir {folder}/c", f"-rmdir {folder}", f"-get {folder}/none {local}",
                           f"rm {folder}/b", ""))
        done = subprocess.run(sftp, input=batch, capture_output=True, text=True, timeout=60)
        size = os.path.getsize(__file__)
        audit.one(event="file", operation="remove", path=folder + "/b")
        told = [(r["operation"], os.path.basename(r["path"]), os.path.basename(r.get("target", "")), r["result"],
                 r.get("bytes_read"), r.get("bytes_written")) for r in audit.records(event="file")
                if r["operation"] not in ("setstat", "fsetstat")]
        wanted = [("close", "a", "", "Success", 0, size), ("close", "a", "", "Success", size, 0),
                  ("posix-rename", "a", "b", "Success", None, None), ("mkdir", "c", "", "Success", None, None),
                  ("rmdir", "audited-" + name, "", "Directory not empty", None, None),
                  ("remove", "b", "", "Success", None, None)]
        return None if done.returncode == 0 and told == wanted else f"{done} {told}"

    def denied():
        subprocess.run(sftp, input=f"put {__file__} /proc/1/never\n", capture_output=True,
                       text=True, timeout=60)
        record = audit.one(event="file", operation="open", path="/proc/1/never")
        return None if record["result"] != "Success" else f"{record}"

    check(f"{name}: files that are written, read, renamed and removed", whole)
    check(f"{name}: a file that cannot be written", denied)


def outcomes(audit, port, *results):
    def found():
        return [r["result"] for r in audit.records(event="forward", kind="connect", to="127.0.0.1", to_port=port)]
    settles(lambda: len(found()) == len(results))
    return None if found() == list(results) else f"{found()}"


def forwardings(name, audit, args):
    def connect():
        echo = Capitals(socket.create_server(("127.0.0.1", 0)))
        port = echo.listener.getsockname()[1]
        done = subprocess.run([*args[:-1], "-W", f"127.0.0.1:{port}", args[-1]], input=b"hello",
                              capture_output=True, timeout=60)
        assert done.stdout == b"HELLO", done
        return outcomes(audit, port, "permitted", "connected")

    def nobody_there():
        port = peers.free_port()
        subprocess.run([*args[:-1], "-W", f"127.0.0.1:{port}", args[-1]], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=60)
        return outcomes(audit, port, "permitted", "failed")

    def listens():
        subprocess.run([*args[:-1], "-R", "0:127.0.0.1:9", args[-1], "true"], capture_output=True, timeout=60)
        record = audit.one(event="forward", kind="listen")
        return lacks(record, to="localhost", result="listening") or (None if record["to_port"] else f"{record}")

    check(f"{name}: a connection through the server", connect)
    check(f"{name}: one to where nobody listens", nobody_there)
    check(f"{name}: a port that is listened at", listens)


def moved(name, audit, run):
    def are_over():
        return {r["connection"] for r in audit.records()} == {r["connection"] for r in audit.records(
            event="disconnect")}

    def test():
        settles(are_over)
        os.rename(audit.path, audit.path + ".1")
        run("exit 3")
        audit.one(event="session-end", status=3)
        audit.one(event="disconnect")
        return lacks(audit.one(event="session"), command="exit 3")

    check(f"{name}: it may be moved away at any time", test)


def suite(s, name, audit, user, port, home):
    def args(of):
        return s.ssh_args(port, of, "-o", "BatchMode=yes")

    def run(command):
        return subprocess.run([*args(user), command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    ssh = args(user)
    sftp = ["sftp", "-b", "-", *("-P" if arg == "-p" else arg for arg in ssh[1:])]
    login(s, name, audit, user, run)
    odd_names(name, audit, run)
    failed(s, name, audit, args)
    killed(name, audit, run)
    hung_up(name, audit, ssh)
    files(name, audit, sftp, home, s.file("got"))
    forwardings(name, audit, ssh)
    moved(name, audit, run)


def certificates(s, name, audit, port):
    ca, key = s.file("audit_ca"), s.file("audit_key")
    for path in (ca, key):
        if not os.path.exists(path):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    subprocess.run(["ssh-keygen", "-q", "-s", ca, "-I", "the laptop", "-n", "bob", "-z", "4711", key + ".pub"],
                   check=True)

    def test():
        done = s.run(port, "bob", "true", key="audit_key")
        assert done.returncode == 0, done
        audit.one(event="disconnect", user="bob")
        return lacks(audit.one(event="login", user="bob", result="accepted"), certificate_id="the laptop",
                     certificate_serial=4711, certificate_authority=fingerprint(s, "audit_ca"),
                     key=fingerprint(s, "audit_key"))

    check(f"{name}: a certificate's name, serial and authority", test)


def passwords(s, name, audit, port):
    def test():
        s.with_password(port, "dave", "true", "wrong")
        s.with_password(port, "dave", "true")
        s.with_password(port, "carol", "true")
        audit.one(event="disconnect", user="carol")
        told = [r["result"] for r in audit.records(event="login", user="dave")]
        refused = audit.records(event="login", user="carol", result="refused")
        wrong = audit.records(event="login", user="carol", result="accepted") + audit.records(
            event="session", user="carol")
        return None if told[0] == "failed" and told[-1] == "accepted" and refused and not wrong else \
            f"{told} {refused} {wrong}"

    check(f"{name}: passwords, and an account that has expired", test)


def forced(s, name, audit, port):
    def test():
        line = open(s.town.home("dave", ".ssh/authorized_keys")).read()
        s.town.put("dave", ".ssh/authorized_keys", 'command="echo forced",restrict ' + s.public("user_ed25519"))
        s.run(port, "dave", "something else")
        s.town.put("dave", ".ssh/authorized_keys", line)
        return lacks(audit.one(event="session", user="dave", command="echo forced"),
                     original_command="something else")

    check(f"{name}: a forced command, and what was wanted", test)


def rests(s, name, audit, port):
    """A monitor that goes and another that comes say nothing of the login."""
    def test():
        control = s.file(name + ".ctl")
        args = s.ssh_args(port, "alice", "-o", f"ControlPath={control}")
        master = subprocess.Popen([*args[:-1], "-M", "-N", args[-1]], stdin=subprocess.DEVNULL)
        try:
            settles(lambda: os.path.exists(control))
            rested = settles(lambda: not town.named(s.by_port[port].pid, "monitor"))
            done = subprocess.run([*args, "echo woken"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        finally:
            master.kill()
            master.wait()
        session = audit.one(event="session", command="echo woken")
        logins = audit.records(event="login", connection=session["connection"], server=session["server"])
        return None if rested and done.returncode == 0 and len(logins) == 1 else f"{done} {logins}"

    check(f"{name}: a connection that has rested", test)


def packet(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body


def busy(s, name, audit, port):
    """A client does more than the monitor can take at a time, and goes: all that was done is written."""
    many, mkdir = 3000, 14

    def make(n):
        path = s.town.home("alice", f"{name}-{n}").encode()
        return packet(mkdir, struct.pack(">II", n, len(path)) + path + struct.pack(">I", 0))

    def made():
        return sum(entry.startswith(name + "-") for entry in os.listdir(s.town.home("alice")))

    def test():
        client = subprocess.Popen([*s.ssh_args(port, "alice"), "-s", "sftp"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        client.stdin.write(packet(1, struct.pack(">I", 3)))
        client.stdin.flush()
        client.stdout.read(struct.unpack(">I", client.stdout.read(4))[0])
        monitor = named(s.by_port[port].pid, "monitor")[-1]
        os.kill(monitor, signal.SIGSTOP)
        try:
            client.stdin.write(b"".join(make(n) for n in range(many)))
            client.stdin.flush()
            settles(lambda: made() == many, 2)  # unless the session waits for the monitor
            client.kill()
            client.wait()
        finally:
            os.kill(monitor, signal.SIGCONT)
        connection = audit.one(event="file", path=s.town.home("alice", f"{name}-0"))["connection"]
        audit.one(event="disconnect", connection=connection)
        told = audit.records(event="file", connection=connection, operation="mkdir")
        return None if len(told) == made() > 100 else f"{made()} made, {len(told)} records"

    check(f"{name}: nothing is lost when a client goes", test)


def mistakes(s):
    where = s.file("no/such/audit.log")
    done = subprocess.run([CLEATD, "-D", "-e", "-p", "0", "-f", "none", "-h", s.file("host_ed25519"), "-o",
                           "AuditLog " + where], capture_output=True, text=True, timeout=60)
    check("a log that cannot be made stops the start", lambda: None if done.returncode and
          f"AuditLog {where}: no such file" in done.stderr else f"{done}")
    done = subprocess.run([CLEATD, "-t", "-f", "none", "-h", s.file("host_ed25519"), "-o", "AuditLog relative"],
                          capture_output=True, text=True, timeout=60)
    check("a relative path is refused", lambda: None if done.returncode and "absolute" in done.stderr else f"{done}")
    path = s.file("never.log")
    done = subprocess.run([CLEATD, "-t", "-f", "none", "-h", s.file("host_ed25519"), "-o", "AuditLog " + path],
                          capture_output=True, text=True, timeout=60)
    check("-t makes no log", lambda: None if done.returncode == 0 and not os.path.exists(path) else f"{done}")


def reload(s):
    """A mistake keeps the old one."""
    first, second = Audit(s.file("first.log")), Audit(s.file("second.log"))
    port = s.cleatd_system("reload", text=f"AuditLog {first.path}\n")
    config = s.file("reload.conf")

    def put(path):
        with open(config, "w") as out:
            out.write(f"AuditLog {path}\n")
        s.by_port[port].send_signal(signal.SIGHUP)

    put("/no/such/folder/audit.log")
    check("reload: a log that cannot be made", lambda: None if settles(
        lambda: f"{config} line 1: AuditLog /no/such/folder/audit.log: no such file" in s.log("reload")) else s.log(
            "reload"))
    check("reload: the old one is kept", lambda: s.run(port, "alice", "exit 4") and lacks(first.one(
        event="session"), command="exit 4"))
    put(second.path)
    settles(lambda: "is in force" in s.log("reload"))
    check("reload: another log", lambda: s.run(port, "alice", "exit 5") and lacks(second.one(
        event="session"), command="exit 5"))


def left_alone(s):
    """What a client does after the listener has gone is known all the same."""
    audit = Audit(s.file("left.audit"))
    port = s.cleatd_system("left", ["AuditLog " + audit.path])

    def test():
        client = subprocess.Popen([*s.ssh_args(port, "alice"), "echo here; cat; exit 6"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        client.stdout.readline()
        s.by_port[port].send_signal(signal.SIGTERM)
        s.by_port[port].wait(20)
        client.communicate(timeout=60)
        record = audit.one(event="disconnect", user="alice")
        return lacks(audit.one(event="session-end"), status=6) or (
            None if client.returncode == 6 and record["bytes_in"] > 1000 else f"{client.returncode} {record}")

    check("a client that has outlived the server", test)


def full_disk(s):
    disk = s.small_disk()
    if not disk:
        report("a full disk", skip="no file system can be mounted")
        return
    audit = Audit(disk + "/audit.log")
    port = s.cleatd_system("full", ["AuditLog " + audit.path])
    s.run(port, "alice", "true")
    audit.one(event="disconnect")
    with open(disk + "/fill", "wb", buffering=0) as out:
        while attempt(lambda: out.write(bytes(4096)) and None) is None:
            pass

    def test():
        for _ in range(40):
            s.run(port, "alice", "true")
            settles(lambda: not named(s.by_port[port].pid, "monitor"))
            if half_a_line():
                break
        return None if settles(lambda: f"records are lost: AuditLog: cannot write {audit.path}: No space" in s.log(
            "full")) else s.log("full")

    def half_a_line():
        return not open(audit.path, "rb").read().endswith(b"\n")

    def records():
        """None for what is no record."""
        for line in open(audit.path).readlines():
            try:
                yield json.loads(line)
            except ValueError:
                yield None

    def after_half_a_line():
        assert half_a_line()
        os.unlink(disk + "/fill")
        s.run(port, "bob", "exit 9")

        def events():
            return [r["event"] for r in records() if r and r["user"] == "bob"]
        whole = settles(lambda: events() == ["login", "session", "session-end", "disconnect"])
        return None if whole and list(records()).count(None) == 1 else open(audit.path).read()

    check("a full disk is told of", test)
    check("only the record that it cut is lost", after_half_a_line)


def main():
    s = peers.Scratch()
    try:
        audit = Audit(s.file("alone.audit"))
        port = s.cleatd("alone", ["AuditLog " + audit.path])
        suite(s, "alone", audit, peers.USER, port, s.home())
        mistakes(s)
    finally:
        s.stop()
    if not town.possible():
        report("the server of many users", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        for name, how in (("own", ()), ("shared", ("ConnectionIsolation shared",))):
            Scene.isolation = how
            audit = Audit(s.file(name + ".audit"))
            port = s.cleatd_system(name, ["AuditLog " + audit.path, "TrustedUserCAKeys " + s.file("audit_ca.pub"),
                                          "MaxAuthTries 20"])
            certificates(s, name, audit, port)
            suite(s, name, audit, "alice", port, s.town.home("alice"))
            passwords(s, name, audit, port)
            forced(s, name, audit, port)
            busy(s, name, audit, port)
            if how:
                rests(s, name, audit, port)
        Scene.isolation = ()
        reload(s)
        left_alone(s)
        full_disk(s)
    finally:
        s.stop()
    finish()


main()
