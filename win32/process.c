/* Session processes: each in a job of its own, which ends with the session. */
#include "port_sys.h"

#include "conpty.h"
#include "fail.h"
#include "pipe.h"
#include "quote.h"
#include "spawn.h"
#include "text.h"
#include "wide.h"

#include <io.h>
#include <stdlib.h>
#include <string.h>

struct port_process {
    HANDLE process, job, wait;
    port_pty *pty;
    void (*exited)(void *user);
    void *user;
    const char *ended_by; /* the signal we ended it with, or NULL */
};

/* ---- Streams --------------------------------------------------------------------------------- */

typedef struct streams {
    HANDLE ours[3], theirs[3];
} streams;

static bool open_pipes(streams *s)
{
    return port_pipe(&s->ours[0], &s->theirs[0], true) &&
           port_pipe(&s->ours[1], &s->theirs[1], false) &&
           port_pipe(&s->ours[2], &s->theirs[2], false);
}

static void close_all(HANDLE handles[3])
{
    for (int i = 0; i < 3; i++)
        port_handle_close(&handles[i]);
}

static int take_fd(HANDLE *handle)
{
    int fd = *handle ? port_handle_fd(*handle) : -1;
    *handle = NULL;
    return fd;
}

static bool hand_out(port_stdio *stdio, streams *s)
{
    bool has_err = s->ours[2] != NULL;
    stdio->in = take_fd(&s->ours[0]);
    stdio->out = take_fd(&s->ours[1]);
    stdio->err = take_fd(&s->ours[2]);
    return stdio->in >= 0 && stdio->out >= 0 && (stdio->err >= 0 || !has_err);
}

static void take_back(port_stdio *stdio)
{
    if (stdio->in >= 0)
        _close(stdio->in);
    if (stdio->out >= 0)
        _close(stdio->out);
    if (stdio->err >= 0)
        _close(stdio->err);
    *stdio = (port_stdio){.in = -1, .out = -1, .err = -1};
}

/* ---- Start ----------------------------------------------------------------------------------- */

static HANDLE make_job(void)
{
    HANDLE job = CreateJobObjectW(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation = {.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}};
    if (job &&
        !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        port_handle_close(&job);
    return job;
}

static bool can_enter(const char *directory)
{
    wchar_t *wide = port_wide(directory);
    DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
    free(wide);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* People whose home is not there still want to get in and see why. */
static const char *usable_directory(const char *directory, HANDLE err)
{
    if (can_enter(directory))
        return directory;
    char *text =
        port_format("Cannot enter the directory %s; starting in \\ instead.\r\n", directory);
    DWORD n;
    if (text && err)
        WriteFile(err, text, (DWORD)strlen(text), &n, NULL);
    free(text);
    return "\\";
}

/* Windows' own words for these two speak of code pages and of file names. */
static cleat_status spawn_failed(DWORD failure, const char *shell, cleat_error *error)
{
    if (failure == ERROR_NO_UNICODE_TRANSLATION)
        return port_fail(error, CLEAT_E_BAD_CALL,
                         "cannot run %s: Windows takes commands and variables in UTF-8 only",
                         shell);
    if (failure == ERROR_FILENAME_EXCED_RANGE)
        return port_fail(error, CLEAT_E_LIMIT,
                         "cannot run %s: the command has more than the %d characters that Windows "
                         "takes",
                         shell, PORT_LINE_MAX);
    return port_fail_os(error, (int)failure, "cannot run %s", shell);
}

static cleat_status spawn_shell(port_process *p, const port_command *command, const streams *s,
                                cleat_error *error)
{
    char *line = port_shell_line(command->shell, command->shell_option, command->command);
    wchar_t *block = port_environment_block(command->env);
    DWORD failure = line ? ERROR_NO_UNICODE_TRANSLATION : ERROR_OUTOFMEMORY;
    if (line && block) {
        port_spawn what = {.program = command->shell,
                           .line = line,
                           .environment = block,
                           .directory = usable_directory(command->directory, s->theirs[2]),
                           .streams = {s->theirs[0], s->theirs[1], s->theirs[2]},
                           .console = command->pty ? port_conpty_console(command->pty) : NULL,
                           .job = p->job};
        failure = port_spawn_start(&p->process, &what);
    }
    free(block);
    free(line);
    return failure ? spawn_failed(failure, command->shell, error) : CLEAT_OK;
}

/* The console's last output comes out only when the console is closed. */
static void CALLBACK on_end(void *argument, BOOLEAN timed_out)
{
    (void)timed_out;
    port_process *p = argument;
    if (p->pty)
        port_conpty_end(p->pty);
    if (p->exited)
        p->exited(p->user);
}

static cleat_status run(port_process *p, port_stdio *stdio, const port_command *command,
                        cleat_error *error)
{
    streams s = {0};
    cleat_status status = CLEAT_OK;
    p->job = make_job();
    if (!p->job)
        return port_fail_last(error, "cannot make a job object");
    if (command->pty)
        port_conpty_take(command->pty, &s.ours[0], &s.ours[1]);
    else if (!open_pipes(&s))
        status = port_fail_last(error, "cannot make the pipes of a session");
    if (status == CLEAT_OK)
        status = spawn_shell(p, command, &s, error);
    if (status == CLEAT_OK && !hand_out(stdio, &s))
        status = port_fail(error, CLEAT_E_LIMIT, "too many open files");
    close_all(s.ours);
    close_all(s.theirs);
    if (status == CLEAT_OK &&
        !RegisterWaitForSingleObject(&p->wait, p->process, on_end, p, INFINITE, WT_EXECUTEONLYONCE))
        status = port_fail_last(error, "cannot wait for %s", command->shell);
    return status;
}

bool port_process_has_prelude(void)
{
    return false;
}

cleat_status port_sys_process_start(port_process **process, port_stdio *stdio,
                                    const port_command *command, cleat_error *error)
{
    port_process *made = calloc(1, sizeof *made);
    if (!made)
        return port_fail_memory(error);
    made->pty = command->pty;
    made->exited = command->exited;
    made->user = command->user;
    cleat_status status = run(made, stdio, command, error);
    if (status < 0) {
        take_back(stdio);
        port_process_free(made);
        return status;
    }
    *process = made;
    return CLEAT_OK;
}

/* ---- While it runs, and after ---------------------------------------------------------------- */

bool port_process_exit(port_process *process, port_exit *how)
{
    DWORD status = 0;
    *how = (port_exit){0};
    if (WaitForSingleObject(process->process, 0) != WAIT_OBJECT_0)
        return false;
    GetExitCodeProcess(process->process, &status);
    how->status = status;
    how->signal = process->ended_by;
    return true;
}

static cleat_status interrupt(port_process *process, cleat_error *error)
{
    if (!process->pty)
        return port_fail(error, CLEAT_E_UNSUPPORTED,
                         "Windows can interrupt a program on a terminal only");
    if (!port_conpty_type(process->pty, '\003'))
        return port_fail(error, CLEAT_E_CLOSED, "the terminal has ended");
    return CLEAT_OK;
}

cleat_status port_sys_process_signal(port_process *process, const char *name, cleat_error *error)
{
    enum { ENDED_STATUS = 1 };
    static const char *const ends[] = {"KILL", "TERM", "HUP"};
    if (strcmp(name, "INT") == 0)
        return interrupt(process, error);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (strcmp(name, ends[i]) != 0)
            continue;
        if (WaitForSingleObject(process->process, 0) != WAIT_OBJECT_0)
            process->ended_by = ends[i];
        if (!TerminateJobObject(process->job, ENDED_STATUS))
            return port_fail_last(error, "cannot end the session's processes");
        return CLEAT_OK;
    }
    return port_fail(error, CLEAT_E_NO_SUCH, "there is no signal %s here", name);
}

void port_process_free(port_process *process)
{
    if (!process)
        return;
    if (process->wait) /* waits for a wake-up that is on its way */
        UnregisterWaitEx(process->wait, INVALID_HANDLE_VALUE);
    port_handle_close(&process->process);
    port_handle_close(&process->job);
    free(process);
}
