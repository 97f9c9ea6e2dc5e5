#!/usr/bin/python3
"""What a session has besides bytes, with OpenSSH in both directions: terminals, their sizes and modes,
environment, subsystems, ends by signal, ends of writing; and with AsyncSSH what OpenSSH's programs do
not send or show: signals and breaks."""
import asyncio
import subprocess
import termios
import warnings

from peers import CLEAT, USER, Scratch, finish, report, run_cells
from rows import client_options, row_problem
from terminal import Terminal

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import asyncssh
except ImportError:
    asyncssh = None

SETTINGS = ("AcceptEnv LC_COLOUR", "Subsystem copy cat; exit 3")


class Way:
    """One of the two directions."""

    def __init__(self, scratch, name, program, run, port):
        self.scratch, self.name, self.program, self.port = scratch, name, program, port
        self.run = lambda *options, **more: run(port, *options, **more)

    def args(self, command, *options):
        return [*self.program, "-F", "none", *options, "-p", str(self.port), "-i",
                self.scratch.file("user_ed25519"), "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", f"{USER}@127.0.0.1", command]

    def on_terminal(self, command, **more):
        return Terminal(self.args(command, "-tt"), **more)

    def start(self, command, *options, stdin=subprocess.DEVNULL):
        return subprocess.Popen(self.args(command, *options), stdin=stdin, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)


def unless(good, *evidence):
    return None if good else " ".join(repr(thing) for thing in evidence)


# --- terminals ----------------------------------------------------------------------------------

def terminal_type_and_size(way):
    with way.on_terminal("tty; stty size; echo type=$TERM; exit 9", rows=31, columns=97) as t:
        status = t.end()
        return unless(status == 9 and b"/dev/pts/" in t.seen and b"31 97" in t.seen
                      and b"type=vt220" in t.seen, status, t.seen)


def a_new_size(way):
    with way.on_terminal("trap 'stty size; exit 5' WINCH; echo re''ady; while :; do sleep 0.1; done") as t:
        t.wait_for(b"ready")
        t.resize(40, 121)
        before = t.wait_for(b"40 121")
        return unless(t.end() == 5, before)


def odd_modes(fd):
    modes = termios.tcgetattr(fd)
    modes[0] = modes[0] & ~termios.IXON | termios.ISTRIP
    modes[6][termios.VINTR] = b"\x18"
    modes[6][termios.VEOF] = b"\x05"
    termios.tcsetattr(fd, termios.TCSANOW, modes)


def modes_of_the_terminal(way):
    with way.on_terminal("stty -a", prepare=odd_modes) as t:
        status = t.end()
        return unless(status == 0 and all(word in t.seen for word in (
            b"intr = ^X;", b"eof = ^E;", b"-ixon", b" istrip")), status, t.seen)


def an_interrupt_typed(way):
    with way.on_terminal("trap 'echo caught; exit 6' INT; echo re''ady; while :; do sleep 0.1; done") as t:
        t.wait_for(b"ready")
        t.type(b"\x03")
        t.wait_for(b"caught")
        return unless(t.end() == 6)


# --- the rest -----------------------------------------------------------------------------------

def environment(way):
    done = way.run("-o", "SetEnv=LC_COLOUR=blue LC_OTHER=no", command="echo $LC_COLOUR-$LC_OTHER")
    return unless(done.stdout == b"blue-\n", done)


def a_subsystem(way):
    """OpenSSH's server drops what a subsystem says on stderr."""
    done = way.run("-s", *client_options({}, "600K"), command="copy", data=way.scratch.payload)
    done.stderr += b"problem"
    return row_problem({}, done, way.scratch.payload)


def an_end_by_signal(way):
    done = way.run(command="kill -KILL $$")
    return unless(done.returncode == 255, done)


def an_end_of_writing(way):
    """The command closes its input and goes on. The daemon says so to the client, which has more than
    the windows hold. (OpenSSH's server says it to its own client only.)"""
    with open(way.scratch.file("zeros"), "w+b") as zeros:
        zeros.truncate(16 << 20)
        with way.start("head -c 5; exec <&-; exec sleep 60", "-o", "LogLevel=DEBUG3",
                       stdin=zeros) as client:
            came = client.stdout.read(5)
            said = any(b"eow@openssh.com" in line for line in client.stderr)
            client.terminate()
            return unless(said and came == bytes(5), said, came)


def an_end_of_reading(way):
    """Nobody reads our client's output any more. It says so, and the command's writing fails, after
    which OpenSSH's server passes on the status alone. (Its client says it to its own server only.)"""
    with way.start("yes; exit 4") as client:
        client.stdout.read(5)
        client.stdout.close()
        problem = client.stderr.read()
        return unless(client.wait(30) == 4, client.returncode, problem)


def no_input(way):
    done = way.run("-n", command="cat; echo done")
    return unless(done.stdout == b"done\n", done)


def much_on_stderr(way):
    done = way.run("-o", "RekeyLimit=600K", command="head -c 1048576 /dev/zero >&2; exit 3")
    return unless(done.returncode == 3 and done.stderr == bytes(1 << 20), done.returncode,
                  len(done.stderr), done.stderr[-200:].strip(b"\0"))


ANY_WAY = (terminal_type_and_size, a_new_size, modes_of_the_terminal, an_interrupt_typed, environment,
           a_subsystem, an_end_by_signal, no_input, much_on_stderr)


def both_ways(scratch):
    to_sshd = Way(scratch, "cleat to sshd", [CLEAT, "ssh"], scratch.cleat_ssh,
                  scratch.sshd("sshd", SETTINGS))
    to_cleatd = Way(scratch, "ssh to cleatd", ["ssh"], scratch.openssh,
                    scratch.cleatd("cleatd", SETTINGS))
    for way, tests in ((to_sshd, (*ANY_WAY, an_end_of_reading)),
                       (to_cleatd, (*ANY_WAY, an_end_of_writing))):
        for test in tests:
            yield (f"{way.name}: {test.__name__.replace('_', ' ')}",
                   lambda test=test, way=way: test(way))


# --- AsyncSSH -----------------------------------------------------------------------------------

async def with_cleatd(scratch, port, use):
    async with asyncssh.connect("127.0.0.1", port, username=USER, known_hosts=None, config=None,
                                agent_path=None, client_keys=[scratch.file("user_ed25519")]) as conn:
        return await asyncio.wait_for(use(conn), 60)


async def a_signal(conn):
    async with conn.create_process("trap 'echo caught; exit 4' USR1; echo ready; "
                                   "while :; do sleep 0.1; done") as process:
        await process.stdout.readline()
        process.send_signal("USR1")
        line = await process.stdout.readline()
        await process.wait()
        return unless(line == "caught\n" and process.exit_status == 4, line, process.exit_status)


async def a_name_of_a_signal(conn):
    done = await conn.run("kill -TERM $$")
    return unless(done.exit_status == -1 and done.exit_signal[0] == "TERM", done.exit_status,
                  done.exit_signal)


async def many_channels(conn):
    """As many at once as MaxSessions lets in by default."""
    runs = [conn.run("cat", input=str(i) * 100000) for i in range(10)]
    echoes = [done.stdout for done in await asyncio.gather(*runs)]
    return unless(echoes == [str(i) * 100000 for i in range(10)], [len(echo) for echo in echoes])


def a_break(scratch):
    """Our client's ~B, which AsyncSSH's server hands to the program."""
    came = []

    async def handle(process):
        process.stdout.write("ready\n")
        try:
            await process.stdin.readline()
        except asyncssh.BreakReceived as what:
            came.append(what.msec)
            process.exit(7)
        process.exit(8)

    async def use():
        acceptor = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[scratch.file("host_ed25519")], process_factory=handle,
            authorized_client_keys=scratch.file("authorized_keys"), line_editor=False)
        way = Way(scratch, "", [CLEAT, "ssh"], scratch.cleat_ssh, acceptor.sockets[0].getsockname()[1])

        def client():
            with way.on_terminal("x") as t:
                t.wait_for(b"ready")
                t.type(b"~B")
                return t.end()

        try:
            return await asyncio.get_running_loop().run_in_executor(None, client)
        finally:
            acceptor.close()

    status = asyncio.run(use())
    return unless(status == 7 and len(came) == 1, status, came)


def with_asyncssh(scratch):
    if not asyncssh:
        report("signals and breaks with AsyncSSH", skip="python3-asyncssh is not installed")
        return
    port = scratch.cleatd("for_asyncssh")
    for test in (a_signal, a_name_of_a_signal, many_channels):
        yield (f"AsyncSSH to cleatd: {test.__name__.replace('_', ' ')}",
               lambda test=test: asyncio.run(with_cleatd(scratch, port, test)))
    yield "cleat to AsyncSSH: a break", lambda: a_break(scratch)


def main():
    scratch = Scratch()
    try:
        run_cells([*both_ways(scratch), *with_asyncssh(scratch)])
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
