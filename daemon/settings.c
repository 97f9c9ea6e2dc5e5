/* sshd_config, one row a keyword. Every keyword that OpenSSH knows has a row: it is honoured, or
 * has no meaning for a daemon that serves one user, or is a permission that stays off (one
 * warning), or is a restriction that cannot be enforced yet and stops the start. None is silently
 * ignored. */
#include "settings.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum setting_kind {
    SET_FLAG,   /* bool */
    SET_NUMBER, /* uint32_t */
    SET_TIME,   /* uint32_t, seconds */
    SET_TEXT,   /* char *, all arguments */
    SET_LIST,   /* settings_list, all arguments */
    SET_PAIRS,  /* settings_list, the arguments of a line as one item */
    SET_PORT,
    SET_REKEY,
    SET_TCP,        /* tcp_forwarding */
    SET_NO_MEANING, /* accepted: it has nothing to say here */
    SET_OFF,        /* a permission: anything but "no" or "none" is warned about */
    SET_REFUSED     /* a restriction that is not enforced yet, unless its value is the default */
} setting_kind;

typedef struct setting_row {
    const char *name;
    setting_kind kind;
    size_t offset;
    const char *harmless; /* SET_REFUSED: the values that restrict nothing, comma-separated */
} setting_row;

#define AT(member) offsetof(settings, member), NULL

static const setting_row rows[] = {
    {"Port", SET_PORT, AT(port)},
    {"ListenAddress", SET_LIST, AT(listen)},
    {"HostKey", SET_LIST, AT(host_keys)},
    {"AuthorizedKeysFile", SET_LIST, AT(authorized_keys)},
    {"AcceptEnv", SET_LIST, AT(accept_env)},
    {"Subsystem", SET_PAIRS, AT(subsystems)},
    {"KexAlgorithms", SET_TEXT, AT(kex)},
    {"Ciphers", SET_TEXT, AT(ciphers)},
    {"MACs", SET_TEXT, AT(macs)},
    {"HostKeyAlgorithms", SET_TEXT, AT(host_key_algorithms)},
    {"PubkeyAcceptedAlgorithms", SET_TEXT, AT(pubkey_algorithms)},
    {"PubkeyAcceptedKeyTypes", SET_TEXT, AT(pubkey_algorithms)},
    {"Banner", SET_TEXT, AT(banner)},
    {"ForceCommand", SET_TEXT, AT(force_command)},
    {"PidFile", SET_TEXT, AT(pid_file)},
    {"VersionAddendum", SET_TEXT, AT(version_addendum)},
    {"LogLevel", SET_TEXT, AT(log_level)},
    {"Compression", SET_TEXT, AT(compression)},
    {"LoginGraceTime", SET_TIME, AT(login_grace)},
    {"MaxAuthTries", SET_NUMBER, AT(auth_tries)},
    {"MaxSessions", SET_NUMBER, AT(sessions)},
    {"MaxStartups", SET_NUMBER, AT(startups)},
    {"ClientAliveInterval", SET_TIME, AT(alive_interval)},
    {"ClientAliveCountMax", SET_NUMBER, AT(alive_count)},
    {"RequiredRSASize", SET_NUMBER, AT(rsa_bits)},
    {"RekeyLimit", SET_REKEY, AT(rekey_bytes)},
    {"StrictModes", SET_FLAG, AT(strict_modes)},
    {"PermitTTY", SET_FLAG, AT(permit_tty)},
    {"PubkeyAuthentication", SET_FLAG, AT(pubkey)},
    {"DisableForwarding", SET_FLAG, AT(no_forwarding)},
    {"AllowTcpForwarding", SET_TCP, AT(tcp_forwarding)},
    {"PermitOpen", SET_LIST, AT(permit_open)},

    {"UsePAM", SET_NO_MEANING, 0, NULL},
    {"PAMServiceName", SET_NO_MEANING, 0, NULL},
    {"SshdSessionPath", SET_NO_MEANING, 0, NULL},
    {"SshdAuthPath", SET_NO_MEANING, 0, NULL},
    {"PrintMotd", SET_NO_MEANING, 0, NULL},
    {"PrintLastLog", SET_NO_MEANING, 0, NULL},
    {"UseDNS", SET_NO_MEANING, 0, NULL},
    {"TCPKeepAlive", SET_NO_MEANING, 0, NULL},
    {"SyslogFacility", SET_NO_MEANING, 0, NULL},
    {"FingerprintHash", SET_NO_MEANING, 0, NULL},
    {"PermitEmptyPasswords", SET_NO_MEANING, 0, NULL},
    {"IgnoreRhosts", SET_NO_MEANING, 0, NULL},
    {"IgnoreUserKnownHosts", SET_NO_MEANING, 0, NULL},
    {"GSSAPICleanupCredentials", SET_NO_MEANING, 0, NULL},
    {"GSSAPIStrictAcceptorCheck", SET_NO_MEANING, 0, NULL},
    {"KerberosOrLocalPasswd", SET_NO_MEANING, 0, NULL},
    {"KerberosTicketCleanup", SET_NO_MEANING, 0, NULL},
    {"StreamLocalBindMask", SET_NO_MEANING, 0, NULL},
    {"StreamLocalBindUnlink", SET_NO_MEANING, 0, NULL},
    {"X11DisplayOffset", SET_NO_MEANING, 0, NULL},
    {"X11UseLocalhost", SET_NO_MEANING, 0, NULL},
    {"XAuthLocation", SET_NO_MEANING, 0, NULL},
    {"PermitListen", SET_NO_MEANING, 0, NULL},
    {"ModuliFile", SET_NO_MEANING, 0, NULL},
    {"Protocol", SET_NO_MEANING, 0, NULL},
    {"UsePrivilegeSeparation", SET_NO_MEANING, 0, NULL},

    {"PasswordAuthentication", SET_OFF, 0, NULL},
    {"KbdInteractiveAuthentication", SET_OFF, 0, NULL},
    {"ChallengeResponseAuthentication", SET_OFF, 0, NULL},
    {"GSSAPIAuthentication", SET_OFF, 0, NULL},
    {"HostbasedAuthentication", SET_OFF, 0, NULL},
    {"KerberosAuthentication", SET_OFF, 0, NULL},
    {"X11Forwarding", SET_OFF, 0, NULL},
    {"AllowAgentForwarding", SET_OFF, 0, NULL},
    {"AllowStreamLocalForwarding", SET_OFF, 0, NULL},
    {"PermitTunnel", SET_OFF, 0, NULL},
    {"GatewayPorts", SET_OFF, 0, NULL},
    {"PermitUserEnvironment", SET_OFF, 0, NULL},
    {"PermitUserRC", SET_OFF, 0, NULL},
    {"ExposeAuthInfo", SET_OFF, 0, NULL},
    {"TrustedUserCAKeys", SET_OFF, 0, NULL},
    {"AuthorizedKeysCommand", SET_OFF, 0, NULL},
    {"AuthorizedKeysCommandUser", SET_OFF, 0, NULL},
    {"AuthorizedPrincipalsFile", SET_OFF, 0, NULL},
    {"AuthorizedPrincipalsCommand", SET_OFF, 0, NULL},
    {"AuthorizedPrincipalsCommandUser", SET_OFF, 0, NULL},
    {"HostCertificate", SET_OFF, 0, NULL},
    {"HostKeyAgent", SET_OFF, 0, NULL},
    {"SetEnv", SET_OFF, 0, NULL},
    {"IPQoS", SET_OFF, 0, NULL},
    {"LogVerbose", SET_OFF, 0, NULL},
    {"SecurityKeyProvider", SET_OFF, 0, NULL},

    {"AddressFamily", SET_REFUSED, 0, "any"},
    {"PermitRootLogin", SET_REFUSED, 0, "yes,prohibit-password,without-password"},
    {"AllowUsers", SET_REFUSED, 0, "*"},
    {"DenyUsers", SET_REFUSED, 0, NULL},
    {"AllowGroups", SET_REFUSED, 0, "*"},
    {"DenyGroups", SET_REFUSED, 0, NULL},
    {"AuthenticationMethods", SET_REFUSED, 0, "any"},
    {"ChrootDirectory", SET_REFUSED, 0, "none"},
    {"RevokedKeys", SET_REFUSED, 0, "none"},
    {"CASignatureAlgorithms", SET_NO_MEANING, 0, NULL},
    {"PubkeyAuthOptions", SET_REFUSED, 0, "none"},
    {"RefuseConnection", SET_REFUSED, 0, "no"},
    {"PerSourceMaxStartups", SET_REFUSED, 0, "none"},
    {"PerSourceNetBlockSize", SET_NO_MEANING, 0, NULL},
    {"PerSourcePenalties", SET_REFUSED, 0, "no"},
    {"PerSourcePenaltyExemptList", SET_NO_MEANING, 0, NULL},
    {"UnusedConnectionTimeout", SET_REFUSED, 0, "none"},
    {"ChannelTimeout", SET_REFUSED, 0, "none"},
    {"RDomain", SET_REFUSED, 0, NULL},
    {"Match", SET_REFUSED, 0, NULL},
    {"Include", SET_REFUSED, 0, NULL},
};

#define ROWS (sizeof rows / sizeof *rows)

typedef struct reading {
    settings *s;
    bool seen[ROWS]; /* in this file or before: the first value wins */
} reading;

void settings_defaults(settings *s)
{
    *s = (settings){
        .port = 8022,
        .login_grace = 120,
        .auth_tries = 6,
        .sessions = 10,
        .startups = 100,
        .alive_count = 3,
        .rsa_bits = 2048,
        .strict_modes = true,
        .permit_tty = true,
        .pubkey = true,
    };
}

static void free_list(settings_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    list->count = 0;
}

void settings_free(settings *s)
{
    for (size_t i = 0; i < ROWS; i++) {
        char *at = (char *)s + rows[i].offset;
        if (rows[i].kind == SET_TEXT) {
            char **text = (char **)(void *)at;
            free(*text);
            *text = NULL;
        }
        if (rows[i].kind == SET_LIST || rows[i].kind == SET_PAIRS)
            free_list((settings_list *)(void *)at);
    }
}

static cleat_status fail(cleat_error *error, const char *keyword, const char *why)
{
    *error = (cleat_error){.status = CLEAT_E_CONFIG};
    snprintf(error->text, sizeof error->text, "%s: %s", keyword, why);
    return CLEAT_E_CONFIG;
}

static char *join(const char *const *args, size_t count)
{
    char *out = text_format("%s", "");
    for (size_t i = 0; out && i < count; i++) {
        char *longer = text_format("%s%s%s", out, i ? " " : "", args[i]);
        free(out);
        out = longer;
    }
    return out;
}

static cleat_status set_list(settings_list *list, const char *const *args, size_t count)
{
    for (size_t i = 0; i < count && list->count < SETTINGS_LIST_MAX; i++) {
        list->items[list->count] = text_format("%s", args[i]);
        if (!list->items[list->count++])
            return CLEAT_E_NOMEM;
    }
    return CLEAT_OK;
}

static bool parse_number(const char *text, uint32_t *value)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    *value = (uint32_t)v;
    return *text >= '0' && *text <= '9' && (*end == 0 || *end == ':') && v <= UINT32_MAX;
}

static bool set_rekey(settings *s, const char *const *args, size_t count)
{
    bool first = strcmp(args[0], "default") == 0 || cleat_config_size(args[0], &s->rekey_bytes);
    bool second =
        count < 2 || strcmp(args[1], "none") == 0 || cleat_config_time(args[1], &s->rekey_seconds);
    return first && second;
}

static const char *const tcp_words[] = {"yes", "no", "local", "remote"};

static bool set_tcp(settings *s, const char *word)
{
    for (size_t i = 0; i < sizeof tcp_words / sizeof *tcp_words; i++) {
        if (strcmp(word, tcp_words[i]) == 0) {
            s->tcp_forwarding = (tcp_forwarding)i;
            return true;
        }
    }
    s->tcp_forwarding = TCP_ALL;
    return strcmp(word, "all") == 0;
}

static bool restricts_nothing(const char *value, const char *harmless)
{
    size_t len = strlen(value);
    for (const char *p = harmless; p && *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        if (strcspn(p, ",") == len && strncmp(p, value, len) == 0)
            return true;
    }
    return false;
}

static cleat_status set_value(reading *r, const setting_row *row, const char *const *args,
                              size_t count, cleat_error *error)
{
    settings *s = r->s;
    char *at = (char *)s + row->offset;
    bool good = true;
    char *joined;
    switch (row->kind) {
    case SET_FLAG:
        good = cleat_config_flag(args[0], (bool *)(void *)at);
        break;
    case SET_PORT:
        s->port_set = true;
        good = parse_number(args[0], &s->port) && s->port <= 65535;
        break;
    case SET_NUMBER:
        good = parse_number(args[0], (uint32_t *)(void *)at);
        break;
    case SET_TIME:
        good = cleat_config_time(args[0], (uint32_t *)(void *)at);
        break;
    case SET_REKEY:
        good = set_rekey(s, args, count);
        break;
    case SET_TCP:
        good = set_tcp(s, args[0]);
        break;
    case SET_LIST:
        return set_list((settings_list *)(void *)at, args, count);
    case SET_TEXT:
        *(char **)(void *)at = join(args, count);
        break;
    case SET_PAIRS:
        joined = join(args, count);
        return set_list((settings_list *)(void *)at, (const char *const *)&joined, joined ? 1 : 0);
    case SET_NO_MEANING:
        break;
    case SET_OFF:
        if (strcmp(args[0], "no") != 0 && strcmp(args[0], "none") != 0)
            fprintf(stderr, "cleatd: %s %s: not supported yet, it stays off\n", row->name, args[0]);
        break;
    case SET_REFUSED:
        if (!restricts_nothing(args[0], row->harmless))
            return fail(error, row->name,
                        "not supported yet; remove the line, or it would promise "
                        "what is not enforced");
        break;
    }
    return good ? CLEAT_OK : fail(error, row->name, "bad value");
}

static bool same_word(const char *a, const char *b)
{
    while (*a && (*a | 32) == (*b | 32)) {
        a++;
        b++;
    }
    return *a == *b;
}

static cleat_status on_line(void *user, const char *keyword, const char *const *args, size_t count,
                            unsigned line, cleat_error *error)
{
    reading *r = user;
    (void)line;
    for (size_t i = 0; i < ROWS; i++) {
        if (!same_word(keyword, rows[i].name))
            continue;
        bool collects = rows[i].kind == SET_LIST || rows[i].kind == SET_PAIRS;
        if (count == 0)
            return fail(error, rows[i].name, "a value is missing");
        if (r->seen[i] && !collects)
            return CLEAT_OK;
        r->seen[i] = true;
        return set_value(r, &rows[i], args, count, error);
    }
    return fail(error, keyword, "unknown keyword");
}

cleat_status settings_read(settings *s, cleat_ctx *ctx, cleat_slice text, const char *file,
                           cleat_error *error)
{
    reading r = {.s = s};
    return cleat_config_parse(ctx, text, file, on_line, &r, error);
}

static void print_row(const settings *s, const setting_row *row)
{
    const char *at = (const char *)s + row->offset;
    const settings_list *list = (const settings_list *)(const void *)at;
    const char *text = NULL;
    switch (row->kind) {
    case SET_FLAG:
        printf("%s %s\n", row->name, *(const bool *)(const void *)at ? "yes" : "no");
        break;
    case SET_NUMBER:
    case SET_TIME:
    case SET_PORT:
        printf("%s %u\n", row->name, *(const uint32_t *)(const void *)at);
        break;
    case SET_REKEY:
        printf("%s %llu %u\n", row->name, (unsigned long long)s->rekey_bytes, s->rekey_seconds);
        break;
    case SET_TCP:
        printf("%s %s\n", row->name, tcp_words[s->tcp_forwarding]);
        break;
    case SET_TEXT:
        text = *(const char *const *)(const void *)at;
        if (text)
            printf("%s %s\n", row->name, text);
        break;
    case SET_LIST:
    case SET_PAIRS:
        for (size_t i = 0; i < list->count; i++)
            printf("%s %s\n", row->name, list->items[i]);
        break;
    case SET_NO_MEANING:
    case SET_OFF:
    case SET_REFUSED:
        break;
    }
}

void settings_print(const settings *s)
{
    for (size_t i = 0; i < ROWS; i++)
        print_row(s, &rows[i]);
}
