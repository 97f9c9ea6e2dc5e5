#!/usr/bin/python3
"""What administrators log in with, unchanged: ssh-copy-id, Ansible, rsync, git and jump hosts, in each isolation
of system mode."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import town  # noqa: E402
from town import PASSWORD, USERS, Scene  # noqa: E402
from peers import attempt, finish, report  # noqa: E402


def check(name, test):
    report(name, attempt(test))


def says(done, wanted):
    return None if done.returncode == 0 and wanted in done.stdout + done.stderr else f"{done}"


def run(args, **env):
    return subprocess.run(args, env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)


def ssh_options(s, key="user_ed25519"):
    return ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-o",
            f"UserKnownHostsFile={s.file('known')}", "-o", "LogLevel=ERROR", "-i", s.file(key)]


# ---- ssh-copy-id ----

def copy_id(s, port):
    """With a password, as everybody's first login is."""
    askpass = s.file("askpass")
    with open(askpass, "w") as out:
        out.write(f"#!/bin/sh\necho '{PASSWORD}'\n")
    os.chmod(askpass, 0o700)
    home = s.file("copying-home")
    os.makedirs(os.path.join(home, ".ssh"), exist_ok=True)
    return run(["ssh-copy-id", "-i", s.file("user_rsa.pub"), "-p", str(port), "-o", "StrictHostKeyChecking=no", "-o",
                f"UserKnownHostsFile={s.file('known')}", "-o", "PreferredAuthentications=publickey,password",
                "bob@127.0.0.1"],
               HOME=home, SSH_ASKPASS=askpass, SSH_ASKPASS_REQUIRE="force")


def copies_id(s, port):
    keys = s.town.home("bob", ".ssh", "authorized_keys")
    os.unlink(keys)
    with_rsa = ["-o", "IdentitiesOnly=yes"]
    check("ssh-copy-id logs in with a password", lambda: says(copy_id(s, port), "Number of key(s) added: 1"))
    check("then the key is good", lambda: None if s.run(port, "bob", "id -un", *with_rsa,
                                                       key="user_rsa").stdout == b"bob\n" else "no")
    about = os.stat(keys)
    check("the file is its user's alone", lambda: None if (about.st_mode & 0o777, about.st_uid) == (
        0o600, USERS["bob"]) else f"{about}")
    check("a second time there is nothing to do", lambda: None if "already exist" in copy_id(
        s, port).stderr and len(open(keys).readlines()) == 1 else open(keys).read())
    s.town.put("bob", ".ssh/authorized_keys", s.public("user_ed25519"))


# ---- Ansible ----

PLAYBOOK = """
- hosts: all
  gather_facts: true
  tasks:
    - assert: {that: ansible_user_id == 'alice'}
    - file: {path: '{{ playdir }}/made', state: directory, mode: '0750'}
    - copy: {content: "lines\\n", dest: '{{ playdir }}/made/file', mode: '0600'}
    - lineinfile: {path: '{{ playdir }}/made/file', line: added}
    - shell: wc -l < {{ playdir }}/made/file
      register: counted
    - assert: {that: counted.stdout | trim == '2'}
"""


def ansible(s, port, *args, program="ansible", more="", **env):
    """Everything that it writes is in the scratch folder. more: arguments of ssh."""
    inventory, config, local = s.file("inventory"), s.file("ansible.cfg"), s.file("ansible")
    with open(inventory, "w") as out:
        out.write(f"here ansible_host=127.0.0.1 ansible_port={port} ansible_user=alice "
                  "ansible_python_interpreter=/usr/bin/python3\n")
    with open(config, "w"):
        pass
    return run([program, "-i", inventory, *args], ANSIBLE_HOME=local, ANSIBLE_LOCAL_TEMP=local + "/tmp",
               ANSIBLE_SSH_ARGS=" ".join(ssh_options(s)) + more, HOME=local, ANSIBLE_CONFIG=config,
               ANSIBLE_REMOTE_TMP=s.town.home("alice", ".ansible"), ANSIBLE_SSH_CONTROL_PATH_DIR=s.file("cp"),
               ANSIBLE_NOCOLOR="1", **env)


def ansibles(s, port):
    os.makedirs(s.file("cp"), exist_ok=True)
    playdir = s.town.home("alice", "play")
    ways = {"as it is": {}, "with pipelining": {"ANSIBLE_PIPELINING": "1"}, "by scp": {
        "ANSIBLE_SSH_TRANSFER_METHOD": "scp"}}
    for name, env in ways.items():
        check(f"ansible -m ping {name}", lambda: says(ansible(s, port, "all", "-m", "ping", **env), "pong"))
    book = s.file("book.yml")
    with open(book, "w") as out:
        out.write(PLAYBOOK)

    def play(env, more=""):
        shutil.rmtree(playdir, ignore_errors=True)
        os.mkdir(playdir)
        s.town.give("alice", playdir)
        return says(ansible(s, port, book, "-e", f"playdir={playdir}", program="ansible-playbook", more=more, **env),
                    "failed=0")

    def play_over_one(env):
        """As Ansible does it by itself: one login, and a connection that stays for what comes next."""
        before = s.log("main").count("Accepted publickey for alice")
        persist = " -C -o ControlMaster=auto -o ControlPersist=60s"
        why = play(env, persist) or says(ansible(s, port, "all", "-m", "ping", more=persist, **env), "pong")
        masters = os.listdir(s.file("cp"))
        for name in masters:
            run(["ssh", "-F", "none", "-o", f"ControlPath={s.file('cp')}/{name}", "-O", "exit", "here"])
        logins = s.log("main").count("Accepted publickey for alice") - before
        return why or (None if (len(masters), logins) == (1, 1) else f"{masters}, {logins} logins")
    check("a playbook runs", lambda: play({}))
    for name in ("as it is", "with pipelining"):
        check(f"a playbook runs over one connection, {name}", lambda: play_over_one(ways[name]))
    fetched = s.file(f"fetched-{port}")
    check("ansible fetches files", lambda: says(ansible(
        s, port, "all", "-m", "fetch", "-a", f"src={playdir}/made/file dest={fetched} flat=yes"), "CHANGED") or (
        None if open(fetched).read() == "lines\nadded\n" else "it is another"))


# ---- rsync, git, jumps ----

def tree(folder):
    os.makedirs(os.path.join(folder, "a b", "ü"))
    for name in ("plain", "a b/'quoted'", "a b/ü/$HOME", "a b/ü/new\nline", "-dash"):
        with open(os.path.join(folder, name), "wb") as out:
            out.write(os.urandom(20000))


def same(a, b):
    done = run(["diff", "-r", a, b])
    return None if done.returncode == 0 else done.stdout[:500]


def rsyncs(s, port):
    here, there, back = s.file("tree"), s.town.home("alice", "tree"), s.file("tree-back")
    for folder in (here, there, back):
        shutil.rmtree(folder, ignore_errors=True)
    tree(here)
    shell = " ".join(["ssh", *ssh_options(s), "-p", str(port)])
    for at, to in ((here + "/", f"alice@127.0.0.1:{there}/"), (f"alice@127.0.0.1:{there}/", back + "/")):
        check("rsync copies a tree", lambda: says(run(["rsync", "-a", "-s", "--delete", "-e", shell, at, to]), ""))
    check("it is the same on the other side", lambda: same(here, there))
    check("and back again", lambda: same(here, back))
    check("it is the user's", lambda: None if os.stat(os.path.join(there, "a b", "'quoted'")).st_uid in (
        USERS["alice"],) else "no")


def gits(s, port):
    at = s.town.home("alice", "project.git")
    work = s.file("work")
    for folder in (at, work):
        shutil.rmtree(folder, ignore_errors=True)
    env = {"GIT_SSH_COMMAND": " ".join(["ssh", *ssh_options(s)]), "HOME": s.path, "GIT_CONFIG_GLOBAL": "/dev/null",
           "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
           "GIT_COMMITTER_EMAIL": "a@b"}
    s.run(port, "alice", f"git init -q --bare -b main {at}")
    place = f"ssh://alice@127.0.0.1:{port}{at}"
    steps = (["git", "clone", "-q", place, work], ["git", "-C", work, "commit", "-q", "--allow-empty", "-m", "one"],
             ["git", "-C", work, "push", "-q", "origin", "HEAD:main"],
             ["git", "-C", work, "ls-remote", "origin", "main"])

    def all_of():
        for step in steps:
            done = run(step, **env)
            if done.returncode:
                return f"{done}"
        return None if "refs/heads/main" in done.stdout else f"{done}"
    check("git clones and pushes", all_of)


def jumps(s, port, other):
    config = s.file("jump.conf")
    with open(config, "w") as out:
        for name, at, user in (("first", port, "bob"), ("second", other, "alice")):
            out.write(f"Host {name}\n  HostName 127.0.0.1\n  Port {at}\n  User {user}\n  IdentitiesOnly yes\n"
                      f"  IdentityFile {s.file('user_ed25519')}\n  StrictHostKeyChecking no\n  LogLevel ERROR\n"
                      f"  UserKnownHostsFile {s.file('known')}\n")
    done = run(["ssh", "-F", config, "-J", "first", "second", "id -un"])
    check("ssh -J leads through one to another", lambda: says(done, "alice"))


def main():
    if not town.possible():
        report("tools of administrators", skip="only root can make the users")
        finish()
    s = Scene()
    try:
        for name, how in (("per connection", ()), ("shared", ("ConnectionIsolation shared",))):
            print("#", name, flush=True)
            port = s.cleatd_system("main", how)
            copies_id(s, port)
            rsyncs(s, port)
            gits(s, port)
            jumps(s, port, s.cleatd_system("other", how))
            ansibles(s, port)
    finally:
        s.stop()
    finish()


main()
