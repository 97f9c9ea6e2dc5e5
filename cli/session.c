/* The session: a channel on stdin, stdout, stderr, and the terminal if there is one. */
#include "ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ignore(cleat_status st)
{
    if (st != CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "session: %s", cleat_status_text(st));
}

/* ---- escapes ---- */

static void escape_help(void)
{
    say(CLEAT_LOG_INFO, "\r\nSupported escape sequences:\r\n"
                        " ~.   terminate the connection\r\n"
                        " ~B   send a BREAK to the remote system\r\n"
                        " ~R   request rekey\r\n"
                        " ~?   this message\r\n"
                        " ~~   send the escape character\r\n"
                        "(Escapes are only recognised immediately after newline.)");
}

/* True when the character after the escape character has been dealt with. */
static bool do_escape(ssh_run *r, uint8_t c)
{
    cleat_conn *conn = cleat_uv_conn(r->uv);
    switch (c) {
    case '.':
        r->said_goodbye = true;
        say(CLEAT_LOG_INFO, "Connection to %s closed.", r->target);
        cleat_conn_disconnect(conn, 11, "disconnected by user");
        return true;
    case 'B':
        ignore(cleat_channel_break(r->channel, 0, false));
        return true;
    case 'R':
        ignore(cleat_conn_rekey(conn));
        return true;
    case '?':
        escape_help();
        return true;
    default:
        return false;
    }
}

/* Escapes count only after a line end, as typed text rarely has one there. */
static size_t filter(void *user, uint8_t *bytes, size_t len)
{
    ssh_run *r = user;
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = bytes[i];
        if (r->tilde) {
            r->tilde = false;
            if (do_escape(r, c))
                continue;
            if (c != '~' && out < i)
                bytes[out++] = '~';
        } else if (r->line_start && c == '~') {
            r->tilde = true;
            continue;
        }
        bytes[out++] = c;
        r->line_start = c == '\r' || c == '\n';
    }
    return out;
}

/* ---- streams ---- */

static void on_in_end(void *user, cleat_source *source, bool failed)
{
    ssh_run *r = user;
    (void)failed;
    r->in = NULL;
    cleat_source_close(source);
    if (r->channel)
        ignore(cleat_channel_eof(r->channel));
}

static void on_out_broken(void *user, cleat_sink *sink)
{
    ssh_run *r = user;
    (void)sink;
    if (r->channel)
        ignore(cleat_channel_eow(r->channel));
}

static cleat_status join(ssh_run *r)
{
    cleat_error error = {0};
    const cleat_sink_options out = {
        .struct_size = sizeof out, .fd = 1, .user = r, .on_broken = on_out_broken};
    cleat_sink_options err = out;
    const cleat_source_options in = {.struct_size = sizeof in,
                                     .fd = 0,
                                     .user = r,
                                     .on_end = on_in_end,
                                     .filter = r->has_tty ? filter : NULL};
    err.fd = 2;
    cleat_status st = cleat_sink_new(&r->out, r->uv, &out, &error);
    if (st == CLEAT_OK)
        st = cleat_sink_new(&r->err, r->uv, &err, &error);
    if (st == CLEAT_OK && r->options.stdin_null)
        return cleat_channel_eof(r->channel);
    if (st == CLEAT_OK)
        st = cleat_source_new(&r->in, r->uv, r->channel, &in, &error);
    if (st != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s", error.text);
    return st;
}

/* ---- terminal ---- */

static void on_resized(uv_signal_t *signal, int number)
{
    ssh_run *r = signal->data;
    cleat_winsize size;
    (void)number;
    if (!r->channel || !port_tty_size(0, &size))
        return;
    ignore(cleat_channel_window_change(r->channel, &size));
    cleat_uv_kick(r->uv);
}

static void request_terminal(ssh_run *r)
{
    uint8_t modes[PORT_TTY_MODES_MAX];
    const char *term = getenv("TERM");
    cleat_pty pty = {.term = term ? term : "vt100"};
    bool local = uv_guess_handle(0) == UV_TTY;
    if (local && !port_tty_size(0, &pty.size))
        pty.size = (cleat_winsize){0};
    pty.modes = (cleat_slice){modes, local ? port_tty_modes(0, modes) : 0};
    ignore(cleat_channel_pty(r->channel, &pty, true));
    r->has_tty = local;
}

static void enter_raw(ssh_run *r)
{
    cleat_error error = {0};
    if (!r->has_tty)
        return;
    r->line_start = true;
    if (port_raw_enter(&r->raw, 0, 1, &error) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s", error.text);
#ifdef SIGWINCH
    uv_signal_init(&r->loop, &r->resized);
    r->resized.data = r;
    uv_signal_start(&r->resized, on_resized, SIGWINCH);
    uv_unref((uv_handle_t *)&r->resized);
    r->watching_size = true;
#endif
}

/* ---- requests ---- */

extern char **environ;

static void send_environment(ssh_run *r)
{
    const ssh_options *o = &r->options;
    for (char **pair = environ; o->send_env.count && *pair; pair++) {
        char *name = text_format("%.*s", (int)strcspn(*pair, "="), *pair);
        for (size_t i = 0; name && i < o->send_env.count; i++) {
            if (cleat_pattern_list_match(name, o->send_env.items[i]))
                ignore(cleat_channel_env(r->channel, name, *pair + strlen(name) + 1, false));
        }
        free(name);
    }
    for (size_t i = 0; i < o->set_env.count; i++) {
        char *name =
            text_format("%.*s", (int)strcspn(o->set_env.items[i], "="), o->set_env.items[i]);
        if (name && strchr(o->set_env.items[i], '='))
            ignore(
                cleat_channel_env(r->channel, name, strchr(o->set_env.items[i], '=') + 1, false));
        free(name);
    }
}

static char *whole_command(const ssh_run *r)
{
    char *out = r->command.count ? text_format("%s", r->command.items[0]) : NULL;
    for (size_t i = 1; out && i < r->command.count; i++) {
        char *longer = text_format("%s %s", out, r->command.items[i]);
        free(out);
        out = longer;
    }
    return out                         ? out
           : r->options.remote_command ? text_format("%s", r->options.remote_command)
                                       : NULL;
}

static bool wants_terminal(const ssh_run *r, bool has_command)
{
    bool local = uv_guess_handle(0) == UV_TTY;
    switch (r->options.tty) {
    case TTY_NO:
        return false;
    case TTY_YES:
        return local;
    case TTY_FORCE:
        return true;
    case TTY_AUTO:
        break;
    }
    return local && !has_command && !r->options.subsystem;
}

static void on_opened(ssh_run *r)
{
    char *command = whole_command(r);
    if (wants_terminal(r, command != NULL))
        request_terminal(r);
    send_environment(r);
    if (r->options.subsystem)
        ignore(cleat_channel_subsystem(r->channel, r->options.subsystem, true));
    else if (command)
        ignore(cleat_channel_exec(r->channel, command, true));
    else
        ignore(cleat_channel_shell(r->channel, true));
    free(command);
    enter_raw(r);
    if (join(r) != CLEAT_OK)
        cleat_conn_disconnect(cleat_uv_conn(r->uv), 11, "no streams");
}

void session_start(ssh_run *r)
{
    if (r->options.no_command)
        return;
    ignore(cleat_channel_open_session(&r->channel, cleat_uv_conn(r->uv)));
}

/* ---- events ---- */

static void on_request(ssh_run *r, const cleat_event *ev)
{
    if (ev->u.request.type == CLEAT_REQ_EXIT_STATUS)
        r->status = (ev->u.request.status & 0xFF) || !ev->u.request.status
                        ? (int)(ev->u.request.status & 0xFF)
                        : 255; /* a failure stays one in eight bits */
    if (ev->u.request.type == CLEAT_REQ_EXIT_SIGNAL)
        say(CLEAT_LOG_INFO, "Exited with signal %s%s", ev->u.request.signal,
            ev->u.request.core_dumped ? " (core dumped)" : "");
    if (ev->query)
        ignore(cleat_answer_reject(cleat_uv_conn(r->uv), ev->query));
}

static void on_reply(ssh_run *r, const cleat_event *ev)
{
    bool pty = strcmp(ev->u.reply.name, "pty-req") == 0;
    if (ev->u.reply.success)
        return;
    say(CLEAT_LOG_INFO,
        pty ? "PTY allocation request failed on channel 0" : "%s request failed on channel 0",
        ev->u.reply.name);
    if (!pty)
        ignore(cleat_channel_close(r->channel));
}

static void on_closed(ssh_run *r)
{
    bool interactive = r->raw != NULL;
    session_stop(r);
    r->said_goodbye = true;
    if (interactive)
        say(CLEAT_LOG_INFO, "Connection to %s closed.", r->target);
    cleat_conn_disconnect(cleat_uv_conn(r->uv), 11, "disconnected by user");
}

static void on_data(ssh_run *r, const cleat_event *ev)
{
    cleat_sink *sink = ev->u.data.stream == CLEAT_STREAM_STDERR ? r->err : r->out;
    if (sink)
        ignore(cleat_sink_write(sink, ev->channel, ev->u.data.bytes));
}

void session_event(ssh_run *r, const cleat_event *ev)
{
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_OPENED:
        on_opened(r);
        break;
    case CLEAT_EV_CHANNEL_FAILED:
        say(CLEAT_LOG_ERROR, "channel 0: open failed: %s", ev->text);
        on_closed(r);
        break;
    case CLEAT_EV_CHANNEL_REQUEST:
        on_request(r, ev);
        break;
    case CLEAT_EV_CHANNEL_REPLY:
        on_reply(r, ev);
        break;
    case CLEAT_EV_CHANNEL_DATA:
        on_data(r, ev);
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        if (r->in)
            cleat_source_writable(r->in);
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        on_closed(r);
        break;
    default:
        break;
    }
}

/* What is still to be written to stdout and stderr goes on by itself. */
void session_stop(ssh_run *r)
{
    cleat_source_close(r->in);
    r->in = NULL;
    if (r->out)
        cleat_sink_forget_channel(r->out);
    if (r->err)
        cleat_sink_forget_channel(r->err);
    if (r->channel)
        cleat_channel_free(r->channel);
    r->channel = NULL;
    if (r->watching_size && !uv_is_closing((uv_handle_t *)&r->resized))
        uv_close((uv_handle_t *)&r->resized, NULL);
    port_raw_leave(r->raw);
    r->raw = NULL;
}
