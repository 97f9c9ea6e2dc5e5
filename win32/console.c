/* The user's own console: size, raw mode, questions. */
#include "port_sys.h"

#include "ask.h"
#include "fail.h"
#include "wide.h"

#include <io.h>
#include <signal.h>
#include <stdlib.h>
#include <windows.h>

enum { LINE_MAX_LEN = 1024 };

struct port_raw {
    HANDLE in, out; /* NULL: nothing to put back */
    DWORD in_before, out_before;
};

static HANDLE handle_of(int fd)
{
    intptr_t handle = _get_osfhandle(fd);
    return handle == -1 || handle == -2 ? NULL : (HANDLE)handle;
}

/* ---- Size and modes -------------------------------------------------------------------------- */

bool port_tty_size(int fd, cleat_winsize *size)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    *size = (cleat_winsize){0};
    HANDLE handle = handle_of(fd);
    if (!handle || !GetConsoleScreenBufferInfo(handle, &info))
        return false;
    size->columns = (uint32_t)(info.srWindow.Right - info.srWindow.Left + 1);
    size->rows = (uint32_t)(info.srWindow.Bottom - info.srWindow.Top + 1);
    return true;
}

/* A console has no such modes; the server's defaults are right for it. */
size_t port_tty_modes(int fd, uint8_t modes[PORT_TTY_MODES_MAX])
{
    (void)fd;
    modes[0] = 0;
    return 1;
}

/* ---- Raw mode -------------------------------------------------------------------------------- */

static bool change(HANDLE console, DWORD *before, DWORD off, DWORD on)
{
    return GetConsoleMode(console, before) && SetConsoleMode(console, (*before & ~off) | on);
}

cleat_status port_raw_enter(port_raw **raw, int in, int out, cleat_error *error)
{
    *raw = NULL;
    port_raw *made = calloc(1, sizeof *made);
    if (!made)
        return port_fail_memory(error);
    HANDLE keys = handle_of(in), screen = handle_of(out);
    if (keys && change(keys, &made->in_before,
                       ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT | ENABLE_PROCESSED_INPUT,
                       ENABLE_VIRTUAL_TERMINAL_INPUT | ENABLE_WINDOW_INPUT))
        made->in = keys;
    if (screen && change(screen, &made->out_before, 0,
                         ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING |
                             DISABLE_NEWLINE_AUTO_RETURN))
        made->out = screen;
    *raw = made;
    return CLEAT_OK;
}

void port_raw_leave(port_raw *raw)
{
    if (!raw)
        return;
    if (raw->in)
        SetConsoleMode(raw->in, raw->in_before);
    if (raw->out)
        SetConsoleMode(raw->out, raw->out_before);
    free(raw);
}

/* ---- Questions ------------------------------------------------------------------------------- */

/* What the control handler puts back when the program is ended in the middle of a question. */
static HANDLE asked_console;
static DWORD asked_before;

static BOOL
WINAPI put_back(DWORD event)
{
    (void)event;
    SetConsoleMode(asked_console, asked_before);
    return FALSE; /* whoever comes next decides what the event means */
}

static volatile LONG given_up;

/* A line that waits for its end gets one; nobody looks at it. */
void port_ask_give_up(void)
{
    INPUT_RECORD key = {.EventType = KEY_EVENT};
    key.Event.KeyEvent.bKeyDown = TRUE;
    key.Event.KeyEvent.wRepeatCount = 1;
    key.Event.KeyEvent.wVirtualKeyCode = VK_RETURN;
    key.Event.KeyEvent.uChar.UnicodeChar = L'\r';
    DWORD written;
    InterlockedExchange(&given_up, 1);
    if (asked_console)
        WriteConsoleInputW(asked_console, &key, 1, &written);
    port_askpass_give_up();
}

static void put(HANDLE out, const wchar_t *text)
{
    DWORD written;
    WriteConsoleW(out, text, (DWORD)wcslen(text), &written, NULL);
}

static cleat_status take_line(char **answer, wchar_t *line, DWORD len, cleat_error *error)
{
    if (len == 0 || line[0] == 0x1a) /* nothing at all, or Ctrl-Z */
        return port_fail(error, CLEAT_E_EOF, "the input ended without an answer");
    if (line[len - 1] != L'\n')
        return port_fail(error, CLEAT_E_LIMIT, "the answer is longer than %d characters",
                         LINE_MAX_LEN - 2);
    while (len > 0 && (line[len - 1] == L'\n' || line[len - 1] == L'\r'))
        len--;
    line[len] = L'\0';
    *answer = port_narrow(line);
    return *answer ? CLEAT_OK : port_fail_memory(error);
}

static cleat_status ask(char **answer, HANDLE in, HANDLE out, const wchar_t *prompt, bool echo,
                        cleat_error *error)
{
    wchar_t line[LINE_MAX_LEN + 1];
    DWORD before, len = 0;
    DWORD off = ENABLE_VIRTUAL_TERMINAL_INPUT | (echo ? 0 : ENABLE_ECHO_INPUT);
    DWORD on = ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT | (echo ? ENABLE_ECHO_INPUT : 0);
    if (!change(in, &before, off, on))
        return port_fail_last(error, "cannot set the console's modes");
    asked_console = in;
    asked_before = before;
    SetConsoleCtrlHandler(put_back, TRUE);
    put(out, prompt);
    SetLastError(0);
    BOOL
    got = !given_up && ReadConsoleW(in, line, LINE_MAX_LEN, &len, NULL);
    DWORD failure = given_up ? ERROR_OPERATION_ABORTED : GetLastError();
    asked_console = NULL;
    if (!echo)
        put(out, L"\r\n");
    SetConsoleMode(in, before);
    SetConsoleCtrlHandler(put_back, FALSE);

    cleat_status status;
    if (failure == ERROR_OPERATION_ABORTED)
        status = port_fail(error, CLEAT_E_CANCELLED, "the question was interrupted");
    else if (!got)
        status = port_fail_os(error, (int)failure, "cannot read from the console");
    else
        status = take_line(answer, line, len, error);
    SecureZeroMemory(line, sizeof line);
    return status;
}

static HANDLE open_console(const wchar_t *name)
{
    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_EXISTING, 0, NULL);
}

cleat_status port_sys_tty_ask(char **answer, const char *prompt, bool echo, cleat_error *error)
{
    wchar_t *wide = port_wide(prompt);
    if (!wide)
        return port_fail_wide(error, prompt);
    HANDLE in = open_console(L"CONIN$"), out = open_console(L"CONOUT$");
    cleat_status status;
    if (in == INVALID_HANDLE_VALUE || out == INVALID_HANDLE_VALUE)
        status = port_fail(error, CLEAT_E_NO_SUCH, "there is no console to ask on");
    else
        status = ask(answer, in, out, wide, echo, error);
    if (in != INVALID_HANDLE_VALUE)
        CloseHandle(in);
    if (out != INVALID_HANDLE_VALUE)
        CloseHandle(out);
    free(wide);
    return status;
}

cleat_status port_tty_suspend(cleat_error *error)
{
    return port_fail(error, CLEAT_E_UNSUPPORTED, "programs cannot be suspended on Windows");
}

int port_tty_break_signal(void)
{
    return SIGBREAK;
}
