/* Locks on ranges of files. They belong to the open file, not to the process, so that two clients
 * of one daemon are as apart as two processes. */
#include "fs_tree.h"

#include <errno.h>
#include <fcntl.h>

bool port_range_locks_bind(void)
{
    return false;
}

#ifdef F_OFD_SETLK
static int set_lock(uv_file file, uint64_t offset, uint64_t length, short type)
{
    struct flock lock = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = (off_t)length};
    if (fcntl(file, F_OFD_SETLK, &lock) == 0)
        return 0;
    if (errno == EAGAIN || errno == EACCES)
        return UV_EBUSY;
    return errno == EBADF ? UV_EACCES : fs_failure(); /* not opened for what the lock is about */
}

int port_range_lock(uv_file file, uint64_t offset, uint64_t length, bool shared)
{
    return set_lock(file, offset, length, shared ? F_RDLCK : F_WRLCK);
}

int port_range_unlock(uv_file file, uint64_t offset, uint64_t length)
{
    return set_lock(file, offset, length, F_UNLCK);
}
#else
int port_range_lock(uv_file file, uint64_t offset, uint64_t length, bool shared)
{
    (void)file, (void)offset, (void)length, (void)shared;
    return UV_ENOTSUP;
}

int port_range_unlock(uv_file file, uint64_t offset, uint64_t length)
{
    (void)file, (void)offset, (void)length;
    return UV_ENOTSUP;
}
#endif
