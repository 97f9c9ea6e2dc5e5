/* From one machine to another, through this one: a session of SFTP with each, and many pieces of a
 * file under way between them. Nothing is kept here, and nothing comes here where both are one. */
#include "scp.h"
#include "sftp.h"
#include "text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECES = 64,
    PIECE = 32 << 10,
    DEPTH_MAX = 256,
    PACE_MS = 20,
    PERMISSIONS = 07777,
    NAMES_MAX = 1 << 21, /* of a directory */
    BYTES_MAX = 64 << 20 /* of the names in all directories that are under way */
};

typedef struct stream stream;

/* A part of a file: being read, then being written. */
typedef struct piece {
    cleat_sftp_waiter waiter; /* first */
    stream *of;
    uint64_t offset;
    uint32_t wanted, have;
    bool busy, writes;
    uint8_t data[PIECE];
} piece;

/* A file under way. */
struct stream {
    const scp *s;
    sftp *from, *to;
    cleat_sftp_file source, sink;
    uint64_t size, next, done;
    uint64_t broken_at; /* the first byte that was given up */
    uint64_t began;
    unsigned busy;
    bool failed, shorter;
    bool in_place; /* the target may be the source under another address */
    bool ended;    /* one without a size, as in /proc */
    char *why;
    piece pieces[PIECES];
};

typedef struct cross {
    scp *s;
    sftp *from, *to;
    uv_timer_t pace; /* turns the loop while the rate is held down */
    stream *stream;
    size_t bytes; /* of names */
    bool within;  /* one machine, as one user */
    int status;
} cross;

static void complain(cross *c, const char *path, const char *why)
{
    char *text = text_printable_name(path);
    progress_clear(&c->from->progress);
    sftp_fail(c->from, "scp: %s: %s", text ? text : "", why);
    free(text);
    c->status = 1;
}

static bool gone(const cross *c)
{
    return c->from->gone || c->to->gone || c->from->stopped;
}

/* ---- pieces ---- */

static bool is_stopped(const stream *t)
{
    return t->from->gone || t->to->gone || t->from->stopped;
}

static void give_up(stream *t, const char *why)
{
    if (!t->failed)
        t->why = text_printable(why);
    t->failed = true;
}

static void rest(piece *p)
{
    stream *t = p->of;
    if (p->wanted && p->offset < t->broken_at)
        t->broken_at = p->offset;
    p->busy = false;
    t->busy--;
}

/* What is read is written by one request, too. */
static uint32_t most_at_once(const stream *t)
{
    uint32_t most = cleat_sftp_get_limits(t->from->remote.sftp).read;
    uint32_t to = cleat_sftp_get_limits(t->to->remote.sftp).write;
    return to < most ? to : most;
}

static void request(piece *p)
{
    stream *t = p->of;
    uint32_t most = most_at_once(t);
    uint32_t len = p->wanted < most ? p->wanted : most;
    cleat_status st =
        p->writes ? cleat_sftp_write(t->to->remote.sftp, &t->sink, p->offset, p->data, p->have, p)
                  : cleat_sftp_read(t->from->remote.sftp, &t->source, p->offset, p->data, len, p);
    if (st == CLEAT_OK) {
        cleat_sftp_link_send((p->writes ? t->to : t->from)->remote.link);
        return;
    }
    give_up(t, cleat_status_text(st));
    rest(p);
}

/* Counts also where the copy has failed meanwhile. */
static void was_written(piece *p)
{
    p->of->done += p->have;
    p->offset += p->have;
    p->wanted -= p->have;
    p->writes = false;
}

static void was_read(piece *p, const cleat_sftp_answer *answer)
{
    stream *t = p->of;
    p->have = answer->read;
    p->writes = p->have > 0;
    if (!p->writes && !t->failed)
        *(t->size ? &t->shorter : &t->ended) = true;
}

static void on_piece(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    piece *p = (piece *)waiter;
    stream *t = p->of;
    bool at_end = !p->writes && answer->code == CLEAT_SFTP_EOF;
    bool failed = answer->code != CLEAT_SFTP_OK && !at_end;
    bool wrote = p->writes;
    if (failed)
        give_up(t, answer->text ? answer->text : "Failure");
    else if (wrote)
        was_written(p);
    else
        was_read(p, answer);
    bool more = p->writes || (wrote && p->wanted);
    if (more && !t->failed && !is_stopped(t))
        request(p);
    else
        rest(p);
}

static bool may_begin(const stream *t)
{
    uint64_t rate = t->s->options.rate_max;
    uint64_t spent = uv_now(t->from->loop) - t->began;
    bool more = t->size ? t->next < t->size : !t->busy && !t->ended;
    return more && !t->failed && !t->shorter && !is_stopped(t) &&
           (!rate || t->next <= spent * rate / 1000);
}

static void begin_pieces(stream *t)
{
    for (size_t i = 0; i < PIECES && may_begin(t); i++) {
        piece *p = &t->pieces[i];
        if (p->busy)
            continue;
        uint64_t left = t->size ? t->size - t->next : PIECE;
        p->waiter.on_answer = on_piece;
        p->of = t;
        p->offset = t->next;
        p->wanted = left < PIECE ? (uint32_t)left : PIECE;
        p->writes = false;
        p->busy = true;
        t->busy++;
        t->next += p->wanted;
        request(p);
    }
}

/* ---- a file ---- */

static bool is_over(const stream *t)
{
    bool whole = t->size ? t->next >= t->size : t->ended;
    return !t->busy && (whole || t->failed || t->shorter);
}

static void pump(cross *c, const char *name)
{
    stream *t = c->stream;
    do {
        begin_pieces(t);
        if (!is_over(t))
            uv_run(c->from->loop, UV_RUN_ONCE);
        progress_update(&c->from->progress, name, t->done, t->size);
    } while (!gone(c) && !is_over(t));
}

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

static bool close_file(sftp *s, const cleat_sftp_file *handle)
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
 * before it is read. What looks like it is written over in place, which changes nothing if it is;
 * anything else is emptied. */
static bool make_ready(stream *t, char **why)
{
    cleat_sftp_attrs to, from;
    bool known = facts_of(t->to, &t->sink, &to);
    if (known && to.size == 0)
        return true;
    known = known && facts_of(t->from, &t->source, &from);
    t->in_place = !known || looks_same(&from, &to);
    if (known && t->in_place)
        t->size = from.size;
    return t->in_place || cut(t, 0, why);
}

/* Pieces come in any order: what is left of a file that is not whole must be a beginning. */
static void keep_beginning(stream *t)
{
    uint64_t whole = t->next < t->broken_at ? t->next : t->broken_at;
    for (size_t i = 0; i < PIECES; i++) {
        if (t->pieces[i].busy && t->pieces[i].offset < whole)
            whole = t->pieces[i].offset;
    }
    t->done = whole;
    if (!t->in_place) /* that it is not whole is told in any case */
        (void)cut(t, whole, NULL);
}

static void preserve(cross *c, const char *to, const cleat_sftp_attrs *found)
{
    sftp_answer a;
    cleat_sftp_attrs attrs = *found;
    attrs.has &= CLEAT_SFTP_HAS_PERMISSIONS | CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME;
    attrs.permissions &= PERMISSIONS;
    sftp_answer_init(&a);
    if (c->s->options.preserve && attrs.has && !c->to->gone &&
        !sftp_ask(c->to, &a, cleat_sftp_setstat(c->to->remote.sftp, to, true, &attrs, &a)))
        complain(c, to, sftp_why(&a));
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
    char *text = why ? text_format("%s; it %s incomplete: %llu of %llu bytes", why, how,
                                   (unsigned long long)t->done, (unsigned long long)t->size)
                     : NULL;
    if (text)
        complain(c, to, text);
    free(text);
}

static void copy_file(cross *c, const char *from, const char *to, const cleat_sftp_attrs *attrs)
{
    char *why = NULL;
    stream *t = c->stream;
    bool told = attrs->has & CLEAT_SFTP_HAS_PERMISSIONS;
    uint32_t mode =
        told ? attrs->permissions & (c->s->options.preserve ? PERMISSIONS : 0777) : 0666;
    free(t->why);
    *t = (stream){.s = c->s,
                  .from = c->from,
                  .to = c->to,
                  .size = attrs->size,
                  .broken_at = UINT64_MAX,
                  .began = uv_now(c->from->loop)};
    if (!open_file(c->from, from, false, 0, &t->source, &why)) {
        complain(c, from, why ? why : "");
    } else if (!open_file(c->to, to, true, mode, &t->sink, &why)) {
        complain(c, to, why ? why : "");
        (void)close_file(c->from, &t->source);
    } else if (!make_ready(t, &why)) {
        complain(c, to, why ? why : "");
        (void)close_file(c->from, &t->source);
        (void)close_file(c->to, &t->sink);
    } else {
        pump(c, text_last_part(from));
        if (t->failed || t->shorter || gone(c))
            keep_beginning(t);
        (void)close_file(c->from, &t->source);
        bool closed = close_file(c->to, &t->sink);
        tell_failure(c, to, closed);
        if (!t->failed && !gone(c)) {
            progress_end(&c->from->progress, text_last_part(from), t->done);
            preserve(c, to, attrs);
        }
    }
    free(why);
}

/* ---- directories ---- */

typedef struct names {
    cross *of;
    char **list;
    size_t count, room, bytes;
    bool failed; /* too many, or no memory */
} names;

static bool make_room(names *n)
{
    size_t room = n->room * 2 + 64;
    if (n->count < n->room)
        return true;
    char **longer = room <= NAMES_MAX ? realloc(n->list, room * sizeof *longer) : NULL;
    if (!longer)
        return false;
    n->list = longer;
    n->room = room;
    return true;
}

static void on_names(void *user, const cleat_sftp_name *found, size_t count)
{
    names *n = user;
    for (size_t i = 0; i < count && !n->failed; i++) {
        n->bytes += found[i].name.len;
        n->of->bytes += found[i].name.len;
        char *name =
            n->of->bytes <= BYTES_MAX && make_room(n)
                ? text_format("%.*s", (int)found[i].name.len, (const char *)found[i].name.data)
                : NULL;
        n->failed = !name;
        if (name)
            n->list[n->count++] = name;
    }
}

static void free_names(names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->list[i]);
    free(n->list);
    n->of->bytes -= n->bytes;
}

static bool list_directory(cross *c, const char *path, names *n)
{
    sftp_answer a;
    sftp_answer_init(&a);
    cleat_sftp *session = c->from->remote.sftp;
    if (!sftp_ask(c->from, &a, cleat_sftp_opendir(session, path, &a))) {
        complain(c, path, sftp_why(&a));
        sftp_answer_free(&a);
        return false;
    }
    const cleat_sftp_file handle = a.handle;
    a.on_names = on_names;
    a.user = n;
    while (!gone(c) && !n->failed &&
           sftp_ask(c->from, &a, cleat_sftp_readdir(c->from->remote.sftp, &handle, &a)))
        ;
    bool whole = a.code == CLEAT_SFTP_EOF && !n->failed;
    if (!whole)
        complain(c, path,
                 n->failed ? "there are too many names, or too little memory" : sftp_why(&a));
    sftp_answer_free(&a);
    (void)close_file(c->from, &handle);
    return whole;
}

static bool make_directory(cross *c, const char *path, uint32_t mode)
{
    sftp_answer a;
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS, .permissions = mode | 0700};
    sftp_answer_init(&a);
    bool made = sftp_ask(c->to, &a, cleat_sftp_mkdir(c->to->remote.sftp, path, &attrs, &a)) ||
                (!c->to->gone && sftp_is_directory(c->to, path));
    if (!made)
        complain(c, path, sftp_why(&a));
    sftp_answer_free(&a);
    return made;
}

static void copy_path(cross *c, const char *from, const char *to, unsigned depth);

static void copy_entry(cross *c, const char *from, const char *to, const char *name, unsigned depth)
{
    bool is_self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    char *source = text_format("%s/%s", from, name);
    char *target = text_format("%s/%s", to, name);
    if (!is_self && (!*name || strchr(name, '/'))) /* one server chose it for another */
        complain(c, source ? source : from, "refused the name");
    else if (!is_self && source && target)
        copy_path(c, source, target, depth);
    free(source);
    free(target);
}

static uint32_t directory_mode(const cleat_sftp_attrs *attrs)
{
    return attrs->has & CLEAT_SFTP_HAS_PERMISSIONS ? attrs->permissions & PERMISSIONS : 0777;
}

static void copy_directory(cross *c, const char *from, const char *to,
                           const cleat_sftp_attrs *attrs, unsigned depth)
{
    names n = {.of = c};
    if (!c->s->options.recurse || depth == DEPTH_MAX) {
        complain(c, from, c->s->options.recurse ? "too deep" : "not a regular file");
        return;
    }
    if (list_directory(c, from, &n) && make_directory(c, to, directory_mode(attrs))) {
        for (size_t i = 0; i < n.count && !gone(c); i++)
            copy_entry(c, from, to, n.list[i], depth + 1);
        preserve(c, to, attrs);
    }
    free_names(&n);
}

static void copy_path(cross *c, const char *from, const char *to, unsigned depth)
{
    cleat_sftp_attrs attrs;
    if (!sftp_stat(c->from, from, true, &attrs))
        complain(c, from, "No such file or directory");
    else if (attrs.type == CLEAT_SFTP_DIRECTORY)
        copy_directory(c, from, to, &attrs, depth);
    else if (attrs.type == CLEAT_SFTP_REGULAR)
        copy_file(c, from, to, &attrs);
    else
        complain(c, from, "not a regular file");
}

/* ---- the same file ---- */

static bool same_hop(const ssh_hop *a, const ssh_hop *b)
{
    return a->port == b->port && strcmp(a->target, b->target) == 0 && strcmp(a->user, b->user) == 0;
}

/* Once the names have become addresses, whatever they are called in the configuration. */
static bool same_machine(const cross *c)
{
    const ssh_run *from = &c->from->remote.run, *to = &c->to->remote.run;
    bool same = from->hop_count == to->hop_count;
    if (c->s->remote.program)
        return true;
    if (!from->hop_count)
        return scp_same_machine(&c->s->sources[0], &c->s->target);
    for (size_t i = 0; same && i < from->hop_count; i++)
        same = same_hop(from->hops[i], to->hops[i]);
    return same;
}

/* It would be empty before it is read. */
static bool onto_itself(cross *c, const char *from, const char *to)
{
    if (!same_machine(c) || !sftp_is_same_file(c->from, from, c->to, to))
        return false;
    complain(c, to, "it is the file that would be copied");
    return true;
}

/* ---- all ---- */

/* The server tells whose home "~user" is. */
static char *with_home(sftp *one, const char *path)
{
    sftp_answer a;
    char *whole = NULL, *user = scp_home_of(path);
    sftp_answer_init(&a);
    if (user && sftp_ask(one, &a, cleat_sftp_expand(one->remote.sftp, user, &a)))
        whole = scp_home_put(path, a.name);
    sftp_answer_free(&a);
    free(user);
    return whole ? whole : text_format("%s", path);
}

static void copy_match(cross *c, const char *from, const char *to)
{
    if (!c->within)
        copy_path(c, from, to, 0);
    else if (!scp_within(c->s, c->from, from, to))
        c->status = 1;
}

static void copy_matches(cross *c, char *source, const char *target, bool into)
{
    const sftp_word word = {.text = source};
    size_t count = 0;
    char **paths = sftp_matches(c->from, &word, &count);
    if (!count && !gone(c))
        complain(c, source, "No such file or directory");
    if (count > 1 && !into) {
        complain(c, target, "Not a directory");
        count = 0;
    }
    for (size_t i = 0; i < count && !gone(c); i++) {
        char *to = into ? text_format("%s/%s", target, text_last_part(paths[i]))
                        : text_format("%s", target);
        if (to && !onto_itself(c, paths[i], to))
            copy_match(c, paths[i], to);
        free(to);
    }
    cleat_glob_free_paths(paths, count);
}

static void copy_all(cross *c)
{
    char *path = with_home(c->to, c->s->target.path);
    char *target = path ? sftp_absolute(c->to, path) : NULL;
    bool into = target && sftp_is_directory(c->to, target);
    if (target && c->s->must_be_directory && !into)
        complain(c, target, "Not a directory");
    else if (target) {
        for (size_t i = 0; i < c->s->source_count && !gone(c); i++) {
            char *source = with_home(c->from, c->s->sources[i].path);
            if (source)
                copy_matches(c, source, target, into);
            free(source);
        }
    }
    free(target);
    free(path);
}

static void on_interrupt(uv_signal_t *signal, int number)
{
    cross *c = signal->data;
    (void)number;
    c->to->stopped = c->from->stopped; /* the second time the target is not waited for either */
    c->from->stopped = true;
}

static void on_pace(uv_timer_t *timer)
{
    (void)timer; /* the loop has turned */
}

static sftp *side(const scp *s, const scp_place *place)
{
    sftp *one = calloc(1, sizeof *one);
    if (one && scp_session_for(s, place, &one->remote))
        return one;
    if (one)
        scp_session_end(&one->remote);
    free(one);
    return NULL;
}

static void run(cross *c, uv_loop_t *loop)
{
    sftp *from = c->from;
    uv_signal_init(loop, &from->interrupted);
    from->interrupted.data = c;
    uv_signal_start(&from->interrupted, on_interrupt, SIGINT);
    uv_unref((uv_handle_t *)&from->interrupted);
    uv_timer_init(loop, &c->pace);
    uv_timer_start(&c->pace, on_pace, PACE_MS, PACE_MS);
    uv_unref((uv_handle_t *)&c->pace);
    progress_begin(&from->progress, c->s->quiet);
    c->status = 255;
    if (sftp_open(from, loop) && sftp_open(c->to, loop)) {
        c->status = 0;
        c->within = !c->s->remote.program && same_machine(c);
        copy_all(c);
        if (gone(c))
            c->status = from->stopped ? 1 : 255;
    }
    uv_close((uv_handle_t *)&c->pace, NULL);
    uv_close((uv_handle_t *)&from->interrupted, NULL);
    if (c->to->loop)
        sftp_close(c->to);
    sftp_close(from);
    uv_run(loop, UV_RUN_DEFAULT);
    remote_finish(&from->remote);
    remote_finish(&c->to->remote);
    uv_run(loop, UV_RUN_DEFAULT);
    progress_free(&from->progress);
}

static void drop(sftp *one)
{
    if (one) {
        free(one->home);
        free(one->cwd);
        scp_session_end(&one->remote);
    }
    free(one);
}

int scp_cross(scp *s)
{
    uv_loop_t loop;
    cross c = {.s = s, .status = 1};
    c.from = side(s, &s->sources[0]);
    c.to = side(s, &s->target);
    c.stream = calloc(1, sizeof *c.stream);
    if (c.from && c.to && c.stream && uv_loop_init(&loop) == 0) {
        run(&c, &loop);
        uv_loop_close(&loop);
    }
    drop(c.from);
    drop(c.to);
    if (c.stream)
        free(c.stream->why);
    free(c.stream);
    return c.status;
}
