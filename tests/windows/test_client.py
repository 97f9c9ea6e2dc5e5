#!/usr/bin/python3
"""What a user of cleat.exe sees: files, pipes and NUL as standard streams, agents, proxies, jumps,
questions, the console, refused files and wrong names."""
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wine import (CLEAT_EXE, USER, WIN, WINE_RUN, Terminal, WinScratch, cmd, environment, expect,  # noqa: E402
                  finish, kill, on_c, processes, report, settles, sha256, win, wine)

PEER = win(os.path.join(WIN, "win_peer.exe"))


def quoted(words):
    return " ".join(f'"{w}"' for w in words)


def streams(s, port):
    client = quoted([win(CLEAT_EXE), *s.client_args(port)])
    payload, copy = s.file("payload"), s.file("copy")
    with open(payload, "wb") as out:
        out.write(s.payload)
    problem = s.file("problem")
    done = cmd(f'{client} "cat; echo problem >&2; exit 3" <"{win(payload)}" >"{win(copy)}" '
               f'2>"{win(problem)}" & echo status !errorlevel!')
    same = sha256(open(copy, "rb").read()) == sha256(s.payload)
    expect("files as stdin, stdout and stderr", (
        not same or open(problem).read() != "problem\n" or b"status 3" not in done.stdout)
        and f"{done} {os.path.getsize(copy)}")
    done = cmd(f'{client} "cat | wc -c; echo gone >&2; exit 4" <NUL 2>NUL & echo status !errorlevel!')
    expect("NUL as stdin and stderr", done.stdout.split() != [b"0", b"status", b"4"] and repr(done))
    done = cmd(f'{client} "head -c 3000000 /dev/zero; exit 5" <NUL >NUL & echo status !errorlevel!')
    expect("NUL as stdout", b"status 5" not in done.stdout and repr(done))


def pipes(s, port):
    """Windows' own, whose other ends do not all behave."""
    quiet = processes()
    peer = quoted([PEER])

    def client(command):
        return quoted([win(CLEAT_EXE), *s.client_args(port), command])

    done = wine(PEER, "join", "2", f"{peer} make 5000000", client("cat; echo problem >&2"),
                f"{peer} copy")
    made = wine(PEER, "make", "5000000").stdout
    expect("pipes on both sides", (sha256(done.stdout) != sha256(made) or done.returncode or
                                   b"problem" not in done.stderr) and f"{len(done.stdout)} {done.stderr}")
    done = wine(PEER, "join", "1", f"{peer} make 100000000", client("exit 6"))
    expect("a command that reads nothing ends all the same", done.returncode != 6 and repr(done))
    done = wine(PEER, "hold", client("echo ended; exit 7"))
    expect("open stdin does not hold the end up", (done.returncode, done.stdout) != (7, b"ended\n")
           and repr(done))
    done = wine(PEER, "join", "0", client("cat /dev/zero"), f"{peer} exit 0")
    expect("a reader that has gone ends the client", not done.returncode and repr(done))
    # The client may not take more than it can pass on, nor be in anyone's way.
    deaf = subprocess.Popen([WINE_RUN, PEER, "join", "1", client("cat /dev/zero"), f"{peer} wait"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=environment())
    there = settles(lambda: list(processes().values()).count("win_peer.exe") > 1)
    done = s.cleat_exe(port, command="echo meanwhile")
    expect("a reader that never reads holds nobody else up", (not there or done.stdout != b"meanwhile\n")
           and repr(done))
    kill("win_peer.exe")
    deaf.wait()
    expect("and its client ends with it", not settles(lambda: processes() == quiet)
           and repr(processes()))
    held = subprocess.Popen([WINE_RUN, PEER, "hold", client("echo in; cat")], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment())
    held.stdout.readline()
    kill("win_peer.exe")
    held.wait()
    expect("a killed parent ends the client", not settles(lambda: processes() == quiet)
           and repr(processes()))


def agent(s, port):
    """A real agent, whose socket is carried to the pipe that Windows programs know."""
    path = s.file("agent.sock")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(a, b):
        try:
            while piece := a.recv(65536):
                b.sendall(piece)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def accept():
        while True:
            client, _ = listener.accept()
            behind = socket.socket(socket.AF_UNIX)
            behind.connect(path)
            for pair in ((client, behind), (behind, client)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    bridge = None
    try:
        settles(lambda: os.path.exists(path))
        subprocess.run(["ssh-add", "-q", s.file("user_ecdsa384")], check=True,
                       env={**os.environ, "SSH_AUTH_SOCK": path})
        bridge = subprocess.Popen([WINE_RUN, os.path.join(WIN, "win_peer.exe"), "bridge",
                                   "\\\\.\\pipe\\openssh-ssh-agent", str(listener.getsockname()[1])],
                                  stdout=subprocess.PIPE, env=environment())
        bridge.stdout.readline()
        base = ["-o", "IdentityFile none"]
        args = [a for a in s.client_args(port, *base) if a not in ("-i", win(s.file("user_ed25519")))]
        done = wine(CLEAT_EXE, *args, "echo in")
        expect("the OpenSSH agent's pipe is the usual agent", done.stdout != b"in\n" and repr(done))
        for said in ("\\\\.\\pipe\\openssh-ssh-agent", "//./pipe/openssh-ssh-agent"):
            done = wine(CLEAT_EXE, *args[:-1], "-o", f"IdentityAgent {said}", args[-1], "echo in",
                        env={"SSH_AUTH_SOCK": "\\\\.\\pipe\\no-such-agent"})
            expect(f"IdentityAgent {said}", done.stdout != b"in\n" and repr(done))
        done = wine(CLEAT_EXE, *args[:-1], "-o", "IdentityAgent none", args[-1], "echo in")
        expect("IdentityAgent none", done.returncode != 255 and repr(done))
    finally:
        if bridge:
            bridge.kill()
            bridge.wait()
        process.terminate()
        process.wait()
        listener.close()


def proxies(s, port, other):
    before = processes()
    inner = quoted([win(CLEAT_EXE), *s.client_args(port, "-W", "%h:%p")])
    done = s.cleat_exe(other, "-o", f"ProxyCommand {inner}", command="cat; exit 8", data=s.payload)
    expect("ProxyCommand through cmd.exe", (done.returncode != 8 or done.stdout != s.payload)
           and repr(done)[:600])
    expect("the proxy ends with its connection", not settles(lambda: processes() == before)
           and repr(processes()))
    killed = subprocess.Popen([WINE_RUN, CLEAT_EXE, *s.client_args(other, "-o", f"ProxyCommand {inner}"),
                               "echo in; sleep 1000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=environment())
    killed.stdout.readline()
    killed.kill()
    killed.wait()
    expect("and with a client that was killed", not settles(lambda: processes() == before)
           and repr(processes()))
    config = s.file("jump.conf")
    with open(config, "w") as out:
        out.write(f"Host near\n  Hostname 127.0.0.1\n  Port {port}\nHost far\n  Hostname 127.0.0.1\n"
                  f"  Port {other}\n  ProxyJump near\nHost *\n  User {USER}\n  BatchMode yes\n"
                  f"  IdentityFile \"{win(s.file('user_ed25519'))}\"\n"
                  f"  StrictHostKeyChecking no\n  UserKnownHostsFile NUL\n  LogLevel ERROR\n")
    os.chmod(config, 0o600)
    done = wine(CLEAT_EXE, "ssh", "-F", win(config), "far", "cat; exit 9", data=s.payload)
    expect("ProxyJump", (done.returncode != 9 or done.stdout != s.payload) and repr(done)[:600])


def places(s, port):
    """%USERPROFILE%\\.ssh, %ProgramData%\\cleat and %ProgramData%\\ssh, in this order."""
    home, _ = on_c("users", USER, ".ssh")
    ours, _ = on_c("ProgramData", "cleat")
    system, _ = on_c("ProgramData", "ssh")
    os.makedirs(home, mode=0o700, exist_ok=True)
    os.makedirs(ours, mode=0o755, exist_ok=True)
    os.makedirs(system, mode=0o755, exist_ok=True)
    host = " ".join(open(s.file("host_ed25519.pub")).read().split()[:2])
    files = {os.path.join(home, "config"): f"Host by-user by-system\n  Hostname 127.0.0.1\n  Port {port}\n"
             "Host by-user\n  StrictHostKeyChecking accept-new\n",
             os.path.join(ours, "ssh_config"): f"Host by-*\n  Port 1\n  User {USER}\n",
             os.path.join(system, "ssh_config"): "Host by-*\n  Port 2\n  User nobody\n  SetEnv LC_TAG=system\n"
             "Host by-system\n  StrictHostKeyChecking yes\n  HostKeyAlias known-here\n",
             os.path.join(system, "ssh_known_hosts"): f"known-here {host}\n",
             os.path.join(home, "id_ed25519"): open(s.file("user_ed25519")).read()}
    try:
        for path, text in files.items():
            with open(path, "w") as out:
                out.write(text)
            os.chmod(path, 0o600)
        done = wine(CLEAT_EXE, "ssh", "-o", "BatchMode yes", "by-user", "echo tag=$LC_TAG")
        expect("the user's files count before the system's", b"tag=system" not in done.stdout
               and repr(done))
        done = wine(CLEAT_EXE, "ssh", "-o", "BatchMode yes", "by-system", "echo in")
        expect("the system's known hosts are known", done.stdout != b"in\n" and repr(done))
        os.chmod(os.path.join(ours, "ssh_config"), 0o666)
        done = wine(CLEAT_EXE, "ssh", "-o", "BatchMode yes", "by-user", "echo in")
        expect("a system's file that everyone can change is refused", (
            done.returncode != 255 or b"icacls" not in done.stderr) and repr(done))
        os.chmod(os.path.join(ours, "ssh_config"), 0o600)
        known = os.path.join(home, "known_hosts")
        expect("known_hosts is the user's", (not os.path.exists(known) or
                                             f"[127.0.0.1]:{port} " not in open(known).read())
               and repr(done))
        os.chmod(os.path.join(home, "id_ed25519"), 0o644)
        done = wine(CLEAT_EXE, "ssh", "-o", "BatchMode yes", "by-user", "echo in")
        expect("a key that everyone can read is refused, with the entry and the cure", (
            done.returncode != 255 or b"icacls" not in done.stderr or b"Everyone" not in done.stderr)
            and repr(done))
    finally:
        for path in [*files, os.path.join(home, "known_hosts")]:
            if os.path.exists(path):
                os.remove(path)


def questions(s, port):
    key = s.file("user_locked")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", key], check=True)
    with open(s.file("authorized_keys"), "a") as out:
        out.write(open(key + ".pub").read())
    args = [a for a in s.client_args(port, key="locked") if a != "BatchMode yes"]
    args.remove("-o")
    done = wine(CLEAT_EXE, *args, "echo in", env={
        "SSH_ASKPASS": PEER, "SSH_ASKPASS_REQUIRE": "force", "CLEAT_TEST_ANSWER": "open sesame"})
    expect("SSH_ASKPASS gives the passphrase", done.stdout != b"in\n" and repr(done))
    terminal = Terminal([WINE_RUN, CLEAT_EXE, *args, "echo made it"])
    asked = terminal.until(b"passphrase")
    terminal.type(b"open sesame\r")
    came = terminal.until(b"made it")
    terminal.end()
    expect("a passphrase is asked for on the console", not (asked and came) and repr(terminal.seen))
    expect("and not shown", b"sesame" in terminal.seen and repr(terminal.seen))


def console(s, port):
    before = processes()
    terminal = Terminal([WINE_RUN, CLEAT_EXE, *s.client_args(port, "-tt"),
                         "trap 'exit 41' QUIT; echo at $(tty); cat -v"])
    expect("a terminal is asked for", not terminal.until(b"at /dev/") and repr(terminal.seen))
    terminal.type("\u00fc\r".encode())
    expect("what is typed is sent as UTF-8", not terminal.until(b"M-CM-<") and repr(terminal.seen))
    # Not Ctrl-C, which Wine keeps to itself; the other side makes a signal of this one too.
    terminal.type(b"\x1c")
    status = terminal.end()
    expect("control characters go to the other side", status != 41 and
           f"{status} {terminal.seen!r}")
    terminal = Terminal([WINE_RUN, CLEAT_EXE, *s.client_args(port, "-tt"), "echo ready; cat"])
    terminal.until(b"ready")
    terminal.hang_up()
    status = terminal.end()
    expect("a console that goes away ends the client", status is None and "it went on")
    expect("and leaves nothing", not settles(lambda: processes() == before) and repr(processes()))


def names(s, port):
    done = s.cleat_exe(port, "-E", "Z:" + "\\x" * 8000)
    expect("a name of 16000 characters is an error", (done.returncode != 255 or not done.stderr)
           and repr(done)[-600:])
    folder = s.file("/".join(["d" * 100] * 4))
    os.makedirs(folder)
    path = os.path.join(folder, "config")
    with open(path, "w") as out:
        out.write("SetEnv LC_TAG=deep\n")
    os.chmod(path, 0o600)
    options = s.client_args(port)
    options[options.index("none")] = win(path)
    done = wine(CLEAT_EXE, *options, "echo $LC_TAG")
    expect("a path beyond 260 characters is read", done.stdout != b"deep\n" and repr(done))
    for name in ("AUX", "config:stream", "C:\\no\\such\\config", "sch\u00f6n-\u65e5"):
        options[options.index("-F") + 1] = name
        done = wine(CLEAT_EXE, *options, "true")
        expect(f"-F {name} is an error that names it", (
            done.returncode != 255 or name.encode() not in done.stderr) and repr(done))
    log = s.file("sch\u00f6n.log")
    done = s.cleat_exe(port, "-v", "-E", win(log))
    expect("a log file with a name in Unicode", (not os.path.exists(log) or "debug1" not in
                                                 open(log).read()) and repr(done))


def main():
    s = WinScratch()
    try:
        port, other = s.sshd("sshd", ["AcceptEnv LC_*"]), s.sshd("other")
        streams(s, port)
        pipes(s, port)
        agent(s, port)
        proxies(s, port, other)
        places(s, port)
        questions(s, port)
        console(s, port)
        names(s, port)
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        s.stop()
    finish()


main()
