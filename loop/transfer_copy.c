/* From one path of the server to another. It copies the files' data by itself where it can
 * (copy-data); else the data comes here and goes back. */
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 << 20 /* so that one hears of what has been copied, and can stop it */ };

/* ---- data ---- */

static void on_size_copied(job *j, const cleat_sftp_answer *answer)
{
    bool known = answer->code == CLEAT_SFTP_OK && (answer->attrs->has & CLEAT_SFTP_HAS_SIZE);
    j->done = known ? answer->attrs->size : j->size;
    if (j->done > j->size)
        j->size = j->done; /* it has grown since it was looked at */
    job_tell(j, CLEAT_TRANSFER_PROGRESS, NULL);
    data_end(j);
    write_ready(j);
}

/* What is behind the last piece that was copied must not look like a part of the file. */
static bool piece_failed(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code == CLEAT_SFTP_OK)
        return false;
    if (!j->may_be_sink)
        j->broken_at = j->done;
    job_refused(j, j->part, answer);
    return true;
}

static void on_last_piece(job *j, const cleat_sftp_answer *answer)
{
    if (piece_failed(j, answer))
        return;
    j->on_answer = on_size_copied;
    job_asked(j, cleat_sftp_fstat(j->t->s, &j->sink, &j->waiter));
}

static void on_piece(job *j, const cleat_sftp_answer *answer)
{
    j->copying = false;
    if (piece_failed(j, answer))
        return;
    j->done = j->at;
    job_tell(j, CLEAT_TRANSFER_PROGRESS, NULL);
}

/* The last one goes to the end, wherever that is by now. */
static void copy_piece(job *j)
{
    uint64_t at = j->at;
    bool last = j->size <= at || j->size - at <= PIECE;
    uint64_t length = last ? 0 : PIECE;
    j->copying = true;
    j->at += length;
    j->on_answer = last ? on_last_piece : on_piece;
    job_asked(j, cleat_sftp_copy(j->t->s, &j->source, at, length, &j->sink, at, &j->waiter));
}

static void copy_more(job *j)
{
    if (!cleat_sftp_offers(j->t->s, "copy-data"))
        read_more(j);
    else if (j->has_sink && !j->copying)
        copy_piece(j);
}

/* ---- a file ---- */

/* Of what was opened, which may be another file than the one in the list. */
static void on_size(job *j, const cleat_sftp_answer *answer)
{
    job_take_size(j, answer);
    write_file(j);
}

static void copy_file(job *j)
{
    j->on_answer = on_size;
    job_asked(j, cleat_sftp_fstat(j->t->s, &j->source, &j->waiter));
}

/* ---- the top ---- */

static cleat_status ask_real(job *j, const char *path)
{
    cleat_sftp *s = j->t->s;
    /* Version 6 changes nothing but the text unless it may look. */
    bool looks = cleat_sftp_version(s) >= 6;
    return cleat_sftp_realpath(s, path, looks ? CLEAT_SFTP_CHECK_IF : CLEAT_SFTP_CHECK_NONE,
                               &j->waiter);
}

static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    if (len && folder[len - 1] == '/')
        len--;
    return strncmp(path, folder, len) == 0 && (!path[len] || path[len] == '/');
}

/* In its own source a copy would have no end, and in place of it there would be none. */
static void check_place(job *j, const char *to)
{
    if (is_within(to, j->real))
        job_fail(j, CLEAT_E_BAD_CALL, "remote %s: not copied to %s, which is it or in it",
                 path_shown(j->from).text, path_shown(j->to).text);
    else
        read_any(j);
}

static void on_real_target(job *j, const cleat_sftp_answer *answer)
{
    char *real = answer->code == CLEAT_SFTP_OK ? loop_text(answer->names[0].name) : NULL;
    check_place(j, real ? real : j->to);
    free(real);
}

/* A server that does not say has the names that it was given. */
static void on_real_source(job *j, const cleat_sftp_answer *answer)
{
    j->real =
        loop_text(answer->code == CLEAT_SFTP_OK ? answer->names[0].name : cleat_slice_of(j->from));
    if (!j->real) {
        job_fail(j, CLEAT_E_NOMEM, "%s: out of memory", j->from);
        return;
    }
    j->on_answer = on_real_target;
    job_asked(j, ask_real(j, j->to));
}

static void copy_any(job *j)
{
    if (j->parent) {
        read_any(j);
        return;
    }
    j->on_answer = on_real_source;
    job_asked(j, ask_real(j, j->from));
}

const transfer_kind transfer_copy = {.reads = true,
                                     .writes = true,
                                     .any = copy_any,
                                     .entries = list_entries,
                                     .file = copy_file,
                                     .link = write_link,
                                     .directory = write_directory,
                                     .more = copy_more,
                                     .arrived = write_ready};
