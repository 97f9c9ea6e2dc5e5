/* SFTP's client from within: what the files sftp_client*.c share. */
#ifndef CL_SERVICE_SFTP_CLIENT_H
#define CL_SERVICE_SFTP_CLIENT_H

#include "../alg/ctx.h"
#include "../base/arena.h"
#include "../base/idtab.h"
#include "sftp_messages.h"
#include "sftp_version.h"

#include <cleat/sftp_client.h>

enum {
    CL_SFTP_REQUESTS_MAX = 4096,     /* under way */
    CL_SFTP_ACCOUNTS_MAX = 1024,     /* ids in one request */
    CL_SFTP_PIECES_MAX = 64,         /* handed out at once for sending */
    CL_SFTP_READ_DEFAULT = 32 << 10, /* what every server takes (draft-02 §3) */
    CL_SFTP_TEXT_MAX = 1024,         /* of a server's sentence */
    CL_SFTP_LANGUAGE_MAX = 64,       /* of its language's tag */
    CL_SFTP_CHARSET_MAX = 64         /* IANA's names have at most 40 characters */
};

/* A request under way. */
typedef struct cl_sftp_asked {
    uint32_t id;
    cleat_sftp_request_kind request;
    void *tag;
    uint8_t *into;     /* READ: where the bytes go; NULL: nowhere */
    uint32_t len;      /* READ: how many were asked for */
    size_t uids, gids; /* ACCOUNTS */
    bool wants_one;    /* NAMES: exactly one */
    /* NAMES: what is still to be asked about the one; 0: nothing. ATTRS: why that was asked. */
    cleat_sftp_check check;
    char *checked;  /* ATTRS: the name, whose attributes make the answer whole; NULL: none */
    bool unsent;    /* WRITE: some of its data has not gone yet */
    bool abandoned; /* nobody waits for the answer */
} cl_sftp_asked;

/* A part of what is to be sent, in order: the next bytes of `out`, or a caller's memory. */
typedef struct cl_sftp_piece {
    const uint8_t *data; /* NULL: of out */
    size_t len;
    /* Of a caller's memory: whose request it is; and room for it, which is not touched before the
     * request is abandoned. That must be possible without memory. */
    cl_sftp_asked *asked;
    uint8_t *reserve;
} cl_sftp_piece;

typedef enum cl_sftp_phase {
    CL_SFTP_STARTING, /* VERSION has not come */
    CL_SFTP_ASKING,   /* version-select and limits are under way */
    CL_SFTP_OPEN,
    CL_SFTP_FAILED
} cl_sftp_phase;

/* SYMLINK's paths: the link first, as the drafts have it, or as OpenSSH has it. */
typedef enum cl_sftp_order {
    CL_SFTP_ORDER_UNKNOWN = 0,
    CL_SFTP_AS_DRAFT,
    CL_SFTP_REVERSED
} cl_sftp_order;

struct cleat_sftp {
    const cleat_allocator *mem;
    cleat_ctx *ctx;
    cl_sftp_phase phase;
    unsigned wanted, version;
    uint32_t features;
    bool says_check_file;
    bool is_proftpd;             /* which goes its own way in several places */
    cl_sftp_order symlink_order; /* of the server, in version 3 */
    bool asked_limits;           /* while the session starts */
    cleat_sftp_limits limits;
    uint32_t acl; /* CLEAT_SFTP_ACL_* that the server sets */
    uint8_t newline[8];
    size_t newline_len;
    char charset[CL_SFTP_CHARSET_MAX]; /* "": not told */
    cl_idtab asked;                    /* requests by the low bits of their ids */
    uint32_t serial; /* the high ones, so that an id comes again only after a long time */

    /* sending */
    cl_buf out;
    size_t out_at; /* sent of it */
    cl_sftp_piece *pieces;
    size_t piece_first, piece_count, piece_room;
    cleat_slice shown[CL_SFTP_PIECES_MAX];

    /* receiving */
    uint8_t head[CL_SFTP_DATA_HEAD];
    size_t head_len;
    uint32_t left;          /* of the packet, not received yet */
    cl_sftp_asked *reading; /* whose data comes */
    uint32_t data_left, data_len;
    cl_buf packet;

    cl_arena arena; /* the last answer's */
    cleat_sftp_answer answer;
    cleat_sftp_attrs attrs;
    cleat_sftp_statvfs statvfs;
    cleat_sftp_space space;
    char text[CL_SFTP_TEXT_MAX];
    char language[CL_SFTP_LANGUAGE_MAX];
    cleat_error error;
};

/* ---- sftp_client.c ---- */

/* A slot and an id for a request; NULL with *st set. Undone by cl_sftp_forget. */
cl_sftp_asked *cl_sftp_ask(cleat_sftp *s, cleat_sftp_request_kind request, void *tag,
                           cleat_status *st);
void cl_sftp_forget(cleat_sftp *s, cl_sftp_asked *a);

/* The request with this id; NULL for one that nobody made. */
cl_sftp_asked *cl_sftp_find(const cleat_sftp *s, uint32_t id);

/* What has been added to `out` since it was `mark` long goes after everything else, and then
 * `data`, unless NULL. On failure `out` is as it was and the request forgotten. */
CLEAT_MUST_USE cleat_status cl_sftp_queue(cleat_sftp *s, cl_sftp_asked *a, size_t mark,
                                          const void *data, size_t len);

/* Closes a handle that nobody wants. */
CLEAT_MUST_USE cleat_status cl_sftp_drop_handle(cleat_sftp *s, cleat_slice handle);

/* ---- sftp_client_answer.c ---- */

/* A whole packet that is not DATA for a reader. *answer stays NULL where it is nobody's business.
 */
CLEAT_MUST_USE cleat_status cl_sftp_on_packet(cleat_sftp *s, cleat_slice packet,
                                              const cleat_sftp_answer **answer);

/* All bytes of a READ have come; end: what follows them in the packet. */
CLEAT_MUST_USE cleat_status cl_sftp_on_data(cleat_sftp *s, cleat_slice end,
                                            const cleat_sftp_answer **answer);

/* ---- sftp_client_realpath.c ---- */

/* The answer that has come is a name: asks whether it is there. */
CLEAT_MUST_USE cleat_status cl_sftp_check_name(cleat_sftp *s, cleat_sftp_check check, void *tag);

/* Makes of that question's answer the one that the caller waits for. */
CLEAT_MUST_USE cleat_status cl_sftp_on_checked(cleat_sftp *s, const cl_sftp_asked *a);

/* ---- sftp_client_start.c ---- */

CLEAT_MUST_USE cleat_status cl_sftp_on_version(cleat_sftp *s, cleat_slice packet,
                                               const cleat_sftp_answer **answer);

/* The answer to version-select or limits. */
CLEAT_MUST_USE cleat_status cl_sftp_on_start(cleat_sftp *s, const cl_sftp_head *head,
                                             const cleat_sftp_answer **answer);

#endif
