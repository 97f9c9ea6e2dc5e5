/* What is in files: copies and holes. */
#include "fs_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

/* ---- copies ---- */

static int write_all(int to, const char *data, size_t len, off_t at)
{
    while (len) {
        ssize_t n = pwrite(to, data, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fs_failure();
        data += n;
        len -= (size_t)n;
        at += n;
    }
    return 0;
}

static int copy_by_hand(int from, off_t from_at, size_t len, int to, off_t to_at, uint64_t *copied)
{
    char *room = malloc(PIECE);
    if (!room)
        return UV_ENOMEM;
    ssize_t n = pread(from, room, len < PIECE ? len : PIECE, from_at);
    int failure = n < 0 ? fs_failure() : write_all(to, room, (size_t)n, to_at);
    if (!failure)
        *copied = (uint64_t)n;
    free(room);
    return failure;
}

#ifdef __linux__
/* False: it has to be done by hand (file systems, kernels and files that cannot). */
static bool copy_by_kernel(int from, off_t from_at, size_t len, int to, off_t to_at,
                           uint64_t *copied, int *failure)
{
    ssize_t n = copy_file_range(from, &from_at, to, &to_at, len, 0);
    if (n > 0) {
        *copied = (uint64_t)n;
        return true;
    }
    /* 0 is the end, or a file of /proc whose size is not known before it is read. */
    if (n == 0 || errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ||
        errno == EBADF || errno == EPERM)
        return false;
    *failure = fs_failure();
    return true;
}
#else
static bool copy_by_kernel(int from, off_t from_at, size_t len, int to, off_t to_at,
                           uint64_t *copied, int *failure)
{
    (void)from, (void)from_at, (void)len, (void)to, (void)to_at, (void)copied, (void)failure;
    return false;
}
#endif

int port_file_copy(uv_file from, uint64_t from_offset, uint64_t length, uv_file to,
                   uint64_t to_offset, uint64_t *copied)
{
    size_t len = length > (1u << 30) ? 1u << 30 : (size_t)length;
    int failure = 0;
    *copied = 0;
    if (copy_by_kernel(from, (off_t)from_offset, len, to, (off_t)to_offset, copied, &failure))
        return failure;
    return copy_by_hand(from, (off_t)from_offset, len, to, (off_t)to_offset, copied);
}

/* ---- holes ---- */

static int rest_of_file(int file, uint64_t offset, uint64_t *start, uint64_t *end)
{
    struct stat st;
    if (fstat(file, &st) < 0)
        return fs_failure();
    *start = offset;
    *end = (uint64_t)st.st_size;
    return offset < *end ? 0 : UV_EOF;
}

#ifdef SEEK_DATA
/* Nobody reads or writes at the descriptor's own offset. */
int port_file_data(uv_file file, uint64_t offset, uint64_t *start, uint64_t *end)
{
    off_t data = lseek(file, (off_t)offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
        return UV_EOF;
    off_t hole = data < 0 ? -1 : lseek(file, data, SEEK_HOLE);
    if (hole < 0)
        return rest_of_file(file, offset, start, end);
    *start = (uint64_t)data;
    *end = (uint64_t)hole;
    return 0;
}
#else
int port_file_data(uv_file file, uint64_t offset, uint64_t *start, uint64_t *end)
{
    return rest_of_file(file, offset, start, end);
}
#endif

void port_file_sparse(uv_file file)
{
    (void)file; /* they are */
}

const char *port_newline(void)
{
    return "\n";
}
