/* One run of `cleat ssh`: a connection, and a session on three descriptors and a terminal. */
#ifndef CLEAT_CLI_SSH_H
#define CLEAT_CLI_SSH_H

#include "options.h"
#include "port.h"

#include <cleat/login.h>
#include <cleat/uv.h>

typedef struct ssh_run {
    ssh_options options;
    cleat_ctx *ctx;
    cleat_policy *policy;
    uv_loop_t loop;
    cleat_uv *uv;
    cleat_login *login;
    cleat_stream_ends ends;
    char *user, *target; /* who and where: defaults filled in */
    uint16_t port;
    int status; /* to exit with */
    bool logged_in, said_goodbye;
    text_list command;

    /* session */
    cleat_channel *channel;
    cleat_source *in;
    cleat_sink *out, *err;
    port_raw *raw;
    uv_signal_t resized;
    bool has_tty, watching_size, line_start, tilde;
} ssh_run;

void say(cleat_log_level level, const char *format, ...) CLEAT_PRINTF(2, 3);
void say_set_level(cleat_log_level level);
cleat_log_level say_level(void);
cleat_log_sink say_engine_sink(void);

/* hostkey.c */
void hostkey_prefer(ssh_run *r);
void hostkey_decide(ssh_run *r, const cleat_event *ev);

/* identity.c */
CLEAT_MUST_USE cleat_status identities_add(ssh_run *r);
void identity_sign(ssh_run *r, const cleat_event *ev);
void prompt_answer(ssh_run *r, const cleat_event *ev);
void password_answer(ssh_run *r);
char *prompt_read(const ssh_run *r, const char *prompt, bool echo); /* port_free_secret */

/* session.c */
void session_start(ssh_run *r);
void session_event(ssh_run *r, const cleat_event *ev);
void session_stop(ssh_run *r);

#endif
