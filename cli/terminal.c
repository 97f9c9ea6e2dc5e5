/* The user's terminal, and the signals that could leave it in a bad state. */
#include "terminal.h"

#include "hop.h"
#include "say.h"

#include <signal.h>
#include <stdlib.h>

/* ---- the window's size ---- */

static void on_resized(uv_signal_t *signal, int number)
{
    ssh_run *r = signal->data;
    cleat_winsize size;
    (void)number;
    if (!r->channel || !port_tty_size(0, &size))
        return;
    say_if_failed(cleat_channel_window_change(r->channel, &size), "window-change");
    cleat_uv_kick(ssh_last_hop(r)->uv);
}

/* Ctrl-Break, where there is such a key. */
static void on_break(uv_signal_t *signal, int number)
{
    ssh_run *r = signal->data;
    (void)number;
    if (!r->channel)
        return;
    say_if_failed(cleat_channel_break(r->channel, 0, false), "break");
    cleat_uv_kick(ssh_last_hop(r)->uv);
}

static void watch_quietly(ssh_run *r, uv_signal_t *watcher, uv_signal_cb then, int number)
{
    uv_signal_init(r->loop, watcher);
    watcher->data = r;
    if (number)
        uv_signal_start(watcher, then, number);
    uv_unref((uv_handle_t *)watcher);
}

void terminal_request(ssh_run *r)
{
    uint8_t modes[PORT_TTY_MODES_MAX];
    const char *term = getenv("TERM");
    cleat_pty pty = {.term = term ? term : "vt100"};
    bool local = uv_guess_handle(0) == UV_TTY;
    if (local && !port_tty_size(0, &pty.size))
        pty.size = (cleat_winsize){0};
    pty.modes = (cleat_slice){modes, local ? port_tty_modes(0, modes) : 0};
    say_if_failed(cleat_channel_pty(r->channel, &pty, true), "pty-req");
    r->has_tty = local;
}

/* ---- raw mode ---- */

static void uncook(ssh_run *r)
{
    cleat_error error = {0};
    if (r->has_tty && !r->raw && r->channel && port_raw_enter(&r->raw, 0, 1, &error) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s", error.text);
}

static void cook(ssh_run *r)
{
    port_raw_leave(r->raw);
    r->raw = NULL;
}

void terminal_begin(ssh_run *r)
{
    if (!r->has_tty)
        return;
    r->line_start = true;
    if (!r->paused)
        uncook(r);
    watch_quietly(r, &r->resized, on_resized, SIGWINCH);
    watch_quietly(r, &r->broken, on_break, port_tty_break_signal());
    r->watching = true;
}

void terminal_end(ssh_run *r)
{
    if (r->watching) {
        uv_close((uv_handle_t *)&r->resized, NULL);
        uv_close((uv_handle_t *)&r->broken, NULL);
    }
    r->watching = false;
    cook(r);
}

void terminal_pause(ssh_run *r)
{
    r->paused = true;
    if (r->in)
        cleat_source_pause(r->in, true);
    cook(r);
}

void terminal_resume(ssh_run *r)
{
    r->paused = false;
    uncook(r);
    if (r->in)
        cleat_source_pause(r->in, false);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    ssh_run *r = handle->data;
    ssh_hop *h = ssh_last_hop(r);
    terminal_end(r);
    r->status = 255;
    h->said_goodbye = true;
    say(CLEAT_LOG_VERBOSE, "Killed by signal %d.", number);
    if (h->uv)
        cleat_uv_close(h->uv);
}

static void watch(ssh_run *r, uv_signal_t *handle, int number)
{
    void (*before)(int) = signal(number, SIG_IGN);
    if (before == SIG_IGN)
        return; /* nohup */
    signal(number, before);
    uv_signal_init(r->loop, handle);
    handle->data = r;
    uv_signal_start(handle, on_signal, number);
    uv_unref((uv_handle_t *)handle);
}

void signals_watch(ssh_run *r)
{
    static const int numbers[SSH_SIGNALS] = {
        SIGINT,
        SIGTERM,
        SIGHUP,
#ifdef SIGQUIT
        SIGQUIT,
#endif
    };
    for (size_t i = 0; i < SSH_SIGNALS && numbers[i]; i++)
        watch(r, &r->signals[i], numbers[i]);
}

void signals_forget(ssh_run *r)
{
    for (size_t i = 0; i < SSH_SIGNALS; i++) {
        if (r->signals[i].data)
            uv_close((uv_handle_t *)&r->signals[i], NULL);
        r->signals[i].data = NULL;
    }
}
