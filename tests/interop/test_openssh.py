#!/usr/bin/python3
"""Logins with OpenSSH in both directions: every key exchange, cipher, MAC and key type that both
know, each with a payload both ways, and with a rekey inside."""
import subprocess

from peers import COMMAND, CLEAT, Scratch, check, finish, report

REKEY = ("-o", "RekeyLimit 300K")


def names(program, what):
    return set(subprocess.check_output([*program, "-Q", what], text=True).split())


def common(what):
    return sorted(names(["ssh"], what) & names([CLEAT, "ssh"], what))


def cells():
    """(name, options): each algorithm once, the others left to the defaults."""
    for kex in common("kex"):
        yield f"kex {kex}", ("-o", f"KexAlgorithms {kex}")
    for cipher in common("cipher"):
        yield f"cipher {cipher}", ("-o", f"Ciphers {cipher}")
    for mac in common("mac"):
        yield f"mac {mac}", ("-o", "Ciphers aes128-ctr", "-o", f"MACs {mac}")
    yield "compression", ("-C",)


def main():
    scratch = Scratch()
    everything = [f"{keyword} {','.join(common(what))}" for keyword, what in
                  (("KexAlgorithms", "kex"), ("Ciphers", "cipher"), ("MACs", "mac"))]
    try:
        sshd = scratch.sshd("sshd", everything)
        cleatd = scratch.cleatd("cleatd", everything)
        for name, options in cells():
            check(f"cleat to sshd, {name}", lambda o=options: scratch.cleat_ssh(
                sshd, *o, *REKEY, command=COMMAND, data=scratch.payload), scratch.payload)
            theirs = [o.replace(" ", "=", 1) if " " in o else o for o in options]
            check(f"ssh to cleatd, {name}", lambda o=theirs: scratch.openssh(
                cleatd, *o, "-o", "RekeyLimit=300K", command=COMMAND, data=scratch.payload),
                scratch.payload)
        for key in ("rsa", "ecdsa256", "ecdsa384", "ecdsa521"):
            check(f"cleat to sshd, key {key}", lambda k=key: scratch.cleat_ssh(
                sshd, key=k, command=COMMAND, data=scratch.payload), scratch.payload)
            check(f"ssh to cleatd, key {key}", lambda k=key: scratch.openssh(
                cleatd, key=k, command=COMMAND, data=scratch.payload), scratch.payload)
        for algorithm in ("rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256",
                          "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-ed25519"):
            check(f"cleat to sshd, host key {algorithm}", lambda a=algorithm: scratch.cleat_ssh(
                sshd, "-o", f"HostKeyAlgorithms {a}", command=COMMAND, data=scratch.payload),
                scratch.payload)
            check(f"ssh to cleatd, host key {algorithm}", lambda a=algorithm: scratch.openssh(
                cleatd, "-o", f"HostKeyAlgorithms={a}", command=COMMAND, data=scratch.payload),
                scratch.payload)
        check("cleat to cleatd", lambda: scratch.cleat_ssh(
            cleatd, *REKEY, command=COMMAND, data=scratch.payload), scratch.payload)
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        scratch.stop()
    finish()


main()
