#!/usr/bin/python3
"""Completion of cleat in bash, zsh and fish: what a user gets who types a piece and presses Tab."""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import BIN, finish, report  # noqa: E402

SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FOLDER = os.path.join(SOURCE, "packaging", "completions")

# What is typed, and what Tab adds to it.
CASES = [
    ("cleat ss", "h"),
    ("cleat help ss", "h"),
    ("cleat ssh nic", "kname"),
    ("cleat ssh -v gat", "e.example.org"),
    ("cleat ssh alice@stor", "e.example.org"),
    ("cleat ssh -J gate.example.org,stor", "e.example.org"),
    ("cleat ssh -o StrictHo", "stKeyChecking="),
    ("cleat ssh -o Ciphers=chacha", "20-poly1305@openssh.com"),
    ("cleat ssh -c aes256-ctr,aes128-g", "cm@openssh.com"),
    ("cleat ssh -m +umac-64-", "etm@openssh.com"),
    ("cleat ssh -m hmac-sha1-e", "tm@openssh.com"),
    ("cleat ssh -Q comp", "ression"),
]


def scratch_home(folder):
    os.mkdir(os.path.join(folder, ".ssh"))
    with open(os.path.join(folder, ".ssh", "config"), "w", encoding="ascii") as config:
        config.write("Host nickname *.example.com !other\n    User alice\nHost *\n")
    with open(os.path.join(folder, ".ssh", "known_hosts"), "w", encoding="ascii") as known:
        known.write("|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA\n"
                    "gate.example.org,192.0.2.1 ssh-ed25519 AAAA\n"
                    "[store.example.org]:2222 ssh-ed25519 AAAA\n")
    return os.environ | {"HOME": folder, "PATH": os.path.abspath(BIN) + ":" + os.environ["PATH"],
                         "TERM": "dumb", "PS1": "$ ", "LC_ALL": "C.UTF-8", "ZDOTDIR": folder}


class Terminal:
    """A shell on a pseudo-terminal."""

    def __init__(self, args, env):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(args[0], args, env)

    def type(self, text):
        self.seen = ""
        os.write(self.fd, text.encode())

    def wait(self, text, seconds=30):
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    return False
        return text in self.seen

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def press_tab(name, shell, set_up):
    """The end of a line is marked by what the shell says when it runs it."""
    shell.type(f"{set_up}; echo re''ady\n")
    if not shell.wait("ready"):
        report(f"{name} starts", shell.seen)
        return
    for typed, added in CASES:
        shell.type(f"{typed}")
        shell.wait(typed)
        shell.type("\t")
        report(f"{name}: {typed} and Tab", None if shell.wait(added) else repr(shell.seen))
        shell.type("\x15echo do''ne\n")
        shell.wait("done")


def in_bash(env):
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"], env)
    press_tab("bash", shell, f"source {FOLDER}/cleat.bash")
    shell.close()


def in_zsh(env):
    shell = Terminal(["zsh", "-f", "-i"], env)
    press_tab("zsh", shell, f"fpath=({FOLDER} $fpath); autoload -U compinit; compinit -u -D")
    shell.close()


def in_fish(env):
    for typed, added in CASES:
        done = subprocess.run(["fish", "--no-config", "-c",
                               f"source {FOLDER}/cleat.fish; complete -C '{typed}'"],
                              env=env, capture_output=True, text=True, timeout=60)
        whole = typed.split()[-1] + added
        offered = [line.split("\t")[0] for line in done.stdout.splitlines()]
        report(f"fish: {typed} and Tab", None if whole in offered else repr(done))


# ---- flags ----

def flags_of_page():
    with open(os.path.join(SOURCE, "docs", "man", "cleat-ssh.1"), encoding="ascii") as page:
        return {flag: bool(value) for flag, value in
                re.findall(r"^\.It Fl (\w)( (?:Ar|Cm) .*)?$", page.read(), re.M)}


def check_flags(env):
    page = flags_of_page()
    done = subprocess.run(["bash", "--norc", "-c", f"source {FOLDER}/cleat.bash; COMP_POINT=99; "
                           "COMP_LINE='cleat ssh -'; COMP_WORDS=(cleat ssh -); COMP_CWORD=2; "
                           "_cleat cleat; echo ${COMPREPLY[@]}"],
                          env=env, capture_output=True, text=True, timeout=60)
    offered = set(re.findall(r"-(\w)", done.stdout))
    report("bash offers all flags", sorted(offered ^ set(page)) and repr(done))
    with open(os.path.join(FOLDER, "_cleat"), encoding="ascii") as text:
        zsh = {flag: bool(value) for flag, value in
               re.findall(r"^ +'\*?-(\w)\[[^]]*\](:.*)?'", text.read(), re.M)}
    report("zsh offers all flags", zsh != page and str(set(zsh.items()) ^ set(page.items())))
    with open(os.path.join(FOLDER, "cleat.fish"), encoding="ascii") as text:
        fish = {flag: bool(value) for flag, value in
                re.findall(r"^__cleat_flag -s (\w)( -[xr])?", text.read(), re.M)}
    report("fish offers all flags", fish != page and str(set(fish.items()) ^ set(page.items())))


def main():
    with tempfile.TemporaryDirectory() as home:
        env = scratch_home(home)
        check_flags(env)
        in_bash(env)
        in_zsh(env)
        in_fish(env)
    finish()


main()
