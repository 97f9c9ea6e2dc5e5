/* What the monitor's files share. */
#ifndef CLEATD_MONITOR_INT_H
#define CLEATD_MONITOR_INT_H

#include "monitor.h"

enum { MONITOR_ID_MAX = 64 };

typedef struct monitor {
    connection *c;
    monitor_link *network, *session, *listener;
    int64_t network_part, session_part;
    int offered;     /* the other end of what the network process has; -1: none */
    uv_poll_t asked; /* until the session process is wanted */
    uv_timer_t grace;
    cleat_key *keys[SERVER_KEYS_MAX]; /* the host's, with their private parts, once they are used */
    uint8_t session_id[MONITOR_ID_MAX];
    size_t session_id_len;    /* 0: there has been no key exchange */
    size_t host_key;          /* which of the host's keys the last exchange was signed with */
    cleat_auth_method method; /* of the request that is being decided */
    uint64_t query;
    bool deciding;
    uint32_t failures;
    uint32_t status; /* of the end */
    account account;
    port_pam *pam;             /* once it is asked */
    struct dialogue *dialogue; /* of PAM with the user; NULL: none */
} monitor;

/* ---- monitor_sign.c ---- */

/* False: the message is against the rules. */
bool monitor_sign_message(monitor *m, cleat_slice bytes);
void monitor_forget_keys(monitor *m);

/* ---- monitor_auth.c ---- */

extern const gate monitor_gate;

bool monitor_auth_message(monitor *m, cleat_slice bytes);

/* ---- monitor_pam.c ---- */

extern const vouching monitor_vouching;

/* PAM for this user. False: it cannot be asked. */
bool monitor_start_pam(monitor *m);

/* It has failed, and is asked anew next time. */
void monitor_tell_wrong(monitor *m, const cleat_error *error);

/* Whether PAM and the system let the user in now; sets the session up. */
bool monitor_open_account(monitor *m);

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

/* ---- monitor.c ---- */

/* Ends this process if the others have ended. */
void monitor_finish_if_alone(monitor *m);

/* Logs that one of them was ended by a signal. */
void monitor_tell_death(const monitor *m, const char *what, const port_exit *how);

/* MONITOR_line. False: it is none. */
bool monitor_relay_line(const monitor *m, cleat_slice bytes);

/* Tells the listener how things stand. */
void monitor_tell_state(const monitor *m);

#endif
