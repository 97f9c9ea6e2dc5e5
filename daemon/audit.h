/* The audit log (AuditLog): a JSON object a line for each login, session, file and forwarding, and
 * for the end of each connection that somebody wanted to log in on. Only processes that see it for
 * themselves write to it: the monitor, the listener, or the server of one user. A session process
 * tells its monitor, which says who it is that has done it. */
#ifndef CLEATD_AUDIT_H
#define CLEATD_AUDIT_H

#include "authorized.h"
#include "server.h"

#include "../monitor/link.h"

/* Whether it can be written; an empty one is made. Without AuditLog it can. */
CLEAT_MUST_USE cleat_status audit_check(const rules *r, cleat_error *error);

/* The user has tried to log in: "accepted", "partial", "failed", or "refused" where the proof was
 * good and the account is not. what: the key; NULL: none. */
void audit_login(const connection *c, const char *result, const char *method, const claim *what);

/* The connection is over. */
void audit_disconnect(const connection *c, cleat_status why);

/* ---- what a user does ---- */

/* The number in MONITOR_act. */
typedef enum audit_event {
    AUDIT_SESSION,     /* kind, name: the command, other: what the client wanted, place: terminal */
    AUDIT_SESSION_END, /* kind: "exit", "signal" or "hangup"; name: of the signal; number: status */
    AUDIT_FILE,        /* kind: what is done, name, other: paths; result, bytes */
    AUDIT_FORWARD      /* kind, name: host or path, number: port, other: where from; result */
} audit_event;

typedef monitor_act audit_act;

/* Who does something. The texts are borrowed: of the connection, until whoever outlives it puts
 * copies there. */
typedef struct audit_subject {
    const char *file; /* NULL: there is no audit log */
    uint64_t server, connection;
    const char *user, *peer;
    uint16_t peer_port;
} audit_subject;

audit_subject audit_subject_of(const connection *c);

void audit_note(const connection *c, const audit_act *act);
void audit_note_of(const audit_subject *who, const audit_act *act);

typedef struct audit_forwarding {
    const char *kind;   /* "connect", "listen", "agent" or "x11" */
    const char *to;     /* a host or a socket's path; where one listens; or NULL */
    const char *origin; /* or NULL */
    const char *result;
    uint16_t port;    /* 0: there is none */
    uint32_t session; /* that it is for; 0: none */
} audit_forwarding;

void audit_forward(const connection *c, const audit_forwarding *f);

/* In a session process: from now on the monitor is told. */
void audit_send_to(monitor_link *monitor);

/* In the monitor: MONITOR_act. False: the message is wrong. */
bool audit_take(const connection *c, cleat_slice bytes);

/* A text of an act; NULL: none. Very long ones are cut. */
cleat_slice audit_text(const char *text);

#endif
