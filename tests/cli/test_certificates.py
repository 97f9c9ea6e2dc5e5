#!/usr/bin/python3
"""Certificates of OpenSSH's: users' and the host's at cleatd, users' of cleat ssh, OpenSSH being the
other end."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import USER, Scratch, finish, report  # noqa: E402

SECONDS = 20
KEY_TYPES = ("ed25519", "rsa", "ecdsa256", "ecdsa384", "ecdsa521")


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


class Place:
    """Authorities, and a cleatd that reads its files anew for each login."""

    def __init__(self):
        self.scratch = Scratch()
        for name, kind in (("ca", "ed25519"), ("other_ca", "ed25519"), ("rsa_ca", "rsa")):
            self.keygen("-q", "-N", "", "-t", kind, "-f", self.file(name))
        self.put("trusted", self.public("ca"))
        for name in ("keys", "revoked", "names"):
            self.put(name, "")

    def file(self, name):
        return self.scratch.file(name)

    def public(self, name):
        return open(self.file(name + ".pub")).read()

    def put(self, name, text):
        with open(self.file(name), "w") as out:
            out.write(text)
        os.chmod(self.file(name), 0o600)

    @staticmethod
    def keygen(*args):
        subprocess.run(["ssh-keygen", *args], check=True, capture_output=True, timeout=SECONDS)

    def certify(self, *options, ca="ca", key="ed25519", name=USER, serial=1):
        names = ["-n", name] if name else []
        self.keygen("-q", "-s", self.file(ca), "-I", "the id", *names, "-z", str(serial), *options,
                    self.file(f"user_{key}.pub"))

    def serve(self, log, *options):
        port = self.scratch.cleatd(log, (f"TrustedUserCAKeys {self.file('trusted')}",
                                         f"RevokedKeys {self.file('revoked')}", *options), "keys")
        return Server(self, port, self.file(log + ".log"))


class Server:
    def __init__(self, place, port, log):
        self.place, self.port, self.log = place, port, log

    def ssh(self, *options, **more):
        return self.place.scratch.openssh(self.port, *options, seconds=SECONDS, **more)

    def accepts(self, name, *options, output=None, **more):
        done = self.ssh(*options, **more)
        good = done.returncode == 0 and (output is None or done.stdout.decode().strip() == output)
        expect(name, not good and f"{done!r} {self.text()[-800:]}")
        return done

    def text(self):
        return open(self.log, errors="replace").read()

    def refuses(self, name, reason, *options, **more):
        """The reason is in the log, and nothing but the refusal at the client."""
        since = len(self.text())
        done = self.ssh(*options, **more)
        end = time.monotonic() + SECONDS
        while not re.search(reason, self.text()[since:]) and time.monotonic() < end:
            time.sleep(0.02)
        said = done.stderr.decode()
        good = (done.returncode == 255 and re.search(reason, self.text()[since:]) and
                said.strip() == f"{USER}@127.0.0.1: Permission denied (publickey).")
        expect(name, not good and f"{done!r} {self.text()[since:][-800:]}")


def trusted_authorities(place, server):
    for key in KEY_TYPES:
        place.certify(key=key)
        server.accepts(f"a certificate of a trusted authority lets a {key} key in", key=key)
    expect("the log names the certificate and its authority", not re.search(
        r"Accepted publickey for .* ssh2: ED25519-CERT SHA256:\S+ ID the id \(serial 1\) CA ED25519 SHA256:",
        server.text()) and server.text())
    place.certify(ca="rsa_ca")
    server.refuses("an authority that nobody trusts", "Failed publickey .*ED25519-CERT")
    place.put("trusted", place.public("ca") + place.public("rsa_ca"))
    server.accepts("an RSA authority that is added")
    place.certify("-t", "ssh-rsa", ca="rsa_ca")
    server.refuses("an authority's signature with SHA-1",
                   "Certificate refused: .*of an algorithm that is not allowed")
    place.put("trusted", place.public("ca"))
    place.put("keys", place.public("user_ed25519"))
    place.certify(ca="other_ca")
    server.accepts("a key that is listed needs no certificate")
    place.put("keys", "")


def validity(place, server):
    for name, reason, options, more in (
            ("an expired certificate", "it has expired", ("-V", "20200101:20210101"), {}),
            ("a certificate for later", "it is not valid yet", ("-V", "20900101:20910101"), {}),
            ("another user's certificate", "not a listed one", (), {"name": "someone-else"}),
            ("a certificate without names", "it lists no names", (), {"name": None}),
            ("a wildcard", "not a listed one", (), {"name": "*"}),
            ("an option nobody knows", "critical option that is not known",
             ("-O", "critical:new@example.com=1"), {}),
            ("verify-required", "verify-required", ("-O", "verify-required"), {}),
            ("another source address", "it is not valid from this address",
             ("-O", "source-address=10.0.0.0/8"), {})):
        place.certify(*options, **more)
        server.refuses(f"{name} is refused", reason)


def options(place, server):
    place.certify("-O", "source-address=127.0.0.0/8", "-O", "force-command=echo forced")
    server.accepts("force-command, source-address", output="forced")
    place.certify()
    done = server.accepts("permit-pty", "-tt", command="tty")
    expect("permit-pty: there is a terminal", b"/dev/" not in done.stdout and repr(done))
    place.certify("-O", "clear")
    done = server.ssh("-tt", command="tty")
    expect("without permit-pty there is none", b"/dev/" in done.stdout and repr(done))
    server.accepts("without extensions commands run", command="echo run", output="run")


def forwarding(place, server):
    for allows, options in ((True, ()), (False, ("-O", "no-port-forwarding"))):
        place.certify(*options)
        done = subprocess.run(
            ["ssh", "-F", "none", "-p", str(server.port), "-i", place.file("user_ed25519"), "-o",
             "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
             "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-W",
             f"127.0.0.1:{server.port}", f"{USER}@127.0.0.1"], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=SECONDS)
        expect(f"port forwarding is {'allowed' if allows else 'refused'} by the certificate",
               done.stdout.startswith(b"SSH-2.0-") != allows and repr(done))


def lines_of_keys(place, server):
    ca = place.public("other_ca")
    place.certify(ca="other_ca")
    place.put("keys", "cert-authority " + ca)
    server.accepts("cert-authority")
    place.put("keys", ca)
    server.refuses("an authority's line without cert-authority", "Failed publickey")
    place.put("keys", f'cert-authority,principals="a,b" {ca}')
    server.refuses("none of principals=", "none of the line's principals")
    place.certify(ca="other_ca", name="b")
    server.accepts("one of principals=")
    place.put("keys", f'cert-authority,principals="b",command="echo line",no-pty {ca}')
    server.accepts("a line's options hold for its certificates", output="line")
    place.certify("-O", "force-command=echo cert", ca="other_ca", name="b")
    server.refuses("two commands", "command is another than the line's")
    place.put("keys", "cert-authority " + place.public("user_ed25519"))
    os.unlink(place.file("user_ed25519-cert.pub"))
    server.refuses("an authority's own key", "Failed publickey .*ED25519 ")
    place.put("keys", "")


def revoked(place, server):
    for name in ("ca", "user_ed25519"):
        place.certify()
        place.put("revoked", place.public(name))
        server.refuses(f"a certificate when {name} is revoked", "the key is revoked")
    place.put("revoked", place.public("other_ca"))
    server.accepts("revoking another key changes nothing")
    place.put("revoked", "")


def lists(place, server):
    """RevokedKeys with key revocation lists."""
    place.certify(serial=7)
    for name, lines, found in (("a serial number", "serial: 7", True),
                               ("a range of serial numbers", "serial: 5-100000", True),
                               ("other serial numbers", "serial: 8-100000", False),
                               ("a key id", "id: the id", True),
                               ("another key id", "id: the other", False),
                               ("a hash", f"sha256: {place.public('user_ed25519')}", True)):
        place.put("spec", lines + "\n")
        place.keygen("-q", "-k", "-f", place.file("revoked"), "-s", place.file("ca.pub"),
                     place.file("spec"))
        if found:
            server.refuses(f"a list with {name}", "the key is revoked")
        else:
            server.accepts(f"a list with {name} is about others")
    with open(place.file("revoked"), "r+b") as damaged:
        damaged.truncate(60)
    server.refuses("a list that is cut off revokes everything", "the key is revoked")
    place.put("revoked", "")


def names(place):
    server = place.serve("by_names", f"AuthorizedPrincipalsFile {place.file('names')}")
    place.certify()
    server.refuses("AuthorizedPrincipalsFile: the user's name counts no more",
                   "Certificate refused: it has no name by")
    place.certify(name="web,db")
    place.put("names", "# who may\nmail\ncommand=\"echo db\" db\n")
    server.accepts("AuthorizedPrincipalsFile: a name with options", output="db")
    place.put("names", "from=\"10.0.0.0/8\" db\n")
    server.refuses("AuthorizedPrincipalsFile: from=", "not allowed from this address")


def algorithms(place):
    server = place.serve("by_rsa", "CASignatureAlgorithms rsa-sha2-512")
    place.certify()
    server.refuses("CASignatureAlgorithms", "of an algorithm that is not allowed")
    place.put("trusted", place.public("rsa_ca"))
    place.certify("-t", "rsa-sha2-512", ca="rsa_ca")
    server.accepts("CASignatureAlgorithms: the one that is allowed")
    place.put("trusted", place.public("ca"))
    server = place.serve("plain_only", "PubkeyAcceptedAlgorithms ssh-ed25519")
    place.certify()
    server.refuses("PubkeyAcceptedAlgorithms without certificates", "Failed|refused|Connection closed")


def hosts(place):
    """OpenSSH's client knows nothing but the authority."""
    for key in ("ed25519", "rsa"):
        place.keygen("-q", "-s", place.file("ca"), "-h", "-I", "host", "-n", "127.0.0.1",
                     place.file(f"host_{key}.pub"))
    server = place.serve("hosted", *(f"HostCertificate {place.file(f'host_{key}-cert.pub')}"
                                     for key in ("ed25519", "rsa")))
    place.put("keys", place.public("user_ed25519"))
    place.put("known", f"@cert-authority [127.0.0.1]:{server.port} {place.public('ca')}")
    strict = ("-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={place.file('known')}")
    for algorithm in ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"):
        server.accepts(f"the host shows its certificate: {algorithm}", *strict, "-o",
                       f"HostKeyAlgorithms={algorithm}-cert-v01@openssh.com", "-o",
                       "RekeyLimit=16K", command="head -c 100000 /dev/zero | wc -c", output="100000")
    done = server.ssh(*strict, "-o", "HostKeyAlgorithms=ssh-ed25519")
    expect("a client that wants no certificate gets the plain key",
           (done.returncode != 255 or b"No ED25519 host key is known" not in done.stderr) and repr(done))
    server.accepts("who does not know the authority sees the key")
    for name, certificate, reason in (
            ("a user's certificate", "user_ed25519-cert.pub", "it is a user's certificate"),
            ("a certificate of another key", "other-cert.pub", "its key is no HostKey")):
        place.certify()
        place.put("other.pub", place.public("user_rsa"))
        place.keygen("-q", "-s", place.file("ca"), "-h", "-I", "host", place.file("other.pub"))
        try:
            place.serve("mistaken", f"HostCertificate {place.file(certificate)}")
            expect(f"HostCertificate: {name}", "the server has started")
        except RuntimeError as problem:
            expect(f"HostCertificate: {name}", reason not in str(problem) and problem)
    place.put("keys", "")


def client(place):
    """Ours, at OpenSSH's server that knows the authority and no key."""
    port = place.scratch.sshd("sshd", (f"TrustedUserCAKeys {place.file('trusted')}",
                                       "AuthorizedKeysFile none", "LogLevel VERBOSE"))
    for key in KEY_TYPES:
        place.certify(key=key)
        done = place.scratch.cleat_ssh(port, key=key, command="echo in")
        expect(f"FILE-cert.pub beside a {key} key", done.stdout != b"in\n" and repr(done))
    beside, elsewhere = place.file("user_ed25519-cert.pub"), place.file("elsewhere.pub")
    os.rename(beside, elsewhere)
    done = place.scratch.cleat_ssh(port, command="echo in")
    expect("a key alone does not do", done.returncode != 255 and repr(done))
    done = place.scratch.cleat_ssh(port, "-o", f"CertificateFile {elsewhere}", command="echo in")
    expect("CertificateFile", done.stdout != b"in\n" and repr(done))
    done = place.scratch.cleat_ssh(port, "-o", f"CertificateFile {elsewhere}", "-o",
                                   "PubkeyAcceptedAlgorithms ssh-ed25519", command="echo in")
    expect("PubkeyAcceptedAlgorithms without certificates", done.returncode != 255 and repr(done))
    server = place.serve("ours")
    done = place.scratch.cleat_ssh(server.port, "-o", f"CertificateFile {elsewhere}",
                                   command="echo in")
    expect("CertificateFile at cleatd", done.stdout != b"in\n" and repr(done))
    granted(place, port)
    agent(place, port)


def forwarded(place, port):
    """What comes through -W from the server itself."""
    done = place.scratch.cleat_ssh(port, "-W", f"127.0.0.1:{port}", command="")
    return done.stdout.startswith(b"SSH-2.0-")


def granted(place, port):
    """Each critical option and each extension, as OpenSSH's server has our client feel it."""
    for name, options, command, output in (
            ("force-command", ("-O", "force-command=echo forced"), "echo in", b"forced\n"),
            ("source-address", ("-O", "source-address=127.0.0.0/8"), "echo in", b"in\n"),
            ("another source-address", ("-O", "source-address=10.0.0.0/8"), "echo in", None),
            ("an option nobody knows", ("-O", "critical:new@example.com=1"), "echo in", None),
            ("an extension nobody knows", ("-O", "extension:new@example.com=1"), "echo in", b"in\n"),
            ("no extensions", ("-O", "clear"), "echo in", b"in\n")):
        place.certify(*options)
        done = place.scratch.cleat_ssh(port, command=command)
        good = done.returncode == 255 if output is None else done.stdout == output
        expect(f"sshd: {name}", not good and repr(done))
    for extension, has in (
            ("permit-port-forwarding", lambda: forwarded(place, port)),
            ("permit-pty", lambda: b"/dev/" in place.scratch.cleat_ssh(
                port, "-tt", command="tty").stdout)):
        for options, allows in ((("-O", "clear", "-O", extension), True), (("-O", "clear"), False)):
            if extension == "permit-pty" and os.getuid():
                report(f"sshd: {extension}", skip="its server gives terminals only as root")
                continue
            place.certify(*options)
            expect(f"sshd: {'with' if allows else 'without'} {extension}", has() != allows)


def agent(place, port):
    """The certificate is a file, the private key is in an agent."""
    socket = place.file("agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    place.scratch.servers.append(process)
    end = time.monotonic() + SECONDS
    while not os.path.exists(socket) and time.monotonic() < end:
        time.sleep(0.02)
    env = {**os.environ, "SSH_AUTH_SOCK": socket}
    os.rename(place.file("user_ed25519"), place.file("loaded"))
    subprocess.run(["ssh-add", "-q", place.file("loaded")], env=env, check=True, timeout=SECONDS)
    os.unlink(place.file("loaded"))
    place.certify()
    done = place.scratch.cleat_ssh(port, command="echo in", env=env)
    expect("an agent signs for a certificate", done.stdout != b"in\n" and repr(done))


def main():
    place = Place()
    try:
        server = place.serve("main")
        for part in (trusted_authorities, validity, options, forwarding, lines_of_keys, revoked,
                     lists):
            part(place, server)
        names(place)
        algorithms(place)
        hosts(place)
        client(place)
    except (RuntimeError, subprocess.SubprocessError) as problem:
        report("servers start and answer", str(problem))
    finally:
        place.scratch.stop()
    finish()


main()
