/* Reading a private or trusted file whole. What is checked is the open file, not its name. */
#include "port_sys.h"

#include "fail.h"
#include "fd.h"
#include "file_trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_ROOM = 4096 };

typedef struct growing {
    uint8_t *data; /* room for `room` bytes and a final zero */
    size_t len, room;
} growing;

/* What the file is said to hold, and a byte more, which is never read: then one read does. */
static size_t room_for(int fd)
{
    struct stat facts;
    bool tells = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size >= FIRST_ROOM;
    return tells ? (size_t)facts.st_size + 1 : FIRST_ROOM;
}

/* Private keys pass through here, so no copy of the old block may stay behind unwiped. */
static bool grow(growing *g, int fd, size_t limit)
{
    size_t room = g->room ? g->room * 2 : room_for(fd);
    if (room > limit + 1)
        room = limit + 1; /* one byte more than allowed shows that the file is too large */
    uint8_t *data = malloc(room + 1);
    if (!data)
        return false;
    for (size_t i = 0; i < g->len; i++)
        data[i] = g->data[i];
    port_free_secret(g->data, g->len);
    g->data = data;
    g->room = room;
    return true;
}

static cleat_status read_all(growing *g, int fd, const char *path, size_t limit, cleat_error *error)
{
    for (;;) {
        if (g->len == g->room && !grow(g, fd, limit))
            return port_fail_memory(error);
        ssize_t n = read(fd, g->data + g->len, g->room - g->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return port_fail_os(error, errno, "cannot read %s", path);
        if (n == 0)
            break;
        g->len += (size_t)n;
        if (g->len > limit)
            return port_fail(error, CLEAT_E_LIMIT, "%s is larger than %zu bytes", path, limit);
    }
    g->data[g->len] = 0;
    return CLEAT_OK;
}

static cleat_status check(int fd, const char *path, port_trust trust, cleat_error *error)
{
    struct stat facts;
    if (fstat(fd, &facts) < 0)
        return port_fail_os(error, errno, "cannot look at %s", path);
    if (S_ISDIR(facts.st_mode) || (trust != PORT_TRUST_ANY && !S_ISREG(facts.st_mode)))
        return port_fail(error, CLEAT_E_IO, "%s is not a regular file", path);
    return port_trust_check(&facts, path, geteuid(), trust, error);
}

/* O_NONBLOCK so that a FIFO someone put in place of a trusted file cannot hold us up; it means
 * nothing to a regular file. */
static cleat_status open_checked(int *fd, const char *path, port_trust trust, cleat_error *error)
{
    *fd = port_fd_open(path, trust == PORT_TRUST_ANY ? O_RDONLY : O_RDONLY | O_NONBLOCK);
    if (*fd < 0)
        return port_fail_os(error, errno, "cannot open %s", path);
    cleat_status status = check(*fd, path, trust, error);
    if (status != CLEAT_OK)
        port_fd_close(fd);
    return status;
}

static cleat_status open_strict(int *fd, const char *path, const char *home, cleat_error *error)
{
    char *real = realpath(path, NULL);
    if (!real)
        return port_fail_os(error, errno, "cannot open %s", path);
    cleat_status status = port_trust_check_parents(real, home, error);
    if (status == CLEAT_OK)
        status = open_checked(fd, real, PORT_TRUST_STRICT, error);
    free(real);
    return status;
}

cleat_status port_sys_file_open(int *fd, const char *path, port_trust trust, const char *home,
                                cleat_error *error)
{
    return trust == PORT_TRUST_STRICT ? open_strict(fd, path, home, error)
                                      : open_checked(fd, path, trust, error);
}

cleat_status port_sys_file_check(const char *path, port_trust trust, const char *home,
                                 cleat_error *error)
{
    int fd = -1;
    cleat_status status = port_sys_file_open(&fd, path, trust, home, error);
    if (status == CLEAT_OK)
        port_fd_close(&fd);
    return status;
}

cleat_status port_sys_file_read(uint8_t **data, size_t *len, const char *path, port_trust trust,
                                const char *home, size_t limit, cleat_error *error)
{
    int fd = -1;
    growing g = {0};
    cleat_status status = port_sys_file_open(&fd, path, trust, home, error);
    if (status < 0)
        return status;
    status = read_all(&g, fd, path, limit, error);
    port_fd_close(&fd);
    if (status < 0) {
        port_free_secret(g.data, g.len);
        return status;
    }
    *data = g.data;
    *len = g.len;
    return CLEAT_OK;
}
