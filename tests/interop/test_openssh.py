#!/usr/bin/python3
"""Logins with OpenSSH in both directions. Every key exchange, cipher, MAC, host key, user key and
compression that both know, so that any two of different kinds meet in a login, and with each who of
the two asks for the new keys in the middle of it."""
import subprocess

from covering import covering_array, missing, self_check
from peers import CLEAT, COMMAND, Scratch, finish, report, run_cells
from rows import KEY_FILES, client_options, name_of, row_problem, sensible, settings

SHORT_BLOCKS = ("chacha20-poly1305@openssh.com", "3des-cbc")


def names(program, what):
    return set(subprocess.check_output([*program, "-Q", what], text=True).split())


def common(what):
    return sorted(names(["ssh"], what) & names([CLEAT, "ssh"], what))


def kinds():
    keys = [name for name in common("sig") if name in KEY_FILES]
    return {"kex": common("kex"), "cipher": common("cipher"), "mac": common("mac"), "host": keys,
            "user": keys, "compression": ["none", "zlib@openssh.com"], "rekeys": ["client", "server"]}


def their_limit(cipher):
    """OpenSSH's client adds the next packet's bytes, up to 64 KiB, to a count of blocks. This is a
    limit that it passes with packets of any size in 2 MiB, and not with every packet."""
    block = 8 if cipher in SHORT_BLOCKS else 16
    return (66000 + (512 << 10) // block) * block


def array_cells(rows, name, login):
    return [(f"{name}: {name_of(row)}", lambda row=row: login(row)) for row in rows]


def main():
    report("the generator of covering arrays", self_check())
    array = kinds()
    rows = covering_array(array, sensible)
    report(f"any two of a kind meet in {len(rows)} logins",
           missing(rows, array, sensible) or (len(rows) > 250 and "too many"))
    everything = settings({kind: ",".join(values) for kind, values in array.items()
                           if kind not in ("compression", "rekeys")})
    scratch = Scratch()

    def cleat_to_sshd(row):
        options = client_options(row, row["rekeys"] == "client" and "600K")
        return row_problem(row, scratch.cleat_ssh(
            sshd[row["rekeys"]], *options, key=KEY_FILES[row["user"]], command=COMMAND,
            data=scratch.payload), scratch.payload)

    def ssh_to_cleatd(row):
        client_starts = row["rekeys"] == "client"
        options = client_options(row, client_starts and their_limit(row["cipher"]))
        data = scratch.payload * (2 if client_starts else 1)
        return row_problem(row, scratch.openssh(
            cleatd[row["rekeys"]], *options, key=KEY_FILES[row["user"]], command=COMMAND, data=data),
            data)

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
