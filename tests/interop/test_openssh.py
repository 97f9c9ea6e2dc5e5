#!/usr/bin/python3
"""Logins with OpenSSH in both directions. Every key exchange, cipher, MAC, host key, user key and
compression that both know, so that any two of different kinds meet in a login, and with each who of
the two asks for the new keys in the middle of it."""
import subprocess

from account import own_account
from covering import covering_array, missing, self_check
from peers import CLEAT, COMMAND, Scratch, finish, login_problem, report, run_cells

AEAD = ("chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
SHORT_BLOCKS = ("chacha20-poly1305@openssh.com", "3des-cbc")
KEY_FILES = {"ssh-ed25519": "ed25519", "ecdsa-sha2-nistp256": "ecdsa256",
             "ecdsa-sha2-nistp384": "ecdsa384", "ecdsa-sha2-nistp521": "ecdsa521",
             "rsa-sha2-256": "rsa", "rsa-sha2-512": "rsa", "ssh-rsa": "rsa"}


def names(program, what):
    return set(subprocess.check_output([*program, "-Q", what], text=True).split())


def common(what):
    return sorted(names(["ssh"], what) & names([CLEAT, "ssh"], what))


def kinds():
    keys = [name for name in common("sig") if name in KEY_FILES]
    return {"kex": common("kex"), "cipher": common("cipher"), "mac": common("mac"), "host": keys,
            "user": keys, "compression": ["none", "zlib@openssh.com"], "rekeys": ["client", "server"]}


def sensible(row):
    return not (row.get("mac") and row.get("cipher") in AEAD)


def their_limit(cipher):
    """OpenSSH's client adds the next packet's bytes, up to 64 KiB, to a count of blocks. This is a
    limit that it passes with packets of any size in 2 MiB, and not with every packet."""
    block = 8 if cipher in SHORT_BLOCKS else 16
    return (66000 + (512 << 10) // block) * block


def options(row, limit):
    """The keywords of ssh_config for a row."""
    chosen = {"KexAlgorithms": row["kex"], "Ciphers": row["cipher"], "HostKeyAlgorithms": row["host"],
              "PubkeyAcceptedAlgorithms": row["user"], "LogLevel": "DEBUG1",
              "Compression": "no" if row["compression"] == "none" else "yes"}
    if row["mac"]:
        chosen["MACs"] = row["mac"]
    if row["rekeys"] == "client":
        chosen["RekeyLimit"] = limit
    return [word for key, value in chosen.items() for word in ("-o", f"{key}={value}")]


def row_problem(row, done, payload):
    """A login that went well has used what the row says, and has exchanged keys again."""
    log = done.stderr.decode(errors="replace")
    protection = f"cipher: {row['cipher']} MAC: {row['mac'] or '<implicit>'}"
    for line in (f"kex: algorithm: {row['kex']}", f"kex: host key algorithm: {row['host']}",
                 *(f"kex: {way} {protection} compression: {row['compression']}"
                   for way in ("client->server", "server->client"))):
        if line not in log:
            return f"no line {line!r}: {log[-600:]!r}"
    if log.count("SSH2_MSG_NEWKEYS received") < 2:
        return "no keys were exchanged again"
    return login_problem(done, payload)


def array_cells(rows, name, login):
    return [(f"{name}: " + ", ".join(str(value) for value in row.values() if value),
             lambda row=row: login(row)) for row in rows]


def main():
    report("the generator of covering arrays", self_check())
    array = kinds()
    rows = covering_array(array, sensible)
    report(f"any two of a kind meet in {len(rows)} logins",
           missing(rows, array, sensible) or (len(rows) > 250 and "too many"))
    everything = [f"KexAlgorithms {','.join(array['kex'])}", f"Ciphers {','.join(array['cipher'])}",
                  f"MACs {','.join(array['mac'])}", f"HostKeyAlgorithms {','.join(array['host'])}",
                  f"PubkeyAcceptedAlgorithms {','.join(array['user'])}"]
    scratch = Scratch(own_account())

    def cleat_to_sshd(row):
        return row_problem(row, scratch.cleat_ssh(
            sshd[row["rekeys"]], *options(row, "600K"), key=KEY_FILES[row["user"]], command=COMMAND,
            data=scratch.payload, seconds=60), scratch.payload)

    def ssh_to_cleatd(row):
        data = scratch.payload * (2 if row["rekeys"] == "client" else 1)
        return row_problem(row, scratch.openssh(
            cleatd[row["rekeys"]], *options(row, their_limit(row["cipher"])),
            key=KEY_FILES[row["user"]], command=COMMAND, data=data, seconds=60), data)

    try:
        sshd = {"client": scratch.sshd("sshd", everything),
                "server": scratch.sshd("sshd_rekeys", [*everything, "RekeyLimit 600K"])}
        cleatd = {"client": scratch.cleatd("cleatd", everything),
                  "server": scratch.cleatd("cleatd_rekeys", [*everything, "RekeyLimit 600K"])}
        run_cells(array_cells(rows, "cleat to sshd", cleat_to_sshd))
        run_cells(array_cells(rows, "ssh to cleatd", ssh_to_cleatd))
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
