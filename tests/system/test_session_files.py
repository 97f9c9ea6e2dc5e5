#!/usr/bin/python3
"""What runs and what is read before a session's command: ~/.ssh/rc, /etc/ssh/sshrc and
~/.ssh/environment, with OpenSSH's client."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene  # noqa: E402
from peers import attempt, finish, report  # noqa: E402

RC = 'echo "own rc" >&2; id -un >&2; cat >&2; echo "made by rc" > made\n'
SSHRC = 'echo "system rc" >&2\n'


def check(name, test):
    report(name, attempt(test))


def says(done, out, err):
    """err: a list of what stderr has to have, each with ! in front if it must not."""
    wrong = [text for text in err if (text.strip("!") in done.stderr.decode()) == text.startswith("!")]
    return None if done.stdout.decode() == out and not wrong else f"{done.stdout!r} {done.stderr!r}"


def own_rc(s, public):
    s.town.put("alice", ".ssh/rc", RC)
    port = s.cleatd_system("rc")
    done = s.run(port, "alice", "cat made; exit 3", stdin=b"not for rc")
    check("~/.ssh/rc runs first, as the user, at home", lambda: says(
        done, "made by rc\n", ["own rc\nalice\n", "!not for rc", "!system rc"]))
    check("the status is the command's", lambda: None if done.returncode == 3 else f"{done.returncode}")
    check("input is the command's", lambda: says(s.run(port, "alice", "cat", stdin=b"x" * 100000),
                                                 "x" * 100000, ["own rc"]))
    check("a shell is a login shell still", lambda: says(
        s.run(port, "alice", "", "-T", stdin=b"echo $0\n"), "-sh\n", ["own rc"]))
    done = subprocess.run([*s.ssh_args(port, "alice", "-tt"), "tty; cat made"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)
    check("on a terminal, too", lambda: None if re.search(rb"own rc\r\nalice\r\n/dev/pts/\d+\r\nmade by rc",
                                                          done.stdout) else f"{done.stdout!r}")
    s.town.put("alice", ".ssh/rc", "exit 5\n")
    check("a failing one stops nothing", lambda: says(s.run(port, "alice", "echo on"), "on\n", []))
    s.town.put("alice", ".ssh/rc", RC)
    check("not before a subsystem", lambda: says(s.run(port, "alice", "echo-subsystem", "-s"), "sub\n",
                                                 ["!own rc", "system rc"]))
    for line, err in (("PermitUserRC no", ["!own rc", "system rc"]),
                      ("ForceCommand echo forced", ["!own rc", "system rc"])):
        other = s.cleatd_system("rules", [line])
        check(line, lambda: says(s.run(other, "alice", "echo forced"), "forced\n", err))
    for options, runs in (("no-user-rc", False), ("restrict", False), ("restrict,user-rc", True),
                          ('command="echo on"', True)):
        s.town.put("alice", ".ssh/authorized_keys", f"{options} {public}")
        check(f"a key with {options}", lambda: says(s.run(port, "alice", "echo on"), "on\n", [
            "own rc" if runs else "!own rc", "!system rc" if runs else "system rc"]))
    s.town.put("alice", ".ssh/authorized_keys", public)
    check("without it the system's runs", lambda: says(s.run(port, "bob", "echo on"), "on\n", ["system rc"]))


def environment(s, public):
    lines = "# a comment\n\n  SPACED=yes\nNAME=from file=it\nno pair\n=empty\nLAST=end"
    s.town.put("bob", ".ssh/environment", lines)
    show = 'echo "$SPACED,$NAME,$LAST,$KEY"'
    s.town.put("bob", ".ssh/authorized_keys", f'environment="KEY=k",environment="LAST=key" {public}')
    for rules, out in (([], ",,,\n"), (["PermitUserEnvironment no"], ",,,\n"),
                       (["PermitUserEnvironment yes"], "yes,from file=it,end,k\n"),
                       (["PermitUserEnvironment LA*,K*"], ",,end,k\n")):
        port = s.cleatd_system("environment", rules)
        check(f"{rules or 'by default'}: what the user's file sets", lambda: says(s.run(port, "bob", show), out, []))
    secret = s.town.put("root", "secret", "NAME=secret\n")
    s.town.put("bob", ".ssh/environment", "".join(f"MANY{i}=x\n" for i in range(600)))
    port = s.cleatd_system("environment", ["PermitUserEnvironment yes"])
    check("too many lines lock nobody out", lambda: says(
        s.run(port, "bob", "echo $MANY1 $USER"), "x bob\n", []))
    check("and are told of", lambda: None if "~/.ssh/environment has too many" in s.log("environment") else "no")
    os.unlink(s.town.home("bob", ".ssh/environment"))
    os.symlink(secret, s.town.home("bob", ".ssh/environment"))
    port = s.cleatd_system("link", ["PermitUserEnvironment yes"])
    check("it is read with the user's rights", lambda: says(s.run(port, "bob", show), ",,key,k\n", []))


def main():
    if not town.possible():
        report("files of sessions", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        folder = s.file("etc-ssh")
        os.mkdir(folder, 0o755)
        with open(os.path.join(folder, "sshrc"), "w") as out:
            out.write(SSHRC)
        s.town.binds.append((folder, "/etc/ssh"))
        public = s.public("user_ed25519")
        Scene.isolation = ("Subsystem echo-subsystem echo sub",)
        own_rc(s, public)
        environment(s, public)
    finally:
        s.stop()
    finish()


main()
