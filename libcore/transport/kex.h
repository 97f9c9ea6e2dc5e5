/* One key exchange, from KEXINIT to new keys, as a value that is stepped: each call hands in what
 * happened, and `want` then tells what has to happen next. The dialogue between the KEXINITs and
 * NEWKEYS differs from method to method and sits behind cl_dialog_ops. */
#ifndef CL_TRANSPORT_KEX_H
#define CL_TRANSPORT_KEX_H

#include "../base/log.h"
#include "../key/cert_openssh.h"
#include "../x509/shown.h"
#include "hello.h"
#include "kexinit.h"

typedef enum cl_kex_want {
    CL_KEX_IDLE,            /* no exchange runs, or the peer has not answered our KEXINIT */
    CL_KEX_WANTS_MESSAGE,   /* the peer's next message, 30..49 */
    CL_KEX_WANTS_GROUP,     /* server: a group for min..max bits: cl_kexer_group */
    CL_KEX_WANTS_SIGNATURE, /* server: a signature over `hash`: cl_kexer_signature */
    CL_KEX_WANTS_HOSTKEY,   /* client: a decision about `host_key`: cl_kexer_hostkey */
    CL_KEX_READY,           /* K and H are known: cl_kexer_send_newkeys */
    CL_KEX_WANTS_NEWKEYS,   /* the peer's NEWKEYS: cl_kexer_newkeys */
} cl_kex_want;

struct cl_kexer;

/* A dialogue in the messages 30..49. A call leaves `want` at what comes next. */
typedef struct cl_dialog_ops {
    cleat_status (*begin)(struct cl_kexer *kx); /* the choice is known; both roles */
    cleat_status (*message)(struct cl_kexer *kx, uint8_t number, cleat_slice payload);
    cleat_status (*group)(struct cl_kexer *kx);   /* p and g are set; NULL where never wanted */
    cleat_status (*signed_)(struct cl_kexer *kx); /* server: host_signature is set */
} cl_dialog_ops;

typedef struct cl_kexer {
    /* for the whole connection */
    const cl_env *env;
    cleat_error *error;
    const cl_logger *log;
    cleat_role role;
    cl_tx *tx;
    const cl_hello *hello;
    cl_offer offer;
    unsigned rsa_min_bits;
    cleat_key *const *host_keys; /* server: public halves, borrowed */
    size_t host_key_count;
    cleat_cert *const *host_certs; /* server: of these keys, borrowed */
    size_t host_cert_count;
    cleat_x509 *const *host_chains; /* the same */
    size_t host_chain_count;
    bool strict;              /* decided by the first exchange */
    bool peer_wants_ext_info; /* the same */
    uint32_t finished;        /* exchanges */
    uint8_t session_id[CL_HASH_MAX];
    size_t session_id_len;

    /* of the exchange that runs, or of the latest */
    cl_kex_want want;
    bool sent_init, got_init;
    bool skip_guess;            /* the peer's next packet is a wrong guess */
    cl_buf our_init, peer_init; /* whole payloads: I_C and I_S */
    cl_choice choice;
    const cl_dialog_ops *dialog;
    int step;       /* the dialogue's own */
    cl_kex *secret; /* ephemeral; freed by the row's free */
    void (*secret_free)(const cl_env *env, cl_kex *kex);
    cl_buf ours, theirs; /* public values, raw */
    uint32_t gex_min, gex_preferred, gex_max;
    bool gex_old; /* the request had only a size (RFC 4419 §5) */
    cl_buf p, g;
    cl_buf host_key, host_signature;
    cl_secret k;               /* K in its wire encoding */
    uint8_t hash[CL_HASH_MAX]; /* H */
    size_t hash_len;
    cl_open *next_open; /* keys for the peer's NEWKEYS */
} cl_kexer;

void cl_kexer_init(cl_kexer *kx, const cl_env *env);
void cl_kexer_free(cl_kexer *kx);

/* Sends our KEXINIT unless it was sent. */
CLEAT_MUST_USE cleat_status cl_kexer_start(cl_kexer *kx);

/* From our KEXINIT until our NEWKEYS only messages of the exchange may be sent (RFC 4253 §7.1). */
bool cl_kexer_holds_output(const cl_kexer *kx);

/* From the peer's KEXINIT until its NEWKEYS. */
bool cl_kexer_running(const cl_kexer *kx);

CLEAT_MUST_USE cleat_status cl_kexer_on_init(cl_kexer *kx, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_kexer_on_message(cl_kexer *kx, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_kexer_group(cl_kexer *kx, cleat_slice p, cleat_slice g);
CLEAT_MUST_USE cleat_status cl_kexer_signature(cl_kexer *kx, cleat_slice signature);
CLEAT_MUST_USE cleat_status cl_kexer_hostkey(cl_kexer *kx, bool accept);

/* Sends NEWKEYS and switches the sending side; `want` becomes CL_KEX_WANTS_NEWKEYS. */
CLEAT_MUST_USE cleat_status cl_kexer_send_newkeys(cl_kexer *kx);

/* The peer's NEWKEYS: switches the receiving side; the exchange is over. */
CLEAT_MUST_USE cleat_status cl_kexer_newkeys(cl_kexer *kx, cl_rx *rx);

/* ---- for the dialogues ---- */

extern const cl_dialog_ops cl_dialog_public, cl_dialog_gex, cl_dialog_rsa;

CLEAT_MUST_USE cleat_status cl_kexer_send(cl_kexer *kx, cl_buf *message); /* frees message */
CLEAT_MUST_USE cleat_status cl_kexer_unexpected(cl_kexer *kx, uint8_t number);

/* Server: host_key becomes the blob that the chosen algorithm signs with. */
CLEAT_MUST_USE cleat_status cl_kexer_own_host_key(cl_kexer *kx);

/* H from what is common to all dialogues up to K_S, `middle` (the dialogue's own fields, encoded)
 * and K; shared is K raw. On the first exchange H becomes the session id. */
CLEAT_MUST_USE cleat_status cl_kexer_set_hash(cl_kexer *kx, cleat_slice middle,
                                              const cl_secret *shared);

/* Client: keeps the host key and checks the signature over H; wants the owner's decision then. */
CLEAT_MUST_USE cleat_status cl_kexer_check_host(cl_kexer *kx, cleat_slice host_key,
                                                cleat_slice signature);

/* A public value in the method's encoding: mpint or string. */
void cl_kexer_put_public(const cl_kexer *kx, cl_buf *out, cleat_slice value);

#endif
