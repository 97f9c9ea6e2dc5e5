/* Pseudo-consoles. */
#include "conpty.h"

#include "fail.h"
#include "pipe.h"
#include "port_sys.h"
#include "wide.h"

#include <stdlib.h>

struct port_pty {
    void *volatile console; /* HPCON; taken by whoever closes it */
    HANDLE in, out;         /* our ends until the process has taken them */
    HANDLE keys;            /* a second handle to `in`, for Ctrl-C */
    HANDLE screen;          /* and one to `out`, to see whether it has been read */
    HANDLE closed;          /* an event: nobody reads any more */
};

static COORD coord_of(const cleat_winsize *size)
{
    return (COORD){.X = (SHORT)(size->columns ? size->columns : 80),
                   .Y = (SHORT)(size->rows ? size->rows : 24)};
}

static cleat_status make_console(port_pty *p, const cleat_winsize *size, cleat_error *error)
{
    HANDLE their_in = NULL, their_out = NULL;
    HANDLE self = GetCurrentProcess();
    cleat_status status = CLEAT_OK;
    HPCON console = NULL;
    if (!port_pipe(&p->in, &their_in, true) || !port_pipe(&p->out, &their_out, false) ||
        !DuplicateHandle(self, p->in, self, &p->keys, 0, FALSE, DUPLICATE_SAME_ACCESS) ||
        !DuplicateHandle(self, p->out, self, &p->screen, 0, FALSE, DUPLICATE_SAME_ACCESS) ||
        !(p->closed = CreateEventW(NULL, TRUE, FALSE, NULL))) {
        status = port_fail_last(error, "cannot make the pipes of a terminal");
        goto out;
    }
    HRESULT result = CreatePseudoConsole(coord_of(size), their_in, their_out, 0, &console);
    if (FAILED(result))
        status = port_fail(error, CLEAT_E_UNSUPPORTED,
                           "cannot make a pseudo-console (0x%08lx); it needs Windows 10 1809",
                           (unsigned long)result);
    p->console = console;
out:
    port_handle_close(&their_in);
    port_handle_close(&their_out);
    return status;
}

/* The console has no modes of its own: Windows programs set theirs by call. */
cleat_status port_sys_pty_open(port_pty **pty, const cleat_winsize *size, cleat_slice modes,
                               cleat_error *error)
{
    (void)modes;
    port_pty *made = calloc(1, sizeof *made);
    if (!made)
        return port_fail_memory(error);
    cleat_status status = make_console(made, size, error);
    if (status < 0) {
        port_pty_close(made);
        return status;
    }
    *pty = made;
    return CLEAT_OK;
}

const char *port_pty_name(const port_pty *pty)
{
    (void)pty;
    return "";
}

cleat_status port_sys_pty_resize(port_pty *pty, const cleat_winsize *size, cleat_error *error)
{
    HRESULT result = ResizePseudoConsole(pty->console, coord_of(size));
    if (FAILED(result))
        return port_fail(error, CLEAT_E_UNSUPPORTED, "cannot resize the pseudo-console (0x%08lx)",
                         (unsigned long)result);
    return CLEAT_OK;
}

/* A console's streams are pipes, which nobody takes for a terminal. */
bool port_fd_is_pty_master(int fd)
{
    (void)fd;
    return false;
}

cleat_status port_pty_break(port_pty *pty, uint32_t ms, cleat_error *error)
{
    (void)pty, (void)ms;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "a pseudo-console knows no break");
}

/* ---- The end --------------------------------------------------------------------------------- */

enum { LOOK_MS = 20, PATIENCE_MS = 1000 };

typedef struct ending {
    HPCON console;
    HANDLE screen, closed;
} ending;

/* The output's end comes by itself when the console has let go of the pipe. Under Wine it does not
 * let go: once everything has been read and nothing more came for a while, the pipe is ended. */
static void see_to_the_end(const ending *e)
{
    DWORD left = 0, quiet = 0;
    while (PeekNamedPipe(e->screen, NULL, 0, NULL, &left, NULL) && quiet < PATIENCE_MS) {
        if (WaitForSingleObject(e->closed, LOOK_MS) != WAIT_TIMEOUT)
            return;
        quiet = left ? 0 : quiet + LOOK_MS;
    }
    DisconnectNamedPipe(e->screen);
}

/* Closing waits until somebody has read the rest of the output, so it happens apart. */
static DWORD WINAPI end_apart(void *argument)
{
    ending *e = argument;
    ClosePseudoConsole(e->console);
    see_to_the_end(e);
    CloseHandle(e->screen);
    CloseHandle(e->closed);
    free(e);
    return 0;
}

static bool prepare_end(ending *e, const port_pty *pty)
{
    HANDLE self = GetCurrentProcess();
    if (!DuplicateHandle(self, pty->closed, self, &e->closed, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return false;
    if (DuplicateHandle(self, pty->screen, self, &e->screen, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return true;
    CloseHandle(e->closed);
    return false;
}

void port_conpty_end(port_pty *pty)
{
    HPCON console = InterlockedExchangePointer(&pty->console, NULL);
    if (!console)
        return;
    ending *e = malloc(sizeof *e);
    if (!e || !prepare_end(e, pty)) {
        free(e);
        ClosePseudoConsole(console);
        return;
    }
    e->console = console;
    if (!QueueUserWorkItem(end_apart, e, WT_EXECUTELONGFUNCTION))
        end_apart(e);
}

void port_pty_close(port_pty *pty)
{
    if (!pty)
        return;
    if (pty->closed)
        SetEvent(pty->closed);
    port_conpty_end(pty);
    port_handle_close(&pty->in);
    port_handle_close(&pty->out);
    port_handle_close(&pty->keys);
    port_handle_close(&pty->screen);
    port_handle_close(&pty->closed);
    free(pty);
}

HPCON port_conpty_console(const port_pty *pty)
{
    return pty->console;
}

bool port_sys_pty_in_use(const port_pty *pty)
{
    return pty->in == NULL;
}

void port_conpty_take(port_pty *pty, HANDLE *in, HANDLE *out)
{
    *in = pty->in;
    *out = pty->out;
    pty->in = pty->out = NULL;
}

/* The low bit of the event keeps this write's completion away from the loop's port, to which the
 * other handle of the same pipe belongs. */
bool port_conpty_type(port_pty *pty, char byte)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!event)
        return false;
    OVERLAPPED place = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    DWORD n = 0;
    bool good = WriteFile(pty->keys, &byte, 1, NULL, &place) || GetLastError() == ERROR_IO_PENDING;
    if (good && WaitForSingleObject(event, 1000) != WAIT_OBJECT_0)
        CancelIoEx(pty->keys, &place);
    good = good && GetOverlappedResult(pty->keys, &place, &n, TRUE) && n == 1;
    CloseHandle(event);
    return good;
}
