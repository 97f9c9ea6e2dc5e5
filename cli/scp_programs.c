/* Copies that other programs do: the source's machine by itself, or cp. */
#include "scp.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_ended(uv_process_t *process, int64_t status, int number)
{
    int *out = process->data;
    *out = number ? 255 : (int)status;
    uv_close((uv_handle_t *)process, NULL);
}

static int run_words(char **words)
{
    uv_loop_t loop;
    uv_process_t process;
    int status = 255;
    uv_stdio_container_t streams[3] = {{.flags = UV_INHERIT_FD, .data.fd = 0},
                                       {.flags = UV_INHERIT_FD, .data.fd = 1},
                                       {.flags = UV_INHERIT_FD, .data.fd = 2}};
    const uv_process_options_t options = {
        .exit_cb = on_ended, .file = words[0], .args = words, .stdio_count = 3, .stdio = streams};
    if (uv_loop_init(&loop) != 0)
        return 255;
    process.data = &status;
    int failure = uv_spawn(&loop, &process, &options);
    if (failure) {
        fprintf(stderr, "cleat scp: cannot run %s: %s\n", words[0], uv_strerror(failure));
        uv_close((uv_handle_t *)&process, NULL);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return status;
}

/* ---- between two other machines ---- */

/* For a POSIX shell. */
static char *quoted(const char *text)
{
    char *out = calloc(1, 4 * strlen(text) + 3);
    char *to = out;
    if (!out)
        return NULL;
    *to++ = '\'';
    for (const char *c = text; *c; c++) {
        if (*c == '\'') {
            memcpy(to, "'\\''", 4);
            to += 4;
        } else
            *to++ = *c;
    }
    *to = '\'';
    return out;
}

/* The source's path is for the shell there, which knows its patterns. */
static char *direct_command(const scp *s, const char *path)
{
    char *host = quoted(s->target.host);
    char *to = quoted(s->target.path);
    char *out = NULL;
    if (host && to)
        out = text_format("scp%s%s%s%s%s%s -- %s %s:%s", s->remote.run.args.verbose ? " -v" : "",
                          s->quiet ? " -q" : "", s->options.recurse ? " -r" : "",
                          s->options.preserve ? " -p" : "", s->target.port ? " -P " : "",
                          s->target.port ? s->target.port : "", path, host, to);
    free(host);
    free(to);
    return out;
}

int scp_direct(scp *s)
{
    int worst = 0;
    for (size_t i = 0; i < s->source_count; i++) {
        char *command = direct_command(s, s->sources[i].path);
        char **words = command ? scp_words(s, &s->sources[i], command, false) : NULL;
        int status = words ? run_words(words) : 1;
        worst = status > worst ? status : worst;
        scp_words_free(words);
        free(command);
    }
    return worst;
}

/* ---- on this machine ---- */

/* As over the net: what links lead to is copied. */
int scp_local(const scp *s)
{
    char command[] = "cp", recursive[] = "-R", followed[] = "-L", kept[] = "-p", end[] = "--";
    size_t count = 0;
    char *target = text_format("%s%s", s->target.path, s->must_be_directory ? "/" : "");
    char **words = target ? calloc(s->source_count + 7, sizeof *words) : NULL;
    if (!words) {
        free(target);
        return 1;
    }
    words[count++] = command;
    if (s->options.recurse) {
        words[count++] = recursive;
        words[count++] = followed;
    }
    if (s->options.preserve)
        words[count++] = kept;
    words[count++] = end;
    for (size_t i = 0; i < s->source_count; i++)
        words[count++] = s->sources[i].path;
    words[count] = target;
    int status = run_words(words);
    free(words);
    free(target);
    return status;
}
