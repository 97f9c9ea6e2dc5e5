/* What the monitor's files share. */
#ifndef CLEATD_MONITOR_INT_H
#define CLEATD_MONITOR_INT_H

#include "monitor.h"

enum { MONITOR_TERMINALS_MAX = 64 };

typedef struct monitor {
    connection *c;
    monitor_link *network, *session, *listener;
    int64_t network_part; /* 0: a worker, which is another's */
    int64_t session_part;
    int offered;     /* the other end of what the network process has; -1: none */
    uv_poll_t asked; /* until the session process is wanted */
    uv_timer_t grace;
    void (*on_late)(void *monitor); /* it has passed */
    monitor_exchange exchange;
    cleat_auth_method method; /* of the request that is being decided */
    uint64_t query;
    bool deciding;
    uint32_t failures;
    uint32_t status;      /* of the end */
    unsigned traffic_due; /* how many messages about it may come */
    account account;
    port_pam *pam;                          /* once it is asked */
    struct dialogue *dialogue;              /* of PAM with the user; NULL: none */
    char *terminals[MONITOR_TERMINALS_MAX]; /* with a record of a login */
    size_t terminal_count;
    bool pam_open;       /* its session */
    cleat_bytes request; /* with a key, the message of the last */
    cleat_bytes proofs;  /* requests that proved keys, each after its length */
    bool by_keys;        /* nothing else has been proved */
    size_t again_at;     /* how much of them has been proved again */
    int again_network;   /* and then it goes on with this */
} monitor;

/* ---- monitor_sign.c ---- */

/* False: the message is against the rules. */
bool monitor_sign_message(monitor *m, cleat_slice bytes);
void monitor_forget_keys(void);

/* ---- monitor_auth.c ---- */

extern const gate monitor_gate;

bool monitor_auth_message(monitor *m, cleat_slice bytes);

/* ---- monitor_pam.c ---- */

extern const vouching monitor_vouching;

/* PAM for this user. False: it cannot be asked. */
bool monitor_start_pam(monitor *m);

/* It has failed, and is asked anew next time. */
void monitor_tell_wrong(monitor *m, const cleat_error *error);

/* Whether PAM and the system let the user in now. */
bool monitor_check_account(monitor *m);

/* Sets PAM's session up, once. */
bool monitor_open_pam(monitor *m);

/* ---- monitor_dialogue.c ---- */

/* vouching.begin and vouching.go_on. */
void monitor_begin_dialogue(connection *c, uint64_t query, bool may);
void monitor_go_on(connection *c, const cleat_event *ev);

/* Nobody will answer any more: what PAM is doing ends. */
void monitor_stop_dialogue(monitor *m);

/* ---- monitor_session.c ---- */

/* *network is the network process's end of a socket; once it uses that, the session process starts.
 */
CLEAT_MUST_USE cleat_status monitor_offer_session(monitor *m, int *network, cleat_error *error);

/* There is nobody who could use it. */
void monitor_withdraw_session(monitor *m);

/* m->offered is one that was offered by an earlier monitor of this connection. */
void monitor_watch_offered(monitor *m);

/* ---- monitor_records.c ---- */

/* MONITOR_terminal. False: it is none. */
bool monitor_take_terminal(monitor *m, cleat_slice bytes);

/* The session process has gone: so have its sessions. */
void monitor_close_records(monitor *m);

/* A password, or an answer, was wrong. */
void monitor_record_failure(const connection *c);

/* What a shell begins with. Before the session process starts. */
void monitor_greet(monitor *m);

/* ---- monitor_rest.c ---- */

/* This request, a whole message, has proved a key. */
void monitor_keep_proof(monitor *m, cleat_slice message);

/* The user is logged in: if nothing is wanted for a while, this process ends. */
void monitor_rest_later(monitor *m);

/* Proves what has been proved, one after the other, and then goes on. */
void monitor_prove_again(monitor *m);

/* ---- monitor.c ---- */

/* Ends this process if the others have ended. */
void monitor_finish_if_alone(monitor *m);

/* Logs that one of them was ended by a signal. */
void monitor_tell_death(const monitor *m, const char *what, const port_exit *how);

/* Serves the network process at the other end of that socket, which is taken. */
CLEAT_MUST_USE cleat_status monitor_serve(monitor *m, int network);

/* A message of the network process's. */
bool monitor_on_network(void *user, cleat_slice bytes, port_attached *attached);

/* Calls on_late when LoginGraceTime has passed by far. */
void monitor_watch_login(monitor *m, void (*on_late)(void *monitor));

/* Logs that the network process broke the rules, if that is why. */
void monitor_tell_fault(const monitor *m, const cleat_error *why);

/* Tells the listener how things stand. */
void monitor_tell_state(const monitor *m);

#endif
