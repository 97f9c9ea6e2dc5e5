#!/usr/bin/python3
"""The zip: what is in it, and that the two programs and the configuration work from where it is
unpacked."""
import os
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wine import HERE, WIN, expect, finish, win, wine  # noqa: E402

MAKE = os.path.join(HERE, "..", "..", "packaging", "windows", "make-zip")
WANTED = ["cleat.exe", "cleatd.exe", "LICENSE.txt", "README.txt", "cleatd_config",
          *(f"licences/{name}.txt" for name in ("OpenSSL", "libuv", "zlib", "mingw-w64", "gcc-runtime"))]


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cleat.zip")
        made = subprocess.run([MAKE, WIN, path], capture_output=True)
        expect("the zip is made, and only system libraries are needed", made.returncode and repr(made))
        if made.returncode:
            finish()
        zipfile.ZipFile(path).extractall(folder)
        top = os.path.join(folder, "cleat")
        missing = [name for name in WANTED if not os.path.exists(os.path.join(top, name))]
        expect("everything is in it", missing)
        done = wine(os.path.join(top, "cleat.exe"), "ssh", "-V")
        expect("cleat.exe runs", (done.returncode or b"Cleat_" not in done.stderr) and repr(done))
        config = os.path.join(top, "cleatd_config")
        os.chmod(config, 0o600)
        done = wine(os.path.join(top, "cleatd.exe"), "-t", "-f", win(config))
        expect("cleatd.exe accepts the configuration", done.returncode and repr(done))
    finish()


main()
