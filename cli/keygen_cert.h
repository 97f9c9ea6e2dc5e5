/* `cleat keygen -s`: what is to be in a certificate. */
#ifndef CLEAT_CLI_KEYGEN_CERT_H
#define CLEAT_CLI_KEYGEN_CERT_H

#include "keygen.h"

#include <cleat/cert.h>

typedef struct cert_plan cert_plan;

/* What the flags ask for; NULL, everything being said, where they make no sense. */
cert_plan *cert_plan_new(const keygen_options *o);
void cert_plan_free(cert_plan *plan);

/* Borrowed from the plan. The serial number is the caller's to count. */
cleat_cert_facts *cert_plan_facts(cert_plan *plan);

/* -V: seconds since 1970. False, everything being said, for what is no such interval. */
bool cert_validity_parse(const char *text, uint64_t *after, uint64_t *before);

/* "forever", "from TIME to TIME", as ssh-keygen shows it; to be freed. */
char *cert_validity_text(const cleat_cert_facts *facts);

#endif
