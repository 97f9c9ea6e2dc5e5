"""The two programs for Windows under Wine, with Linux peers on loopback: what the interop tests have,
and a cleat.exe and a cleatd.exe beside it."""
import fcntl
import hashlib
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))
from peers import CLEAT, CLEATD, USER, Scratch, finish, free_port, report  # noqa: E402,F401

WIN = os.environ["CLEAT_WIN_DIR"]
CLEAT_EXE = os.path.join(WIN, "cleat.exe")
CLEATD_EXE = os.path.join(WIN, "cleatd.exe")
WINE_RUN = os.path.join(HERE, "..", "..", "packaging", "windows", "wine-run")
PREFIX = os.environ["CLEAT_WINEPREFIX"]
CMD = "cmd.exe"
LIMIT = 180  # seconds; reached only where something is wrong, however busy the machine is

# Programs of Wine's own that stay while the prefix is up.
RESIDENT = ("wineserver", "services.exe", "plugplay.exe", "winedevice.exe", "svchost.exe",
            "rpcss.exe", "explorer.exe", "start.exe")


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def win(path):
    """A path of ours as Windows programs write it."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")


def on_c(*names):
    """A path on the prefix's own drive, as Linux and as Windows write it."""
    return os.path.join(PREFIX, "drive_c", *names), "C:\\" + "\\".join(names)


def environment(more=None):
    """Time limits are the callers'."""
    return {**os.environ, "CLEAT_WINE_TIMEOUT": "0", **(more or {})}


def tasks(pid):
    """What each thread of a process, and of Wine's server, waits for: whoever reads it may see why."""
    found = []
    for owner in (pid, *(p for p in map(int, filter(str.isdigit, os.listdir("/proc"))) if comm_of(p) in (
            "wineserver", "wineserver64"))):
        for at in sorted(os.listdir(f"/proc/{owner}/task")) if comm_of(owner) else ():
            try:
                words = [open(f"/proc/{owner}/task/{at}/{name}").read().split() for name in (
                    "comm", "wchan", "syscall")]
                state = open(f"/proc/{owner}/task/{at}/stat").read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            found.append(f"# {owner} {at} {' '.join(words[0])} {state[0]} {words[1]} {words[2][:1]} "
                         f"utime {state[11]} stime {state[12]}")
    return found


def comm_of(pid):
    try:
        return open(f"/proc/{pid}/comm").read().strip()
    except OSError:
        return None


def wine(*args, data=b"", seconds=LIMIT, env=None):
    """Runs a Windows program to its end; its status is cut to eight bits. The streams are files: a
    pipe of Linux is not one to Wine. Pipes of Windows' own are for cmd.exe to make."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen([WINE_RUN, *args], stdin=given, stdout=out, stderr=err, env=environment(env))
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            print("\n".join(["# it does not end:", *tasks(process.pid)]), flush=True)
            process.kill()
            process.wait()
            raise
        for stream in (out, err):
            stream.seek(0)
        return subprocess.CompletedProcess(process.args, status, out.read(), err.read())


def cmd(line):
    """A line for cmd.exe, in a file because Wine and cmd.exe do not agree on quotes. Its pipes and
    redirections are Windows' own; !errorlevel! is the last status."""
    with tempfile.NamedTemporaryFile("w", suffix=".bat") as script:
        script.write("@echo off\n" + line.replace("%", "%%") + "\n")
        script.flush()
        return wine(CMD, "/v:on", "/c", win(script.name))


def processes():
    """Windows programs that run in our prefix: {pid: name}."""
    found = {}
    marker = b"WINEPREFIX=" + PREFIX.encode() + b"\0"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as env, open(f"/proc/{pid}/cmdline", "rb") as line:
                if marker not in env.read():
                    continue
                words = line.read().split(b"\0")
        except OSError:
            continue
        name = words[0].decode(errors="replace").replace("\\", "/").rsplit("/", 1)[-1]
        if name.endswith(".exe") and name not in RESIDENT:
            found[int(pid)] = name
    return found


def kill(name):
    """Ends the programs of our prefix that have this name, without a chance to do anything."""
    for pid, found in processes().items():
        if found == name:
            os.kill(pid, 9)


def settles(condition, seconds=LIMIT):
    """Waits until the condition holds; False if it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    """A program on a terminal of ours, which Wine makes its console."""

    def __init__(self, args, rows=24, columns=80):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            tty.setraw(0)  # Wine leaves that to others
            set_size(0, rows, columns)
            os.execvpe(args[0], args, environment({"TERM": "xterm"}))
        self.seen = b""

    def until(self, text, seconds=LIMIT):
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    piece = os.read(self.fd, 65536)
                except OSError:
                    break
                if not piece:
                    break
                self.seen += piece
        return text in self.seen

    def type(self, text):
        os.write(self.fd, text)

    def resize(self, rows, columns):
        set_size(self.fd, rows, columns)

    def hang_up(self):
        os.close(self.fd)
        self.fd = None

    def end(self, seconds=LIMIT):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.fd is not None:
                self.until(b"never said", 0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                if self.fd is not None:
                    self.hang_up()
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        return None


class WinScratch(Scratch):
    """Scratch, with daemons and clients under Wine."""

    def server_args(self, options=(), keys="authorized_keys"):
        args = ["-o", f'AuthorizedKeysFile "{win(self.file(keys))}"', "-o", "StrictModes no",
                "-o", "LogLevel VERBOSE"]
        for key in ("ed25519", "rsa", "ecdsa256"):
            args += ["-h", win(self.file("host_" + key))]
        for option in options:
            args += ["-o", option]
        return args

    def cleatd_exe(self, name, options=(), keys="authorized_keys", env=None, flags=("-e",),
                   log=None):
        args = self.server_args(options, keys)
        before = dict(os.environ)
        os.environ.update(environment(env))
        try:
            return self.start(lambda port: [WINE_RUN, CLEATD_EXE, "-D", *flags, "-p", str(port), *args],
                              log or name + ".log")
        finally:
            os.environ.clear()
            os.environ.update(before)

    def client_args(self, port, *options, key="ed25519"):
        return ["ssh", "-F", "none", "-p", str(port), "-i", win(self.file("user_" + key)),
                "-o", "BatchMode yes", "-o", "StrictHostKeyChecking no",
                "-o", "UserKnownHostsFile " + win(self.file("known_hosts_" + str(port))),
                "-o", "LogLevel ERROR", *options, f"{USER}@127.0.0.1"]

    def cleat_exe(self, port, *options, key="ed25519", command="exit 0", data=b"", seconds=LIMIT,
                  env=None):
        return wine(CLEAT_EXE, *self.client_args(port, *options, key=key), command, data=data,
                    seconds=seconds, env=env)

    def openssh(self, *args, **how):
        return super().openssh(*args, **{"seconds": LIMIT, **how})

    def cleat_ssh(self, *args, **how):
        return super().cleat_ssh(*args, **{"seconds": LIMIT, **how})

    def plink(self, port, command, key="ed25519", data=b"", seconds=LIMIT):
        """PuTTY's client on Linux."""
        ppk = self.file(f"user_{key}.ppk")
        if not os.path.exists(ppk):
            subprocess.run(["puttygen", self.file("user_" + key), "-O", "private", "-o", ppk],
                           check=True, capture_output=True)
        host = subprocess.run(["ssh-keygen", "-lf", self.file("host_ed25519.pub")], check=True,
                              capture_output=True, text=True).stdout.split()[1]
        return subprocess.run(["plink", "-batch", "-ssh", "-P", str(port), "-i", ppk, "-hostkey",
                               host, f"{USER}@127.0.0.1", command], input=data, timeout=seconds,
                              capture_output=True, env={**os.environ, "HOME": self.path})
