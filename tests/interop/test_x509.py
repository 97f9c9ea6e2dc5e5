#!/usr/bin/python3
"""X.509 certificates of users and of hosts (RFC 6187): cleat ssh and cleatd with each other, and with
AsyncSSH, which has them too; and everything that makes a certificate no good."""
import asyncio
import os
import re
import subprocess
import warnings

import pki
from peers import CLEAT, USER, Scratch, attempt, finish, report

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import asyncssh
except ImportError:
    asyncssh = None

SECONDS = 60
TYPES = {"ecdsa256": "x509v3-ecdsa-sha2-nistp256", "ecdsa384": "x509v3-ecdsa-sha2-nistp384",
         "ecdsa521": "x509v3-ecdsa-sha2-nistp521", "ed25519": "x509v3-ssh-ed25519",
         "ed448": "x509v3-ssh-ed448", "rsa2048": "x509v3-rsa2048-sha256"}
DOMAIN = "example.org"


class World:
    """A root, an authority below it, and another root; servers with certificates by them."""

    def __init__(self):
        self.scratch = Scratch()
        self.root = pki.Authority("O=Example,CN=Root")
        self.below = pki.Authority("O=Example,CN=Users and Hosts", self.root)
        self.other = pki.Authority("O=Elsewhere,CN=Root")
        self.put("root.pem", pki.pem(self.root.cert))
        self.put("other.pem", pki.pem(self.other.cert))
        self.put("crls.pem", pki.pem(self.root.crl(), self.below.crl()))
        self.names = 0

    def file(self, name):
        return self.scratch.file(name)

    def put(self, name, data):
        with open(self.file(name), "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())
        os.chmod(self.file(name), 0o600)
        return self.file(name)

    def issue(self, subject, kind="ecdsa256", by=None, chain=True, **more):
        """Files of a new key and its certificates: (key, certificates, certificate)."""
        self.names += 1
        by = by or self.below
        key = pki.KINDS[kind]()
        cert = by.issue(subject, key.public_key(), **more)
        above = [by.cert] if chain and by is self.below else []
        return (self.put(f"key{self.names}", pki.private_pem(key)),
                self.put(f"chain{self.names}", pki.pem(cert, *above)), cert)

    def user(self, kind="ecdsa256", subject="O=Example,CN=alice", **more):
        settings = {"names": [f"email:{USER}"], "purposes": ["client", "tls-client"], **more}
        return self.issue(subject, kind, **settings)

    def host(self, kind="ecdsa256", subject="O=Example,CN=server", **more):
        settings = {"names": ["ip:127.0.0.1"], "purposes": ["server", "tls-server"], **more}
        return self.issue(subject, kind, **settings)

    def cleatd(self, name, *options, root="root.pem"):
        self.put(f"{name}.keys", "")
        return self.scratch.cleatd(name, [f"CACertificateFile {self.file(root)}", *options],
                                   keys=f"{name}.keys", host_keys=())

    def log_of(self, name):
        with open(self.file(name + ".log"), errors="replace") as log:
            return log.read()

    def ssh(self, port, *options, key=None, strict="no"):
        """key: (key, certificates, ...), or a plain key's file."""
        args = [CLEAT, "ssh", "-F", "none", "-v", "-p", str(port)]
        lines = ["BatchMode yes", f"StrictHostKeyChecking {strict}", "IdentityAgent none",
                 "GlobalKnownHostsFile none"]
        if not any(option.startswith("UserKnownHostsFile") for option in options):
            lines.append("UserKnownHostsFile /dev/null")
        if isinstance(key, tuple):
            lines += [f"IdentityFile {key[0]}", f"CertificateFile {key[1]}"]
        else:
            lines.append(f"IdentityFile {key or self.file('user_ed25519')}")
        for line in (*lines, *options):
            args += ["-o", line]
        done = subprocess.run([*args, f"{USER}@127.0.0.1", "echo in"], capture_output=True,
                              timeout=SECONDS)
        done.said = done.stderr.decode(errors="replace")
        return done


def let_in(done, *says):
    missing = [text for text in says if not re.search(text, done.said)]
    return (done.stdout != b"in\n" or missing) and f"{missing} {done!r}"


def refused(done, *says):
    missing = [text for text in says if not re.search(text, done.said)]
    return (done.returncode != 255 or done.stdout or missing) and f"{missing} {done!r}"


def cell(name, test):
    problem = attempt(test)
    report(name, str(problem)[:2500] if problem else None)


# --- users at cleatd ----------------------------------------------------------------------------

def login_as(world, port, key):
    """With AsyncSSH: what is wrong, or nothing."""
    async def go():
        async with asyncssh.connect("127.0.0.1", port, username=USER, known_hosts=None, config=None,
                                    agent_path=None, client_keys=[(key[0], key[1])]) as conn:
            return (await conn.run("echo in", timeout=SECONDS)).stdout
    out = asyncio.run(go())
    return out != "in\n" and out


def is_denied(world, port, key, log, reason):
    """Nothing but a refusal on the wire, and the reason in the server's log."""
    before = len(world.log_of(log))
    done = world.ssh(port, key=key)
    logged = world.log_of(log)[before:]
    leaks = re.search(reason, done.said)
    if done.returncode != 255 or "Permission denied" not in done.said or leaks:
        return f"{leaks} {done!r}"
    return not re.search(reason, logged) and f"not logged: {logged[-1500:]}"


def users_types(world):
    port = world.cleatd("types", "X509UserName email", "RequiredRSASize 2048")
    for kind, algorithm in TYPES.items():
        key = world.user(kind)
        cell(f"cleat to cleatd with {algorithm}",
             lambda key=key: let_in(world.ssh(port, key=key), "Authenticated to 127.0.0.1"))
        cell(f"AsyncSSH to cleatd with {algorithm}", lambda key=key: login_as(world, port, key))
        logged = f'Accepted publickey for {USER} .*-X509 SHA256:\\S+ subject "O=Example,CN=alice"'
        cell(f"the log tells whose {algorithm} it was",
             lambda logged=logged: not re.search(logged, world.log_of("types"))
             and world.log_of("types")[-1500:])


def users_refused(world):
    port = world.cleatd("refusals", "X509UserName email", f"CARevocationFile {world.file('crls.pem')}")
    revoked = world.user()
    world.put("crls2.pem", pki.pem(world.root.crl(), world.below.crl(revoked[2])))
    world.put("old.pem", pki.pem(world.root.crl(),
                                 world.below.crl(start=pki.days(-9), end=pki.days(-2))))
    world.put("one.pem", pki.pem(world.root.crl()))
    for name, key, reason in (
            ("an expired one", world.user(start=pki.days(-9), end=pki.days(-1)), "has expired"),
            ("one of the future", world.user(start=pki.days(1)), "not valid yet"),
            ("one for hosts", world.user(purposes=["server"]), "for another purpose"),
            ("one by an unknown authority", world.user(by=world.other), "issuer"),
            ("one whose authority is not shown", world.user(chain=False), "issuer"),
            ("one for somebody else", world.user(names=["email:somebody"]), "Failed publickey"),
            ("one whose key is not for signatures", world.user(signs=False), "not for signatures")):
        cell(f"refused: {name}",
             lambda key=key, reason=reason: is_denied(world, port, key, "refusals", reason))
    for name, file, more, reason in (
            ("a revoked one", "crls2.pem", (), "revoked"),
            ("one whose list is out of date", "old.pem", (), "CRL has expired|out of date"),
            ("one whose list is missing", "one.pem", ("MandatoryCRL yes",), "no revocation list")):
        log = file.split(".")[0]
        at = world.cleatd(log, "X509UserName email", f"CARevocationFile {world.file(file)}", *more)
        cell(f"refused: {name}",
             lambda at=at, log=log, reason=reason: is_denied(world, at, revoked, log, reason))


def users_lines(world):
    """What stands in authorized_keys, options included."""
    port = world.cleatd("lines")
    alice, bob = world.user(), world.user(subject="O=Example,OU=Two,CN=bob")
    deny = lambda key: is_denied(world, port, key, "lines", "Failed publickey")  # noqa: E731
    cell("no line, no rule: refused", lambda: deny(alice))
    world.put("lines.keys", "x509v3-ecdsa-sha2-nistp256 Subject:O=Example,CN=alice\n")
    cell("a subject", lambda: let_in(world.ssh(port, key=alice)))
    cell("another subject is refused", lambda: deny(bob))
    cell("AsyncSSH with a subject", lambda: login_as(world, port, alice))
    world.put("lines.keys", "x509v3-ssh-rsa Subject:O=Example,*\n")
    cell("a subject's beginning", lambda: let_in(world.ssh(port, key=bob)))
    world.put("lines.keys", 'command="echo forced" x509v3-ssh-rsa Subject:/O=Example/CN=alice\n')
    cell("a forced command", lambda: world.ssh(port, key=alice).stdout != b"forced\n" and "not forced")
    world.put("lines.keys", 'from="192.0.2.1" x509v3-ssh-rsa Subject:O=Example,CN=alice\n')
    cell("from elsewhere", lambda: deny(alice))
    world.put("lines.keys", "x509v3-ssh-rsa Subject:O=Elsewhere,CN=alice\n")
    cell("a subject by an authority that is not trusted",
         lambda: deny(world.user(by=world.other, subject="O=Elsewhere,CN=alice")))
    world.put("revoked", subprocess.check_output(["ssh-keygen", "-y", "-f", alice[0]]))
    at = world.cleatd("revoked_key", "X509UserName email", f"RevokedKeys {world.file('revoked')}")
    cell("RevokedKeys has the plain key",
         lambda: is_denied(world, at, alice, "revoked_key", "the key is revoked"))


def users_rules(world):
    upn = world.user(names=[f"upn:{USER}@{DOMAIN}"])
    common = world.user(subject=f"O=Example,CN={USER}", names=[])
    email = world.user(names=[f"email:{USER}@{DOMAIN}"])
    for rule, good, bad in ((f"upn@{DOMAIN}", upn, email), ("cn", common, upn),
                            (f"email@*.org upn@{DOMAIN}", email, common)):
        name = "rules" + re.sub("[^a-z]", "", rule)
        port = world.cleatd(name, f"X509UserName {rule}")
        cell(f"X509UserName {rule}", lambda port=port, good=good: let_in(world.ssh(port, key=good)))
        cell(f"X509UserName {rule}: another's", lambda port=port, bad=bad, name=name:
             is_denied(world, port, bad, name, "Failed publickey"))
    port = world.cleatd("purposes", "X509UserName cn", "AllowedCertPurpose clientAuth codeSigning")
    tls = world.user(subject=f"O=Example,CN={USER}", purposes=["tls-client"])
    cell("AllowedCertPurpose", lambda: let_in(world.ssh(port, key=tls)))
    ssh = world.user(subject=f"O=Example,CN={USER}", purposes=["client"])
    cell("AllowedCertPurpose: another",
         lambda: is_denied(world, port, ssh, "purposes", "for another purpose"))


def users_staples(world):
    port = world.cleatd("staples", "X509UserName email", "StapledOCSP required")
    for status, good in (("GOOD", True), ("REVOKED", False)):
        key = world.user()
        staple = world.put(f"staple{status}", pki.der(
            world.below.response(key[2], status, end=pki.days(1))))
        test = lambda key=key, staple=staple: world.ssh(  # noqa: E731
            port, f"OCSPResponseFile {staple}", key=key)
        cell(f"a stapled response: {status}",
             lambda test=test, good=good: let_in(test()) if good else refused(test()))
    cell("a required response is missing",
         lambda: is_denied(world, port, world.user(), "staples", "OCSP"))


def users_files(world):
    """Where the client finds its certificates."""
    port = world.cleatd("files", "X509UserName email")
    key, chain, _ = world.user()
    both = world.put("both", open(key, "rb").read() + open(chain, "rb").read())
    cell("certificates behind the key", lambda: let_in(world.ssh(port, key=both)))
    world.put(os.path.basename(key) + "-cert.pem", open(chain, "rb").read())
    cell("KEY-cert.pem", lambda: let_in(world.ssh(port, key=key)))
    der = world.user(by=world.root)
    world.put("one.der", pki.der(der[2]))
    cell("one in DER", lambda: let_in(world.ssh(port, key=(der[0], world.file("one.der")))))
    subprocess.run(["openssl", "rehash", os.path.dirname(hashed(world))], capture_output=True)
    at = world.scratch.cleatd("hashed", [f"CACertificatePath {world.file('roots')}",
                                         f"CARevocationPath {world.file('roots')}",
                                         "MandatoryCRL yes", "X509UserName email"], host_keys=())
    cell("hashed directories", lambda: let_in(world.ssh(at, key=(key, chain))))


def hashed(world):
    os.makedirs(world.file("roots"), exist_ok=True)
    world.put("roots/root.pem", pki.pem(world.root.cert))
    world.put("roots/list.crl", pki.pem(world.root.crl()))
    world.put("roots/list2.crl", pki.pem(world.below.crl()))
    return world.file("roots/root.pem")


# --- hosts --------------------------------------------------------------------------------------

def host_at_cleatd(world, name, key, *options):
    return world.scratch.start(
        lambda port: [os.path.join(os.environ["CLEAT_BIN_DIR"], "cleatd"), "-D", "-e", "-p",
                      str(port), "-o", "StrictModes no", "-h", key[0], "-o",
                      f"HostCertificate {key[1]}", "-o",
                      f"AuthorizedKeysFile {world.file('authorized_keys')}",
                      *(word for option in options for word in ("-o", option))], name + ".log")


def check_host(world, port, *options, **more):
    return world.ssh(port, f"CACertificateFile {world.file('root.pem')}", *options,
                     **{"strict": "yes", **more})


def hosts_types(world):
    for kind, algorithm in TYPES.items():
        key = world.host(kind)
        port = host_at_cleatd(world, "host" + kind, key)
        cell(f"cleat at cleatd's {algorithm}",
             lambda port=port: let_in(check_host(world, port), "Server host certificate: X.509 subject"))
        if kind == "ed448":
            continue
        cell(f"AsyncSSH at cleatd's {algorithm}", lambda port=port: trusts_host(world, port))


def trusts_host(world, port):
    async def go():
        known = ([], [], [], [world.file("root.pem")], [], [], [])
        async with asyncssh.connect(
                "127.0.0.1", port, username=USER, config=None, agent_path=None,
                known_hosts=lambda host, addr, port: known,
                client_keys=[world.file("user_ed25519")]) as conn:
            return (await conn.run("echo in", timeout=SECONDS)).stdout
    out = asyncio.run(go())
    return out != "in\n" and out


def hosts_refused(world):
    revoked = world.host()
    world.put("gone.pem", pki.pem(world.root.crl(), world.below.crl(revoked[2])))
    gone = f"CARevocationFile {world.file('gone.pem')}"
    for name, key, options, reason in (
            ("expired", world.host(start=pki.days(-9), end=pki.days(-1)), (), "has expired"),
            ("revoked", revoked, (gone,), "revoked"),
            ("for users", world.host(purposes=["client"]), (), "for another purpose"),
            ("by an unknown authority", world.host(by=world.other), (), "issuer"),
            ("of another host", world.host(names=["dns:other.example.org"]), (), "is not one of"),
            ("without the host's name but as CN",
             world.host(subject="CN=127.0.0.1", names=["email:a"]), (), "is not one of"),
            ("without the response that is required", world.host(), ("StapledOCSP required",), "OCSP")):
        port = host_at_cleatd(world, "bad", key)
        known = world.put("known", f"[127.0.0.1]:{port} " + plain_line(key))
        cell(f"a host's certificate, {name}, is refused even where its key is known",
             lambda port=port, options=options, reason=reason: refused(
                 check_host(world, port, *options, f"UserKnownHostsFile {known}"), reason,
                 "Host key verification failed"))
        world.scratch.stop_one(port)


def plain_line(key):
    return subprocess.check_output(["ssh-keygen", "-y", "-f", key[0]], text=True)


def hosts_lines(world):
    key = world.host(names=["dns:elsewhere"])
    port = host_at_cleatd(world, "lines_host", key)
    def known(text):
        return f"UserKnownHostsFile {world.put('known', f'[127.0.0.1]:{port} {text}' + chr(10))}"
    subject = "x509v3-ssh-rsa Subject:O=Example,CN=server"
    cell("known_hosts has the subject", lambda: let_in(check_host(world, port, known(subject)),
                                                       "Found certificate in"))
    cell("known_hosts has another subject", lambda: refused(
        check_host(world, port, known("x509v3-ssh-rsa Subject:O=Example,CN=other")),
        "says that .* has another certificate"))
    world.put("marked", f"@revoked * {subject}\n")
    cell("a revoked subject", lambda: refused(check_host(
        world, port, f"UserKnownHostsFile {world.file('marked')}"), "REVOKED HOST KEY"))
    cell("StrictHostKeyChecking no goes on without passwords", lambda: let_in(
        check_host(world, port, strict="no"), "authentication are disabled"))
    cell("without authorities the plain key is asked for", lambda: let_in(
        world.ssh(port, known(plain_line(key).strip()), strict="yes"), "matches the ECDSA host key"))


def hosts_staples(world):
    key = world.host()
    staple = world.put("host_staple", pki.der(world.below.response(key[2], end=pki.days(1))))
    port = host_at_cleatd(world, "host_staples", key, f"OCSPResponseFile {staple}")
    cell("a host's stapled response", lambda: let_in(
        check_host(world, port, "StapledOCSP required"), "1 OCSP responses"))


async def asyncssh_host(world, key):
    return await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[(key[0], key[1])], encoding="utf-8",
        process_factory=lambda process: (process.stdout.write("in\n"), process.exit(0)),
        x509_trusted_certs=[world.file("root.pem")],
        authorized_client_keys=world.file("async.keys"))


async def at_asyncssh(world, host, client):
    acceptor = await asyncssh_host(world, host)
    port = acceptor.sockets[0].getsockname()[1]
    try:
        return await asyncio.get_running_loop().run_in_executor(None, client, port)
    finally:
        acceptor.close()


def with_asyncssh(world):
    with open(world.file("user_ed25519.pub")) as plain:
        world.put("async.keys", "x509v3-ssh-rsa Subject=O=Example,*\n".replace("Subject=", "subject=")
                  + plain.read())
    for kind, algorithm in TYPES.items():
        host, user = world.host(kind), world.user(kind)
        cell(f"cleat at AsyncSSH, both with {algorithm}", lambda host=host, user=user: let_in(
            asyncio.run(at_asyncssh(world, host, lambda port: check_host(world, port, key=user))),
            "Server host certificate: X.509"))
    for name, host, reason in (
            ("expired", world.host(start=pki.days(-9), end=pki.days(-1)), "has expired"),
            ("unknown issuer", world.host(by=world.other), "issuer")):
        cell(f"cleat refuses AsyncSSH's certificate: {name}", lambda host=host, reason=reason: refused(
            asyncio.run(at_asyncssh(world, host, lambda port: check_host(world, port))), reason))


def mistakes(world):
    """In the configuration: with file, line and what was expected."""
    def start(*lines):
        path = world.put("bad.conf", "\n".join(lines) + "\n")
        done = subprocess.run([os.path.join(os.environ["CLEAT_BIN_DIR"], "cleatd"), "-t", "-f", path],
                              capture_output=True, text=True, timeout=SECONDS)
        return done.returncode, done.stderr
    for name, line, says in (
            ("a missing file", "CACertificateFile /nonexistent.pem", "/nonexistent.pem"),
            ("a file without certificates", f"CACertificateFile {world.file('key1')}", "key1"),
            ("a rule nobody knows", "X509UserName phone", "phone"),
            ("a purpose nobody knows", "AllowedCertPurpose nonsense", "nonsense")):
        cell(f"a mistake is named: {name}", lambda line=line, says=says: (
            lambda status, text: (not status or says not in text or "bad.conf" not in text) and text)(
                *start(line)))
        if line.startswith("X509"):
            continue
        cell(f"a mistake is named at the client: {name}", lambda line=line, says=says: refused(
            world.ssh(1, line, "CACertificateFile " + world.file("root.pem")), says))


def main():
    if not asyncssh:
        report("X.509", skip="python3-asyncssh is not installed")
        finish()
    world = World()
    try:
        for part in (users_types, users_refused, users_lines, users_rules, users_staples, users_files,
                     hosts_types, hosts_refused, hosts_lines, hosts_staples, with_asyncssh, mistakes):
            part(world)
    finally:
        world.scratch.stop()
    finish()


if __name__ == "__main__":
    main()
