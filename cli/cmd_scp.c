/* `cleat scp`: copies files between this machine and another. */
#include "cmd.h"
#include "progress.h"
#include "remote.h"
#include "say.h"
#include "text.h"

#include <cleat/transfer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cleat scp [-346ABCOpqRrTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]\n"
    "                 [-i identity_file] [-J destination] [-l limit] [-o ssh_option]\n"
    "                 [-P port] [-S program] [-X sftp_option] source ... target\n";

/* Where something is: host NULL for this machine. */
typedef struct place {
    char *host; /* "[user@]host" */
    char *port;
    char *path;
} place;

typedef struct scp {
    remote remote;
    cleat_transfer_options options;
    progress progress;
    place *sources, target;
    size_t source_count, next;
    bool to_remote;
    bool quiet, target_is_directory;
    char *target_path;
    cleat_transfer *transfer;
    cleat_sftp_waiter waiter;
    int status;
} scp;

/* ---- arguments ---- */

static void place_clear(place *p)
{
    free(p->host);
    free(p->port);
    free(p->path);
    *p = (place){0};
}

/* scp://[user@]host[:port][/path] */
static bool parse_uri(place *p, const char *text)
{
    size_t len = strcspn(text, "/");
    const char *rest = text[len] ? text + len + 1 : "";
    char *where = text_format("ssh://%.*s", (int)len, text);
    ssh_place found = {0};
    bool good = where && place_parse(&found, where, true);
    free(where);
    if (!good)
        return false;
    p->host =
        found.user ? text_format("%s@%s", found.user, found.host) : text_format("%s", found.host);
    p->port = found.port;
    found.port = NULL;
    p->path = text_format("%s", *rest ? rest : ".");
    place_free(&found);
    return p->host && p->path;
}

/* A colon before any slash makes it a host's; an address of version 6 stands in brackets. */
static bool parse_place(place *p, const char *text)
{
    *p = (place){0};
    if (strncmp(text, "scp://", 6) == 0)
        return parse_uri(p, text + 6);
    const char *at = strchr(text, '@');
    const char *host = at && at < text + strcspn(text, ":/[") ? at + 1 : text;
    const char *close = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon = close ? close + 1 : text + strcspn(text, ":/");
    if (*colon != ':' || colon == text) {
        p->path = text_format("%s", text);
        return p->path != NULL;
    }
    if (close)
        p->host =
            text_format("%.*s%.*s", (int)(host - text), text, (int)(close - host - 1), host + 1);
    else
        p->host = text_format("%.*s", (int)(colon - text), text);
    p->path = text_format("%s", colon[1] ? colon + 1 : ".");
    return p->host && p->path;
}

static const char *name_in(const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++) {
        if (*at == '/' && at[1])
            name = at + 1;
    }
    return name;
}

/* ---- the copies ---- */

static void next_copy(scp *s);

static void on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    scp *s = user;
    (void)t;
    switch (ev->type) {
    case CLEAT_TRANSFER_BEGIN:
    case CLEAT_TRANSFER_PROGRESS:
        progress_update(&s->progress, name_in(ev->from), ev->done, ev->total);
        break;
    case CLEAT_TRANSFER_END:
        progress_end(&s->progress, name_in(ev->from), ev->done);
        break;
    case CLEAT_TRANSFER_ERROR: {
        char *text = text_printable(ev->error->text);
        progress_clear(&s->progress);
        say(CLEAT_LOG_ERROR, "scp: %s", text ? text : "");
        free(text);
        s->status = 1;
        break;
    }
    default:
        break;
    }
}

static void on_done(void *user, cleat_transfer *t, const cleat_error *why)
{
    scp *s = user;
    (void)t;
    s->transfer = NULL;
    if (why->status != CLEAT_OK)
        s->status = 1;
    next_copy(s);
}

static void next_copy(scp *s)
{
    if (s->next == s->source_count) {
        remote_close(&s->remote);
        return;
    }
    const place *from = &s->sources[s->next++];
    bool below = s->target_is_directory;
    char *to = below ? text_format("%s/%s", s->target_path, name_in(from->path))
                     : text_format("%s", s->target_path);
    cleat_status st = CLEAT_E_NOMEM;
    if (to)
        st = cleat_transfer_start(&s->transfer, s->remote.link, s->remote.run.loop,
                                  s->to_remote ? CLEAT_TRANSFER_PUT : CLEAT_TRANSFER_GET,
                                  from->path, to, &s->options);
    free(to);
    if (st == CLEAT_OK)
        return;
    say(CLEAT_LOG_ERROR, "scp: %s: %s", from->path, cleat_status_text(st));
    s->status = 1;
    remote_close(&s->remote);
}

static void on_target(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    scp *s = (scp *)((char *)waiter - offsetof(scp, waiter));
    s->target_is_directory =
        answer->code == CLEAT_SFTP_OK && answer->attrs->type == CLEAT_SFTP_DIRECTORY;
    if (s->source_count > 1 && !s->target_is_directory) {
        say(CLEAT_LOG_ERROR, "scp: %s is not a directory", s->target_path);
        s->status = 1;
        remote_close(&s->remote);
        return;
    }
    next_copy(s);
}

static void on_ready(remote *r)
{
    scp *s = r->user;
    if (!s->to_remote) {
        next_copy(s);
        return;
    }
    s->waiter.on_answer = on_target;
    if (cleat_sftp_stat(r->sftp, s->target_path, true, &s->waiter) != CLEAT_OK)
        remote_close(r);
}

static void on_over(remote *r)
{
    scp *s = r->user;
    s->status = s->status ? s->status : 1;
    if (s->transfer) {
        const cleat_error why = {.status = CLEAT_E_EOF, .text = "the connection is gone"};
        cleat_transfer_lost(s->transfer, &why);
    }
}

/* ---- flags ---- */

static int complain(char flag, const char *text)
{
    fprintf(stderr, "cleat scp: -%c: %s\n", flag, text);
    return 1;
}

static bool flag_alone(scp *s, char flag)
{
    ssh_args *a = &s->remote.run.args;
    switch (flag) {
    case 'r':
        s->options.recurse = true;
        return true;
    case 'p':
        s->options.preserve = true;
        return true;
    case 'q':
        s->quiet = a->quiet = true;
        return true;
    case 'v':
        a->verbose++;
        return true;
    case 's': /* SFTP is what is spoken anyway */
    case 'T': /* names from the server are never trusted with more than a place in the target */
    case '3': /* copies between two hosts go through this machine */
    case 'B': /* below */
        return flag != 'B' || args_add_line(a, text_format("BatchMode yes"));
    case '4':
        return args_add_line(a, text_format("AddressFamily inet"));
    case '6':
        return args_add_line(a, text_format("AddressFamily inet6"));
    case 'C':
        return args_add_line(a, text_format("Compression yes"));
    default:
        return false;
    }
}

/* -1 to go on. */
static int flag_with_value(scp *s, char flag, const char *value)
{
    static const struct {
        char flag;
        const char *keyword;
    } keywords[] = {{'P', "Port"}, {'c', "Ciphers"}, {'i', "IdentityFile"}, {'J', "ProxyJump"}};
    ssh_args *a = &s->remote.run.args;
    uint32_t number;
    if (!strchr("PciJFolD", flag)) {
        fprintf(stderr, "cleat scp: -%c is no option\n%s", flag, usage);
        return 1;
    }
    if (!value)
        return complain(flag, "a value is missing");
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (keywords[i].flag == flag)
            return args_add_value(a, keywords[i].keyword, value)
                       ? -1
                       : complain(flag, "too many options");
    }
    switch (flag) {
    case 'F':
        a->config_file = value;
        return -1;
    case 'D':
        s->remote.program = value;
        return -1;
    case 'l':
        if (!text_number(value, UINT32_MAX / 1000, &number) || !number)
            return complain(flag, "a number of kilobits a second is expected");
        s->options.rate_max = (uint64_t)number * 1000 / 8;
        return -1;
    default:
        return args_add_line(a, text_format("%s", value)) ? -1 : complain(flag, "too many options");
    }
}

static int take_flags(scp *s, int argc, char **argv, int *i)
{
    if (strcmp(argv[*i], "--help") == 0) {
        printf("%s\nThe manual page cleat-scp(1) says what the options do.\n", usage);
        return 0;
    }
    for (const char *p = argv[*i] + 1; *p; p++) {
        if (flag_alone(s, *p))
            continue;
        const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        return flag_with_value(s, *p, value);
    }
    return -1;
}

/* ---- the whole ---- */

static bool is_local_directory(const char *path)
{
    uv_fs_t fs;
    uv_fs_stat(NULL, &fs, path, NULL);
    bool is = fs.result == 0 && (fs.statbuf.st_mode & S_IFMT) == S_IFDIR;
    uv_fs_req_cleanup(&fs);
    return is;
}

static int copy_all(scp *s)
{
    uv_loop_t loop;
    const place *far = s->to_remote ? &s->target : &s->sources[0];
    ssh_args *a = &s->remote.run.args;
    if (!s->remote.program && !args_set_destination(a, far->host)) {
        fprintf(stderr, "cleat scp: \"%s\" is no destination ([user@]host)\n", far->host);
        return 1;
    }
    if (far->port && !args_add_line(a, text_format("Port %s", far->port)))
        return 1;
    s->target_path = s->target.path;
    s->target_is_directory = !s->to_remote && is_local_directory(s->target_path);
    if (uv_loop_init(&loop) != 0)
        return 1;
    progress_begin(&s->progress, s->quiet);
    s->status = 0;
    if (remote_start(&s->remote, &loop) == CLEAT_OK)
        uv_run(&loop, UV_RUN_DEFAULT);
    if (s->next == 0)
        s->status = 255;
    remote_finish(&s->remote);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    progress_free(&s->progress);
    return s->status;
}

static int take_places(scp *s, char **argv, size_t count)
{
    if (count < 2) {
        fputs(usage, stderr);
        return 1;
    }
    s->sources = calloc(count - 1, sizeof *s->sources);
    if (!s->sources || !parse_place(&s->target, argv[count - 1]))
        return 1;
    for (; s->source_count < count - 1; s->source_count++) {
        if (!parse_place(&s->sources[s->source_count], argv[s->source_count]))
            return 1;
    }
    s->to_remote = s->target.host != NULL;
    return copy_all(s);
}

int cmd_scp(int argc, char **argv)
{
    scp s = {.status = 1};
    int i = 1, status = remote_defaults(&s.remote.run.args) ? -1 : 1;
    s.remote.user = &s;
    s.remote.ready = on_ready;
    s.remote.over = on_over;
    s.options = (cleat_transfer_options){
        .struct_size = sizeof s.options, .user = &s, .on_event = on_event, .on_done = on_done};
    for (; status < 0 && i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        status = take_flags(&s, argc, argv, &i);
    }
    if (status < 0)
        status = take_places(&s, argv + i, (size_t)(argc - i));
    for (size_t n = 0; n < s.source_count; n++)
        place_clear(&s.sources[n]);
    free(s.sources);
    place_clear(&s.target);
    remote_release(&s.remote);
    return status;
}
