#!/usr/bin/python3
"""The SFTP server that is built into cleatd.exe, with OpenSSH's sftp."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wine import USER, WinScratch, expect, finish, win  # noqa: E402


def slashed(path):
    """A path of ours as the server has it: /Z:/tmp/..."""
    return "/" + win(path).replace("\\", "/")


def sftp(s, port, batch):
    return subprocess.run(["sftp", "-b", "-", "-P", str(port), "-F", "none", "-i", s.file("user_ed25519"), "-o", "BatchMode=yes",
                           "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
                           "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", f"{USER}@127.0.0.1"],
                          input=batch.encode(), capture_output=True, timeout=60)


def main():
    s = WinScratch()
    try:
        port = s.cleatd_exe("sftp")
        there = s.file("there")
        os.makedirs(there)
        data = os.urandom((1 << 20) + 11)
        with open(s.file("data"), "wb") as out:
            out.write(data)
        name = "grün 日本"
        done = sftp(s, port, f'pwd\ncd "{slashed(there)}"\nput {s.file("data")} "{name}"\nmkdir d\n'
                             f'rename "{name}" "d/{name}"\nls -l d\nget "d/{name}" {s.file("back")}\ncd d\n-rm none\n'
                             f'-mkdir ../d\n-mkdir "a:b"\n-put {s.file("data")} CON\nrm "{name}"\ncd ..\nrmdir d\n'
                             f'put {s.file("data")} last\ndf\nls /\n')
        expect("names, trees and errors", (done.returncode or os.listdir(there) != ["last"])
               and (done.stdout, done.stderr, os.listdir(there)))
        expect("what went comes back", open(s.file("back"), "rb").read() != data and "other bytes")
        expect("it begins in the profile folder", b"/C:/users/" not in done.stdout and done.stdout)
        deep = "/".join(["a" * 100] * 4)
        folders = "".join(f"mkdir {'/'.join(['a' * 100] * (i + 1))}\n" for i in range(4))
        done = sftp(s, port, f'cd "{slashed(there)}"\n{folders}put {s.file("data")} {deep}/x\nget {deep}/x {s.file("deep")}\n')
        expect("paths longer than 260", (done.returncode or open(s.file("deep"), "rb").read() != data) and done.stderr)
    finally:
        s.stop()
    finish()


main()
