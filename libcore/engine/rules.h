/* Which message is legal for whom and when: one table (RFC 4253 §7.1, §10, RFC 4252 §6, and strict
 * key exchange). */
#ifndef CL_ENGINE_RULES_H
#define CL_ENGINE_RULES_H

#include "../base/slice.h"

#include <cleat/conn.h>

/* What a connection waits for from its peer. */
typedef enum cl_phase {
    CL_PH_VERSION = 0,          /* the identification line; no packets yet */
    CL_PH_FIRST_INIT = 1,       /* the first KEXINIT */
    CL_PH_FIRST_KEX = 2,        /* first exchange, from the peer's KEXINIT on */
    CL_PH_FIRST_NEWKEYS = 4,    /* ... its dialogue is complete */
    CL_PH_FIRST_KEX_STRICT = 8, /* the same two under strict key exchange */
    CL_PH_FIRST_NEWKEYS_STRICT = 16,
    CL_PH_REKEY = 32, /* a later exchange, from the peer's KEXINIT on */
    CL_PH_REKEY_NEWKEYS = 64,
    CL_PH_SERVICE = 128, /* SERVICE_REQUEST or SERVICE_ACCEPT */
    CL_PH_AUTH = 256,
    CL_PH_OPEN = 512, /* authenticated: the connection protocol */
} cl_phase;

typedef cleat_status (*cl_handler)(cleat_conn *c, cleat_slice payload);

typedef struct cl_rule {
    uint8_t first, last; /* message numbers */
    uint8_t roles;       /* cleat_role bits of the receiver */
    uint16_t phases;     /* cl_phase bits */
    cl_handler handler;
} cl_rule;

/* NULL for a number that this build does not know: UNIMPLEMENTED is the answer (RFC 4253 §11.4). */
const cl_rule *cl_rule_find(uint8_t number, cleat_role role);

bool cl_rule_allows(const cl_rule *rule, cleat_role role, cl_phase phase);

/* Some peers go on with the connection protocol after their KEXINIT, which RFC 4253 §7.1 forbids
 * them. Where they are known to, and only once they have authenticated (base), it is let pass. */
bool cl_rule_forgives(uint8_t number, cl_phase base, cl_phase phase);

const char *cl_phase_name(cl_phase phase);

#endif
