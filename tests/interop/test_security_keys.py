#!/usr/bin/python3
"""Security keys, with a device in software behind OpenSSH's programs: logins at cleatd and what their
signatures must attest, certificates, cleat ssh through an agent, and a browser's signatures, which
OpenSSH's server judges as well."""
import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import time

from peers import USER, Scratch, finish, report
from programs import Missing, SOURCES

try:
    import warnings
    warnings.simplefilter("ignore")
    import paramiko
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    paramiko = None

SECONDS = 20
WEBAUTHN = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
ORIGIN = "https://ssh.example.org"
PRESENCE = "user presence .authenticator touch. requirement not met"
VERIFICATION = "user verification requirement not met"


def expect(name, problem):
    report(name, str(problem)[:2000] if problem else None)


def compile_provider(scratch):
    library = scratch.file("sk_provider.so")
    try:
        subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library,
                        os.path.join(SOURCES, "sk_provider.c"), "-lcrypto"], check=True)
    except FileNotFoundError:
        raise Missing("gcc is not installed") from None
    return library


class Place:
    """Keys of the device, and a cleatd that reads its files anew for each login."""

    def __init__(self):
        self.scratch = Scratch()
        self.provider = compile_provider(self.scratch)
        for name, *options in (("ecdsa", "-t", "ecdsa-sk"), ("ed25519", "-t", "ed25519-sk"),
                               ("untouched", "-t", "ed25519-sk", "-O", "no-touch-required"),
                               ("verified", "-t", "ecdsa-sk", "-O", "verify-required"),
                               ("quiet", "-t", "ecdsa-sk", "-O", "verify-required", "-O",
                                "no-touch-required")):
            self.keygen("-q", "-N", "", "-w", self.provider, *options, "-f", self.key(name))
        self.keygen("-q", "-N", "", "-t", "ed25519", "-f", self.file("ca"))
        self.keygen("-q", "-N", "", "-w", self.provider, "-t", "ed25519-sk", "-f", self.file("sk_ca"))
        self.put("trusted", self.text("ca.pub") + self.text("sk_ca.pub"))
        self.put("keys", "")

    def file(self, name):
        return self.scratch.file(name)

    def key(self, name):
        return self.file("user_sk_" + name)

    def text(self, name):
        return open(self.file(name)).read()

    def put(self, name, text):
        with open(self.file(name), "w") as out:
            out.write(text)
        os.chmod(self.file(name), 0o600)

    @staticmethod
    def keygen(*args):
        subprocess.run(["ssh-keygen", *args], check=True, capture_output=True, timeout=SECONDS,
                       stdin=subprocess.DEVNULL)

    def allow(self, name, options=""):
        self.put("keys", options + (options and " ") + self.text(f"user_sk_{name}.pub"))

    def certify(self, name, *options, ca="ca", extra=()):
        self.keygen("-q", *extra, "-s", self.file(ca), "-I", "id", "-n", USER, *options,
                    self.key(name) + ".pub")

    def serve(self, log, *options):
        port = self.scratch.cleatd(log, (f"TrustedUserCAKeys {self.file('trusted')}", *options), "keys")
        return Server(self, port, self.file(log + ".log"))


class Server:
    def __init__(self, place, port, log):
        self.place, self.port, self.log = place, port, log

    def text(self):
        return open(self.log, errors="replace").read()

    def login(self, key):
        return self.place.scratch.openssh(self.port, "-o", f"SecurityKeyProvider={self.place.provider}",
                                          key="sk_" + key, seconds=SECONDS)

    def accepts(self, name, key):
        done = self.login(key)
        expect(name, done.returncode and f"{done!r} {self.text()[-800:]}")

    def refuses(self, name, key, reason):
        since = len(self.text())
        done = self.login(key)
        end = time.monotonic() + SECONDS
        while not re.search(reason, self.text()[since:]) and time.monotonic() < end:
            time.sleep(0.02)
        good = done.returncode == 255 and re.search(reason, self.text()[since:])
        expect(name, not good and f"{done!r} {self.text()[since:][-800:]}")


def by_key(place, server):
    for name, label in (("ecdsa", "ECDSA-SK"), ("ed25519", "ED25519-SK")):
        place.allow(name)
        server.accepts(f"{name}: a touch is enough", name)
        expect(f"{name}: the log names it",
               not re.search(f"Accepted publickey for .* ssh2: {label} SHA256:", server.text()) and
               server.text()[-500:])
    place.allow("untouched")
    server.refuses("without a touch", "untouched", PRESENCE)
    place.allow("untouched", "no-touch-required")
    server.accepts("without a touch, with no-touch-required", "untouched")
    place.allow("ecdsa", "verify-required")
    server.refuses("verify-required, and a touch only", "ecdsa", VERIFICATION)
    place.allow("verified", "verify-required")
    server.accepts("verify-required, and a PIN", "verified")
    place.allow("quiet", "verify-required")
    server.refuses("a PIN does not replace the touch", "quiet", PRESENCE)
    place.allow("quiet", "verify-required,no-touch-required")
    server.accepts("a PIN, and no touch wanted", "quiet")


def by_certificate(place, server):
    place.put("keys", "")
    for name in ("ecdsa", "ed25519"):
        place.certify(name)
        server.accepts(f"{name}: a certificate", name)
    place.certify("untouched")
    server.refuses("a certificate does not waive the touch", "untouched", PRESENCE)
    place.certify("untouched", "-O", "no-touch-required")
    server.accepts("a certificate that does", "untouched")
    place.certify("ecdsa", "-O", "verify-required")
    server.refuses("a certificate that wants verification", "ecdsa", VERIFICATION)
    place.certify("verified", "-O", "verify-required")
    server.accepts("and gets it", "verified")
    place.certify("ecdsa", ca="sk_ca", extra=("-w", place.provider))
    server.accepts("a certificate by an authority's security key", "ecdsa")
    authority = place.text("ca.pub")
    place.certify("untouched", "-O", "no-touch-required")
    place.put("trusted", "")
    place.put("keys", "cert-authority " + authority)
    server.refuses("the authority's line waives no touch", "untouched", PRESENCE)
    place.put("keys", "cert-authority,no-touch-required " + authority)
    server.accepts("the line and the certificate do", "untouched")
    place.put("trusted", authority)
    for name in os.listdir(place.scratch.path):
        if name.endswith("-cert.pub"):
            os.remove(place.file(name))


def by_configuration(place):
    server = place.serve("touch", "PubkeyAuthOptions touch-required")
    place.allow("untouched", "no-touch-required")
    server.refuses("PubkeyAuthOptions touch-required", "untouched", PRESENCE)
    server = place.serve("both", "PubkeyAuthOptions touch-required verify-required")
    place.allow("ed25519")
    server.refuses("PubkeyAuthOptions verify-required", "ed25519", VERIFICATION)
    place.allow("verified")
    server.accepts("PubkeyAuthOptions with both", "verified")
    place.put("keys", place.text("user_ed25519.pub"))
    done = place.scratch.openssh(server.port, seconds=SECONDS)
    expect("PubkeyAuthOptions is not about other keys", done.returncode and repr(done))
    server = place.serve("none", "PubkeyAcceptedAlgorithms -sk-*")
    place.allow("ed25519")
    server.refuses("PubkeyAcceptedAlgorithms without them", "ed25519", "Connection closed by authenticating user")


def through_agent(place, server, sshd):
    path = place.file("agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", path, "-P", "/*"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + SECONDS
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.02)
        env = {**os.environ, "SSH_AUTH_SOCK": path}
        for name in ("ecdsa", "ed25519"):
            subprocess.run(["ssh-add", "-q", "-S", place.provider, place.key(name)], check=True, env=env,
                           capture_output=True, timeout=SECONDS)
            place.allow(name)
            place.put("authorized_keys", place.text(f"user_sk_{name}.pub"))
            for what, port in (("cleatd", server.port), ("sshd", sshd)):
                done = place.scratch.cleat_ssh(port, key="sk_" + name, seconds=SECONDS, env=env)
                expect(f"{name}: cleat ssh through the agent to {what}", done.returncode and repr(done))
        done = place.scratch.cleat_ssh(server.port, "-o", "LogLevel INFO", key="sk_ed25519",
                                       seconds=SECONDS, env={**os.environ, "SSH_AUTH_SOCK": ""})
        expect("without an agent cleat ssh says what is missing",
               not (done.returncode == 255 and b"used through an agent only" in done.stderr) and repr(done))
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait(SECONDS)


# ---- a browser ----

def string(data):
    return len(data).to_bytes(4, "big") + data


def mpint(number):
    data = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return string(data)


class Browser(paramiko.PKey if paramiko else object):
    """A key of paramiko's that signs as a browser does, touched or not, at the right page or not."""

    def __init__(self, flags=1, origin=ORIGIN, kind="webauthn.get"):
        self.secret = ec.generate_private_key(ec.SECP256R1())
        self.flags, self.origin, self.kind = flags, origin, kind
        point = self.secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.blob = (string(b"sk-ecdsa-sha2-nistp256@openssh.com") + string(b"nistp256") + string(point) +
                     string(b"ssh.example.org"))
        self.public_blob = None

    def get_name(self):
        return WEBAUTHN

    def asbytes(self):
        return self.blob

    def can_sign(self):
        return True

    def line(self):
        return "sk-ecdsa-sha2-nistp256@openssh.com " + base64.b64encode(self.blob).decode() + "\n"

    def sign_ssh_data(self, data, algorithm=None):
        challenge = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        client = json.dumps({"type": self.kind, "challenge": challenge, "origin": ORIGIN,
                             "crossOrigin": False}, separators=(",", ":")).encode()
        behind = bytes([self.flags]) + (7).to_bytes(4, "big")
        signed = hashlib.sha256(b"ssh.example.org").digest() + behind + hashlib.sha256(client).digest()
        r, s = decode_dss_signature(self.secret.sign(signed, ec.ECDSA(hashes.SHA256())))
        out = paramiko.Message()
        out.add_bytes(string(WEBAUTHN.encode()) + string(mpint(r) + mpint(s)) + behind +
                      string(self.origin.encode()) + string(client) + string(b""))
        return out


def browser_gets_in(port, key):
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = SECONDS
    try:
        transport.start_client(timeout=SECONDS)
        transport.auth_publickey(USER, key)
        return transport.is_authenticated()
    except paramiko.AuthenticationException:
        return False
    finally:
        transport.close()


def from_browsers(place, sshd):
    server = place.serve("web", f"PubkeyAcceptedAlgorithms +{WEBAUTHN}")
    usual = place.serve("usual")
    for name, key, good in (("a browser's signature", Browser(), True),
                            ("one without a touch", Browser(flags=0), False),
                            ("one of another origin", Browser(origin="https://evil.example"), False),
                            ("one for enrolling", Browser(kind="webauthn.create"), False),
                            ("one with flags of enrolling", Browser(flags=0x41), False)):
        place.put("keys", key.line())
        place.put("authorized_keys", key.line())
        for what, port in (("cleatd", server.port), ("sshd", sshd)):
            expect(f"{name}: {what} {'accepts' if good else 'refuses'} it",
                   browser_gets_in(port, key) != good and "it does not")
    key = Browser()
    place.put("keys", key.line())
    expect("browsers are not let in unasked", browser_gets_in(usual.port, key) and "they are")


def main():
    try:
        place = Place()
    except Missing as why:
        report("security keys", skip=str(why))
        finish()
    try:
        sshd = place.scratch.sshd("sshd", (f"PubkeyAcceptedAlgorithms +{WEBAUTHN}",))
        server = place.serve("cleatd")
        by_key(place, server)
        by_certificate(place, server)
        by_configuration(place)
        through_agent(place, server, sshd)
        if paramiko:
            from_browsers(place, sshd)
        else:
            report("signatures of browsers", skip="paramiko or cryptography is not installed")
    finally:
        place.scratch.stop()
    finish()


if __name__ == "__main__":
    main()
