/* A session process driven through libuv as the daemon does it: pipes for its streams, an async
 * handle for its end, and a time limit. */
#ifndef TESTS_PORT_SESSION_H
#define TESTS_PORT_SESSION_H

#include "port.h"

#include <uv.h>

typedef struct session {
    uv_loop_t loop;
    uv_async_t ended;
    uv_timer_t limit;
    uv_pipe_t in, out, err;
    uv_write_t write;
    uv_buf_t text;
    port_process *process;
    bool has_err;
    bool has_exit;
    int open; /* output streams that have not ended */
    bool timed_out;
    const char *stop_at; /* end the input and the wait when the output holds this */

    char stdout_text[1 << 16]; /* the first of it, NUL-terminated */
    char stderr_text[4096];
    size_t stdout_len, stderr_len; /* all of it */
    port_exit exit;
} session;

/* Starts the command with its `exited` replaced; what port_process_start says. */
cleat_status session_start(session *s, port_command command, cleat_error *error);

/* Sends text to the process; then, if wanted, ends its input. */
void session_write(session *s, const char *text, bool close);

/* Runs until the output contains `text` (true), or everything ended or took too long (false). */
bool session_wait_for(session *s, const char *text);

/* Runs until the process and its output have ended; false after two minutes. */
bool session_finish(session *s);

/* Runs until the process has ended, whatever holds its output; false after two minutes. */
bool session_wait_exit(session *s);

/* Frees the process and closes everything. */
void session_close(session *s);

/* All of it for a command without input. */
void session_run(session *s, const char *command);

#endif
