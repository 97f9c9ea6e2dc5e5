/* Files of this machine. */
#include "local_file.h"

#include <uv.h>

static bool is_directory(uv_fs_t *fs)
{
    bool is = fs->result == 0 && (fs->statbuf.st_mode & S_IFMT) == S_IFDIR;
    uv_fs_req_cleanup(fs);
    return is;
}

bool local_is_directory(const char *path)
{
    uv_fs_t fs;
    uv_fs_stat(NULL, &fs, path, NULL);
    return is_directory(&fs);
}

bool local_is_there(const char *path)
{
    uv_fs_t fs;
    int result = uv_fs_lstat(NULL, &fs, path, NULL);
    uv_fs_req_cleanup(&fs);
    return result == 0;
}

bool local_is_real_directory(const char *path)
{
    uv_fs_t fs;
    uv_fs_lstat(NULL, &fs, path, NULL);
    return is_directory(&fs);
}
