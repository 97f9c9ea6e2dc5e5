"""ProFTPD's SFTP server. Its package, when it is installed, serves FTP to the whole network, so ./dev only unpacks it."""
import os
import subprocess

from peers import BIN, USER

UNPACKED = os.path.realpath(os.path.join(BIN, "../unpacked"))
PROGRAM = UNPACKED + "/usr/sbin/proftpd"


def runs():
    """Only for root: it takes on the user's rights at each login."""
    return not os.getuid() and os.path.exists(PROGRAM) and \
        not subprocess.run([PROGRAM, "-v"], capture_output=True).returncode


def serve(scratch):
    """The port. Its accounts are in files of its own."""
    with open(scratch.file("proftpd.keys"), "w") as out:
        subprocess.run(["ssh-keygen", "-e", "-f", scratch.file("user_ed25519.pub")], check=True, stdout=out)
    for name, text in (("passwd", f"{USER}:*:{os.getuid()}:{os.getgid()}::{scratch.home()}:/bin/sh\n"),
                       ("group", f"{USER}:x:{os.getgid()}:\n")):
        with open(scratch.file("proftpd." + name), "w") as out:
            out.write(text)
        os.chmod(scratch.file("proftpd." + name), 0o600)

    def args(port):
        with open(scratch.file("proftpd.conf"), "w") as out:
            out.write(f"""ServerName test
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
SocketBindTight on
UseIPv6 off
UseReverseDNS off
ModulePath {UNPACKED}/usr/lib/proftpd
LoadModule mod_sftp.c
PidFile {scratch.file("proftpd.pid")}
ScoreboardFile none
ScoreboardMutex {scratch.file("proftpd.mutex")}
DelayEngine off
WtmpLog off
TransferLog none
AuthOrder mod_auth_file.c
AuthUserFile {scratch.file("proftpd.passwd")}
AuthGroupFile {scratch.file("proftpd.group")}
RequireValidShell off
RootLogin on
AllowOverwrite on
SFTPEngine on
SFTPHostKey {scratch.file("host_ed25519")}
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{scratch.file("proftpd.keys")}
""")
        return [PROGRAM, "--nodaemon", "-c", scratch.file("proftpd.conf")]

    return scratch.start(args, "proftpd.log", "standalone mode STARTUP")
