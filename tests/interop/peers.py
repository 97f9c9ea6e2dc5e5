"""Real peers on loopback for the interop tests: each server listens on a free port, lives
in one scratch folder, and is stopped by its pid."""
import concurrent.futures
import functools
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from account import own_account

BIN = os.environ["CLEAT_BIN_DIR"]
CLEAT = os.path.join(BIN, "cleat")
CLEATD = os.path.join(BIN, "cleatd")
USER = os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip()
failures = 0


def report(name, problem=None, skip=None):
    global failures
    if skip:
        print(f"skip {name}: {skip}")
    elif problem:
        failures += 1
        print(f"not ok {name}: {problem}")
    else:
        print(f"ok {name}")
    sys.stdout.flush()


def finish():
    sys.exit(1 if failures else 0)


def free_port():
    """Below those that the system gives to clients: none of them can take it before the server does."""
    while True:
        with socket.socket() as s:
            port = random.randint(10000, 32767)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_for(port, process, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def wait_for_text(path, text, process, seconds=60):
    """What a log has once the text is in it, or its process has ended."""
    limit = time.monotonic() + seconds
    while True:
        ended = process.poll() is not None or time.monotonic() > limit
        with open(path, errors="replace") as log:
            seen = log.read()
        if text in seen or ended:
            return seen
        time.sleep(0.01)


def end(processes):
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def keygen(path, *args):
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", path, *args], check=True)


@functools.cache
def rsa_keys():
    """A folder with host_rsa, user_rsa and their public halves, which take a second of processor time: made
    by the first script that runs with these programs. Whoever is second leaves its own."""
    ready = os.path.join(BIN, "rsa-keys")
    if not os.path.isdir(ready):
        fresh = tempfile.mkdtemp(prefix="rsa-keys-", dir=BIN)
        for kind in ("host", "user"):
            keygen(os.path.join(fresh, kind + "_rsa"), "-t", "rsa", "-b", "2048")
        try:
            os.rename(fresh, ready)
        except OSError:
            shutil.rmtree(fresh)
    return ready


class Scratch:
    """A folder with a key pair of every type, and the servers that were started in it."""

    def __init__(self, account="its own"):
        """account: one of account.Account, to log in to; None: the invoking user's. By default one of the
        scratch's own, so that nobody's start-up files take part."""
        if account == "its own":
            account = own_account()
        self.path = tempfile.mkdtemp(prefix="cleat-interop-")
        self.servers = []
        self.disks = []
        self.by_port = {}
        self.numbers = itertools.count(1)
        self.account = account
        if account:
            account.settle(self.path)
        for name, args in {"ed25519": ["-t", "ed25519"], "ecdsa256": ["-t", "ecdsa", "-b", "256"],
                           "ecdsa384": ["-t", "ecdsa", "-b", "384"],
                           "ecdsa521": ["-t", "ecdsa", "-b", "521"]}.items():
            for kind in ("host", "user"):
                keygen(self.file(f"{kind}_{name}"), *args)
        for name in os.listdir(rsa_keys()):
            shutil.copy(os.path.join(rsa_keys(), name), self.file(name))
        with open(self.file("authorized_keys"), "w") as out:
            for name in sorted(os.listdir(self.path)):
                if name.startswith("user_") and name.endswith(".pub"):
                    out.write(open(self.file(name)).read())
        os.chmod(self.file("authorized_keys"), 0o600)
        # Mostly what no compression makes smaller, so that the limits for rekeying are passed.
        self.payload = os.urandom(15 << 16) + b"all work and no play " * (65536 // 21 + 1)
        self.payload = self.payload[:1 << 20]

    def file(self, name):
        return os.path.join(self.path, name)

    def small_disk(self):
        """A folder with room for 1 MiB, or None where nobody may mount. Servers that run already, in their
        own namespaces, do not see it."""
        folder = self.file(f"disk-{next(self.numbers)}")
        os.mkdir(folder)
        if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
                                         capture_output=True).returncode:
            return None
        self.disks.append(folder)
        return folder

    def home(self):
        """Of whoever logs in."""
        return self.file("home") if self.account else os.path.expanduser("~")

    def start(self, args_for, log, ready="Server listening on 127.0.0.1 port"):
        """Starts args_for(port) and waits for what the server logs once it listens. Where another
        program has taken the port meanwhile, the next one is tried."""
        for _ in range(5):
            port = free_port()
            args = args_for(port)
            if self.account:
                args = self.account.inside(args)
            with open(self.file(log), "wb") as out:
                process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            text = wait_for_text(self.file(log), ready, process)
            if ready in text:
                self.servers.append(process)
                self.by_port[port] = process
                return port
            end([process])
            if "in use" not in text:
                break
        raise RuntimeError(text[-300:])

    def sshd(self, name, extra=()):
        os.makedirs("/run/sshd", exist_ok=True)
        keys = [f"HostKey {self.file('host_' + k)}" for k in ("ed25519", "rsa", "ecdsa256", "ecdsa384",
                                                             "ecdsa521")]
        lines = [*extra, "ListenAddress 127.0.0.1", "UsePAM no", "StrictModes no",
                 f"PidFile {self.file(name + '.pid')}", "MaxStartups 100",
                 f"AuthorizedKeysFile {self.file('authorized_keys')}", *keys]
        with open(self.file(name + ".conf"), "w") as out:
            out.write("\n".join(lines) + "\n")
        return self.start(lambda port: ["/usr/sbin/sshd", "-D", "-e", "-p", str(port), "-f",
                                        self.file(name + ".conf")], name + ".log")

    def cleatd(self, name, options=(), keys="authorized_keys",
               host_keys=("ed25519", "rsa", "ecdsa256", "ecdsa384", "ecdsa521"), log="VERBOSE"):
        args = ["-o", "StrictModes no", "-o", f"AuthorizedKeysFile {self.file(keys)}",
                "-o", f"LogLevel {log}"]
        for key in host_keys:
            args += ["-h", self.file("host_" + key)]
        for option in options:
            args += ["-o", option]
        return self.start(lambda port: [CLEATD, "-D", "-e", "-p", str(port), *args], name + ".log")

    def server_with_terminals(self, name, options=()):
        """OpenSSH's, which gives terminals only where it runs as root; else ours."""
        return (self.cleatd if os.getuid() else self.sshd)(name, options)

    def stop_one(self, port):
        process = self.by_port.pop(port)
        self.servers.remove(process)
        end([process])

    def stop(self):
        end(self.servers)
        for disk in self.disks:
            subprocess.run(["umount", "-l", disk], check=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def cleat_ssh(self, port, *options, key="ed25519", command="exit 0", data=b"", seconds=60,
                  env=None):
        args = [CLEAT, "ssh", "-F", "none", *options, "-p", str(port), "-i", self.file("user_" + key),
                "-o", "BatchMode yes", "-o", "StrictHostKeyChecking no",
                "-o", "UserKnownHostsFile /dev/null", "-o", "LogLevel ERROR",
                f"{USER}@127.0.0.1", command]
        return subprocess.run(args, input=data, capture_output=True, timeout=seconds, env=env)

    def ssh_args(self, port, user, *args, key="user_ed25519"):
        """OpenSSH's client, up to the command."""
        return ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes",
                "-o", f"UserKnownHostsFile={self.file('known')}", "-o", "LogLevel=ERROR", "-o",
                "PreferredAuthentications=publickey", "-i", self.file(key), "-p", str(port), *args,
                f"{user}@127.0.0.1"]

    def openssh(self, port, *options, key="ed25519", command="exit 0", data=b"", seconds=60):
        args = ["ssh", "-F", "none", *options, "-p", str(port), "-i", self.file("user_" + key),
                "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                f"{USER}@127.0.0.1", command]
        return subprocess.run(args, input=data, capture_output=True, timeout=seconds)


# One command for every cell: output, errors, status, and a payload both ways.
COMMAND = "cat; echo problem >&2; exit 3"


def login_problem(done, payload):
    """What is wrong with a completed COMMAND that had the payload as its input."""
    if done.returncode != 3:
        return f"status {done.returncode}: {done.stderr[-400:]!r}"
    if done.stdout != payload:
        return f"{len(done.stdout)} of {len(payload)} bytes came back, or other ones"
    if b"problem" not in done.stderr:
        return "stderr is missing"
    return None


def attempt(test):
    """test() gives what is wrong, or nothing; what it raises is wrong too."""
    try:
        return test()
    except subprocess.TimeoutExpired:
        return "timed out"
    except Exception as problem:  # a peer's own failure is a failed cell, not the end
        return f"{type(problem).__name__}: {problem}"


def run_cells(cells):
    """Runs (name, test) two at a time and reports them in their order."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        names = [name for name, _ in cells]
        for name, problem in zip(names, pool.map(lambda cell: attempt(cell[1]), cells)):
            report(name, problem)


def check(name, run, payload):
    """run() gives a completed process of COMMAND with the payload as its input."""
    report(name, attempt(lambda: login_problem(run(), payload)))
