"""What the scripts about cleat keygen share."""
import os
import shutil
import stat
import subprocess
import tempfile

from client import expect
from peers import CLEAT, finish

KEYGEN = [os.path.abspath(CLEAT), "keygen"]


def run(*args, data=None, env=None, **more):
    """Without a terminal, so that answers come from the standard input."""
    done = subprocess.run([*KEYGEN, *args], capture_output=True, timeout=60, start_new_session=True,
                          input=(data or "").encode(), env={**os.environ, **(env or {})}, **more)
    done.stdout = done.stdout.decode(errors="replace")
    done.stderr = done.stderr.decode(errors="replace").replace("\r\n", "\n")
    return done


def make(name, *args):
    done = run("-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", name, *args)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return name


def read(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def mode(name):
    return stat.S_IMODE(os.stat(name).st_mode)


def differs(done, status, out=None, err=None):
    """out and err: what must be in the output and in the errors."""
    fine = done.returncode == status and (out or "") in done.stdout and (err or "") in done.stderr
    return None if fine else f"{done}\nexpected {status} {out!r} {err!r}"


def run_tests(tests):
    """In a folder of their own; each gives what is wrong, or nothing."""
    os.environ.pop("SSH_ASKPASS", None)
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.umask(0o022)
    try:
        for test in tests:
            expect(test.__name__.replace("_", " "), test())
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    finish()
