/* Records of logins, which only root may write. Which terminal a session has is what the user's
 * process says, so it is looked at whether the terminal is that user's. */
#include "monitor_int.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static port_record record(const monitor *m, const char *line)
{
    const connection *c = m->c;
    return (port_record){.line = line,
                         .user = c->account->user->name,
                         .host = c->host,
                         .address = c->ends.peer,
                         .pid = m->session_part};
}

static void close_one(monitor *m, size_t i)
{
    const port_record r = record(m, m->terminals[i]);
    port_record_logout(&r);
    free(m->terminals[i]);
    m->terminals[i] = m->terminals[--m->terminal_count];
}

static void open_one(monitor *m, char *line)
{
    const port_record r = record(m, line);
    if (m->terminal_count < MONITOR_TERMINALS_MAX && port_record_login(&r))
        m->terminals[m->terminal_count++] = line;
    else
        free(line);
}

bool monitor_take_terminal(monitor *m, cleat_slice bytes)
{
    monitor_terminal what;
    if (monitor_decode_terminal(bytes, &what) != CLEAT_OK)
        return false;
    char *line = text_format("%.*s", (int)what.line.len, (const char *)what.line.data);
    size_t i = 0;
    while (line && i < m->terminal_count && strcmp(m->terminals[i], line) != 0)
        i++;
    bool known = i < m->terminal_count;
    if (line && what.open && !known) {
        open_one(m, line);
        return true;
    }
    if (line && !what.open && known)
        close_one(m, i);
    free(line);
    return line != NULL;
}

void monitor_close_records(monitor *m)
{
    while (m->terminal_count)
        close_one(m, 0);
}

void monitor_record_failure(const connection *c)
{
    const port_record r = {.line = "ssh:notty",
                           .user = c->user,
                           .host = c->host,
                           .address = c->ends.peer,
                           .pid = uv_os_getpid()};
    port_record_failure(&r);
}

/* "Last login: Thu Nov 26 12:00:00 2026 from host" */
static char *last_login(const connection *c)
{
    port_last last;
    char stamp[64];
    if (!rules_flag(c->rules, "PrintLastLog") || !port_last_login(&last, c->account->user->name))
        return NULL;
    time_t seconds = (time_t)last.seconds;
    const struct tm *local = localtime(&seconds);
    if (!local || !strftime(stamp, sizeof stamp, "%a %b %d %H:%M:%S %Y", local))
        return NULL;
    return last.host[0] ? text_format("Last login: %s from %s\n", stamp, last.host)
                        : text_format("Last login: %s\n", stamp);
}

void monitor_greet(monitor *m)
{
    char *last = last_login(m->c);
    const char *said = m->pam ? port_pam_messages(m->pam) : "";
    free(m->account.greeting);
    m->account.greeting = text_format("%s%s", said, last ? last : "");
    free(last);
}
