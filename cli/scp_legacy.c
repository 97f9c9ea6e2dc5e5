/* Copies by the old protocol of scp: scp is run on the other machine, and told what to do by two
 * flags that no user types. */
#include "rcp.h"
#include "say.h"
#include "scp.h"
#include "text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Somebody has pressed Ctrl-C. */
static volatile bool interrupted;

static void on_interrupt(uv_signal_t *signal, int number)
{
    (void)signal;
    (void)number;
    interrupted = true;
}

static void set_up(rcp *r, const scp *s, progress *shown)
{
    *r = (rcp){.recurse = s->options.recurse,
               .preserve = s->options.preserve,
               .verbose = s->remote.run.args.verbose > 0,
               .trusts_names = s->trusts_names,
               .rate_max = s->options.rate_max,
               .progress = shown,
               .stops = &interrupted};
}

/* "scp -r -t path"; the path is for the other side's shell to read. */
static char *command_for(const scp *s, char end, const char *path)
{
    return text_format("scp%s%s%s%s -%c %s%s", s->remote.run.args.verbose ? " -v" : "",
                       s->options.recurse ? " -r" : "", s->options.preserve ? " -p" : "",
                       end == 't' && s->must_be_directory ? " -d" : "", end,
                       path[0] == '-' ? "-- " : "", path);
}

static bool start(rcp *r, const scp *s, uv_loop_t *loop, const scp_place *place, char end)
{
    char *command = command_for(s, end, place->path);
    char **words = command ? scp_words(s, place, command, false) : NULL;
    bool started = words && rcp_open_program(r, loop, words);
    scp_words_free(words);
    free(command);
    return started;
}

/* The worse of what was complained about and how the program has ended. */
static int finish(rcp *r)
{
    int64_t status = rcp_close(r);
    return status == 255 ? 255 : r->errors || status ? 1 : 0;
}

static int send_all(scp *s, uv_loop_t *loop, rcp *r)
{
    set_up(r, s, &s->progress);
    if (!start(r, s, loop, &s->target, 't'))
        return 255;
    bool more = rcp_answered(r);
    for (size_t i = 0; i < s->source_count && more; i++)
        more = rcp_send(r, s->sources[i].path);
    return finish(r);
}

/* Without slashes at the end, which the other side takes off, too. */
static char *without_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return text_format("%.*s", (int)len, path);
}

/* What a name from the other side must be like; NULL where only its shell knows. */
static const char *pattern_of(const char *path)
{
    const char *name = text_behind_slash(path);
    bool open = !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || *name == '~' ||
                strpbrk(name, "{}$`'\"");
    return open ? NULL : name;
}

/* path: the source's, to be kept as long as names come. */
static void expect(rcp *r, const scp *s, const scp_place *from, const char *path)
{
    r->pattern = pattern_of(path);
    if (!r->pattern && !s->trusts_names)
        say(CLEAT_LOG_DEBUG1, "%s: any name is taken, as only the other side's shell knows",
            from->path);
}

static int receive_one(scp *s, uv_loop_t *loop, rcp *r, const scp_place *from)
{
    char *path = without_slashes(from->path);
    if (!path)
        return 255;
    set_up(r, s, &s->progress);
    expect(r, s, from, path);
    int status = 255;
    if (start(r, s, loop, from, 'f')) {
        rcp_receive(r, s->target.path, s->must_be_directory);
        status = finish(r);
    }
    free(path);
    return status;
}

static int receive_all(scp *s, uv_loop_t *loop, rcp *r)
{
    int worst = 0;
    for (size_t i = 0; i < s->source_count && !interrupted; i++) {
        int status = receive_one(s, loop, r, &s->sources[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static int relay_between(scp *s, uv_loop_t *loop, rcp *source, rcp *sink, const scp_place *from)
{
    if (!start(source, s, loop, from, 'f'))
        return 255;
    bool both = start(sink, s, loop, &s->target, 't');
    if (both)
        rcp_relay(source, sink);
    int first = finish(source);
    int second = both ? finish(sink) : 255;
    return first > second ? first : second;
}

static int relay_one(scp *s, uv_loop_t *loop, rcp *source, rcp *sink, const scp_place *from)
{
    char *path = without_slashes(from->path);
    if (!path)
        return 255;
    set_up(source, s, NULL);
    set_up(sink, s, NULL);
    expect(source, s, from, path);
    source->hands_on = true;
    int status = relay_between(s, loop, source, sink, from);
    free(path);
    return status;
}

static int relay_all(scp *s, uv_loop_t *loop, rcp *r)
{
    int worst = 0;
    rcp *other = calloc(1, sizeof *other);
    for (size_t i = 0; other && i < s->source_count && !interrupted; i++) {
        int status = relay_one(s, loop, r, other, &s->sources[i]);
        worst = status > worst ? status : worst;
    }
    free(other);
    return other ? worst : 1;
}

static int with_loop(scp *s, int (*work)(scp *s, uv_loop_t *loop, rcp *r))
{
    uv_loop_t loop;
    uv_signal_t signal;
    rcp *r = calloc(1, sizeof *r);
    if (!r || uv_loop_init(&loop) != 0) {
        free(r);
        return 1;
    }
    uv_signal_init(&loop, &signal);
    uv_signal_start(&signal, on_interrupt, SIGINT);
    uv_unref((uv_handle_t *)&signal);
    progress_begin(&s->progress, s->quiet);
    int status = work(s, &loop, r);
    progress_free(&s->progress);
    uv_close((uv_handle_t *)&signal, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    free(r);
    return interrupted && !status ? 1 : status;
}

int scp_legacy(scp *s)
{
    bool from_remote = s->sources[0].host != NULL;
    return with_loop(s, s->to_remote && from_remote ? relay_all
                        : s->to_remote              ? send_all
                                                    : receive_all);
}

/* ---- the other end ---- */

static int serve(scp *s, uv_loop_t *loop, rcp *r)
{
    set_up(r, s, NULL);
    r->serves = true;
    if (!rcp_open_own(r, loop)) {
        rcp_close(r);
        return 1;
    }
    if (s->end == SCP_SINK)
        rcp_receive(r, s->sources[0].path, s->must_be_directory);
    bool more = s->end == SCP_SOURCE && rcp_answered(r);
    for (size_t i = 0; i < s->source_count && more; i++)
        more = rcp_send(r, s->sources[i].path);
    return finish(r);
}

int scp_serve(scp *s)
{
    return with_loop(s, serve);
}
