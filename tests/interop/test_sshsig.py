#!/usr/bin/python3
"""Signatures of files: `cleat keygen -Y` beside ssh-keygen -Y. What one signs the other verifies, with each type of
key and with certificates; both refuse the same; and git signs and verifies with either."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

from peers import CLEAT, finish, report, run_cells

OURS, THEIRS = [CLEAT, "keygen"], ["ssh-keygen"]
PROGRAMS = {"ours": OURS, "theirs": THEIRS}
TYPES = {"ed25519": [], "rsa": ["-b", "2048"], "ecdsa256": ["-b", "256"], "ecdsa384": ["-b", "384"],
         "ecdsa521": ["-b", "521"]}
MESSAGE = b"what is signed here\n\0\xff" * 3
ME = "me@example.org"
MIB = 1 << 20


def run(args, data=b"", env=None, cwd=None):
    return subprocess.run(args, input=data, capture_output=True, timeout=120, env=env, cwd=cwd)


def must(args, **more):
    done = run(args, **more)
    if done.returncode:
        raise RuntimeError(f"{args[:6]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


class Files:
    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.env = dict(os.environ, SSH_ASKPASS_REQUIRE="never", TZ="UTC")
        self.env.pop("SSH_AUTH_SOCK", None)
        self.agent_env = dict(self.env, SSH_AUTH_SOCK=self.path("agent"))
        self.message = self.write("message", MESSAGE)
        for name in ("ca", "otherca", "stranger"):
            must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.path(name)])
        for name, args in TYPES.items():
            must(["ssh-keygen", "-q", "-t", name.rstrip("0123456789") if name != "ed25519" else name, *args, "-N", "",
                  "-f", self.path(name)])
            self.certify(name, name, "ca", "-V", "20200101:20400101", "-z", "7")
        self.agent = subprocess.Popen(["ssh-agent", "-D", "-a", self.path("agent")], stdout=subprocess.DEVNULL)
        limit = time.monotonic() + 60
        while not os.path.exists(self.path("agent")) and time.monotonic() < limit:
            time.sleep(0.01)

    def stop(self):
        self.agent.send_signal(signal.SIGTERM)
        self.agent.wait()
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(os.open(self.path(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def public(self, name):
        """Type and base64."""
        return b" ".join(self.read(name + ".pub").split()[:2]).decode()

    def certify(self, key, name, authority, *args):
        """NAME.key, NAME.key.pub and NAME.key-cert.pub, of the key, for two principals."""
        for end in ("", ".pub"):
            shutil.copy(self.path(key + end), self.path(name + ".key" + end))
        must(["ssh-keygen", "-q", "-s", self.path(authority), "-I", "an id", "-n", f"{ME},you@example.org", *args,
              self.path(name + ".key.pub")])

    def sign(self, program, key, *args, env=None):
        return must([*PROGRAMS[program], "-Y", "sign", "-f", self.path(key), "-n", "file", *args], data=MESSAGE,
                    env=env or self.env)

    def ask(self, program, operation, *args, data=MESSAGE, env=None):
        return run([*PROGRAMS[program], "-Y", operation, *args], data=data, env=env or self.env)


# ---- one signs, the other verifies ----

def signed_cell(files, signer, verifier, key, allowed, args):
    name = f"{signer}_{verifier}_{key}_{len(args)}"
    signature = files.write(name, files.sign(signer, key, *args))
    lines = files.write(name + ".allowed", allowed)
    done = files.ask(verifier, "verify", "-f", lines, "-I", ME, "-n", "file", "-s", signature)
    expected = f'Good "file" signature for {ME} with '
    if done.returncode or not done.stdout.decode().startswith(expected):
        return f"{done.returncode}: {done.stdout} {done.stderr}"
    same = files.ask(signer, "verify", "-f", lines, "-I", ME, "-n", "file", "-s", signature)
    return None if same.stdout == done.stdout else f"{same.stdout} is not {done.stdout}"


def signed_cells(files):
    for signer, verifier in (("ours", "theirs"), ("theirs", "ours")):
        for kind in TYPES:
            plain = f"{ME} {files.public(kind)}\n"
            certified = f"*@example.org cert-authority {files.public('ca')}\n"
            rows = [(kind, plain, ()), (kind, plain, ("-O", "hashalg=sha256")), (kind + ".key-cert.pub", certified, ())]
            for key, allowed, args in rows:
                yield (f"{key}{' with sha256' if args else ''}: signed by {signer}, verified by {verifier}",
                       lambda s=signer, v=verifier, k=key, a=allowed, r=args: signed_cell(files, s, v, k, a, r))


# ---- what both say of the same ----

def verdicts(files):
    """name, whether it is good, allowed_signers, then what differs from the usual."""
    key, stranger, ca = files.public("ed25519"), files.public("stranger"), files.public("ca")
    cert = files.public("ed25519.key-cert")
    revoked = files.write("revoked", f"# gone\n{stranger}\n{key}\n")
    plain = f"{ME} {key}"
    by_ca = f"*@example.org cert-authority {ca}"
    good = [("the usual", plain, {}), ("print-pubkey", plain, {"args": ["-O", "print-pubkey"]}),
            ("quiet", plain, {"args": ["-q"]}), ("MD5", plain, {"args": ["-E", "md5"]}),
            ("print-pubkey of a certificate", by_ca, {"args": ["-O", "print-pubkey"], "sig": "cert"}),
            ("a pattern", f"me@*,x@y {key}", {}), ("quotes", f'"a b,{ME}" {key} a comment', {}),
            ("comments", f"# x\n\n  {plain}\r", {}), ("a later line", f"{ME} {stranger}\n{plain}", {}),
            ("a bad line for others", f"you frobnicate {key}\n{plain}", {}),
            ("a bad line before", f"{ME} frobnicate {key}\n{plain}", {}),
            ("namespaces", f'{ME} namespaces="git,fi*" {key}', {}),
            ("dates", f'{ME} valid-after="20200101",valid-before="20390101Z" {key}', {}),
            ("an earlier time", f'{ME} valid-before="20210101" {key}', {"args": ["-O", "verify-time=20200601"]}),
            ("the last second", f'{ME} valid-before="20210101120000" {key}',
             {"args": ["-O", "verify-time=20210101120000"]}),
            ("a certificate", by_ca, {"sig": "cert"}), ("a certificate itself", f"{ME} {cert}", {"sig": "cert"}),
            ("a certificate with options for logins", by_ca, {"sig": "options"}),
            ("a certificate in time", by_ca, {"sig": "old", "args": ["-O", "verify-time=20200601"]}),
            ("others revoked", plain, {"revoked": files.path("stranger.pub")})]
    bad = [("another namespace", plain, {"namespace": "git"}), ("another principal", plain, {"principal": "you@x"}),
           ("a pattern as principal", plain, {"principal": "*"}), ("another message", plain, {"data": MESSAGE + b"."}),
           ("no message", plain, {"data": b""}), ("no key", "", {}), ("another key", f"{ME} {stranger}", {}),
           ("negated", f"*,!{ME} {key}", {}), ("an unknown option", f"{ME} frobnicate {key}", {}),
           ("an open quote", f'"{ME} {key}', {}), ("case", f"ME@example.org {key}", {}),
           ("expired", f'{ME} valid-before="20210101" {key}', {}),
           ("not yet valid", f'{ME} valid-after="20390101" {key}', {}),
           ("a second late", f'{ME} valid-before="20210101120000" {key}',
            {"args": ["-O", "verify-time=20210101120001"]}),
           ("a malformed time", plain, {"args": ["-O", "verify-time=2021"]}),
           ("an unknown setting", plain, {"args": ["-O", "hashalg=sha512"]}),
           ("for another namespace", f'{ME} namespaces="git" {key}', {}),
           ("an authority for a plain key", f"{ME} cert-authority {key}", {}),
           ("a certificate of a plain key", plain, {"sig": "cert"}),
           ("a plain key of a certificate", by_ca, {}),
           ("a certificate of another name", by_ca, {"sig": "cert", "principal": "they@example.org"}),
           ("an authority for other names", f"*@example.net cert-authority {ca}", {"sig": "cert"}),
           ("another authority", by_ca, {"sig": "otherca"}), ("an expired certificate", by_ca, {"sig": "old"}),
           ("a certificate before its time", by_ca, {"sig": "cert", "args": ["-O", "verify-time=20190101"]}),
           ("a host's certificate", by_ca, {"sig": "host"}), ("a revoked key", plain, {"revoked": revoked}),
           ("a revoked key in a certificate", by_ca, {"sig": "cert", "revoked": revoked}),
           ("a revoked authority", by_ca, {"sig": "cert", "revoked": files.path("ca.pub")}),
           ("a certificate that is revoked", by_ca, {"sig": "cert", "revoked": files.path("ed25519.key-cert.pub")}),
           ("the key of a certificate that is revoked", plain, {"revoked": files.path("old.key-cert.pub")}),
           ("a list that revokes the key", plain, {"revoked": files.path("krl.key")}),
           ("a list that revokes the serial", by_ca, {"sig": "cert", "revoked": files.path("krl.serial")}),
           ("no revocation file", plain, {"revoked": files.path("nowhere")}),
           ("a revocation file that makes no sense", plain, {"revoked": files.message}),
           ("no signature", plain, {"sig": "nowhere"}), ("a damaged signature", plain, {"sig": "damaged"}),
           ("a signature with SHA-1", f"{ME} {files.public('rsa')}", {"sig": "sha1"})]
    return [(name, True, *row) for name, *row in good] + [(name, False, *row) for name, *row in bad]


def make_signatures(files):
    files.certify("ed25519", "old", "ca", "-V", "20200101:20210101")
    files.certify("ed25519", "host", "ca", "-h")
    files.certify("ed25519", "otherca", "otherca")
    files.certify("ed25519", "options", "ca", "-O", "force-command=true", "-O", "source-address=192.0.2.0/24")
    for name, key in {"plain": "ed25519", "cert": "ed25519.key-cert.pub", "old": "old.key-cert.pub",
                      "host": "host.key-cert.pub", "otherca": "otherca.key-cert.pub",
                      "options": "options.key-cert.pub"}.items():
        files.write(name + ".sig", files.sign("theirs", key))
    files.write("damaged.sig", files.read("plain.sig").replace(b"U1NIU0lH", b"U1NIU0lI"))
    sha1 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/sshsig/rsa2048_sha1.sig")
    shutil.copy(sha1, files.path("sha1.sig"))
    must(["ssh-keygen", "-q", "-k", "-f", files.path("krl.key"), files.path("ed25519.pub")])
    must(["ssh-keygen", "-q", "-k", "-f", files.path("krl.serial"), "-s", files.path("ca.pub"), "-"],
         data=b"serial: 7\n")


def verdict_cell(files, number, is_good, allowed, namespace="file", principal=ME, data=MESSAGE, sig="plain",
                 revoked=None, args=()):
    lines = files.write(f"allowed_{number}", allowed + "\n")
    flags = [*args, *(["-r", revoked] if revoked else []), "-f", lines, "-I", principal, "-n", namespace, "-s",
             files.path(sig + ".sig")]
    ours, theirs = (files.ask(who, "verify", *flags, data=data) for who in PROGRAMS)
    if (theirs.returncode == 0) != is_good:
        return f"ssh-keygen says {theirs}"
    if ours.returncode != theirs.returncode or ours.stdout != theirs.stdout:
        return f"{ours.returncode} {ours.stdout} {ours.stderr}, theirs {theirs.returncode} {theirs.stdout}"
    return None if is_good or ours.stderr or theirs.stdout else "nothing was said"


def found_cell(files, number, operation, allowed, *args):
    lines = files.write(f"{operation}_{number}", allowed + "\n")
    ours, theirs = (files.ask(who, operation, "-f", lines, *args) for who in PROGRAMS)
    if ours.stdout != theirs.stdout or (ours.returncode == 0) != (theirs.returncode == 0):
        return f"{ours.returncode} {ours.stdout}, theirs {theirs.returncode} {theirs.stdout}"
    return None


def found_cells(files):
    key, stranger, ca = files.public("ed25519"), files.public("stranger"), files.public("ca")
    plain, cert = ("-s", files.path("plain.sig")), ("-s", files.path("cert.sig"))
    rows = [("find-principals", f"x {stranger}\n{ME},m* {key}\nz {key}", plain),
            ("find-principals", f'"a b,{ME}" namespaces="git" {key}', plain),
            ("find-principals", f'{ME} valid-before="20200101" {key}', plain),
            ("find-principals", f'{ME} valid-before="20200101" {key}', (*plain, "-O", "verify-time=20190101")),
            ("find-principals", f"x {stranger}", plain), ("find-principals", f"*@* cert-authority {ca}", cert),
            ("find-principals", f"y*,z cert-authority {ca}", cert), ("find-principals", f"{ME} {key}", cert),
            ("find-principals", f"{ME} {key}", ("-s", files.path("damaged.sig"))),
            ("match-principals", f"m*,x {key}\ny {stranger}\n* cert-authority {ca}", ("-I", ME)),
            ("match-principals", f'"{ME},a b" valid-before="20200101" {key}', ("-I", ME)),
            ("match-principals", f"{ME} {key}", ("-I", "you")),
            ("check-novalidate", "", ("-n", "file", *plain)), ("check-novalidate", "", ("-n", "file", *cert)),
            ("check-novalidate", "", ("-n", "git", *plain)), ("check-novalidate", "", ("-n", "file", "-q", *plain))]
    for number, (operation, allowed, args) in enumerate(rows):
        yield (f"{operation} {number}",
               lambda n=number, o=operation, a=allowed, r=args: found_cell(files, n, o, a, *r))


def zone_cell(files):
    """New York is five hours behind in January, four in June, which ssh-keygen 9.2 does not know."""
    env = dict(files.env, TZ="EST5EDT,M3.2.0,M11.1.0")
    for day, hour, programs in (("20210101", "17", PROGRAMS), ("20210601", "16", ["ours"])):
        lines = files.write("zone" + day, f'{ME} valid-before="{day}1200" {files.public("ed25519")}\n')
        for minute, is_good in (("0000", True), ("0001", False)):
            for who in programs:
                done = files.ask(who, "verify", "-f", lines, "-I", ME, "-n", "file", "-s", files.path("plain.sig"),
                                 "-O", f"verify-time={day}{hour}{minute}Z", env=env)
                if (done.returncode == 0) != is_good:
                    return f"{who}, {day}{hour}{minute}: {done.stdout} {done.stderr}"
    return None


# ---- files and keys ----

def files_cell(files):
    first, second = files.write("first", b"1"), files.write("second", b"2")
    done = run([*OURS, "-Y", "sign", "-f", files.path("ed25519"), "-n", "file", first, second], env=files.env)
    said = "".join(f"Signing file {f}\nWrite signature to {f}.sig\n" for f in (first, second))
    if done.returncode or done.stderr.decode() != said or done.stdout:
        return str(done)
    for path, data in ((first, b"1"), (second, b"2")):
        theirs = files.ask("theirs", "check-novalidate", "-n", "file", "-s", path + ".sig", data=data)
        if theirs.returncode or os.stat(path + ".sig").st_mode & 0o777 != 0o644:
            return f"{path}: {theirs}, {os.stat(path + '.sig')}"
    return None


def overwrite_cell(files):
    path = files.write("again", b"1")
    args = ["-Y", "sign", "-q", "-f", files.path("ed25519"), "-n", "file", path]
    for answer, is_new in ((b"n\n", False), (b"", False), (b"y\n", True)):
        for who in PROGRAMS.values():
            files.write("again.sig", b"old")
            done = run([*who, *args], data=answer, env=files.env)
            if done.returncode or done.stdout.decode() != f"{path}.sig already exists.\nOverwrite (y/n)? ":
                return f"{who}: {done}"
            if (files.read("again.sig") != b"old") != is_new:
                return f"{who}, {answer}: {files.read('again.sig')}"
    return None


def refusals_cell(files):
    os.mkdir(files.path("folder"))
    os.mkdir(files.path("taken.sig"))
    taken = files.write("taken", b"1")
    key, public = files.path("ed25519"), files.write("alone.pub", files.read("stranger.pub"))
    mixed = files.write("mixed", files.read("stranger"))
    files.write("mixed.pub", files.read("ed25519.pub"))
    rows = [("a folder", ["-f", key, "-n", "x", files.path("folder")], b""),
            ("no such file", ["-f", key, "-n", "x", files.path("nowhere")], b""),
            ("a file that cannot be written", ["-f", key, "-n", "x", taken], b"y\n"),
            ("SHA-1", ["-f", key, "-n", "x", "-O", "hashalg=sha1"], b""),
            ("an unknown setting", ["-f", key, "-n", "x", "-O", "print-pubkey"], b""),
            ("no namespace", ["-f", key], b""), ("an empty namespace", ["-f", key, "-n", ""], b""),
            ("no key", ["-n", "x"], b""), ("no such key", ["-f", files.path("nowhere"), "-n", "x"], b""),
            ("no key in the file", ["-f", files.message, "-n", "x"], b""),
            ("no private half", ["-f", public, "-n", "x"], b""),
            ("another private half", ["-f", mixed + ".pub", "-n", "x"], b""),
            ("not in the agent", ["-U", "-f", public, "-n", "x"], b"")]
    for name, args, data in rows:
        ours, theirs = (files.ask(who, "sign", *args, data=data) for who in PROGRAMS)
        if not ours.returncode or ours.returncode != theirs.returncode or b"BEGIN" in ours.stdout or not ours.stderr:
            return f"{name}: {ours}, theirs {theirs}"
    return None


def passphrase_cell(files):
    shutil.copy(files.path("ecdsa256"), files.path("locked"))
    os.chmod(files.path("locked"), 0o600)
    must(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a secret", "-a", "2", "-f", files.path("locked")])
    signature = files.write("locked.sig", files.sign("ours", "locked", "-P", "a secret"))
    done = files.ask("theirs", "check-novalidate", "-n", "file", "-s", signature)
    wrong = files.ask("ours", "sign", "-f", files.path("locked"), "-n", "file", "-P", "wrong")
    return None if done.returncode == 0 and wrong.returncode == 255 and not wrong.stdout else f"{done} {wrong}"


def agent_cell(files):
    """The private halves are with the agent alone; what is shown may be a certificate that it does not have."""
    folder = files.path("public")
    os.mkdir(folder)
    for kind in TYPES:
        must(["ssh-add", "-q", files.path(kind)], env=files.agent_env)
        shutil.copy(files.path(kind + ".pub"), os.path.join(folder, kind + ".pub"))
        shutil.copy(files.path(kind + ".key-cert.pub"), os.path.join(folder, kind + "-cert.pub"))
    for name in sorted(os.listdir(folder)):
        made = files.sign("ours", os.path.join("public", name), "-U", env=files.agent_env)
        signature = files.write("agent.sig", made)
        done = files.ask("theirs", "check-novalidate", "-n", "file", "-s", signature)
        if done.returncode or (b"-CERT" in done.stdout) != ("cert" in name):
            return f"{name}: {done}"
    return None


def memory_of(args, data_path):
    """What the program took at most, in bytes."""
    with open(data_path, "rb") as data, open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(args, stdin=data, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise RuntimeError(f"{args[1:4]}: status {status}")
    return usage.ru_maxrss * 1024


def large_cell(files):
    large, small = files.path("large"), files.path("small")
    for path, size in ((large, 256 * MIB), (small, 1)):
        with open(path, "wb") as out:
            out.truncate(size)
        must([*OURS, "-q", "-Y", "sign", "-f", files.path("ed25519"), "-n", "file", path], env=files.env)
    used = [memory_of([*OURS, "-Y", "check-novalidate", "-n", "file", "-s", path + ".sig"], path)
            for path in (small, large)]
    with open(large, "rb") as data:
        theirs = subprocess.run([*THEIRS, "-Y", "check-novalidate", "-n", "file", "-s", large + ".sig"], stdin=data,
                                capture_output=True, timeout=120)
    if theirs.returncode:
        return str(theirs)
    return None if used[1] - used[0] < 16 * MIB else f"{used[0]} bytes of memory become {used[1]}"


# ---- git ----

class Git:
    """A repository whose signatures a program makes and verifies."""

    def __init__(self, files, key):
        self.files = files
        self.folder = files.path("repository_" + os.path.basename(key))
        link = files.path("ssh-keygen")
        if not os.path.lexists(link):
            os.symlink(CLEAT, link)
        self.programs = {"ours": link, "theirs": shutil.which("ssh-keygen")}
        env = files.agent_env if key.startswith("key::") else files.env
        self.env = dict(env, HOME=files.folder, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="me",
                        GIT_AUTHOR_EMAIL=ME, GIT_COMMITTER_NAME="me", GIT_COMMITTER_EMAIL=ME)
        must(["git", "init", "-q", self.folder], env=self.env)
        for name, value in {"gpg.format": "ssh", "user.signingkey": key,
                            "gpg.ssh.allowedSignersFile": files.path("git_signers")}.items():
            must(["git", "config", name, value], env=self.env, cwd=self.folder)

    def git(self, program, *args):
        return run(["git", "-c", f"gpg.ssh.program={self.programs[program]}", *args], env=self.env, cwd=self.folder)

    def cross(self):
        for signer in PROGRAMS:
            done = self.git(signer, "commit", "-q", "--allow-empty", "-S", "-m", f"by {signer}")
            if done.returncode:
                return f"commit by {signer}: {done.stderr}"
            for verifier in PROGRAMS:
                done = self.git(verifier, "verify-commit", "-v", "HEAD")
                if done.returncode or f'Good "git" signature for {ME}'.encode() not in done.stderr:
                    return f"by {signer}, verified by {verifier}: {done}"
        return None


def git_cell(files):
    if not shutil.which("git"):
        return None
    ca = files.public("ca")
    files.write("git_signers", f'{ME} namespaces="git" {files.public("ed25519")}\n*@example.org cert-authority {ca}\n')
    for key in (files.path("ed25519"), files.path("rsa.key-cert.pub"), "key::" + files.public("ed25519")):
        repository = Git(files, key)
        problem = repository.cross()
        if problem:
            return f"{key}: {problem}"
    must(["git", "commit", "-q", "--amend", "--allow-empty", "--no-gpg-sign", "-m", "unsigned"], env=repository.env,
         cwd=repository.folder)
    if not repository.git("ours", "verify-commit", "HEAD").returncode:
        return "an unsigned commit passed"
    files.write("git_signers", f"{ME} {files.public('stranger')}\n")
    done = repository.git("ours", "commit", "-q", "--allow-empty", "-S", "-m", "by a stranger")
    verified = repository.git("ours", "verify-commit", "HEAD")
    return None if not done.returncode and verified.returncode else f"{done} {verified}"


def main():
    if not shutil.which("ssh-keygen"):
        report("signatures", skip="ssh-keygen is not installed")
        finish()
    files = Files()
    try:
        make_signatures(files)
        run_cells([("keys of the agent", lambda: agent_cell(files))])
        cells = list(signed_cells(files))
        for number, (name, is_good, allowed, more) in enumerate(verdicts(files)):
            cells.append((f"{'good' if is_good else 'refused'}: {name}",
                          lambda n=number, g=is_good, a=allowed, m=more: verdict_cell(files, n, g, a, **m)))
        cells += found_cells(files)
        cells += [("dates are in the local time zone", lambda: zone_cell(files)),
                  ("files get signatures beside them", lambda: files_cell(files)),
                  ("signatures are not replaced unasked", lambda: overwrite_cell(files)),
                  ("what cannot be signed", lambda: refusals_cell(files)),
                  ("keys with passphrases", lambda: passphrase_cell(files)),
                  ("a large file takes no memory", lambda: large_cell(files)),
                  ("git signs and verifies", lambda: git_cell(files))]
        run_cells(cells)
    finally:
        files.stop()
    finish()


if __name__ == "__main__":
    main()
