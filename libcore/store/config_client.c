/* Every keyword of ssh_config(5): what it takes, and what comes of it. Those marked NO_EFFECT are
 * understood and said to do nothing yet; those marked REFUSED would make a connection less safe
 * than its user believes if they were passed over; those of long gone versions are read and
 * forgotten. The man page's list is made from this table. */
#include "../base/compat.h"

#include <cleat/config.h>

#define COMMON_TOKENS "CdhijkLlnpru"

#define FLAG(keyword, preset, does) FLAG_AND(keyword, 0, preset, does)
#define FLAG_AND(keyword, bits, preset, does)                                                      \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_FLAG, .flags = (bits), .fallback = (preset),       \
        .help = (does)                                                                             \
    }
#define WORD(keyword, list, preset, does) WORD_AND(keyword, 0, list, preset, does)
#define WORD_AND(keyword, bits, list, preset, does)                                                \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_WORD, .flags = (bits), .words = (list),            \
        .fallback = (preset), .help = (does)                                                       \
    }
#define INT(keyword, least, most, preset, does)                                                    \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_INT, .min = (least), .max = (most),                \
        .fallback = (preset), .help = (does)                                                       \
    }
#define TIME(keyword, list, preset, does)                                                          \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_TIME, .words = (list), .max = INT32_MAX / 1000,    \
        .fallback = (preset), .help = (does)                                                       \
    }
#define ALGORITHMS(keyword, does)                                                                  \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_ALGORITHMS, .help = (does)                         \
    }
#define LATER(keyword, kind, bits, preset, does)                                                   \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_##kind, .flags = CLEAT_CONFIG_NO_EFFECT | (bits),  \
        .fallback = (preset), .help = (does)                                                       \
    }
#define TEXT(keyword, does)                                                                        \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_TEXT, .help = (does)                               \
    }
#define PATHS(keyword, does)                                                                       \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_TEXT,                                              \
        .flags = CLEAT_CONFIG_COLLECT | CLEAT_CONFIG_TILDE | CLEAT_CONFIG_ENV,                     \
        .tokens = COMMON_TOKENS, .help = (does)                                                    \
    }
#define ALIAS(keyword, other)                                                                      \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_ALIAS, .words = (other),                           \
        .help = "The same as " other "."                                                           \
    }
#define IGNORED(keyword)                                                                           \
    {                                                                                              \
        .name = (keyword), .type = CLEAT_CONFIG_LIST, .flags = CLEAT_CONFIG_IGNORED,               \
        .help = "Of old versions: read and ignored."                                               \
    }

static const cleat_config_row rows[] = {
    /* ---- who and where ---- */
    {.name = "User",
     .type = CLEAT_CONFIG_TEXT,
     .flags = CLEAT_CONFIG_ENV,
     .tokens = "dhijkLlnpu",
     .help = "The name to log in with. Without it, the name of the local user."},
    {.name = "Hostname",
     .type = CLEAT_CONFIG_TEXT,
     .tokens = "h",
     .help = "The name or address to connect to, where the one on the command line is a nickname "
             "or only a part of it; %h stands for that one."},
    INT("Port", 1, 65535, "22", "The port to connect to."),
    WORD("AddressFamily", "any,inet,inet6", "any",
         "Which addresses may be used: both kinds, only IPv4 (inet), or only IPv6 (inet6)."),
    {.name = "BindAddress",
     .type = CLEAT_CONFIG_TEXT,
     .help = "The local address that the connection comes from, on machines with several."},
    TEXT("BindInterface", "The local network interface whose address the connection comes from, "
                          "unless BindAddress names one."),
    INT("ConnectionAttempts", 1, 1000000, "1",
        "How often to try to connect, a second apart, before giving up."),
    TIME(
        "ConnectTimeout", "none", "none",
        "How long connecting may take, the server's greeting and the first key exchange included."),
    {.name = "ProxyCommand",
     .type = CLEAT_CONFIG_COMMAND,
     .tokens = "hnpr",
     .unless = "ProxyJump",
     .help = "A command that is run by the user's shell and whose input and output are the "
             "connection; none for no such command. Of this and ProxyJump the first counts."},
    {.name = "ProxyJump",
     .type = CLEAT_CONFIG_TEXT,
     .tokens = "hnpr",
     .unless = "ProxyCommand",
     .help = "Hosts to go through, the nearest first: [user@]host[:port] or ssh:// addresses with "
             "commas between them; none for a direct connection. Each has its own "
             "configuration. Everything runs within one process."},
    {.name = "ProxyUseFdpass",
     .type = CLEAT_CONFIG_FLAG,
     .flags = CLEAT_CONFIG_REFUSED,
     .words = "no,false",
     .fallback = "no",
     .help = "Whether the proxy command hands a connected descriptor over. Not supported: yes is "
             "refused."},
    {.name = "Tag",
     .type = CLEAT_CONFIG_TEXT,
     .help = "A word that Match tagged can look for later in the files; -P sets it, too."},
    {.name = "IgnoreUnknown",
     .type = CLEAT_CONFIG_TEXT,
     .help = "Patterns of keywords that are passed over if they are unknown. It must come before "
             "them."},
    {.name = "RefuseConnection",
     .type = CLEAT_CONFIG_TEXT,
     .help = "Ends the command with this message instead of connecting; meant for Host and Match "
             "blocks that name hosts one should not go to."},
    WORD("CanonicalizeHostname", "no,yes,always,none", "no",
         "Whether a short name is looked up in CanonicalDomains first, and the configuration read "
         "again for the name that is found; with always also where a proxy is used."),
    {.name = "CanonicalDomains",
     .type = CLEAT_CONFIG_LIST,
     .help = "Domains in which short host names are looked up, in order; none ends the list."},
    FLAG("CanonicalizeFallbackLocal", "yes",
         "Whether a name that no canonical domain has is used as it is. Otherwise it is an error."),
    INT("CanonicalizeMaxDots", 0, 100, "1",
        "How many dots a name may have to be looked up in CanonicalDomains."),
    {.name = "CanonicalizePermittedCNAMEs",
     .type = CLEAT_CONFIG_LIST,
     .help = "Rules names:targets, two lists of patterns each: a name found that is an alias of a "
             "target is replaced by it."},

    /* ---- authenticating ---- */
    PATHS("IdentityFile",
          "A private key to log in with, or a public one whose private half an agent has; none "
          "for no file at all. Each line adds one, tried in order. Without any: id_ed25519, "
          "id_ecdsa, id_rsa and id_ed448 in ~/.ssh."),
    FLAG("IdentitiesOnly", "no",
         "Whether only the keys of IdentityFile and the certificates of CertificateFile are "
         "offered, even if an agent has more."),
    {.name = "IdentityAgent",
     .type = CLEAT_CONFIG_TEXT,
     .flags = CLEAT_CONFIG_TILDE | CLEAT_CONFIG_ENV,
     .tokens = COMMON_TOKENS,
     .help = "The socket of the agent to ask: a path, $NAME for one in the environment, "
             "SSH_AUTH_SOCK (which is also the default), or none."},
    PATHS("CertificateFile",
          "A file with a certificate for one of the keys, or a chain of X.509 certificates in "
          "PEM or DER; the key is in a file or in the agent. The certificate is "
          "tried before all keys; each line adds one. Without any, FILE-cert.pub and "
          "FILE-cert.pem count for the "
          "key in FILE, and so do X.509 certificates in FILE itself. Certificates that the "
          "agent has are tried before their keys."),
    {.name = "AddKeysToAgent",
     .type = CLEAT_CONFIG_LIST,
     .fallback = "no",
     .help = "Whether keys that are read from files are handed to the agent when they are used, "
             "with their certificates: yes, no, ask (the user first), confirm (the agent asks "
             "before each use), and a time "
             "after which the agent forgets them."},
    {.name = "PreferredAuthentications",
     .type = CLEAT_CONFIG_TEXT,
     .fallback = "publickey,keyboard-interactive,password",
     .help = "Which ways to log in are tried, and in which order."},
    WORD("PubkeyAuthentication", "no|false,yes|true,unbound,host-bound", "yes",
         "Whether keys are tried. unbound never uses the form that binds a signature to the host's "
         "key, host-bound and yes do where the server has it."),
    FLAG("PasswordAuthentication", "yes", "Whether passwords are tried."),
    FLAG("KbdInteractiveAuthentication", "yes",
         "Whether the server may ask questions (keyboard-interactive)."),
    INT("NumberOfPasswordPrompts", 0, 1000, "3", "How often a password is asked for."),
    FLAG("BatchMode", "no",
         "Whether nobody is there to answer: no password, passphrase or question is asked for."),
    TEXT("KbdInteractiveDevices", "Hints for the server about how to ask in keyboard-interactive."),
    LATER("GSSAPIAuthentication", FLAG, 0, "no", "Whether Kerberos tickets are tried."),
    LATER("GSSAPIDelegateCredentials", FLAG, 0, "no", "Whether Kerberos tickets are handed on."),
    LATER("HostbasedAuthentication", FLAG, 0, "no",
          "Whether this machine's key may vouch for its user."),
    LATER("HostbasedAcceptedAlgorithms", ALGORITHMS, 0, NULL,
          "Signature algorithms for host-based authentication."),
    LATER("EnableSSHKeysign", FLAG, 0, "no", "Whether the helper for host-based login may sign."),
    LATER("PKCS11Provider", TEXT, CLEAT_CONFIG_TILDE, NULL,
          "The library through which a smartcard is reached."),
    LATER("SecurityKeyProvider", TEXT, CLEAT_CONFIG_TILDE, NULL,
          "The library through which a security key is reached."),

    /* ---- host keys ---- */
    WORD("StrictHostKeyChecking", "ask,yes|true,accept-new,no|off|false", "ask",
         "What happens with a host whose key is not known: ask the user, refuse (yes), take it and "
         "remember it (accept-new), or connect even if a known key has changed (no, off), without "
         "passwords then. A changed key is refused in all other cases."),
    {.name = "UserKnownHostsFile",
     .type = CLEAT_CONFIG_LIST,
     .flags = CLEAT_CONFIG_TILDE | CLEAT_CONFIG_ENV,
     .fallback = "~/.ssh/known_hosts ~/.ssh/known_hosts2",
     .tokens = COMMON_TOKENS,
     .help =
         "Files with the user's known hosts; new ones go into the first. none for no file. Where "
         "one is there and cannot be read, accept-new accepts no host that the others do not "
         "know."},
    {.name = "GlobalKnownHostsFile",
     .type = CLEAT_CONFIG_LIST,
     .flags = CLEAT_CONFIG_TILDE,
     .fallback = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
     .help = "Files with the machine's known hosts."},
    {.name = "KnownHostsCommand",
     .type = CLEAT_CONFIG_COMMAND,
     .flags = CLEAT_CONFIG_ENV,
     .tokens = COMMON_TOKENS "fHIKt",
     .help =
         "A command that prints lines as in known_hosts, in addition to the files. It is run "
         "to learn which algorithms to prefer (%I is ORDER) and to check the key (HOSTNAME). If it "
         "fails, no host key is accepted."},
    {.name = "HostKeyAlias",
     .type = CLEAT_CONFIG_TEXT,
     .help = "The name under which the host's key is looked up and kept, instead of its own."},
    FLAG("HashKnownHosts", "no", "Whether names in new lines of known_hosts are hashed."),
    FLAG("CheckHostIP", "no",
         "Whether the host's address is looked up in known_hosts, too, and a difference told."),
    WORD(
        "UpdateHostKeys", "no|false,yes|true,ask", "yes",
        "Whether further keys that a known host proves to have are added to known_hosts, and those "
        "it no longer has removed. Not done with a UserKnownHostsFile of one's own unless "
        "asked for."),
    {.name = "RevokedHostKeys",
     .type = CLEAT_CONFIG_LIST,
     .flags = CLEAT_CONFIG_TILDE | CLEAT_CONFIG_ENV,
     .tokens = COMMON_TOKENS,
     .help = "Files with keys that are no host's any more: public keys, one a line, or a key "
             "revocation list as ssh-keygen -k makes it. If one cannot be read, no host key is "
             "accepted."},
    LATER("VerifyHostKeyDNS", LIST, 0, "no",
          "Whether host keys are looked up in the DNS: yes, no or ask."),
    FLAG("NoHostAuthenticationForLocalhost", "no",
         "Whether host keys are not checked on connections to this machine itself."),
    WORD("FingerprintHash", "SHA256,MD5", "SHA256", "The hash that fingerprints are shown with."),
    FLAG("VisualHostKey", "no", "Whether a host's key is shown as a drawing, too."),

    /* ---- X.509 ---- */
    PATHS(
        "CACertificateFile",
        "A file with X.509 certificates, in PEM or DER: hosts are asked for such certificates, and "
        "trusted if there is a way to a root in one of these files. Each line adds one; none for "
        "no file. Without any, and without a CACertificatePath: ~/.ssh/ca-bundle.crt and "
        "~/.ssh/crt, as far as they are there."),
    PATHS("CACertificatePath",
          "The same for a directory whose files are named by hashes (openssl rehash)."),
    PATHS("CARevocationFile",
          "A file with lists of what X.509 authorities have revoked (CRLs); each line adds one. A "
          "list that is out of date refuses everything of its authority."),
    PATHS("CARevocationPath",
          "The same for a directory whose files are named by hashes (openssl rehash)."),
    FLAG("MandatoryCRL", "no",
         "Whether X.509 certificates are refused of whose authority there is no revocation list."),
    WORD("StapledOCSP", "optional,named,required", "optional",
         "Whether a host must show an OCSP response with its X.509 certificate: if it likes, if "
         "the certificate names a responder, or always. One that is shown is checked in any case."),
    {.name = "AllowedCertPurpose",
     .type = CLEAT_CONFIG_COMMAND,
     .fallback = "secureShellServer",
     .help = "Which extended key usages of a host's X.509 certificate will do, by OpenSSL's short "
             "names or as numbers (serverAuth for those of web servers); any for whatever. A "
             "certificate without the extension is good for all."},
    PATHS("OCSPResponseFile",
          "A file with an OCSP response, in DER, that is shown with the user's X.509 certificate "
          "that it is about; each line adds one."),

    /* ---- the session ---- */
    WORD("RequestTTY", "auto,no|false,yes|true,force", "auto",
         "Whether a terminal is asked for: when a shell is wanted (auto), never, if there is a "
         "local one (yes), or in any case (force). The same as -T, -t and -tt."),
    {.name = "RemoteCommand",
     .type = CLEAT_CONFIG_COMMAND,
     .tokens = COMMON_TOKENS,
     .help =
         "What is run on the other side; none for a shell. A command on the command line, too, is "
         "an error."},
    WORD("SessionType", "default,none,subsystem", "default",
         "What is started on the other side: a shell or the command, nothing (-N), or the "
         "subsystem that the command names (-s)."),
    {.name = "SendEnv",
     .type = CLEAT_CONFIG_LIST,
     .flags = CLEAT_CONFIG_COLLECT,
     .help = "Names of variables, with wildcards, that are sent from the local environment. A name "
             "after - takes earlier ones back."},
    {.name = "SetEnv",
     .type = CLEAT_CONFIG_LIST,
     .flags = CLEAT_CONFIG_ENV,
     .tokens = COMMON_TOKENS,
     .help = "NAME=value pairs that are sent whatever the local environment has."},
    {.name = "EscapeChar",
     .type = CLEAT_CONFIG_TEXT,
     .fallback = "~",
     .help = "The character that begins escapes at the start of a line: itself, ^ and a letter, or "
             "none."},
    FLAG("EnableEscapeCommandline", "no",
         "Whether ~C opens a command line; there is none yet, as it is about forwardings."),
    FLAG("StdinNull", "no", "Whether the session reads nothing from standard input (-n)."),
    FLAG("ForkAfterAuthentication", "no",
         "Whether the command goes to the background once it is logged in (-f)."),
    {.name = "LocalCommand",
     .type = CLEAT_CONFIG_COMMAND,
     .tokens = COMMON_TOKENS,
     .help = "A command that is run locally after login, if PermitLocalCommand allows it."},
    FLAG("PermitLocalCommand", "no", "Whether LocalCommand is run."),
    WORD("LogLevel", "SILENT|QUIET,FATAL,ERROR,INFO,VERBOSE,DEBUG|DEBUG1,DEBUG2,DEBUG3", "INFO",
         "How much is said. Each -v makes it more, -q makes it nearly nothing."),
    LATER("LogVerbose", LIST, 0, NULL, "Parts of the program that say more than the rest."),
    WORD("SyslogFacility",
         "DAEMON,USER,AUTH,AUTHPRIV,LOCAL0,LOCAL1,LOCAL2,LOCAL3,LOCAL4,LOCAL5,LOCAL6,LOCAL7",
         "USER", "Under which heading the system's log keeps messages, with -y."),
    TIME("ServerAliveInterval", NULL, "0",
         "After how much silence the server is asked for a sign of life; 0 for never."),
    INT("ServerAliveCountMax", 0, 1000000, "3",
        "How many questions of ServerAliveInterval may stay without an answer before the "
        "connection is given up."),
    FLAG("TCPKeepAlive", "yes",
         "Whether the system watches idle connections and ends them when the other side is gone."),
    {.name = "IPQoS",
     .type = CLEAT_CONFIG_LIST,
     .fallback = "ef none",
     .help = "The class of service of the packets: af11 to af43, cs0 to cs7, ef, le, a number, or "
             "none for the system's own. The first word is for sessions with a terminal, the "
             "second, if there is one, for others."},
    {.name = "ObscureKeystrokeTiming",
     .type = CLEAT_CONFIG_TEXT,
     .fallback = "yes",
     .help = "Whether the rhythm of typing is hidden from those who watch the network: yes, no or "
             "interval:MILLISECONDS. Keys leave at that beat (20), and pings go on with it for a "
             "while, where the server knows them."},
    LATER("ChannelTimeout", LIST, 0, "none",
          "After how much silence channels are closed, by type."),
    {.name = "VersionAddendum",
     .type = CLEAT_CONFIG_COMMAND,
     .flags = CLEAT_CONFIG_ENV,
     .fallback = "none",
     .tokens = COMMON_TOKENS,
     .help = "Text that is sent behind this program's version."},

    /* ---- forwarding and sharing ---- */
    LATER("LocalForward", COMMAND, CLEAT_CONFIG_COLLECT, NULL,
          "A local port or socket whose connections the other side passes on."),
    LATER("RemoteForward", COMMAND, CLEAT_CONFIG_COLLECT, NULL,
          "A port or socket on the other side whose connections are passed on from here."),
    LATER("DynamicForward", COMMAND, CLEAT_CONFIG_COLLECT, NULL,
          "A local port that speaks SOCKS, and whose connections the other side makes."),
    LATER("ForwardAgent", TEXT, 0, "no", "Whether the agent can be used from the other side."),
    LATER("ForwardX11", FLAG, 0, "no", "Whether programs on the other side can open windows here."),
    LATER("ForwardX11Trusted", FLAG, 0, "no",
          "Whether programs on the other side may do everything with the display here."),
    LATER("ForwardX11Timeout", TEXT, 0, "20m",
          "How long programs that are not trusted can open windows here."),
    LATER("XAuthLocation", TEXT, 0, NULL, "Where the program xauth is."),
    LATER("GatewayPorts", FLAG, 0, "no", "Whether others may use forwarded local ports."),
    FLAG("ExitOnForwardFailure", "no",
         "Whether a forwarding that cannot be set up ends the command. None can be, yet."),
    FLAG("ClearAllForwardings", "no", "Whether all forwardings of files and flags are dropped."),
    LATER("PermitRemoteOpen", LIST, 0, "any", "Where remote SOCKS forwardings may connect to."),
    {.name = "StreamLocalBindMask",
     .type = CLEAT_CONFIG_INT,
     .flags = CLEAT_CONFIG_NO_EFFECT | CLEAT_CONFIG_OCTAL,
     .max = 0777,
     .fallback = "0177",
     .help = "The file mode bits that new forwarded sockets do not get."},
    LATER("StreamLocalBindUnlink", FLAG, 0, "no",
          "Whether a socket that is in the way of a forwarded one is removed."),
    WORD_AND("Tunnel", CLEAT_CONFIG_NO_EFFECT, "no|false,yes|true|point-to-point,ethernet", "no",
             "Whether network packets are passed on."),
    LATER("TunnelDevice", TEXT, 0, "any:any",
          "The devices that Tunnel passes network packets between."),
    LATER("ControlMaster", TEXT, 0, "no", "Whether sessions to one host share a connection."),
    LATER("ControlPath", TEXT, CLEAT_CONFIG_TILDE | CLEAT_CONFIG_ENV, "none",
          "The socket by which sessions that share a connection find it."),
    LATER("ControlPersist", TEXT, 0, "no", "How long a shared connection outlives its sessions."),

    /* ---- algorithms ---- */
    ALGORITHMS("Ciphers", "Ciphers that may be used, best first."),
    ALGORITHMS("MACs", "Message authentication codes that may be used, best first."),
    ALGORITHMS("KexAlgorithms", "Key exchange algorithms that may be used, best first."),
    ALGORITHMS("HostKeyAlgorithms",
               "Signature algorithms by which a host may prove itself, best first. Without this "
               "line, those of the keys that are known of the host come first."),
    ALGORITHMS("PubkeyAcceptedAlgorithms",
               "Signature algorithms that the user's keys may be used with, best first."),
    ALGORITHMS("CASignatureAlgorithms",
               "Signature algorithms that hosts' certificates may be signed with."),
    INT("RequiredRSASize", 1024, 16384, "2048",
        "The least number of bits of an RSA key, the host's or the user's."),
    {.name = "RekeyLimit",
     .type = CLEAT_CONFIG_REKEY,
     .fallback = "default none",
     .help = "After how many bytes, and after how much time, new keys are made."},
    FLAG("Compression", "no", "Whether the connection is compressed (-C)."),
    WORD("WarnWeakCrypto", "no|false,yes|true,no-pq-kex", "yes",
         "Whether a key exchange that a quantum computer could break later is warned about. "
         "no-pq-kex leaves just that warning out."),

    /* ---- other spellings, and what is gone ---- */
    ALIAS("ChallengeResponseAuthentication", "KbdInteractiveAuthentication"),
    ALIAS("SkeyAuthentication", "KbdInteractiveAuthentication"),
    ALIAS("TISAuthentication", "KbdInteractiveAuthentication"),
    ALIAS("DSAAuthentication", "PubkeyAuthentication"),
    ALIAS("PubkeyAcceptedKeyTypes", "PubkeyAcceptedAlgorithms"),
    ALIAS("HostbasedKeyTypes", "HostbasedAcceptedAlgorithms"),
    ALIAS("HostbasedAcceptedKeyTypes", "HostbasedAcceptedAlgorithms"),
    ALIAS("IdentityFile2", "IdentityFile"),
    ALIAS("KeepAlive", "TCPKeepAlive"),
    ALIAS("SmartcardDevice", "PKCS11Provider"),
    IGNORED("Protocol"),
    IGNORED("Cipher"),
    IGNORED("CompressionLevel"),
    IGNORED("UsePrivilegedPort"),
    IGNORED("FallBackToRsh"),
    IGNORED("UseRsh"),
    IGNORED("UseRoaming"),
    IGNORED("RhostsAuthentication"),
    IGNORED("RhostsRSAAuthentication"),
    IGNORED("RSAAuthentication"),
    IGNORED("KerberosAuthentication"),
    IGNORED("KerberosTgtPassing"),
    IGNORED("AFSTokenPassing"),
    IGNORED("GlobalKnownHostsFile2"),
    IGNORED("UserKnownHostsFile2"),
};

static const cleat_config_criterion criteria[] = {
    {"all", false},         {"canonical", false}, {"final", false},       {"exec", true},
    {"localnetwork", true}, {"host", true},       {"originalhost", true}, {"tagged", true},
    {"command", true},      {"user", true},       {"localuser", true},    {"version", true},
    {"sessiontype", true},
};

static const cleat_config_table table = {.rows = rows,
                                         .count = CL_COUNT(rows),
                                         .criteria = criteria,
                                         .criterion_count = CL_COUNT(criteria),
                                         .host_blocks = true,
                                         .skipped = "IgnoreUnknown"};

const cleat_config_table *cleat_config_client_table(void)
{
    return &table;
}
