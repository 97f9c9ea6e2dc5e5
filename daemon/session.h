/* The channel's side of a session, and how it has things done on the user's side. */
#ifndef CLEATD_SESSION_H
#define CLEATD_SESSION_H

#include "task.h"

typedef struct session session;

/* Who does what a session's client asks for: this process, or one that runs as the user. */
struct runner {
    /* False: there can be no session. */
    bool (*open)(session *s);
    /* Calls session_answer for it, now or later, in the order of the requests. */
    void (*request)(session *s, const task_request *r);
    /* True if the event of the channel is dealt with. */
    bool (*event)(const session *s, const cleat_event *ev);
    /* The channel is gone: nothing is called any more. */
    void (*close)(session *s);
    /* Connects to a host or a socket and calls forward_dialled. */
    void (*dial)(forward *f);
    /* The forwarding is not wanted any more. */
    void (*cancel)(forward *f);
    /* Listens for the client and calls listen_answered, and listen_arrived for what comes. */
    void (*await)(remote_port *l);
    /* It is not wanted any more: nothing is called. */
    void (*forget)(remote_port *l);
};

extern const runner runner_here;

/* stdio: descriptors of what was started, taken; NULL: none. */
void session_answer(session *s, bool done, const port_stdio *stdio);
void session_exited(session *s, const port_exit *how);

connection *session_connection(const session *s);
cleat_channel *session_channel(const session *s);

/* Whatever the runner keeps for the session. */
void session_set_work(session *s, void *work);
void *session_work(const session *s);

#endif
