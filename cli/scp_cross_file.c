/* A file from one machine to another. */
#include "scp_cross.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static bool open_file(sftp *s, const char *path, bool to_write, uint32_t mode,
                      cleat_sftp_file *handle, char **why)
{
    sftp_answer a;
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS, .permissions = mode};
    uint32_t access = to_write ? CLEAT_SFTP_WRITE_DATA : CLEAT_SFTP_READ_DATA;
    uint32_t flags = to_write ? CLEAT_SFTP_OPEN_OR_CREATE : CLEAT_SFTP_OPEN_EXISTING;
    sftp_answer_init(&a);
    bool good = !s->gone && sftp_ask(s, &a,
                                     cleat_sftp_open(s->remote.sftp, path, access, flags,
                                                     to_write ? &attrs : NULL, &a));
    *handle = a.handle;
    *why = good ? NULL : text_format("%s", sftp_why(&a));
    sftp_answer_free(&a);
    return good;
}

bool cross_close(sftp *s, const cleat_sftp_file *handle)
{
    sftp_answer a;
    sftp_answer_init(&a);
    bool good = !s->gone && sftp_ask(s, &a, cleat_sftp_close(s->remote.sftp, handle, &a));
    sftp_answer_free(&a);
    return good;
}

static bool facts_of(sftp *s, const cleat_sftp_file *handle, cleat_sftp_attrs *attrs)
{
    sftp_answer a;
    sftp_answer_init(&a);
    bool known = !s->gone && sftp_ask(s, &a, cleat_sftp_fstat(s->remote.sftp, handle, &a));
    *attrs = a.attrs;
    sftp_answer_free(&a);
    return known && (attrs->has & CLEAT_SFTP_HAS_SIZE);
}

static bool looks_same(const cleat_sftp_attrs *a, const cleat_sftp_attrs *b)
{
    bool times = a->has & b->has & CLEAT_SFTP_HAS_MTIME;
    return a->size == b->size && (!times || a->mtime.seconds == b->mtime.seconds);
}

static bool cut(stream *t, uint64_t size, char **why)
{
    sftp_answer a;
    const cleat_sftp_attrs length = {.has = CLEAT_SFTP_HAS_SIZE, .size = size};
    sftp_answer_init(&a);
    bool good = !t->to->gone &&
                sftp_ask(t->to, &a, cleat_sftp_fsetstat(t->to->remote.sftp, &t->sink, &length, &a));
    if (!good && why)
        *why = text_format("%s", sftp_why(&a));
    sftp_answer_free(&a);
    return good;
}

/* The source itself, which its machine may have under another name or address, must not be emptied
 * before it is read. What looks like it is compared first, or, where it cannot be read, written
 * over in place, which changes nothing if it is the source; anything else is emptied. */
static bool make_ready(stream *t, const char *to, char **why)
{
    char *unreadable = NULL;
    cleat_sftp_attrs there, from;
    bool known = facts_of(t->to, &t->sink, &there);
    if (known && there.size == 0)
        return true;
    known = known && facts_of(t->from, &t->source, &from);
    t->in_place = !known || looks_same(&from, &there);
    if (!t->in_place)
        return cut(t, 0, why);
    if (known) {
        t->size = from.size;
        t->has_old = open_file(t->to, to, false, 0, &t->old, &unreadable);
        free(unreadable);
    }
    return true;
}

/* True: the target has the same bytes already. Where it differs it is no name of the source, and
 * becomes a beginning, from where it goes on. */
static bool compare(cross *c, const char *name, char **why)
{
    stream *t = c->stream;
    t->compares = true;
    pieces_run(c, name);
    if (!t->differs || t->failed || t->shorter || cross_gone(c))
        return true;
    t->next = t->done = pieces_whole(t);
    t->broken_at = UINT64_MAX;
    t->compares = t->differs = t->in_place = false;
    t->failed = !cut(t, t->done, why);
    if (t->failed)
        t->why = text_format("%s", *why ? *why : "Failure");
    return t->failed;
}

static void move(cross *c, const char *name, char **why)
{
    stream *t = c->stream;
    if (!t->has_old || !compare(c, name, why))
        pieces_run(c, name);
    if (t->has_old)
        (void)cross_close(t->to, &t->old);
}

/* Pieces come in any order: what is left of a file that is not whole must be a beginning. */
static void keep_beginning(stream *t)
{
    t->done = pieces_whole(t);
    if (!t->in_place) /* that it is not whole is told in any case */
        (void)cut(t, t->done, NULL);
}

void cross_preserve(cross *c, const char *to, const cleat_sftp_attrs *found)
{
    sftp_answer a;
    cleat_sftp_attrs attrs = *found;
    attrs.has &= CLEAT_SFTP_HAS_PERMISSIONS | CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME;
    attrs.permissions &= CROSS_PERMISSIONS;
    sftp_answer_init(&a);
    if (c->s->options.preserve && attrs.has && !c->to->gone &&
        !sftp_ask(c->to, &a, cleat_sftp_setstat(c->to->remote.sftp, to, true, &attrs, &a)))
        cross_complain(c, to, sftp_why(&a));
    sftp_answer_free(&a);
}

static void tell_failure(cross *c, const char *to, bool closed)
{
    stream *t = c->stream;
    const char *why = c->from->gone || c->to->gone ? "the connection is gone"
                      : c->from->stopped           ? "interrupted"
                      : t->failed                  ? t->why
                      : t->shorter                 ? "the file has become shorter meanwhile"
                      : closed                     ? NULL
                                                   : "the file could not be closed";
    const char *how = t->done < t->size ? "is" : "may be"; /* /proc has no sizes */
    char *text = !why ? NULL
                 : t->compares
                     ? text_format("%s; the file that was there is unchanged", why)
                     : text_format("%s; it %s incomplete: %llu of %llu bytes", why, how,
                                   (unsigned long long)t->done, (unsigned long long)t->size);
    if (text)
        cross_complain(c, to, text);
    free(text);
}

void cross_copy_file(cross *c, const char *from, const char *to, const cleat_sftp_attrs *attrs)
{
    char *why = NULL;
    stream *t = c->stream;
    bool told = attrs->has & CLEAT_SFTP_HAS_PERMISSIONS;
    uint32_t mode =
        told ? attrs->permissions & (c->s->options.preserve ? CROSS_PERMISSIONS : 0777) : 0666;
    free(t->why);
    *t = (stream){.s = c->s,
                  .from = c->from,
                  .to = c->to,
                  .size = attrs->size,
                  .pieces = t->pieces,
                  .broken_at = UINT64_MAX,
                  .began = uv_now(c->from->loop)};
    if (!open_file(c->from, from, false, 0, &t->source, &why)) {
        cross_complain(c, from, why ? why : "");
    } else if (!open_file(c->to, to, true, mode, &t->sink, &why)) {
        cross_complain(c, to, why ? why : "");
        (void)cross_close(c->from, &t->source);
    } else if (!make_ready(t, to, &why)) {
        cross_complain(c, to, why ? why : "");
        (void)cross_close(c->from, &t->source);
        (void)cross_close(c->to, &t->sink);
    } else {
        move(c, text_last_part(from), &why);
        if (t->failed || t->shorter || cross_gone(c))
            keep_beginning(t);
        (void)cross_close(c->from, &t->source);
        bool closed = cross_close(c->to, &t->sink);
        tell_failure(c, to, closed);
        if (!t->failed && !cross_gone(c)) {
            progress_end(&c->from->progress, text_last_part(from), t->done);
            cross_preserve(c, to, attrs);
        }
    }
    free(why);
}
