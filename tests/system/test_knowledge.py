#!/usr/bin/python3
"""Logins by what users know: keyboard-interactive through PAM, passwords that have expired, and
AuthenticationMethods, with OpenSSH's client, AsyncSSH and cleat ssh."""
import asyncio
import base64
import hmac
import os
import shutil
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import PASSWORD, Scene, settles  # noqa: E402
from peers import CLEAT, CLEATD, attempt, finish, report  # noqa: E402

import asyncssh  # noqa: E402

FRESH = "a fresh staple 9"


SEED = "JBSWY3DPEHPK3PXP"


def code():
    """The time-based one-time password (RFC 6238) of that seed."""
    mac = hmac.new(base64.b32decode(SEED), struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def check(name, test):
    report(name, attempt(test))


class OwnEtc(Scene):
    """The daemons have a whole /etc of their own, in which PAM can change a password."""

    def __init__(self):
        super().__init__()
        self.etc = os.path.join(self.town.folder, "etc")
        subprocess.run(["cp", "-a", "/etc", self.etc], check=True)
        others = [bind for bind in self.town.binds if not bind[1].startswith("/etc/")]
        for ours, target in self.town.binds:
            if target.startswith("/etc/"):
                shutil.copy(ours, self.etc + target[len("/etc"):])
        self.town.binds = [(self.etc, "/etc"), *others]
        self.pam("sshd", "auth required pam_unix.so\naccount required pam_unix.so\n"
                         "password required pam_unix.so sha512\nsession required pam_permit.so\n")
        self.pam("twice", "auth required pam_unix.so\nauth required pam_google_authenticator.so\n"
                          "account required pam_unix.so\nsession required pam_permit.so\n")
        self.pam("passwd", "password required pam_unix.so sha512\n")

    def pam(self, service, text):
        with open(os.path.join(self.etc, "pam.d", service), "w") as out:
            out.write(text)

    def set_password(self, user, changed):
        """The usual password, changed so many days after 1970; 0: it has expired."""
        path = os.path.join(self.etc, "shadow")
        hashed = subprocess.check_output(["openssl", "passwd", "-6", PASSWORD], text=True).strip()
        lines = [line for line in open(path) if not line.startswith(user + ":")]
        with open(path, "w") as out:
            out.writelines([*lines, f"{user}:{hashed}:{changed}:0:99999:7:::\n"])

    def ssh(self, port, user, methods, answers, command="id -un", tty=False):
        """OpenSSH's client; its questions get the answers one after another."""
        folder = self.file("answers")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for number, answer in enumerate(answers):
            with open(os.path.join(folder, str(number)), "w") as out:
                out.write(answer + "\n")
        with open(self.file("ask"), "w") as out:
            out.write(f"""#!/bin/sh
cd {folder}
printf '%s\\n' "$1" >> asked
next=$(ls | grep -v asked | sort -n | head -1)
test "$next" && cat "$next" && rm "$next"
""")
        os.chmod(self.file("ask"), 0o755)
        env = {**os.environ, "SSH_ASKPASS": self.file("ask"), "SSH_ASKPASS_REQUIRE": "force"}
        return subprocess.run(
            ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-o",
             f"UserKnownHostsFile={self.file('known')}", "-o", "LogLevel=ERROR", "-o",
             f"PreferredAuthentications={methods}", "-o", "NumberOfPasswordPrompts=1", "-i",
             self.file("user_ed25519"), *(["-tt"] if tty else []), "-p", str(port),
             f"{user}@127.0.0.1", command], env=env, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=60)

    def asked(self):
        path = os.path.join(self.file("answers"), "asked")
        return open(path).read() if os.path.exists(path) else ""


def said(done, text):
    if done.returncode or text not in done.stdout.decode(errors="replace"):
        return f"status {done.returncode}, {done.stdout[-300:]!r}, {done.stderr[-300:]!r}"
    return None


def refused(done):
    return None if done.returncode == 255 and not done.stdout else \
        f"status {done.returncode}, {done.stdout[-300:]!r}"


# ---- questions ----

def questions(s):
    port = s.cleatd_system("main", ["LogLevel VERBOSE"])
    kbdint = "keyboard-interactive"
    check("PAM's question, answered", lambda: said(s.ssh(port, "alice", kbdint, [PASSWORD]), "alice"))
    check("the question is PAM's", lambda: None if "Password:" in s.asked() else s.asked())
    check("the log says how", lambda: None if "Accepted keyboard-interactive/pam for alice from" in
          s.log("main") else s.log("main")[-300:])
    check("a wrong answer is refused", lambda: refused(s.ssh(port, "alice", kbdint, ["wrong"])))
    check("and logged", lambda: None if settles(
        lambda: "Failed keyboard-interactive/pam for alice" in s.log("main")) else "no")
    check("nobody's is asked the same", lambda: refused(s.ssh(port, "mallory", kbdint, [PASSWORD]))
          or (None if "Password:" in s.asked() else s.asked()))
    check("root's is right and does not count", lambda: refused(
        s.ssh(port, "root", kbdint, [PASSWORD])))
    check("an expired account is kept out", lambda: refused(
        s.ssh(port, "carol", kbdint, [PASSWORD])))
    check("cleat ssh is asked, too", lambda: cleat_is_asked(s, port))
    check("another request takes the place of the questions", lambda: interrupted(s, port))
    check("who leaves in the middle is forgotten", lambda: left_alone(s, port))
    port = s.cleatd_system("twice", ["PAMServiceName twice", "LogLevel VERBOSE"])
    s.town.put("bob", ".google_authenticator", f"{SEED}\n\" WINDOW_SIZE 5\n\" TOTP_AUTH\n", 0o400)
    check("a password, then a code that changes", lambda: said(
        s.ssh(port, "bob", kbdint, [PASSWORD, code()]), "bob"))
    check("both are asked for", lambda: None if "Password:" in s.asked() and "Verification code:" in
          s.asked() else s.asked())
    check("both must be right", lambda: refused(s.ssh(port, "bob", kbdint, [PASSWORD, "000000"])))
    check("the password method has no answer to the second", lambda: refused(
        s.ssh(port, "bob", "password", [PASSWORD])))
    port = s.cleatd_system("off", ["KbdInteractiveAuthentication no"])
    check("they can be turned off", lambda: refused(s.ssh(port, "alice", kbdint, [PASSWORD])))
    check("and are not asked then", lambda: None if s.asked() == "" else s.asked())


def cleat_is_asked(s, port):
    env = {**os.environ, "SSH_ASKPASS": s.file("ask"), "SSH_ASKPASS_REQUIRE": "force"}
    with open(s.file("ask"), "w") as out:
        out.write(f"#!/bin/sh\necho '{PASSWORD}'\n")
    done = subprocess.run([CLEAT, "ssh", "-F", "none", "-o", "StrictHostKeyChecking no", "-o",
                           f"UserKnownHostsFile {s.file('known')}", "-o",
                           "PreferredAuthentications keyboard-interactive", "-p", str(port),
                           "alice@127.0.0.1", "id -un"], env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)
    return said(done, "alice")


class Patient(asyncssh.SSHClient):
    """Answers no question, but tries a key when it is asked."""

    def __init__(self):
        self.prompted = asyncio.Event()
        self.leave = asyncio.Event()

    def kbdint_auth_requested(self):
        return ""

    async def kbdint_challenge_received(self, name, instructions, lang, prompts):
        self.prompted.set()
        await self.leave.wait()
        return None


async def connect(port, client, **more):
    return await asyncssh.create_connection(
        lambda: client, "127.0.0.1", port, username="alice", known_hosts=None, config=None,
        agent_path=None, **more)


def interrupted(s, port):
    async def play():
        client = Patient()
        client.leave.set()
        connection, _ = await connect(port, client, client_keys=[s.file("user_ed25519")],
                                      preferred_auth="keyboard-interactive,publickey")
        async with connection:
            done = await connection.run("id -un")
        return None if client.prompted.is_set() and done.stdout == "alice\n" else repr(done.stdout)
    return asyncio.run(asyncio.wait_for(play(), 60))


def left_alone(s, port):
    async def play():
        client = Patient()
        task = asyncio.create_task(connect(port, client, client_keys=None,
                                           preferred_auth="keyboard-interactive"))
        await client.prompted.wait()
        task.cancel()
        client.leave.set()
        await asyncio.gather(task, return_exceptions=True)
    asyncio.run(asyncio.wait_for(play(), 60))
    return None if settles(lambda: not town.named(s.by_port[port].pid, "monitor")) else \
        "a monitor is left"


# ---- passwords that have expired ----

def expired(s):
    port = s.cleatd_system("expired", ["LogLevel VERBOSE"])
    s.set_password("dave", 0)
    check("questions go on to a new password", lambda: said(
        s.ssh(port, "dave", "keyboard-interactive", [PASSWORD, PASSWORD, FRESH, FRESH]), "dave"))
    check("which counts from then on", lambda: said(
        s.ssh(port, "dave", "keyboard-interactive", [FRESH]), "dave"))
    s.set_password("dave", 0)
    check("two that differ are refused", lambda: refused(
        s.ssh(port, "dave", "keyboard-interactive", [PASSWORD, PASSWORD, FRESH, "other one 3"])))
    check("the password method asks for another", lambda: changed_by_password(s, port))
    check("which counts, too", lambda: said(s.ssh(port, "dave", "password", [FRESH]), "dave"))
    s.set_password("dave", 0)
    check("OpenSSH's client changes it as well", lambda: said(
        s.ssh(port, "dave", "password", [PASSWORD, PASSWORD, FRESH, FRESH]), "dave"))
    s.set_password("dave", 0)
    check("with a wrong password nobody learns that it has expired", lambda: refused(
        s.ssh(port, "dave", "password", ["wrong"])) or (
            None if "expired" not in s.asked() else s.asked()))
    check("with a key and no terminal there is no session", lambda: kept_back(
        s.ssh(port, "dave", "publickey", [])))
    check("nor files", lambda: None if subprocess.run(
        ["sftp", "-F", "none", "-b", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o",
         f"UserKnownHostsFile={s.file('known')}", "-i", s.file("user_ed25519"), "-P", str(port),
         "dave@127.0.0.1"], capture_output=True, timeout=60).returncode else "there are")
    check("nor forwardings", lambda: None if subprocess.run(
        s.ssh_args(port, "dave", "-W", f"127.0.0.1:{port}"), stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60).returncode else "there are")
    check("on a terminal it can be changed", lambda: changed_on_terminal(s, port))


def kept_back(done):
    good = done.returncode == 254 and b"has expired" in done.stderr and not done.stdout
    return None if good else f"{done.returncode} {done.stdout!r} {done.stderr!r}"


class Changer(asyncssh.SSHClient):
    def password_auth_requested(self):
        return PASSWORD

    def password_change_requested(self, prompt, lang):
        self.prompt = prompt
        return PASSWORD, FRESH


def changed_by_password(s, port):
    async def play():
        client = Changer()
        connection, _ = await asyncssh.create_connection(
            lambda: client, "127.0.0.1", port, username="dave", known_hosts=None, config=None,
            agent_path=None, client_keys=None, preferred_auth="password")
        async with connection:
            done = await connection.run("id -un")
        return None if "expired" in client.prompt and done.stdout == "dave\n" else repr(done.stdout)
    return asyncio.run(asyncio.wait_for(play(), 60))


def changed_on_terminal(s, port):
    """passwd asks on the terminal that the session has."""
    answers = [PASSWORD, FRESH, FRESH]
    client = subprocess.Popen(s.ssh_args(port, "dave", "-tt"), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.set_blocking(client.stdout.fileno(), False)
    seen = b""
    deadline = time.time() + 60
    while client.poll() is None and time.time() < deadline:
        seen += client.stdout.read() or b""
        if answers and seen.count(b"assword: ") > 3 - len(answers):
            client.stdin.write(answers.pop(0).encode() + b"\n")
            client.stdin.flush()
        time.sleep(0.02)
    client.kill()
    client.wait()
    seen += client.stdout.read() or b""
    if b"updated successfully" not in seen:
        return f"{seen[-400:]!r}"
    return said(s.run(port, "dave", "id -un"), "dave")


# ---- AuthenticationMethods ----

def methods(s):
    kbdint = "keyboard-interactive"
    both = f"publickey,password,{kbdint}"
    port = s.cleatd_system("methods", ["LogLevel VERBOSE", f"AuthenticationMethods publickey,password "
                                       f"publickey,{kbdint}:pam"])
    check("a key and a password", lambda: said(
        s.ssh(port, "alice", "publickey,password", [PASSWORD]), "alice"))
    check("a key and questions", lambda: said(
        s.ssh(port, "alice", f"publickey,{kbdint}", [PASSWORD]), "alice"))
    check("the key alone is not enough", lambda: refused(s.ssh(port, "alice", "publickey", [])))
    check("nor the password", lambda: refused(s.ssh(port, "alice", "password", [PASSWORD])))
    check("which is not even offered first", lambda: None if s.asked() == "" else s.asked())
    check("a wrong password after the key", lambda: refused(s.ssh(port, "alice", both, ["wrong"] * 4)))
    check("the log tells of the part", lambda: None if "Partial publickey for alice" in
          s.log("methods") else s.log("methods")[-300:])
    port = s.cleatd_system("order", [f"AuthenticationMethods password,publickey,{kbdint}"])
    check("three, the password first", lambda: said(
        s.ssh(port, "bob", both, [PASSWORD, PASSWORD]), "bob"))
    port = s.cleatd_system("matched", text=f"""
AuthenticationMethods any
Match User bob
    AuthenticationMethods {kbdint}
""")
    check("any means each by itself", lambda: said(s.ssh(port, "alice", "publickey", []), "alice"))
    check("Match asks for another", lambda: refused(s.ssh(port, "bob", "publickey", [])))
    check("and takes that", lambda: said(s.ssh(port, "bob", kbdint, [PASSWORD]), "bob"))
    run = lambda *args: subprocess.run(s.town.inside([  # noqa: E731
        CLEATD, "-t", "-f", "none", "-h", s.file("host_ed25519"), *args]), capture_output=True,
        text=True, timeout=60)
    done = run("--system", "-o", "AuthenticationMethods publickey,magic")
    check("an unknown method stops the start", lambda: None if done.returncode == 1 and
          "names a method that is none of" in done.stderr else done.stderr)
    done = run("--system", "-o", "AuthenticationMethods publickey:pam")
    check("so does a key by PAM", lambda: None if done.returncode == 1 else "it starts")
    done = run("-o", "AuthenticationMethods publickey,password")
    check("alone there are keys only", lambda: None if done.returncode == 1 and
          "has publickey only" in done.stderr else done.stderr)


def main():
    if not town.possible():
        report("logins by what users know", skip="only root can make the users")
        finish()
    s = OwnEtc()
    try:
        questions(s)
        methods(s)
        expired(s)
    finally:
        s.stop()
    finish()


main()
