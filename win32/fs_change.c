/* Attributes that are set, and the room on a disk. */
#include "fs_tree.h"

#include "wide.h"

#include <stdlib.h>
#include <windows.h>

static double seconds(port_time t)
{
    return (double)t.seconds + (double)t.nanoseconds / 1e9;
}

static double as_seconds(uv_timespec_t t)
{
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* libuv sets both times, so the one that shall stay is the one that is. */
static void times_of(const port_change *c, const uv_stat_t *now, double *atime, double *mtime)
{
    *atime = c->set & PORT_SET_ATIME ? seconds(c->atime) : as_seconds(now->st_atim);
    *mtime = c->set & PORT_SET_MTIME ? seconds(c->mtime) : as_seconds(now->st_mtim);
}

enum { SET_IDS = PORT_SET_OWNER | PORT_SET_GROUP, SET_TIMES = PORT_SET_ATIME | PORT_SET_MTIME };

static int stat_file(uv_file file, uv_stat_t *to)
{
    uv_fs_t request;
    int failure = uv_fs_fstat(NULL, &request, file, NULL);
    *to = request.statbuf;
    uv_fs_req_cleanup(&request);
    return failure;
}

static int set_file_times(uv_file file, const port_change *c)
{
    uv_fs_t request;
    uv_stat_t now;
    double atime;
    double mtime;
    int failure = stat_file(file, &now);
    if (failure)
        return failure;
    times_of(c, &now, &atime, &mtime);
    failure = uv_fs_futime(NULL, &request, file, atime, mtime, NULL);
    uv_fs_req_cleanup(&request);
    return failure;
}

int port_file_change(uv_file file, const port_change *c)
{
    uv_fs_t request;
    int failure = c->set & SET_IDS ? UV_ENOTSUP : 0;
    if (!failure && (c->set & PORT_SET_SIZE)) {
        failure = uv_fs_ftruncate(NULL, &request, file, (int64_t)c->size, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (!failure && (c->set & PORT_SET_MODE)) {
        failure = uv_fs_fchmod(NULL, &request, file, (int)c->mode, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (!failure && (c->set & SET_TIMES))
        failure = set_file_times(file, c);
    return failure;
}

static int set_size(const port_tree *tree, const char *path, const port_change *c)
{
    uv_fs_t request;
    uv_file file;
    const port_change size = {.set = PORT_SET_SIZE, .size = c->size};
    int failure = port_tree_file(&file, tree, path, PORT_OPEN_WRITE, 0);
    if (failure)
        return failure;
    failure = port_file_change(file, &size);
    uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return failure;
}

static int set_times(const char *native, bool follow, const uv_stat_t *now, const port_change *c)
{
    uv_fs_t request;
    double atime;
    double mtime;
    times_of(c, now, &atime, &mtime);
    int failure = follow ? uv_fs_utime(NULL, &request, native, atime, mtime, NULL)
                         : uv_fs_lutime(NULL, &request, native, atime, mtime, NULL);
    uv_fs_req_cleanup(&request);
    return failure;
}

int port_tree_change(const port_tree *tree, const char *path, bool follow, const port_change *c)
{
    uv_fs_t request;
    uv_stat_t now;
    char *native;
    unsigned beyond = SET_IDS | (follow ? 0u : (unsigned)(PORT_SET_SIZE | PORT_SET_MODE));
    int failure = c->set & beyond ? UV_ENOTSUP : port_tree_stat(tree, path, follow, &now);
    if (!failure && (c->set & PORT_SET_SIZE))
        failure = set_size(tree, path, c);
    if (!failure)
        failure = fs_native(&native, tree, path, follow ? FS_FOLLOWED : FS_ITSELF);
    if (failure)
        return failure;
    if (!native)
        return UV_EACCES;
    if (c->set & PORT_SET_MODE) {
        failure = uv_fs_chmod(NULL, &request, native, (int)c->mode, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (!failure && (c->set & SET_TIMES))
        failure = set_times(native, follow, &now, c);
    free(native);
    return failure;
}

/* ---- names ---- */

int fs_rename_beside(const char *from, const char *to)
{
    wchar_t *old = port_wide(from);
    wchar_t *fresh = port_wide(to);
    BOOL
    done = old && fresh && MoveFileExW(old, fresh, MOVEFILE_COPY_ALLOWED);
    int failure = done ? 0 : uv_translate_sys_error((int)GetLastError());
    free(old);
    free(fresh);
    return failure;
}

/* ---- room ---- */

/* In blocks of what NTFS uses unless told otherwise. */
static int space_of(const wchar_t *folder, port_space *space)
{
    enum { BLOCK = 4096, NAME_LONGEST = 255 };
    ULARGE_INTEGER mine;
    ULARGE_INTEGER all;
    ULARGE_INTEGER unused;
    if (!GetDiskFreeSpaceExW(folder, &mine, &all, &unused))
        return uv_translate_sys_error((int)GetLastError());
    *space = (port_space){.block = BLOCK,
                          .fragment = BLOCK,
                          .blocks = all.QuadPart / BLOCK,
                          .blocks_free = unused.QuadPart / BLOCK,
                          .blocks_available = mine.QuadPart / BLOCK,
                          .name_max = NAME_LONGEST};
    return 0;
}

/* The call wants a folder; the path is changed. */
static int space_around(wchar_t *path, port_space *space)
{
    int failure = space_of(path, space);
    wchar_t *end = wcsrchr(path, L'\\');
    if (!failure || !end)
        return failure;
    end[1] = 0;
    return space_of(path, space);
}

int port_tree_space(const port_tree *tree, const char *path, port_space *space)
{
    char *native;
    int failure = fs_native(&native, tree, path, FS_FOLLOWED);
    if (failure)
        return failure;
    wchar_t *wide = native ? port_wide(native) : NULL;
    failure = wide ? space_around(wide, space) : UV_ENOTSUP;
    free(wide);
    free(native);
    return failure;
}

int port_file_space(uv_file file, port_space *space)
{
    enum { PATH_ROOM = 32768 };
    wchar_t *path = malloc(PATH_ROOM * sizeof *path);
    if (!path)
        return UV_ENOMEM;
    DWORD len = GetFinalPathNameByHandleW((HANDLE)uv_get_osfhandle(file), path, PATH_ROOM, 0);
    int failure = len && len < PATH_ROOM ? space_around(path, space)
                                         : uv_translate_sys_error((int)GetLastError());
    free(path);
    return failure;
}
