/* A folder of the server with its parents: upwards to the first that exists, and down again. The
 * job's path is cut off behind the folder that has its turn. */
#include "transfer.h"

#include <string.h>

static void make(job *j);

/* False: there is nothing above it that could be missing. */
static bool go_up(job *j)
{
    char *slash = strrchr(j->from, '/');
    while (slash && slash > j->from && slash[-1] == '/')
        slash--;
    if (!slash || slash == j->from)
        return false;
    *slash = 0;
    return true;
}

static void go_down(job *j)
{
    size_t len = strlen(j->from);
    if (len == j->path_len || j->t->dead) /* whoever was told has cancelled it */
        return;
    j->from[len] = '/';
    make(j);
}

/* ---- down ---- */

static void on_there(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK)
        job_fail(j, CLEAT_E_IO, "remote %s: cannot be made", j->from);
    else if (answer->attrs->type != CLEAT_SFTP_DIRECTORY)
        job_fail(j, CLEAT_E_EXISTS, "remote %s: there is something else than a folder", j->from);
    else
        go_down(j);
}

static void on_made(job *j, const cleat_sftp_answer *answer)
{
    switch (answer->code) {
    case CLEAT_SFTP_OK:
        job_tell(j, CLEAT_TRANSFER_DIR, NULL);
        go_down(j);
        break;
    case CLEAT_SFTP_FAILURE:
    case CLEAT_SFTP_FILE_ALREADY_EXISTS:
        j->on_answer = on_there; /* somebody may have made it meanwhile */
        job_asked(j, cleat_sftp_stat(j->t->s, j->from, true, &j->waiter));
        break;
    default:
        job_refused(j, j->from, answer);
        break;
    }
}

static void make(job *j)
{
    j->on_answer = on_made;
    job_asked(j, cleat_sftp_mkdir(j->t->s, j->from, NULL, &j->waiter));
}

/* ---- up ---- */

static void look(job *j);

/* Below a file there is nothing, either, which is found out at the file. */
static bool is_missing(uint32_t code)
{
    return code == CLEAT_SFTP_NO_SUCH_FILE || code == CLEAT_SFTP_NO_SUCH_PATH ||
           code == CLEAT_SFTP_NOT_A_DIRECTORY;
}

static void on_looked(job *j, const cleat_sftp_answer *answer)
{
    bool missing = is_missing(answer->code);
    if (!missing && answer->code != CLEAT_SFTP_OK)
        job_refused(j, j->from, answer);
    else if (!missing)
        on_there(j, answer);
    else if (go_up(j))
        look(j);
    else
        make(j);
}

static void look(job *j)
{
    j->on_answer = on_looked;
    job_asked(j, cleat_sftp_stat(j->t->s, j->from, true, &j->waiter));
}

static void begin(job *j)
{
    j->path_len = strlen(j->from);
    look(j);
}

cleat_status cleat_transfer_makedirs(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                                     const char *path, const cleat_transfer_options *options)
{
    static const transfer_kind kind = {.any = begin};
    char *own = path_trimmed(path);
    return transfer_begin(out, link, loop, &kind, own, own, options);
}
