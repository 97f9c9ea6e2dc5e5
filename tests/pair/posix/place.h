/* A client and a server of files in one process, with a folder each, over a line that may break
 * after any number of bytes; and copies between them. */
#ifndef CLEAT_TESTS_PLACE_H
#define CLEAT_TESTS_PLACE_H

#include <cleat/files.h>
#include <cleat/transfer.h>

/* loop/stream.h is what a line is to the client */
#include "../../../loop/stream.h"

enum { PATH_SIZE = 200, BIG = 3 << 20, NEVER = 1 << 30 };

typedef struct pipe_bytes {
    uint8_t *data;
    size_t len, room;
} pipe_bytes;

typedef struct place {
    cleat_stream stream; /* first: the client's */
    uv_loop_t loop;
    cleat_ctx *ctx;
    cleat_files *server;
    cleat_sftp_link *link;
    pipe_bytes to_server, to_client;
    size_t breaks_after; /* bytes to the server */
    bool reads, started, over, gone;
    char there[PATH_SIZE], here[PATH_SIZE];
    cleat_transfer *transfer; /* under way */
    cleat_status status;      /* of the last one */
    char said[1000];          /* its errors */
    char part[PATH_SIZE];     /* a name of something incomplete that was seen */
    bool was_complete;        /* the target, before the end was told */
    unsigned made, removed;   /* directories, and what else an end was told of */
    unsigned steps;           /* of progress */
    bool answered;
    uint32_t code;
    char name[PATH_SIZE];
    cleat_sftp_file handle;
} place;

void place_open(place *p, cleat_files_options options);
void place_close(place *p);
void place_turn(place *p);
void place_carry_to_client(place *p);

/* A path in one of the folders; the last four stay. */
const char *path_in(const char *folder, const char *name);

void make_folder(const char *path);
void store_file(const char *path, size_t len, uint8_t first);
size_t file_size(const char *path); /* SIZE_MAX: there is none */

/* The file holds the beginning of what store_file made, which is this long. */
bool file_holds(const char *path, size_t len, uint8_t first);

/* The first name in the folder that begins so; "" where there is none. */
const char *first_name(const char *folder, const char *start);

/* The user of callbacks that note what is told. */
void place_on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev);
void place_on_done(void *user, cleat_transfer *t, const cleat_error *why);
void place_start(place *p, cleat_transfer_direction way, const char *from, const char *to,
                 cleat_transfer_options options);
cleat_status place_copy(place *p, cleat_transfer_direction way, const char *from, const char *to,
                        cleat_transfer_options options);

#endif
