/* From one machine to another, through this one: a session of SFTP with each. Nothing is kept here,
 * and nothing comes here where both are one. */
#include "scp_cross.h"

#include "text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 256,
    PACE_MS = 20,
    NAMES_MAX = 1 << 21, /* of a directory */
    BYTES_MAX = 64 << 20 /* of the names in all directories that are under way */
};

void cross_complain(cross *c, const char *path, const char *why)
{
    char *text = text_printable_name(path);
    progress_clear(&c->from->progress);
    sftp_fail(c->from, "scp: %s: %s", text ? text : "", why);
    free(text);
    c->status = 1;
}

bool cross_gone(const cross *c)
{
    return c->from->gone || c->to->gone || c->from->stopped;
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
        cross_complain(c, path, sftp_why(&a));
        sftp_answer_free(&a);
        return false;
    }
    const cleat_sftp_file handle = a.handle;
    a.on_names = on_names;
    a.user = n;
    bool whole = sftp_read_names(c->from, &a, &handle, &n->failed) && !n->failed;
    if (!whole)
        cross_complain(c, path,
                       n->failed ? "there are too many names, or too little memory" : sftp_why(&a));
    sftp_answer_free(&a);
    (void)cross_close(c->from, &handle);
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
        cross_complain(c, path, sftp_why(&a));
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
        cross_complain(c, source ? source : from, "refused the name");
    else if (!is_self && source && target)
        copy_path(c, source, target, depth);
    free(source);
    free(target);
}

static uint32_t directory_mode(const cleat_sftp_attrs *attrs)
{
    return attrs->has & CLEAT_SFTP_HAS_PERMISSIONS ? attrs->permissions & CROSS_PERMISSIONS : 0777;
}

static void copy_directory(cross *c, const char *from, const char *to,
                           const cleat_sftp_attrs *attrs, unsigned depth)
{
    names n = {.of = c};
    if (!c->s->options.recurse || depth == DEPTH_MAX) {
        cross_complain(c, from, c->s->options.recurse ? "too deep" : "not a regular file");
        return;
    }
    if (list_directory(c, from, &n) && make_directory(c, to, directory_mode(attrs))) {
        for (size_t i = 0; i < n.count && !cross_gone(c); i++)
            copy_entry(c, from, to, n.list[i], depth + 1);
        cross_preserve(c, to, attrs);
    }
    free_names(&n);
}

static void copy_path(cross *c, const char *from, const char *to, unsigned depth)
{
    cleat_sftp_attrs attrs;
    if (!sftp_stat(c->from, from, true, &attrs))
        cross_complain(c, from, "No such file or directory");
    else if (attrs.type == CLEAT_SFTP_DIRECTORY)
        copy_directory(c, from, to, &attrs, depth);
    else if (attrs.type == CLEAT_SFTP_REGULAR)
        cross_copy_file(c, from, to, &attrs);
    else
        cross_complain(c, from, "not a regular file");
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
    cross_complain(c, to, "it is the file that would be copied");
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
    if (!count && !cross_gone(c))
        cross_complain(c, source, "No such file or directory");
    if (count > 1 && !into) {
        cross_complain(c, target, "Not a directory");
        count = 0;
    }
    for (size_t i = 0; i < count && !cross_gone(c); i++) {
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
        cross_complain(c, target, "Not a directory");
    else if (target) {
        for (size_t i = 0; i < c->s->source_count && !cross_gone(c); i++) {
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
        if (cross_gone(c))
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
    if (c.stream)
        c.stream->pieces = calloc(CROSS_PIECES, sizeof *c.stream->pieces);
    if (c.from && c.to && c.stream && c.stream->pieces && uv_loop_init(&loop) == 0) {
        run(&c, &loop);
        uv_loop_close(&loop);
    }
    drop(c.from);
    drop(c.to);
    if (c.stream) {
        free(c.stream->why);
        free(c.stream->pieces);
    }
    free(c.stream);
    return c.status;
}
