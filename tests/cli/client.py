"""What the scripts about cleat ssh share: running it with a configuration, and on a terminal."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEAT, USER, report  # noqa: E402


def expect(name, problem):
    report(name, str(problem)[:3000] if problem else None)


class Client:
    """Runs the command with a configuration file of its own."""

    def __init__(self, scratch, config, name="config"):
        self.scratch = scratch
        self.path = scratch.file(name)
        with open(self.path, "w") as out:
            out.write(config)
        os.chmod(self.path, 0o600)

    def args(self, *args):
        return [CLEAT, "ssh", "-F", self.path, *args]

    def run(self, *args, data=b"", env=None, seconds=30, **more):
        return subprocess.run(self.args(*args), input=data, capture_output=True, timeout=seconds,
                              env={**os.environ, "SSH_AUTH_SOCK": "", **(env or {})}, **more)


def common(scratch, port, batch="yes"):
    return (f"Hostname 127.0.0.1\nPort {port}\nUser {USER}\nBatchMode {batch}\n"
            f"StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")


class Terminal:
    """A program on a pseudo-terminal, as its session leader or under a shell of its own."""

    def __init__(self, args, env=None, seconds=30):
        self.seen = b""
        self.end = time.monotonic() + seconds
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(args[0], args, {**os.environ, "SSH_AUTH_SOCK": "", **(env or {})})

    def modes(self):
        """Whether the terminal echoes and edits lines, as a shell left it."""
        flags = termios.tcgetattr(self.fd)[3]
        return bool(flags & termios.ECHO) and bool(flags & termios.ICANON)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, wait=0.2):
        """False at the end."""
        if not select.select([self.fd], [], [], wait)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += piece
        return bool(piece)

    def wait(self, text, after=0):
        """Waits for the text behind the first `after` bytes; returns where it ends, or None."""
        while text not in self.seen[after:]:
            if time.monotonic() > self.end or not self.read():
                if text not in self.seen[after:]:
                    return None
        return self.seen.index(text, after) + len(text)

    def type(self, text):
        os.write(self.fd, text)

    def wait_until(self, condition):
        while not condition():
            if time.monotonic() > self.end:
                return False
            self.read(0.05)
        return True

    def finish(self):
        """Exit status (negative: a signal) once the program has ended."""
        while time.monotonic() < self.end and self.read():
            pass
        if time.monotonic() >= self.end:
            os.kill(self.pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status

    def converse(self, *steps):
        """Types an answer after each prompt; a prompt that does not come ends the talk."""
        at = 0
        for prompt, answer in steps:
            at = self.wait(prompt, at)
            if at is None:
                break
            self.type(answer)
        return self.finish(), self.seen
