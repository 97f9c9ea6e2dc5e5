/* Base64 (RFC 4648 §4) and hexadecimal text. */
#ifndef CL_BASE_BASE64_H
#define CL_BASE_BASE64_H

#include "buf.h"

/* Appends the encoded text, padded with '=' when pad is true, without line breaks. */
void cl_base64_encode(cl_buf *out, cleat_slice data, bool pad);

/* Appends the decoded bytes. Blanks and line ends are skipped; missing padding is accepted,
 * anything else that is not base64 is CLEAT_E_FORMAT. */
CLEAT_MUST_USE cleat_status cl_base64_decode(cl_buf *out, cleat_slice text);

/* Exactly 20 bytes, in their one padded form: the digests of known_hosts, of which a file has many.
 * Not for secrets. */
bool cl_base64_decode_digest(uint8_t out[20], cleat_slice text);

void cl_hex_encode(cl_buf *out, cleat_slice data);
CLEAT_MUST_USE cleat_status cl_hex_decode(cl_buf *out, cleat_slice text);

#endif
