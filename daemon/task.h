/* The user's side of a session: environment, terminal, and the process or the SFTP server in it. It
 * runs with that user's rights and knows nothing of the network. */
#ifndef CLEATD_TASK_H
#define CLEATD_TASK_H

#include "server.h"

typedef struct task task;

/* What the client asks of a session (RFC 4254 §6). Members that a type has no use for are zero. */
typedef struct task_request {
    cleat_request_type type;
    const char *text;   /* command, subsystem, signal, TERM, name of a variable, X11's
                         * protocol */
    const char *value;  /* of the variable; X11's cookie */
    cleat_winsize size; /* PTY, WINDOW_CHANGE */
    cleat_slice modes;  /* PTY */
    uint32_t ms;        /* BREAK */
    uint32_t screen;    /* X11, as: */
    bool single;
} task_request;

typedef struct task_owner {
    void *user;
    uint32_t number; /* of the session, for the audit log */
    /* The process has ended, or the SFTP server; its output may still be on its way. Called once,
     * from the loop. */
    void (*on_exit)(void *user, const port_exit *how);
    /* A session on that terminal begins, or ends. NULL: nobody keeps records. */
    void (*on_terminal)(void *user, const char *name, bool open);
    /* A program wants the client's agent: the descriptor is taken. */
    void (*on_agent)(void *user, int fd);
    /* A program wants the client's display: the stream is taken. */
    void (*on_x11)(void *user, cleat_stream *stream);
} task_owner;

/* channel: what an SFTP server in it serves; NULL: it gets pipes as a process does. */
CLEAT_MUST_USE cleat_status task_new(task **out, connection *c, cleat_channel *channel,
                                     const task_owner *owner);

/* Does it, or refuses. `stdio` gets the descriptors of what was started, to be taken; -1 else. */
bool task_do(task *j, const task_request *r, port_stdio *stdio);

/* True if the event of the channel was for the SFTP server in it. */
bool task_channel_event(const task *j, const cleat_event *ev);

/* Whether the user's sessions may have terminals. */
bool task_may_have_terminal(const connection *c);

/* The session is over: what still runs is told so by a hang-up. NULL is fine. */
void task_free(task *j);

#endif
