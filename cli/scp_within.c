/* From one path of a machine to another: nothing need come here where the server copies by itself.
 */
#include "scp.h"
#include "sftp.h"

typedef struct within {
    sftp *one;
    bool failed;
} within;

static void on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    within *w = user;
    (void)t;
    if (ev->type != CLEAT_TRANSFER_ERROR) {
        progress_event(&w->one->progress, ev);
        return;
    }
    w->failed = true;
    sftp_fail(w->one, "scp: %s", ev->error->text);
}

static void on_done(void *user, cleat_transfer *t, const cleat_error *why)
{
    within *w = user;
    (void)t, (void)why; /* errors have been told */
    w->one->transfer = NULL;
}

bool scp_within(const scp *s, sftp *one, const char *from, const char *to)
{
    within w = {.one = one};
    cleat_transfer_options options = s->options;
    options.struct_size = sizeof options;
    options.follow = true; /* as between two machines */
    options.user = &w;
    options.on_event = on_event;
    options.on_done = on_done;
    cleat_status st = cleat_transfer_start(&one->transfer, one->remote.link, one->loop,
                                           CLEAT_TRANSFER_COPY, from, to, &options);
    if (st != CLEAT_OK) {
        sftp_fail(one, "scp: %s: %s", from, cleat_status_text(st));
        return false;
    }
    while (one->transfer && !one->stopped)
        uv_run(one->loop, UV_RUN_ONCE);
    if (one->transfer)
        cleat_transfer_cancel(one->transfer); /* says what is incomplete */
    one->transfer = NULL;
    return !w.failed;
}
