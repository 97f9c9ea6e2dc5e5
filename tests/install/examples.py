#!/usr/bin/python3
"""The examples, built outside the tree, with real peers: the clients log in to OpenSSH's sshd and to
cleatd, and OpenSSH's ssh, plink and Paramiko log in to the tiny server.

  examples.py FOLDER      where the programs are
"""
import os
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))
from peers import USER, Scratch, finish, report  # noqa: E402

FOLDER = sys.argv[1]
SECONDS = 30
HERE = "127.0.0.1"

# Answers the prompt that holds one of the patterns, each line of the file "pattern<TAB>answer", and
# keeps what was asked. A line that has answered goes to the end, so that questions may repeat.
ASKPASS = """#!/usr/bin/python3
import os, sys
lines = open(os.environ["ANSWERS"]).read().splitlines()
open(os.environ["ASKED"], "a").write(sys.argv[1] + "\\n")
for line in lines:
    pattern, answer = line.split("\\t")
    if pattern in sys.argv[1]:
        lines.remove(line)
        open(os.environ["ANSWERS"], "w").write("\\n".join(lines + [line]) + "\\n")
        print(answer)
        sys.exit(0)
sys.exit(1)
"""


def program(name):
    return os.path.join(FOLDER, name)


def run(args, **options):
    return subprocess.run(args, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
                          **options)


def expect(name, done, status, *wanted):
    """wanted: patterns that stdout and stderr together must hold."""
    said = done.stdout + done.stderr
    missing = [w for w in wanted if not re.search(w.encode(), said)]
    if done.returncode != status:
        report(name, f"status {done.returncode}, not {status}: {said[-300:]!r}")
    elif missing:
        report(name, f"{missing} is missing from {said[-300:]!r}")
    else:
        report(name)


# ---- the clients --------------------------------------------------------------------------------

def known_hosts(scratch, ports):
    path = scratch.file("known_hosts")
    with open(path, "w") as out:
        for port in ports:
            out.write(f"[{HERE}]:{port} " + open(scratch.file("host_ed25519.pub")).read())
    return path


def try_clients(scratch):
    ports = {"sshd": scratch.sshd("sshd"), "cleatd": scratch.cleatd("cleatd")}
    hosts = known_hosts(scratch, ports.values())
    key = scratch.file("user_ed25519")
    for peer, port in ports.items():
        shown = "echo out; echo err >&2; exit 3"
        expect(f"exec with {peer}", run([program("exec"), HERE, shown, str(port), key, hosts]), 3,
               "out", "err")
        expect(f"poll_loop with {peer}",
               run([program("poll_loop"), HERE, str(port), USER, key, hosts,
                    "seq 1 200000 | tail -n 1; exit 5"]), 5, "200000")
        expect(f"poll_loop with {peer} and a key that it does not know",
               run([program("poll_loop"), HERE, str(port), USER, scratch.file("host_rsa"), hosts,
                    "true"]), 255, "Permission denied")
    everyone = [f"{USER}@{HERE}:{port}" for port in [*ports.values(), ports["sshd"]]]
    expect("exec_many on three hosts at once",
           run([program("exec_many"), key, hosts, "echo I am $$", *everyone]), 0,
           *[f"{re.escape(one)}: status 0\\nI am [0-9]+" for one in everyone])
    expect("exec_many with one host that is not there",
           run([program("exec_many"), key, hosts, "true", everyone[0], f"{HERE}:1"]), 1,
           "status 0", "Connection refused")
    expect("exec refuses an unknown host",
           run([program("exec"), HERE, "true", str(ports["sshd"]), key, os.devnull]), 255,
           "not a known host.*SHA256:")
    expect("custom_signer", run([program("custom_signer"), key]), 0, "ssh-ed25519: signed")
    expect("convert_key", run([program("convert_key"), key, "ppk3", scratch.file("user.ppk")]), 0, "openssh")


# ---- the server ---------------------------------------------------------------------------------

class TinyServer:
    def __init__(self, scratch):
        self.scratch = scratch
        self.key = scratch.file("tiny_key")
        self.start()
        self.askpass = scratch.file("askpass")
        with open(self.askpass, "w") as out:
            out.write(ASKPASS)
        os.chmod(self.askpass, 0o700)

    def start(self):
        process = subprocess.Popen([program("tiny_server"), self.key], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        self.scratch.servers.append(process)
        self.port = process.stdout.readline().split()[-1]

    def ssh(self, user, method, answers, *command, options=()):
        """OpenSSH's client, and the questions that it asked."""
        files = {"ANSWERS": self.scratch.file("answers"), "ASKED": self.scratch.file("asked")}
        with open(files["ANSWERS"], "w") as out:
            out.write("".join(f"{pattern}\t{answer}\n" for pattern, answer in answers))
        open(files["ASKED"], "w").close()
        environment = dict(os.environ, **files, SSH_ASKPASS=self.askpass,
                           SSH_ASKPASS_REQUIRE="force")
        done = run(["ssh", "-F", "none", "-T", "-p", self.port, "-o", "StrictHostKeyChecking=no",
                    "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityFile=none",
                    "-o", f"PreferredAuthentications={method}", *options, f"{user}@{HERE}",
                    *command], env=environment)
        return done, open(files["ASKED"]).read().splitlines()


def expect_asked(name, asked, *wanted):
    good = len(asked) == len(wanted) and all(w in a for w, a in zip(wanted, asked))
    report(name, None if good else f"asked {asked}, not {list(wanted)}")


QUIZ = [("colour", "blue"), ("Why", "because"), ("magic", "please")]


def try_passwords(server):
    done, asked = server.ssh("guest", "password", [("password", "secret")], "anything")
    expect("tiny_server: password from ssh", done, 7, "Hello, guest!", "This server only greets")
    done, asked = server.ssh("guest", "password", [("password", "secret")])
    expect("tiny_server: a shell from ssh", done, 0, "Hello, guest!")
    done, asked = server.ssh("guest", "password", [("password", "wrong"), ("password", "secret")])
    expect("tiny_server: the second password from ssh", done, 0, "Hello, guest!")
    done, asked = server.ssh("guest", "password", [("password", "wrong")],
                             options=("-o", "NumberOfPasswordPrompts=9"))
    expect("tiny_server: wrong passwords from ssh are refused", done, 255,
           "Too many authentication failures")
    expect_asked("tiny_server: three tries and no more", asked, *["password"] * 3)
    done, asked = server.ssh("nobody", "password", [("password", "secret")])
    expect("tiny_server: an unknown user is refused", done, 255)
    done, asked = server.ssh("guest", "password", [
        ("'s password", "expired"), ("old password", "expired"), ("Enter guest@127.0.0.1's new", "new"),
        ("Retype", "new"), ("Enter guest@127.0.0.1's new", "longer than seven"), ("Retype", "longer than seven")])
    expect("tiny_server: the second new password from ssh is good", done, 0,
           "Eight characters at least", "Hello, guest!")


def try_quiz(server):
    done, asked = server.ssh("quiz", "keyboard-interactive", QUIZ, "anything")
    expect("tiny_server: keyboard-interactive from ssh", done, 7, "Hello, quiz!", "Answer truly",
           "Well done")
    expect_asked("tiny_server: the rounds come in order", asked, "colour", "Why", "magic word")
    done, asked = server.ssh("quiz", "keyboard-interactive",
                             [("colour", "blue"), ("Why", ""), ("magic", "now")])
    expect("tiny_server: a wrong answer from ssh is refused", done, 255)
    both = [("'s password", "secret"), *QUIZ]
    done, asked = server.ssh("both", "password,keyboard-interactive", both, options=("-v",))
    expect("tiny_server: two methods from ssh", done, 0, "partial success", "Hello, both!")
    done, asked = server.ssh("both", "keyboard-interactive", QUIZ)
    expect("tiny_server: one of two methods is not enough", done, 255)
    done, asked = server.ssh("both", "password", both)
    expect("tiny_server: nor is the other one", done, 255)


def try_plink(server):
    print_of = subprocess.check_output(["ssh-keygen", "-l", "-f", server.key], text=True).split()[1]
    base = ["plink", "-ssh", "-batch", "-noagent", "-P", server.port, "-hostkey", print_of]
    expect("tiny_server: password from plink",
           run([*base, "-pw", "secret", f"guest@{HERE}", "anything"]), 7, "Hello, guest!")
    expect("tiny_server: a wrong password from plink",
           run([*base, "-pw", "wrong", f"guest@{HERE}", "anything"]), 1)


def paramiko_session(transport):
    channel = transport.open_session()
    channel.exec_command("anything")
    said = channel.makefile().read()
    return said, channel.recv_exit_status()


def try_paramiko(server):
    import paramiko
    transport = paramiko.Transport((HERE, int(server.port)))
    try:
        transport.start_client(timeout=SECONDS)
        more = transport.auth_password("both", "secret", fallback=False)
        report("tiny_server: partial success for Paramiko",
               None if more == ["keyboard-interactive"] else f"may continue with {more}")
        words = dict(QUIZ)
        transport.auth_interactive("both", lambda title, instructions, prompts: [
            next(a for p, a in words.items() if p in text) for text, _ in prompts])
        said, status = paramiko_session(transport)
        good = said == b"Hello, both!\r\n" and status == 7
        report("tiny_server: two methods from Paramiko",
               None if good else f"status {status}, {said!r}")
    except Exception as problem:
        report("tiny_server: Paramiko", repr(problem))
    finally:
        transport.close()


def try_host_key(server):
    first = open(server.key).read()
    mode = stat.S_IMODE(os.stat(server.key).st_mode)
    report("tiny_server: the host key is its owner's alone", None if mode == 0o600 else oct(mode))
    server.start()
    done, _ = server.ssh("guest", "password", [("password", "secret")])
    expect("tiny_server: a second start", done, 0, "Hello, guest!")
    report("tiny_server: the host key stays",
           None if open(server.key).read() == first else "it was made anew")


def main():
    scratch = Scratch()
    try:
        try_clients(scratch)
        server = TinyServer(scratch)
        for part in (try_passwords, try_quiz, try_plink, try_paramiko, try_host_key):
            part(server)
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
        report("the examples run", repr(problem))
    finally:
        scratch.stop()
    finish()


main()
