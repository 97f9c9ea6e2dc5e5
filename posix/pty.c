/* Pseudo-terminals. */
#include "pty.h"

#include "fail.h"
#include "parts.h"
#include "fd.h"
#include "port_sys.h"
#include "term_modes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct port_pty {
    int master;
    int slave;
    char name[64];
};

static struct winsize winsize_of(const cleat_winsize *size)
{
    return (struct winsize){.ws_col = (unsigned short)size->columns,
                            .ws_row = (unsigned short)size->rows,
                            .ws_xpixel = (unsigned short)size->width_px,
                            .ws_ypixel = (unsigned short)size->height_px};
}

static bool take_name(port_pty *p)
{
    errno = ptsname_r(p->master, p->name, sizeof p->name);
    return errno == 0;
}

static bool open_both_sides(port_pty *p)
{
    p->master = port_fd_open("/dev/ptmx", O_RDWR);
    if (p->master < 0 || grantpt(p->master) < 0 || unlockpt(p->master) < 0 || !take_name(p))
        return false;
    p->slave = port_fd_open(p->name, O_RDWR);
    return p->slave >= 0;
}

/* A terminal whose modes cannot be set is still better than none, so that failure is passed over.
 */
static void set_modes(int slave, cleat_slice modes)
{
    struct termios tio;
    if (modes.len == 0 || tcgetattr(slave, &tio) < 0)
        return;
    port_modes_apply(&tio, modes);
    tcsetattr(slave, TCSANOW, &tio);
}

/* *pty is taken, and NULL after a failure. */
static cleat_status set_up(port_pty **pty, bool is_open, const cleat_winsize *size,
                           cleat_slice modes, cleat_error *error)
{
    cleat_status status = CLEAT_OK;
    if (!is_open)
        status = port_fail_os(error, errno, "cannot get a pseudo-terminal");
    else
        status = port_sys_pty_resize(*pty, size, error);
    if (status == CLEAT_OK) {
        set_modes((*pty)->slave, modes);
        return CLEAT_OK;
    }
    port_pty_close(*pty);
    *pty = NULL;
    return status;
}

cleat_status port_sys_pty_open(port_pty **pty, const cleat_winsize *size, cleat_slice modes,
                               cleat_error *error)
{
    *pty = calloc(1, sizeof **pty);
    if (!*pty)
        return port_fail_memory(error);
    (*pty)->master = (*pty)->slave = -1;
    return set_up(pty, open_both_sides(*pty), size, modes, error);
}

cleat_status port_pty_adopt(port_pty **pty, const int sides[2], const cleat_winsize *size,
                            cleat_slice modes, cleat_error *error)
{
    int master = sides[0];
    int slave = sides[1];
    *pty = calloc(1, sizeof **pty);
    if (!*pty) {
        port_fd_close(&master);
        port_fd_close(&slave);
        return port_fail_memory(error);
    }
    (*pty)->master = master;
    (*pty)->slave = slave;
    return set_up(pty, take_name(*pty), size, modes, error);
}

const char *port_pty_name(const port_pty *pty)
{
    return pty->name;
}

cleat_status port_sys_pty_resize(port_pty *pty, const cleat_winsize *size, cleat_error *error)
{
    struct winsize ws = winsize_of(size);
    if (ioctl(pty->master, TIOCSWINSZ, &ws) < 0)
        return port_fail_os(error, errno, "cannot resize %s", pty->name);
    return CLEAT_OK;
}

cleat_status port_pty_break(port_pty *pty, uint32_t ms, cleat_error *error)
{
    /* No tty driver lets the length of a break be chosen the same way: RFC 4335 §3 allows the
     * usual one instead. */
    (void)ms;
    if (tcsendbreak(pty->master, 0) < 0)
        return port_fail_os(error, errno, "cannot send a break to %s", pty->name);
    return CLEAT_OK;
}

void port_pty_show(port_pty *pty, const char *text)
{
    size_t len = strlen(text);
    int flags = fcntl(pty->slave, F_GETFL);
    if (pty->slave < 0 || fcntl(pty->slave, F_SETFL, flags | O_NONBLOCK) < 0)
        return;
    ssize_t n = write(pty->slave, text, len);
    (void)n; /* nobody reads yet, so nothing is waited for */
    fcntl(pty->slave, F_SETFL, flags);
}

bool port_fd_is_pty_master(int fd)
{
    char name[sizeof((port_pty *)0)->name];
    return ptsname_r(fd, name, sizeof name) == 0;
}

void port_pty_close(port_pty *pty)
{
    if (!pty)
        return;
    port_fd_close(&pty->slave);
    port_fd_close(&pty->master);
    free(pty);
}

int port_pty_master(const port_pty *pty)
{
    return pty->master;
}

int port_pty_dup_master(const port_pty *pty)
{
    return port_fd_dup(pty->master);
}

int port_pty_slave(const port_pty *pty)
{
    return pty->slave;
}

bool port_sys_pty_in_use(const port_pty *pty)
{
    return pty->slave < 0;
}

void port_pty_started(port_pty *pty)
{
    port_fd_close(&pty->slave);
}
