#!/usr/bin/python3
"""Each type of key in each format of file: written by the library and read by ssh-keygen, openssl, puttygen
and AsyncSSH, and the other way round; PKCS#12, and every scheme that OpenSSL encrypts keys with. The
library's side is examples/convert_key.c."""
import base64
import os
import shutil
import subprocess
import tempfile

from peers import BIN, finish, report, run_cells

try:
    import warnings
    warnings.simplefilter("ignore")
    import asyncssh
except ImportError:
    asyncssh = None

CONVERT = os.path.join(BIN, "example_convert_key")
PASSPHRASE = "correct horse"
TYPES = {"rsa": ["-t", "rsa", "-b", "2048"], "ecdsa256": ["-t", "ecdsa", "-b", "256"],
         "ecdsa384": ["-t", "ecdsa", "-b", "384"], "ecdsa521": ["-t", "ecdsa", "-b", "521"],
         "ed25519": ["-t", "ed25519"], "ed448": ["-t", "ed448"], "dsa": ["-t", "dsa", "-b", "1024"]}
POINT_LENGTHS = {"ed25519": 32, "ed448": 57}


def run(*args):
    done = subprocess.run(args, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{args[:4]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


class Files:
    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.lock = self.write("passphrase", PASSPHRASE.encode())
        self.none = self.write("none", b"")
        self.blobs = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(os.open(self.path(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
        return self.path(name)

    def make(self):
        """Every key as puttygen's file NAME.ppk, and its blob."""
        for name, args in TYPES.items():
            run("puttygen", "-q", *args, "-C", "a comment", "-O", "private", "-o", self.path(name + ".ppk"),
                "--new-passphrase", self.none, "--random-device", "/dev/urandom")
            self.blobs[name] = run("puttygen", "-L", self.path(name + ".ppk")).split()[1].decode()

    def ours(self, source, to, name, locked=False):
        """A file that the library writes, with few rounds."""
        path = self.write(name, b"")
        run(CONVERT, source, to, path, "", PASSPHRASE if locked else "", "2")
        return path


def spki_blob(kind, der):
    """ssh-keygen 9.2 reads no Edwards keys from SubjectPublicKeyInfo, so theirs is put together here."""
    if kind not in POINT_LENGTHS:
        pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n"
        with tempfile.NamedTemporaryFile() as out:
            out.write(pem)
            out.flush()
            return run("ssh-keygen", "-i", "-m", "PKCS8", "-f", out.name).split()[1].decode()
    name, point = f"ssh-{kind}".encode(), der[-POINT_LENGTHS[kind]:]
    parts = [len(part).to_bytes(4, "big") + part for part in (name, point)]
    return base64.b64encode(b"".join(parts)).decode()


def by_keygen(path, kind, locked):
    return run("ssh-keygen", "-y", "-P", PASSPHRASE if locked else "", "-f", path).split()[1].decode()


def by_openssl(path, kind, locked):
    form = "DER" if path.endswith("der") else "PEM"
    return spki_blob(kind, run("openssl", "pkey", "-in", path, "-inform", form, "-pubout", "-outform", "DER",
                               "-passin", "pass:" + (PASSPHRASE if locked else "")))


def by_puttygen(path, kind, locked):
    old = ["--old-passphrase", os.path.join(os.path.dirname(path), "passphrase")] if locked else []
    return run("puttygen", path, "-O", "public-openssh", *old).split()[1].decode()


def by_asyncssh(path, kind, locked):
    key = asyncssh.read_private_key(path, PASSPHRASE if locked else None)
    return base64.b64encode(key.public_data).decode()


def public_by_asyncssh(path, kind, locked):
    return base64.b64encode(asyncssh.read_public_key(path).public_data).decode()


def public_by_keygen(form):
    return lambda path, kind, locked: run("ssh-keygen", "-i", "-m", form, "-f", path).split()[1].decode()


def public_by_openssl(path, kind, locked):
    form = "DER" if path.endswith("der") else "PEM"
    return spki_blob(kind, run("openssl", "pkey", "-pubin", "-in", path, "-inform", form, "-pubout",
                               "-outform", "DER"))


def is_traditional(kind):
    return kind not in POINT_LENGTHS


def no_ed448(kind):
    return kind != "ed448"


def every(kind):
    return True


# format, who reads it, whether it can be locked, for which types
WRITTEN = [("openssh", by_keygen, True, no_ed448), ("openssh", by_puttygen, True, every),
           ("ppk2", by_puttygen, True, every), ("ppk3", by_puttygen, True, every),
           ("pkcs8", by_openssl, True, every), ("pkcs8-der", by_openssl, True, every),
           ("pkcs8", by_keygen, True, is_traditional), ("traditional", by_keygen, True, is_traditional),
           ("traditional", by_openssl, True, is_traditional),
           ("traditional-der", by_openssl, False, is_traditional),
           ("rfc4716", public_by_keygen("RFC4716"), False, no_ed448), ("rfc4716", by_puttygen, False, every),
           ("spki", public_by_openssl, False, every), ("spki-der", public_by_openssl, False, every),
           ("spki", public_by_keygen("PKCS8"), False, is_traditional),
           ("pkcs1-public", public_by_keygen("PEM"), False, lambda kind: kind == "rsa")]
if asyncssh:
    WRITTEN += [("openssh", by_asyncssh, True, every), ("pkcs8", by_asyncssh, True, every),
                ("pkcs8-der", by_asyncssh, True, every), ("traditional", by_asyncssh, True, is_traditional),
                ("rfc4716", public_by_asyncssh, False, every), ("spki", public_by_asyncssh, False, every)]


def written_cell(files, kind, row, locked, number):
    to, reader = row[:2]
    path = files.ours(files.path(kind + ".ppk"), to, f"ours_{number}_{to}", locked)
    return None if reader(path, kind, locked) == files.blobs[kind] else "another key came out"


def puttygen_file(files, kind, locked, name, *args):
    path = files.path(name)
    run("puttygen", files.path(kind + ".ppk"), "-P", "--new-passphrase", files.lock if locked else files.none,
        "-o", path, "--random-device", "/dev/urandom", *args)
    return path


def read_cell(files, kind, make, locked, name, expected):
    """A file of theirs, which must be known for what it is and hold the key."""
    path = make(files, kind, locked, name)
    found = run(CONVERT, path, "line", path + ".line", *([PASSPHRASE] if locked else [])).decode().strip()
    if found != expected:
        return f"found {found}, expected {expected}"
    with open(path + ".line") as line:
        return None if line.read().split()[1] == files.blobs[kind] else "another key came out"


def by_putty(*args):
    return lambda files, kind, locked, name: puttygen_file(files, kind, locked, name, *args)


def openssl_file(*args):
    """From a file that puttygen writes in OpenSSH's form and ssh-keygen, or the library, in PEM."""
    def make(files, kind, locked, name):
        source = files.ours(files.path(kind + ".ppk"), "pkcs8", name + ".in")
        run("openssl", "pkcs8", "-topk8", "-in", source, "-out", files.path(name), "-iter", "2048", *args,
            *(("-passout", "pass:" + PASSPHRASE) if locked else ("-nocrypt",)))
        return files.path(name)
    return make


def asyncssh_file(form):
    def make(files, kind, locked, name):
        source = files.ours(files.path(kind + ".ppk"), "openssh", name + ".in")
        passphrase = PASSPHRASE if locked else None
        asyncssh.read_private_key(source).write_private_key(files.path(name), form, passphrase)
        return files.path(name)
    return make


def pkcs12_file(*args):
    def make(files, kind, locked, name):
        source = files.ours(files.path(kind + ".ppk"), "pkcs8", name + ".in")
        certificate = files.path(name + ".crt")
        run("openssl", "req", "-x509", "-new", "-key", source, "-subj", "/CN=test", "-out", certificate)
        run("openssl", "pkcs12", "-export", "-inkey", source, "-in", certificate, "-out", files.path(name),
            *args, "-passout", "pass:" + (PASSPHRASE if locked else ""))
        return files.path(name)
    return make


# name, how it is made, locked or not, what it is, for which types
READ = [("ppk2", by_putty("-O", "private", "--ppk-param", "version=2"), (False, True), "ppk2", every),
        ("ppk3", by_putty("-O", "private"), (False, True), "ppk3", every),
        ("argon2i", by_putty("-O", "private", "--ppk-param", "kdf=argon2i,parallelism=3"), (True,), "ppk3", no_ed448),
        ("openssh", by_putty("-O", "private-openssh-new"), (False, True), "openssh", every),
        ("traditional", by_putty("-O", "private-openssh"), (False, True), "traditional", is_traditional),
        ("rfc4716", by_putty("-O", "public"), (False,), "rfc4716", every),
        ("pkcs8", openssl_file(), (False, True), "pkcs8", every),
        ("pkcs8-der", openssl_file("-outform", "DER"), (False, True), "pkcs8-der", every),
        ("pkcs8-sha512", openssl_file("-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"), (True,), "pkcs8", every),
        ("pkcs12", pkcs12_file(), (False, True), "pkcs12", every),
        ("old pkcs12", pkcs12_file("-legacy"), (True,), "pkcs12", every)]
if asyncssh:
    READ += [("asyncssh's openssh", asyncssh_file("openssh"), (False, True), "openssh", every),
             ("asyncssh's pkcs8", asyncssh_file("pkcs8-pem"), (False, True), "pkcs8", every),
             ("asyncssh's traditional", asyncssh_file("pkcs1-pem"), (False, True), "traditional",
              is_traditional)]

# What one key is encrypted with: all that OpenSSL 3.0 can do.
OLD = ("-provider", "default", "-provider", "legacy")
SCHEMES = ([("-v1", name, *OLD) for name in (
    "PBE-MD5-DES", "PBE-SHA1-DES", "PBE-MD5-RC2-64", "PBE-SHA1-RC2-64", "PBE-SHA1-RC4-128", "PBE-SHA1-RC4-40",
    "PBE-SHA1-3DES", "PBE-SHA1-2DES", "PBE-SHA1-RC2-128", "PBE-SHA1-RC2-40")] +
           [("-v2", name, *OLD) for name in (
               "aes-128-cbc", "camellia-256-cbc", "aria-128-cbc", "des-cbc", "des-ede3-cbc", "rc2-cbc", "bf-cbc",
               "cast5-cbc", "seed-cbc", "sm4-cbc", "aes-256-ofb", "aes-128-cfb")] +
           [("-v2prf", "hmacWith" + name, *OLD) for name in (
               "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512-224", "SHA512-256")] +
           [("-scrypt",)])
HEADERS = ("des", "des3", "seed", "camellia192", "aria128", "aes192")


def header_file(cipher):
    """PEM with DEK-Info."""
    def make(files, kind, locked, name):
        source = files.ours(files.path(kind + ".ppk"), "traditional", name + ".in")
        run("openssl", "ec", "-in", source, "-out", files.path(name), "-" + cipher, *OLD, "-passout",
            "pass:" + PASSPHRASE)
        return files.path(name)
    return make


def encrypted_cells(files):
    kind = "ecdsa256"
    found = [(" ".join(scheme[:2]), openssl_file(*scheme), "pkcs8") for scheme in SCHEMES]
    found += [(cipher, header_file(cipher), "traditional") for cipher in HEADERS]
    return [(f"encrypted with {label}", lambda m=make, n=f"scheme_{i}", e=expected:
             read_cell(files, kind, m, True, n, e)) for i, (label, make, expected) in enumerate(found)]


def cells(files):
    found = []
    for kind in TYPES:
        for row in WRITTEN:
            for locked in (False, True) if row[2] else (False,):
                if row[3](kind):
                    name = f"{kind} as {row[0]}{' locked' * locked}, read by {row[1].__name__}"
                    found.append((name, lambda k=kind, r=row, w=locked, n=len(found):
                                  written_cell(files, k, r, w, n)))
        for label, make, locks, expected, fits in READ:
            for locked in locks if fits(kind) else ():
                found.append((f"{kind} in their {label}{' locked' * locked}",
                              lambda k=kind, m=make, w=locked, n=f"theirs_{len(found)}", e=expected:
                              read_cell(files, k, m, w, n, e)))
    return found


def main():
    missing = [name for name in ("puttygen", "ssh-keygen", "openssl") if not shutil.which(name)]
    if missing or not os.path.exists(CONVERT):
        report("key files", skip=f"{missing or CONVERT} is not installed")
        finish()
    files = Files()
    try:
        files.make()
        run_cells(cells(files) + encrypted_cells(files))
        if not asyncssh:
            report("files of AsyncSSH", skip="it is not installed")
    finally:
        shutil.rmtree(files.folder)
    finish()


if __name__ == "__main__":
    main()
