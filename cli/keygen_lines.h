/* Public keys and certificates in files that may have many. */
#ifndef CLEAT_CLI_KEYGEN_LINES_H
#define CLEAT_CLI_KEYGEN_LINES_H

#include "keygen.h"

#include <cleat/cert.h>

typedef struct keygen_entry {
    size_t line;
    cleat_key *key;   /* also of a certificate; NULL for a line that holds none */
    cleat_cert *cert; /* NULL: a plain key */
    char *comment;    /* without one what stands before the key, such as a host's names */
} keygen_entry;

/* True: the entry counts. */
typedef bool (*keygen_entry_cb)(const keygen_options *o, const keygen_entry *entry);

/* Each line of a .pub file, of authorized_keys or of known_hosts but for empty ones and remarks.
 * Gives how many counted. */
size_t keygen_each_line(const keygen_options *o, cleat_slice text, keygen_entry_cb done);

#endif
