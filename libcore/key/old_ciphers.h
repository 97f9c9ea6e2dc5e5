/* OpenSSL's retired algorithms (RC2, DES, RC4, Blowfish and their kin), which old key files are
 * encrypted with. They live in a library context of their own: loaded into the one that the program
 * uses, they would be back for everything it does. */
#ifndef CL_KEY_OLD_CIPHERS_H
#define CL_KEY_OLD_CIPHERS_H

#include "../alg/env.h"

typedef struct cl_old_ciphers {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *usual, *old;
} cl_old_ciphers;

/* CLEAT_E_UNSUPPORTED where this OpenSSL has none of them, or the program has chosen a context
 * without the usual algorithms (as FIPS wants), which must not be got around. To be closed in any
 * case. */
CLEAT_MUST_USE cleat_status cl_old_ciphers_open(cl_old_ciphers *o, const cl_env *env);
void cl_old_ciphers_close(cl_old_ciphers *o);

#endif
