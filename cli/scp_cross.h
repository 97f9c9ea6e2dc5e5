/* From one machine to another, from within: files as pieces under way, and the trees they are in.
 */
#ifndef CLEAT_CLI_SCP_CROSS_H
#define CLEAT_CLI_SCP_CROSS_H

#include "scp.h"
#include "sftp.h"

enum { CROSS_PIECES = 64, CROSS_PIECE = 32 << 10, CROSS_PERMISSIONS = 07777 };

typedef struct stream stream;

/* What is under way of a piece. */
typedef enum piece_step { PIECE_READ, PIECE_LOOK, PIECE_WRITE } piece_step;

/* A part of a file: being read, then being compared with what is there, or written. */
typedef struct piece {
    cleat_sftp_waiter waiter; /* first */
    stream *of;
    uint64_t offset;
    uint32_t wanted, have;
    bool busy;
    piece_step step;
    uint8_t data[CROSS_PIECE], there[CROSS_PIECE];
} piece;

/* A file under way. */
struct stream {
    const scp *s;
    sftp *from, *to;
    cleat_sftp_file source, sink, old; /* old: the sink's, to be read */
    uint64_t size, next, done;
    uint64_t broken_at; /* the first byte that was given up, or that differs */
    uint64_t began;
    unsigned busy;
    bool failed, shorter, has_old;
    bool in_place; /* the target may be the source under another address */
    bool compares; /* nothing is written: the target is looked at */
    bool differs;  /* it is another file */
    bool ended;    /* one without a size, as in /proc */
    char *why;
    piece *pieces; /* CROSS_PIECES of them */
};

typedef struct cross {
    scp *s;
    sftp *from, *to;
    uv_timer_t pace; /* turns the loop while the rate is held down */
    stream *stream;
    size_t bytes; /* of names */
    bool within;  /* one machine, as one user */
    int status;
} cross;

/* ---- scp_cross.c ---- */

void cross_complain(cross *c, const char *path, const char *why);

/* Nothing more can be done, or the user wants no more. */
bool cross_gone(const cross *c);

/* ---- scp_pieces.c ---- */

/* Moves, or compares, the pieces of c->stream from its `next` on, until all are through or one
 * fails. */
void pieces_run(cross *c, const char *name);

/* So many bytes from the beginning are through. */
uint64_t pieces_whole(const stream *t);

/* ---- scp_cross_file.c ---- */

void cross_copy_file(cross *c, const char *from, const char *to, const cleat_sftp_attrs *attrs);
bool cross_close(sftp *s, const cleat_sftp_file *handle);

/* Permissions and times as they were found, where that is wanted. */
void cross_preserve(cross *c, const char *to, const cleat_sftp_attrs *found);

#endif
