/* Every keyword of sshd_config(5): what it takes, and what comes of it. Those marked NO_EFFECT are
 * permissions that are not built yet: they stay off, and are said to. Those marked REFUSED would
 * restrict what nothing here can: they stop the start. Some have no meaning for a server that
 * serves the user that starts it; their help says so. The man page's list is made from this table.
 */
#include "../base/compat.h"

#include <cleat/config.h>

#define M CLEAT_CONFIG_IN_MATCH
#define COLLECT CLEAT_CONFIG_COLLECT
#define NOWHERE " Without meaning for a server that serves the user that starts it: accepted."
#define OFF " It stays off, with a warning."
#define UNSAFE " Not supported yet."

#define ROW(keyword, kind, bits, preset, does)                                                     \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_##kind, .flags = (bits), .fallback = (preset),     \
        .help = does                                                                               \
    }
#define WORD(keyword, bits, list, preset, does)                                                    \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_WORD, .flags = (bits), .words = (list),            \
        .fallback = (preset), .help = does                                                         \
    }
#define INT(keyword, bits, list, least, most, preset, does)                                        \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_INT, .flags = (bits), .words = (list),             \
        .min = (least), .max = (most), .fallback = (preset), .help = does                          \
    }
#define TIME(keyword, bits, list, preset, does)                                                    \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_TIME, .flags = (bits), .words = (list),            \
        .max = INT32_MAX / 1000, .fallback = (preset), .help = does                                \
    }
#define TOKENS(keyword, kind, bits, letters, preset, does)                                         \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_##kind, .flags = (bits), .tokens = (letters),      \
        .fallback = (preset), .help = does                                                         \
    }
#define NO_MEANING(keyword, kind, bits, preset, does) ROW(keyword, kind, bits, preset, does NOWHERE)
#define LATER(keyword, kind, bits, preset, does)                                                   \
    ROW(keyword, kind, CLEAT_CONFIG_NO_EFFECT | (bits), preset, does OFF)
#define REFUSED(keyword, kind, bits, harmless, preset, does)                                       \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_##kind, .flags = CLEAT_CONFIG_REFUSED | (bits),    \
        .words = (harmless), .fallback = (preset), .help = does UNSAFE                             \
    }
#define ALIAS(keyword, other)                                                                      \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_ALIAS, .words = (other),                           \
        .help = "The same as " other "."                                                           \
    }
#define IGNORED(keyword)                                                                           \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_LIST, .flags = CLEAT_CONFIG_IGNORED | M,           \
        .help = "Of other versions: read and ignored."                                             \
    }

static const cleat_config_row rows[] = {
    /* ---- listening ---- */
    INT("Port", COLLECT, NULL, 0, 65535, "8022",
        "The port to listen on; each line adds one. 0 lets the system choose a free one."),
    ROW("ListenAddress", LIST, COLLECT, NULL,
        "An address or name to listen on, with a port of its own if one follows: host:port or "
        "[address]:port. Each line adds one; without any it is 127.0.0.1."),
    WORD("AddressFamily", 0, "any,inet,inet6", "any",
         "Which addresses are listened on: both kinds, only IPv4 (inet), or only IPv6 (inet6)."),
    WORD("ConnectionIsolation", 0, "per-connection,shared", "per-connection",
         "Whether each connection has a network process of its own, or a few carry all of them, "
         "which "
         "takes far less memory and time for many clients; in system mode only. This program's own "
         "keyword."),
    ROW("ProxyProtocolFrom", TEXT, 0, "none",
        "Addresses of load balancers that put a PROXY header (version 1 or 2) in front of each "
        "connection. Theirs are refused without one; everybody else's are never read for one. This "
        "program's own keyword."),
    ROW("StatusSocket", TEXT, 0, "none",
        "A UNIX socket, by its absolute path, that tells cleatd status about the server and its "
        "connections; only for the user that runs the server. Not on Windows. This program's own "
        "keyword."),
    ROW("MetricsAddress", TEXT, 0, "none",
        "Where figures about the server can be fetched by HTTP, in the format of Prometheus: a "
        "loopback address and port, or the absolute path of a UNIX socket. They tell nothing about "
        "single clients. This program's own keyword."),
    ROW("AuditLog", TEXT, 0, "none",
        "A file, by its absolute path, that gets a line of JSON for each login, session, file and "
        "forwarding, and for the end of each connection: who, from where, with which key, and what "
        "came of it. This program's own keyword."),
    ROW("PidFile", TEXT, 0, "none",
        "The file that the server's process number is written to, until it takes no more "
        "connections."),
    ROW("UseDNS", FLAG, 0, "no",
        "Whether a client's address is turned into a name, which Match Host and the host parts of "
        "AllowUsers and DenyUsers then mean as well. A name counts only if it leads back to the "
        "address."),
    ROW("MaxStartups", TEXT, 0, "10:30:100",
        "How many connections may wait for their login. One number is the most there may be; "
        "start:rate:full refuses, from start on, rate percent of the new ones, and more the nearer "
        "their number is to full."),
    INT("PerSourceMaxStartups", 0, "none", 0, 1000000, "none",
        "How many connections of one source may wait for their login."),
    ROW("PerSourceNetBlockSize", TEXT, 0, "32:128",
        "How many bits of an IPv4 and of an IPv6 address make one source for "
        "PerSourceMaxStartups."),
    ROW("PerSourcePenalties", LIST, COLLECT, "no",
        "For how long sources that fail are turned away: yes, no, or word:time pairs of authfail, "
        "invaliduser, noauth, grace-exceeded, refuseconnection and crash (which nothing here "
        "causes), max and min; and max-sources4, max-sources6, overflow and overflow6. A source is "
        "turned away once its times amount to min. It is no from the start, as whoever is served "
        "here would be the first to be turned away."),
    ROW("PerSourcePenaltyExemptList", TEXT, 0, "none",
        "Addresses that PerSourcePenalties never turns away."),
    TIME("LoginGraceTime", 0, "none", "120", "How long a login may take; 0 for any time."),
    INT("MaxSessions", M, NULL, 0, 1000000, "10",
        "How many sessions may be open at a time on one connection."),
    ROW("TCPKeepAlive", FLAG, 0, "yes",
        "Whether the system watches idle connections and ends them when the other side is gone."),
    TIME("ClientAliveInterval", M, NULL, "0",
         "After how much silence the client is asked for a sign of life; 0 for never."),
    INT("ClientAliveCountMax", M, NULL, 0, 1000000, "3",
        "How many questions of ClientAliveInterval may stay without an answer before the "
        "connection is ended; 0 for any number."),
    TIME("UnusedConnectionTimeout", M, "none", "none",
         "How long a connection may be without an open channel."),
    ROW("ChannelTimeout", LIST, M, "none",
        "type=time pairs: after how much silence channels are closed. Types are session:shell, "
        "session:command, session:subsystem:NAME and direct-tcpip, with wildcards. global is not "
        "supported yet, and stops the start."),
    ROW("RefuseConnection", FLAG, M, "no",
        "Whether the connection is ended as soon as the user's name is known; meant for Match "
        "blocks."),
    ROW("IPQoS", LIST, M, "ef none",
        "The class of service of the packets: af11 to af43, cs0 to cs7, ef, le, lowdelay, "
        "throughput, reliability, a number, or none "
        "for the system's own. The first word is for connections with a terminal, the second, if "
        "there is one, for others."),
    REFUSED("RDomain", TEXT, M, "none", NULL, "The routing domain of the user's session."),
    ROW("VersionAddendum", COMMAND, 0, "none", "Text that is sent behind this program's version."),

    /* ---- host keys ---- */
    ROW("HostKey", TEXT, COLLECT, NULL,
        "A file with a private host key; each line adds one. Without any, one is made at the first "
        "start and kept in the user's state folder."),
    ROW("HostCertificate", TEXT, COLLECT, NULL,
        "A file with a certificate of one of the host keys, or with its chain of X.509 "
        "certificates "
        "in PEM or DER, which may be the HostKey's own file; each line adds one."),
    LATER("HostKeyAgent", TEXT, 0, "none", "The socket of an agent that has the host keys."),

    /* ---- who may ---- */
    ROW("AllowUsers", LIST, COLLECT | M, NULL,
        "Patterns of users who may log in, each with @ and a pattern or range of hosts behind it "
        "if it is for those only. If there are any, nobody else may."),
    ROW("DenyUsers", LIST, COLLECT | M, NULL,
        "Patterns of users who may not log in, as in AllowUsers; they count more."),
    ROW("AllowGroups", LIST, COLLECT | M, NULL,
        "Patterns of groups. If there are any, only their members may log in."),
    ROW("DenyGroups", LIST, COLLECT | M, NULL, "Patterns of groups whose members may not log in."),
    WORD("PermitRootLogin", M, "no,yes,without-password|prohibit-password,forced-commands-only",
         "prohibit-password",
         "Whether root may log in where root has started the server: not at all, with keys, or "
         "only with keys that have a command of their own."),
    ROW("StrictModes", FLAG, 0, "yes",
        "Whether key files count only if nobody else could have written to them."),
    ROW("AuthenticationMethods", LIST, M, "any",
        "Lists of methods, comma-separated: the user must pass all of one list, in its order. "
        "publickey,publickey asks for two different keys. any is any one method."),
    INT("MaxAuthTries", M, NULL, 1, 1000000, "6",
        "How many failed tries end the connection; half of them are logged in full."),
    ROW("Banner", TEXT, M, "none", "A file that is shown before the login."),

    /* ---- public keys ---- */
    ROW("PubkeyAuthentication", FLAG, M, "yes", "Whether users may log in with keys."),
    TOKENS("AuthorizedKeysFile", LIST, M, "hUu", ".ssh/authorized_keys .ssh/authorized_keys2",
           "Files with the users' keys, wildcards allowed; relative names are in the home "
           "directory. none for no file. Without a line, the file that the first start makes in "
           "the state folder counts as well."),
    TOKENS("AuthorizedKeysCommand", LIST, M, "CDUfhktu", "none",
           "A program, by its absolute path, with arguments, that prints lines of authorized_keys: "
           "it is asked after the files. Its file and the folders above must be writable by nobody "
           "else. It runs as the user that starts the server."),
    ROW("AuthorizedKeysCommandUser", TEXT, M, NULL,
        "The user that is to run AuthorizedKeysCommand; in system mode it must be given."),
    ROW("PubkeyAcceptedAlgorithms", ALGORITHMS, M, NULL,
        "Signature algorithms that users' keys may be used with, best first."),
    ROW("PubkeyAuthOptions", LIST, M, "none",
        "What signatures of security keys must attest, whatever the key's options say: "
        "touch-required that somebody has touched the key, verify-required that the user was "
        "verified, by a PIN for instance. With none, the touch is required unless the key's "
        "options say no-touch-required."),
    ROW("TrustedUserCAKeys", TEXT, M, "none",
        "A file with public keys, one a line, whose owners may certify users' keys."),
    TOKENS("AuthorizedPrincipalsFile", TEXT, M, "hUu", "none",
           "A file with names, one a line, options before them as in AuthorizedKeysFile: "
           "certificates by TrustedUserCAKeys must be for one of these. A relative name is in the "
           "home directory. Without it, they must be for the user's name."),
    TOKENS("AuthorizedPrincipalsCommand", LIST, M, "CDFKTUfhikstu", "none",
           "A program as in AuthorizedKeysCommand, that prints lines of AuthorizedPrincipalsFile "
           "for a certificate by TrustedUserCAKeys."),
    ROW("AuthorizedPrincipalsCommandUser", TEXT, M, NULL,
        "The user that is to run AuthorizedPrincipalsCommand; in system mode it must be given."),
    ROW("RevokedKeys", LIST, M, "none",
        "Files with keys that nobody may log in with, nor with a certificate by them: public keys, "
        "one a line, or a key revocation list as ssh-keygen -k makes it. If one cannot be read, no "
        "key is accepted."),
    ROW("CASignatureAlgorithms", ALGORITHMS, M, NULL,
        "Signature algorithms that certificates may be signed with."),
    INT("RequiredRSASize", M, NULL, 1024, 16384, "2048",
        "The least number of bits of an RSA key, a user's or the host's."),
    LATER("ExposeAuthInfo", FLAG, M, "no",
          "Whether a session is told by which methods its user logged in."),
    NO_MEANING("SecurityKeyProvider", TEXT, 0, "internal",
               "The library through which a security key is reached."),

    /* ---- X.509 ---- */
    ROW("CACertificateFile", TEXT, COLLECT, NULL,
        "A file with X.509 certificates, in PEM or DER: users may show certificates for which "
        "there "
        "is a way to a root in one of these files. Each line adds one. Read at the start and by "
        "SIGHUP, as are the next four."),
    ROW("CACertificatePath", TEXT, COLLECT, NULL,
        "The same for a directory whose files are named by hashes (openssl rehash)."),
    ROW("CARevocationFile", TEXT, COLLECT, NULL,
        "A file with lists of what X.509 authorities have revoked (CRLs); each line adds one. A "
        "list that is out of date refuses everything of its authority."),
    ROW("CARevocationPath", TEXT, COLLECT, NULL,
        "The same for a directory whose files are named by hashes (openssl rehash)."),
    ROW("OCSPResponseFile", TEXT, COLLECT, NULL,
        "A file with an OCSP response, in DER, that is shown with the host's X.509 certificate "
        "that "
        "it is about; each line adds one."),
    ROW("MandatoryCRL", FLAG, M, "no",
        "Whether X.509 certificates are refused of whose authority there is no revocation list."),
    WORD("StapledOCSP", M, "optional,named,required", "optional",
         "Whether a user must show an OCSP response with an X.509 certificate: if it likes, if the "
         "certificate names a responder, or always. One that is shown is checked in any case."),
    ROW("AllowedCertPurpose", COMMAND, M, "secureShellClient",
        "Which extended key usages of a user's X.509 certificate will do, by OpenSSL's short names "
        "or as numbers (clientAuth, msSmartcardLogin); any for whatever. A certificate without the "
        "extension is good for all."),
    ROW("X509UserName", COMMAND, M, "none",
        "How an X.509 certificate tells whose it is, without a line of authorized_keys: words of "
        "email, upn, dns and cn, for a name that is the user's, and email@DOMAIN and upn@DOMAIN "
        "for "
        "one that is so with this domain, a pattern, behind it. With none, lines of "
        "authorized_keys "
        "say whose it is: x509v3-NAME Subject:PATTERN."),

    /* ---- passwords ---- */
    ROW("PasswordAuthentication", FLAG, M, "no",
        "Whether users may log in with passwords. They are checked by PAM, in system mode only, "
        "where "
        "this is yes from the start; UsePAM must be yes too."),
    ROW("PermitEmptyPasswords", FLAG, M, "no", "Whether an empty password is a password."),
    ROW("KbdInteractiveAuthentication", FLAG, M, "no",
        "Whether users may log in by answering questions (keyboard-interactive). They are PAM's, "
        "in "
        "system mode only, where this is yes from the start; UsePAM must be yes too."),
    ROW("UsePAM", FLAG, 0, "no",
        "Whether PAM decides about passwords, accounts and sessions; in system mode only. With no, "
        "nobody logs in by a password, and accounts that the system's records (shadow) call locked "
        "or expired are kept out."),
    ROW("PAMServiceName", TEXT, M, "sshd", "The name of PAM's configuration."),

    /* ---- Kerberos and hosts ---- */
    LATER("GSSAPIAuthentication", FLAG, M, "no", "Whether Kerberos tickets are accepted."),
    LATER("GSSAPIKeyExchange", FLAG, 0, "no", "Whether Kerberos may vouch for the host."),
    NO_MEANING("GSSAPIKexAlgorithms", TEXT, 0, NULL, "Key exchanges for GSSAPIKeyExchange."),
    NO_MEANING("GSSAPICleanupCredentials", FLAG, 0, "yes",
               "Whether Kerberos tickets go with the session."),
    NO_MEANING("GSSAPIDelegateCredentials", FLAG, 0, "yes",
               "Whether clients' Kerberos tickets are taken."),
    NO_MEANING("GSSAPIStrictAcceptorCheck", FLAG, 0, "yes",
               "Whether Kerberos tickets must be for this host's own name."),
    NO_MEANING("GSSAPIStoreCredentialsOnRekey", FLAG, 0, "no",
               "Whether Kerberos tickets are renewed with the keys."),
    LATER("KerberosAuthentication", FLAG, M, "no", "Whether Kerberos checks passwords."),
    NO_MEANING("KerberosGetAFSToken", FLAG, 0, "no", "Whether an AFS token is fetched."),
    NO_MEANING("KerberosOrLocalPasswd", FLAG, 0, "yes",
               "Whether local passwords do as well as those of Kerberos."),
    NO_MEANING("KerberosTicketCleanup", FLAG, 0, "yes",
               "Whether Kerberos tickets go with the session."),
    LATER("HostbasedAuthentication", FLAG, M, "no", "Whether other hosts may vouch for users."),
    NO_MEANING("HostbasedAcceptedAlgorithms", ALGORITHMS, M, NULL,
               "Signature algorithms for HostbasedAuthentication."),
    NO_MEANING("HostbasedUsesNameFromPacketOnly", FLAG, M, "no",
               "Whether the name that a host gives itself is taken for HostbasedAuthentication."),
    WORD("IgnoreRhosts", M, "no,yes,shosts-only", "yes",
         "Whether users' .rhosts files are passed over." NOWHERE),
    NO_MEANING("IgnoreUserKnownHosts", FLAG, 0, "no",
               "Whether users' known hosts are passed over for HostbasedAuthentication."),

    /* ---- the session ---- */
    ROW("Subsystem", COMMAND, COLLECT | CLEAT_CONFIG_MERGE | CLEAT_CONFIG_WORDS | M, NULL,
        "A name and the command that is run when a client asks for it; each line adds one. "
        "internal-sftp is the server that is built in, which \"sftp\" is without a line, too."),
    ROW("ForceCommand", COMMAND, M, "none",
        "What is run instead of what the client asks for; SSH_ORIGINAL_COMMAND tells it that. "
        "internal-sftp is the server that is built in."),
    ROW("DefaultShell", TEXT, 0, NULL, "The shell of sessions, if it is not to be the account's."),
    ROW("DefaultShellCommandOption", TEXT, 0, NULL,
        "What goes between the shell and a command: by default -c, or /c for cmd.exe."),
    TOKENS("ChrootDirectory", TEXT, M, "hUu", "none",
           "The directory that sessions are shut in; in system mode only. It and all above it must "
           "be root's, and nobody else's to write to. What sessions need must be in it, but "
           "terminals and internal-sftp, which needs nothing."),
    ROW("AcceptEnv", LIST, COLLECT | M, NULL,
        "Names of variables, with wildcards, that a client may set."),
    ROW("SetEnv", LIST, M, NULL,
        "NAME=value pairs that sessions get; they count more than what clients and keys say. Of "
        "two for one name the first counts."),
    ROW("PermitTTY", FLAG, M, "yes", "Whether sessions may have a terminal."),
    ROW("PermitUserEnvironment", TEXT, 0, "yes",
        "Whether environment= in front of a key, and the file ~/.ssh/environment, count: yes, no, "
        "or patterns of names. Without such a line it is yes for a server that serves the user "
        "that starts it, who could give it any environment, and no in system mode."),
    ROW("PermitUserRC", FLAG, M, "yes",
        "Whether ~/.ssh/rc is run before a session's command, unless a ForceCommand or a subsystem "
        "is what runs; where it is not, /etc/ssh/sshrc is, if there is one. Not on Windows, and "
        "not with internal-sftp."),
    ROW("PrintMotd", FLAG, 0, "yes",
        "Whether shells on a terminal begin with the message of the day, /etc/motd; in system mode "
        "only. Not with ~/.hushlogin."),
    ROW("PrintLastLog", FLAG, 0, "yes",
        "Whether shells on a terminal begin with the last login's time and place; in system mode "
        "only. Not with ~/.hushlogin."),
    WORD("LogLevel", M, "SILENT|QUIET,FATAL,ERROR,INFO,VERBOSE,DEBUG|DEBUG1,DEBUG2,DEBUG3", "INFO",
         "How much is logged."),
    ROW("LogVerbose", LIST, M, "none",
        "Patterns of the program's parts (kex, auth, channel, transport) that log all they can. "
        "What stands behind a colon, and .c at the end, are passed over."),
    WORD("SyslogFacility", 0,
         "DAEMON,USER,AUTH,AUTHPRIV,LOCAL0,LOCAL1,LOCAL2,LOCAL3,LOCAL4,LOCAL5,LOCAL6,LOCAL7",
         "AUTH", "Under which heading the system's log keeps messages."),
    WORD("LogFormat", 0, "text,json", "text",
         "Whether each event is logged as a sentence, or as a line with a JSON object that has "
         "time, level, message and, where there is one, connection. This program's own keyword."),
    WORD("FingerprintHash", 0, "SHA256,MD5", "SHA256", "The hash that fingerprints are logged by."),

    /* ---- forwarding ---- */
    WORD("AllowTcpForwarding", M, "no,yes|all,local,remote", "yes",
         "Whether connections may be forwarded: those that clients make from here (local), those "
         "that arrive here for them (remote), both, or none."),
    WORD("AllowStreamLocalForwarding", M, "no,yes|all,local,remote", "yes",
         "Whether connections to and from Unix sockets may be forwarded: those that clients make "
         "from here (local), those that arrive here for them (remote), both, or none; not on "
         "Windows."),
    ROW("AllowAgentForwarding", FLAG, M, "yes",
        "Whether sessions may use an agent of the client's side; not on Windows."),
    ROW("DisableForwarding", FLAG, M, "no",
        "Whether nothing may be forwarded, whatever else allows it."),
    ROW("PermitOpen", LIST, M, "any",
        "Where clients may connect to from here: host:port pairs, * for any, or none."),
    ROW("PermitListen", LIST, M, "any",
        "Where clients may listen here: host:port pairs or ports, * for any, or none."),
    WORD("GatewayPorts", M, "no,yes,clientspecified", "no",
         "Where the ports are that clients listen on: at this host alone, at all its addresses, or "
         "where each client says."),
    {.name = "StreamLocalBindMask",
     .type = CLEAT_CONFIG_INT,
     .flags = CLEAT_CONFIG_OCTAL | M,
     .max = 0777,
     .fallback = "0177",
     .help = "The file mode bits that new forwarded sockets do not get."},
    ROW("StreamLocalBindUnlink", FLAG, M, "no",
        "Whether a socket that is in the way of a forwarded one is removed."),
    LATER("PermitTunnel", TEXT, M, "no", "Whether network packets may be passed on."),
    ROW("X11Forwarding", FLAG, M, "no",
        "Whether programs may open windows at the client's; not on Windows."),
    INT("X11DisplayOffset", M, NULL, 0, 59535, "10",
        "The first number of X11 displays for clients; the first that is free is taken."),
    ROW("X11UseLocalhost", FLAG, M, "yes",
        "Whether X11 displays for clients are for this host only."),
    ROW("XAuthLocation", TEXT, 0, "/usr/bin/xauth",
        "Where the program xauth is, without which there is no X11 forwarding."),

    /* ---- algorithms ---- */
    ROW("Ciphers", ALGORITHMS, 0, NULL, "Ciphers that may be used, best first."),
    ROW("MACs", ALGORITHMS, 0, NULL, "Message authentication codes that may be used, best first."),
    ROW("KexAlgorithms", ALGORITHMS, 0, NULL,
        "Key exchange algorithms that may be used, best first."),
    ROW("HostKeyAlgorithms", ALGORITHMS, 0, NULL,
        "Signature algorithms by which the host may prove itself, best first."),
    ROW("ModuliFile", TEXT, 0, "/etc/ssh/moduli",
        "The groups for Diffie-Hellman group exchange. Without that file, or with none in it that "
        "fits, fixed groups are used."),
    ROW("RekeyLimit", REKEY, M, "default none",
        "After how many bytes, and after how much time, new keys are made."),
    WORD("Compression", 0, "no,yes|delayed", "yes",
         "Whether connections may be compressed once the user is logged in."),

    /* ---- other spellings, and what others have ---- */
    ALIAS("ChallengeResponseAuthentication", "KbdInteractiveAuthentication"),
    ALIAS("SkeyAuthentication", "KbdInteractiveAuthentication"),
    ALIAS("DSAAuthentication", "PubkeyAuthentication"),
    ALIAS("PubkeyAcceptedKeyTypes", "PubkeyAcceptedAlgorithms"),
    ALIAS("HostbasedAcceptedKeyTypes", "HostbasedAcceptedAlgorithms"),
    ALIAS("HostDSAKey", "HostKey"),
    ALIAS("KeepAlive", "TCPKeepAlive"),
    IGNORED("SshdSessionPath"),
    IGNORED("SshdAuthPath"),
    IGNORED("Protocol"),
    IGNORED("UsePrivilegeSeparation"),
    IGNORED("ServerKeyBits"),
    IGNORED("KeyRegenerationInterval"),
    IGNORED("RhostsAuthentication"),
    IGNORED("RhostsRSAAuthentication"),
    IGNORED("RSAAuthentication"),
    IGNORED("CheckMail"),
    IGNORED("UseLogin"),
    IGNORED("VerifyReverseMapping"),
    IGNORED("ReverseMappingCheck"),
    IGNORED("AuthorizedKeysFile2"),
    IGNORED("KerberosTgtPassing"),
    IGNORED("AFSTokenPassing"),
    IGNORED("DebianBanner"),
};

static const cleat_config_criterion criteria[] = {
    {"all", false},    {"user", true},          {"group", true},     {"host", true},
    {"address", true}, {"localaddress", true},  {"localport", true}, {"rdomain", true},
    {"version", true}, {"invalid-user", false},
};

static const cleat_config_table table = {.rows = rows,
                                         .count = CL_COUNT(rows),
                                         .criteria = criteria,
                                         .criterion_count = CL_COUNT(criteria),
                                         .match_by_flag = true};

const cleat_config_table *cleat_config_server_table(void)
{
    return &table;
}
