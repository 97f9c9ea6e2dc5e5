/* CreateProcess with an exact list of what is handed down. */
#include "spawn.h"

#include "wide.h"

#include <stdlib.h>
#include <string.h>

typedef struct startup {
    STARTUPINFOEXW info;
    HANDLE handles[3];
} startup;

static bool set_attribute(startup *s, const port_spawn *what)
{
    LPPROC_THREAD_ATTRIBUTE_LIST list = s->info.lpAttributeList;
    if (what->console)
        return UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE,
                                         what->console, sizeof what->console, NULL, NULL);
    DWORD count = 0;
    for (int i = 0; i < 3; i++) {
        bool seen = i > 0 && what->streams[i] == what->streams[i - 1];
        if (what->streams[i] && !seen)
            s->handles[count++] = what->streams[i];
    }
    return UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, s->handles,
                                     count * sizeof s->handles[0], NULL, NULL);
}

/* On a console the three stay empty: else our own would be used instead of it. */
static bool prepare(startup *s, const port_spawn *what)
{
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    s->info.StartupInfo.cb = sizeof s->info;
    s->info.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    if (!what->console) {
        s->info.StartupInfo.hStdInput = what->streams[0];
        s->info.StartupInfo.hStdOutput = what->streams[1];
        s->info.StartupInfo.hStdError = what->streams[2];
    }
    s->info.lpAttributeList = malloc(size);
    if (!s->info.lpAttributeList)
        return false;
    if (!InitializeProcThreadAttributeList(s->info.lpAttributeList, 1, 0, &size)) {
        free(s->info.lpAttributeList);
        s->info.lpAttributeList = NULL;
        return false;
    }
    return set_attribute(s, what);
}

static void clean_up(startup *s)
{
    if (s->info.lpAttributeList)
        DeleteProcThreadAttributeList(s->info.lpAttributeList);
    free(s->info.lpAttributeList);
}

/* Suspended until it is in the job, so that nothing it starts can stay outside. */
static DWORD enter_job_and_run(PROCESS_INFORMATION *made, HANDLE job)
{
    DWORD failure = 0;
    if (job && !AssignProcessToJobObject(job, made->hProcess))
        failure = GetLastError();
    else if (ResumeThread(made->hThread) == (DWORD)-1)
        failure = GetLastError();
    if (failure) {
        TerminateProcess(made->hProcess, 1);
        CloseHandle(made->hProcess);
    }
    CloseHandle(made->hThread);
    return failure;
}

enum { STARTS_MAX = 3 };

/* A process that died before anything of it ran has done nothing: so it is started again. Wine has
 * one in some thousands, under load. */
static DWORD create_suspended(startup *s, const port_spawn *what, const wchar_t *program,
                              wchar_t *line, const wchar_t *directory, PROCESS_INFORMATION *made)
{
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT |
                  (what->console ? 0 : CREATE_NO_WINDOW);
    DWORD failure = ERROR_INTERNAL_ERROR;
    for (int i = 0; i < STARTS_MAX && failure == ERROR_INTERNAL_ERROR; i++) {
        bool done = CreateProcessW(program, line, NULL, NULL, !what->console, flags,
                                   what->environment, directory, &s->info.StartupInfo, made);
        failure = done ? 0 : GetLastError();
    }
    return failure;
}

static DWORD create(HANDLE *process, const port_spawn *what, const wchar_t *program, wchar_t *line,
                    const wchar_t *directory)
{
    startup s = {0};
    PROCESS_INFORMATION made = {0};
    DWORD failure = 0;
    if (prepare(&s, what))
        failure = create_suspended(&s, what, program, line, directory, &made);
    else
        failure = GetLastError();
    clean_up(&s);
    if (!failure)
        failure = enter_job_and_run(&made, what->job);
    *process = failure ? NULL : made.hProcess;
    return failure;
}

DWORD port_spawn_start(HANDLE *process, const port_spawn *what)
{
    *process = NULL;
    wchar_t *program = what->program ? port_wide(what->program) : NULL;
    wchar_t *line = port_wide(what->line);
    wchar_t *directory = what->directory ? port_wide(what->directory) : NULL;
    DWORD failure = ERROR_NO_UNICODE_TRANSLATION;
    if (line && wcslen(line) > PORT_LINE_MAX)
        failure = ERROR_FILENAME_EXCED_RANGE;
    else if (line && (program || !what->program) && (directory || !what->directory))
        failure = create(process, what, program, line, directory);
    free(program);
    free(line);
    free(directory);
    return failure;
}

wchar_t *port_environment_block(const char *const *items)
{
    size_t room = 2;
    for (size_t i = 0; items[i]; i++)
        room += strlen(items[i]) + 1; /* UTF-16 never has more units than UTF-8 has bytes */
    wchar_t *block = calloc(room, sizeof *block), *at = block;
    for (size_t i = 0; block && items[i]; i++) {
        wchar_t *wide = port_wide(items[i]);
        if (!wide) {
            free(block);
            return NULL;
        }
        wcscpy(at, wide);
        at += wcslen(wide) + 1;
        free(wide);
    }
    return block;
}
