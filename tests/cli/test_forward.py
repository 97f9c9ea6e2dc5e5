#!/usr/bin/python3
"""direct-tcpip through cleatd: OpenSSH's and our -W, -J and -L, and what refuses them."""
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import USER, Scratch, finish, free_port, report  # noqa: E402

MEGABYTES = 8


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


class Target:
    """A server that does one thing with each client, on a thread of its own."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()


def answer_with_hash(client):
    """Reads to the end, then sends the hash: works only if the end of input comes through alone."""
    total = hashlib.sha256()
    while piece := client.recv(65536):
        total.update(piece)
    client.sendall(total.hexdigest().encode())
    client.close()


def echo(client):
    while piece := client.recv(65536):
        client.sendall(piece)
    client.close()


def dash_w(scratch, port, target, *options, data=b"", ours=False):
    run = scratch.cleat_ssh if ours else scratch.openssh
    # An option may follow the destination: it stands where the command would.
    return run(port, *options, "-W", f"127.0.0.1:{target}", command="-T", data=data)


def works(scratch, port):
    data = os.urandom(MEGABYTES << 20)
    want = hashlib.sha256(data).hexdigest().encode()
    hashing, echoing = Target(answer_with_hash), Target(echo)
    for ours in (False, True):
        who = "cleat ssh" if ours else "OpenSSH"
        done = dash_w(scratch, port, echoing.port, data=data[:1 << 20], ours=ours)
        expect(f"{who} -W brings a megabyte there and back", done.stdout != data[:1 << 20]
               and f"{done.returncode} {len(done.stdout)} {done.stderr[-300:]}")
    local = free_port()
    tunnel = subprocess.Popen(
        ["ssh", "-F", "none", "-N", "-p", str(port), "-i", scratch.file("user_ed25519"), "-L",
         f"127.0.0.1:{local}:127.0.0.1:{hashing.port}", "-o", "BatchMode=yes", "-o",
         "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
         f"{USER}@127.0.0.1"])
    try:
        results = []

        def one():
            for _ in range(100):
                try:
                    s = socket.create_connection(("127.0.0.1", local), 20)
                    break
                except OSError:
                    time.sleep(0.05)
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            got = b""
            while piece := s.recv(4096):
                got += piece
            results.append(got)

        threads = [threading.Thread(target=one) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        expect(f"three forwardings of {MEGABYTES} MiB at once, each end passed on alone",
               results != [want] * 3 and repr(results))
    finally:
        tunnel.terminate()
        tunnel.wait(5)


def jumps(scratch, port, behind):
    jump = (f"ProxyCommand ssh -F none -p {port} -i {scratch.file('user_ed25519')} -o BatchMode=yes "
            f"-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
            f"-W %h:%p {USER}@127.0.0.1")
    done = scratch.openssh(behind, "-o", jump, command="cat; exit 9", data=scratch.payload)
    expect("OpenSSH jumps through cleatd to sshd",
           (done.returncode != 9 or done.stdout != scratch.payload) and repr(done)[-500:])
    config = scratch.file("jump.conf")
    with open(config, "w") as out:
        out.write(f"Host jump\nPort {port}\nHostname 127.0.0.1\nHost *\nUser {USER}\n"
                  f"IdentityFile {scratch.file('user_ed25519')}\nBatchMode yes\n"
                  "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")
    os.chmod(config, 0o600)
    done = scratch.cleat_ssh(behind, "-F", config, "-J", "jump", command="cat; exit 9",
                             data=scratch.payload)
    expect("cleat ssh -J jumps through cleatd to sshd",
           (done.returncode != 9 or done.stdout != scratch.payload) and repr(done)[-500:])


def refusals(scratch, port):
    target = Target(echo)
    done = dash_w(scratch, port, free_port(), ours=True)
    expect("a target that refuses is told", b"refused" not in done.stderr.lower() and repr(done))
    for options in (["AllowTcpForwarding no"], ["AllowTcpForwarding remote"],
                    ["DisableForwarding yes"], ["PermitOpen none"],
                    [f"PermitOpen 127.0.0.1:{target.port + 1}"]):
        server = scratch.cleatd("refusing", options)
        done = dash_w(scratch, server, target.port, data=b"x", ours=True)
        expect(f"{options[0].split(':')[0]} refuses", (done.stdout or b"administratively prohibited" not in
                                                       done.stderr) and repr(done))
    server = scratch.cleatd("permitting", [f"PermitOpen 127.0.0.1:{target.port}"])
    done = dash_w(scratch, server, target.port, data=b"in and out")
    expect("PermitOpen permits what it names", done.stdout != b"in and out" and repr(done))
    keys = scratch.file("limited_keys")
    public = open(scratch.file("user_ed25519.pub")).read()
    for prefix, open_ in ((f'permitopen="127.0.0.1:{target.port}"', True),
                          ('permitopen="127.0.0.1:1"', False), ("no-port-forwarding", False),
                          ("restrict", False), ("restrict,port-forwarding", True)):
        with open(keys, "w") as out:
            out.write(f"{prefix} {public}")
        os.chmod(keys, 0o600)
        server = scratch.cleatd("limited", keys="limited_keys")
        done = dash_w(scratch, server, target.port, data=b"through")
        expect(f"the key option {prefix.split(':')[0]} {'permits' if open_ else 'refuses'}",
               (done.stdout == b"through") != open_ and repr(done))


def endings(scratch, port):
    """A client that goes away while the target is still being dialled harms nobody."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    blocked = [socket.socket() for _ in range(4)]
    for s in blocked:
        s.setblocking(False)
        s.connect_ex(full.getsockname())
    time.sleep(0.2)
    client = subprocess.Popen(
        ["ssh", "-F", "none", "-p", str(port), "-i", scratch.file("user_ed25519"), "-o",
         "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "-W", f"127.0.0.1:{full.getsockname()[1]}", f"{USER}@127.0.0.1"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    client.kill()
    client.wait()
    for s in (*blocked, full):
        s.close()
    done = scratch.openssh(port, command="exit 5")
    expect("a client that leaves while its target is dialled harms nobody", done.returncode != 5
           and repr(done))


def main():
    scratch = Scratch()
    try:
        port = scratch.cleatd("forwarding")
        behind = scratch.sshd("behind")
        works(scratch, port)
        jumps(scratch, port, behind)
        refusals(scratch, port)
        endings(scratch, port)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
