#!/usr/bin/python3
"""What a user of the two programs sees: statuses, refusals, files and mistakes."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import expect  # noqa: E402
from peers import CLEAT, CLEATD, USER, Scratch, attempt, finish, report, wait_for  # noqa: E402


def run(*args, **more):
    return subprocess.run(args, capture_output=True, timeout=30, **more)


def exit_statuses(scratch, port):
    for status in (0, 1, 7, 254):
        done = scratch.cleat_ssh(port, command=f"exit {status}")
        expect(f"exit status {status} is the command's",
               done.returncode != status and f"{done.returncode}: {done.stderr!r}")
    done = scratch.cleat_ssh(port, command="kill -TERM $$")
    expect("a signal ends with 255", done.returncode != 255 and str(done.returncode))
    done = scratch.cleat_ssh(1)
    expect("a refused connection says so", (done.returncode != 255 or b"refused" not in done.stderr)
           and repr(done))
    target = f"{USER}@127.0.0.1"
    for name, words in (("cleat sftp", ["sftp", "-P", "1", target]),
                        ("cleat sftp with a batch", ["sftp", "-b", "-", "-P", "1", target]),
                        ("cleat sftp behind a jump host", ["sftp", "-J", f"{target}:1", target]),
                        ("cleat scp", ["scp", "-P", "1", CLEAT, f"{target}:"])):
        expect(f"{name} ends with a refused connection", attempt(lambda words=words: refused(words)))


def refused(words):
    done = run(CLEAT, words[0], "-F", "none", *words[1:], input=b"ls\n")
    return None if done.returncode == 255 and done.stderr.count(b"refused") == 1 else repr(done)


def refusals(scratch, port):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scratch.file("user_other")],
                   check=True)
    done = scratch.cleat_ssh(port, key="other")
    expect("another key is refused by name of the methods", (
        done.returncode != 255 or b"Permission denied (publickey)" not in done.stderr) and repr(done))
    done = scratch.cleat_ssh(port, "-o", "NoSuchThing yes")
    expect("an unknown option is named", (done.returncode != 255 or b"NoSuchThing" not in done.stderr)
           and repr(done))
    conf = scratch.file("broken.conf")
    with open(conf, "w") as out:
        out.write("Port 1\n\nChrootDirectory /srv\n")
    done = run(CLEATD, "-t", "-f", conf)
    expect("a restriction that is not enforced stops the daemon", (
        done.returncode == 0 or f"{conf} line 3".encode() not in done.stderr) and repr(done))
    done = run(CLEATD, "-D", "-e", "-p", str(port))
    expect("a port in use is an error", (done.returncode == 0 or b"Bind to port" not in done.stderr)
           and repr(done))


def key_options(scratch, port):
    lines = open(scratch.file("authorized_keys")).read()
    plain = open(scratch.file("user_rsa.pub")).read()

    def with_options(options):
        with open(scratch.file("authorized_keys"), "w") as out:
            out.write(lines.replace(plain, f"{options} {plain}"))

    with_options('command="echo forced $SSH_ORIGINAL_COMMAND"')
    done = scratch.cleat_ssh(port, key="rsa", command="mine")
    expect("command= replaces the command", done.stdout != b"forced mine\n" and repr(done))
    with_options('from="10.0.0.0/8"')
    expect("from= refuses other addresses", not scratch.cleat_ssh(port, key="rsa").returncode)
    with_options('from="127.0.0.0/8,::1",environment="COLOUR=blue"')
    done = scratch.cleat_ssh(port, key="rsa", command="echo $COLOUR")
    expect("environment= is set", done.stdout != b"blue\n" and repr(done))
    with_options('expiry-time="20200101"')
    expect("expiry-time= refuses afterwards", not scratch.cleat_ssh(port, key="rsa").returncode)
    with_options("no-such-option")
    expect("an unknown key option refuses the line", not scratch.cleat_ssh(port, key="rsa").returncode)
    with_options("restrict")
    done = scratch.cleat_ssh(port, "-tt", key="rsa", command="tty")
    expect("restrict takes the terminal away", b"/dev/" in done.stdout and repr(done))


def drains(scratch):
    port = scratch.cleatd("draining")
    server = scratch.servers[-1]
    client = subprocess.Popen([CLEAT, "ssh", "-F", "none", "-p", str(port), "-i",
                               scratch.file("user_ed25519"), "-o", "StrictHostKeyChecking no", "-o",
                               "UserKnownHostsFile /dev/null", f"{USER}@127.0.0.1", "echo up; cat"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    client.stdout.readline()
    server.terminate()
    time.sleep(0.3)
    still = server.poll() is None and not wait_for(port, server, 0.3)
    client.stdin.close()
    client.wait(10)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        still = False
    expect("SIGTERM drains", not still and "the daemon did not wait, or did not end")


def main():
    scratch = Scratch()
    try:
        port = scratch.cleatd("cleatd")
        exit_statuses(scratch, port)
        refusals(scratch, port)
        key_options(scratch, port)
        drains(scratch)
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        scratch.stop()
    finish()


main()
