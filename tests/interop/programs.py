"""The small programs of programs/, which let libraries without one of their own take part."""
import os
import shutil
import subprocess

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


class Missing(Exception):
    """A compiler or a library is not installed."""


def compile_c(scratch, name, library):
    """A program of programs/NAME.c, linked with a library that pkg-config knows."""
    if not shutil.which("gcc") or not shutil.which("pkg-config"):
        raise Missing("gcc or pkg-config is not installed")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", library], capture_output=True, text=True)
    if flags.returncode:
        raise Missing(f"{library} is not installed")
    subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", scratch.file(name),
                    os.path.join(SOURCES, name + ".c"), *flags.stdout.split()], check=True)
    return scratch.file(name)


def compile_go(scratch, name="go_peer", library="golang.org/x/crypto/ssh"):
    """A program of programs/NAME/."""
    if not shutil.which("go") or not os.path.isdir(f"/usr/share/gocode/src/{library}"):
        raise Missing(f"golang-go or {library} is not installed")
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", scratch.file(name), "."], check=True, env=env,
                   cwd=os.path.join(SOURCES, name))
    return scratch.file(name)


def arguments(row, rekey_limit=None, without=()):
    """kind=value for each kind that the program is told."""
    chosen = {kind: row[kind] for kind in ("kex", "cipher", "mac", "host", "user", "compression")
              if row.get(kind) and kind not in without}
    if rekey_limit:
        chosen["rekey"] = rekey_limit
    return [f"{kind}={value}" for kind, value in chosen.items()]


def with_server(args, client):
    """client(port) beside a server that prints its port, serves one connection and ends."""
    server = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    try:
        port = server.stdout.readline()
        if not port:
            raise RuntimeError(server.communicate(timeout=10)[1].decode(errors="replace"))
        return client(int(port))
    finally:
        server.terminate()
        server.communicate(timeout=10)
