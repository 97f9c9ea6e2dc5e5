/* ssh_config, one row a keyword; Host blocks. A keyword that is known and not built yet is named at
 * -v; one whose absence would make a connection less safe than its user believes is an error. */
#include "options.h"

#include "port.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum option_kind {
    OPT_TEXT,   /* char *, all arguments */
    OPT_LIST,   /* text_list */
    OPT_FLAG,   /* bool */
    OPT_NOT,    /* bool, the other way round */
    OPT_NUMBER, /* uint32_t */
    OPT_TIME,   /* uint32_t, seconds */
    OPT_CHECKING,
    OPT_TTY,
    OPT_FAMILY,
    OPT_REKEY,
    OPT_LATER,  /* known, no effect yet */
    OPT_UNSAFE, /* known, and ignoring it would be unsafe */
} option_kind;

typedef struct option_row {
    const char *name;
    option_kind kind;
    size_t offset;
} option_row;

#define AT(member) offsetof(ssh_options, member)

static const option_row rows[] = {
    {"Hostname", OPT_TEXT, AT(hostname)},
    {"User", OPT_TEXT, AT(user)},
    {"Port", OPT_NUMBER, AT(port)},
    {"HostKeyAlias", OPT_TEXT, AT(alias)},
    {"ProxyCommand", OPT_TEXT, AT(proxy_command)},
    {"BindAddress", OPT_TEXT, AT(bind_address)},
    {"RemoteCommand", OPT_TEXT, AT(remote_command)},
    {"KexAlgorithms", OPT_TEXT, AT(kex)},
    {"Ciphers", OPT_TEXT, AT(ciphers)},
    {"MACs", OPT_TEXT, AT(macs)},
    {"HostKeyAlgorithms", OPT_TEXT, AT(host_key_algorithms)},
    {"PubkeyAcceptedAlgorithms", OPT_TEXT, AT(pubkey_algorithms)},
    {"PreferredAuthentications", OPT_TEXT, AT(methods)},
    {"GlobalKnownHostsFile", OPT_TEXT, AT(global_known_hosts)},
    {"LogLevel", OPT_TEXT, AT(log_level)},
    {"EscapeChar", OPT_TEXT, AT(escape)},
    {"IdentityFile", OPT_LIST, AT(identities)},
    {"UserKnownHostsFile", OPT_LIST, AT(known_hosts)},
    {"SendEnv", OPT_LIST, AT(send_env)},
    {"SetEnv", OPT_LIST, AT(set_env)},
    {"ConnectTimeout", OPT_TIME, AT(connect_timeout)},
    {"ServerAliveInterval", OPT_TIME, AT(alive_interval)},
    {"ServerAliveCountMax", OPT_NUMBER, AT(alive_count)},
    {"NumberOfPasswordPrompts", OPT_NUMBER, AT(password_prompts)},
    {"IdentitiesOnly", OPT_FLAG, AT(identities_only)},
    {"BatchMode", OPT_FLAG, AT(batch)},
    {"HashKnownHosts", OPT_FLAG, AT(hash_known_hosts)},
    {"Compression", OPT_FLAG, AT(compression)},
    {"StdinNull", OPT_FLAG, AT(stdin_null)},
    {"PubkeyAuthentication", OPT_NOT, AT(pubkey_off)},
    {"PasswordAuthentication", OPT_NOT, AT(password_off)},
    {"KbdInteractiveAuthentication", OPT_NOT, AT(kbdint_off)},
    {"StrictHostKeyChecking", OPT_CHECKING, AT(checking)},
    {"RequestTTY", OPT_TTY, AT(tty)},
    {"AddressFamily", OPT_FAMILY, AT(family)},
    {"RekeyLimit", OPT_REKEY, AT(rekey_bytes)},

    {"RevokedHostKeys", OPT_UNSAFE, 0},
    {"KnownHostsCommand", OPT_UNSAFE, 0},
    {"RefuseConnection", OPT_UNSAFE, 0},
    {"Match", OPT_UNSAFE, 0},
    {"ProxyJump", OPT_UNSAFE, 0},
    {"RequiredRSASize", OPT_UNSAFE, 0},
};

static const char *const later[] = {
    "AddKeysToAgent",
    "BindInterface",
    "CanonicalDomains",
    "CanonicalizeFallbackLocal",
    "CanonicalizeHostname",
    "CanonicalizeMaxDots",
    "CanonicalizePermittedCNAMEs",
    "CASignatureAlgorithms",
    "CertificateFile",
    "ChallengeResponseAuthentication",
    "ChannelTimeout",
    "CheckHostIP",
    "ClearAllForwardings",
    "ConnectionAttempts",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "DynamicForward",
    "EnableEscapeCommandline",
    "EnableSSHKeysign",
    "ExitOnForwardFailure",
    "FingerprintHash",
    "ForkAfterAuthentication",
    "ForwardAgent",
    "ForwardX11",
    "ForwardX11Timeout",
    "ForwardX11Trusted",
    "GatewayPorts",
    "GSSAPIAuthentication",
    "GSSAPIDelegateCredentials",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "IdentityAgent",
    "IgnoreUnknown",
    "IPQoS",
    "KbdInteractiveDevices",
    "LocalCommand",
    "LocalForward",
    "LogVerbose",
    "NoHostAuthenticationForLocalhost",
    "ObscureKeystrokeTiming",
    "PermitLocalCommand",
    "PermitRemoteOpen",
    "PKCS11Provider",
    "ProxyUseFdpass",
    "RemoteForward",
    "SecurityKeyProvider",
    "SessionType",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "SyslogFacility",
    "Tag",
    "TCPKeepAlive",
    "Tunnel",
    "TunnelDevice",
    "UpdateHostKeys",
    "VerifyHostKeyDNS",
    "VersionAddendum",
    "VisualHostKey",
    "WarnWeakCrypto",
    "XAuthLocation",
    "Protocol",
    "Cipher",
    "CompressionLevel",
};

#define ROWS (sizeof rows / sizeof *rows)

enum { INCLUDE_DEPTH_MAX = 16, FILE_MAX = 1 << 20 };

typedef struct reading {
    ssh_options *o;
    cleat_ctx *ctx;
    const char *file;
    unsigned depth;
    bool active; /* the Host block that is being read is for us */
} reading;

char *text_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = need < 0 ? NULL : malloc((size_t)need + 1);
    if (!out)
        return NULL;
    va_start(args, format);
    vsnprintf(out, (size_t)need + 1, format, args);
    va_end(args);
    return out;
}

void options_defaults(ssh_options *o)
{
    *o = (ssh_options){0};
}

void options_free(ssh_options *o)
{
    for (size_t i = 0; i < ROWS; i++) {
        char *at = (char *)o + rows[i].offset;
        if (rows[i].kind == OPT_TEXT)
            free(*(char **)(void *)at);
        text_list *list = (text_list *)(void *)at;
        for (size_t k = 0; rows[i].kind == OPT_LIST && k < list->count; k++)
            free(list->items[k]);
    }
    free(o->host);
    free(o->subsystem);
    *o = (ssh_options){0};
}

static cleat_status fail(cleat_error *error, const char *keyword, const char *why)
{
    if (error) {
        *error = (cleat_error){.status = CLEAT_E_CONFIG};
        snprintf(error->text, sizeof error->text, "%s: %s", keyword, why);
    }
    return CLEAT_E_CONFIG;
}

static bool same_word(const char *a, const char *b)
{
    while (*a && (*a | 32) == (*b | 32)) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool parse_number(const char *text, uint32_t *value)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    *value = (uint32_t)v;
    return *text >= '0' && *text <= '9' && *end == 0 && v <= UINT32_MAX;
}

static char *join(const char *const *args, size_t count)
{
    char *out = text_format("%s", count ? args[0] : "");
    for (size_t i = 1; out && i < count; i++) {
        char *longer = text_format("%s %s", out, args[i]);
        free(out);
        out = longer;
    }
    return out;
}

static bool set_checking(ssh_options *o, const char *value)
{
    static const struct {
        const char *name;
        host_checking value;
    } words[] = {{"ask", CHECK_ASK},
                 {"yes", CHECK_YES},
                 {"accept-new", CHECK_ACCEPT_NEW},
                 {"no", CHECK_NO},
                 {"off", CHECK_NO}};
    if (o->checking_set)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!same_word(value, words[i].name))
            continue;
        o->checking = words[i].value;
        o->checking_set = true;
        return true;
    }
    return false;
}

static bool set_tty(ssh_options *o, const char *value)
{
    static const char *const words[] = {"auto", "no", "yes", "force"};
    for (size_t i = 0; i < 4; i++) {
        if (!same_word(value, words[i]))
            continue;
        if (!o->tty_set)
            o->tty = (want_tty)i;
        o->tty_set = true;
        return true;
    }
    return false;
}

static bool set_family(ssh_options *o, const char *value)
{
    if (!o->family)
        o->family = same_word(value, "inet") ? 4 : same_word(value, "inet6") ? 6 : 0;
    return true;
}

static bool set_rekey(ssh_options *o, const char *const *args, size_t count)
{
    if (o->rekey_bytes || o->rekey_seconds)
        return true;
    bool first = same_word(args[0], "default") || cleat_config_size(args[0], &o->rekey_bytes);
    return first && (count < 2 || same_word(args[1], "none") ||
                     cleat_config_time(args[1], &o->rekey_seconds));
}

static bool add_all(text_list *list, const char *const *args, size_t count)
{
    for (size_t i = 0; i < count && list->count < OPTIONS_LIST_MAX; i++) {
        list->items[list->count] = text_format("%s", args[i]);
        if (!list->items[list->count++])
            return false;
    }
    return true;
}

/* First value wins; for numbers and flags 0 is "not set". */
static cleat_status set_value(ssh_options *o, const option_row *row, const char *const *args,
                              size_t count, cleat_error *error)
{
    void *at = (char *)o + row->offset;
    bool good = true;
    bool flag = false;
    uint32_t number = 0;
    switch (row->kind) {
    case OPT_TEXT:
        if (!*(char **)at)
            *(char **)at = join(args, count);
        break;
    case OPT_LIST:
        good = add_all(at, args, count);
        break;
    case OPT_FLAG:
    case OPT_NOT:
        good = cleat_config_flag(args[0], &flag);
        if (good)
            *(bool *)at = *(bool *)at || (row->kind == OPT_FLAG) == flag;
        break;
    case OPT_NUMBER:
    case OPT_TIME:
        good = row->kind == OPT_NUMBER ? parse_number(args[0], &number)
                                       : cleat_config_time(args[0], &number);
        if (good && !*(uint32_t *)at)
            *(uint32_t *)at = number;
        break;
    case OPT_CHECKING:
        good = set_checking(o, args[0]);
        break;
    case OPT_TTY:
        good = set_tty(o, args[0]);
        break;
    case OPT_FAMILY:
        good = set_family(o, args[0]);
        break;
    case OPT_REKEY:
        good = set_rekey(o, args, count);
        break;
    case OPT_UNSAFE:
        return fail(error, row->name, "not supported yet, and leaving it out could be unsafe");
    case OPT_LATER:
        break;
    }
    return good ? CLEAT_OK : fail(error, row->name, "bad value");
}

static bool host_matches(const char *host, const char *const *patterns, size_t count)
{
    bool matches = false;
    for (size_t i = 0; i < count; i++) {
        bool negated = patterns[i][0] == '!';
        if (!cleat_pattern_list_match(host, patterns[i] + negated))
            continue;
        if (negated)
            return false;
        matches = true;
    }
    return matches;
}

static bool is_later(const char *keyword)
{
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        if (same_word(keyword, later[i]))
            return true;
    }
    return false;
}

static cleat_status on_line(void *user, const char *keyword, const char *const *args, size_t count,
                            unsigned line, cleat_error *error);

static cleat_status include_file(const reading *r, const char *path, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    if (r->depth >= INCLUDE_DEPTH_MAX)
        return fail(error, "Include", "too many files inside files");
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_CONFIG, NULL, FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    reading inner = {r->o, r->ctx, path, r->depth + 1, true};
    st = cleat_config_parse(r->ctx, (cleat_slice){data, len}, path, on_line, &inner, error);
    port_free(data);
    return st;
}

/* Relative patterns are beneath the including file's folder; no match is fine. */
static cleat_status include(const reading *r, const char *pattern, cleat_error *error)
{
    char *expanded = NULL;
    char **paths = NULL;
    const char *slash = strrchr(r->file, '/');
    bool relative = pattern[0] != '/' && pattern[0] != '~';
    char *whole = relative && slash
                      ? text_format("%.*s/%s", (int)(slash - r->file), r->file, pattern)
                      : text_format("%s", pattern);
    cleat_status st = whole ? port_path_expand(&expanded, whole, error) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK)
        st = port_path_glob(&paths, expanded, error);
    for (size_t i = 0; st == CLEAT_OK && paths[i]; i++)
        st = include_file(r, paths[i], error);
    port_free(paths);
    port_free(expanded);
    free(whole);
    return st;
}

static cleat_status include_all(const reading *r, const char *const *args, size_t count,
                                cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; r->active && i < count && st == CLEAT_OK; i++)
        st = include(r, args[i], error);
    return st;
}

static cleat_status on_line(void *user, const char *keyword, const char *const *args, size_t count,
                            unsigned line, cleat_error *error)
{
    reading *r = user;
    (void)line;
    if (count == 0)
        return fail(error, keyword, "a value is missing");
    if (same_word(keyword, "Host")) {
        r->active = host_matches(r->o->host, args, count);
        return CLEAT_OK;
    }
    if (same_word(keyword, "Include"))
        return include_all(r, args, count, error);
    for (size_t i = 0; i < ROWS; i++) {
        if (same_word(keyword, rows[i].name))
            return r->active ? set_value(r->o, &rows[i], args, count, error) : CLEAT_OK;
    }
    return is_later(keyword) ? CLEAT_OK : fail(error, keyword, "Bad configuration option");
}

cleat_status options_read(ssh_options *o, cleat_ctx *ctx, cleat_slice text, const char *file,
                          cleat_error *error)
{
    reading r = {.o = o, .ctx = ctx, .file = file, .active = true};
    return cleat_config_parse(ctx, text, file, on_line, &r, error);
}

cleat_status options_set(ssh_options *o, cleat_ctx *ctx, const char *text, cleat_error *error)
{
    return options_read(o, ctx, cleat_slice_of(text), "command-line", error);
}
