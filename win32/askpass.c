/* Questions put through an SSH_ASKPASS program, whose standard output is the answer. */
#include "port.h"

#include "ask.h"
#include "fail.h"
#include "pipe.h"
#include "quote.h"
#include "spawn.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 1024 };
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

static cleat_status take_answer(char **answer, char *text, size_t len, HANDLE process,
                                const char *program, cleat_error *error)
{
    DWORD how = 1;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &how);
    if (how != 0)
        return port_fail(error, CLEAT_E_CANCELLED, "%s gave no answer", program);
    text[len] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    *answer = port_format("%s", text);
    return *answer ? CLEAT_OK : port_fail_memory(error);
}

cleat_status port_askpass(char **answer, const char *program, const char *prompt, const char *hint,
                          cleat_error *error)
{
    *answer = NULL;
    HANDLE ours, theirs, process = NULL;
    if (!port_pipe(&ours, &theirs, false))
        return port_fail_last(error, "cannot make a pipe");
    DWORD failure = spawn(&process, program, prompt, hint, theirs);
    CloseHandle(theirs);
    if (failure) {
        CloseHandle(ours);
        return port_fail_os(error, (int)failure, "cannot run %s", program);
    }
    char text[ANSWER_MAX];
    set_asking(process);
    size_t len = read_answer(ours, text, sizeof text - 1);
    set_asking(NULL);
    cleat_status status = take_answer(answer, text, len, process, program, error);
    SecureZeroMemory(text, sizeof text);
    CloseHandle(process);
    CloseHandle(ours);
    return status;
}
