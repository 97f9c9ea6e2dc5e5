/* What the scripts here need to run on the Windows side: it copies, makes bytes, ends with a status
 * of 32 bits, shows what it was given, lingers with a child or leaves one behind, joins programs by
 * pipes, talks on a console, carries a named pipe to a socket, and answers as an SSH_ASKPASS
 * program where its argument is no verb. */
#include <winsock2.h>
#include <windows.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { ROOM = 65536 };
static uint8_t room[ROOM];

static bool put(HANDLE out, const void *bytes, DWORD len)
{
    DWORD n = 0;
    for (const uint8_t *at = bytes; len > 0; at += n, len -= n) {
        if (!WriteFile(out, at, len, &n, NULL) || n == 0)
            return false;
    }
    return true;
}

static bool say(HANDLE out, const char *text)
{
    return put(out, text, (DWORD)strlen(text));
}

static HANDLE std(DWORD which)
{
    return GetStdHandle(which);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static int copy(void)
{
    DWORD n = 0;
    while (ReadFile(std(STD_INPUT_HANDLE), room, ROOM, &n, NULL) && n > 0) {
        if (!put(std(STD_OUTPUT_HANDLE), room, n))
            return 1;
    }
    return 0;
}

static int make(const wchar_t *count)
{
    uint64_t left = wcstoull(count, NULL, 10);
    for (DWORD i = 0; i < ROOM; i++)
        room[i] = (uint8_t)(i * 31 + i / 251);
    while (left > 0) {
        DWORD part = left < ROOM ? (DWORD)left : ROOM;
        if (!put(std(STD_OUTPUT_HANDLE), room, part))
            return 1;
        left -= part;
    }
    return 0;
}

/* ---- what it was given ----------------------------------------------------------------------- */

static void say_wide(const wchar_t *text)
{
    char narrow[4096];
    int len = WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, sizeof narrow, NULL, NULL);
    if (len > 0)
        put(std(STD_OUTPUT_HANDLE), narrow, (DWORD)len - 1);
}

static int show(int argc, wchar_t **argv)
{
    for (int i = 2; i < argc; i++) {
        say(std(STD_OUTPUT_HANDLE), "<");
        say_wide(argv[i]);
        say(std(STD_OUTPUT_HANDLE), ">\n");
    }
    return 0;
}

static int answer(const wchar_t *prompt)
{
    wchar_t text[256] = L"";
    GetEnvironmentVariableW(L"CLEAT_TEST_ANSWER", text, 256);
    say_wide(text);
    say(std(STD_OUTPUT_HANDLE), "\n");
    return *prompt ? 0 : 1;
}

/* ---- processes ------------------------------------------------------------------------------- */

/* A child of its own, which knows nothing of sessions, must end with them too. It holds none of our
 * streams: else the session would rightly wait for it. */
static bool start_child(void)
{
    wchar_t self[MAX_PATH], line[MAX_PATH + 16];
    STARTUPINFOW info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;
    GetModuleFileNameW(NULL, self, MAX_PATH);
    swprintf(line, MAX_PATH + 16, L"\"%ls\" wait", self);
    if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &info, &made))
        return false;
    return say(std(STD_OUTPUT_HANDLE), "ready\n");
}

static int linger(void)
{
    if (!start_child())
        return 1;
    Sleep(600000);
    return 0;
}

static int leave(void)
{
    return start_child() ? 12 : 1;
}

/* ---- pipes between programs ------------------------------------------------------------------ */

/* Wine's cmd.exe puts files in place of the pipes of a line, so they are made here as that of
 * Windows makes them. */
static HANDLE start(wchar_t *line, HANDLE in, HANDLE out)
{
    STARTUPINFOW info = {.cb = sizeof info,
                         .dwFlags = STARTF_USESTDHANDLES,
                         .hStdInput = in,
                         .hStdOutput = out,
                         .hStdError = std(STD_ERROR_HANDLE)};
    PROCESS_INFORMATION made = {0};
    SetHandleInformation(in, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &made);
    SetHandleInformation(in, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, 0);
    return made.hProcess;
}

static int wait_for(HANDLE process)
{
    DWORD status = 1;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &status);
    return (int)status;
}

/* Runs the lines with a pipe from each to the next, until the one of that number ends. */
static int join(int which, int count, wchar_t **lines)
{
    HANDLE processes[8] = {NULL}, in = std(STD_INPUT_HANDLE);
    for (int i = 0; i < count && i < 8; i++) {
        bool is_last = i + 1 == count;
        HANDLE next = NULL, out = std(STD_OUTPUT_HANDLE);
        if (!is_last && !CreatePipe(&next, &out, NULL, 0))
            return 1;
        processes[i] = start(lines[i], in, out);
        if (i > 0)
            CloseHandle(in);
        if (!is_last)
            CloseHandle(out);
        in = next;
    }
    int status = wait_for(processes[which]);
    for (int i = 0; i < count && i < 8; i++)
        TerminateProcess(processes[i], 1);
    return status;
}

/* Runs a line whose input stays open and empty for as long as this program lives. */
static int hold(wchar_t *line)
{
    HANDLE in, keep;
    if (!CreatePipe(&in, &keep, NULL, 0))
        return 1;
    HANDLE process = start(line, in, std(STD_OUTPUT_HANDLE));
    CloseHandle(in);
    return wait_for(process);
}

/* ---- console --------------------------------------------------------------------------------- */

/* Echoes what is typed, in brackets, and tells the size. Under Wine a program on a pseudo-console
 * has no standard handles, so it opens the console by name. */
static int talk(void)
{
    HANDLE in = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE,
                            FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE out = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                             FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    CONSOLE_SCREEN_BUFFER_INFO info;
    wchar_t line[256], text[300];
    DWORD n = 0, written;
    if (in == INVALID_HANDLE_VALUE || !GetConsoleScreenBufferInfo(out, &info))
        return 1;
    swprintf(text, 300, L"size %d %d\r\n", info.srWindow.Right - info.srWindow.Left + 1,
             info.srWindow.Bottom - info.srWindow.Top + 1);
    WriteConsoleW(out, text, (DWORD)wcslen(text), &written, NULL);
    while (ReadConsoleW(in, line, 255, &n, NULL) && n > 0) {
        while (n > 0 && (line[n - 1] == L'\n' || line[n - 1] == L'\r'))
            n--;
        line[n] = 0;
        if (wcscmp(line, L"quit") == 0)
            return 9;
        swprintf(text, 300, L"[%ls]\r\n", line);
        WriteConsoleW(out, text, (DWORD)wcslen(text), &written, NULL);
    }
    return 2;
}

/* ---- a pipe to a socket ---------------------------------------------------------------------- */

typedef struct carrier {
    HANDLE pipe;
    SOCKET socket;
} carrier;

static bool transfer(HANDLE pipe, bool reads, void *bytes, DWORD len, DWORD *n)
{
    OVERLAPPED place = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    BOOL
    good = reads ? ReadFile(pipe, bytes, len, NULL, &place)
                 : WriteFile(pipe, bytes, len, NULL, &place);
    good = good || GetLastError() == ERROR_IO_PENDING;
    good = good && GetOverlappedResult(pipe, &place, n, TRUE) && *n > 0;
    CloseHandle(place.hEvent);
    return good;
}

static DWORD WINAPI carry_back(void *argument)
{
    const carrier *c = argument;
    uint8_t bytes[4096];
    DWORD n;
    int got;
    while ((got = recv(c->socket, (char *)bytes, sizeof bytes, 0)) > 0 &&
           transfer(c->pipe, false, bytes, (DWORD)got, &n))
        ;
    DisconnectNamedPipe(c->pipe);
    return 0;
}

static void carry(HANDLE pipe, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    carrier c = {pipe, socket(AF_INET, SOCK_STREAM, 0)};
    DWORD n = 0;
    if (connect(c.socket, (struct sockaddr *)&to, sizeof to) == 0) {
        HANDLE back = CreateThread(NULL, 0, carry_back, &c, 0, NULL);
        while (transfer(pipe, true, room, ROOM, &n) &&
               send(c.socket, (const char *)room, (int)n, 0) == (int)n)
            ;
        shutdown(c.socket, SD_SEND);
        WaitForSingleObject(back, INFINITE);
        CloseHandle(back);
    }
    closesocket(c.socket);
}

/* One client after another. */
static int bridge(const wchar_t *name, const wchar_t *port)
{
    WSADATA ignored;
    WSAStartup(MAKEWORD(2, 2), &ignored);
    for (bool first = true;; first = false) {
        HANDLE pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                       PIPE_TYPE_BYTE | PIPE_WAIT, 1, ROOM, ROOM, 0, NULL);
        OVERLAPPED place = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
        DWORD n;
        if (pipe == INVALID_HANDLE_VALUE)
            return 1;
        if (first)
            say(std(STD_OUTPUT_HANDLE), "ready\n");
        if (ConnectNamedPipe(pipe, &place) || GetLastError() == ERROR_PIPE_CONNECTED ||
            (GetLastError() == ERROR_IO_PENDING && GetOverlappedResult(pipe, &place, &n, TRUE)))
            carry(pipe, (uint16_t)wcstoul(port, NULL, 10));
        CloseHandle(place.hEvent);
        CloseHandle(pipe);
    }
}

static int errors(void)
{
    say(std(STD_OUTPUT_HANDLE), "fine\n");
    say(std(STD_ERROR_HANDLE), "oops\n");
    return 0;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *verb = argc > 1 ? argv[1] : L"";
    const wchar_t *first = argc > 2 ? argv[2] : L"";
    if (wcscmp(verb, L"copy") == 0)
        return copy();
    if (wcscmp(verb, L"make") == 0)
        return make(first);
    if (wcscmp(verb, L"exit") == 0)
        ExitProcess(wcstoul(first, NULL, 0));
    if (wcscmp(verb, L"errors") == 0)
        return errors();
    if (wcscmp(verb, L"show") == 0)
        return show(argc, argv);
    if (wcscmp(verb, L"linger") == 0)
        return linger();
    if (wcscmp(verb, L"leave") == 0)
        return leave();
    if (wcscmp(verb, L"hold") == 0)
        return hold(argv[2]);
    if (wcscmp(verb, L"join") == 0)
        return join((int)wcstol(first, NULL, 10), argc - 3, argv + 3);
    if (wcscmp(verb, L"wait") == 0)
        Sleep(600000);
    if (wcscmp(verb, L"talk") == 0)
        return talk();
    if (wcscmp(verb, L"bridge") == 0 && argc > 3)
        return bridge(first, argv[3]);
    return answer(verb);
}
