#!/usr/bin/python3
"""Hosts' certificates: cleat ssh at OpenSSH's server, what must not convince it, and AsyncSSH at
cleatd. test_certificates.py has OpenSSH's client at cleatd."""
import base64
import importlib.util
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import CLEAT, USER, Scratch, finish, report  # noqa: E402

SECONDS = 30
SUFFIX = "-cert-v01@openssh.com"


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def keygen(*args):
    subprocess.run(["ssh-keygen", *args], check=True, capture_output=True, timeout=SECONDS)


class Place:
    """Authorities, and an sshd that reads its certificate anew: its folder is the scratch's."""

    def __init__(self):
        self.scratch = Scratch()
        for name, kind in (("ca", "ed25519"), ("other_ca", "ed25519"), ("rsa_ca", "rsa")):
            keygen("-q", "-N", "", "-t", kind, "-f", self.file(name))
        self.certify("-h", key="rsa")
        self.certify("-h")
        self.start()

    def file(self, name):
        return self.scratch.file(name)

    def public(self, name):
        return " ".join(open(self.file(name + ".pub")).read().split()[:2])

    def put(self, name, text):
        with open(self.file(name), "w") as out:
            out.write(text)
        os.chmod(self.file(name), 0o600)

    def certify(self, *options, ca="ca", key="ed25519", name="127.0.0.1"):
        keygen("-q", "-s", self.file(ca), "-I", "the host", "-z", "9", "-n", name, *options,
               self.file(f"host_{key}.pub"))

    def start(self):
        self.port = self.scratch.sshd("sshd", [f"HostCertificate {self.file(f'host_{key}-cert.pub')}"
                                               for key in ("ed25519", "rsa")])

    def restart(self, *options, **more):
        """With another certificate of the Ed25519 key."""
        self.scratch.stop_one(self.port)
        self.certify(*options, **more)
        self.start()

    def know(self, *lines):
        """Known hosts; HOST in a line is the server's name there."""
        self.put("known", "".join(line.replace("HOST", f"[127.0.0.1]:{self.port}") + "\n"
                                  for line in lines))

    def ssh(self, *options, port=None, strict="yes"):
        args = [CLEAT, "ssh", "-F", "none", "-vv", "-p", str(port or self.port), "-i",
                self.file("user_ed25519")]
        for line in ("BatchMode yes", f"StrictHostKeyChecking {strict}", "IdentityAgent none",
                     f"UserKnownHostsFile {self.file('known')}", "GlobalKnownHostsFile none",
                     *options):
            args += ["-o", line]
        done = subprocess.run([*args, f"{USER}@127.0.0.1", "echo in"], capture_output=True,
                              timeout=SECONDS)
        done.said = done.stderr.decode(errors="replace")
        return done

    def accepts(self, name, *options, says=(), **more):
        done = self.ssh(*options, **more)
        missing = [text for text in says if not re.search(text, done.said)]
        expect(name, (done.stdout != b"in\n" or missing) and f"{missing} {done!r}")

    def refuses(self, name, *options, says=(), **more):
        done = self.ssh(*options, **more)
        missing = [text for text in (*says, "Host key verification failed")
                   if not re.search(text, done.said)]
        expect(name, (done.returncode != 255 or missing) and f"{missing} {done!r}")


CA = "@cert-authority HOST "
NO_CA = "No matching CA found. Retry with plain key"
UNKNOWN = "No ED25519 host key is known"


def authorities(place):
    ca = place.public("ca")
    place.know(CA + ca)
    place.accepts("a certificate by a known authority", says=(
        f"Server host certificate: ssh-ed25519{SUFFIX} SHA256:\\S+, serial 9 ID \"the host\" "
        r"CA ssh-ed25519 SHA256:\S+ valid forever", "Server host certificate hostname: 127.0.0.1",
        r"Host '\[127.0.0.1\]:\d+' is known and matches the ED25519-CERT host certificate\.",
        r"Found CA key in \S+known:1"))
    for algorithm in ("rsa-sha2-512", "rsa-sha2-256"):
        place.accepts(f"{algorithm} by a certified key", f"HostKeyAlgorithms {algorithm}{SUFFIX}",
                      says=(f"Server host certificate: ssh-rsa{SUFFIX}",))
    place.know("@cert-authority 127.0.0.* " + ca)
    place.accepts("an authority for a pattern, without the port",
                  says=("checking without port identifier", "found matching key w/out port"))
    place.know("@cert-authority *.example.com,web " + ca)
    place.refuses("an authority for other hosts", says=(NO_CA, UNKNOWN))
    place.know("@cert-authority [127.0.0.1]:1 " + ca)
    place.refuses("an authority for another port", says=(NO_CA, UNKNOWN))
    place.know(CA + ca)
    keygen("-H", "-f", place.file("known"))
    place.accepts("an authority's line with a hashed name", says=("ED25519-CERT host certificate",))
    place.know(CA + place.public("other_ca"), CA + ca)
    place.accepts("the second of two authorities", says=("Found CA key in .*:2",))
    place.know(CA + place.public("other_ca"))
    place.refuses("an authority that is not known", says=(NO_CA, UNKNOWN))
    place.know("HOST " + place.public("host_ed25519"))
    place.accepts("the plain key is known, its certificate's authority is not", says=(
        NO_CA, "is known and matches the ED25519 host key"))
    place.know("HOST " + place.public("host_ed25519"), CA + place.public("other_ca"))
    place.accepts("the plain key is known, and another authority", says=(NO_CA,))
    place.know("HOST " + ca)
    place.refuses("an authority's key as a host's says nothing about certificates",
                  says=(NO_CA, "REMOTE HOST IDENTIFICATION HAS CHANGED"))
    place.know()
    place.accepts("a new host is remembered by its plain key", strict="accept-new")
    expect("known_hosts then has the key",
           place.public("host_ed25519") not in open(place.file("known")).read())


def algorithms(place):
    """The order is OpenSSH's."""
    for name, lines, options in (
            ("nothing is known", (), ()),
            ("an authority", (CA + place.public("ca"),), ()),
            ("an RSA key", ("HOST " + place.public("host_rsa"),), ()),
            ("the best key", ("HOST " + place.public("host_rsa"),
                              "HOST " + place.public("host_ed25519")), ()),
            ("an authority and an RSA key", (CA + place.public("ca"),
                                             "HOST " + place.public("host_rsa")), ()),
            ("an RSA key, names taken away", ("HOST " + place.public("host_rsa"),),
             ("-o", "HostKeyAlgorithms=-ecdsa*")),
            ("an RSA key, a list", ("HOST " + place.public("host_rsa"),),
             ("-o", "HostKeyAlgorithms=ssh-ed25519,rsa-sha2-512"))):
        place.know(*lines)
        offers = []
        for program in ([CLEAT, "ssh"], ["ssh"]):
            done = subprocess.run(
                [*program, "-F", "none", "-vv", "-p", str(place.port), "-o", "BatchMode=yes", "-o",
                 "IdentityAgent=none", "-o", f"UserKnownHostsFile={place.file('known')}", "-o",
                 "GlobalKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes", *options,
                 "nobody@127.0.0.1"], capture_output=True, timeout=SECONDS)
            found = re.search(r"local client KEXINIT proposal.*?host key algorithms: (\S+)",
                              done.stderr.decode(), re.S)
            offers.append([one for one in found.group(1).split(",")
                           if not re.search("sk-|webauthn|ed448", one)] if found else done)
        expect(f"order of algorithms: {name}", offers[0] != offers[1] and offers)


def validity(place):
    ca = place.public("ca")
    place.know(CA + ca)
    for name, reason, options, more in (
            ("an expired certificate", "it has expired", ("-h", "-V", "20200101:20210101"), {}),
            ("a certificate for later", "it is not valid yet",
             ("-h", "-V", "20900101:20910101"), {}),
            ("another host's certificate", "not a listed one", ("-h",), {"name": "other.host"}),
            ("a critical option", "critical option that is not known",
             ("-h", "-O", "critical:new@example.com=1"), {})):
        place.restart(*options, **more)
        place.know(CA + ca)
        place.refuses(f"{name} is refused", says=(reason, NO_CA, UNKNOWN))
    place.restart("-h", name="web.example.com")
    place.know("@cert-authority *.example.com " + ca)
    place.accepts("HostKeyAlias is the name that the certificate must have",
                  "HostKeyAlias web.example.com", says=("matches the ED25519-CERT",))
    place.refuses("HostKeyAlias that the certificate does not have",
                  "HostKeyAlias mail.example.com", says=("not a listed one",))
    place.restart("-h", name="other,127.0.0.*")
    place.know(CA + ca)
    place.accepts("a certificate for a pattern", says=("matches the ED25519-CERT",))
    place.restart("-h", "-V", "20200101:20900101")
    place.know(CA + ca)
    place.accepts("a certificate with an end",
                  says=("valid from 2020-01-01T00:00:00 to 2090-01-01T00:00:00",))


def signatures(place):
    place.restart("-h", ca="rsa_ca")
    place.know(CA + place.public("rsa_ca"))
    place.accepts("an RSA authority")
    place.refuses("CASignatureAlgorithms without it", "CASignatureAlgorithms ssh-ed25519",
                  says=("of an algorithm that is not allowed", NO_CA, UNKNOWN))
    place.restart("-h", "-t", "ssh-rsa", ca="rsa_ca")
    place.know(CA + place.public("rsa_ca"))
    place.refuses("an authority that signs with SHA-1",
                  says=("of an algorithm that is not allowed", NO_CA))
    place.accepts("CASignatureAlgorithms +ssh-rsa", "CASignatureAlgorithms +ssh-rsa")
    place.restart("-h")


def revoked(place):
    ca, leaf = place.public("ca"), place.public("host_ed25519")
    revoked_key = ("REVOKED HOST KEY DETECTED",)
    for name, line in (("the host's key", leaf), ("the authority", ca)):
        place.know(CA + ca, "HOST " + leaf, "@revoked * " + line)
        place.refuses(f"@revoked: {name}", says=revoked_key)
        place.know("@revoked * " + line, CA + ca)
        place.refuses(f"@revoked: {name}, whatever else stands there", strict="no",
                      says=revoked_key)
        place.know(CA + ca)
        place.put("revoked", line + "\n")
        place.refuses(f"RevokedHostKeys: {name}", f"RevokedHostKeys {place.file('revoked')}",
                      says=("the host's key is revoked there",))
    place.know("@revoked HOST " + place.public("other_ca"), CA + ca)
    place.accepts("@revoked: another key")
    for name, lines, found in (("its serial number", "serial: 9", True), ("its id", "id: the host", True),
                               ("other serial numbers", "serial: 10-20", False)):
        place.put("spec", lines + "\n")
        keygen("-q", "-k", "-f", place.file("revoked"), "-s", place.file("ca.pub"), place.file("spec"))
        test = place.refuses if found else place.accepts
        test(f"RevokedHostKeys: a list with {name}", f"RevokedHostKeys {place.file('revoked')}")
    place.refuses("RevokedHostKeys: a file that is not there",
                  f"RevokedHostKeys {place.file('absent')}")


def updates(place):
    """UpdateHostKeys adds no keys of a host that its certificate vouches for, but of one that its
    plain key makes known."""
    place.know(CA + place.public("ca"))
    before = open(place.file("known")).read()
    place.accepts("UpdateHostKeys: a host with a certificate", "UpdateHostKeys yes")
    expect("UpdateHostKeys changes nothing then", open(place.file("known")).read() != before)
    place.know("HOST " + place.public("host_ed25519"))
    place.accepts("UpdateHostKeys: a host with a key", "UpdateHostKeys yes")
    known = open(place.file("known")).read()
    expect("UpdateHostKeys adds the other keys", place.public("host_rsa") not in known and known)


# AsyncSSH as a server that shows any bytes as its certificate.
SERVER = r"""
import asyncio, sys
import asyncssh
from asyncssh.public_key import SSHOpenSSHCertificate, SSHLocalKeyPair

async def main(port, key_file, certificate_file, blob_file):
    pair = asyncssh.load_keypairs([(key_file, certificate_file)])[0]
    pair.public_data = open(blob_file, "rb").read()
    server = await asyncssh.listen("127.0.0.1", int(port), server_host_keys=[pair])
    print("Server listening on 127.0.0.1 port", flush=True)
    await server.wait_closed()

asyncio.run(main(*sys.argv[1:]))
"""


def false_certificates(place):
    """What no sshd would show: a user's certificate, a forged signature."""
    def blob_of():
        return base64.b64decode(open(place.file("host_ed25519-cert.pub")).read().split()[1])
    place.certify(name=USER)
    users = blob_of()
    place.certify("-h")
    good = blob_of()
    forged = good[:-1] + bytes([good[-1] ^ 1])
    renamed = good.replace(b"127.0.0.1", b"127.0.0.2")
    place.put("server.py", SERVER)
    for name, blob, reason in (
            ("a good one, to see that this server can", good, None),
            ("a user's certificate", users, "it is a user's, not a host's"),
            ("a forged signature", forged, "signature"),
            ("a name that was put in later", renamed, "signature"),
            ("one that is cut off", good[:-40], None)):
        with open(place.file("blob"), "wb") as out:
            out.write(blob)
        port = place.scratch.start(
            lambda free: [sys.executable, place.file("server.py"), str(free), place.file("host_ed25519"),
                          place.file("host_ed25519-cert.pub"), place.file("blob")], "asyncssh.log")
        place.put("known", f"@cert-authority * {place.public('ca')}\n")
        done = place.ssh(port=port)
        if blob is good:
            expect(name, "ED25519-CERT host certificate" not in done.said and done.said[-900:])
        else:
            missed = done.returncode != 255 or (reason and reason not in done.said)
            expect(f"{name} is refused", missed and done.said[-900:])


CLIENT = r"""
import asyncio, sys
import asyncssh

async def main(port, key, known, user):
    async with asyncssh.connect("127.0.0.1", int(port), client_keys=[key], known_hosts=known,
                                username=user, config=None) as connection:
        print((await connection.run("echo in")).stdout, end="")

asyncio.run(main(*sys.argv[1:]))
"""


def asyncssh_at_cleatd(place):
    place.certify("-h")
    port = place.scratch.cleatd("cleatd", (f"HostCertificate {place.file('host_ed25519-cert.pub')}",))
    place.put("client.py", CLIENT)
    for ca, good in (("ca", True), ("other_ca", False)):
        place.put("known", f"@cert-authority [127.0.0.1]:{port} {place.public(ca)}\n")
        done = subprocess.run([sys.executable, place.file("client.py"), str(port), place.file("user_ed25519"),
                               place.file("known"), USER], capture_output=True, timeout=SECONDS)
        right = done.stdout == b"in\n" if good else b"HostKeyNotVerifiable" in done.stderr
        expect(f"AsyncSSH {'accepts' if good else 'refuses'} cleatd by an authority that it "
               f"{'knows' if good else 'does not know'}", not right and done.said[-900:])
        place.accepts(f"so does cleat ssh: {ca}", port=port) if good else \
            place.refuses(f"so does cleat ssh: {ca}", port=port)


def main():
    place = Place()
    try:
        for part in (authorities, algorithms, revoked, updates, validity, signatures):
            part(place)
        if importlib.util.find_spec("asyncssh"):
            false_certificates(place)
            asyncssh_at_cleatd(place)
        else:
            report("AsyncSSH's certificates", skip="python3-asyncssh is not installed")
    except (RuntimeError, subprocess.SubprocessError) as problem:
        report("servers start and answer", str(problem))
    finally:
        place.scratch.stop()
    finish()


main()
