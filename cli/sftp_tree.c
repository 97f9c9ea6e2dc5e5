/* `mkdir -p` and `rm -r`. */
#include "sftp.h"

static void on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    const sftp_wait *w = user;
    (void)t;
    if (ev->type == CLEAT_TRANSFER_ERROR)
        sftp_fail(w->s, "%s", ev->error->text);
}

typedef cleat_status tree_start(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                                const char *path, const cleat_transfer_options *options);

static void walk(sftp *s, const char *path, const char *what, tree_start *start)
{
    sftp_wait w = {.s = s};
    const cleat_transfer_options options = {
        .struct_size = sizeof options, .user = &w, .on_event = on_event, .on_done = sftp_on_done};
    cleat_status st = start(&s->transfer, s->remote.link, s->loop, path, &options);
    if (st != CLEAT_OK) {
        sftp_fail(s, "%s %s: %s", what, path, cleat_status_text(st));
        return;
    }
    sftp_wait_for(&w);
    if (!w.done)
        sftp_fail(s, "%s %s: interrupted", what, path);
}

void sftp_make_with_parents(sftp *s, const char *path)
{
    walk(s, path, "cannot make the folder", cleat_transfer_makedirs);
}

void sftp_remove_tree(sftp *s, const char *path)
{
    walk(s, path, "cannot remove", cleat_transfer_rmtree);
}
