"""Users of the tests' own, and a cleatd in system mode that serves them.

The daemon runs in a mount namespace in which account files of ours lie over the system's, as in
tests/interop/account.py, so nothing of the machine changes. Homes are in one scratch folder."""
import os
import pwd
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))
from account import Account  # noqa: E402
import peers  # noqa: E402

PASSWORD = "correct horse"
USERS = {"alice": 7101, "bob": 7102, "carol": 7103, "dave": 7104}
GROUPS = {"staff7": (7201, ["alice", "dave"]), "guests7": (7202, ["bob"])}
NETWORK = 7199  # cleatd's uid


class Town(Account):
    """Accounts alice, bob, carol (whose account has expired) and dave; they and root have the
    password above. The network processes' user is cleatd."""

    def settle(self, folder):
        self.folder = folder
        hashed = subprocess.check_output(["openssl", "passwd", "-6", PASSWORD], text=True).strip()
        shell = "/bin/sh"
        passwd = [line for line in open("/etc/passwd")
                  if line.split(":")[0] not in (*USERS, "root", "cleatd")]
        passwd += [f"root:x:0:0:root:{folder}/root:{shell}\n",
                   f"cleatd:x:{NETWORK}:{NETWORK}::/nonexistent:/usr/sbin/nologin\n"]
        passwd += [f"{name}:x:{uid}:{uid}::{folder}/{name}:{shell}\n" for name, uid in USERS.items()]
        group = [line for line in open("/etc/group") if line.split(":")[0] not in (*USERS, "cleatd")]
        group += [f"{name}:x:{uid}:\n" for name, uid in (*USERS.items(), ("cleatd", NETWORK))]
        group += [f"{name}:x:{gid}:{','.join(of)}\n" for name, (gid, of) in GROUPS.items()]
        shadow = [f"{name}:{hashed}:19000:0:99999:7::{'1' if name == 'carol' else ''}:\n"
                  for name in (*USERS, "root")]
        pam = ("auth required pam_unix.so\naccount required pam_unix.so\n"
               "session required pam_env.so envfile=/dev/null conffile=" + folder + "/pam_env\n")
        with open(os.path.join(folder, "pam_env"), "w") as out:
            out.write("FROM_PAM DEFAULT=yes\n")
        for target, lines in (("/etc/passwd", passwd), ("/etc/group", group), ("/etc/shadow", shadow),
                              ("/etc/pam.d/sshd", [pam])):
            path = os.path.join(folder, "town_" + os.path.basename(target))
            with open(path, "w") as out:
                out.writelines(lines)
            os.chmod(path, 0o600 if target.endswith("shadow") else 0o644)
            self.binds.append((path, target))
        log = os.path.join(folder, "log")
        os.mkdir(log, 0o755)
        for name in ("wtmp", "lastlog", "btmp"):
            with open(os.path.join(log, name), "w"):
                pass
            os.chmod(os.path.join(log, name), 0o600 if name == "btmp" else 0o644)
        self.binds.append((log, "/var/log"))
        os.chmod(folder, 0o755)
        for name, uid in (*USERS.items(), ("root", 0)):
            os.makedirs(os.path.join(folder, name, ".ssh"), mode=0o700)
            self.give(name, os.path.join(folder, name), os.path.join(folder, name, ".ssh"))

    def give(self, name, *paths):
        uid = USERS.get(name, 0)
        for path in paths:
            os.chown(path, uid, uid, follow_symlinks=False)

    def home(self, name, *parts):
        return os.path.join(self.folder, name, *parts)

    def put(self, name, path, text, mode=0o600):
        """Writes a file in a home; it is its user's."""
        whole = self.home(name, path)
        with open(whole, "w") as out:
            out.write(text)
        os.chmod(whole, mode)
        self.give(name, whole)
        return whole


class Scene(peers.Scratch):
    """A scratch folder with keys, users, and daemons that serve them."""

    isolation = ()

    def __init__(self):
        super().__init__(Town())
        self.town = self.account
        for name in (*USERS, "root"):
            self.town.put(name, ".ssh/authorized_keys", self.public("user_ed25519"))

    def public(self, name):
        return open(self.file(name + ".pub")).read()

    def cleatd_system(self, name, options=(), flags=(), text=None, before=()):
        config = self.file(name + ".conf")
        with open(config, "w") as out:
            out.write(text if text is not None else "")
        by_pam = () if "UsePAM no" in options else ("UsePAM yes",)
        lines = [arg for line in ("ListenAddress 127.0.0.1", "MaxStartups 100", "PidFile none",
                                  "PerSourcePenalties no", *by_pam, *self.isolation,
                                  *options)
                 if line != "PerSourcePenalties no" or not any(o.startswith("PerSource") for o in options)
                 for arg in ("-o", line)]
        return self.start(lambda port: [*before, peers.CLEATD, "--system", "-D", "-e", "-f", config, "-h",
                                        self.file("host_ed25519"), *lines, *flags, "-p", str(port)],
                          name + ".log")

    def log(self, name):
        return open(self.file(name + ".log"), errors="replace").read()

    def run(self, port, user, command, *args, key="user_ed25519", stdin=b"", seconds=60):
        return subprocess.run([*self.ssh_args(port, user, *args, key=key), command], input=stdin,
                              capture_output=True, timeout=seconds)

    def with_password(self, port, user, command, password=PASSWORD):
        env = {**os.environ, "SSH_ASKPASS": self.file("askpass"), "SSH_ASKPASS_REQUIRE": "force",
               "TEST_PASSWORD": password}
        with open(self.file("askpass"), "w") as out:
            out.write('#!/bin/sh\nprintf "%s\\n" "$TEST_PASSWORD"\n')
        os.chmod(self.file("askpass"), 0o755)
        return subprocess.run(["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o",
                               f"UserKnownHostsFile={self.file('known')}", "-o", "LogLevel=ERROR",
                               "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-p",
                               str(port), f"{user}@127.0.0.1", command], env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


class Capitals:
    """A server that gives back what it gets, in capitals."""

    def __init__(self, listener):
        self.listener = listener
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    @staticmethod
    def serve(client):
        while data := client.recv(65536):
            client.sendall(data.upper())
        client.close()


def children(pid):
    """Pids of a process's children, oldest first."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as out:
            found += [int(child) for child in out.read().split()]
    return found


def named(pid, name):
    """Pids of a process's descendants that have that name, oldest first."""
    found = []
    for child in children(pid):
        try:
            with open(f"/proc/{child}/comm") as comm:
                found += [child] if comm.read() == f"cleatd-{name}\n" else []
            found += named(child, name)
        except OSError:
            pass  # it has just ended
    return sorted(found)


def status_of(pid):
    """/proc/PID/status as a dictionary."""
    with open(f"/proc/{pid}/status") as lines:
        return dict((key, value.strip()) for key, _, value in
                    (line.partition(":") for line in lines))


def runs(pid):
    """Whether the process is there and has not ended: whose parent it was does not matter."""
    try:
        return not status_of(pid)["State"].startswith("Z")
    except (OSError, KeyError):
        return False


def settles(condition, seconds=20):
    """True once the condition holds; it is given a long time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def one_processor():
    """In front of a program: there is one worker then."""
    return "taskset", "-c", str(min(os.sched_getaffinity(0)))


def possible():
    return Account.possible() and shutil.which("ssh") is not None
