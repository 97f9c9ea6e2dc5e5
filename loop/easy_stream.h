/* What easy_stream.c and easy_exec.c share. */
#ifndef CLEAT_LOOP_EASY_STREAM_H
#define CLEAT_LOOP_EASY_STREAM_H

#include "easy_int.h"

typedef struct easy_bytes {
    uint8_t *data;
    size_t from, len, cap; /* from: read up to here */
} easy_bytes;

struct cleat_easy_stream {
    easy_owner owner;
    cleat_easy *easy;
    cleat_easy_stream *next;
    cleat_channel *channel; /* NULL: none yet, or closed */
    easy_bytes in[2];       /* output and errors */
    size_t room;            /* how many more of them may come */
    bool collecting;        /* a command's: consumed as they come */
    bool ending;            /* thrown away as they come */
    bool opened, replied, accepted, eof;
    bool over; /* nothing more comes */
    bool overflow, no_memory;
    int status;
    char signal[32];
    uint32_t timeout_ms;
    cleat_error why;
};

/* A session that runs the command, NULL: a shell. output_max 0: its output is for reading; else it
 * is collected, up to so many bytes. *out is NULL only when memory is out; free it whatever is
 * returned. */
CLEAT_MUST_USE cleat_status easy_stream_session(cleat_easy_stream **out, cleat_easy *e,
                                                const char *command, size_t output_max,
                                                cleat_error *error);

/* Sends the input and collects until the command has ended. */
CLEAT_MUST_USE cleat_status easy_stream_converse(cleat_easy_stream *s,
                                                 const cleat_easy_exec_options *options,
                                                 cleat_error *error);

/* Lets what was called on the channel take effect. */
void easy_stream_kick(const cleat_easy_stream *s);

#endif
