/* uv_fs_lstat for this program (the linker's --wrap). */
#include "looks.h"

#include <string.h>
#include <uv.h>

static const char *watched;
static void (*act)(const char *path);

int __real_uv_fs_lstat(uv_loop_t *loop, uv_fs_t *fs, const char *path, uv_fs_cb done);
int __wrap_uv_fs_lstat(uv_loop_t *loop, uv_fs_t *fs, const char *path, uv_fs_cb done);

void looks_watch(const char *path, void (*then)(const char *path))
{
    watched = path;
    act = then;
}

int __wrap_uv_fs_lstat(uv_loop_t *loop, uv_fs_t *fs, const char *path, uv_fs_cb done)
{
    int result = __real_uv_fs_lstat(loop, fs, path, done);
    if (watched && strcmp(path, watched) == 0)
        act(path);
    return result;
}
