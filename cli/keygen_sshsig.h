/* `cleat keygen -Y`: what signing and verifying share. */
#ifndef CLEAT_CLI_KEYGEN_SSHSIG_H
#define CLEAT_CLI_KEYGEN_SSHSIG_H

#include "keygen.h"

#include <cleat/sshsig.h>

/* What -O may say. */
typedef struct sshsig_settings {
    const char *hash;  /* hashalg=; NULL: not said */
    int64_t when;      /* verify-time=, else now */
    bool print_public; /* print-pubkey */
} sshsig_settings;

/* Which of them an operation takes. */
enum { SSHSIG_HASHALG = 1, SSHSIG_VERIFY_TIME = 2, SSHSIG_PRINT_PUBKEY = 4 };

/* False, everything being said, for one that it does not take. */
bool sshsig_settings_read(sshsig_settings *s, const keygen_options *o, unsigned allowed);

/* The digest of a file, or of the standard input for NULL, which is read piece by piece. error says
 * why not, without the file's name. Free *d in either case. */
CLEAT_MUST_USE cleat_status sshsig_hash_file(cleat_sshsig_digest **d, cleat_slice *value,
                                             cleat_ctx *ctx, const char *hash, const char *path,
                                             cleat_error *error);

/* ---- who signs ---- */

typedef struct sshsig_signer sshsig_signer;

/* The key of -f: a private key's file; or the file of a public key or certificate whose private
 * half the agent has, or a file beside it. NULL if that fails, which is said. */
sshsig_signer *sshsig_signer_open(const keygen_options *o);
void sshsig_signer_close(sshsig_signer *s);

/* The signature in its binary form. */
CLEAT_MUST_USE cleat_status sshsig_signer_sign(sshsig_signer *s, cleat_bytes *out, cleat_ctx *ctx,
                                               const cleat_sshsig_subject *subject,
                                               cleat_error *error);

/* ---- operations: each gives the status to exit with ---- */

int sshsig_sign(const keygen_options *o);
int sshsig_verify(const keygen_options *o);
int sshsig_check_novalidate(const keygen_options *o);
int sshsig_find_principals(const keygen_options *o);
int sshsig_match_principals(const keygen_options *o);

#endif
