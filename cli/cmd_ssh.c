/* `cleat ssh`: the command line, the connection, the login. */
#include "cmd.h"
#include "ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

static const char usage[] =
    "usage: cleat ssh [-46CNnqsTtVv] [-b bind_address] [-c cipher_spec] [-E log_file]\n"
    "                 [-F configfile] [-i identity_file] [-l login_name] [-m mac_spec]\n"
    "                 [-o option] [-p port] [-Q query] destination [command [argument ...]]\n";

/* ---- -Q ---- */

static int query(const char *what)
{
    static const struct {
        const char *name;
        cleat_alg_kind kind;
    } lists[] = {{"kex", CLEAT_ALG_KEX},
                 {"KexAlgorithms", CLEAT_ALG_KEX},
                 {"cipher", CLEAT_ALG_CIPHER},
                 {"Ciphers", CLEAT_ALG_CIPHER},
                 {"mac", CLEAT_ALG_MAC},
                 {"MACs", CLEAT_ALG_MAC},
                 {"compression", CLEAT_ALG_COMPRESSION},
                 {"key", CLEAT_ALG_HOSTKEY},
                 {"sig", CLEAT_ALG_PUBKEY},
                 {"HostKeyAlgorithms", CLEAT_ALG_HOSTKEY},
                 {"PubkeyAcceptedAlgorithms", CLEAT_ALG_PUBKEY}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *name;
        if (strcmp(what, lists[i].name) != 0)
            continue;
        for (size_t k = 0; (name = cleat_alg_name(lists[i].kind, k)) != NULL; k++)
            printf("%s\n", name);
        return 0;
    }
    fprintf(stderr, "Unsupported query \"%s\"\n", what);
    return 255;
}

/* ---- the command line ---- */

typedef struct arguments {
    const char *config, *log_file;
    unsigned verbose, ttys;
    bool quiet, as_subsystem;
} arguments;

static bool flag_alone(ssh_run *r, arguments *a, char flag)
{
    ssh_options *o = &r->options;
    switch (flag) {
    case '4':
        o->family = 4;
        return true;
    case '6':
        o->family = 6;
        return true;
    case 'C':
        o->compression = true;
        return true;
    case 'N':
        o->no_command = true;
        return true;
    case 'n':
        o->stdin_null = true;
        return true;
    case 'q':
        a->quiet = true;
        return true;
    case 's':
        a->as_subsystem = true;
        return true;
    case 'T':
        o->tty = TTY_NO;
        o->tty_set = true;
        return true;
    case 't':
        o->tty = a->ttys++ ? TTY_FORCE : TTY_YES;
        o->tty_set = true;
        return true;
    case 'v':
        a->verbose++;
        return true;
    default:
        return false;
    }
}

static cleat_status flag_with_value(ssh_run *r, arguments *a, char flag, const char *value,
                                    cleat_error *error)
{
    static const struct {
        char flag;
        const char *keyword;
    } keywords[] = {{'b', "BindAddress"}, {'c', "Ciphers"}, {'i', "IdentityFile"}, {'l', "User"},
                    {'m', "MACs"},        {'p', "Port"},    {'e', "EscapeChar"}};
    if (flag == 'F')
        a->config = value;
    else if (flag == 'E')
        a->log_file = value;
    else if (flag == 'o')
        return options_set(&r->options, r->ctx, value, error);
    else if (flag == 'S' && strcmp(value, "none") == 0)
        return CLEAT_OK;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (keywords[i].flag != flag)
            continue;
        char *line = text_format("%s \"%s\"", keywords[i].keyword, value);
        cleat_status st = line ? options_set(&r->options, r->ctx, line, error) : CLEAT_E_NOMEM;
        free(line);
        return st;
    }
    return flag == 'F' || flag == 'E' ? CLEAT_OK : CLEAT_E_BAD_CALL;
}

/* [user@]host or ssh://[user@]host[:port] */
static bool set_destination(ssh_run *r, const char *text, cleat_error *error)
{
    bool uri = strncmp(text, "ssh://", 6) == 0;
    const char *start = uri ? text + 6 : text;
    const char *at = strrchr(start, '@');
    const char *host = at ? at + 1 : start;
    const char *colon = uri ? strrchr(host, ':') : NULL;
    if (at) {
        free(r->options.user);
        r->options.user = text_format("%.*s", (int)(at - start), start);
    }
    if (colon) {
        char *line = text_format("Port %s", colon + 1);
        bool good = line && options_set(&r->options, r->ctx, line, error) == CLEAT_OK;
        free(line);
        if (!good)
            return false;
    }
    r->options.host =
        colon ? text_format("%.*s", (int)(colon - host), host) : text_format("%s", host);
    return r->options.host && *r->options.host;
}

/* Options may stand before and after the destination; the command begins after it. */
static int parse(ssh_run *r, arguments *a, int argc, char **argv)
{
    cleat_error error = {0};
    int i = 1;
    for (; i < argc; i++) {
        const char *p = argv[i];
        if (p[0] != '-' || !p[1]) {
            if (r->options.host)
                break;
            if (!set_destination(r, p, &error))
                return 255;
            continue;
        }
        if (strcmp(p, "--") == 0) {
            i++;
            break;
        }
        for (p++; *p; p++) {
            if (*p == 'V') {
                fprintf(stderr, "%s\n", cleat_version());
                return 0;
            }
            if (flag_alone(r, a, *p))
                continue;
            const char *value = p[1] ? p + 1 : i + 1 < argc ? argv[++i] : NULL;
            if (value && *p == 'Q')
                return query(value);
            cleat_status st = value ? flag_with_value(r, a, *p, value, &error) : CLEAT_E_BAD_CALL;
            if (st == CLEAT_E_BAD_CALL)
                fprintf(stderr,
                        "cleat ssh: option -%c is unknown, needs a value, or is not "
                        "supported yet\n%s",
                        *p, usage);
            else if (st != CLEAT_OK)
                fprintf(stderr, "%s\n", error.text);
            if (st != CLEAT_OK)
                return 255;
            break;
        }
    }
    if (!r->options.host) {
        fputs(usage, stderr);
        return 255;
    }
    for (; i < argc && r->command.count < OPTIONS_LIST_MAX; i++)
        r->command.items[r->command.count++] = argv[i];
    return -1;
}

/* ---- configuration ---- */

static cleat_status read_file(ssh_run *r, const char *path, bool must_exist, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_CONFIG, NULL, CONFIG_MAX, error);
    if (st == CLEAT_E_NO_SUCH && !must_exist)
        return CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    st = options_read(&r->options, r->ctx, (cleat_slice){data, len}, path, error);
    port_free(data);
    return st;
}

static cleat_status read_place(ssh_run *r, port_place place, const char *name, cleat_error *error)
{
    char *folder = NULL;
    char *path = NULL;
    cleat_status st = port_path(&folder, place, error);
    if (st == CLEAT_OK)
        st = port_path_join(&path, folder, name, error);
    if (st == CLEAT_OK)
        st = read_file(r, path, false, error);
    port_free(path);
    port_free(folder);
    return st;
}

static cleat_status read_config(ssh_run *r, const char *named, cleat_error *error)
{
    if (named && strcmp(named, "none") == 0)
        return CLEAT_OK;
    if (named)
        return read_file(r, named, true, error);
    cleat_status st = read_place(r, PORT_PLACE_USER_SSH, "config", error);
    return st == CLEAT_OK ? read_place(r, PORT_PLACE_SYSTEM_SSH, "ssh_config", error) : st;
}

static cleat_status set_list(ssh_run *r, cleat_alg_kind kind, const char *spec, cleat_error *error)
{
    return spec ? cleat_policy_set(r->policy, kind, spec, error) : CLEAT_OK;
}

static cleat_status make_policy(ssh_run *r, cleat_error *error)
{
    const ssh_options *o = &r->options;
    cleat_status st = cleat_policy_new(&r->policy, r->ctx, CLEAT_CLIENT);
    if (st == CLEAT_OK)
        st = set_list(r, CLEAT_ALG_KEX, o->kex, error);
    if (st == CLEAT_OK)
        st = set_list(r, CLEAT_ALG_CIPHER, o->ciphers, error);
    if (st == CLEAT_OK)
        st = set_list(r, CLEAT_ALG_MAC, o->macs, error);
    if (st == CLEAT_OK)
        st = set_list(r, CLEAT_ALG_HOSTKEY, o->host_key_algorithms, error);
    if (st == CLEAT_OK)
        st = set_list(r, CLEAT_ALG_COMPRESSION,
                      o->compression ? "zlib@openssh.com,none" : "none,zlib@openssh.com", error);
    if (st == CLEAT_OK && !o->host_key_algorithms)
        hostkey_prefer(r);
    return st;
}

static cleat_status fill_in(ssh_run *r, cleat_error *error)
{
    port_user *me = NULL;
    ssh_options *o = &r->options;
    cleat_status st = CLEAT_OK;
    if (!o->user)
        st = port_user_current(&me, error);
    if (st != CLEAT_OK)
        return st;
    r->user = text_format("%s", o->user ? o->user : me->name);
    port_user_free(me);
    r->target = text_format("%s", o->hostname ? o->hostname : o->host);
    r->port = (uint16_t)(o->port ? o->port : 22);
    return r->user && r->target ? make_policy(r, error) : CLEAT_E_NOMEM;
}

/* ---- the connection ---- */

static void on_login(ssh_run *r, cleat_login_step step)
{
    if (step == CLEAT_LOGIN_NEED_PASSWORD)
        password_answer(r);
    if (step != CLEAT_LOGIN_FAILED)
        return;
    say(CLEAT_LOG_ERROR, "%s@%s: %s", r->user, r->target, cleat_login_reason(r->login));
    r->said_goodbye = true;
    cleat_conn_disconnect(cleat_uv_conn(r->uv), 14, "no more authentication methods");
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    ssh_run *r = user;
    cleat_login_step step = cleat_login_event(r->login, ev);
    (void)u;
    on_login(r, step);
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        hostkey_decide(r, ev);
        break;
    case CLEAT_EV_SIGN:
        if (step == CLEAT_LOGIN_NOT_MINE)
            identity_sign(r, ev);
        break;
    case CLEAT_EV_AUTH_PROMPT:
        prompt_answer(r, ev);
        break;
    case CLEAT_EV_AUTH_BANNER:
        say(CLEAT_LOG_INFO, "%s", ev->text);
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        r->logged_in = true;
        say(CLEAT_LOG_VERBOSE, "Authenticated to %s ([%s]:%u) using \"%s\".", r->target,
            r->ends.peer, (unsigned)r->port, ev->u.auth_done.method);
        session_start(r);
        break;
    case CLEAT_EV_CLOSED:
        session_stop(r);
        break;
    default:
        if (ev->channel)
            session_event(r, ev);
        else if (ev->query && step == CLEAT_LOGIN_NOT_MINE &&
                 cleat_answer_reject(cleat_uv_conn(r->uv), ev->query) != CLEAT_OK)
            say(CLEAT_LOG_DEBUG1, "a query was answered late");
        break;
    }
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    ssh_run *r = user;
    (void)u;
    if (!r->said_goodbye && why->status != CLEAT_OK)
        say(CLEAT_LOG_ERROR, r->logged_in ? "Connection to %s closed: %s" : "%s: %s", r->target,
            why->text);
    cleat_login_free(r->login);
    r->login = NULL;
}

static cleat_status attach(ssh_run *r, cleat_stream *stream)
{
    cleat_conn *conn;
    const ssh_options *o = &r->options;
    const cleat_conn_options options = {
        .struct_size = sizeof options,
        .policy = r->policy,
        .rekey_bytes = o->rekey_bytes,
        .rekey_seconds = o->rekey_seconds,
        .keepalive_ms = o->alive_interval * 1000,
        .keepalive_count = o->alive_count,
    };
    char *methods = o->methods ? text_format("%s", o->methods)
                               : text_format("%s%s%s", o->pubkey_off ? "" : "publickey,",
                                             o->kbdint_off ? "" : "keyboard-interactive,",
                                             o->password_off ? "" : "password");
    const cleat_login_options login = {.struct_size = sizeof login,
                                       .user = r->user,
                                       .methods = methods,
                                       .password_tries = o->password_prompts};
    cleat_status st = cleat_conn_new(&conn, r->ctx, CLEAT_CLIENT, &options, uv_now(&r->loop));
    if (st != CLEAT_OK) {
        cleat_stream_close(stream);
        free(methods);
        return st;
    }
    const cleat_uv_callbacks callbacks = {sizeof callbacks, r, on_event, on_end};
    st = cleat_login_new(&r->login, conn, &login);
    free(methods);
    if (st == CLEAT_OK)
        st = identities_add(r);
    cleat_status attached = cleat_uv_attach(&r->uv, &r->loop, conn, stream, &callbacks);
    return st == CLEAT_OK ? attached : st;
}

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    ssh_run *r = user;
    if (!stream) {
        say(CLEAT_LOG_ERROR, "ssh: %s", error->text);
        return;
    }
    cleat_stream_get_ends(stream, &r->ends);
    say(CLEAT_LOG_DEBUG1, "Connection established.");
    if (attach(r, stream) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "ssh: the connection could not be set up");
}

/* %h %p %r %n and %% in a proxy command. */
static char *expand_proxy(const ssh_run *r)
{
    char *out = text_format("%s", "");
    for (const char *p = r->options.proxy_command; out && *p; p++) {
        char *longer = NULL;
        bool token = *p == '%' && p[1];
        if (token)
            p++;
        if (token && *p == 'p')
            longer = text_format("%s%u", out, (unsigned)r->port);
        else if (token && *p != '%')
            longer = text_format("%s%s", out,
                                 *p == 'h'   ? r->target
                                 : *p == 'r' ? r->user
                                 : *p == 'n' ? r->options.host
                                             : "");
        else
            longer = text_format("%s%c", out, *p);
        free(out);
        out = longer;
    }
    return out;
}

static cleat_status dial(ssh_run *r, cleat_error *error)
{
    cleat_dial *d;
    char **argv = NULL;
    const ssh_options *o = &r->options;
    cleat_dial_options options = {
        .struct_size = sizeof options,
        .host = r->target,
        .port = r->port,
        .family = o->family == 4   ? AF_INET
                  : o->family == 6 ? AF_INET6
                                   : 0,
        .bind_address = o->bind_address,
        .timeout_ms = o->connect_timeout * 1000,
    };
    cleat_status st = CLEAT_OK;
    if (o->proxy_command && strcmp(o->proxy_command, "none") != 0) {
        char *command = expand_proxy(r);
        st = command ? port_shell_args(&argv, command, true, error) : CLEAT_E_NOMEM;
        free(command);
        options.argv = (const char *const *)argv;
    }
    say(CLEAT_LOG_DEBUG1, "Connecting to %s port %u.", r->target, (unsigned)r->port);
    if (st == CLEAT_OK)
        st = cleat_dial_start(&d, &r->loop, &options, on_dialled, r, error);
    port_free(argv);
    return st;
}

static int connect_and_run(ssh_run *r)
{
    cleat_error error = {0};
    if (uv_loop_init(&r->loop) != 0)
        return 255;
    cleat_status st = dial(r, &error);
    if (st != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "ssh: %s", error.text);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    cleat_sink_close(r->out);
    cleat_sink_close(r->err);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    uv_loop_close(&r->loop);
    return r->status;
}

static void set_level(const ssh_run *r, const arguments *a)
{
    cleat_log_level level = CLEAT_LOG_INFO;
    if (r->options.log_level && !cleat_log_level_parse(r->options.log_level, &level))
        say(CLEAT_LOG_ERROR, "LogLevel %s is unknown", r->options.log_level);
    if (a->quiet)
        level = CLEAT_LOG_QUIET;
    if (a->verbose)
        level = (cleat_log_level)(CLEAT_LOG_VERBOSE + (a->verbose > 3 ? 3 : a->verbose));
    say_set_level(level);
}

/* The log level is known only after the configuration, which needs a context itself. */
static cleat_status with_log(ssh_run *r)
{
    const cleat_log_sink sink = say_engine_sink();
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    options.log = &sink;
    cleat_ctx_unref(r->ctx);
    return cleat_ctx_new(&r->ctx, &options);
}

static void release(ssh_run *r)
{
    options_free(&r->options);
    free(r->user);
    free(r->target);
    cleat_policy_unref(r->policy);
    cleat_ctx_unref(r->ctx);
}

static int prepare_and_run(ssh_run *r, const arguments *a)
{
    cleat_error error = {0};
    cleat_status st = read_config(r, a->config, &error);
    if (st == CLEAT_OK && a->log_file && !freopen(a->log_file, "a", stderr))
        st = CLEAT_E_IO;
    set_level(r, a);
    if (st == CLEAT_OK)
        st = with_log(r);
    if (st == CLEAT_OK)
        st = fill_in(r, &error);
    if (st == CLEAT_OK)
        return connect_and_run(r);
    say(CLEAT_LOG_ERROR, "%s", error.text[0] ? error.text : cleat_status_text(st));
    return 255;
}

int cmd_ssh(int argc, char **argv)
{
    ssh_run r = {.status = 255};
    arguments a = {0};
    options_defaults(&r.options);
    if (cleat_ctx_new(&r.ctx, NULL) != CLEAT_OK)
        return 255;
    int status = parse(&r, &a, argc, argv);
    if (status < 0 && a.as_subsystem && r.command.count) {
        r.options.subsystem = text_format("%s", r.command.items[0]);
        r.command.count = 0;
    }
    if (status < 0)
        status = prepare_and_run(&r, &a);
    release(&r);
    return status;
}
