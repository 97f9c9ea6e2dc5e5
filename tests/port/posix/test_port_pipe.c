/* Pipes that hold more than they are given unasked. */
#include "port.h"
#include "posix/fd.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <unistd.h>

/* How much goes into an empty pipe that nobody reads. */
static size_t capacity(bool widen)
{
    static const uint8_t block[4096];
    size_t held = 0;
    int fds[2];
    CU_ASSERT_FATAL(port_fd_pipe(fds));
    if (widen)
        port_pipe_widen(fds[1]);
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    while (write(fds[1], block, sizeof block) == (ssize_t)sizeof block)
        held += sizeof block;
    port_fd_close(&fds[0]);
    port_fd_close(&fds[1]);
    return held;
}

static void a_widened_pipe_holds_more(void)
{
#ifdef F_SETPIPE_SZ
    CU_ASSERT(capacity(true) > 4 * capacity(false));
#else
    CU_ASSERT(capacity(true) >= capacity(false));
#endif
}

static void what_is_no_pipe_stays_as_it_is(void)
{
    int fd = port_fd_open("/dev/null", O_WRONLY);
    port_pipe_widen(fd);
    CU_ASSERT_EQUAL(write(fd, "x", 1), 1);
    port_fd_close(&fd);
    port_pipe_widen(fd);
}

void suite_port_pipe(void)
{
    CU_pSuite s = CU_add_suite("port_pipe", NULL, NULL);
    CU_add_test(s, "a_widened_pipe_holds_more", a_widened_pipe_holds_more);
    CU_add_test(s, "what_is_no_pipe_stays_as_it_is", what_is_no_pipe_stays_as_it_is);
}
