/* Locks on ranges of files. */
#include "fs_tree.h"

#include <windows.h>

bool port_range_locks_bind(void)
{
    return true;
}

static DWORD low(uint64_t n)
{
    return (DWORD)n;
}

static DWORD high(uint64_t n)
{
    return (DWORD)(n >> 32);
}

/* Length 0: as far as files go. */
static uint64_t reach(uint64_t offset, uint64_t length)
{
    return length ? length : INT64_MAX - offset;
}

int port_range_lock(uv_file file, uint64_t offset, uint64_t length, bool shared)
{
    OVERLAPPED at = {.Offset = low(offset), .OffsetHigh = high(offset)};
    DWORD flags = LOCKFILE_FAIL_IMMEDIATELY | (shared ? 0 : LOCKFILE_EXCLUSIVE_LOCK);
    uint64_t len = reach(offset, length);
    if (LockFileEx((HANDLE)uv_get_osfhandle(file), flags, 0, low(len), high(len), &at))
        return 0;
    DWORD error = GetLastError();
    bool taken = error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING;
    return taken ? UV_EBUSY : uv_translate_sys_error((int)error);
}

int port_range_unlock(uv_file file, uint64_t offset, uint64_t length)
{
    OVERLAPPED at = {.Offset = low(offset), .OffsetHigh = high(offset)};
    uint64_t len = reach(offset, length);
    if (UnlockFileEx((HANDLE)uv_get_osfhandle(file), 0, low(len), high(len), &at))
        return 0;
    return uv_translate_sys_error((int)GetLastError());
}
