#!/usr/bin/python3
"""cleatd status and the figures for Prometheus, in each isolation of system mode and for a server that serves
one user."""
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import Scene, settles  # noqa: E402
import peers  # noqa: E402
from peers import CLEATD, attempt, finish, free_port, report  # noqa: E402

AMOUNT = 3 << 20


def check(name, test):
    report(name, attempt(test))


def status(*args):
    return subprocess.run([CLEATD, "status", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60)


def page(place):
    """What HTTP gives, with curl."""
    where = ["--unix-socket", place, "http://cleatd/metrics"] if place.startswith("/") else [
        f"http://{place}/metrics"]
    return subprocess.run(["curl", "-sS", "-i", "-m", "20", *where], capture_output=True, text=True, timeout=60)


def figures(place):
    """{name: value}; fails if the page is not in Prometheus' format."""
    done = page(place)
    head, body = done.stdout.replace("\r\n", "\n").split("\n\n", 1)
    assert head.startswith("HTTP/1.0 200 OK") and "text/plain; version=0.0.4" in head, head
    assert f"Content-Length: {len(body)}" in head, head
    found, kinds = {}, {}
    for line in body.splitlines():
        if line.startswith("# TYPE "):
            kinds[line.split()[2]] = line.split()[3]
        elif not line.startswith("# HELP "):
            name, value = re.fullmatch(r"(\w+)(?:\{[^}]*\})? (\d+)", line).groups()
            found[name] = int(value)
            assert kinds.get(name) in ("gauge", "counter"), line
    return found


class Session:
    """Stays until it is closed."""

    def __init__(self, args):
        self.client = subprocess.Popen([*args, "echo here; cat >/dev/null"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
        self.client.stdout.readline()

    def send(self, amount):
        self.client.stdin.write(os.urandom(amount))
        self.client.stdin.flush()

    def close(self):
        self.client.stdin.close()
        return self.client.wait(60)


def row_of(text, user):
    return next((line.split() for line in text.splitlines()[6:] if line.split()[1:2] == [user]), None)


def shows(done, user, amount):
    row = row_of(done.stdout, user)
    if not row or done.returncode:
        return f"{done}"
    number, name, place, since, received, sent, kex, key, cipher, mac, client = row[:11]
    good = (int(received) >= amount and int(sent) > 1000 and place.startswith("127.0.0.1:") and
            ("sntrup" in kex or "mlkem" in kex) and key == "ssh-ed25519" and "OpenSSH" in client and
            "chacha20" in cipher)
    return None if good else f"{row}"


def suite(s, name, port, user, args, path, metrics):
    where = ["-o", "StatusSocket " + path]
    check(f"{name}: the socket is only for its owner", lambda: None if stat.S_IMODE(
        os.stat(path).st_mode) == 0o600 else oct(os.stat(path).st_mode))
    before = figures(metrics)
    held = Session(args)
    held.send(AMOUNT)
    check(f"{name}: status shows a connection", lambda: None if settles(
        lambda: shows(status(*where), user, AMOUNT) is None) else shows(status(*where), user, AMOUNT))
    waiting = socket.create_connection(("127.0.0.1", port))
    waiting.recv(10)
    check(f"{name}: and one without a login", lambda: None if settles(
        lambda: "(no login)" in status(*where).stdout and "1 have not" in status(*where).stdout) else
        status(*where).stdout)
    now = figures(metrics)
    check(f"{name}: the figures count both", lambda: None if now["cleatd_connections"] == before[
        "cleatd_connections"] + 2 and now["cleatd_connections_without_login"] == before[
        "cleatd_connections_without_login"] + 1 and now["cleatd_logins_total"] == before[
        "cleatd_logins_total"] + 1 and now["cleatd_received_bytes_total"] >= AMOUNT else f"{now}")
    waiting.close()
    crowded(name, path, metrics)
    check(f"{name}: the session is not disturbed", lambda: None if held.close() == 0 else "no")
    check(f"{name}: then they count what has been", lambda: None if settles(
        lambda: figures(metrics)["cleatd_connections"] == 0) and figures(metrics)[
        "cleatd_login_failures_total"] == before["cleatd_login_failures_total"] + 1 and figures(metrics)[
        "cleatd_received_bytes_total"] >= AMOUNT else f"{figures(metrics)}")


def crowded(name, path, metrics):
    """More come to the figures than are let in, and say nothing."""
    def test():
        address = metrics if metrics.startswith("/") else (metrics.rsplit(":", 1)[0].strip("[]"), int(
            metrics.rsplit(":", 1)[1]))
        family = (socket.AF_UNIX if metrics.startswith("/") else socket.AF_INET6 if "[" in metrics else
                  socket.AF_INET)
        crowd = [socket.socket(family) for _ in range(40)]
        try:
            for each in crowd:
                each.connect(address)
            told = status("-o", "StatusSocket " + path)
            return None if "connections:" in told.stdout and figures(metrics) else f"{told}"
        finally:
            for each in crowd:
                each.close()

    check(f"{name}: nobody is kept out by others who say nothing", test)


def leaves_meanwhile(s, name, port, metrics):
    """Somebody asks, and before the listener looks, a client's monitor has gone."""
    listener = s.by_port[port]

    def test():
        held = Session(s.ssh_args(port, "alice"))
        monitor = town.named(listener.pid, "monitor")[-1]
        visit = (socket.socket(socket.AF_UNIX) if metrics.startswith("/") else
                 socket.socket(socket.AF_INET6))
        visit.connect(metrics if metrics.startswith("/") else ("::1", int(metrics.rsplit(":", 1)[1])))
        visit.sendall(b"GET /metrics HTTP/1.0\r\n")
        figures(metrics)  # by now that was read
        listener.send_signal(signal.SIGSTOP)
        visit.sendall(b"\r\n")
        held.client.kill()
        held.client.wait()
        gone = settles(lambda: not town.runs(monitor))
        listener.send_signal(signal.SIGCONT)
        visit.settimeout(20)
        told = visit.recv(100)
        visit.close()
        return None if gone and told.startswith(b"HTTP/1.0 200") and settles(lambda: figures(metrics)[
            "cleatd_connections"] == 0) else f"{gone} {told} {s.log(name)[-2000:]}"

    check(f"{name}: a client that goes while somebody asks", test)


def places(s, name):
    """Another place after a reload; and none at the end."""
    config = s.file(name + ".conf")
    first, second, third = (s.file(f"{name}-{at}.sock") for at in ("a", "b", "m"))
    port = s.cleatd_system(name, text=f"StatusSocket {first}\n")
    server = s.by_port[port]
    held = Session(s.ssh_args(port, "alice"))
    with open(config, "w") as out:
        out.write(f"StatusSocket {second}\nMetricsAddress {third}\n")
    server.send_signal(signal.SIGHUP)
    check(f"{name}: a reload opens other places", lambda: None if settles(
        lambda: os.path.exists(third) and not os.path.exists(first)) and figures(third) else "no")
    check(f"{name}: status reads the configuration", lambda: None if row_of(status(
        "--system", "-f", config).stdout, "alice") else f"{status('--system', '-f', config)}")
    with open(config, "w") as out:
        out.write(f"StatusSocket {first}\nMetricsAddress 127.0.0.1:1x\n")
    server.send_signal(signal.SIGHUP)
    check(f"{name}: a mistake leaves the old ones", lambda: None if settles(
        lambda: f"{config} line 2" in s.log(name)) and status("-o", "StatusSocket " + second).returncode == 0
        and not os.path.exists(first) else s.log(name)[-300:])
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    check(f"{name}: no other process has the socket", lambda: None if "is the server running" in status(
        "-o", "StatusSocket " + second).stderr and held.client.poll() is None else "one has")
    held.close()
    port = s.cleatd_system(name, text=f"StatusSocket {second}\n")
    check(f"{name}: a socket that was left is no hindrance", lambda: None if status(
        "-o", "StatusSocket " + second).returncode == 0 else s.log(name))
    s.by_port[port].send_signal(signal.SIGTERM)
    s.by_port[port].wait(60)
    check(f"{name}: none is left at the end", lambda: None if not os.path.exists(second) else "it is")


def mistakes(s, alone):
    for value in ("0.0.0.0:9000", "127.0.0.1", "relative", "192.0.2.1:80"):
        done = subprocess.run([CLEATD, "-t", "-f", "none", "-h", s.file("host_ed25519"), "-o",
                               "MetricsAddress " + value], capture_output=True, text=True, timeout=60)
        check(f"MetricsAddress {value} is refused", lambda: None if done.returncode and
              "MetricsAddress" in done.stderr else f"{done}")
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        done = subprocess.run([CLEATD, "-D", "-e", "-p", "0", "-f", "none", "-h", s.file("host_ed25519"),
                               "-o", "MetricsAddress " + place], capture_output=True, text=True, timeout=60)
        check("a place that is taken stops the start", lambda: None if done.returncode and
              f"cannot listen at {place}" in done.stderr else f"{done}")
    with socket.socket(socket.AF_UNIX) as mute:
        path = s.file("mute.sock")
        mute.bind(path)
        mute.listen()
        threading.Thread(target=lambda: mute.accept()[0].close(), daemon=True).start()
        done = status("-o", "StatusSocket " + path)
        check("a server that says nothing is an error", lambda: None if done.returncode == 1 and
              f"{path}: the server has hung up without a word" in done.stderr else f"{done}")
    done = subprocess.run(f"{CLEATD} status -o 'StatusSocket {alone}' > /dev/full", shell=True, capture_output=True,
                          text=True, timeout=60)
    check("so is what cannot be written", lambda: None if done.returncode == 1 and "cannot write" in done.stderr
          else f"{done}")
    check("status without a socket says what to do", lambda: None if "StatusSocket" in status(
        "-f", "none").stderr else "no")


def main():
    s = peers.Scratch()
    try:
        place = f"127.0.0.1:{free_port()}"
        port = s.cleatd("alone", ["StatusSocket " + s.file("alone.sock"), "MetricsAddress " + place])
        args = s.ssh_args(port, peers.USER, "-o", "Ciphers=chacha20-poly1305@openssh.com")
        suite(s, "alone", port, peers.USER, args, s.file("alone.sock"), place)
        mistakes(s, s.file("alone.sock"))
    finally:
        s.stop()
    if not town.possible():
        report("the server of many users", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        for name, how in (("own", ()), ("shared", ("ConnectionIsolation shared",))):
            Scene.isolation = how
            place = f"[::1]:{free_port()}" if name == "own" else s.file("metrics.sock")
            port = s.cleatd_system(name, ["StatusSocket " + s.file(name + ".sock"), "MetricsAddress " + place])
            suite(s, name, port, "alice", s.ssh_args(port, "alice", "-o",
                                                     "Ciphers=chacha20-poly1305@openssh.com"),
                  s.file(name + ".sock"), place)
            leaves_meanwhile(s, name, port, place)
            places(s, name + "-places")
    finally:
        s.stop()
    finish()


main()
