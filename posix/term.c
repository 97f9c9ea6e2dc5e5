/* The user's own terminal: size, modes, raw mode. */
#include "port.h"

#include "fail.h"
#include "term_modes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct port_raw {
    int fd; /* -1: nothing to put back */
    struct termios before;
};

bool port_tty_size(int fd, cleat_winsize *size)
{
    struct winsize ws;
    *size = (cleat_winsize){0};
    if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
        return false;
    *size = (cleat_winsize){.columns = ws.ws_col,
                            .rows = ws.ws_row,
                            .width_px = ws.ws_xpixel,
                            .height_px = ws.ws_ypixel};
    return true;
}

size_t port_tty_modes(int fd, uint8_t modes[PORT_TTY_MODES_MAX])
{
    struct termios tio;
    if (tcgetattr(fd, &tio) == 0)
        return port_modes_encode(&tio, modes, PORT_TTY_MODES_MAX);
    modes[0] = 0;
    return 1;
}

/* Every byte goes to the other side as it is typed, and nothing is changed on the way out. */
static struct termios raw_of(struct termios tio)
{
    tio.c_iflag |= IGNPAR;
    tio.c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF);
#ifdef IUCLC
    tio.c_iflag &= ~(tcflag_t)IUCLC;
#endif
    tio.c_lflag &= ~(tcflag_t)(ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
    tio.c_oflag &= ~(tcflag_t)OPOST;
    tio.c_cc[VMIN] = 1;
    tio.c_cc[VTIME] = 0;
    return tio;
}

/* The modes belong to the terminal, not to one direction of it, so `in` stands for both. */
cleat_status port_raw_enter(port_raw **raw, int in, int out, cleat_error *error)
{
    (void)out;
    *raw = NULL;
    port_raw *made = malloc(sizeof *made);
    if (!made)
        return port_fail_memory(error);
    made->fd = -1;
    if (tcgetattr(in, &made->before) == 0) {
        struct termios wanted = raw_of(made->before);
        if (tcsetattr(in, TCSADRAIN, &wanted) < 0) {
            free(made);
            return port_fail_os(error, errno, "cannot set the terminal to raw mode");
        }
        made->fd = in;
    }
    *raw = made;
    return CLEAT_OK;
}

void port_raw_leave(port_raw *raw)
{
    if (!raw)
        return;
    if (raw->fd >= 0)
        tcsetattr(raw->fd, TCSADRAIN, &raw->before);
    free(raw);
}

cleat_status port_tty_suspend(cleat_error *error)
{
    return raise(SIGTSTP) == 0 ? CLEAT_OK : port_fail_os(error, errno, "cannot suspend");
}

int port_tty_break_signal(void)
{
    return 0;
}
