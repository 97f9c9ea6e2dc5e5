"""SFTP servers (version 3) that lie, each a scene of its own. Run as a program by cleat sftp -D and cleat scp -D:

    hostile_sftp.py SCENE
"""
import os
import struct
import sys

FILE, FOLDER, LINK = 0o100644, 0o40755, 0o120777
OK, EOF, NO_SUCH, FAILURE, UNSUPPORTED = 0, 1, 2, 4, 8
SIZE = 100000


def text(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def facts(mode=None, size=None):
    flags, rest = 0, b""
    if size is not None:
        flags, rest = flags | 1, struct.pack(">Q", size)
    if mode is not None:
        flags, rest = flags | 4, rest + struct.pack(">I", mode)
    return struct.pack(">I", flags) + rest


class Server:
    """One folder, "/", with a file x in it."""
    home, extensions, size, real_size = "/", [], SIZE, SIZE

    def __init__(self):
        self.looks = {}
        self.lists = 0

    # what scenes change

    def entries(self):
        return [("x", facts(FILE, self.size))]

    def look(self, path, follow):
        """A path's mode and size, or a status."""
        return (FILE, self.size) if path.rstrip("/").endswith("x") else (FOLDER, 0)

    def data(self, offset, length):
        """Bytes, or a status."""
        return b"d" * min(length, self.real_size - offset) if offset < self.real_size else EOF

    def write(self, offset, data):
        return OK

    # the protocol

    def send(self, kind, number, rest):
        packet = bytes([kind]) + struct.pack(">I", number) + rest
        sys.stdout.buffer.write(struct.pack(">I", len(packet)) + packet)
        sys.stdout.buffer.flush()

    def status(self, number, code, words="no"):
        self.send(101, number, struct.pack(">I", code) + text(words) + text(""))

    def names(self, number, names):
        self.send(104, number, struct.pack(">I", len(names)) +
                  b"".join(text(name) + text(name) + attrs for name, attrs in names))

    def attrs(self, number, path, follow):
        found = self.look(path, follow)
        if isinstance(found, int):
            self.status(number, found)
        else:
            self.send(105, number, facts(*found))

    def list(self, number):
        self.lists += 1
        if self.lists == 1:
            self.names(number, self.entries())
        else:
            self.lists = 0
            self.status(number, EOF)

    def extended(self, number, name, rest):
        self.status(number, UNSUPPORTED)

    def answer(self, kind, number, rest):
        length, = struct.unpack(">I", rest[:4])
        first, rest = rest[4:4 + length], rest[4 + length:]
        path = first.decode(errors="replace")
        if kind in (7, 17):
            self.attrs(number, path, kind == 17)
        elif kind == 8:
            self.send(105, number, facts(FILE, self.real_size))
        elif kind in (3, 11):
            self.send(102, number, text("handle"))
        elif kind == 12:
            self.list(number)
        elif kind == 5:
            self.give(number, *struct.unpack(">QI", rest[:12]))
        elif kind == 6:
            offset, length = struct.unpack(">QI", rest[:12])
            self.status(number, self.write(offset, rest[12:12 + length]))
        elif kind in (9, 10):
            offset, = struct.unpack(">Q", rest[4:12]) if rest[3] & 1 else (None,)
            self.cut(offset)
            self.status(number, OK)
        elif kind == 16:
            self.names(number, [(self.home if path == "." else path, facts())])
        elif kind == 19:
            self.names(number, [(self.target(path), facts())])
        elif kind == 200:
            self.extended(number, path, rest)
        else:
            self.status(number, OK)

    def give(self, number, offset, length):
        data = self.data(offset, length)
        if isinstance(data, int):
            self.status(number, data)
        else:
            self.send(103, number, text(data))

    def cut(self, size):
        pass

    def hello(self):
        """The version."""
        return 3

    def target(self, path):
        return sys.argv[2]

    def run(self):
        read = sys.stdin.buffer.read
        while len(head := read(4)) == 4:
            packet = read(struct.unpack(">I", head)[0])
            if packet[0] == 1:
                answer = bytes([2]) + struct.pack(">I", self.hello()) + b"".join(
                    text(name) + text(value) for name, value in self.extensions)
                sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
                sys.stdout.buffer.flush()
            else:
                self.answer(packet[0], struct.unpack(">I", packet[1:5])[0], packet[5:])


class LinkThenFile(Server):
    """x is listed twice; the first look at it finds a link, the second a file."""

    def entries(self):
        return 2 * [("x", facts(FILE, 10))]

    def look(self, path, follow):
        if not path.endswith("x"):
            return FOLDER, 0
        self.looks[path] = self.looks.get(path, 0) + 1
        return (LINK, 0) if self.looks[path] == 1 else (FILE, 10)

    real_size = 10


class AlwaysLink(LinkThenFile):
    def look(self, path, follow):
        return (LINK, 0) if path.endswith("x") else (FOLDER, 0)


class Grown(Server):
    """Longer than the list says."""
    size, real_size = 131072, 1000000


class GrownMuch(Server):
    """The same, where holes would be looked for."""
    size, real_size = 1 << 20, (1 << 20) + 1000
    extensions = [("ranges@asyncssh.com", "1")]

    def extended(self, number, name, rest):
        offset, length = struct.unpack(">QQ", rest[10:26])
        end = min(offset + length, self.real_size)
        self.send(201, number, struct.pack(">I", 1) + struct.pack(">QQ", offset, end - offset) + b"\1")


class Enormous(GrownMuch):
    """Larger than any file, and all but its beginning and its end is a hole."""
    size = real_size = 2**64 - 1

    def extended(self, number, name, rest):
        self.send(201, number, struct.pack(">IQQB", 1, self.size - 100, 100, 1))

    def data(self, offset, length):
        return EOF if 1000 <= offset < 2**63 else Server.data(self, offset, min(length, 1000))


class Shrunk(GrownMuch):
    """Shorter, and what is missing looks like a hole at the end."""
    size, real_size = 3 << 20, 1 << 20


class Emptied(Server):
    """Empty by now."""
    size = real_size = 0


class NoSize(Server):
    """Nobody is told how large it is."""
    size = None
    real_size = 10


class Gap(Server):
    """Says at one place that the file ends, and gives what is behind it."""
    size = real_size = 1000000

    def data(self, offset, length):
        return EOF if offset == 0 or offset == 262144 else Server.data(self, offset, length)


class Keeper(Server):
    """What is written is kept in argv[2]."""
    writes = False

    def answer(self, kind, number, rest):
        length, = struct.unpack(">I", rest[:4])
        if kind == 3:
            self.writes = bool(rest[4 + length + 3] & 2)
        if kind == 8 and self.writes:
            self.send(105, number, facts(FILE, os.path.getsize(sys.argv[2]) if os.path.exists(sys.argv[2]) else 0))
        else:
            Server.answer(self, kind, number, rest)

    def look(self, path, follow):
        return (FOLDER, 0) if path == "/" else Server.look(self, path, follow) if path.endswith("x") else NO_SUCH

    def write(self, offset, data):
        mode = "r+b" if os.path.exists(sys.argv[2]) else "wb"
        with open(sys.argv[2], mode) as out:
            out.seek(offset)
            out.write(data)
        return OK

    def cut(self, size):
        if size is not None:
            with open(sys.argv[2], "r+b") as out:
                out.truncate(size)


class FailedWrite(Keeper):
    """One write in the middle fails, those behind it do not."""

    def look(self, path, follow):
        return (FOLDER, 0) if path == "/" else NO_SUCH

    def write(self, offset, data):
        return FAILURE if 0 < offset <= 262144 else Keeper.write(self, offset, data)


class FailedRead(Keeper):
    """The same of reads."""
    size = real_size = 1000000

    def data(self, offset, length):
        return FAILURE if offset == 65536 else Keeper.data(self, offset, length)


class FailedLate(FailedRead):
    """A read fails that did not when it was made first; what is in argv[2] can be read, too."""
    tries = 0

    def answer(self, kind, number, rest):
        length, = struct.unpack(">I", rest[:4])
        if kind == 3 and rest[4:4 + length].endswith(b"z") and not rest[4 + length + 3] & 2:
            self.send(102, number, text("target"))
        elif kind == 5 and rest[4:4 + length] == b"target":
            offset, size = struct.unpack(">QI", rest[4 + length:16 + length])
            with open(sys.argv[2], "rb") as there:
                there.seek(offset)
                self.send(103, number, text(there.read(size)))
        else:
            FailedRead.answer(self, kind, number, rest)

    def data(self, offset, length):
        self.tries += offset == 950272
        return FAILURE if offset == 950272 and self.tries > 1 else Keeper.data(self, offset, length)


class EarlyEnd(FailedRead):
    """One read in the middle finds the end."""

    def data(self, offset, length):
        return EOF if offset == 65536 else Keeper.data(self, offset, length)


class Stalls(FailedRead):
    """No answer to a read in the middle."""

    def give(self, number, offset, length):
        if offset != 65536:
            FailedRead.give(self, number, offset, length)


class Tiny(Keeper):
    """Takes and gives few bytes at a time, and has few handles."""
    size = real_size = 3 << 20
    extensions = [("limits@openssh.com", "1")]
    most = 512

    def extended(self, number, name, rest):
        self.send(201, number, struct.pack(">QQQQ", 1000, self.most, self.most, 2))

    def data(self, offset, length):
        return FAILURE if length > self.most else Server.data(self, offset, length)

    def write(self, offset, data):
        return FAILURE if len(data) > self.most else Keeper.write(self, offset, data)


class Tiniest(Tiny):
    size = real_size = 5000
    most = 1


class OneHandle(Tiny):
    """Has one handle, and says so."""

    def extended(self, number, name, rest):
        self.send(201, number, struct.pack(">QQQQ", 1000, self.most, self.most, 1))


class NoLimits(Tiny):
    """0 is for what is not told."""
    most = 0

    def data(self, offset, length):
        return Server.data(self, offset, length)

    def write(self, offset, data):
        return Keeper.write(self, offset, data)


class BrokenList(Server):
    """The list breaks off."""

    def list(self, number):
        self.lists += 1
        if self.lists == 1:
            self.names(number, self.entries())
        else:
            self.status(number, FAILURE)


class NoNames(Server):
    """Lists without a name, and then the end."""

    def list(self, number):
        self.lists += 1
        if self.lists < 5:
            self.names(number, [])
        else:
            Server.list(self, number)


class NeverNames(Server):
    """Lists without a name, to no end."""

    def list(self, number):
        self.names(number, [])


class LongNames(Server):
    """A list without an end."""

    def list(self, number):
        self.lists += 1
        self.send(104, number, struct.pack(">I", 1) + text(f"{self.lists}" + "n" * 200000) + text("") + facts(FILE, 3))


class NoAnswer(Server):
    """None to a list, which leaves argv[2] behind."""

    def list(self, number):
        with open(sys.argv[2], "w"):
            pass


class Escapes(Server):
    """A name that commands the terminal."""

    def entries(self):
        return [("\x1b]0;owned\x07x", facts(FILE, 3)), ("s\nsftp> fake x", facts(FILE, 3)),
                ("a\u202ex", facts(FILE, 3))]

    size = real_size = 3


class Removed(Server):
    """Which paths are to be removed is kept in argv[2]."""

    def answer(self, kind, number, rest):
        if kind in (13, 15):
            with open(sys.argv[2], "ab") as out:
                out.write(rest[4:] + b"\n")
        Server.answer(self, kind, number, rest)


class Upwards(Removed):
    """Names that lead out of the folder."""

    def entries(self):
        return [(name, facts(FILE, 3)) for name in (".", "..", "../x", "a/x", "/x", "", "x")]


class Deep(Removed):
    """A folder in each folder."""

    def entries(self):
        return [("d" * 200, facts(FOLDER))]


class Tree(Removed):
    """Each folder has its own list, and no more than a few can be open at a time."""
    open_max = 40

    def __init__(self):
        super().__init__()
        self.places = {}

    def names_in(self, path):
        return []

    def answer(self, kind, number, rest):
        length, = struct.unpack(">I", rest[:4])
        path = rest[4:4 + length].decode()
        if kind == 11 and len(self.places) >= self.open_max:
            self.status(number, FAILURE, "too many folders are open")
        elif kind == 11:
            self.places[path] = self.names_in(path)
            self.send(102, number, text(path))
        elif kind == 12:
            names, self.places[path] = self.places[path], None
            if names:
                self.names(number, [(name, facts(FOLDER)) for name in names])
            else:
                self.status(number, EOF)
        else:
            if kind == 4:
                self.places.pop(path)
            super().answer(kind, number, rest)


class Crowd(Tree):
    """A few thousand folders in one answer, some of them with such in them, and again."""
    open_max = 40

    def names_in(self, path):
        depth = path.count("/")
        wide = path == "/d" or path.endswith("w")
        return [f"{i}" for i in range(3000)] + ["w"] if wide and depth < 4 else []


class Swarm(Tree):
    """The same in each folder, to no end."""
    open_max = 10000

    def names_in(self, path):
        return [f"{i}" for i in range(3000)]


class BreaksOff(Server):
    """A file that cannot be read to its end, which is said at length."""

    def data(self, offset, length):
        return FAILURE if offset else b"d" * length

    def status(self, number, code, words="w" * 1000):
        Server.status(self, number, code, words)


class EscapedHome(Server):
    """Where one begins commands the terminal."""
    home = "/\x1b]0;owned\x07"


class Lines(Server):
    """Names and words that look like lines of the command's own, for files that cannot be read."""

    def entries(self):
        return [(name, facts(FILE, 3)) for name in ("a\nscp: fake\u202e", "b\nscp: fake\u202e/", "x\nsftp> fake")]

    def look(self, path, follow):
        return (FILE, 3) if path.endswith(("x", "fake", "fake\u202e")) else (FOLDER, 0)

    def data(self, offset, length):
        return FAILURE

    def status(self, number, code, words="no\nscp: fake\u202e\x1b[2J"):
        Server.status(self, number, code, words)


class OddTimes(Server):
    """Version 6, with files of times that no clock shows."""
    times = (-2**63, 2**63 - 1, 0, -1, 2**62, -2**62)

    def names(self, number, names):
        self.send(104, number, struct.pack(">I", len(names)) + b"".join(
            text(name) + (attrs if len(attrs) > 4 else attrs + bytes([2])) for name, attrs in names))

    def attrs(self, number, path, follow):
        self.send(105, number, struct.pack(">IB", 0, 2))

    def entries(self):
        return [(f"x{i}", struct.pack(">IBQq", 0x21, 1, 5, time)) for i, time in enumerate(self.times)]

    def hello(self):
        return 6


class OddHome(Server):
    home = "////////////////"


class NoHome(Server):
    home = ""


if __name__ == "__main__":
    globals()[sys.argv[1]]().run()
