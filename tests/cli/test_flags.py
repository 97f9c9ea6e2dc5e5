#!/usr/bin/python3
"""cleat ssh's command line: every flag, what is wrong with others, and where its output goes."""
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, common, expect  # noqa: E402
from peers import CLEAT, USER, Scratch, finish  # noqa: E402


def run(*args):
    return subprocess.run([CLEAT, "ssh", *args], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)


def refusals():
    for args, words in (
            (["-L", "1:a:2", "x"], "-L: listening"), (["-R", "1:a:2", "x"], "-R: listening"),
            (["-D", "1", "x"], "-D: listening"), (["-g", "x"], "-g: listening"),
            (["-A", "x"], "-A: forwarding the agent"), (["-X", "x"], "-X: forwarding X11"),
            (["-Y", "x"], "-Y: forwarding X11"), (["-w", "0", "x"], "-w: forwarding network"),
            (["-M", "x"], "-M: sharing"), (["-O", "exit", "x"], "-O: sharing"),
            (["-S", "path", "x"], "-S: sharing"), (["-K", "x"], "-K: logging in with Kerberos"),
            (["-I", "lib", "x"], "-I: keys on smartcards"), (["-1", "x"], "-1: version 1"),
            (["-z", "x"], "-z is no option"), (["-p"], "-p: a value is missing"),
            (["-p", "0", "x"], "Port: 0 is not between 1 and 65535"),
            (["-p", "ssh", "x"], "Port: \"ssh\" is not a number"),
            (["-e", "xx", "x"], "EscapeChar \"xx\""),
            (["-o", "ObscureKeystrokeTiming maybe", "x"], "ObscureKeystrokeTiming \"maybe\""), (["-F", "/nowhere", "x"], "/nowhere"),
            (["-E", "/nowhere/log", "x"], "/nowhere/log"),
            (["-c", "foo", "x"], "Ciphers: algorithm \"foo\" is not supported"),
            (["-o", "HostbasedAcceptedAlgorithms=foo", "x"],
             "HostbasedAcceptedAlgorithms: algorithm \"foo\" is not supported"),
            (["-o", "Hostnam y", "x"], "did you mean Hostname?"),
            (["-o", "User %z", "x"], "User \"%z\": %z means nothing here"),
            (["-o", "Port", "x"], "Port: a value is missing"),
            (["-o", "ExitOnForwardFailure yes", "-o", "LocalForward 1 a:2", "x"], "LocalForward"),
            (["-J", "a@", "x"], "\"a@\" is no destination"), (["user@"], "\"user@\" is no destination"),
            (["ssh://h/path"], "is no destination"), (["-Q", "foo"], "-Q help"), ([], "usage:"),
            (["--", "-oProxyCommand=true"], "is no destination"), (["a\x1bb"], "is no destination"),
            (["a`id`@x"], "the user name \"a`id`\" has"), (["-l", "a;id", "x"], "the user name \"a;id\""),
            (["-o", "User -oX", "x"], "the user name \"-oX\""), (["-l", "a\\", "x"], "the user name"),
            (["-J", "$(id)@j", "x"], "the user name \"$(id)\""), (["-l", "a -b", "x"], "the user name")):
        done = run(*(["-F", "none"] if "-F" not in args else []), *args)
        lines = done.stderr.count("\n")
        expect(f"{' '.join(args)} says what is wrong",
               (done.returncode != 255 or words not in done.stderr or
                (lines > 1 and "usage:" not in done.stderr)) and repr(done))


def unreachable(port):
    for args, words in (
            (["-p", "1", "127.0.0.1"], "connect to host 127.0.0.1 port 1: Connection refused"),
            (["name.invalid"], "Could not resolve hostname name.invalid"),
            (["-b", "192.0.2.1", "-p", str(port), "127.0.0.1"], "from 192.0.2.1"),
            (["-B", "nothing0", "-p", str(port), "127.0.0.1"], "from nothing0"),
            (["-6", "-p", str(port), "127.0.0.1"], "Could not resolve hostname"),
            (["-c", "aes128-cbc", "-p", str(port), "127.0.0.1"], "Ours: aes128-cbc. Theirs: chacha"),
            (["-o", "ProxyCommand false", "x"], "Connecting to x port 22")):
        done = run("-F", "none", "-o", "BatchMode yes", *args)
        expect(f"{args[-1]} {args[0]}: one line says why",
               (done.returncode != 255 or words not in done.stderr or done.stderr.count("\n") != 1)
               and repr(done))


def queries():
    for what, name in (("cipher", "aes128-gcm@openssh.com"), ("cipher-auth", "aes256-gcm@openssh.com"),
                       ("kex", "curve25519-sha256"), ("mac", "umac-64-etm@openssh.com"),
                       ("key", "ssh-rsa"), ("key-plain", "ssh-ed25519"), ("sig", "rsa-sha2-512"),
                       ("key-sig", "rsa-sha2-256"), ("compression", "zlib@openssh.com"),
                       ("protocol-version", "2"), ("help", "cipher-auth"), ("Ciphers", "aes256-ctr"),
                       ("macs", "hmac-sha2-256"), ("KexAlgorithms", "mlkem768x25519-sha256"),
                       ("HostKeyAlgorithms", "ecdsa-sha2-nistp256"),
                       ("PubkeyAcceptedKeyTypes", "ssh-ed25519")):
        done = run("-Q", what)
        names = done.stdout.split()
        expect(f"-Q {what}", (done.returncode or name not in names or len(names) != len(set(names)))
               and repr(done))
    expect("-Q cipher-auth has no others", "aes256-ctr" in run("-Q", "cipher-auth").stdout)
    expect("-Q key has types, not signatures", "rsa-sha2-512" in run("-Q", "key").stdout)
    expect("-V", not run("-V").stderr.startswith("Cleat_"))


def places(scratch, client, port):
    link = scratch.file("ssh")
    os.symlink(os.path.abspath(CLEAT), link)
    for name, args in (
            ("ssh://user@host:port", [f"ssh://{USER}@127.0.0.1:{port}", "echo in"]),
            ("-l and -p", ["-l", USER, "-p", str(port), "127.0.0.1", "echo in"]),
            ("options after the host", ["127.0.0.1", "-p", str(port), "-l", USER, "echo in"]),
            ("-- ends the options", ["-p", str(port), "--", f"{USER}@127.0.0.1", "echo in"]),
            ("values in the same word", [f"-p{port}", f"-l{USER}", "127.0.0.1", "echo in"]),
            ("flags in one word", [f"-4Cnqp{port}", f"{USER}@127.0.0.1", "echo in"]),
            ("-o Keyword=value", ["-o", f"Port={port}", "-oUser=" + USER, "127.0.0.1", "echo in"]),
            ("the first value counts", ["-p", str(port), "-p", "1", "127.0.0.1", "echo in"]),
            ("a command of several words", ["-p", str(port), "127.0.0.1", "echo", "in"])):
        options = ["-F", client.path, "-i", scratch.file("user_ed25519")]
        done = subprocess.run([link, *options, *args], capture_output=True, timeout=30)
        expect(f"a link named ssh: {name}", done.stdout != b"in\n" and repr(done))


def sessions(scratch, client):
    for args, wanted in (
            (["-C", "-v", "x", "true"], b"compression: zlib@openssh.com"),
            (["-c", "aes128-ctr", "-m", "hmac-sha2-256", "-v", "x", "true"],
             b"cipher: aes128-ctr MAC: hmac-sha2-256"),
            (["-B", "lo", "x", "echo $SSH_CONNECTION"], b"127.0.0.1"),
            (["-b", "127.0.0.2", "x", "echo $SSH_CONNECTION"], b"127.0.0.2"),
            (["-tt", "x", "tty"], b"/dev/"), (["-t", "x", "tty"], b"not a tty"),
            (["-t", "x", "true"], b"stdin is not a terminal"), (["-T", "x", "tty"], b"not a tty"),
            (["-tt", "-e", "none", "x", "echo is in"], b"is in"),
            (["-v", "-o", "ForwardAgent yes", "x", "true"], b"ForwardAgent has no effect yet"),
            (["-s", "x", "sftp"], b""), (["-n", "x", "cat; echo over"], b"over"),
            (["-S", "none", "-2", "-a", "-x", "-k", "x", "echo in"], b"in"),
            (["-G", "x"], b"hostname 127.0.0.1")):
        args = ["-o", "LogLevel INFO", *args] if "-v" not in args else args
        done = client.run(*args, data=b"")
        expect(" ".join(args[:-2] if len(args) > 2 else args),
               (wanted not in done.stdout + done.stderr or done.returncode not in (0, 1)) and repr(done))
    done = client.run("-q", "-o", "PubkeyAuthentication no", "-o", "LogLevel DEBUG3", "x", "exit 3")
    expect("-q says nothing", (done.returncode != 255 or done.stderr) and repr(done))
    done = client.run("-y", "-v", "x", "echo in")
    expect("-y keeps the terminal free", (done.stdout != b"in\n" or done.stderr) and repr(done))
    told = [client.run(flag, "x", "true").stderr.count(b"\n") for flag in ("-v", "-vv", "-vvv")]
    expect("-v, -vv and -vvv tell more and more", not 0 < told[0] < told[1] < told[2] and told)


def verbose(client):
    done = client.run("-v", "x", "exit 6")
    said = done.stderr.decode().replace("\r", "").splitlines()
    wanted = ["debug1: Cleat_", "debug1: Connecting to 127.0.0.1 port", "debug1: Connected to",
              "debug1: Connection established.", "debug1: Local version string SSH-2.0-Cleat_",
              "debug1: Authenticating to 127.0.0.1:", "debug1: Remote protocol version 2.0, remote",
              "debug1: kex: algorithm: ", "debug1: kex: host key algorithm: ",
              "debug1: kex: server->client cipher: ", "debug1: kex: client->server cipher: ",
              "debug1: Server host key: ssh-ed25519 SHA256:", "debug1: SSH2_MSG_NEWKEYS sent",
              "debug1: SSH2_MSG_NEWKEYS received", "debug1: kex_input_ext_info: server-sig-algs=<",
              "debug1: Authentications that can continue: ",
              "debug1: Next authentication method: publickey", "debug1: Offering public key: ",
              "debug1: Server accepts key: ", "Authenticated to 127.0.0.1 ([127.0.0.1]:",
              "debug1: Sending command: exit 6", "Transferred: sent ", "debug1: Exit status 6"]
    found = [next((i for i, line in enumerate(said) if line.startswith(text)), None) for text in wanted]
    missing = [text for text, i in zip(wanted, found) if i is None]
    expect("-v has the lines that people look for", missing and f"{missing} {said}")
    expect("and in their order", not missing and found != sorted(found) and said)


def streams(client, scratch):
    script = "echo out; echo err >&2; cat; exit 5"
    for closed in (0, 1, 2):
        done = client.run("x", script, preexec_fn=lambda: os.close(closed))
        expect(f"descriptor {closed} may be closed", (
            done.returncode != 5 or (closed != 1 and b"out\n" not in done.stdout) or
            (closed != 2 and b"err\n" not in done.stderr)) and repr(done))
    with open("/dev/full", "w") as full:
        done = subprocess.run(client.args("x", "yes | head -c 30000000"), stdout=full,
                              stderr=subprocess.PIPE, timeout=30)
    expect("a full disk ends the output and is told", b"disk full" not in done.stderr and repr(done))
    process = subprocess.Popen(client.args("x", "yes"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    said = process.stderr.read()
    expect("a closed pipe ends the command quietly", (process.wait(20) not in (255, 141) or said) and repr(said))
    process.stderr.close()
    log = scratch.file("out")
    with open(log, "w") as out:
        subprocess.run(client.args("-v", "x", "echo in"), stdout=out, stderr=out, timeout=30)
    said = open(log, errors="replace").read()
    expect("output in a file has everything", ("in\n" not in said or "Exit status 0" not in said) and said)
    process = subprocess.Popen(client.args("-v", "-N", "x"), stderr=subprocess.PIPE)
    for line in process.stderr:
        if line.startswith(b"Authenticated"):
            break
    process.send_signal(signal.SIGTERM)
    said = process.stderr.read()
    expect("-N waits, and a signal ends it with 255",
           (process.wait(20) != 255 or b"Killed by signal 15." not in said) and said)


def time_limits(scratch, client):
    """A host that says nothing any more; one that never did, and one like it behind a jump host."""
    process = subprocess.Popen(client.args("-o", "ServerAliveInterval 1", "-o", "ServerAliveCountMax 1",
                                           "x", "echo $PPID; cat"), stdout=subprocess.PIPE,
                               stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    server = int(process.stdout.readline())
    os.kill(server, signal.SIGSTOP)
    said = process.stderr.read()
    os.kill(server, signal.SIGCONT)
    expect("ServerAliveInterval notices a silent server",
           (process.wait(20) != 255 or b"not responding" not in said) and said)
    process.stdin.close()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        for name, more in (("directly", []), ("behind a jump host", ["-J", "near"])):
            started = time.monotonic()
            done = client.run("-o", "ConnectTimeout 2", "-p", port, *more, "x", "true")
            expect(f"ConnectTimeout bounds a silent host {name}",
                   (done.returncode != 255 or b"timed out" not in done.stderr or
                    time.monotonic() - started > 25) and repr(done))


def main():
    scratch = Scratch()
    try:
        refusals()
        queries()
        port = scratch.server_with_terminals("server", ["Subsystem sftp /usr/lib/openssh/sftp-server"])
        unreachable(port)
        client = Client(scratch, f"{common(scratch, port).replace('Port', '# ').replace('LogLevel', '#')}"
                        f"Host near x\nPort {port}\nIdentityFile {scratch.file('user_ed25519')}\n"
                        "HostKeyAlgorithms ssh-ed25519\n")
        places(scratch, client, port)
        sessions(scratch, client)
        verbose(client)
        streams(client, scratch)
        time_limits(scratch, client)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
