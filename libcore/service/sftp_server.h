/* The parts of the SFTP server: bytes (sftp_server.c), requests (sftp_request.c and the table in
 * sftp_request_rows.c), answers (sftp_answer.c). */
#ifndef CL_SERVICE_SFTP_SERVER_H
#define CL_SERVICE_SFTP_SERVER_H

#include "../base/arena.h"
#include "../base/idtab.h"
#include "../base/spare.h"
#include "sftp_messages.h"
#include "sftp_version.h"

/* One packet of the client's, without its length. */
typedef struct cl_sftp_packet {
    struct cl_sftp_packet *next;
    size_t len, have;
    uint8_t bytes[];
} cl_sftp_packet;

/* Bytes for the client. */
typedef struct cl_sftp_chunk {
    struct cl_sftp_chunk *next;
    cl_buf bytes;
    size_t sent;
} cl_sftp_chunk;

/* Which message answers a request, if not a status. */
typedef enum cl_sftp_kind {
    CL_SFTP_ANSWER_STATUS,
    CL_SFTP_ANSWER_HANDLE,
    CL_SFTP_ANSWER_DATA,
    CL_SFTP_ANSWER_ATTRS,
    CL_SFTP_ANSWER_NAMES,
    CL_SFTP_ANSWER_STATVFS,
    CL_SFTP_ANSWER_SPACE,
    CL_SFTP_ANSWER_PRINCIPALS,
    CL_SFTP_ANSWER_RANGES,
    CL_SFTP_ANSWER_HASHES,
    CL_SFTP_ANSWER_EXTENDED
} cl_sftp_kind;

typedef struct cl_sftp_work cl_sftp_work;

/* What a handle string stands for. */
typedef struct cl_sftp_open_handle {
    void *user;
    uint32_t slot, serial;
    bool is_directory;
    bool closing;        /* takes no more requests */
    unsigned busy;       /* requests on it without an answer, CLOSE not counted */
    cl_sftp_work *close; /* waits until none is busy */
} cl_sftp_open_handle;

/* A request that waits for its answer. */
struct cl_sftp_work {
    cleat_sftp_request request; /* what the program sees */
    cl_sftp_work *next;         /* in the list of closes that may go */
    uint32_t slot, id;
    cl_sftp_kind kind;
    cl_sftp_packet *packet; /* `request` points into it; NULL: a forced CLOSE */
    cl_arena arena;
    cl_sftp_open_handle *handle, *to_handle;
    cl_buf space; /* READ's answer, head and data */
    size_t room;  /* in it */
};

struct cleat_sftp_server {
    const cleat_allocator *mem; /* `spare` */
    cl_spare spare;
    cleat_ctx *ctx;
    unsigned version_max, version, client_version;
    uint32_t requests_max;
    size_t pending_max;
    uint16_t lock_masks;
    uint32_t acl; /* CLEAT_SFTP_ACL_*; 0: requests with an ACL are refused */
    char *newline, *allowed, *denied;
    void (*on_refused)(void *user, const char *name, uint32_t code);
    void *user;
    bool follows_draft; /* SYMLINK's order in version 3 */
    bool begun;         /* a request came: version-select is over */

    uint8_t length[4]; /* of the packet that comes */
    size_t length_have;
    cl_sftp_packet *incoming;
    cl_sftp_packet *first, *last; /* whole ones that wait */
    size_t held;                  /* bytes in packets, waiting or under way */
    size_t owed;                  /* taken and not credited */

    cl_idtab works, handles;
    uint32_t serial;
    cl_sftp_work *closes, *closes_end;

    cl_sftp_chunk *out, *out_end;
    size_t pending; /* bytes of answers: sent ones not, promised ones yes */
    bool ended, mute;
    cleat_status status;
};

/* One kind of request. */
typedef struct cl_sftp_row {
    uint8_t number;        /* CL_SFTP_extended: an extension */
    const char *extension; /* its name on the wire */
    const char *name;      /* sftp-server(8)'s word */
    uint32_t feature;      /* CL_SFTP_HAS_* that announces it, or 0 */
    unsigned first, last;  /* versions that have it */
    cleat_sftp_op op;      /* 0: `read` has answered */
    cl_sftp_kind kind;
    /* CLEAT_E_NO_SUCH: no such handle. CLEAT_E_BAD_CALL: a parameter is wrong. CLEAT_E_UNSUPPORTED,
     * and what decoders return. CLEAT_E_PROTO, CLEAT_E_NOMEM: the session ends. */
    cleat_status (*read)(cleat_sftp_server *s, cl_sftp_work *w, cleat_slice fields);
} cl_sftp_row;

/* The row of a request; *fields becomes what follows an extension's name. NULL: none. */
const cl_sftp_row *cl_sftp_find_row(const cl_sftp_head *head, unsigned version, cleat_slice *fields,
                                    cleat_slice *extension);

/* Features whose requests may be made. */
uint32_t cl_sftp_permitted_features(const cleat_sftp_server *s);
bool cl_sftp_may(const cleat_sftp_server *s, const char *name);

/* ---- between the files ---- */

/* Ends the session; the first reason counts. */
void cl_sftp_server_fail(cleat_sftp_server *s, cleat_status st);

/* Takes the first waiting packet out of the queue; NULL: none. */
cl_sftp_packet *cl_sftp_server_pop(cleat_sftp_server *s);

/* Where a small answer is written; cl_sftp_server_written after it. */
cl_buf *cl_sftp_server_out(cleat_sftp_server *s);
void cl_sftp_server_written(cleat_sftp_server *s, size_t before);

/* A chunk with these bytes, which are taken. */
void cl_sftp_server_queue(cleat_sftp_server *s, cl_buf *bytes);

/* The version is agreed on: VERSION goes out. */
void cl_sftp_server_greet(cleat_sftp_server *s, unsigned version);

/* The work is over: everything it held is given back. */
void cl_sftp_work_free(cleat_sftp_server *s, cl_sftp_work *w);

/* Answers a request that the program does not see. */
void cl_sftp_server_reply(cleat_sftp_server *s, uint32_t id, uint32_t code);

#endif
