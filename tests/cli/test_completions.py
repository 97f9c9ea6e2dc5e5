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
    ("cleat scp -J gat", "e.example.org"),
    ("cleat sftp -c aes256-g", "cm@openssh.com"),
    ("cleat sftp gat", "e.example.org"),
    ("cleat keyg", "en"),
    ("cleat keygen -t ed25", "519"),
    ("cleat keygen -Y check", "-novalidate"),
    ("cleat keys", "can"),
    ("cleat keyscan -t rsa,ed44", "8"),
    ("cleat keyscan -4 gat", "e.example.org"),
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

# Commands, and what their flags are called in the completion of fish.
COMMANDS = {"ssh": "__cleat_flag", "keygen": "__cleat_keygen_flag", "keyscan": "__cleat_keyscan_flag",
            "scp": "__cleat_scp_flag", "sftp": "__cleat_sftp_flag"}


def text_of(*path):
    with open(os.path.join(*path), encoding="ascii") as text:
        return text.read()


def flags_in(pattern, text):
    return {flag: bool(value) for flag, value in re.findall(pattern, text, re.M)}


def difference(flags, page):
    return flags != page and str(set(flags.items()) ^ set(page.items()))


def check_flags(env, command, in_fish):
    page = flags_in(r"^\.It Fl (\w)( (?:Ar|Cm) .*)?$",
                    text_of(SOURCE, "docs", "man", f"cleat-{command}.1"))
    done = subprocess.run(["bash", "--norc", "-c", f"source {FOLDER}/cleat.bash; COMP_POINT=99; "
                           f"COMP_LINE='cleat {command} -'; COMP_WORDS=(cleat {command} -); "
                           "COMP_CWORD=2; _cleat cleat; echo ${COMPREPLY[@]}"],
                          env=env, capture_output=True, text=True, timeout=60)
    offered = set(re.findall(r"-(\w)", done.stdout))
    report(f"bash offers all flags of {command}", sorted(offered ^ set(page)) and repr(done))
    zsh = text_of(FOLDER, "_cleat").split(f"_cleat_{command}() {{", 1)[1].split("\n}\n", 1)[0]
    report(f"zsh offers all flags of {command}",
           difference(flags_in(r"^ +'\*?-(\w)\[[^]]*\](:.*)?'", zsh), page))
    fish = flags_in(rf"^{in_fish} -s (\w)( -[xr])?", text_of(FOLDER, "cleat.fish"))
    report(f"fish offers all flags of {command}", difference(fish, page))


def main():
    with tempfile.TemporaryDirectory() as home:
        env = scratch_home(home)
        for command, in_fish_called in COMMANDS.items():
            check_flags(env, command, in_fish_called)
        in_bash(env)
        in_zsh(env)
        in_fish(env)
    finish()


main()
