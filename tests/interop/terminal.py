"""A program on a pseudo-terminal, for what only a terminal has: its size, its modes, its keys."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time


class Terminal:
    def __init__(self, args, rows=24, columns=80, prepare=None):
        """prepare(fd) may change the terminal's modes before the program starts."""
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            self.set_size(0, rows, columns)
            if prepare:
                prepare(0)
            os.environ["TERM"] = "vt220"
            os.execvp(args[0], args)

    @staticmethod
    def set_size(fd, rows, columns):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        """The kernel tells the program by SIGWINCH."""
        self.set_size(self.fd, rows, columns)

    def type(self, keys):
        os.write(self.fd, keys)

    def _read(self, seconds):
        """Whether something came, or the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            raise TimeoutError(f"nothing more came after {self.seen[-300:]!r}")
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # Linux's way of saying that the other end is closed
            piece = b""
        self.seen += piece
        return bool(piece)

    def wait_for(self, text, seconds=60):
        """Waits for new output that has the text; what came up to it is used up."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            if not self._read(max(0, end - time.monotonic())):
                raise EOFError(f"no {text!r} in {self.seen[-300:]!r}")
        before, _, self.seen = self.seen.partition(text)
        return before

    def end(self, seconds=60):
        """The exit status, once the program has ended by itself."""
        limit = time.monotonic() + seconds
        while self._read(max(0, limit - time.monotonic())):
            pass
        os.close(self.fd)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.pid = None
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)
