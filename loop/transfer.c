/* Transfers: which file has its turn, what became of it, the end. */
#include "transfer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the end ---- */

static void free_paths(char *from, char *to)
{
    if (to != from)
        free(to);
    free(from);
}

static void job_free(job *j)
{
    cleat_transfer *t = j->t;
    if (j->all_prev)
        j->all_prev->all_next = j->all_next;
    else
        t->jobs = j->all_next;
    if (j->all_next)
        j->all_next->all_prev = j->all_prev;
    job_settle(j);
    t->count--;
    t->bytes -= j->bytes;
    if (j->has_entries)
        uv_fs_req_cleanup(&j->entries);
    local_close(j);
    map_free(j);
    if (j->part != j->to)
        free(j->part);
    free_paths(j->from, j->to);
    free(j->target);
    free(j->real);
    free(j);
}

static void on_timer_closed(uv_handle_t *handle)
{
    cleat_transfer *t = handle->data;
    if (!t->silent && t->options.on_done)
        t->options.on_done(t->options.user, t, &t->first_error);
    data_free(t);
    free(t);
}

/* Once nothing is left to do, or all that was begun in threads has come back. */
static void finish_if_over(cleat_transfer *t)
{
    if (t->entered || t->closing || t->works || (t->jobs && !t->dead))
        return;
    t->closing = true;
    for (job *j = t->jobs, *next; j; j = next) {
        next = j->all_next;
        job_free(j);
    }
    uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}

/* ---- coming in and going out ---- */

static void start_waiting(cleat_transfer *t)
{
    while (t->first && t->running < t->files_max && !t->dead) {
        job *j = t->first;
        t->first = j->next;
        if (!t->first)
            t->last = NULL;
        j->next = NULL;
        t->waiting--;
        t->running++;
        j->started = j->counted = true;
        job_hold(j);
        job_release(j);
    }
}

void transfer_enter(cleat_transfer *t)
{
    t->entered++;
}

void transfer_leave(cleat_transfer *t)
{
    if (t->entered == 1 && !t->dead) {
        data_pump(t);
        start_waiting(t); /* some may be directories */
        lists_read(t);
        start_waiting(t); /* what is in them */
    }
    if (t->entered == 1 && !t->dead)
        cleat_sftp_link_send(t->link);
    t->entered--;
    finish_if_over(t);
}

/* ---- telling ---- */

void job_tell(job *j, cleat_transfer_event_type type, const cleat_error *error)
{
    cleat_transfer *t = j->t;
    const cleat_transfer_event ev = {.type = type,
                                     .from = j->from,
                                     .to = j->to,
                                     .done = j->done,
                                     .total = j->has & CLEAT_SFTP_HAS_SIZE ? j->size : 0,
                                     .error = error};
    if (!t->silent && t->options.on_event)
        t->options.on_event(t->options.user, t, &ev);
}

static void tell_error(job *j, cleat_status st, const char *format, va_list args)
{
    cleat_error error = {.status = st};
    vsnprintf(error.text, sizeof error.text, format, args);
    if (j->t->first_error.status == CLEAT_OK)
        j->t->first_error = error;
    job_tell(j, CLEAT_TRANSFER_ERROR, &error);
}

void job_complain(job *j, cleat_status st, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell_error(j, st, format, args);
    va_end(args);
}

void job_fail(job *j, cleat_status st, const char *format, ...)
{
    va_list args;
    if (j->failed)
        return;
    j->failed = true;
    va_start(args, format);
    tell_error(j, st, format, args);
    va_end(args);
    data_end(j);
    chunks_drop(j);
}

static cleat_status status_of(uint32_t code)
{
    switch (code) {
    case CLEAT_SFTP_NO_SUCH_FILE:
    case CLEAT_SFTP_NO_SUCH_PATH:
        return CLEAT_E_NO_SUCH;
    case CLEAT_SFTP_PERMISSION_DENIED:
    case CLEAT_SFTP_WRITE_PROTECT:
        return CLEAT_E_PERMISSION;
    case CLEAT_SFTP_FILE_ALREADY_EXISTS:
        return CLEAT_E_EXISTS;
    case CLEAT_SFTP_OP_UNSUPPORTED:
        return CLEAT_E_UNSUPPORTED;
    default:
        return CLEAT_E_IO;
    }
}

path_text path_shown(const char *path)
{
    path_text shown;
    size_t len = strlen(path);
    size_t room = sizeof shown.text - sizeof "...";
    if (len < sizeof shown.text)
        snprintf(shown.text, sizeof shown.text, "%s", path);
    else
        snprintf(shown.text, sizeof shown.text, "...%s", path + len - room);
    return shown;
}

/* How far it came, behind a reason; a file that is not whole must not look as if it were. What is
 * under way may still get there. */
static void describe_rest(const job *j, char *out, size_t size)
{
    const unsigned long long done = j->done, whole = j->size;
    const path_text part = path_shown(j->part);
    out[0] = 0;
    if (!j->begun)
        return;
    if (!job_has_size(j))
        snprintf(out, size, "; %s may be incomplete: at least %llu bytes are there", part.text,
                 done);
    else if (done < whole)
        snprintf(out, size, "; %s is incomplete: at least %llu of %llu bytes are there", part.text,
                 done, whole);
    else
        snprintf(out, size, "; all %llu bytes are in %s", whole, part.text);
}

void job_refused(job *j, const char *path, const cleat_sftp_answer *answer)
{
    char rest[256];
    describe_rest(j, rest, sizeof rest);
    job_fail(j, status_of(answer->code), "remote %s: %.*s%s", path_shown(path).text,
             TRANSFER_WORDS_SHOWN, answer->text, rest);
}

static cleat_status status_of_uv(int error)
{
    switch (error) {
    case UV_ENOENT:
        return CLEAT_E_NO_SUCH;
    case UV_EACCES:
    case UV_EPERM:
    case UV_EROFS:
        return CLEAT_E_PERMISSION;
    case UV_EEXIST:
        return CLEAT_E_EXISTS;
    case UV_ENOMEM:
        return CLEAT_E_NOMEM;
    default:
        return CLEAT_E_IO;
    }
}

bool job_broke(job *j)
{
    char rest[256];
    bool is_link = j->error.error == UV_ELOOP && j->t->kind->reads && job_name_is_peers(j);
    if (j->error.error && !j->failed) {
        describe_rest(j, rest, sizeof rest);
        job_fail(j, status_of_uv(j->error.error), "%s: %s%s", path_shown(j->error.path).text,
                 is_link ? "a symbolic link, which is not followed" : uv_strerror(j->error.error),
                 rest);
    }
    return j->failed;
}

/* ---- giving up ---- */

static void close_handles(job *j)
{
    cleat_sftp *s = j->t->s;
    if (j->has_source && cleat_sftp_close(s, &j->source, transfer_nobody()) == CLEAT_OK)
        j->has_source = false;
    if (j->has_sink && cleat_sftp_close(s, &j->sink, transfer_nobody()) == CLEAT_OK)
        j->has_sink = false;
}

/* No answer comes any more. */
static void forget_requests(cleat_transfer *t)
{
    for (job *j = t->jobs; j; j = j->all_next)
        cleat_sftp_abandon(t->s, &j->waiter);
    for (chunk *c = t->chunks; c; c = c->all_next) {
        if (c->busy)
            cleat_sftp_abandon(t->s, &c->waiter);
    }
}

/* Files that have begun are told of, so that whoever watches knows what is incomplete. */
static void tell_incomplete(cleat_transfer *t, cleat_status st, const char *why)
{
    for (job *j = t->jobs; j; j = j->all_next) {
        char rest[256];
        describe_rest(j, rest, sizeof rest);
        if (j->announced)
            job_fail(j, st, "%s: %.*s%s", path_shown(j->from).text, TRANSFER_WORDS_SHOWN, why,
                     rest);
    }
    if (t->first_error.status == CLEAT_OK)
        t->first_error = (cleat_error){.status = st};
}

/* Whoever is told may cancel, or cancel again, and close the link: so that is the last thing. */
static void abandon(cleat_transfer *t, cleat_status st, const char *why, bool link_is_over)
{
    if (t->dead)
        return;
    t->dead = true;
    forget_requests(t);
    if (!link_is_over) {
        for (job *j = t->jobs; j; j = j->all_next)
            close_handles(j);
        cleat_sftp_link_send(t->link);
    }
    tell_incomplete(t, st, why);
}

/* Of what a server says there is, so much is remembered and not more. */
static void stop_over_limit(job *parent)
{
    job_fail(parent, CLEAT_E_LIMIT, "%s: more than %d MiB of folders wait to be read: given up",
             path_shown(parent->from).text, TRANSFER_JOBS_BYTES >> 20);
    abandon(parent->t, CLEAT_E_LIMIT, "given up", false);
}

/* ---- one job ---- */

char *path_below(const char *directory, const char *name, size_t len)
{
    size_t before = strlen(directory);
    bool slash = before && directory[before - 1] == '/';
    char *path = malloc(before + !slash + len + 1);
    if (path)
        snprintf(path, before + !slash + len + 1, "%s%s%.*s", directory, slash ? "" : "/", (int)len,
                 name);
    return path;
}

static void on_answer(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    job *j = (job *)waiter;
    cleat_transfer *t = j->t;
    transfer_enter(t);
    j->on_answer(j, answer);
    job_release(j);
    transfer_leave(t);
}

job *job_new(cleat_transfer *t, job *parent, char *from, char *to, void (*run)(job *j))
{
    job *j = from && to ? calloc(1, sizeof *j) : NULL;
    size_t bytes = j ? sizeof *j + strlen(from) + (to == from ? 0 : strlen(to)) : 0;
    bool over_limit = t->bytes + bytes > TRANSFER_JOBS_BYTES;
    if (!j || over_limit) {
        free(j);
        free_paths(from, to);
        if (over_limit)
            stop_over_limit(parent);
        else if (parent)
            job_fail(parent, CLEAT_E_NOMEM, "%s: out of memory", parent->from);
        return NULL;
    }
    j->waiter.on_answer = on_answer;
    j->t = t;
    j->parent = parent;
    j->from = from;
    j->to = j->part = to;
    j->file = -1;
    j->ended_at = j->broken_at = UINT64_MAX;
    j->on_idle = run;
    j->bytes = bytes;
    t->bytes += bytes;
    t->count++;
    t->unsettled++;
    j->all_next = t->jobs;
    if (t->jobs)
        t->jobs->all_prev = j;
    t->jobs = j;
    if (parent) {
        j->depth = parent->depth + 1;
        job_hold(parent);
    }
    return j;
}

void job_take_attrs(job *j, const cleat_sftp_attrs *a)
{
    j->has = a->has;
    j->type = a->type;
    j->size = a->size;
    j->allocated = a->allocation_size;
    j->permissions = a->permissions;
    j->atime = a->atime;
    j->mtime = a->mtime;
}

void job_take_size(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK || !(answer->attrs->has & CLEAT_SFTP_HAS_SIZE))
        return;
    j->size = answer->attrs->size;
    j->has |= CLEAT_SFTP_HAS_SIZE;
}

void job_queue(job *j)
{
    cleat_transfer *t = j->t;
    if (t->last)
        t->last->next = j;
    else
        t->first = j;
    t->last = j;
    t->waiting++;
}

void job_hold(job *j)
{
    j->holds++;
}

bool job_part_is_new(const job *j)
{
    return j->t->options.atomic && !j->t->options.resume;
}

/* Another file may have any name that is not chosen by chance. To be resumed, it must be found. */
bool job_name_part(job *j)
{
    uint32_t chance = 0;
    if (!j->t->options.atomic)
        return true;
    size_t size = strlen(j->to) + sizeof ".part-00000000";
    char *part = malloc(size);
    if (!part || uv_random(NULL, NULL, &chance, sizeof chance, 0, NULL) != 0) {
        free(part);
        job_fail(j, CLEAT_E_NOMEM, "%s: no name for what is incomplete", j->from);
        return false;
    }
    if (job_part_is_new(j))
        snprintf(part, size, "%s.part-%08x", j->to, (unsigned)chance);
    else
        snprintf(part, size, "%s.part", j->to);
    j->part = part;
    return true;
}

bool job_name_is_peers(const job *j)
{
    return j->parent || j->t->options.name_is_peers;
}

bool job_has_size(const job *j)
{
    return (j->has & CLEAT_SFTP_HAS_SIZE) && j->size;
}

static void ignore_answer(job *j, const cleat_sftp_answer *answer)
{
    (void)j, (void)answer; /* the failure has been told */
}

/* A write has failed, and others behind it may have not: what is left must be a beginning. True:
 * that is asked for, and waited for. */
static bool cut_behind_break(job *j)
{
    const cleat_sftp_attrs length = {.has = CLEAT_SFTP_HAS_SIZE, .size = j->broken_at};
    cleat_sftp *s = j->t->s;
    if (j->broken_at == UINT64_MAX)
        return false;
    j->broken_at = UINT64_MAX;
    j->on_answer = ignore_answer;
    cleat_status st = j->has_sink ? cleat_sftp_fsetstat(s, &j->sink, &length, &j->waiter)
                                  : cleat_sftp_setstat(s, j->part, true, &length, &j->waiter);
    if (st == CLEAT_OK)
        job_hold(j);
    return st == CLEAT_OK;
}

/* A job that failed, and one without a next step, is over when nothing is under way. */
static void job_end(job *j)
{
    job *parent = j->parent;
    cleat_transfer *t = j->t;
    close_handles(j);
    t->running -= j->counted;
    if (parent && (j->failed || j->failed_below))
        parent->failed_below = true;
    job_free(j);
    if (parent)
        job_release(parent);
}

void job_release(job *j)
{
    if (--j->holds || j->t->dead)
        return;
    void (*step)(job *) = j->on_idle;
    if (j->failed || !step) {
        if (!cut_behind_break(j))
            job_end(j);
        return;
    }
    j->on_idle = NULL;
    job_hold(j);
    step(j);
    job_release(j);
}

void job_settle(job *j)
{
    j->t->unsettled -= !j->settled;
    j->settled = true;
}

void job_list(job *d)
{
    cleat_transfer *t = d->t;
    job_settle(d);
    job_hold(d); /* until all its entries have been read */
    d->next = t->directories;
    t->directories = d;
    t->running -= d->counted;
    d->counted = false;
}

bool job_follows(const job *j)
{
    return !j->parent || j->t->options.follow;
}

bool job_too_deep(job *j)
{
    if (j->t->options.follow && j->depth > TRANSFER_DEPTH)
        job_fail(j, CLEAT_E_LIMIT, "%s: more than %d folders deep, while links are followed",
                 j->from, TRANSFER_DEPTH);
    return j->failed;
}

void job_asked(job *j, cleat_status st)
{
    if (st == CLEAT_OK)
        job_hold(j);
    else
        job_fail(j, st, "%s: %s", j->t->kind->reads ? j->from : j->to, cleat_status_text(st));
}

static void ignore(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    (void)waiter;
    (void)answer;
}

cleat_sftp_waiter *transfer_nobody(void)
{
    static cleat_sftp_waiter nobody = {ignore};
    return &nobody;
}

/* ---- work ---- */

typedef struct work {
    uv_work_t request;
    job *j;
    chunk *c;
    work_run *run;
    void (*done)(job *j, chunk *c);
} work;

static void run_work(uv_work_t *request)
{
    work *w = request->data;
    w->run(w->j, w->c);
}

static void after_work(uv_work_t *request, int status)
{
    work *w = request->data;
    job *j = w->j;
    cleat_transfer *t = j->t;
    (void)status;
    t->works--;
    transfer_enter(t);
    if (!t->dead) {
        w->done(j, w->c);
        job_release(j);
    }
    free(w);
    transfer_leave(t);
}

void job_work(job *j, chunk *c, work_run *run, void (*done)(job *j, chunk *c))
{
    work *w = malloc(sizeof *w);
    if (!w) {
        job_fail(j, CLEAT_E_NOMEM, "%s: out of memory", j->from);
        for (chunk *next; c; c = next) {
            next = c->next;
            chunk_give(c);
        }
        return;
    }
    *w = (work){.j = j, .c = c, .run = run, .done = done};
    w->request.data = w;
    job_hold(j);
    j->t->works++;
    uv_queue_work(j->t->loop, &w->request, run_work, after_work);
}

/* ---- from outside ---- */

static void on_timer(uv_timer_t *timer)
{
    cleat_transfer *t = timer->data;
    transfer_enter(t);
    transfer_leave(t);
}

static uint32_t block_of(const cleat_transfer *t)
{
    const cleat_sftp_limits limits = cleat_sftp_get_limits(t->s);
    uint32_t most = t->kind->reads ? limits.read : limits.write;
    if (t->kind->writes && limits.write < most)
        most = limits.write;
    if (t->options.block && t->options.block < most)
        return t->options.block;
    return most > 4096 ? most / 4096 * 4096 : most;
}

static unsigned lists_of(const cleat_transfer *t)
{
    uint64_t handles = cleat_sftp_get_limits(t->s).handles;
    if (!handles || handles / 2 >= TRANSFER_LISTS)
        return TRANSFER_LISTS;
    return handles > 1 ? (unsigned)(handles / 2) : 1;
}

/* The folders leave them so many handles; a copy within the server takes two. */
static uint32_t files_of(const cleat_transfer *t)
{
    uint64_t handles = cleat_sftp_get_limits(t->s).handles;
    uint32_t files = t->options.files_max ? t->options.files_max : TRANSFER_FILES;
    uint64_t left = handles > t->lists_max ? handles - t->lists_max : 1;
    if (t->kind->reads && t->kind->writes)
        left = left > 1 ? left / 2 : 1;
    return handles && left < files ? (uint32_t)left : files;
}

char *path_trimmed(const char *path)
{
    char *trimmed = loop_text(cleat_slice_of(path));
    for (size_t len = trimmed ? strlen(trimmed) : 0; len > 1 && trimmed[len - 1] == '/'; len--)
        trimmed[len - 1] = 0;
    return trimmed;
}

cleat_status transfer_begin(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                            const transfer_kind *kind, char *from, char *to,
                            const cleat_transfer_options *options)
{
    cleat_transfer *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t || !cleat_options_import(&t->options, sizeof t->options, options)) {
        cleat_status st = t ? CLEAT_E_BAD_CALL : CLEAT_E_NOMEM;
        free_paths(from, to);
        free(t);
        return st;
    }
    t->link = link;
    t->s = cleat_sftp_link_session(link);
    t->loop = loop;
    t->kind = kind;
    t->block = block_of(t);
    t->lists_max = lists_of(t);
    t->files_max = files_of(t);
    t->data_max = TRANSFER_DATA_MIN;
    uv_timer_init(loop, &t->timer);
    t->timer.data = t;
    job *j = job_new(t, NULL, from, to, kind->any);
    if (!j) {
        t->silent = true;
        t->dead = true;
        finish_if_over(t);
        return CLEAT_E_NOMEM;
    }
    job_queue(j);
    *out = t;
    uv_timer_start(&t->timer, on_timer, 0, 0); /* callbacks do not come from within this call */
    return CLEAT_OK;
}

cleat_status cleat_transfer_start(cleat_transfer **out, cleat_sftp_link *link, uv_loop_t *loop,
                                  cleat_transfer_direction direction, const char *from,
                                  const char *to, const cleat_transfer_options *options)
{
    const transfer_kind *kind = direction == CLEAT_TRANSFER_GET   ? &transfer_get
                                : direction == CLEAT_TRANSFER_PUT ? &transfer_put
                                                                  : &transfer_copy;
    return transfer_begin(out, link, loop, kind, loop_text(cleat_slice_of(from)),
                          loop_text(cleat_slice_of(to)), options);
}

void cleat_transfer_cancel(cleat_transfer *t)
{
    transfer_enter(t);
    abandon(t, CLEAT_E_CANCELLED, "interrupted", false);
    t->silent = true;
    transfer_leave(t);
}

void cleat_transfer_lost(cleat_transfer *t, const cleat_error *why)
{
    transfer_enter(t);
    abandon(t, why->status, why->text, true);
    if (!t->first_error.text[0])
        t->first_error = *why;
    transfer_leave(t);
}
