#!/usr/bin/python3
"""What sessions on cleatd.exe do: statuses, shells, environment, terminals, and their ends."""
import os
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wine import (CLEAT_EXE, CLEATD_EXE, LIMIT, USER, WIN, WINE_RUN, Terminal, WinScratch, cmd, expect, finish,  # noqa: E402
                  free_port, processes, report, settles, win, wine)

PEER = win(os.path.join(WIN, "win_peer.exe"))


def statuses(s, port):
    for status, on_linux in ((0, 0), (1, 1), (255, 255), (256, 255), (300, 44), (0xC0000005, 5)):
        done = s.cleat_ssh(port, command=f'"{PEER}" exit {status}')
        expect(f"status {status:#x} reaches cleat", done.returncode != on_linux and repr(done))
    for status in (0, 7, 256, 0xC0000005):
        signed = status - (1 << 32) if status >> 31 else status
        args = s.client_args(port)
        line = " ".join(f'"{a}"' for a in [win(CLEAT_EXE), *args, f"{PEER} exit {status}"])
        done = cmd(f"{line}\necho status !errorlevel!")
        expect(f"status {status:#x} is whole in cleat.exe",
               f"status {signed}".encode() not in done.stdout and repr(done))


def quoting(s, port):
    cases = {'a "b c" d': ["a", "b c", "d"], '"x & y" "%PATHX%"': ["x & y", "%PATHX%"],
             '"tail\\\\" end': ["tail\\", "end"], "gr\u00fcn \u65e5": ["gr\u00fcn", "\u65e5"],
             '"a^b" c^^d': ["a^b", "c^d"]}
    for text, words in cases.items():
        done = s.openssh(port, command=f'"{PEER}" show {text}')
        want = "".join(f"<{w}>\n" for w in words).encode()
        expect(f"cmd.exe takes {text}", done.stdout != want and f"{done.stdout!r} {done.stderr!r}")
    done = s.openssh(port, command="echo one& echo two")
    expect("cmd.exe runs two commands", done.stdout.split() != [b"one", b"two"] and repr(done))


def environment(s, port):
    done = s.openssh(port, command="set")
    names = {line.split(b"=")[0].upper(): line.split(b"=", 1)[-1] for line in done.stdout.splitlines()}
    missing = [n for n in (b"SYSTEMROOT", b"COMSPEC", b"USERPROFILE", b"APPDATA", b"TEMP", b"PATH",
                           b"SSH_CONNECTION", b"SSH_CLIENT", b"USER", b"HOME") if n not in names]
    expect("the session has the user's environment", missing and f"{missing} {names}")
    done = s.openssh(port, command="cd")
    expect("it begins in the profile folder", f"\\users\\{USER}".encode() not in done.stdout.lower()
           and repr(done))
    done = s.openssh(port, "-o", "SetEnv=LC_TAG=blue", command="echo %LC_TAG%")
    expect("AcceptEnv lets a variable in", done.stdout.strip() != b"blue" and repr(done))


def shells(s):
    port = s.cleatd_exe("shells", [f'DefaultShell "{PEER}"', "DefaultShellCommandOption show"])
    done = s.openssh(port, command='say "it"')
    expect("DefaultShell and its option from the configuration",
           done.stdout != b'<say "it">\n' and repr(done))
    key = "HKLM\\SOFTWARE\\OpenSSH"
    try:
        for name, value in (("DefaultShell", PEER), ("DefaultShellCommandOption", "show")):
            wine("reg.exe", "add", key, "/v", name, "/d", value, "/f")
        port = s.cleatd_exe("registry")
        done = s.openssh(port, command="from the registry")
        expect("DefaultShell and its option from the registry",
               done.stdout != b"<from the registry>\n" and repr(done))
    finally:
        wine("reg.exe", "delete", key, "/f")


def subsystem(s):
    port = s.cleatd_exe("subsystem", [f'Subsystem copy "{PEER}" copy'])
    done = s.openssh(port, "-s", command="copy", data=b"through a subsystem")
    expect("a subsystem", done.stdout != b"through a subsystem" and repr(done))
    done = s.openssh(port, "-s", command="nothing")
    expect("an unknown subsystem is refused", done.returncode == 0 and repr(done))


class Typist:
    """A client whose standard input stays open."""

    def __init__(self, args):
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, bufsize=0)
        self.seen = b""

    def until(self, text, seconds=LIMIT):
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536)
                if not piece:
                    break
                self.seen += piece
        return text in self.seen

    def type(self, text):
        self.process.stdin.write(text)

    def end(self, seconds=LIMIT):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


def ssh_args(s, port, *options):
    return ["ssh", "-F", "none", "-p", str(port), "-i", s.file("user_ed25519"), "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
            "LogLevel=ERROR", *options, f"{USER}@127.0.0.1"]


def terminal(s, port):
    client = Typist([*ssh_args(s, port, "-tt"), f'"{PEER}" talk'])
    there = client.until(b"size ")
    expect("a command on a terminal has a console", not there and repr(client.seen))
    client.type("gr\u00fcn\r".encode())
    expect("what is typed is echoed by the program", not client.until("[gr\u00fcn]".encode())
           and repr(client.seen))
    client.type(b"quit\r")
    status = client.end()
    expect("its status arrives and the session ends", status != 9 and f"{status} {client.seen!r}")
    client = Terminal([*ssh_args(s, port, "-tt"), f'"{PEER}" talk'], rows=33, columns=101)
    expect("the console has the terminal's size", not client.until(b"size 101 33") and repr(client.seen))
    client.resize(40, 90)  # which Wine cannot pass on
    client.type(b"still\r")
    expect("a resize is survived", not client.until(b"[still]") and repr(client.seen))
    client.type(b"quit\r")
    status = client.end()
    expect("and its status is the program's", status != 9 and f"{status} {client.seen!r}")


def ends(s, port):
    quiet = processes()
    client = Typist([*ssh_args(s, port), f'"{PEER}" linger'])
    client.until(b"ready")
    expect("a session has processes", len(processes()) <= len(quiet) and "none was seen")
    client.process.kill()
    client.end()
    expect("a killed client leaves no process", not settles(lambda: processes() == quiet)
           and f"{processes()} {quiet}")
    client = Typist([*ssh_args(s, port), f'"{PEER}" make 1000000000000'])
    client.until(b"\x00")
    client.process.kill()
    client.end()
    expect("nor does one that was sent more than it read", not settles(lambda: processes() == quiet)
           and f"{processes()} {quiet}")


def logs(s):
    log = s.file("sch\u00f6n.log")
    port = s.cleatd_exe("logging", flags=["-E", win(log)], log="sch\u00f6n.log")
    s.openssh(port)
    expect("-E keeps the log", (not os.path.exists(log) or "Accepted publickey" not in open(log).read())
           and repr(os.listdir(s.path)))
    done = wine(CLEATD_EXE, "-p", "0", "-e")
    expect("the background is refused with the reason", (done.returncode == 0 or b"-D" not in
                                                         done.stderr) and repr(done))


def left_behind(s, port):
    """What a command starts and leaves behind ends with the session, which need not wait for it."""
    quiet = processes()
    done = s.openssh(port, command=f'"{PEER}" leave')
    expect("a command that leaves a program behind ends", (done.returncode, done.stdout) != (12, b"ready\n")
           and repr(done))
    expect("and takes it along", not settles(lambda: processes() == quiet) and f"{processes()} {quiet}")
    client = Typist([*ssh_args(s, port), f'start /b "" "{PEER}" wait& echo ready& exit 13'])
    client.until(b"ready")
    client.process.kill()
    client.end()
    expect("so does one in the background that holds the streams",
           not settles(lambda: processes() == quiet) and f"{processes()} {quiet}")


def unread(s, port):
    """A program that never reads: what it is sent waits on the client's side."""
    quiet = processes()
    client = subprocess.Popen([*ssh_args(s, port), f'echo ready& "{PEER}" wait'],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    client.stdout.readline()
    os.set_blocking(client.stdin.fileno(), False)
    sent = 0
    while sent < 64 << 20 and select.select([], [client.stdin], [], 3)[1]:
        sent += os.write(client.stdin.fileno(), bytes(1 << 16))
    expect("a program that never reads stops its client", sent >= 64 << 20 and f"{sent} bytes were taken")
    done = s.openssh(port, command="echo meanwhile")
    expect("and nobody else", b"meanwhile" not in done.stdout and repr(done))
    client.kill()
    client.wait()
    expect("and ends with its client", not settles(lambda: processes() == quiet)
           and f"{processes()} {quiet}")


def closed_console(s):
    """cleatd.exe on a console that somebody closes. Wine ends it at once; Windows asks it to end."""
    quiet = processes()
    log = s.file("console.log")
    port = free_port()
    console = Terminal([WINE_RUN, CLEATD_EXE, *s.server_args(), "-D", "-E", win(log), "-p", str(port)])
    settles(lambda: os.path.exists(log) and "listening" in open(log).read())
    client = Typist([*ssh_args(s, port), f'"{PEER}" linger'])
    there = client.until(b"ready")
    console.hang_up()
    status = console.end()
    expect("a closed console ends the server", (not there or status is None) and f"{there} {status}")
    expect("its clients and everything it has started", (client.end() is None or not settles(
        lambda: processes() == quiet)) and f"{processes()} {quiet}")


def killed_server(s):
    quiet = processes()
    port = s.cleatd_exe("killed")
    server = s.servers[-1]
    client = Typist([*ssh_args(s, port), f'"{PEER}" linger'])
    client.until(b"ready")
    server.kill()
    server.wait()
    client.end()
    expect("a killed server leaves no process", not settles(lambda: processes() == quiet)
           and f"{processes()} {quiet}")


def many(s, port):
    quiet = processes()
    wrong = [i for i in range(50) if s.cleat_ssh(port, command=f"echo {i}").stdout.strip() !=
             str(i).encode()]
    expect("50 sessions one after another", wrong and f"{wrong} went wrong")
    expect("none of them leaves a process", not settles(lambda: processes() == quiet)
           and f"{processes()} {quiet}")


def deaf(s, port):
    """A client that does not read: the program waits, others go on, and all of it comes later."""
    slow = subprocess.Popen([*ssh_args(s, port), f'"{PEER}" make 50000000'], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    done = s.openssh(port, command="echo meanwhile")
    expect("a client that does not read holds nobody up", b"meanwhile" not in done.stdout and repr(done))
    came = slow.communicate(timeout=LIMIT)[0]
    expect("and gets everything when it does", len(came) != 50000000 and str(len(came)))


def main():
    s = WinScratch()
    try:
        port = s.cleatd_exe("cleatd_exe", ["AcceptEnv LC_*", "MaxStartups 0"])
        statuses(s, port)
        quoting(s, port)
        environment(s, port)
        terminal(s, port)
        deaf(s, port)
        ends(s, port)
        left_behind(s, port)
        unread(s, port)
        many(s, port)
        subsystem(s)
        shells(s)
        logs(s)
        killed_server(s)
        closed_console(s)
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        s.stop()
    finish()


main()
