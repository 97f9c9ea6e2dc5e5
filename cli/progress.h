/* The line that shows how a copy gets on: name, percent, amount, rate, time left. */
#ifndef CLEAT_CLI_PROGRESS_H
#define CLEAT_CLI_PROGRESS_H

#include <cleat/transfer.h>

typedef struct progress {
    bool on;
    bool shown;           /* the line stands on the terminal, without its end */
    uint64_t drawn;       /* when, in milliseconds */
    char *name;           /* of the file that the line is about */
    uint64_t began, base; /* of that file: when, and with how many bytes there already */
    uint64_t done, total;
} progress;

/* Quiet where stdout is no terminal, or the user wants it so. */
void progress_begin(progress *p, bool quiet);

/* A file of total bytes (0: not known) of which done are there. A line of its own stays behind each
 * file that has ended. */
void progress_update(progress *p, const char *name, uint64_t done, uint64_t total);
void progress_end(progress *p, const char *name, uint64_t done);

/* The same by what a transfer tells; errors are the caller's to say. */
void progress_event(progress *p, const cleat_transfer_event *ev);

/* Before something else is printed. */
void progress_clear(progress *p);
void progress_free(progress *p);

/* "1234KB", "12.5MB": seven characters at most, and a zero. */
void progress_amount(char out[16], uint64_t bytes);

#endif
