#!/usr/bin/python3
"""Records of logins, read back by last, lastb and who, and what shells begin with."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene, named, settles  # noqa: E402
from peers import attempt, finish, report  # noqa: E402


def check(name, test):
    report(name, attempt(test))


class OwnRun(Scene):
    """The daemons have a /run of their own, with a utmp, and an /etc/motd."""

    def __init__(self):
        super().__init__()
        self.log_folder = os.path.join(self.town.folder, "log")
        run = os.path.join(self.town.folder, "run")
        os.mkdir(run, 0o755)
        with open(os.path.join(run, "utmp"), "w"):
            pass
        self.town.binds.append((run, "/run"))
        self.utmp = os.path.join(run, "utmp")
        motd = os.path.join(self.town.folder, "motd")
        with open(motd, "w") as out:
            out.write("Welcome to the town.\n")
        os.chmod(motd, 0o644)
        if os.path.exists("/etc/motd"):
            self.town.binds.append((motd, "/etc/motd"))

    def tool(self, *args):
        return subprocess.run(args, capture_output=True, text=True, env={**os.environ, "TZ": "UTC",
                                                                         "LC_ALL": "C"}).stdout

    def last(self, name="wtmp"):
        return self.tool("last" if name == "wtmp" else "lastb", "-w", "-f", os.path.join(
            self.log_folder, name))

    def who(self):
        return self.tool("who", self.utmp)

    def shell(self, port, user, lines=b"exit\n", *more):
        return subprocess.run(self.ssh_args(port, user, "-tt", *more), input=lines, capture_output=True,
                              timeout=60).stdout.decode(errors="replace")


class Stay:
    """A shell on a terminal that stays."""

    def __init__(self, s, port, user="alice"):
        self.client = subprocess.Popen([*s.ssh_args(port, user, "-tt"), "echo up; exec sleep 1000"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.client.stdout.readline()

    def close(self):
        self.client.kill()
        self.client.wait()


def records(s, port, how):
    listener = s.by_port[port].pid
    stay = Stay(s, port)
    check(f"{how}: who is there", lambda: None if settles(lambda: "alice    pts/" in s.who() and
                                                         "(127.0.0.1)" in s.who()) else s.who())
    check(f"{how}: wtmp says so, too", lambda: None if "still logged in" in s.last() or "gone" in s.last()
          else s.last())
    stay.close()
    check(f"{how}: and who has gone", lambda: None if settles(lambda: "alice" not in s.who()) else s.who())
    check(f"{how}: with how long it was", lambda: None if settles(lambda: "alice" in s.last() and
          "still logged in" not in s.last() and "(00:00)" in s.last()) else s.last())
    stay = Stay(s, port)
    settles(lambda: "alice" in s.who())
    os.kill(named(listener, "session")[0], signal.SIGKILL)
    check(f"{how}: a session process that is killed has gone", lambda: None if settles(
        lambda: "alice" not in s.who()) else s.who())
    stay.close()
    s.run(port, "bob", "true")
    time.sleep(0.3)
    check(f"{how}: without a terminal there is no record", lambda: None if "bob" not in s.last() else s.last())


def greetings(s, port):
    first = s.shell(port, "dave")
    check("the message of the day", lambda: None if "Welcome to the town." in first or not os.path.exists(
        "/etc/motd") else first)
    check("the first login was never before", lambda: None if "Last login" not in first else first)
    second = s.shell(port, "dave")
    check("the second shows the first", lambda: None if "Last login: " in second and " from 127.0.0.1" in
          second else second)
    done = s.run(port, "dave", "echo only this", "-tt")
    check("a command begins with nothing", lambda: None if done.stdout == b"only this\r\n" else
          f"{done.stdout!r}")
    s.town.put("dave", ".hushlogin", "")
    check("nor does a shell with ~/.hushlogin", lambda: None if "Last login" not in s.shell(
        port, "dave") else "it does")
    os.unlink(s.town.home("dave", ".hushlogin"))
    quiet = s.cleatd_system("quiet", ["PrintMotd no", "PrintLastLog no"])
    said = s.shell(quiet, "dave")
    check("PrintMotd no, PrintLastLog no", lambda: None if "Welcome" not in said and "Last login" not in
          said else said)


def failures(s, port):
    s.with_password(port, "bob", "id", "wrong")
    check("wrong answers are in btmp, by either method", lambda: None if settles(
        lambda: s.last("btmp").count("bob      ssh:notty") == 2) else s.last("btmp"))
    os.chmod(os.path.join(s.log_folder, "btmp"), 0o644)
    s.with_password(port, "alice", "id", "wrong")
    time.sleep(0.3)
    check("not where others can read it", lambda: None if "alice" not in s.last("btmp") else s.last("btmp"))
    os.chmod(os.path.join(s.log_folder, "btmp"), 0o600)


def shells(s):
    """Whose account has a shell that is none."""
    path = os.path.join(s.town.folder, "town_passwd")
    text = open(path).read()
    for shell, words in (("/bin/nope", "shell does not exist"), ("/etc/passwd", "shell is not executable")):
        with open(path, "w") as out:
            out.write("".join(line.rsplit(":", 1)[0] + f":{shell}\n" if line.startswith("bob:") else
                              line + "\n" for line in text.splitlines()))
        port = s.cleatd_system("shells")
        done = s.run(port, "bob", "id")
        check(f"a login with the shell {shell} is refused", lambda: None if done.returncode == 255 and
              settles(lambda: words in s.log("shells")) else f"{done} {s.log('shells')[-300:]}")
    with open(path, "w") as out:
        out.write(text)


def main():
    if not town.possible():
        report("records of logins", skip="only root can make the users")
        finish()
    s = OwnRun()
    try:
        for how, options in (("per connection", []), ("shared", ["ConnectionIsolation shared"])):
            records(s, s.cleatd_system("main", ["LogLevel VERBOSE", *options]), how)
        port = s.cleatd_system("greeting", [])
        greetings(s, port)
        failures(s, port)
        shells(s)
    finally:
        s.stop()
    finish()


main()
