#!/usr/bin/python3
"""A monitor that stands still before the login, as one that reads a user's file on a file system that never
answers, does not count as one that waits for ever."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_system as same  # noqa: E402
import town  # noqa: E402
from town import Scene, named, settles  # noqa: E402
from peers import finish, report  # noqa: E402

check, said = same.check, same.said
GRACE = 2


def stands_still(s, folder, name, isolation):
    """The command marks where the login waits for it; other users' logins do not."""
    slow, seen = os.path.join(folder, "slow"), os.path.join(folder, "seen", name)
    with open(slow, "w") as out:
        out.write('#!/bin/sh\n[ "$1" = dave ] || exit 0\necho >"$2"\nexec sleep 1000\n')
    os.chmod(slow, 0o755)
    port = s.cleatd_system(name, [*isolation, f"LoginGraceTime {GRACE}",
                                  f"AuthorizedKeysCommand {slow} %u {seen}", "AuthorizedKeysCommandUser bob"], text="PerSourceMaxStartups 1\n")
    listener = s.by_port[port].pid
    client = subprocess.Popen([*s.ssh_args(port, "dave", key="user_rsa"), "true"], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    check(f"{name}: a login waits", lambda: None if settles(lambda: os.path.exists(seen)) else s.log(name))
    stopped = named(listener, "monitor")
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    check(f"{name}: a monitor that stands still is ended", lambda: None if stopped and settles(
        lambda: not any(town.runs(pid) for pid in stopped), GRACE + 30) else f"{stopped} still there")
    check(f"{name}: that is said", lambda: None if settles(
        lambda: "stands still and is ended" in s.log(name)) else s.log(name)[-300:])
    check(f"{name}: the next has its place", lambda: said(s.run(port, "alice", "echo in"), "in"))
    client.kill()
    client.wait()
    for pid in filter(town.runs, stopped):
        os.kill(pid, signal.SIGKILL)


def main():
    if not town.possible():
        report("monitors that stand still", skip="only root can make the users")
        finish()
    s = Scene()
    folder = tempfile.mkdtemp(prefix="cleatd-test-", dir="/run")  # where only root may write
    os.chmod(folder, 0o755)
    os.mkdir(os.path.join(folder, "seen"))
    os.chmod(os.path.join(folder, "seen"), 0o777)
    try:
        stands_still(s, folder, "own", ())
        stands_still(s, folder, "shared", ("ConnectionIsolation shared",))
    finally:
        s.stop()
        shutil.rmtree(folder)
    finish()


main()
