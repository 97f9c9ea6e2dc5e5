/* Questions put through an SSH_ASKPASS program, whose standard output is the answer. */
#include "port_sys.h"

#include "ask.h"
#include "fail.h"
#include "pipe.h"
#include "quote.h"
#include "spawn.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

#define HINT_NAME L"SSH_ASKPASS_PROMPT="

/* The program that is asking; its handle stays open while it is here. */
static SRWLOCK guard = SRWLOCK_INIT;
static HANDLE asking;
static bool given_up;

void port_askpass_give_up(void)
{
    AcquireSRWLockExclusive(&guard);
    given_up = true;
    if (asking)
        TerminateProcess(asking, 1);
    ReleaseSRWLockExclusive(&guard);
}

static void set_asking(HANDLE process)
{
    AcquireSRWLockExclusive(&guard);
    asking = process;
    if (given_up && process)
        TerminateProcess(process, 1);
    ReleaseSRWLockExclusive(&guard);
}

/* Our environment with the hint in place of any older one; released with free. */
static wchar_t *environment_with(const char *hint)
{
    wchar_t *ours = GetEnvironmentStringsW(), *wide = port_wide(hint ? hint : "");
    size_t room = 2, name_len = wcslen(HINT_NAME);
    for (const wchar_t *at = ours; at && *at; at += wcslen(at) + 1)
        room += wcslen(at) + 1;
    wchar_t *block =
        ours && wide ? calloc(room + name_len + wcslen(wide) + 1, sizeof *block) : NULL;
    wchar_t *out = block;
    for (const wchar_t *at = ours; block && *at; at += wcslen(at) + 1) {
        if (_wcsnicmp(at, HINT_NAME, name_len) == 0)
            continue;
        wcscpy(out, at);
        out += wcslen(at) + 1;
    }
    if (block && hint) {
        wcscpy(out, HINT_NAME);
        wcscat(out, wide);
    }
    free(wide);
    if (ours)
        FreeEnvironmentStringsW(ours);
    return block;
}

static DWORD spawn(HANDLE *process, const char *program, const char *prompt, const char *hint,
                   HANDLE out)
{
    char *first = port_quote(program), *second = port_quote(prompt);
    char *line = first && second ? port_format("%s %s", first, second) : NULL;
    wchar_t *block = environment_with(hint);
    DWORD failure = ERROR_OUTOFMEMORY;
    if (line && block) {
        port_spawn what = {.line = line, .environment = block, .streams = {NULL, out, out}};
        failure = port_spawn_start(process, &what);
    }
    free(block);
    free(line);
    free(first);
    free(second);
    return failure;
}

/* Everything the program writes is read, so that it cannot hang; the first line counts. */
static size_t read_answer(HANDLE in, char *answer, size_t room)
{
    size_t len = 0;
    for (;;) {
        char rest[256];
        bool full = len == room;
        OVERLAPPED place = {0};
        DWORD n = 0;
        BOOL
        good = ReadFile(in, full ? rest : answer + len,
                        full ? (DWORD)sizeof rest : (DWORD)(room - len), NULL, &place);
        if (!good && GetLastError() != ERROR_IO_PENDING)
            return len;
        if (!GetOverlappedResult(in, &place, &n, TRUE) || n == 0)
            return len;
        if (!full)
            len += n;
    }
}

static bool has_succeeded(HANDLE process)
{
    DWORD how = 1;
    WaitForSingleObject(process, INFINITE);
    return GetExitCodeProcess(process, &how) && how == 0;
}

cleat_status port_sys_askpass(char *text, size_t room, size_t *len, const char *program,
                              const char *prompt, const char *hint, cleat_error *error)
{
    HANDLE ours, theirs, process = NULL;
    if (!port_pipe(&ours, &theirs, false))
        return port_fail_last(error, "cannot make a pipe");
    DWORD failure = spawn(&process, program, prompt, hint, theirs);
    CloseHandle(theirs);
    if (failure) {
        CloseHandle(ours);
        return port_fail_os(error, (int)failure, "cannot run %s", program);
    }
    set_asking(process);
    *len = read_answer(ours, text, room);
    cleat_status status = has_succeeded(process) ? CLEAT_OK : CLEAT_E_CANCELLED;
    set_asking(NULL);
    CloseHandle(process);
    CloseHandle(ours);
    return status;
}
