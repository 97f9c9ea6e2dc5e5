/* Escapes. */
#include "escape.h"

#include "hop.h"
#include "obscure.h"
#include "say.h"
#include "terminal.h"

#include <string.h>

bool escape_parse(const char *text, int *escape)
{
    bool control = text[0] == '^' && text[1] >= '@' && text[1] <= 'z' && !text[2];
    *escape = -1;
    if (strcmp(text, "none") == 0)
        return true;
    if (control)
        *escape = text[1] & 0x1F;
    else if (text[0] && !text[1])
        *escape = (unsigned char)text[0];
    return *escape >= 0;
}

static void help(const ssh_run *r)
{
    int c = r->escape;
    say(CLEAT_LOG_INFO,
        "%c?\r\nSupported escape sequences:\r\n"
        " %c.   terminate the connection\r\n"
        " %c^Z  suspend\r\n"
        " %c&   go on in the background, without further input\r\n"
        " %cB   send a BREAK to the remote system\r\n"
        " %cC   open a command line\r\n"
        " %cR   request rekey\r\n"
        " %cV/v less or more verbose\r\n"
        " %c#   tell what is open\r\n"
        " %c?   this message\r\n"
        " %c%c   send the escape character\r\n"
        "(Escapes are only recognised immediately after newline.)",
        c, c, c, c, c, c, c, c, c, c, c, c);
}

static void louder(int by)
{
    int level = (int)say_level() + by;
    if (level < CLEAT_LOG_QUIET || level > CLEAT_LOG_DEBUG3)
        return;
    say_set_level((cleat_log_level)level);
    say(CLEAT_LOG_ERROR, "LogLevel %s", cleat_log_level_name((cleat_log_level)level));
}

static void describe(const ssh_run *r)
{
    const cleat_conn_stats s = cleat_conn_get_stats(cleat_uv_conn(ssh_last_hop(r)->uv));
    say(CLEAT_LOG_INFO,
        "%c#\r\n%u channel(s) open; %llu bytes in, %llu out; %u key exchange(s); %u ms to the "
        "other side and back",
        r->escape, (unsigned)s.channels, (unsigned long long)s.bytes_in,
        (unsigned long long)s.bytes_out, (unsigned)s.exchanges, (unsigned)s.rtt_ms);
}

static void suspend(ssh_run *r)
{
    cleat_error error = {0};
    terminal_pause(r);
    if (port_tty_suspend(&error) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s", error.text);
    terminal_resume(r);
}

enum { CONTROL_Z = 0x1A };

/* True when the character after the escape character has been dealt with. */
static bool obey(ssh_run *r, uint8_t c)
{
    cleat_conn *conn = cleat_uv_conn(ssh_last_hop(r)->uv);
    switch (c) {
    case '.':
        ssh_last_hop(r)->said_goodbye = true;
        say(CLEAT_LOG_INFO, "Connection to %s closed.", ssh_last_hop(r)->target);
        cleat_conn_disconnect(conn, 11, "disconnected by user");
        return true;
    case CONTROL_Z:
        suspend(r);
        return true;
    case 'B':
        say_if_failed(cleat_channel_break(r->channel, 0, false), "break");
        return true;
    case 'C':
        say(CLEAT_LOG_INFO, hop_flag(ssh_last_hop(r), "EnableEscapeCommandline")
                                ? "the command line is not supported yet"
                                : "commandline disabled");
        return true;
    case '&':
        r->leaving = true;
        uv_stop(r->loop); /* programs cannot be split in the middle of a turn */
        return true;
    case 'R':
        say_if_failed(cleat_conn_rekey(conn), "rekey");
        return true;
    case 'V':
        louder(-1);
        return true;
    case 'v':
        louder(1);
        return true;
    case '#':
        describe(r);
        return true;
    case '?':
        help(r);
        return true;
    default:
        return false;
    }
}

/* Escapes count only after a line end, as typed text rarely has one there. The character is held
 * back until the next one tells whether it is an escape; where the two come in separate reads it
 * may need a byte more than there is, so it is sent by itself then. */
size_t escape_filter(ssh_run *r, uint8_t *bytes, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = bytes[i];
        bool held = r->escaped;
        r->escaped = false;
        if (held && obey(r, c)) {
            r->line_start = true;
            continue;
        }
        if (!held && r->line_start && c == r->escape) {
            r->escaped = true;
            continue;
        }
        if (held && c != r->escape) {
            const uint8_t escape = (uint8_t)r->escape;
            size_t sent = 0;
            if (out < i) {
                bytes[out++] = escape;
            } else {
                obscure_flush(r);
                say_if_failed(cleat_channel_write(r->channel, CLEAT_STREAM_DATA, &escape, 1, &sent),
                              "write");
            }
        }
        bytes[out++] = c;
        r->line_start = c == '\r' || c == '\n';
    }
    return out;
}
