/* Commands about this machine. */
#include "sftp.h"

#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool goes_on(void *user)
{
    const sftp *s = user;
    uv_run(s->loop, UV_RUN_NOWAIT);
    return !s->stopped && !s->gone;
}

cleat_status sftp_local_matches(sftp *s, local_paths *found, const char *pattern,
                                cleat_error *error)
{
    const local_search_options options = {goes_on, s};
    return local_matches(found, pattern, &options, error);
}

void sftp_lcd(const sftp_call *c)
{
    char *home = NULL;
    cleat_error error = {0};
    cleat_status st = port_path_expand(&home, c->count ? c->args[0].text : "~", &error);
    int failure = st == CLEAT_OK ? uv_chdir(home) : 0;
    if (st != CLEAT_OK)
        sftp_fail(c->s, "%s", error.text);
    else if (failure)
        sftp_fail(c->s, "cannot enter the folder \"%s\": %s", home, uv_strerror(failure));
    port_free(home);
}

void sftp_lpwd(const sftp_call *c)
{
    char path[4096];
    size_t len = sizeof path;
    int failure = uv_cwd(path, &len);
    if (failure)
        sftp_fail(c->s, "the folder here cannot be told: %s", uv_strerror(failure));
    else
        printf("Local working directory: %s\n", path);
}

void sftp_lmkdir(const sftp_call *c)
{
    uv_fs_t fs;
    int failure = uv_fs_mkdir(NULL, &fs, c->args[0].text, 0777, NULL);
    uv_fs_req_cleanup(&fs);
    if (failure)
        sftp_fail(c->s, "cannot make the folder \"%s\": %s", c->args[0].text, uv_strerror(failure));
}

void sftp_lumask(const sftp_call *c)
{
    char *end;
    unsigned long mask = strtoul(c->args[0].text, &end, 8);
    if (*end || mask > 0777) {
        sftp_fail(c->s, "\"%s\" is no umask: three octal digits are expected", c->args[0].text);
        return;
    }
    port_umask((unsigned)mask);
    printf("Local umask: %03lo\n", mask);
}

/* ---- commands here ---- */

typedef struct running {
    uv_process_t process;
    int64_t status;
    bool ended;
} running;

static void on_exit_of(uv_process_t *process, int64_t status, int ended_by)
{
    running *r = process->data;
    r->status = ended_by ? 255 : status;
    r->ended = true;
    uv_close((uv_handle_t *)process, NULL);
}

static void run(sftp *s, char **args)
{
    running r = {.ended = false};
    uv_stdio_container_t stdio[] = {{.flags = UV_INHERIT_FD, .data.fd = 0},
                                    {.flags = UV_INHERIT_FD, .data.fd = 1},
                                    {.flags = UV_INHERIT_FD, .data.fd = 2}};
    const uv_process_options_t options = {.exit_cb = on_exit_of,
                                          .file = args[0],
                                          .args = args,
                                          .stdio = stdio,
                                          .stdio_count = 3,
                                          .flags = UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS};
    r.process.data = &r;
    fflush(stdout);
    int failure = uv_spawn(s->loop, &r.process, &options);
    if (failure) {
        uv_close((uv_handle_t *)&r.process, NULL);
        uv_run(s->loop, UV_RUN_NOWAIT);
        sftp_fail(s, "cannot run %s: %s", args[0], uv_strerror(failure));
        return;
    }
    while (!r.ended)
        uv_run(s->loop, UV_RUN_ONCE);
    uv_run(s->loop, UV_RUN_NOWAIT); /* closes the handle */
    if (r.status)
        sftp_fail(s, "the command has ended with status %lld", (long long)r.status);
}

static char *own_shell(void)
{
    const char *shell = getenv("SHELL");
    port_user *me;
    if (shell && *shell)
        return text_format("%s", shell);
    if (port_user_current(&me, NULL) != CLEAT_OK)
        return NULL;
    char *path = text_format("%s", me->shell);
    port_user_free(me);
    return path;
}

void sftp_shell(sftp *s, const char *command)
{
    char **args = NULL;
    char *what = *command ? text_format("%s", command) : own_shell();
    cleat_error error = {0};
    if (!what)
        sftp_fail(s, "there is no shell here, or no memory");
    else if (port_shell_args(&args, what, false, &error) != CLEAT_OK)
        sftp_fail(s, "%s", error.text);
    else
        run(s, args);
    port_free(args);
    free(what);
}

/* As the shell here lists: `ls`, or `dir`. */
void sftp_lls(const sftp_call *c)
{
    char *line = text_format("%s", port_shell_list());
    for (size_t i = 0; i < c->count && line; i++) {
        char *quoted = port_shell_quote(c->args[i].text);
        char *longer = quoted ? text_format("%s %s", line, quoted) : NULL;
        port_free(quoted);
        free(line);
        line = longer;
    }
    if (line)
        sftp_shell(c->s, line);
    free(line);
}
