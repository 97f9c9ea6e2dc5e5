"""An account of the tests' own, which exists only for the servers that they start.

The servers run in a mount namespace in which a passwd, a shadow and a PAM file of ours lie over the
system's. So the shell is /bin/sh without start-up files, the home folder is empty, the password is
known, nothing of the machine is changed, and it all goes with the last process. Where the system
lets nobody make such a namespace, `Account.possible()` is false and the tests log in to the invoking
user's own account."""
import functools
import os
import shlex
import subprocess

PASSWORD = "correct horse"


class Account:
    def __init__(self):
        self.binds = []

    @staticmethod
    @functools.cache
    def possible():
        return os.geteuid() == 0 and subprocess.run(
            ["unshare", "-m", "mount", "--bind", "/etc/passwd", "/etc/passwd"],
            capture_output=True).returncode == 0

    def settle(self, folder):
        """Makes the files in a scratch folder."""
        home = os.path.join(folder, "home")
        os.makedirs(os.path.join(home, ".ssh"), mode=0o700)
        with open("/etc/passwd") as passwd:
            others = [line for line in passwd if not line.startswith("root:")]
        hashed = subprocess.check_output(["openssl", "passwd", "-6", PASSWORD], text=True).strip()
        for target, text in (
                ("/etc/passwd", f"root:x:0:0:root:{home}:/bin/sh\n" + "".join(others)),
                ("/etc/shadow", f"root:{hashed}:19000:0:99999:7:::\n"),
                ("/etc/pam.d/sshd", "auth required pam_unix.so\naccount required pam_unix.so\n"
                                    "session required pam_permit.so\n")):
            path = os.path.join(folder, "account_" + os.path.basename(target))
            with open(path, "w") as out:
                out.write(text)
            os.chmod(path, 0o600 if target.endswith("shadow") else 0o644)
            if os.path.exists(target):
                self.binds.append((path, target))

    def inside(self, args):
        """The command line that runs args where the account exists, under the same pid."""
        mounts = " && ".join(f"mount --bind {shlex.quote(ours)} {theirs}" for ours, theirs in self.binds)
        return ["unshare", "-m", "sh", "-c", mounts + ' && exec "$@"', "sh", *args]


def own_account():
    return Account() if Account.possible() else None
