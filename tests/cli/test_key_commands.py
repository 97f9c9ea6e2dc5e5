#!/usr/bin/python3
"""AuthorizedKeysCommand and AuthorizedPrincipalsCommand of cleatd: what they are told, compared with
what OpenSSH's server tells them, what their answers do, and what happens while they think."""
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import USER, Scratch, finish, report  # noqa: E402

SECONDS = 30
KEY_TOKENS = "%% %f %h %k %t %u %U"
NAME_TOKENS = KEY_TOKENS + " %F %i %K %s %T"


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def wait_until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Place:
    """A folder that nobody else can write to, as the programs must be in, and an authority."""

    def __init__(self):
        self.scratch = Scratch()
        self.home = tempfile.mkdtemp(prefix=".cleat-commands-", dir=os.path.expanduser("~"))
        self.servers = 0
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", self.file("ca")],
                       check=True, timeout=SECONDS)
        subprocess.run(["ssh-keygen", "-q", "-s", self.file("ca"), "-I", "the id", "-n", "web,db", "-z",
                        "7", self.file("user_rsa.pub")], check=True, timeout=SECONDS)
        self.put("no_keys", "")
        os.chmod(self.file("no_keys"), 0o600)

    def file(self, name):
        return self.scratch.file(name)

    def put(self, name, text):
        with open(self.file(name), "w") as out:
            out.write(text)
        return self.file(name)

    def text(self, name):
        try:
            return open(self.file(name)).read()
        except FileNotFoundError:
            return ""

    def program(self, name, script):
        path = os.path.join(self.home, name)
        with open(path, "w") as out:
            out.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        return path

    def serve(self, *options):
        self.servers += 1
        name = f"cleatd{self.servers}"
        return Server(self, self.scratch.cleatd(name, options, "no_keys"), name + ".log")

    def stop(self):
        self.scratch.stop()
        shutil.rmtree(self.home, ignore_errors=True)


class Server:
    def __init__(self, place, port, log):
        self.place, self.port, self.log = place, port, log

    def accepts(self, name, key="ed25519", output="in"):
        done = self.place.scratch.openssh(self.port, key=key, command="echo in", seconds=SECONDS)
        expect(name, done.stdout.decode().strip() != output and f"{done!r} {self.text()}")

    def refuses(self, name, reason, key="ed25519"):
        since = len(self.text())
        done = self.place.scratch.openssh(self.port, key=key, command="echo in", seconds=SECONDS)
        said = wait_until(lambda: re.search(reason, self.text()[since:]))
        expect(name, (done.returncode != 255 or not said) and f"{done!r} {self.text()[since:]}")

    def text(self):
        return self.place.text(self.log)


def tell(place, name, answer):
    """A program that notes its arguments and gives the answer."""
    return place.program(name, f'printf "%s\\n" "$@" >"{place.file(name)}"\ncat <<END\n{answer}END\n')


def what_they_are_told(place):
    """The arguments, which must be OpenSSH's."""
    key = place.text("user_ed25519.pub")
    for name, keyword, tokens, answer, key_name, more in (
            ("keys", "AuthorizedKeysCommand", KEY_TOKENS, key, "ed25519", ()),
            ("names", "AuthorizedPrincipalsCommand", NAME_TOKENS, "db\n", "rsa",
             (f"TrustedUserCAKeys {place.file('ca.pub')}",))):
        program = tell(place, name, answer)
        lines = (*more, f'{keyword} {program} {tokens} "two words"')
        server = place.serve(*lines)
        server.accepts(f"{keyword}: its answer lets the client in", key_name)
        ours = place.text(name)
        expect(f"{keyword}: each token is one argument",
               ours.count("\n") != len(tokens.split()) + 1 and ours)
        if os.getuid():
            report(f"{keyword}: the arguments are OpenSSH's", skip="its server needs root for this")
            continue
        port = place.scratch.sshd(name, (*lines, f"{keyword}User {USER}",
                                         f"AuthorizedKeysFile {place.file('no_keys')}"))
        done = place.scratch.openssh(port, key=key_name, command="echo in", seconds=SECONDS)
        expect(f"{keyword}: OpenSSH's server agrees", done.stdout != b"in\n" and repr(done))
        expect(f"{keyword}: the arguments are OpenSSH's",
               ours != place.text(name) and f"{ours}\n{place.text(name)}")


def ends(place):
    server = place.serve(f"AuthorizedKeysCommand {tell(place, 'ends', '')} %C [%D]")
    server.refuses("%C: the ends of the connection", "Failed publickey")
    expect("%C and %D", not re.fullmatch(rf"127.0.0.1 \d+ 127.0.0.1 {server.port}\n\[\]\n",
                                         place.text("ends")) and place.text("ends"))


def answers(place):
    key = place.text("user_ed25519.pub")
    program = place.program("answer", f'cat "{place.file("answer")}"\n. "{place.file("then")}"\n')
    server = place.serve(f"AuthorizedKeysCommand {program}")
    place.put("then", "")
    place.put("answer", f'command="echo forced" {key}')
    server.accepts("its lines' options hold", output="forced")
    place.put("answer", f'from="10.0.0.0/8" {key}')
    server.refuses("its lines' options refuse", "not allowed from this address")
    place.put("answer", place.text("user_rsa.pub"))
    server.refuses("another key is none", "Failed publickey")
    place.put("answer", f"cert-authority,principals=\"db\" {place.text('ca.pub')}")
    server.accepts("its lines may name an authority", "rsa")
    place.put("answer", key)
    place.put("then", "exit 3\n")
    server.refuses("what a program prints that fails does not count", "has failed with status 3")
    place.put("then", "kill -9 $$\n")
    server.refuses("nor of one that is killed", "was ended by signal 9")
    place.put("then", "head -c 2000000 /dev/zero; exit 0\n")
    server.refuses("nor more than a megabyte", "has written more than 1048576 bytes")
    place.put("then", 'echo "$HOME|$USER|$(cat)" >"%s"\n' % place.file("seen"))
    server.accepts("it runs")
    expect("it has the user's environment and no input",
           place.text("seen") != f"{place.scratch.home()}|{USER}|\n" and place.text("seen"))


def names(place):
    """A certificate's names and the user's, or the file's, or the command's."""
    trusted = f"TrustedUserCAKeys {place.file('ca.pub')}"
    program = place.program("names", f'touch "{place.file("ran")}"\ncat "{place.file("answer")}"\n')
    server = place.serve(trusted, f"AuthorizedPrincipalsCommand {program}")
    place.put("answer", 'mail\ncommand="echo db" db\n')
    server.accepts("a name with an option", "rsa", output="db")
    place.put("answer", f"{USER}\nmail\n")
    server.refuses("names that the certificate does not have", "it has no name by", "rsa")
    os.unlink(place.file("ran"))
    server.refuses("a key without a certificate is not its business", "Failed publickey")
    expect("then it does not run", os.path.exists(place.file("ran")))
    place.put("names_file", "web\n")
    os.chmod(place.file("names_file"), 0o600)
    server = place.serve(trusted, f"AuthorizedPrincipalsCommand {program}",
                         f"AuthorizedPrincipalsFile {place.file('names_file')}")
    server.accepts("AuthorizedPrincipalsFile comes first", "rsa")
    expect("so nobody is asked", os.path.exists(place.file("ran")))
    place.put("names_file", "nobody\n")
    place.put("answer", "db\n")
    server.accepts("AuthorizedPrincipalsFile, then the command", "rsa")


def files_first(place):
    program = place.program("never", f'touch "{place.file("never")}"\n')
    port = place.scratch.cleatd("listed", (f"AuthorizedKeysCommand {program}",), "authorized_keys")
    Server(place, port, "listed.log").accepts("a key in a file")
    expect("AuthorizedKeysCommand is not asked then", os.path.exists(place.file("never")))


def trust(place):
    program = tell(place, "trusted", place.text("user_ed25519.pub"))
    server = place.serve(f"AuthorizedKeysCommand {program}")
    server.accepts("a program that only we can write to")
    os.chmod(program, 0o777)
    server.refuses("one that others can write to", "AuthorizedKeysCommand: .*chmod go-w")
    os.chmod(program, 0o755)
    os.chmod(place.home, 0o777)
    server.refuses("one in a folder that others can write to", "AuthorizedKeysCommand: .*chmod go-w")
    os.chmod(place.home, 0o700)
    os.rename(program, program + ".gone")
    server.refuses("one that is not there", "AuthorizedKeysCommand: cannot open")
    os.rename(program + ".gone", program)
    server.accepts("and one that is back")
    for value, reason in (("echo %k", "is not an absolute path"), ("/bin/echo %z", "%z")):
        try:
            place.serve(f"AuthorizedKeysCommand {value}")
            expect(f"AuthorizedKeysCommand {value}", "the server has started")
        except RuntimeError as problem:
            expect(f"AuthorizedKeysCommand {value} stops the start",
                   reason not in str(problem) and problem)


def waiting(place):
    """One client's program thinks; others log in; a client that goes takes its program along."""
    os.mkfifo(place.file("go"))
    program = place.program("slow", f'echo $$ >>"{place.file("pids")}"\n'
                                    f'[ "$1" = ssh-rsa ] && read line <"{place.file("go")}"\n'
                                    f'cat "{place.file("authorized_keys")}"\n')
    server = place.serve(f"AuthorizedKeysCommand {program} %t", "LoginGraceTime 60")
    slow = subprocess.Popen(
        ["ssh", "-F", "none", "-p", str(server.port), "-i", place.file("user_rsa"), "-o",
         "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
         "CertificateFile=none", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
         f"{USER}@127.0.0.1", "echo in"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    place.scratch.servers.append(slow)
    expect("the slow program runs", not wait_until(lambda: place.text("pids")))
    server.accepts("another client does not wait for it")
    expect("the first one still does", slow.poll() is not None)
    pid = int(place.text("pids").split()[0])
    slow.terminate()
    slow.wait(SECONDS)

    def is_gone():
        try:
            return open(f"/proc/{pid}/stat").read().split(")")[1].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True
    expect("a client that goes takes its program along", not wait_until(is_gone))
    server.accepts("and the server goes on")


def main():
    place = Place()
    try:
        mode = stat.S_IMODE(os.stat(os.path.expanduser("~")).st_mode)
        if mode & 0o022:
            report("commands about keys", skip="others can write to the home directory")
        else:
            for part in (what_they_are_told, ends, answers, names, files_first, trust, waiting):
                part(place)
    except (RuntimeError, subprocess.SubprocessError) as problem:
        report("servers start and answer", str(problem))
    finally:
        place.stop()
    finish()


main()
