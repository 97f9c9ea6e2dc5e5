/* `cleat keyscan`: the keys that servers show, as lines of known_hosts. */
#ifndef CLEAT_CLI_KEYSCAN_H
#define CLEAT_CLI_KEYSCAN_H

#include <cleat/scan.h>

enum { KEYSCAN_FILES_MAX = 64, KEYSCAN_TYPES = 4 };

/* What is asked for in one connection, ssh-keyscan's order. */
typedef struct keyscan_type {
    const char *name;      /* as -t takes it */
    const char *key_types; /* of cleat_scan_options */
    bool usual;            /* asked for without -t */
} keyscan_type;

extern const keyscan_type keyscan_types[KEYSCAN_TYPES];

/* The command line. */
typedef struct keyscan_options {
    int family;
    uint16_t port;
    uint32_t timeout_ms;
    unsigned verbose;
    bool certificates, records, hashed, quiet;
    bool sha1, sha256;         /* -O: the one hash of records that is wanted; neither: both are */
    bool types[KEYSCAN_TYPES]; /* that are asked for */
    const char *files[KEYSCAN_FILES_MAX];
    size_t file_count;
    char *const *hosts; /* ends with NULL */
} keyscan_options;

/* -1: go on; otherwise the status to exit with, everything being said. */
int keyscan_parse(keyscan_options *o, int argc, char **argv);

/* ---- where to look ---- */

/* A host: addresses or names to be tried in turn until one answers, and those that the output has
 * for it, comma-separated. Both are made by malloc. */
typedef struct keyscan_host {
    char *addresses, *names;
} keyscan_host;

typedef struct keyscan_source keyscan_source;

/* The hosts of the files, which are read at once, then those of the command line. NULL: a file
 * cannot be read; that is said. */
keyscan_source *keyscan_source_open(const keyscan_options *o);
void keyscan_source_close(keyscan_source *s);

/* The next one; false at the end, or without memory. A network's are counted out one by one. */
bool keyscan_source_next(keyscan_source *s, keyscan_host *host);
void keyscan_host_free(keyscan_host *host);

/* ---- looking ---- */

/* Asks all hosts of the source, many at once. True when any has shown a key. */
bool keyscan_run(const keyscan_options *o, cleat_ctx *ctx, keyscan_source *source);

/* ---- telling ---- */

/* The address's identification line, as a comment on stderr. */
void keyscan_print_version(const keyscan_options *o, const char *address, const char *version);

/* What has been found, on stdout. True: a key or a certificate. */
bool keyscan_print_key(const keyscan_options *o, cleat_ctx *ctx, const char *names,
                       const cleat_scan_result *found);

#endif
