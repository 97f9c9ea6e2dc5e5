/* The session: a channel on stdin, stdout and stderr, and the terminal if there is one. */
#include "session.h"

#include "config_files.h"
#include "escape.h"
#include "hop.h"
#include "obscure.h"
#include "say.h"
#include "shell.h"
#include "terminal.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* RequestTTY, in the order of the table's words. */
enum { TTY_AUTO, TTY_NO, TTY_YES, TTY_FORCE };

void session_show(const char *text)
{
    char *harmless = text_printable(text ? text : "");
    if (harmless)
        say_raw(harmless);
    free(harmless);
}

/* ---- streams ---- */

static void on_in_end(void *user, cleat_source *source, bool failed)
{
    ssh_run *r = user;
    (void)failed;
    r->in = NULL;
    cleat_source_close(source);
    obscure_flush(r);
    if (r->channel)
        say_if_failed(cleat_channel_eof(r->channel), "eof");
}

/* What is typed on a terminal, on its way. */
static size_t on_typed(void *user, uint8_t *bytes, size_t len)
{
    ssh_run *r = user;
    return obscure_take(r, bytes, r->escape >= 0 ? escape_filter(r, bytes, len) : len);
}

static void on_out_broken(void *user, cleat_sink *sink)
{
    ssh_run *r = user;
    bool is_file = uv_guess_handle(sink == r->out ? 1 : 2) == UV_FILE;
    if (is_file)
        say(CLEAT_LOG_ERROR, "%s cannot be written; is the disk full?",
            sink == r->out ? "Standard output" : "Standard error");
    if (r->channel)
        say_if_failed(cleat_channel_eow(r->channel), "eow");
}

static cleat_status join_streams(ssh_run *r)
{
    cleat_error error = {0};
    cleat_uv *u = ssh_last_hop(r)->uv;
    const cleat_sink_options out = {
        .struct_size = sizeof out, .fd = 1, .user = r, .on_broken = on_out_broken};
    cleat_sink_options err = out;
    const cleat_source_options in = {.struct_size = sizeof in,
                                     .fd = 0,
                                     .user = r,
                                     .on_end = on_in_end,
                                     .filter = r->has_tty ? on_typed : NULL};
    err.fd = 2;
    cleat_status st = cleat_sink_new(&r->out, u, &out, &error);
    if (st == CLEAT_OK)
        st = cleat_sink_new(&r->err, u, &err, &error);
    if (st == CLEAT_OK && (hop_flag(ssh_last_hop(r), "StdinNull") || r->in_background))
        return cleat_channel_eof(r->channel);
    if (st == CLEAT_OK)
        st = cleat_source_new(&r->in, u, r->channel, &in, &error);
    if (st == CLEAT_OK && r->paused)
        cleat_source_pause(r->in, true);
    if (st != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s", error.text);
    return st;
}

/* ---- requests ---- */

/* A pattern after '-' takes earlier ones back. */
static bool is_sent(const ssh_hop *h, const char *name)
{
    bool sent = false;
    for (size_t i = 0; i < cleat_config_count(h->config, "SendEnv"); i++) {
        const char *pattern = cleat_config_item(h->config, "SendEnv", i);
        bool takes_back = *pattern == '-';
        if (cleat_pattern_list_match(name, pattern + takes_back))
            sent = !takes_back;
    }
    return sent;
}

static void send_environment(ssh_run *r)
{
    const ssh_hop *h = ssh_last_hop(r);
    uv_env_item_t *all;
    int count = 0;
    if (cleat_config_count(h->config, "SendEnv") && uv_os_environ(&all, &count) == 0) {
        for (int i = 0; i < count; i++) {
            if (is_sent(h, all[i].name))
                say_if_failed(cleat_channel_env(r->channel, all[i].name, all[i].value, false),
                              "env");
        }
        uv_os_free_environ(all, count);
    }
    for (size_t i = 0; i < cleat_config_count(h->config, "SetEnv"); i++) {
        char *pair = hop_value(h, "SetEnv", i);
        char *value = pair ? strchr(pair, '=') : NULL;
        if (value) {
            *value = 0;
            say_if_failed(cleat_channel_env(r->channel, pair, value + 1, false), "env");
        }
        free(pair);
    }
}

/* The command line's, or RemoteCommand; NULL: a shell. */
static char *wanted_command(const ssh_run *r)
{
    const char *said = hop_text(ssh_last_hop(r), "RemoteCommand");
    if (r->args.command)
        return text_format("%s", r->args.command);
    return said && strcmp(said, "none") != 0 ? hop_value(ssh_last_hop(r), "RemoteCommand", 0)
                                             : NULL;
}

static bool wants_terminal(const ssh_run *r, bool has_command, bool subsystem)
{
    bool local = uv_guess_handle(0) == UV_TTY;
    switch (hop_number(ssh_last_hop(r), "RequestTTY")) {
    case TTY_NO:
        return false;
    case TTY_YES:
        if (!local)
            say(CLEAT_LOG_INFO, "Pseudo-terminal will not be allocated because stdin is not a "
                                "terminal.");
        return local;
    case TTY_FORCE:
        return true;
    default:
        return local && !has_command && !subsystem && !r->in_background;
    }
}

static void request_session(ssh_run *r)
{
    char *command = wanted_command(r);
    bool subsystem = strcmp(config_session_type(ssh_last_hop(r)), "subsystem") == 0;
    if (wants_terminal(r, command != NULL, subsystem))
        terminal_request(r);
    send_environment(r);
    if (command)
        say(CLEAT_LOG_DEBUG1, "Sending %s: %s", subsystem ? "subsystem" : "command", command);
    if (subsystem)
        say_if_failed(cleat_channel_subsystem(r->channel, command ? command : "", true),
                      "subsystem");
    else if (command)
        say_if_failed(cleat_channel_exec(r->channel, command, true), "exec");
    else
        say_if_failed(cleat_channel_shell(r->channel, true), "shell");
    free(command);
    terminal_begin(r);
}

static void to_background(ssh_run *r)
{
    cleat_error error = {0};
    if (!hop_flag(ssh_last_hop(r), "ForkAfterAuthentication"))
        return;
    r->in_background = true;
    if (port_service_ready(true, &error) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s", error.text);
}

static void nothing(uv_work_t *work)
{
    (void)work;
}

/* Threads do not survive a split, but libuv waits for those of its pool at exit: work for the pool
 * makes new ones. */
static void renew_threads(ssh_run *r)
{
    if (uv_queue_work(r->loop, &r->renewal, nothing, NULL) != 0)
        say(CLEAT_LOG_DEBUG1, "no threads in the background");
}

void session_leave(ssh_run *r)
{
    cleat_error error = {0};
    r->leaving = false;
    terminal_pause(r);
    if (port_service_detach(&error) != CLEAT_OK || uv_loop_fork(r->loop) != 0 ||
        port_service_ready(true, &error) != CLEAT_OK) {
        say(CLEAT_LOG_ERROR, "%s", error.text);
        terminal_resume(r);
        return;
    }
    renew_threads(r);
    terminal_end(r);
    r->in_background = true;
    cleat_source_close(r->in);
    r->in = NULL;
    obscure_flush(r);
    obscure_end(r);
    if (r->channel)
        say_if_failed(cleat_channel_eof(r->channel), "eof");
    cleat_uv_kick(ssh_last_hop(r)->uv);
}

static void on_opened(ssh_run *r)
{
    to_background(r);
    if (!r->args.forward_to)
        request_session(r);
    if (join_streams(r) != CLEAT_OK)
        ssh_give_up(ssh_last_hop(r), "the session's streams cannot be used");
}

/* ---- starting ---- */

static void run_local_command(const ssh_hop *h)
{
    const char *said = hop_text(h, "LocalCommand");
    if (!said || !hop_flag(h, "PermitLocalCommand"))
        return;
    char *command = hop_value(h, "LocalCommand", 0);
    if (command)
        say(CLEAT_LOG_DEBUG1, "LocalCommand \"%s\": status %d", command, shell_run(command, NULL));
    free(command);
}

static void set_priority(ssh_run *r)
{
    const ssh_hop *h = ssh_last_hop(r);
    cleat_error error = {0};
    bool interactive = uv_guess_handle(0) == UV_TTY && !r->args.command;
    size_t count = cleat_config_count(h->config, "IPQoS");
    const char *word = cleat_config_item(h->config, "IPQoS", !interactive && count > 1);
    intptr_t socket = cleat_stream_socket(cleat_uv_stream(h->uv));
    int tos = -1;
    if (word && !cleat_config_service_class(word, &tos))
        say(CLEAT_LOG_ERROR, "IPQoS: \"%s\" is no class of service", word);
    if (socket >= 0 && tos >= 0 && port_socket_tos(socket, tos, &error) != CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "%s", error.text);
}

static cleat_status open_forward(ssh_run *r, ssh_hop *h)
{
    ssh_place place;
    uint32_t port = 0;
    bool good = place_parse(&place, r->args.forward_to, true) && place.port && !place.user &&
                text_number(place.port, 65535, &port) && port;
    if (!good)
        ssh_give_up(h, "-W: host:port is expected");
    cleat_status st = good ? cleat_channel_open_tcp(&r->channel, cleat_uv_conn(h->uv), place.host,
                                                    (uint16_t)port, "127.0.0.1", 65535)
                           : CLEAT_E_BAD_CALL;
    place_free(&place);
    return st;
}

void session_start(ssh_run *r)
{
    ssh_hop *h = ssh_last_hop(r);
    set_priority(r);
    run_local_command(h);
    if (r->args.forward_to) {
        if (open_forward(r, h) != CLEAT_OK)
            cleat_conn_disconnect(cleat_uv_conn(h->uv), 11, "disconnected by user");
        return;
    }
    if (strcmp(config_session_type(h), "none") == 0) {
        to_background(r);
        return;
    }
    say_if_failed(cleat_channel_open_session(&r->channel, cleat_uv_conn(h->uv)), "session");
    say(CLEAT_LOG_DEBUG1, "Entering interactive session.");
}

/* ---- events ---- */

static void on_request(ssh_run *r, const cleat_event *ev)
{
    if (ev->u.request.type == CLEAT_REQ_EXIT_STATUS)
        r->status = port_exit_status(ev->u.request.status);
    if (ev->u.request.type == CLEAT_REQ_EXIT_SIGNAL)
        say(strcmp(ev->u.request.signal, "PIPE") ? CLEAT_LOG_INFO : CLEAT_LOG_VERBOSE,
            "Exited with signal %s%s", ev->u.request.signal,
            ev->u.request.core_dumped ? " (core dumped)" : "");
    if (ev->query)
        say_if_failed(cleat_answer_reject(cleat_uv_conn(ssh_last_hop(r)->uv), ev->query), "reply");
}

static void on_reply(ssh_run *r, const cleat_event *ev)
{
    bool pty = strcmp(ev->u.reply.name, "pty-req") == 0;
    if (ev->u.reply.success)
        return;
    say(CLEAT_LOG_INFO,
        pty ? "PTY allocation request failed on channel 0" : "%s request failed on channel 0",
        ev->u.reply.name);
    if (pty)
        terminal_end(r);
    else
        say_if_failed(cleat_channel_close(r->channel), "close");
}

/* A connection that broke closes its channels, too; why is told at its end. */
static void on_closed(ssh_run *r)
{
    ssh_hop *h = ssh_last_hop(r);
    cleat_conn *conn = cleat_uv_conn(h->uv);
    bool interactive = r->raw != NULL;
    bool broken = cleat_conn_error(conn)->status != CLEAT_OK;
    if (r->args.forward_to && !broken)
        r->status = 0;
    session_stop(r);
    if (broken)
        return;
    h->said_goodbye = true;
    if (interactive)
        say(CLEAT_LOG_INFO, "Connection to %s closed.", h->target);
    cleat_conn_disconnect(conn, 11, "disconnected by user");
}

char *session_open_failure(const cleat_event *ev)
{
    static const char *const names[] = {
        [CLEAT_OPEN_PROHIBITED] = "administratively prohibited",
        [CLEAT_OPEN_CONNECT_FAILED] = "connect failed",
        [CLEAT_OPEN_UNKNOWN_TYPE] = "unknown channel type",
        [CLEAT_OPEN_SHORTAGE] = "resource shortage",
    };
    uint32_t reason = ev->u.open_failed.reason;
    const char *name = reason < sizeof names / sizeof *names ? names[reason] : NULL;
    return text_format("%s: %s", name ? name : "no reason given", ev->text ? ev->text : "");
}

static void on_failed(ssh_run *r, const cleat_event *ev)
{
    char *reason = session_open_failure(ev);
    char *text = text_format("channel 0: open failed: %s", reason ? reason : "");
    cleat_channel_free(r->channel);
    r->channel = NULL;
    ssh_give_up(ssh_last_hop(r), text ? text : "channel 0: open failed");
    free(text);
    free(reason);
}

static void on_data(ssh_run *r, const cleat_event *ev)
{
    cleat_sink *sink = ev->u.data.stream == CLEAT_STREAM_STDERR ? r->err : r->out;
    if (sink)
        say_if_failed(cleat_sink_write(sink, ev->channel, ev->u.data.bytes), "output");
}

/* The other side of a -W connection has sent all it had. */
static void on_eof(ssh_run *r)
{
    if (r->args.forward_to && r->out && r->channel)
        say_if_failed(cleat_channel_close(r->channel), "close");
}

void session_event(ssh_run *r, const cleat_event *ev)
{
    if (ev->channel != r->channel)
        return;
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_OPENED:
        on_opened(r);
        break;
    case CLEAT_EV_CHANNEL_FAILED:
        on_failed(r, ev);
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
    case CLEAT_EV_CHANNEL_EOF:
        on_eof(r);
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
    obscure_end(r);
    if (r->out)
        cleat_sink_forget_channel(r->out);
    if (r->err)
        cleat_sink_forget_channel(r->err);
    cleat_channel_free(r->channel);
    r->channel = NULL;
    terminal_end(r);
}
