/* cleatd: an SSH server for the user that starts it. */
#include "server.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20, BANNER_MAX = 64 << 10 };

static const char usage[] =
    "usage: cleatd [-DdeGhiqtTV] [-E log_file] [-f config_file] [-o keyword=value] [-p port]\n"
    "  -D  stay in the foreground      -d  debug: foreground, one connection, talk on stderr\n"
    "  -e  log to stderr               -E  log to a file\n"
    "  -f  read this configuration     -o  one option, before the file\n"
    "  -p  port (0: any free one)      -i  one connection on stdin and stdout\n"
    "  -t  check the configuration     -T, -G  print it\n"
    "  -h  file with a host key        -V  version\n";

typedef struct arguments {
    const char *config, *log_file;
    bool foreground, debug, to_stderr, check, print, on_stdio, quiet;
} arguments;

static int complain(const cleat_error *error, cleat_status st)
{
    fprintf(stderr, "cleatd: %s\n", error->text[0] ? error->text : cleat_status_text(st));
    return 1;
}

/* ---- command line ---- */

static cleat_status option_line(server *s, const char *text, cleat_error *error)
{
    return settings_read(&s->settings, s->ctx, cleat_slice_of(text), "command line", error);
}

static cleat_status one_option(server *s, arguments *a, char flag, const char *value,
                               cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    char *line = NULL;
    switch (flag) {
    case 'f':
        a->config = value;
        break;
    case 'E':
        a->log_file = value;
        break;
    case 'o':
        return option_line(s, value, error);
    case 'p':
        line = text_format("Port %s", value);
        break;
    case 'h':
        line = text_format("HostKey \"%s\"", value);
        break;
    default:
        return CLEAT_E_BAD_CALL;
    }
    if (line)
        st = option_line(s, line, error);
    free(line);
    return st;
}

static bool one_flag(arguments *a, char flag)
{
    switch (flag) {
    case 'D':
        a->foreground = true;
        return true;
    case 'd':
        a->debug = a->foreground = a->to_stderr = true;
        return true;
    case 'e':
        a->to_stderr = true;
        return true;
    case 'G':
    case 'T':
        a->print = true;
        return true;
    case 'i':
        a->on_stdio = a->foreground = true;
        return true;
    case 'q':
        a->quiet = true;
        return true;
    case 't':
        a->check = true;
        return true;
    case '4':
    case '6':
    default:
        return false;
    }
}

/* 0: go on; else the exit status + 1. */
static int parse(server *s, arguments *a, int argc, char **argv)
{
    cleat_error error = {0};
    for (int i = 1; i < argc; i++) {
        const char *p = argv[i];
        if (p[0] != '-' || !p[1]) {
            fputs(usage, stderr);
            return 2;
        }
        for (p++; *p; p++) {
            if (*p == 'V') {
                printf("%s\n", cleat_version());
                return 1;
            }
            if (one_flag(a, *p))
                continue;
            const char *value = p[1] ? p + 1 : i + 1 < argc ? argv[++i] : NULL;
            cleat_status st = value ? one_option(s, a, *p, value, &error) : CLEAT_E_BAD_CALL;
            if (st == CLEAT_E_BAD_CALL)
                fputs(usage, stderr);
            else if (st != CLEAT_OK)
                complain(&error, st);
            if (st != CLEAT_OK)
                return 2;
            break;
        }
    }
    return 0;
}

/* ---- setting up ---- */

static cleat_status read_config(server *s, const char *path, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    if (!path || strcmp(path, "none") == 0)
        return CLEAT_OK;
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_CONFIG, NULL, CONFIG_MAX, error);
    if (st != CLEAT_OK)
        return st;
    st = settings_read(&s->settings, s->ctx, (cleat_slice){data, len}, path, error);
    port_free(data);
    return st;
}

static cleat_status set_list(server *s, cleat_alg_kind kind, const char *spec, cleat_error *error)
{
    return spec ? cleat_policy_set(s->policy, kind, spec, error) : CLEAT_OK;
}

static cleat_status make_policy(server *s, cleat_error *error)
{
    const settings *set = &s->settings;
    cleat_status st = cleat_policy_new(&s->policy, s->ctx, CLEAT_SERVER);
    if (st == CLEAT_OK)
        st = set_list(s, CLEAT_ALG_KEX, set->kex, error);
    if (st == CLEAT_OK)
        st = set_list(s, CLEAT_ALG_CIPHER, set->ciphers, error);
    if (st == CLEAT_OK)
        st = set_list(s, CLEAT_ALG_MAC, set->macs, error);
    if (st == CLEAT_OK)
        st = set_list(s, CLEAT_ALG_HOSTKEY, set->host_key_algorithms, error);
    if (st == CLEAT_OK)
        st = set_list(s, CLEAT_ALG_PUBKEY, set->pubkey_algorithms, error);
    if (st == CLEAT_OK && set->compression && strcmp(set->compression, "no") == 0)
        st = set_list(s, CLEAT_ALG_COMPRESSION, "none", error);
    if (st == CLEAT_OK)
        st = cleat_policy_set_rsa_min(s->policy, set->rsa_bits);
    return st;
}

static cleat_status load_banner(server *s, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    if (!s->settings.banner || strcmp(s->settings.banner, "none") == 0)
        return CLEAT_OK;
    cleat_status st =
        port_file_read(&data, &len, s->settings.banner, PORT_TRUST_ANY, NULL, BANNER_MAX, error);
    if (st != CLEAT_OK)
        return st;
    s->banner = text_format("%s", (const char *)data);
    port_free(data);
    return CLEAT_OK;
}

static cleat_status set_up(server *s, cleat_error *error)
{
    const char *addendum = s->settings.version_addendum;
    cleat_status st = port_user_current(&s->user, error);
    if (st == CLEAT_OK)
        st = port_path(&s->state_dir, PORT_PLACE_STATE, error);
    if (st == CLEAT_OK)
        st = make_policy(s, error);
    if (st == CLEAT_OK)
        st = hostkeys_load(s, error);
    if (st == CLEAT_OK)
        st = load_banner(s, error);
    if (st == CLEAT_OK)
        st = user_key_make(s, error);
    bool plain = !addendum || strcmp(addendum, "none") == 0;
    s->version =
        text_format("Cleat_%s%s%s", CLEAT_VERSION, plain ? "" : " ", plain ? "" : addendum);
    return st == CLEAT_OK && !s->version ? CLEAT_E_NOMEM : st;
}

/* ---- listening ---- */

static void on_accept(void *user, cleat_listener *l, cleat_stream *stream)
{
    (void)l;
    connection_start(user, stream);
}

/* "address", "address:port", "[v6]:port", "[v6]". */
static void split_address(const char *text, char *address, size_t room, uint16_t *port)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = end ? (end[1] == ':' ? end + 1 : NULL) : strchr(text, ':');
    if (!end && colon && strchr(colon + 1, ':'))
        colon = NULL; /* a bare IPv6 address */
    const char *from = end ? text + 1 : text;
    const char *to = end ? end : colon ? colon : text + strlen(text);
    snprintf(address, room, "%.*s", (int)(to - from), from);
    if (colon)
        *port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

static cleat_status listen_on(server *s, const char *text, cleat_error *error)
{
    char address[64];
    uint16_t port = (uint16_t)s->settings.port;
    cleat_listener *l;
    split_address(text, address, sizeof address, &port);
    cleat_status st = cleat_listener_new(&l, s->loop, address, port, on_accept, s, error);
    if (st != CLEAT_OK || s->listener_count == SERVER_LISTENERS_MAX)
        return st;
    s->listeners[s->listener_count++] = l;
    log_line(CLEAT_LOG_INFO, "Server listening on %s port %u.", cleat_listener_address(l),
             (unsigned)cleat_listener_port(l));
    return CLEAT_OK;
}

static cleat_status listen_all(server *s, cleat_error *error)
{
    const settings_list *list = &s->settings.listen;
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < list->count && st == CLEAT_OK; i++)
        st = listen_on(s, list->items[i], error);
    return list->count ? st : listen_on(s, "127.0.0.1", error);
}

void server_drain(server *s)
{
    s->draining = true;
    for (size_t i = 0; i < s->listener_count; i++)
        cleat_listener_close(s->listeners[i]);
    s->listener_count = 0;
    if (s->count)
        return;
    uv_close((uv_handle_t *)&s->on_term, NULL);
    uv_close((uv_handle_t *)&s->on_int, NULL);
}

/* The first signal stops accepting and lets clients finish; the second sends them away. */
static void on_stop(uv_signal_t *signal, int number)
{
    server *s = signal->data;
    log_line(CLEAT_LOG_INFO, "Received signal %d; %s.", number,
             s->draining ? "closing connections" : "terminating when clients are done");
    bool again = s->draining;
    if (!again)
        server_drain(s);
    for (connection *c = s->first, *next; again && c; c = next) {
        next = c->next;
        cleat_uv_close(c->uv);
    }
}

static cleat_status serve_stdio(server *s, cleat_error *error)
{
    cleat_stream *stream;
    cleat_status st = cleat_stream_open_fds(&stream, s->loop, 0, 1, error);
    if (st == CLEAT_OK)
        connection_start(s, stream);
    s->one_only = true;
    return st;
}

static void watch_signals(server *s)
{
    uv_signal_init(s->loop, &s->on_term);
    uv_signal_init(s->loop, &s->on_int);
    s->on_term.data = s;
    s->on_int.data = s;
    uv_signal_start(&s->on_term, on_stop, SIGTERM);
    uv_signal_start(&s->on_int, on_stop, SIGINT);
}

static void write_pid(const server *s)
{
    char *text = text_format("%d\n", (int)uv_os_getpid());
    const char *path = s->settings.pid_file;
    cleat_error error = {0};
    if (text && path && strcmp(path, "none") != 0 &&
        port_file_write(path, cleat_slice_of(text), PORT_ACCESS_PUBLIC, &error) != CLEAT_OK)
        log_line(CLEAT_LOG_ERROR, "%s", error.text);
    free(text);
}

static int serve(server *s, const arguments *a)
{
    cleat_error error = {0};
    uv_loop_t loop;
    s->one_only = a->debug;
    if (!a->foreground && port_service_detach(&error) != CLEAT_OK)
        return complain(&error, error.status);
    if (uv_loop_init(&loop) != 0)
        return 1;
    s->loop = &loop;
    watch_signals(s);
    cleat_status st = a->on_stdio ? serve_stdio(s, &error) : listen_all(s, &error);
    if (st == CLEAT_OK)
        st = port_service_ready(false, &error);
    if (st == CLEAT_OK)
        write_pid(s);
    else
        server_drain(s);
    int status = st == CLEAT_OK ? 0 : complain(&error, st);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return status;
}

static void tear_down(server *s)
{
    for (size_t i = 0; i < s->host_key_count; i++)
        cleat_key_unref(s->host_keys[i]);
    settings_free(&s->settings);
    port_user_free(s->user);
    port_free(s->state_dir);
    free(s->version);
    free(s->banner);
    cleat_policy_unref(s->policy);
    cleat_ctx_unref(s->ctx);
}

static int start(server *s, const arguments *a)
{
    cleat_error error = {0};
    cleat_log_level level = a->quiet ? CLEAT_LOG_QUIET : CLEAT_LOG_INFO;
    cleat_status st = read_config(s, a->config, &error);
    if (st == CLEAT_OK)
        st = set_up(s, &error);
    if (st != CLEAT_OK)
        return complain(&error, st);
    if (s->settings.log_level && !cleat_log_level_parse(s->settings.log_level, &level))
        fprintf(stderr, "cleatd: LogLevel %s is unknown\n", s->settings.log_level);
    log_set_level(a->debug ? CLEAT_LOG_DEBUG1 : level);
    if (a->print)
        settings_print(&s->settings);
    return a->print || a->check ? 0 : serve(s, a);
}

int main(int argc, char **argv)
{
    server s = {0};
    arguments a = {0};
    cleat_error error = {0};
    if (port_program_start(&argc, &argv, &error) != CLEAT_OK)
        return complain(&error, error.status);
    settings_defaults(&s.settings);
    const cleat_log_sink sink = log_engine_sink();
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    options.log = &sink;
    if (cleat_ctx_new(&s.ctx, &options) != CLEAT_OK)
        return 1;
    int status = parse(&s, &a, argc, argv);
    if (a.log_file)
        log_to_file(a.log_file);
    else if (!a.to_stderr && !a.foreground)
        log_to_system();
    status = status ? status - 1 : start(&s, &a);
    tear_down(&s);
    return status;
}
