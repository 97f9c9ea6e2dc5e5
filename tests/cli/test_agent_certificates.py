#!/usr/bin/python3
"""Users' certificates and OpenSSH's agent: which of both a server is offered, in what order, and what
AddKeysToAgent hands over."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEAT, USER, Scratch, finish, report  # noqa: E402

SECONDS = 30
KEY_TYPES = ("ed25519", "rsa", "ecdsa256", "ecdsa384", "ecdsa521")


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def run(*args, **more):
    return subprocess.run(args, check=True, capture_output=True, timeout=SECONDS, **more)


class Place:
    """Servers that know an authority and no key, and an agent."""

    def __init__(self):
        self.scratch = Scratch()
        run("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", self.file("ca"))
        for key in KEY_TYPES:
            run("ssh-keygen", "-q", "-s", self.file("ca"), "-I", "id", "-n", USER,
                self.file(f"user_{key}.pub"))
        os.rename(self.file("ca.pub"), self.file("trusted"))
        with open(self.file("no_keys"), "w") as out:
            os.chmod(out.name, 0o600)
        trusted = f"TrustedUserCAKeys {self.file('trusted')}"
        self.servers = {
            "sshd": self.scratch.sshd("sshd", (trusted, "AuthorizedKeysFile none", "MaxAuthTries 20")),
            "cleatd": self.scratch.cleatd("cleatd", (trusted, "MaxAuthTries 20"), "no_keys")}
        self.socket = self.file("agent")
        self.scratch.servers.append(subprocess.Popen(["ssh-agent", "-D", "-a", self.socket],
                                                     stdout=subprocess.DEVNULL))
        end = time.monotonic() + SECONDS
        while not os.path.exists(self.socket) and time.monotonic() < end:
            time.sleep(0.02)

    def file(self, name):
        return self.scratch.file(name)

    def agent(self, *args):
        return run("ssh-add", "-q", *args, env={**os.environ, "SSH_AUTH_SOCK": self.socket})

    def hold(self, *keys):
        self.agent("-D")
        for key in keys:
            self.agent(self.file(f"user_{key}"))

    def held(self):
        done = subprocess.run(["ssh-add", "-L"], capture_output=True, text=True, timeout=SECONDS,
                              env={**os.environ, "SSH_AUTH_SOCK": self.socket})
        return [line.split()[0] for line in done.stdout.splitlines() if done.returncode == 0]

    def ssh(self, server, *options, files=()):
        """What was offered, and the completed process."""
        args = [CLEAT, "ssh", "-F", "none", "-v", "-p", str(self.servers[server])]
        for path in files:
            args += ["-i", path]
        for line in (*options, "BatchMode yes", "StrictHostKeyChecking no",
                     "UserKnownHostsFile /dev/null", f"IdentityAgent {self.socket}"):
            args += ["-o", line]
        home = {**os.environ, "HOME": self.scratch.path}
        done = subprocess.run([*args, f"{USER}@127.0.0.1", "echo in"], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=SECONDS, env=home)
        said = done.stderr.decode(errors="replace")
        offered = re.findall(r"Offering public key: \S+ (\S+) \S+((?: explicit)?(?: agent)?)", said)
        return [kind + where for kind, where in offered], done

    def accepts(self, name, offers, *options, servers=("sshd", "cleatd"), **more):
        for server in servers:
            offered, done = self.ssh(server, *options, **more)
            good = done.stdout == b"in\n" and offered == offers
            expect(f"{name} ({server})", not good and f"{offered} {done!r}")

    def refuses(self, name, offers, *options, **more):
        offered, done = self.ssh("sshd", *options, **more)
        expect(name, (done.returncode != 255 or offered != offers) and f"{offered} {done!r}")


def agents(place):
    """Each key's certificate stands before the key."""
    for key in KEY_TYPES:
        label = {"ed": "ED25519", "rs": "RSA", "ec": "ECDSA"}[key[:2]]
        place.hold(key)
        place.accepts(f"an agent with a key and its certificate: {key}", [f"{label}-CERT agent"],
                      servers=("sshd", "cleatd") if key in ("ed25519", "rsa") else ("sshd",))
    place.hold("ed25519")
    os.symlink(place.file("user_ed25519.pub"), place.file("plain.pub"))
    place.agent("-d", place.file("plain"))
    expect("the agent has the certificate alone",
           place.held() != ["ssh-ed25519-cert-v01@openssh.com"] and place.held())
    place.accepts("an agent with a certificate and without the key", ["ED25519-CERT agent"])
    place.hold("rsa")
    place.accepts("an RSA signature with SHA-2 by an agent's certificate", ["RSA-CERT agent"],
                  "PubkeyAcceptedAlgorithms rsa-sha2-256-cert-v01@openssh.com")
    place.refuses("PubkeyAcceptedAlgorithms without certificates", ["RSA agent"],
                  "PubkeyAcceptedAlgorithms rsa-sha2-512")


def certificate_files(place):
    """CertificateFile's come first of all; the private part is where it can be found."""
    elsewhere = place.file("elsewhere.pub")
    os.rename(place.file("user_ed25519-cert.pub"), elsewhere)
    place.hold("ecdsa256", "ed25519")
    place.accepts("CertificateFile and an agent's key", ["ED25519-CERT agent"],
                  f"CertificateFile {elsewhere}")
    place.hold("ed25519")
    place.accepts("CertificateFile, an agent's key and its file", ["ED25519-CERT explicit agent"],
                  f"CertificateFile {elsewhere}", files=[place.file("user_ed25519.pub")])
    place.hold("rsa")
    place.accepts("a CertificateFile before the agent's certificates", ["ED25519-CERT explicit"],
                  f"CertificateFile {elsewhere}", files=[place.file("user_ed25519")])
    place.accepts("two CertificateFiles in their order", ["RSA-CERT agent"],
                  f"CertificateFile {place.file('user_rsa-cert.pub')}", f"CertificateFile {elsewhere}")
    place.refuses("without CertificateFile the key alone is offered", ["ED25519 explicit"],
                  "IdentityAgent none", files=[place.file("user_ed25519")])
    os.rename(elsewhere, place.file("user_ed25519-cert.pub"))
    place.refuses("with CertificateFile the one beside the key does not count", ["ED25519 explicit"],
                  f"CertificateFile {place.file('user_rsa-cert.pub')}", "IdentityAgent none",
                  files=[place.file("user_ed25519")])


def identities_only(place):
    place.hold("ed25519", "rsa")
    place.refuses("IdentitiesOnly: nothing that only the agent has", [], "IdentitiesOnly yes")
    place.accepts("IdentitiesOnly: a key's file, with the certificate beside it",
                  ["ED25519-CERT explicit agent"], "IdentitiesOnly yes",
                  files=[place.file("user_ed25519")])
    os.symlink(place.file("user_rsa.pub"), place.file("lonely.pub"))
    place.refuses("IdentitiesOnly: a key's file, without", ["RSA explicit agent"],
                  "IdentitiesOnly yes", files=[place.file("lonely.pub")])
    place.accepts("IdentitiesOnly: a CertificateFile of the agent's key", ["RSA-CERT agent"],
                  "IdentitiesOnly yes", f"CertificateFile {place.file('user_rsa-cert.pub')}")


def handing_over(place):
    """The agent can do alone then what the files did."""
    for key in KEY_TYPES:
        place.hold()
        offered, done = place.ssh("sshd", "AddKeysToAgent yes", files=[place.file("user_" + key)])
        kinds = [re.sub("-cert-.*", "", kind) for kind in place.held()]
        good = done.stdout == b"in\n" and len(kinds) == 2 and kinds[0] == kinds[1]
        expect(f"AddKeysToAgent: the key and its certificate: {key}",
               not good and f"{place.held()} {done!r}")
        offered, done = place.ssh("sshd")
        expect(f"the agent alone then logs in: {key}",
               (done.stdout != b"in\n" or "-CERT agent" not in offered[0]) and f"{offered} {done!r}")
    place.hold("ed25519")
    before = place.held()
    place.ssh("sshd", "AddKeysToAgent yes", files=[place.file("user_ed25519")])
    expect("AddKeysToAgent: what the agent has is not handed over", place.held() != before)


def main():
    place = Place()
    try:
        for part in (agents, certificate_files, identities_only, handing_over):
            part(place)
    except (RuntimeError, subprocess.SubprocessError) as problem:
        report("servers start and answer", str(problem))
    finally:
        place.scratch.stop()
    finish()


main()
