#!/usr/bin/python3
"""cleatd in system mode without PAM: what the system's own records of accounts say counts, as for sshd."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene  # noqa: E402
from peers import CLEATD, attempt, finish, report  # noqa: E402


def came_in(done, uid):
    return None if done.stdout.decode().strip() == str(uid) else f"{done.returncode} {done.stdout} {done.stderr}"


def kept_out(s, user, why):
    done = s.run(s.port, user, "id -u")
    if done.returncode != 255 or done.stdout:
        return f"status {done.returncode}, {done.stdout}"
    log = s.log("plain")
    good = f"User {user} is kept out: {why}" in log and f"Refused publickey for {user}" in log and \
        f"Accepted publickey for {user}" not in log
    return None if good else log[-500:]


def set_field(s, user, number, value):
    """A field of an account's line in shadow, which the daemon's namespace shares."""
    path = s.file("town_shadow")
    lines = [line.rstrip("\n").split(":") for line in open(path)]
    for fields in lines:
        if fields[0] == user:
            fields[number] = value
    with open(path, "w") as out:
        out.writelines(":".join(fields) + "\n" for fields in lines)


def records(s):
    port = s.port = s.cleatd_system("plain", ["UsePAM no", "LogLevel VERBOSE"])
    report("a good account is let in", attempt(lambda: came_in(s.run(port, "alice", "id -u"), 7101)))
    report("one that has expired is not", attempt(lambda: kept_out(
        s, "carol", "the account has expired")))
    set_field(s, "dave", 7, "99999")
    report("nor does a later day matter", attempt(lambda: came_in(s.run(port, "dave", "id -u"), 7104)))
    set_field(s, "bob", 1, "!" + "x")
    report("nor is one that is locked", attempt(lambda: kept_out(
        s, "bob", "the account is locked")))
    set_field(s, "bob", 1, "*")
    report("one without a password is", attempt(lambda: came_in(s.run(port, "bob", "id -u"), 7102)))


def warning(s, keyword, *system):
    config = s.file("warned.conf")
    with open(config, "w") as out:
        out.write(f"Port 0\n{keyword} yes\n")
    done = subprocess.run(s.town.inside([CLEATD, *system, "-t", "-f", config, "-h", s.file("host_ed25519")]), capture_output=True,
                          text=True, timeout=60)
    wanted = f"warned.conf line 2: {keyword} yes has no effect"
    return None if done.returncode == 0 and wanted in done.stderr else f"{done.returncode} {done.stderr}"


def main():
    if not town.possible():
        report("accounts", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        records(s)
        for keyword in ("PasswordAuthentication", "KbdInteractiveAuthentication"):
            report(f"-t warns that {keyword} needs PAM", attempt(lambda: warning(s, keyword, "--system")))
            report(f"and that {keyword} needs system mode", attempt(lambda: warning(s, keyword)))
    finally:
        s.stop()
    finish()


main()
