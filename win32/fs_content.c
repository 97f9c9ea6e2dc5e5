/* What is in files: copies and holes; who owns them, and when. */
#include "fs_tree.h"

#include <stdlib.h>
#include <time.h>
#include <windows.h>
#include <winioctl.h>

enum { PIECE = 256 << 10 };

/* ---- copies ---- */

static int write_all(uv_file to, char *data, size_t len, uint64_t at)
{
    while (len) {
        uv_fs_t request;
        uv_buf_t buf = uv_buf_init(data, (unsigned)len);
        int n = uv_fs_write(NULL, &request, to, &buf, 1, (int64_t)at, NULL);
        uv_fs_req_cleanup(&request);
        if (n <= 0)
            return n ? n : UV_EIO;
        data += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return 0;
}

int port_file_copy(uv_file from, uint64_t from_offset, uint64_t length, uv_file to,
                   uint64_t to_offset, uint64_t *copied)
{
    uv_fs_t request;
    char *room = malloc(PIECE);
    *copied = 0;
    if (!room)
        return UV_ENOMEM;
    uv_buf_t buf = uv_buf_init(room, length < PIECE ? (unsigned)length : PIECE);
    int n = uv_fs_read(NULL, &request, from, &buf, 1, (int64_t)from_offset, NULL);
    uv_fs_req_cleanup(&request);
    int failure = n < 0 ? n : write_all(to, room, (size_t)n, to_offset);
    if (!failure)
        *copied = (uint64_t)n;
    free(room);
    return failure;
}

/* ---- holes ---- */

static int size_of(uv_file file, uint64_t *size)
{
    uv_fs_t request;
    int failure = uv_fs_fstat(NULL, &request, file, NULL);
    *size = request.statbuf.st_size;
    uv_fs_req_cleanup(&request);
    return failure;
}

int port_file_data(uv_file file, uint64_t offset, uint64_t *start, uint64_t *end)
{
    FILE_ALLOCATED_RANGE_BUFFER asked = {0};
    FILE_ALLOCATED_RANGE_BUFFER found;
    uint64_t size;
    DWORD got = 0;
    int failure = size_of(file, &size);
    if (failure)
        return failure;
    if (offset >= size)
        return UV_EOF;
    asked.FileOffset.QuadPart = (LONGLONG)offset;
    asked.Length.QuadPart = (LONGLONG)(size - offset);
    BOOL
    done = DeviceIoControl((HANDLE)uv_get_osfhandle(file), FSCTL_QUERY_ALLOCATED_RANGES, &asked,
                           sizeof asked, &found, sizeof found, &got, NULL);
    if (!done && GetLastError() != ERROR_MORE_DATA) { /* a file system without holes */
        *start = offset;
        *end = size;
        return 0;
    }
    if (got < sizeof found)
        return UV_EOF;
    uint64_t first = (uint64_t)found.FileOffset.QuadPart;
    uint64_t last = first + (uint64_t)found.Length.QuadPart;
    *start = first < offset ? offset : first;
    *end = last > size ? size : last;
    return 0;
}

void port_file_sparse(uv_file file)
{
    DWORD got;
    DeviceIoControl((HANDLE)uv_get_osfhandle(file), FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL);
}

const char *port_newline(void)
{
    return "\r\n";
}

/* ---- owners: files have none that a number could name ---- */

char *port_owner_name(uint32_t id, bool group)
{
    (void)id, (void)group;
    return NULL;
}

bool port_owner_id(uint32_t *id, const char *name, bool group)
{
    (void)name, (void)group;
    *id = 0;
    return false;
}

/* ---- time ---- */

void port_local_time(int64_t seconds, port_calendar *c)
{
    struct tm tm = {.tm_year = 70, .tm_mday = 1};
    __time64_t t = seconds;
    if (_localtime64_s(&tm, &t) != 0)
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    *c = (port_calendar){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                         tm.tm_hour,        tm.tm_min,     tm.tm_sec};
}
