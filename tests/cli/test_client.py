#!/usr/bin/python3
"""cleat ssh against OpenSSH's server and agent: configuration, keys in an agent, jump hosts."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, common, expect  # noqa: E402
from peers import CLEAT, USER, Scratch, finish  # noqa: E402


def configuration(scratch, port):
    included = scratch.file("more.conf")
    with open(included, "w") as out:
        out.write("Match host 127.* user nobody-else\n  RemoteCommand echo wrong\n"
                  "Match tagged blue\n  SetEnv LC_TAG=blue-%n\n")
    client = Client(scratch, f"Include {included}\n"
                    f"Match originalhost by-exec exec \"test %n = by-exec\"\n  SetEnv LC_TAG=exec\n"
                    f"Host one by-exec final\n  IdentityFile {scratch.file('user_ed25519')}\n"
                    f"Host *\n{common(scratch, port)}"
                    f"Match final host 127.0.0.1 originalhost final\n  SetEnv LC_TAG=final\n")
    show = "echo tag=$LC_TAG"
    done = client.run("-P", "blue", "one", show)
    expect("Include, Match tagged and tokens", b"tag=blue-one" not in done.stdout and repr(done))
    done = client.run("by-exec", show)
    expect("Match exec", b"tag=exec" not in done.stdout and repr(done))
    done = client.run("final", show)
    expect("Match final", b"tag=final" not in done.stdout and repr(done))
    done = client.run("-G", "-o", "Compression no", "-o", "Compression yes", "one")
    shown = done.stdout.decode().lower().splitlines()
    expect("-G shows what would be used, the first value of each",
           (f"port {port}" not in shown or "compression no" not in shown or "host one" not in shown)
           and repr(done))
    done = client.run("-G", "-c", "^aes256-ctr", "-o", "KexAlgorithms -sntrup*", "one")
    shown = dict(line.split(" ", 1) for line in done.stdout.decode().splitlines() if " " in line)
    expect("-G shows the algorithms by name, changes and defaults applied",
           (not shown["ciphers"].startswith("aes256-ctr,chacha20") or "sntrup" in shown["kexalgorithms"] or
            "curve25519-sha256" not in shown["kexalgorithms"] or "hmac" not in shown["macs"] or
            "ssh-ed25519" not in shown["hostkeyalgorithms"]) and repr(done))
    done = client.run("-o", "NoSuchKeyword yes", "one")
    expect("an unknown keyword is named", (done.returncode != 255 or b"nosuchkeyword" not in
                                           done.stderr.lower()) and repr(done))
    done = client.run("-o", 'RefuseConnection "not today"', "one", "true")
    expect("RefuseConnection refuses", (done.returncode != 255 or b"not today" not in done.stderr)
           and repr(done))
    done = client.run("-v", "-o", "ControlMaster auto", "one", "true")
    expect("-v names a keyword without effect", b"ControlMaster" not in done.stderr and repr(done))
    for line in (b"kex: algorithm:", b"Server host key:", b"SSH2_MSG_NEWKEYS received",
                 b"Authentications that can continue:", b"Offering public key:",
                 b"Server accepts key:", b"Authenticated to"):
        expect(f"-v has the line \"{line.decode()}\"", line not in done.stderr and repr(done.stderr))


def conditions(scratch):
    """What Match exec makes of a shell's own words, beside OpenSSH."""
    config = scratch.file("conditions.conf")

    def ports(program):
        found = []
        for condition in ("true && false", "false || true", "! false", "if true; then exit 0; fi",
                          "exit 1", "cd / && test -d ."):
            with open(config, "w") as out:
                out.write(f'Match exec "{condition}"\n  Port 77\n')
            done = subprocess.run([*program, "-G", "-F", config, "host"], capture_output=True, text=True)
            found.append(re.findall("^port .*", done.stdout, re.MULTILINE))
        return found

    ours, theirs = ports([CLEAT, "ssh"]), ports(["ssh"])
    expect("Match exec takes whatever the shell takes", ours != theirs and f"{ours} {theirs}")


def agent(scratch, port):
    socket = scratch.file("agent.sock")
    env = {"SSH_AUTH_SOCK": socket}
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.exists(socket):
                break
            time.sleep(0.05)
        for key in ("ed25519", "rsa", "ecdsa256"):
            subprocess.run(["ssh-add", "-q", scratch.file("user_" + key)], check=True,
                           env={**os.environ, **env})
        client = Client(scratch, f"Host *\n{common(scratch, port)}IdentityFile none\n")
        done = client.run("x", "echo in", env=env)
        expect("a key in the agent logs in", done.stdout != b"in\n" and repr(done))
        done = client.run("-o", f"IdentityAgent {socket}", "x", "echo in")
        expect("IdentityAgent names the agent", done.stdout != b"in\n" and repr(done))
        done = client.run("-o", "IdentityAgent none", "x", "echo in", env=env)
        expect("IdentityAgent none uses no agent", done.returncode != 255 and repr(done))
        done = client.run("-o", "IdentitiesOnly yes", "x", "echo in", env=env)
        expect("IdentitiesOnly leaves the agent's other keys out",
               done.returncode != 255 and repr(done))
        for jump in ("127.0.0.1:1", f"nobody@127.0.0.1:{port}"):
            done = client.run("-J", jump, "x", "true", env=env)
            expect(f"a way that ends at {jump.split(':')[0]} lets go of the agent behind it",
                   (done.returncode != 255 or not done.stderr) and repr(done))
        public = scratch.file("user_rsa.pub")
        done = client.run("-v", "-o", "IdentitiesOnly yes", "-i", public, "x", "echo in", env=env)
        expect("a public file picks the agent's key", (done.stdout != b"in\n" or b"RSA" not in
                                                       done.stderr) and repr(done))
        subprocess.run(["ssh-add", "-q", "-D"], check=True, env={**os.environ, **env},
                       stderr=subprocess.DEVNULL)
        subprocess.run(["ssh-add", "-q", "-H", scratch.file("hosts"), "-h", "[127.0.0.1]:%d" % port,
                        scratch.file("user_ed25519")], check=True, env={**os.environ, **env})
        done = client.run("x", "echo in", env=env)
        expect("a key that the agent keeps for this host works", done.stdout != b"in\n"
               and repr(done))
    finally:
        process.terminate()
        process.wait(5)


def jumps(scratch, port, other):
    client = Client(scratch, f"Host near far\n{common(scratch, port)}"
                    f"IdentityFile {scratch.file('user_ed25519')}\n"
                    f"Host far\n  ProxyJump near\nHost far\n  SetEnv LC_TAG=far\n"
                    f"Host behind\nHostname 127.0.0.1\nPort {other}\nProxyJump near,far\n"
                    f"Host circle\nHostname 127.0.0.1\nProxyJump circle\n"
                    f"Host *\n{common(scratch, port)}IdentityFile {scratch.file('user_ed25519')}\n")
    done = client.run("far", "echo jumped; exit 4")
    expect("ProxyJump", (done.stdout != b"jumped\n" or done.returncode != 4) and repr(done))
    done = client.run("behind", "cat | tail -c 5; exit 5", data=scratch.payload + b"12345")
    expect("two jumps, and a megabyte through them", (done.stdout != b"12345" or done.returncode != 5)
           and repr(done))
    done = client.run("-J", f"{USER}@near:{port}", "-p", str(other), "x", "echo $SSH_CONNECTION")
    expect("-J with user and port", done.stdout.split()[-1:] != [str(other).encode()] and repr(done))
    done = client.run("-J", "near", "-p", "1", "x", "true")
    expect("a host that cannot be reached through a jump is told",
           (done.returncode != 255 or b"port 1" not in done.stderr) and repr(done))
    done = client.run("circle", "true")
    expect("a jump through itself is noticed", (done.returncode != 255 or b"jump" not in done.stderr)
           and repr(done))
    done = client.run("-W", f"127.0.0.1:{other}", "near", data=b"")
    expect("-W connects stdin and stdout", (not done.stdout.startswith(b"SSH-2.0-") or
                                            done.returncode) and repr(done))
    proxy = f"ProxyCommand {CLEAT} ssh -F {client.path} -W %h:%p near"
    done = client.run("-o", proxy, "-p", str(other), "x", "echo $SSH_CONNECTION; exit 6")
    expect("-W as a proxy command", done.returncode != 6 and repr(done))


def session(scratch, port):
    client = Client(scratch, f"Host *\n{common(scratch, port)}"
                    f"IdentityFile {scratch.file('user_ed25519')}\n")
    mark = scratch.file("local")
    done = client.run("-o", f"LocalCommand echo %n > {mark}", "-o", "PermitLocalCommand yes", "x",
                      "true")
    expect("LocalCommand", (not os.path.exists(mark) or open(mark).read() != "x\n") and repr(done))
    done = client.run("-o", "RemoteCommand echo %n:%p", "x")
    expect("RemoteCommand with tokens", done.stdout != f"x:{port}\n".encode() and repr(done))
    done = client.run("-o", "RemoteCommand echo one", "x", "echo two")
    expect("a command beside RemoteCommand is an error", (
        done.returncode != 255 or done.stdout or b"RemoteCommand=none" not in done.stderr) and repr(done))
    done = client.run("-o", "RemoteCommand none", "x", "echo two")
    expect("but not beside none", done.stdout != b"two\n" and repr(done))
    mark = scratch.file("behind")
    started = time.monotonic()
    done = client.run("-f", "x", f"sleep 2; echo done > {mark}")
    quick = time.monotonic() - started
    for _ in range(100):
        if os.path.exists(mark):
            break
        time.sleep(0.1)
    expect("-f goes to the background", (done.returncode or not os.path.exists(mark)) and
           f"{quick} {done}")
    log = scratch.file("log")
    done = client.run("-vv", "-E", log, "x", "true")
    expect("-E keeps the log", (done.stderr or "kex: algorithm:" not in open(log).read())
           and repr(done))


def main():
    scratch = Scratch()
    try:
        port = scratch.sshd("first", ["AcceptEnv LC_*"])
        other = scratch.sshd("second", ["AcceptEnv LC_*"])
        hosts = scratch.file("hosts")
        with open(hosts, "w") as out:
            for name in ("ed25519", "rsa", "ecdsa256", "ecdsa384", "ecdsa521"):
                out.write(f"[127.0.0.1]:{port} " + open(scratch.file(f"host_{name}.pub")).read())
        configuration(scratch, port)
        conditions(scratch)
        agent(scratch, port)
        jumps(scratch, port, other)
        session(scratch, port)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
