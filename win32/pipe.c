/* Overlapped pipes. Anonymous ones cannot be overlapped, so these have a name that nobody else can
 * guess in time: the first-instance flag refuses one that is taken. */
#include "pipe.h"

#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <wchar.h>

enum { PIPE_ROOM = 65536, NAME_ROOM = 96 };

static HANDLE make_server(wchar_t *name)
{
    static volatile LONG serial;
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    _snwprintf(name, NAME_ROOM, L"\\\\.\\pipe\\cleat-%lx-%lx-%lx%lx", GetCurrentProcessId(),
               (unsigned long)InterlockedIncrement(&serial), (unsigned long)now.HighPart,
               (unsigned long)now.LowPart);
    return CreateNamedPipeW(
        name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_ROOM,
        PIPE_ROOM, 0, NULL);
}

bool port_pipe(HANDLE *ours, HANDLE *theirs, bool they_read)
{
    wchar_t name[NAME_ROOM];
    *ours = *theirs = NULL;
    HANDLE server = make_server(name);
    if (server == INVALID_HANDLE_VALUE)
        return false;
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    HANDLE client = CreateFileW(name,
                                they_read ? GENERIC_READ | FILE_WRITE_ATTRIBUTES
                                          : GENERIC_WRITE | FILE_READ_ATTRIBUTES,
                                0, &inherited, OPEN_EXISTING, 0, NULL);
    if (client == INVALID_HANDLE_VALUE) {
        DWORD failure = GetLastError();
        CloseHandle(server);
        SetLastError(failure);
        return false;
    }
    *ours = server;
    *theirs = client;
    return true;
}

int port_handle_fd(HANDLE handle)
{
    int fd = _open_osfhandle((intptr_t)handle, _O_BINARY);
    if (fd < 0)
        CloseHandle(handle);
    return fd;
}

void port_handle_close(HANDLE *handle)
{
    if (*handle)
        CloseHandle(*handle);
    *handle = NULL;
}
