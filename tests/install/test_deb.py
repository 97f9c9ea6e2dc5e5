#!/usr/bin/python3
"""The Debian packages: what is in them, and installing, running, upgrading and removing them in a copy of
this machine: a mount namespace in which everything that changes goes to memory. Users are made there, not
here."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import attempt, finish, report  # noqa: E402

DEBS = os.environ["CLEAT_DEB_DIR"]
FILES = {"cleat": ["/usr/bin/cleat", "/usr/share/man/man1/cleat-ssh.1", "/usr/share/man/man5/cleat_config.5",
                   "/usr/share/bash-completion/completions/cleat"],
         "cleatd": ["/usr/sbin/cleatd", "/usr/share/man/man8/cleatd.8", "/usr/share/man/man5/cleatd_config.5",
                    "/etc/cleat/cleatd_config", "/etc/pam.d/cleatd", "/usr/lib/systemd/system/cleatd.service",
                    "/usr/lib/systemd/system/cleatd.socket"],
         "libcleat0": ["/usr/share/doc/libcleat0/copyright"],
         "libcleat-dev": ["/usr/include/cleat/cleat.h", "/usr/share/doc/libcleat-dev/copyright"]}

# What runs in the copy: ok and not ok lines.
INSIDE = r"""
set -u
debs=$1 port=$2 sshd_port=$3
result() { name=$1; shift; if "$@" >/tmp/said 2>&1; then echo "ok $name"; else echo "not ok $name: $(tail -c 600 /tmp/said | tr '\n' ' ')"; fi; }
not() { ! "$@"; }
log=/tmp/cleatd.log
start() { : >$log; /usr/sbin/cleatd --system -D -e -f /etc/cleat/cleatd_config -o "ListenAddress 127.0.0.1" -p $port >>$log 2>&1 & daemon=$!
    for i in $(seq 100); do grep -q "Server listening" $log && return 0; sleep 0.1; done; cat $log; return 1; }
stop() { kill $daemon; wait $daemon 2>/dev/null; true; }
common="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/tmp/known -o BatchMode=yes -o LogLevel=ERROR -i /tmp/key"
options="$common -p $port"

result "they install" dpkg -i "$debs"/libcleat0_*.deb "$debs"/libcleat-dev_*.deb "$debs"/cleat_*.deb "$debs"/cleatd_*.deb
result "the network processes' user is made" sh -c 'getent passwd cleatd | grep -q ":/nonexistent:/usr/sbin/nologin"'
result "the configuration is good" /usr/sbin/cleatd --system -t -f /etc/cleat/cleatd_config
result "it is a conffile" sh -c 'dpkg-query -W -f "\${Conffiles}" cleatd | grep -q /etc/cleat/cleatd_config'
result "files belong to root, and nobody else can change them" sh -c '! dpkg -L cleatd cleat libcleat0 libcleat-dev | xargs -d "\n" stat -c "%U %a %F" | grep -vE "^root (755|644|777) "'
useradd -m -s /bin/sh guest; passwd -d guest >/dev/null; usermod -p '*' guest
ssh-keygen -q -t ed25519 -N "" -f /tmp/key; install -d -m 700 -o guest -g guest /home/guest/.ssh
install -m 600 -o guest -g guest /tmp/key.pub /home/guest/.ssh/authorized_keys
result "the daemon starts" start
result "it makes a host key that only root can read" sh -c 'stat -c "%U %a" /etc/cleat/ssh_host_ed25519_key | grep -q "root 600"'
result "ssh logs in" sh -c "ssh -F none $options guest@127.0.0.1 id -un | grep -qx guest"
result "cleat logs in" sh -c "cleat ssh -F none $options guest@127.0.0.1 id -un | grep -qx guest"
result "sftp works" sh -c "echo 'put /etc/hostname x' | sftp -F none -b - -P $port $common guest@127.0.0.1"
/usr/sbin/sshd -E /tmp/sshd.log -o "ListenAddress 127.0.0.1" -o "PidFile /tmp/sshd.pid" -p $sshd_port
for i in $(seq 100); do [ -s /tmp/sshd.pid ] && break; sleep 0.1; done
result "sshd runs beside it" sh -c "cat /tmp/sshd.log; cleat ssh -F none $common -p $sshd_port guest@127.0.0.1 true && cleat ssh -F none $options guest@127.0.0.1 true"
[ -s /tmp/sshd.pid ] && kill "$(cat /tmp/sshd.pid)"
echo "DenyUsers guest" >>/etc/cleat/cleatd_config; kill -HUP $daemon
for i in $(seq 100); do grep -q "new configuration is in force" $log && break; sleep 0.1; done
result "SIGHUP puts a change in force" not ssh -F none $options guest@127.0.0.1 true
stop
result "an upgrade keeps the changed configuration" sh -c "dpkg -i $debs/cleatd_*.deb </dev/null && grep -q 'DenyUsers guest' /etc/cleat/cleatd_config"
result "the documented build finds the library" sh -c "cd /tmp && echo '#include <cleat/cleat.h>
int main(void) { return cleat_version()[0] == 0; }' >v.c && cc v.c -o v \$(pkg-config --cflags --libs cleat) && ./v"
result "removal leaves the configuration" sh -c "dpkg -r cleatd && test -e /etc/cleat/cleatd_config && ! test -e /usr/sbin/cleatd"
result "purging leaves nothing" sh -c "dpkg -P cleatd && ! test -e /etc/cleat && ! test -e /etc/pam.d/cleatd && ! getent passwd cleatd"
result "the others go too" dpkg -P cleat libcleat-dev libcleat0
"""


def contents(package):
    path = next(os.path.join(DEBS, name) for name in os.listdir(DEBS) if name.startswith(package + "_"))
    listed = subprocess.check_output(["dpkg-deb", "-c", path], text=True)
    missing = [name for name in FILES[package] if f".{name}" not in listed]
    return missing and f"{missing} not in {listed}"


def units():
    path = os.path.join(os.environ["CLEAT_SOURCE_DIR"], "packaging/systemd/cleatd.service")
    if not shutil.which("systemd-analyze"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        with open(path) as unit, open(os.path.join(folder, "cleatd.service"), "w") as out:
            out.write(unit.read().replace("/usr/sbin/cleatd", "/bin/true"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", out.name], capture_output=True, text=True)
    return "cleatd" in done.stderr and done.stderr


def in_a_copy():
    """The lower layer is this machine's root; /proc and /dev are its own."""
    from peers import free_port
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        with open(os.path.join(folder, "inside"), "w") as out:
            out.write(INSIDE)
        mounts = ("mount -t tmpfs tmpfs $1 && mkdir $1/up $1/work $1/root $1/debs && cp $2/*.deb $1/debs && "
                  "mount -t overlay -o lowerdir=/,upperdir=$1/up,workdir=$1/work overlay $1/root && "
                  "mount --rbind /dev $1/root/dev && mount -t proc proc $1/root/proc && "
                  "mount -t tmpfs tmpfs $1/root/run && mount -t tmpfs tmpfs $1/root/tmp && "
                  "mkdir $1/root/run/sshd && cp -r $1/debs $1/root/tmp/ && cp $4 $1/root/tmp/inside && "
                  "exec chroot $1/root /bin/sh /tmp/inside /tmp/debs $3 $5")
        mount = tempfile.mkdtemp()
        try:
            return subprocess.run(["unshare", "-m", "-p", "-f", "sh", "-c", mounts, "sh", mount, DEBS, str(free_port()),
                                   os.path.join(folder, "inside"), str(free_port())], capture_output=True, text=True, timeout=300,
                                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root",
                                       "DEBIAN_FRONTEND": "noninteractive"})
        finally:
            os.rmdir(mount)


def main():
    if not shutil.which("dpkg-deb"):
        report("packages", skip="this is no Debian")
        finish()
    for package in FILES:
        report(f"{package} has its files", attempt(lambda package=package: contents(package)))
    report("systemd can read the unit", attempt(units))
    if os.getuid():
        report("installing", skip="only root can")
        finish()
    done = in_a_copy()
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok ", "not ok "))]
    for line in lines:
        name, _, problem = line.split("ok ", 1)[1].partition(": ")
        report(name, (problem or "it failed") if line.startswith("not ok ") else None)
    report("everything was tried", len(lines) != 17 and f"{len(lines)} {done.stdout[-500:]} {done.stderr[-500:]}")
    finish()


main()
