#!/usr/bin/python3
"""Logins with Dropbear in both directions and with PuTTY's plink: each algorithm that both know."""
import base64
import hashlib
import os
import shutil
import subprocess

from covering import covering_array
from peers import COMMAND, USER, Scratch, finish, report, run_cells
from rows import KEY_FILES, cleatd_cell, client_options, name_of, row_problem, sensible

DROPBEAR = {
    "kex": ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
            "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256",
            "diffie-hellman-group14-sha1"],
    "cipher": ["chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr"],
    "mac": ["hmac-sha2-256", "hmac-sha1"],
    "host": ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
             "rsa-sha2-256", "ssh-rsa"],
    "user": ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
             "rsa-sha2-256"],
    "compression": ["none", "zlib@openssh.com"],
}
PUTTY = {
    "kex": ["sntrup761x25519-sha512@openssh.com", "curve448-sha512", "curve25519-sha256",
            "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
            "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
            "diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha256",
            "diffie-hellman-group15-sha512", "diffie-hellman-group16-sha512",
            "diffie-hellman-group17-sha512", "diffie-hellman-group18-sha512",
            "diffie-hellman-group14-sha1", "rsa2048-sha256"],
    "cipher": ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
               "aes256-ctr", "aes192-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc",
               "3des-cbc"],
    "mac": ["hmac-sha2-256-etm@openssh.com", "hmac-sha1-etm@openssh.com", "hmac-sha2-256",
            "hmac-sha1"],
    "host": list(KEY_FILES),
    "user": list(KEY_FILES),
    "compression": ["none", "zlib@openssh.com"],
    "rekeys": ["client", "server"],
}
# Nothing that a row may ask for stands behind WARN, at which a batch would end.
PUTTY_SESSION = """Protocol=ssh
KEX=ntru-curve25519,ecdh,dh-gex-sha1,dh-group18-sha512,dh-group17-sha512,dh-group16-sha512,\
dh-group15-sha512,dh-group14-sha1,rsa,WARN,dh-group1-sha1
Cipher=aes,chacha20,aesgcm,3des,WARN,des,blowfish,arcfour
HostKey=ed25519,ed448,ecdsa,rsa,WARN,dsa
"""


# --- Dropbear -----------------------------------------------------------------------------------

def convert(scratch, name):
    """A key in Dropbear's form, made where it is missing."""
    path = scratch.file("dropbear_" + name)
    subprocess.run(["dropbearconvert", "openssh", "dropbear", scratch.file(name), path], check=True,
                   capture_output=True)
    return path


def dropbear_server(scratch):
    """It reads the keys from the account's home folder, so it needs an account of the tests' own."""
    if not scratch.account:
        report("cleat to Dropbear", skip="no mount namespace for an account of the tests' own")
        return
    home = scratch.file("home/.ssh/authorized_keys")
    shutil.copy(scratch.file("authorized_keys"), home)
    hosts = {name: convert(scratch, "host_" + name) for name in sorted(set(
        KEY_FILES[host] for host in DROPBEAR["host"]))}
    # One ECDSA key is all that a server of it takes, so each key has its own.
    ports = {name: scratch.start(lambda port, key=key: [
        "dropbear", "-F", "-E", "-p", f"127.0.0.1:{port}", "-r", key, "-P", key + ".pid"],
        f"dropbear_{name}.log", ready="Not backgrounding") for name, key in hosts.items()}

    def cell(row):
        return row_problem(row, scratch.cleat_ssh(
            ports[KEY_FILES[row["host"]]], *client_options(row, "600K"), key=KEY_FILES[row["user"]],
            command=COMMAND, data=scratch.payload, seconds=60), scratch.payload)

    run_cells([(f"cleat to Dropbear: {name_of(row)}", lambda row=row: cell(row))
               for row in covering_array(DROPBEAR, sensible, strength=1)])


def dropbear_client(scratch):
    keys = {user: convert(scratch, "user_" + KEY_FILES[user]) for user in DROPBEAR["user"]}

    # -K: it closes its last channel without looking whether it is done, and would sleep for hours.
    def cell(row):
        return cleatd_cell(scratch, row, lambda port: subprocess.run(
            ["dbclient", "-K", "1", "-y", "-y", "-i", keys[row["user"]], "-p", str(port), f"{USER}@127.0.0.1",
             COMMAND], input=scratch.payload, capture_output=True, timeout=60))

    run_cells([(f"dbclient to cleatd: {name_of(row)}", lambda row=row: cell(row))
               for row in covering_array(DROPBEAR, sensible, strength=1)])


def dropbear(scratch):
    if not shutil.which("dropbear"):
        report("Dropbear", skip="dropbear-bin is not installed")
        return
    dropbear_client(scratch)
    dropbear_server(scratch)


# --- PuTTY --------------------------------------------------------------------------------------

def puttygen(*args):
    subprocess.run(["puttygen", *args], check=True, capture_output=True)


def make_ed448(scratch):
    """ssh-keygen has no ed448."""
    for kind in ("host", "user"):
        path = scratch.file(f"{kind}_ed448")
        puttygen("-t", "ed448", "--random-device", "/dev/urandom", "--new-passphrase", "/dev/null",
                 "-O", "private", "-o", path + ".ppk")
        puttygen(path + ".ppk", "-O", "private-openssh-new", "-o", path)
        puttygen(path + ".ppk", "-O", "public-openssh", "-o", path + ".pub")
        os.chmod(path, 0o600)
    with open(scratch.file("authorized_keys"), "a") as out, open(scratch.file("user_ed448.pub")) as key:
        out.write(key.read())


def fingerprint(scratch, name):
    with open(scratch.file(name + ".pub")) as key:
        blob = base64.b64decode(key.read().split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def putty_sessions(scratch):
    os.makedirs(scratch.file("sessions"))
    for compression in PUTTY["compression"]:
        for rekeys in PUTTY["rekeys"]:
            with open(scratch.file(f"sessions/{compression}-{rekeys}"), "w") as out:
                out.write(PUTTY_SESSION + f"Compression={int(compression != 'none')}\n")
                out.write("RekeyBytes=600K\n" if rekeys == "client" else "")


def plink(scratch):
    if not shutil.which("plink"):
        report("plink", skip="putty-tools is not installed")
        return
    make_ed448(scratch)
    putty_sessions(scratch)
    for name in sorted(set(KEY_FILES.values()) - {"ed448"}):
        puttygen(scratch.file("user_" + name), "-O", "private", "-o", scratch.file(f"user_{name}.ppk"))
    env = {**os.environ, "PUTTYDIR": scratch.path}

    def cell(row):
        return cleatd_cell(scratch, row, lambda port: subprocess.run(
            ["plink", "-batch", "-load", f"{row['compression']}-{row['rekeys']}", "-hostkey",
             fingerprint(scratch, "host_" + KEY_FILES[row["host"]]), "-P", str(port), "-i",
             scratch.file(f"user_{KEY_FILES[row['user']]}.ppk"), "-ssh", f"{USER}@127.0.0.1", COMMAND],
            input=scratch.payload, capture_output=True, timeout=60, env=env),
            row["rekeys"] == "server" and "600K")

    run_cells([(f"plink to cleatd: {name_of(row)}", lambda row=row: cell(row))
               for row in covering_array(PUTTY, sensible, strength=1)])


def main():
    scratch = Scratch()
    try:
        dropbear(scratch)
        plink(scratch)
    finally:
        scratch.stop()
    finish()


if __name__ == "__main__":
    main()
