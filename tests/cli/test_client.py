#!/usr/bin/python3
"""cleat ssh against OpenSSH's server and agent: configuration, keys in an agent, jump hosts."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEAT, USER, Scratch, finish, report  # noqa: E402


def expect(name, problem):
    report(name, str(problem)[:3000] if problem else None)


class Client:
    """Runs the command with a configuration file of its own."""

    def __init__(self, scratch, config):
        self.scratch = scratch
        self.path = scratch.file("config")
        with open(self.path, "w") as out:
            out.write(config)
        os.chmod(self.path, 0o600)

    def run(self, *args, data=b"", env=None, seconds=30):
        return subprocess.run([CLEAT, "ssh", "-F", self.path, *args], input=data,
                              capture_output=True, timeout=seconds,
                              env={**os.environ, "SSH_AUTH_SOCK": "", **(env or {})})


def common(scratch, port):
    return (f"Hostname 127.0.0.1\nPort {port}\nUser {USER}\nBatchMode yes\n"
            f"StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")


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


def host_keys(scratch, port):
    known = scratch.file("known_update")
    client = Client(scratch, f"Host *\n{common(scratch, port)}"
                    f"IdentityFile {scratch.file('user_ed25519')}\n")
    options = ["-o", f"UserKnownHostsFile {known}", "-o", "UpdateHostKeys yes"]
    old = open(scratch.file("user_rsa.pub")).read().split()[:2]
    new = open(scratch.file("host_ed25519.pub")).read().split()[:2]
    with open(known, "w") as out:
        out.write(f"[127.0.0.1]:{port} {' '.join(new)}\nother.example {' '.join(new)}\n"
                  f"[127.0.0.1]:{port} {' '.join(old)}\n")
    done = client.run(*options, "x", "sleep 1")
    lines = [line.split() for line in open(known)]
    mine = [line[1] for line in lines if line[0] == f"[127.0.0.1]:{port}"]
    expect("UpdateHostKeys learns new keys and drops old ones",
           (len(mine) != 5 or old[1] in str(lines) or ["other.example", *new] not in lines)
           and f"{lines} {done}")
    revoked = scratch.file("revoked")
    with open(revoked, "w") as out:
        out.write("# gone\n" + open(scratch.file("host_ed25519.pub")).read())
    done = client.run("-o", f"RevokedHostKeys {revoked}", "-o", "HostKeyAlgorithms ssh-ed25519",
                      "x", "true")
    expect("RevokedHostKeys refuses the key", done.returncode != 255 and repr(done))
    command = f"KnownHostsCommand /bin/sh -c \"echo [127.0.0.1]:{port} {' '.join(new)}\""
    done = client.run("-o", command, "-o", "StrictHostKeyChecking yes", "x", "echo in")
    expect("KnownHostsCommand", done.stdout != b"in\n" and repr(done))


def session(scratch, port):
    client = Client(scratch, f"Host *\n{common(scratch, port)}"
                    f"IdentityFile {scratch.file('user_ed25519')}\n")
    mark = scratch.file("local")
    done = client.run("-o", f"LocalCommand echo %n > {mark}", "-o", "PermitLocalCommand yes", "x",
                      "true")
    expect("LocalCommand", (not os.path.exists(mark) or open(mark).read() != "x\n") and repr(done))
    done = client.run("-o", "RemoteCommand echo %n:%p", "x")
    expect("RemoteCommand with tokens", done.stdout != f"x:{port}\n".encode() and repr(done))
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
        agent(scratch, port)
        jumps(scratch, port, other)
        host_keys(scratch, port)
        session(scratch, port)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
