/* One run of `cleat ssh`: a chain of connections, the last of them to the destination, and a
 * session there on three descriptors and a terminal. */
#ifndef CLEAT_CLI_SSH_H
#define CLEAT_CLI_SSH_H

#include "args.h"
#include "port.h"

#include <cleat/config.h>
#include <cleat/login.h>
#include <cleat/store.h>
#include <cleat/uv.h>

enum { SSH_HOPS_MAX = 16, SSH_HOST_KEYS_MAX = 64, SSH_SIGNALS = 4, SSH_RESPONSES_MAX = 16 };

typedef struct ssh_run ssh_run;
typedef struct identity identity;
typedef struct offer offer;
typedef struct open_prompt open_prompt;
typedef struct answers answers;
typedef struct doubt doubt;
typedef struct signing signing;
typedef struct locked locked;

/* Files of OCSPResponseFile. */
typedef struct ocsp_responses {
    uint8_t *data[SSH_RESPONSES_MAX];
    cleat_slice list[SSH_RESPONSES_MAX]; /* of data */
    size_t count;
} ocsp_responses;

/* A connection to one host: a jump host, or the destination. */
typedef struct ssh_hop {
    ssh_run *run;
    cleat_config *config;
    char *given;         /* the host as it was named */
    char *target, *user; /* who and where: defaults filled in */
    char *known_as;      /* HostKeyAlias, or target */
    char *jump;          /* the jump hosts before it, for %j */
    uint16_t port;
    cleat_policy *policy;
    ocsp_responses responses;      /* while the user's certificates are read */
    cleat_x509_store *authorities; /* of X.509; NULL: none, and no host is asked for such */

    cleat_dial *dial;
    cleat_uv *uv;
    cleat_login *login;
    cleat_stream_ends ends;
    uv_timer_t limit; /* until the first key exchange is done, and between attempts */
    uint32_t attempts;
    uint64_t began;                         /* the loop's time */
    cleat_agent_link *agent;                /* NULL: none */
    void (*agent_ready)(struct ssh_hop *h); /* to go on with, once its keys are known */
    uint64_t agent_query;                   /* that its signature answers; 0: none */
    bool agent_bound;
    cleat_key *to_agent;                 /* AddKeysToAgent: about to be */
    const identity *to_agent_of;         /* whose key it is */
    locked *locked;                      /* key files that only a passphrase opens */
    void (*unlocked)(struct ssh_hop *h); /* to go on with, once they are */
    identity *identities;
    size_t identity_count;
    offer *offers; /* of identities to the server, in their order */
    size_t offer_count;
    answers *answers;                        /* to the server's questions, being gathered */
    doubt *doubt;                            /* about the host's key */
    signing *signing;                        /* with a key whose passphrase is being asked for */
    cleat_key *announced[SSH_HOST_KEYS_MAX]; /* of the host, for UpdateHostKeys */
    size_t announced_count;
    cleat_channel *way; /* the channel to the next hop */
    cleat_stream *way_stream;
    bool has_timer, no_passwords, logged_in, said_goodbye, from_files;
    bool host_was_known; /* by a line of the user's own file */
    bool checks_address; /* CheckHostIP is on and makes sense here */
} ssh_hop;

struct ssh_run {
    ssh_args args;
    port_user *me;
    char *local_host;
    cleat_ctx *ctx;
    uv_loop_t *loop;
    const struct ssh_use *use; /* what runs on the last connection; NULL: a session */
    void *use_data;
    ssh_hop *hops[SSH_HOPS_MAX]; /* the nearest first */
    size_t hop_count;
    unsigned depth; /* of jump hosts that jump themselves */
    int status;     /* to exit with */
    bool in_background;
    open_prompt *prompts; /* to the user, the first being put */

    /* session */
    cleat_channel *channel;
    cleat_source *in;
    cleat_sink *out, *err;
    port_raw *raw;
    uv_signal_t resized, broken, signals[SSH_SIGNALS];
    uv_work_t renewal; /* of the thread pool */
    uv_timer_t beat;   /* at which typed bytes leave */
    uint64_t beat_until;
    uint32_t beat_ms; /* 0: they leave at once */
    uint8_t held[256];
    size_t held_len;
    int escape; /* the escape character; -1: none */
    bool has_tty, watching, line_start, escaped, paused, leaving, beating;
};

/* What a command other than `cleat ssh` does with a connection. */
typedef struct ssh_use {
    void (*ready)(ssh_run *r);                        /* it is logged in */
    void (*event)(ssh_run *r, const cleat_event *ev); /* of its channels */
    void (*closed)(ssh_run *r);                       /* it was there and is not any more */
} ssh_use;

/* The hop that the session runs on. */
ssh_hop *ssh_last_hop(const ssh_run *r);

/* Ends the hop's connection with a line for the user. */
void ssh_give_up(ssh_hop *h, const char *text);

#endif
