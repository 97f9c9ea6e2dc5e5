/* The copies of `cleat scp`, one source after another; each may be a tree. */
#include "scp.h"

#include "local_file.h"
#include "say.h"
#include "text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* One line, whatever the server has chosen of it. */
static void complain(scp *s, const char *text)
{
    char *shown = text_printable_name(text);
    progress_clear(&s->progress);
    say(CLEAT_LOG_ERROR, "scp: %s", shown ? shown : "out of memory");
    free(shown);
    s->status = 1;
}

static void fail(scp *s, const char *what, const char *why)
{
    char *text = text_format("%s: %s", what, why);
    complain(s, text ? text : why);
    free(text);
}

static void close_all(scp *s)
{
    uv_close((uv_handle_t *)&s->interrupted, NULL);
    remote_close(&s->remote);
}

/* ---- one copy ---- */

static void go_on(scp *s);

static void on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    scp *s = user;
    (void)t;
    if (ev->type == CLEAT_TRANSFER_ERROR)
        complain(s, ev->error->text);
    else
        progress_event(&s->progress, ev);
}

static void on_done(void *user, cleat_transfer *t, const cleat_error *why)
{
    scp *s = user;
    (void)t;
    s->transfer = NULL;
    if (why->status != CLEAT_OK)
        s->status = 1;
    if (!s->remote.closed)
        go_on(s);
}

static void copy(scp *s, const char *from)
{
    const char *target = s->target_path;
    const char *name = text_last_part(from);
    if (s->target_is_directory && (strcmp(name, "..") == 0 || strcmp(name, "") == 0)) {
        fail(s, from, "it ends in no name: say how it is to be called");
        go_on(s);
        return;
    }
    s->options.name_is_peers = !s->to_remote && cleat_glob_is_pattern(s->sources[s->next - 1].path);
    char *to = s->target_is_directory ? text_format("%s/%s", target, text_last_part(from))
                                      : text_format("%s", target);
    cleat_status st = CLEAT_E_NOMEM;
    if (to)
        st = cleat_transfer_start(&s->transfer, s->remote.link, s->remote.run.loop,
                                  s->to_remote ? CLEAT_TRANSFER_PUT : CLEAT_TRANSFER_GET, from, to,
                                  &s->options);
    free(to);
    if (st == CLEAT_OK)
        return;
    fail(s, from, cleat_status_text(st));
    close_all(s);
}

/* ---- one after another ---- */

static void on_paths(void *user, char **paths, size_t count, const cleat_error *why)
{
    scp *s = user;
    s->glob = NULL;
    s->paths = paths;
    s->path_count = count;
    s->next_path = 0;
    if (count == 0)
        fail(s, s->sources[s->next - 1].path,
             why->status ? why->text : "No such file or directory");
    if (count > 1 && !s->target_is_directory) {
        fail(s, s->target_path, "Not a directory");
        s->next_path = count;
    }
    go_on(s);
}

static void go_on(scp *s)
{
    if (s->next_path < s->path_count) {
        copy(s, s->paths[s->next_path++]);
        return;
    }
    cleat_glob_free_paths(s->paths, s->path_count);
    s->paths = NULL;
    s->path_count = s->next_path = 0;
    if (s->next == s->source_count) {
        close_all(s);
        return;
    }
    const char *path = s->sources[s->next++].path;
    if (s->to_remote)
        copy(s, path);
    else if (cleat_glob_start(&s->glob, s->remote.link, path, on_paths, s) != CLEAT_OK)
        close_all(s);
}

/* ---- the beginning ---- */

static void begin(scp *s)
{
    if (s->must_be_directory && !s->target_is_directory) {
        fail(s, s->target_path, "Not a directory");
        close_all(s);
        return;
    }
    go_on(s);
}

static void on_target(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    scp *s = (scp *)((char *)waiter - offsetof(scp, waiter));
    s->target_is_directory =
        answer->code == CLEAT_SFTP_OK && answer->attrs->type == CLEAT_SFTP_DIRECTORY;
    begin(s);
}

static void look_at_target(scp *s)
{
    if (!s->to_remote) {
        s->target_is_directory = local_is_directory(s->target_path);
        begin(s);
        return;
    }
    s->waiter.on_answer = on_target;
    if (cleat_sftp_stat(s->remote.sftp, s->target_path, true, &s->waiter) != CLEAT_OK)
        close_all(s);
}

/* ---- homes of others ---- */

static void ask_for_homes(scp *s);

static char **remote_path(scp *s)
{
    return s->to_remote ? &s->target_path : &s->sources[s->next_home].path;
}

/* Without an answer "~user" stays, and nothing of that name is found. */
static void on_home(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    scp *s = (scp *)((char *)waiter - offsetof(scp, waiter));
    if (answer->code == CLEAT_SFTP_OK) {
        const cleat_slice name = answer->names[0].name;
        char *home = text_format("%.*s", (int)name.len, (const char *)name.data);
        char *whole = home ? scp_home_put(*remote_path(s), home) : NULL;
        free(home);
        if (whole) {
            free(*remote_path(s));
            *remote_path(s) = whole;
        }
    }
    s->next_home++;
    ask_for_homes(s);
}

static void ask_for_homes(scp *s)
{
    size_t count = s->to_remote ? 1 : s->source_count;
    s->waiter.on_answer = on_home;
    for (; s->next_home < count; s->next_home++) {
        char *user = scp_home_of(*remote_path(s));
        bool asked = user && cleat_sftp_expand(s->remote.sftp, user, &s->waiter) == CLEAT_OK;
        free(user);
        if (asked)
            return;
    }
    look_at_target(s);
}

static void on_ready(remote *r)
{
    ask_for_homes(r->user);
}

/* ---- the end ---- */

static void on_over(remote *r)
{
    scp *s = r->user;
    const cleat_error why = {.status = CLEAT_E_EOF, .text = "the connection is gone"};
    s->status = 255;
    uv_close((uv_handle_t *)&s->interrupted, NULL);
    if (s->transfer)
        cleat_transfer_lost(s->transfer, &why);
}

/* What is incomplete stays and is told of. */
static void on_interrupt(uv_signal_t *signal, int number)
{
    scp *s = signal->data;
    (void)number;
    if (s->transfer)
        cleat_transfer_cancel(s->transfer);
    s->transfer = NULL;
    s->status = 1;
    close_all(s);
}

static void watch(scp *s, uv_loop_t *loop)
{
    uv_signal_init(loop, &s->interrupted);
    s->interrupted.data = s;
    uv_signal_start(&s->interrupted, on_interrupt, SIGINT);
    uv_unref((uv_handle_t *)&s->interrupted);
}

int scp_copy(scp *s)
{
    uv_loop_t loop;
    s->remote.user = s;
    s->remote.ready = on_ready;
    s->remote.over = on_over;
    s->options.struct_size = sizeof s->options;
    s->options.user = s;
    s->options.on_event = on_event;
    s->options.on_done = on_done;
    s->options.follow = true; /* as scp does */
    if (uv_loop_init(&loop) != 0)
        return 1;
    watch(s, &loop);
    progress_begin(&s->progress, s->quiet);
    bool started = remote_start(&s->remote, &loop) == CLEAT_OK;
    if (started)
        uv_run(&loop, UV_RUN_DEFAULT);
    if (!started || (s->next == 0 && !s->status))
        s->status = 255; /* there was no session */
    if (!uv_is_closing((uv_handle_t *)&s->interrupted))
        uv_close((uv_handle_t *)&s->interrupted, NULL);
    remote_finish(&s->remote);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    progress_free(&s->progress);
    if (s->glob)
        cleat_glob_stop(s->glob, true);
    cleat_glob_free_paths(s->paths, s->path_count);
    return s->status;
}
