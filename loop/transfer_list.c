/* Folders: which of them is read when, and those of the server: their names, each a job of its own.
 */
#include "transfer.h"

#include "port.h"

#include <stdlib.h>
#include <string.h>

enum {
    EMPTY_MAX = 100,    /* lists without a name in a row */
    PATH_LEN_MAX = 4096 /* longer ones are none that a server can have made */
};

/* ---- their turn ---- */

static void read_list(job *d)
{
    d->t->lists += !d->is_list;
    d->is_list = true;
    d->t->kind->entries(d);
}

/* The newest come first, so that few are begun and not at their end. */
static void read_some(cleat_transfer *t)
{
    for (job *d = t->directories, *next; d && t->waiting < TRANSFER_QUEUE_MAX && !t->dead;
         d = next) {
        next = d->next;
        if (d->is_list || t->lists < t->lists_max)
            read_list(d);
    }
}

/* Where many jobs wait the tree is walked depth first: the newest directory is read a little
 * further once all that is known has become a file under way or a directory that waits. So what
 * waits is in proportion to the depth of the tree, not to its size. */
void lists_read(cleat_transfer *t)
{
    if (t->dead)
        return;
    if (t->count < TRANSFER_JOBS_MANY)
        read_some(t);
    else if (!t->unsettled && t->directories)
        read_list(t->directories);
}

void list_leave(job *d)
{
    for (job **at = &d->t->directories; *at; at = &(*at)->next) {
        if (*at != d)
            continue;
        *at = d->next;
        d->next = NULL;
        break;
    }
    d->listed = true;
    d->t->lists -= d->is_list;
    d->is_list = false;
    if (d->has_source && cleat_sftp_close(d->t->s, &d->source, transfer_nobody()) == CLEAT_OK)
        d->has_source = false;
    job_release(d);
}

/* ---- entries ---- */

static void add_job(job *d, const char *name, const cleat_sftp_name *entry)
{
    if (strlen(d->from) + 1 + entry->name.len > PATH_LEN_MAX) {
        job_fail(d, CLEAT_E_LIMIT, "remote %s: more than %d bytes of path are in it",
                 path_shown(d->from).text, PATH_LEN_MAX);
        return;
    }
    char *from = path_below(d->from, name, entry->name.len);
    char *to = d->to == d->from ? from : path_below(d->to, name, entry->name.len);
    job *j = job_new(d->t, d, from, to, d->t->kind->any);
    if (!j)
        return;
    job_take_attrs(j, &entry->attrs);
    job_queue(j);
}

static void add_entry(job *d, const cleat_sftp_name *entry)
{
    char *name = loop_text(entry->name);
    if (!name) {
        job_fail(d, CLEAT_E_NOMEM, "%s: out of memory", d->from);
        return;
    }
    bool is_self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    if (!is_self && !port_name_is_plain(name)) {
        /* The server chose it, and it would lead out of the directory, or can be none here. */
        job_complain(d, CLEAT_E_PROTO, "remote %s: refused the name \"%s\"", d->from, name);
        d->failed_below = true;
    } else if (!is_self) {
        add_job(d, name, entry);
    }
    free(name);
}

static void on_entries(job *d, const cleat_sftp_answer *answer)
{
    d->asked_entries = false;
    if (answer->code != CLEAT_SFTP_OK) {
        if (answer->code != CLEAT_SFTP_EOF)
            job_refused(d, d->from, answer);
        list_leave(d);
        return;
    }
    d->empty = answer->name_count ? 0 : d->empty + 1;
    if (d->empty > EMPTY_MAX)
        job_fail(d, CLEAT_E_PROTO, "remote %s: a list without entries and without an end", d->from);
    for (size_t i = 0; i < answer->name_count && !d->failed; i++)
        add_entry(d, &answer->names[i]);
    if (d->failed || answer->at_end)
        list_leave(d);
}

static void on_opendir(job *d, const cleat_sftp_answer *answer)
{
    d->asked_entries = false;
    if (answer->code != CLEAT_SFTP_OK) {
        job_refused(d, d->from, answer);
        list_leave(d);
        return;
    }
    d->source = answer->handle;
    d->has_source = true;
}

/* The list stays open while what is in it is copied. */
static bool lacks_handle(job *d)
{
    if (!d->t->kind->file || cleat_sftp_get_limits(d->t->s).handles != 1)
        return false;
    job_fail(d, CLEAT_E_LIMIT,
             "remote %s: the server has one open file at a time, and a folder's copy needs two",
             path_shown(d->from).text);
    return true;
}

/* Opened only now, so that few handles are open at a time. */
void list_entries(job *d)
{
    cleat_sftp *s = d->t->s;
    if (d->asked_entries || d->listed)
        return;
    if (lacks_handle(d)) {
        list_leave(d);
        return;
    }
    d->asked_entries = true;
    d->on_answer = d->has_source ? on_entries : on_opendir;
    job_asked(d, d->has_source ? cleat_sftp_readdir(s, &d->source, &d->waiter)
                               : cleat_sftp_opendir(s, d->from, &d->waiter));
    if (d->failed)
        list_leave(d);
}
