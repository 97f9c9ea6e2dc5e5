/* Removing trees of the server. A folder goes when all that was in it has gone. */
#include "transfer.h"

#include <string.h>

static void on_removed(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code == CLEAT_SFTP_OK)
        job_tell(j, CLEAT_TRANSFER_END, NULL);
    else
        job_refused(j, j->from, answer);
}

/* Why something stays has been told, and that its folders stay, too, follows from it. */
static void remove_empty(job *d)
{
    if (d->failed_below)
        return;
    d->on_answer = on_removed;
    job_asked(d, cleat_sftp_rmdir(d->t->s, d->from, &d->waiter));
}

static void remove_known(job *j)
{
    if (j->type == CLEAT_SFTP_DIRECTORY) {
        job_tell(j, CLEAT_TRANSFER_DIR, NULL);
        j->on_idle = remove_empty;
        job_list(j);
        return;
    }
    j->on_answer = on_removed;
    job_asked(j, cleat_sftp_remove(j->t->s, j->from, &j->waiter));
}

static void on_attrs(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        job_refused(j, j->from, answer);
        return;
    }
    job_take_attrs(j, answer->attrs);
    remove_known(j);
}

/* "." and ".." can be emptied, but not removed; nor can the root. */
static bool has_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void remove_any(job *j)
{
    if (!has_name(j->from)) {
        job_fail(j, CLEAT_E_BAD_CALL, "remote %s: not removed, as this is no name of a folder",
                 j->from);
    } else if (j->parent && j->type && j->type != CLEAT_SFTP_UNKNOWN) {
        remove_known(j);
    } else {
        j->on_answer = on_attrs;
        job_asked(j, cleat_sftp_stat(j->t->s, j->from, false, &j->waiter));
    }
}

cleat_status cleat_transfer_rmtree(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                                   const char *path, const cleat_transfer_options *options)
{
    static const transfer_kind kind = {.reads = true, .any = remove_any, .entries = list_entries};
    char *own = path_trimmed(path);
    return transfer_begin(out, link, loop, &kind, own, own, options);
}
