#!/usr/bin/python3
"""First of all: does everyone get in, and do output, errors, status and many bytes come through?
cleat.exe to sshd, cleatd and cleatd.exe; ssh, cleat and plink to cleatd.exe."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wine import WIN, WinScratch, expect, finish, report, sha256, win  # noqa: E402

PEER = win(os.path.join(WIN, "win_peer.exe"))
LARGE = 100 << 20
ON_LINUX = "cat; echo problem >&2; exit 3"
ON_WINDOWS = f'"{PEER}" copy & echo problem>&2 & exit 3'


def tried(name, run, payload, status=3, complaint=b"problem"):
    """run(payload) gives a completed process of one of the commands above."""
    try:
        done = run(payload)
    except subprocess.TimeoutExpired:
        report(name, "timed out")
        return
    came = done.stdout
    expect(name, (done.returncode != status and f"status {done.returncode}: {done.stderr[-300:]!r}")
           or (sha256(came) != sha256(payload) and f"{len(came)} of {len(payload)} bytes came back")
           or (complaint not in done.stderr and "stderr is missing"))


def everyone(s, sshd, linux, windows):
    small = s.payload
    tried("cleat.exe to sshd", lambda p: s.cleat_exe(sshd, command=ON_LINUX, data=p), small)
    tried("cleat.exe to cleatd", lambda p: s.cleat_exe(linux, command=ON_LINUX, data=p), small)
    tried("cleat.exe to cleatd.exe", lambda p: s.cleat_exe(windows, command=ON_WINDOWS, data=p), small)
    tried("ssh to cleatd.exe", lambda p: s.openssh(windows, command=ON_WINDOWS, data=p), small)
    tried("cleat to cleatd.exe", lambda p: s.cleat_ssh(windows, command=ON_WINDOWS, data=p), small)
    if shutil.which("plink"):
        tried("plink to cleatd.exe", lambda p: s.plink(windows, ON_WINDOWS, data=p), small)
    else:
        report("plink to cleatd.exe", skip="putty-tools is not installed")


def large(s, sshd, windows):
    payload = s.payload * (LARGE // len(s.payload))
    tried("100 MiB both ways, cleat.exe to sshd",
          lambda p: s.cleat_exe(sshd, command=ON_LINUX, data=p, seconds=240), payload)
    tried("100 MiB both ways, ssh to cleatd.exe",
          lambda p: s.openssh(windows, command=ON_WINDOWS, data=p, seconds=240), payload)


def rekeys(s, sshd, windows):
    options = ["-o", "RekeyLimit 256K"]
    tried("cleat.exe exchanges keys again and again",
          lambda p: s.cleat_exe(sshd, *options, command=ON_LINUX, data=p), s.payload)
    tried("cleatd.exe is asked for new keys again and again",
          lambda p: s.openssh(windows, "-o", "RekeyLimit=256K", command=ON_WINDOWS, data=p), s.payload)


def key_types(s, sshd, windows):
    for key in ("rsa", "ecdsa256", "ecdsa384", "ecdsa521"):
        tried(f"cleat.exe with {key}",
              lambda p, k=key: s.cleat_exe(sshd, key=k, command=ON_LINUX, data=p), b"x")
        tried(f"cleatd.exe and a user's {key}",
              lambda p, k=key: s.openssh(windows, key=k, command=ON_WINDOWS, data=p), b"x")
    for algorithm in ("ssh-ed25519", "rsa-sha2-512", "ecdsa-sha2-nistp256"):
        tried(f"cleatd.exe with {algorithm}", lambda p, a=algorithm: s.openssh(
            windows, "-o", f"HostKeyAlgorithms={a}", command=ON_WINDOWS, data=p), b"x")


def refused(s, windows):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.file("user_other")],
                   check=True)
    done = s.openssh(windows, key="other")
    expect("another key is refused", (done.returncode != 255 or b"publickey" not in done.stderr)
           and repr(done))
    done = s.cleat_exe(windows, key="other")
    expect("cleat.exe says that it was refused", (
        done.returncode != 255 or b"Permission denied (publickey)" not in done.stderr) and repr(done))
    done = s.openssh(windows, "-o", "PreferredAuthentications=password,keyboard-interactive",
                     "-o", "NumberOfPasswordPrompts=1", "-v")
    expect("no password is taken: there is no such method", (
        done.returncode != 255 or b"Authentications that can continue: publickey\r" not in done.stderr)
        and repr(done))


def main():
    s = WinScratch()
    try:
        sshd, linux, windows = s.sshd("sshd"), s.cleatd("cleatd"), s.cleatd_exe("cleatd_exe")
        everyone(s, sshd, linux, windows)
        key_types(s, sshd, windows)
        rekeys(s, sshd, windows)
        refused(s, windows)
        large(s, sshd, windows)
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        s.stop()
    finish()


main()
