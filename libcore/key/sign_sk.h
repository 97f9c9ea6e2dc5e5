/* What security keys sign: the message's hash among things of their own (OpenSSH's PROTOCOL.u2f,
 * W3C Web Authentication §6.1). */
#ifndef CL_KEY_SIGN_SK_H
#define CL_KEY_SIGN_SK_H

#include "key.h"

/* Reads the flags and the counter behind a signature's content; false when they are not there. */
bool cl_sk_read_attestation(cl_reader *behind, cleat_attestation *out);

/* The two for cl_sig_alg.device_message. CLEAT_E_SIGNATURE for what no device or browser makes. */
CLEAT_MUST_USE cleat_status cl_sk_device_message(const cleat_key *key, cleat_slice message,
                                                 cl_reader *behind, cl_buf *out);
CLEAT_MUST_USE cleat_status cl_sk_webauthn_message(const cleat_key *key, cleat_slice message,
                                                   cl_reader *behind, cl_buf *out);

#endif
