/* The daemon's objects: one server, its connections, and what runs in their channels. */
#ifndef CLEATD_SERVER_H
#define CLEATD_SERVER_H

#include "listening.h"
#include "port.h"
#include "rules.h"

#include <cleat/store.h>
#include <cleat/uv.h>

enum { SERVER_KEYS_MAX = 16, GRANTS_MAX = 8 };

typedef struct asking asking;
typedef struct connection connection;
typedef struct decision decision;
typedef struct far_process far_process;
typedef struct forward forward;
typedef struct remote_port remote_port;
typedef struct peer_name peer_name;
typedef struct penalties penalties;
typedef struct proxied proxied;
typedef struct runner runner;

/* What one reading of the configuration gave. Connections keep theirs when it is read anew. */
typedef struct setup {
    unsigned references;
    config_files *files;
    rules *rules;                          /* for clients whose user is not known */
    cleat_key *host_keys[SERVER_KEYS_MAX]; /* in system mode without their private parts */
    char *host_key_paths[SERVER_KEYS_MAX];
    size_t host_key_count;
    cleat_cert *host_certs[SERVER_KEYS_MAX];
    size_t host_cert_count;
    cleat_x509 *host_chains[SERVER_KEYS_MAX];
    size_t host_chain_count;
    cleat_x509_store *authorities; /* of X.509, for users' certificates; NULL: none */
    char *version;
} setup;

/* A user of this system. */
typedef struct account {
    port_user *user;
    char **environment; /* that a session starts with */
    char **extra;       /* what PAM adds to it; or NULL */
    char **groups;      /* NULL: they cannot be told */
    bool exists;
    char *greeting;   /* what PAM says, and when the last login was; or NULL */
    bool must_change; /* the password has expired: the session is for nothing else */
} account;

/* Since the start. */
typedef struct tally {
    uint64_t connections, turned_away, logins, failures;
    uint64_t bytes_in, bytes_out; /* as far as it has been told */
} tally;

typedef struct server {
    uv_loop_t *loop;
    cleat_ctx *ctx;
    const arguments *arguments;
    setup *setup;
    account account; /* whom we serve */
    char *state_dir;
    char *empty_dir; /* system mode: the network processes' root */
    listening *listening;
    char *pid_file; /* written, and to be removed */
    penalties *penalties;
    proxied *proxied; /* clients of load balancers that are not known yet; NULL: never any */
    connection *first;
    struct workers *workers;       /* ConnectionIsolation shared; NULL else */
    struct monitor_link *listener; /* in a worker or its monitor; NULL: it has gone */
    unsigned count, unauthenticated;
    tally tally;
    struct report *report; /* StatusSocket, MetricsAddress; NULL: none */
    bool is_worker;
    uint64_t process; /* the listener's number */
    uint64_t last_id;
    bool draining; /* there will be no more clients */
    bool closing;  /* and those that there are go */
    uv_signal_t on_term, on_int, on_hup, on_succession;
    struct successor *successor; /* that is about to take over; NULL: none */
    uv_timer_t alive;            /* tells the service manager */
} server;

/* What a channel belongs to: first member of every object that is a channel's user. */
typedef struct channel_owner {
    void (*on_event)(struct channel_owner *owner, const cleat_event *ev);
} channel_owner;

/* What a decision about a login does to the connection: to the engine in this process, or by
 * messages to the one that has the engine. */
typedef struct gate {
    /* The user's name is known, and c->rules may be others than before. */
    void (*meet)(connection *c);
    void (*banner)(connection *c, const char *text);
    /* Ends the connection; text NULL: without a word. */
    void (*refuse)(connection *c, const char *text);
    /* All that it takes is proved: whether the account may enter. Asked before the logs tell. */
    bool (*admit)(connection *c);
    void (*verdict)(connection *c, uint64_t query, cleat_auth_verdict verdict, const char *methods);
    /* Instead of a verdict: questions, or a new password. */
    void (*ask)(connection *c, uint64_t query, const char *instruction, const cleat_prompt *prompts,
                size_t count);
    void (*change)(connection *c, uint64_t query, const char *prompt);
} gate;

extern const gate gate_here;

/* What users know is checked by PAM, in system mode. */
typedef enum knowledge {
    KNOWLEDGE_WRONG,
    KNOWLEDGE_RIGHT,
    KNOWLEDGE_EXPIRED /* right, and to be changed first */
} knowledge;

typedef struct vouching {
    /* fresh: to change it to; or NULL. `may`: the user may log in if it is right; nothing about the
     * account is looked at without. */
    knowledge (*password)(connection *c, const char *password, const char *fresh, bool may);
    /* Asks by the gate until it knows, and calls auth_vouched. */
    void (*begin)(connection *c, uint64_t query, bool may);
    void (*go_on)(connection *c, const cleat_event *ev);
    /* It was wrong, which is to be recorded. */
    void (*failed)(const connection *c);
} vouching;

/* Whom an engine's questions about the host and its users go to: this process, or the monitor. */
typedef struct arbiter {
    void (*sign)(connection *c, const cleat_event *ev);
    void (*choose_group)(connection *c, const cleat_event *ev);
    void (*decide)(connection *c, const cleat_event *ev);
    /* The connection is over, and will be gone. */
    void (*ended)(connection *c, cleat_status why);
} arbiter;

extern const arbiter arbiter_here;

/* A key that the client has proved to have. */
typedef struct grant {
    cleat_key *key;
    cleat_key_options options;
} grant;

struct connection {
    connection *previous, *next;
    server *server;
    setup *setup;
    rules *rules; /* the setup's, until the user is known */
    cleat_uv *uv; /* NULL while the name is looked up */
    peer_name *naming;
    cleat_stream *stream; /* until uv has it */
    uint64_t id;
    cleat_stream_ends ends;
    char *host; /* the client's name by UseDNS, else its address */
    const gate *gate;
    const arbiter *arbiter;
    const runner *runner;
    const account *account; /* whom the login would be for */
    char *user;             /* NULL: not known yet */
    char *client;           /* the software's version, as it says; NULL: not known yet */
    bool known;             /* there is such a user, whom we serve */
    bool may;               /* and nothing keeps it out */
    bool authenticated;
    bool again;               /* it was, and is decided about again */
    bool refused;             /* by RefuseConnection */
    bool interactive, marked; /* IPQoS */
    grant grants[GRANTS_MAX];
    size_t grant_count;
    decision *deciding;             /* about a key; NULL: none */
    asking *asking;                 /* a command about that key; NULL: none */
    remote_port *remote_ports;      /* that the client has us listen at */
    forward *dialling;              /* forwardings that have no channel yet */
    struct unused *unused;          /* the timer of UnusedConnectionTimeout; NULL: none */
    struct idle *idle;              /* channels with a ChannelTimeout */
    const vouching *vouching;       /* NULL: there is nobody who could */
    const char *proved[GRANTS_MAX]; /* methods, in their order */
    size_t proved_count;
    far_process *far_end;    /* its session process, in the network process */
    void *part;              /* system mode: what this process keeps for its part in it */
    bool shut_in;            /* in a session process with a root of its own */
    int terminals;           /* which is asked for them then; else -1 */
    uint64_t began;          /* uv_hrtime */
    struct traffic *traffic; /* as it was told last; NULL: never */
    uint32_t end_reason;     /* of the DISCONNECT that ended it */
    char *end_text;
};

/* ---- log.c: one line an event ---- */

void log_line(cleat_log_level level, const char *format, ...) CLEAT_PRINTF(2, 3);

/* About one client: its LogLevel counts. */
void log_about(const connection *c, cleat_log_level level, const char *format, ...)
    CLEAT_PRINTF(3, 4);

/* Of a part that has a level of its own (internal-sftp -l), which it has looked at; about the
 * connection with that id, which may be gone. */
void log_apart(uint64_t about, cleat_log_level level, const char *format, ...) CLEAT_PRINTF(3, 4);

/* Where lines go from now on: stderr, a file, or the system's log. */
CLEAT_MUST_USE cleat_status log_open(const arguments *a, const rules *r, cleat_error *error);
void log_close(void);
void log_set_rules(const rules *r);

/* Lines go there instead. about: a connection's id; 0: none. NULL: as before. */
typedef void (*log_target)(void *user, uint64_t about, cleat_log_level level, const char *text);
void log_send_to(log_target target, void *user);

/* A line that another process has made, which is about the connection with that id (0: none), as
 * far as these rules log it. limited: of many at a time some are left out. */
void log_relay_limited(uint64_t about, const rules *r, uint32_t level, cleat_slice text);
void log_relay(uint64_t about, const rules *r, uint32_t level, cleat_slice text);
cleat_log_sink log_engine_sink(server *s); /* quiet by itself: each connection sets its level */

/* What the engine should tell of a connection. */
cleat_log_level log_engine_level(const rules *r);

/* ---- setup.c ---- */

CLEAT_MUST_USE cleat_status setup_new(setup **out, server *s, cleat_error *error);
setup *setup_ref(setup *s);
void setup_unref(setup *s);

/* ---- hostkeys.c ---- */

CLEAT_MUST_USE cleat_status hostkeys_load(setup *to, const server *s, cleat_error *error);
CLEAT_MUST_USE cleat_status user_key_make(const server *s, cleat_error *error);

/* ---- connection.c ---- */

/* A client on this stream, which is taken. */
void connection_start(server *s, cleat_stream *stream);

/* The same, once it is known where it comes from. */
void connection_begin(server *s, cleat_stream *stream, const cleat_stream_ends *ends);

/* The object for it, with a number of its own; the stream (NULL: later) is taken unless it is NULL.
 */
connection *connection_new(server *s, cleat_stream *stream, const cleat_stream_ends *ends);

/* Runs the engine on c->stream. False: it could not be, and c is gone. */
bool connection_attach(connection *c);

/* It is over: c is gone. */
void connection_free(connection *c);

/* The engine's options as the connection's rules want them. */
cleat_conn_options connection_options(const connection *c);

/* Marks the packets as IPQoS says, now that it is known what the connection is for. */
void connection_mark(connection *c, bool interactive);

/* ---- account.c ---- */

void account_free(account *a);

/* Where the user's sessions begin: at home, or in "/" where they are shut in without it. */
const char *account_directory(const connection *c);

/* ---- auth.c ---- */

/* Takes the rules for that user, of whom c->user and c->known tell. False: they cannot be told. */
bool auth_take_rules(connection *c, char *const *groups);

/* Answers an authentication request, now or later. */
void auth_decide(connection *c, const cleat_event *ev);

/* That method has been proved. */
void auth_proved(connection *c, uint64_t query, const char *method);
void auth_reject(connection *c, uint64_t query);

/* A line for the log, in OpenSSH's words. */
void auth_log(const connection *c, cleat_log_level level, const char *word, const char *method);

/* The connection has ended: there is nothing to be answered. */
void auth_stop(connection *c);

/* ---- auth_knowledge.c ---- */

/* Requests of the methods password and keyboard-interactive. */
void auth_password(connection *c, const cleat_event *ev);
void auth_questions(connection *c, const cleat_event *ev);

/* The answers to vouching.begin's questions were right, or not. */
void auth_vouched(connection *c, uint64_t query, bool right);

/* ---- session.c ---- */

/* Takes a session channel that the peer opens. */
void session_open(connection *c, const cleat_event *ev);

/* ---- server.c ---- */

/* Runs until the last client is gone after a signal to stop: the program's exit status. */
int server_run(server *s);

/* No more clients but those that wait for their PROXY header; the loop ends when the last is gone.
 */
void server_drain(server *s);

#endif
