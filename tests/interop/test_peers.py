#!/usr/bin/python3
"""Logins with other implementations: Dropbear, PuTTY's plink, AsyncSSH and Paramiko."""
import asyncio
import os
import shutil
import subprocess
import threading

from peers import COMMAND, USER, Scratch, check, finish, free_port, report


def done(code, out, err):
    return subprocess.CompletedProcess([], code, out, err)


def dropbear_server(scratch):
    if not shutil.which("dropbear"):
        return report("cleat to dropbear", skip="dropbear is not installed")
    if not os.environ.get("CI"):
        return report("cleat to dropbear", skip="it would change ~/.ssh/authorized_keys; set CI=true")
    key = scratch.file("dropbear_host")
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", key], check=True, capture_output=True)
    # Dropbear reads the keys from the account's home folder, so it must already trust the user.
    trusted = os.path.expanduser("~/.ssh/authorized_keys")
    before = open(trusted).read() if os.path.exists(trusted) else None
    os.makedirs(os.path.dirname(trusted), mode=0o700, exist_ok=True)
    try:
        with open(trusted, "a") as out:
            out.write(open(scratch.file("user_ed25519.pub")).read())
        os.chmod(trusted, 0o600)
        port = free_port()
        scratch.start(["dropbear", "-F", "-E", "-p", f"127.0.0.1:{port}", "-r", key,
                       "-P", scratch.file("dropbear.pid")], port, "dropbear.log")
        check("cleat to dropbear", lambda: scratch.cleat_ssh(
            port, command=COMMAND, data=scratch.payload), scratch.payload)
    finally:
        if before is None:
            os.remove(trusted)
        else:
            with open(trusted, "w") as out:
                out.write(before)


def dropbear_client(scratch, cleatd):
    if not shutil.which("dbclient"):
        return report("dbclient to cleatd", skip="dropbear is not installed")
    key = scratch.file("dropbear_user")
    subprocess.run(["dropbearconvert", "openssh", "dropbear", scratch.file("user_ed25519"), key],
                   check=True, capture_output=True)
    check("dbclient to cleatd", lambda: subprocess.run(
        ["dbclient", "-y", "-y", "-i", key, "-p", str(cleatd), f"{USER}@127.0.0.1", COMMAND],
        input=scratch.payload, capture_output=True, timeout=30), scratch.payload)


def plink(scratch, cleatd):
    if not shutil.which("plink"):
        return report("plink to cleatd", skip="putty-tools is not installed")
    key = scratch.file("user.ppk")
    subprocess.run(["puttygen", scratch.file("user_ed25519"), "-O", "private", "-o", key], check=True,
                   capture_output=True)
    fingerprint = subprocess.check_output(
        ["ssh-keygen", "-l", "-f", scratch.file("host_ed25519.pub")], text=True).split()[1]
    check("plink to cleatd", lambda: subprocess.run(
        ["plink", "-batch", "-ssh", "-hostkey", fingerprint, "-P", str(cleatd), "-i", key,
         f"{USER}@127.0.0.1", COMMAND], input=scratch.payload, capture_output=True, timeout=30),
        scratch.payload)


def paramiko_client(scratch, cleatd):
    try:
        import paramiko
    except ImportError:
        return report("Paramiko to cleatd", skip="python3-paramiko is not installed")

    def run():
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect("127.0.0.1", cleatd, USER, key_filename=scratch.file("user_ed25519"),
                           allow_agent=False, look_for_keys=False, timeout=20)
            stdin, stdout, stderr = client.exec_command(COMMAND, timeout=30)
            writer = threading.Thread(target=lambda: (stdin.write(scratch.payload),
                                                      stdin.channel.shutdown_write()))
            writer.start()
            out = stdout.read()
            err = stderr.read()
            writer.join()
            return done(stdout.channel.recv_exit_status(), out, err)

    check("Paramiko to cleatd", run, scratch.payload)


def asyncssh_both(scratch, cleatd):
    try:
        import asyncssh
    except ImportError:
        return report("AsyncSSH", skip="python3-asyncssh is not installed")

    async def client():
        async with asyncssh.connect("127.0.0.1", cleatd, username=USER, known_hosts=None, config=None,
                                    client_keys=[scratch.file("user_ed25519")],
                                    agent_path=None) as conn:
            result = await conn.run(COMMAND, input=scratch.payload, encoding=None, timeout=30)
            return done(result.exit_status, result.stdout, result.stderr)

    async def handle(process):
        data = await process.stdin.read()
        process.stdout.write(data)
        process.stderr.write(b"problem\n")
        process.exit(3)

    async def server():
        acceptor = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[scratch.file("host_ed25519")], encoding=None,
            authorized_client_keys=scratch.file("authorized_keys"), process_factory=handle)
        port = acceptor.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(None, lambda: scratch.cleat_ssh(
            port, command=COMMAND, data=scratch.payload))
        acceptor.close()
        return result

    check("AsyncSSH to cleatd", lambda: asyncio.run(client()), scratch.payload)
    check("cleat to AsyncSSH", lambda: asyncio.run(server()), scratch.payload)


def main():
    scratch = Scratch()
    try:
        cleatd = scratch.cleatd("cleatd", ("KexAlgorithms +diffie-hellman-group14-sha256",))
        for part in (dropbear_client, plink, paramiko_client, asyncssh_both):
            try:
                part(scratch, cleatd)
            except Exception as problem:  # a peer's own failure is a failed cell, not the end
                report(part.__name__, f"{type(problem).__name__}: {problem}")
        dropbear_server(scratch)
    except RuntimeError as problem:
        report("servers start", str(problem))
    finally:
        scratch.stop()
    finish()


main()
