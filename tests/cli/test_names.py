#!/usr/bin/python3
"""CanonicalizeHostname, with a hosts file of our own in a name space of our own."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import expect  # noqa: E402
from peers import CLEAT, finish, report  # noqa: E402

HOSTS = """127.0.0.1 localhost
127.0.0.1 box.corp.example.
127.0.0.1 real.corp.example. alias.corp.example.
127.0.0.1 real;id.corp.example. evil.corp.example.
"""
CONFIG = """CanonicalizeHostname yes
CanonicalDomains nowhere.example corp.example
CanonicalizePermittedCNAMEs *.corp.example:real*.corp.example
Host box.corp.example
    Port 1001
Match canonical host evil.*
    Port 1003
Match canonical host real.*
    Port 1002
    Hostname is-settled-by-then
"""


def resolved(*args):
    """Hostname and port that -G shows, or what was said instead."""
    done = subprocess.run([CLEAT, "ssh", "-F", "config", "-G", *args], capture_output=True, text=True,
                          timeout=30)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    return (found["hostname"], found["port"]) if "hostname" in found else done.stderr


def inside():
    subprocess.run(["mount", "--bind", "hosts", "/etc/hosts"], check=True)
    for what, args, wanted in (
            ("a short name is found in a domain", ["box"], ("box.corp.example", "1001")),
            ("capitals do not matter", ["BOX"], ("box.corp.example", "1001")),
            ("a permitted alias is followed", ["alias"], ("real.corp.example", "1002")),
            ("other aliases are not", ["-o", "CanonicalizePermittedCNAMEs x:y", "alias"],
             ("alias.corp.example", "22")),
            ("an alias that a shell could take for more is not", ["evil"], ("evil.corp.example", "1003")),
            ("a name with a last dot is whole", ["box.corp.example."], ("box.corp.example", "1001")),
            ("a name with more dots is left alone", ["-o", "CanonicalizeMaxDots 0", "a.b"],
             ("a.b", "22")),
            ("what no domain has is taken as it is", ["nope"], ("nope", "22")),
            ("addresses are left alone", ["127.0.0.1"], ("127.0.0.1", "22")),
            ("what a jump host resolves is left alone", ["-J", "j", "box"], ("box", "22")),
            ("unless it is always wanted", ["-o", "CanonicalizeHostname always", "-J", "j", "box"],
             ("box.corp.example", "1001")),
            ("none is no", ["-o", "CanonicalizeHostname none", "box"], ("box", "22"))):
        found = resolved(*args)
        expect(what, found != wanted and repr(found))
    refused = resolved("-o", "CanonicalizeFallbackLocal no", "nope")
    expect("without fallback that is an error", "\"nope\"" not in refused and refused)
    finish()


def main():
    if len(sys.argv) > 1:
        inside()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("hosts", HOSTS), ("config", CONFIG)):
            with open(os.path.join(folder, name), "w") as out:
                out.write(text)
        os.chmod(os.path.join(folder, "config"), 0o600)
        if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
            report("CanonicalizeHostname", skip="there are no user name spaces here")
            finish()
        env = {**os.environ, "CLEAT_BIN_DIR": os.path.abspath(os.environ["CLEAT_BIN_DIR"])}
        script = os.path.abspath(__file__)
        sys.exit(subprocess.run(["unshare", "-rm", sys.executable, script, "inside"], cwd=folder,
                                env=env).returncode)


if __name__ == "__main__":
    main()
