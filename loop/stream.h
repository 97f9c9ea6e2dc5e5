/* A stream as the connection on it sees it. */
#ifndef CLEAT_LOOP_STREAM_H
#define CLEAT_LOOP_STREAM_H

#include <cleat/uv.h>

/* Whoever reads and writes the stream. */
typedef struct stream_user {
    void *user;
    uint8_t *(*space)(void *user, size_t *room); /* where to read to; room 0: not now */
    void (*received)(void *user, size_t n);
    void (*ended)(void *user, int uv_error); /* UV_EOF or what went wrong */
    void (*written)(void *user, size_t n);   /* n pending bytes are out; write again */
} stream_user;

typedef struct stream_ops {
    void (*read)(cleat_stream *s, bool on);
    /* Writes what goes at once and returns how much; the rest, if any, is *pending and stays the
     * caller's memory until `written`. A return below the total with *pending 0 means: try again
     * at `written`. Negative: a libuv error. */
    ptrdiff_t (*write)(cleat_stream *s, const cleat_slice *parts, size_t count, size_t *pending);
    void (*end)(cleat_stream *s);   /* nothing more is written; reading goes on */
    void (*close)(cleat_stream *s); /* frees s, maybe later; no call to the user after it */
} stream_ops;

struct cleat_stream {
    const stream_ops *ops;
    stream_user user;
    cleat_stream_ends ends;
    uv_process_t
        *process; /* whose stdin and stdout it is: hung up when the stream closes; or NULL */
};

/* A stream around handles that were made by the dialler or the listener: each allocated by malloc,
 * open, and taken. out may be the same as in. */
cleat_stream *stream_from_handles(uv_stream_t *in, uv_stream_t *out);

/* Fills in the addresses of a TCP stream. */
void stream_note_ends(cleat_stream *s, const uv_tcp_t *tcp);

/* A new handle of the kind that the descriptor needs, opened; NULL and *uv_error on failure. */
uv_stream_t *stream_handle_for(uv_loop_t *loop, uv_file fd, bool readable, int *uv_error);

/* Closes a handle made by malloc and frees it then. NULL is fine. */
void stream_free_handle(uv_handle_t *handle);

cleat_status loop_fail(cleat_error *error, cleat_status st, const char *format, ...)
    CLEAT_PRINTF(3, 4);

/* A copy with a zero behind it; NULL without memory. */
char *loop_text(cleat_slice bytes);

#endif
