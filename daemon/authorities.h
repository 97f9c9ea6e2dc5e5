/* Whose X.509 certificates users may show, and the host's own OCSP responses. */
#ifndef CLEATD_AUTHORITIES_H
#define CLEATD_AUTHORITIES_H

#include "server.h"

/* Reads the files that the configuration names, if it names any. */
CLEAT_MUST_USE cleat_status authorities_load(setup *to, const server *s, cleat_error *error);

/* The chain leads to one of them and is good for a user; if not, why is logged. */
bool authorities_accept(const connection *c, const cleat_x509 *chain);

/* The chain is that of the user who is asked for, by X509UserName. */
bool authorities_name(const connection *c, const cleat_x509 *chain);

enum { RESPONSES_MAX = 16 };

/* Files of OCSPResponseFile. */
typedef struct responses {
    uint8_t *data[RESPONSES_MAX];
    cleat_slice list[RESPONSES_MAX]; /* of data */
    size_t count;
} responses;

/* To be forgotten whatever the outcome. */
CLEAT_MUST_USE cleat_status responses_read(responses *r, const cleat_config *config,
                                           cleat_error *error);
void responses_forget(responses *r);

#endif
