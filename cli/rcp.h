/* The old protocol of scp, on two pipes: to a program that runs on the other side, or to whoever
 * has started this one there. Written in straight lines: what waits turns the loop. */
#ifndef CLEAT_CLI_RCP_H
#define CLEAT_CLI_RCP_H

#include "progress.h"

#include <cleat/rcp.h>
#include <uv.h>

enum { RCP_ROOM = 1 << 18, RCP_WORDS_ROOM = 4096, RCP_DEPTH_MAX = 256 };

typedef struct rcp {
    uv_loop_t *loop;
    uv_pipe_t in, out, err;
    uv_process_t process; /* on the other end */
    uv_write_t request;
    uv_timer_t timer; /* of the limit of the rate, and of the program's end */
    bool has_process, exited, writing, waits;
    bool is_overdue;        /* the program was told to end */
    bool ended;             /* nothing more comes */
    bool lost;              /* nothing more is to be said */
    const struct rcp *sink; /* of what this one says; once it is gone that is not waited for */
    int64_t exit_status;
    uint8_t data[RCP_ROOM]; /* that has come */
    size_t from, len;
    char words[RCP_WORDS_ROOM]; /* the program's complaints */

    /* ---- what is wanted ---- */
    bool recurse, preserve, verbose;
    bool serves;          /* this is the other side: complaints go over the wire alone */
    bool hands_on;        /* to another machine: names need not be possible here */
    bool trusts_names;    /* -T */
    const char *pattern;  /* that a name from the other side must be like; NULL: any */
    uint64_t rate_max;    /* bytes a second; 0: no limit */
    progress *progress;   /* NULL: none is shown */
    volatile bool *stops; /* somebody has pressed Ctrl-C */

    unsigned errors;
} rcp;

/* ---- rcp_link.c ---- */

/* The descriptors of this program. False: they are no pipes, and it is said. */
bool rcp_open_own(rcp *r, uv_loop_t *loop);

/* Starts the program with pipes to it; its complaints, and those of the program at its other end,
 * go where ours do and command no terminal there. False: it is said. */
bool rcp_open_program(rcp *r, uv_loop_t *loop, char **argv);

/* Ends the conversation, and the program if it does not end by itself soon. Its exit status; 0
 * without one. */
int64_t rcp_close(rcp *r);

bool rcp_stopped(const rcp *r);

/* False once the other side is gone, or the user wants no more. */
bool rcp_read(rcp *r, uint8_t *to, size_t len);
bool rcp_read_line(rcp *r, char line[CLEAT_RCP_LINE_MAX], size_t *len);
bool rcp_write(rcp *r, const void *bytes, size_t len);
bool rcp_write_line(rcp *r, const cleat_rcp_line *line);

/* What has come and was not read yet, at least a byte; NULL at the end. */
const uint8_t *rcp_peek(rcp *r, size_t *len);
void rcp_take(rcp *r, size_t len);

/* How many of so many bytes to move at a time, so that the limit holds from the start. */
size_t rcp_portion(const rcp *r, uint64_t len);

/* Waits until so many bytes may have been moved since `began`, by the limit. */
void rcp_pace(rcp *r, uint64_t began, uint64_t bytes);

/* A complaint: here, and over the wire, where it is an answer; or here alone. */
void rcp_complain(rcp *r, const char *format, ...) CLEAT_PRINTF(2, 3);
void rcp_note(rcp *r, const char *format, ...) CLEAT_PRINTF(2, 3);

/* Shows the other side's complaint; after any but a warning nothing is to be said. */
void rcp_heard(rcp *r, cleat_rcp_type type, const char *text);

/* The answer to what was sent: true if it is fine. Complaints are shown. */
bool rcp_answered(rcp *r);

/* ---- rcp_relay.c ---- */

/* Hands what the one sends on to the other, which receives it. */
void rcp_relay(rcp *source, rcp *sink);

/* ---- rcp_source.c, rcp_sink.c ---- */

/* Sends the file or tree. False once nothing more can be sent. */
bool rcp_send(rcp *r, const char *path);

/* Takes what comes into the file or directory. directory: it must be one. */
void rcp_receive(rcp *r, const char *target, bool directory);

/* Whether an entry, for a folder so deep, is one that was asked for; if not, it is said, and
 * nothing more is. */
bool rcp_wants(rcp *r, const cleat_rcp_line *line, const char *name, unsigned depth);

/* Shows a complaint that came in place of an entry. False: it was the last word. */
bool rcp_take_complaint(rcp *r, const cleat_rcp_line *line);

#endif
