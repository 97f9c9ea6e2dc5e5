/* Reading SSH's data types (RFC 4251 §5) from a packet. The fault is sticky: every read returns a
 * defined value even after one, so a decoder is a straight list of fields and one check at the
 * end. Slices are views into the packet. */
#ifndef CL_WIRE_READER_H
#define CL_WIRE_READER_H

#include "../base/slice.h"

typedef struct cl_reader {
    const uint8_t *at;
    size_t left;
    cleat_status fault; /* CLEAT_OK, CLEAT_E_TRUNCATED or CLEAT_E_FORMAT */
} cl_reader;

cl_reader cl_reader_of(cleat_slice s);

uint8_t cl_get_u8(cl_reader *r);
uint32_t cl_get_u32(cl_reader *r);
uint64_t cl_get_u64(cl_reader *r);
bool cl_get_bool(cl_reader *r); /* any non-zero byte is true, RFC 4251 §5 */
cleat_slice cl_get_bytes(cl_reader *r, size_t n);
cleat_slice cl_get_string(cl_reader *r);
cleat_slice cl_get_rest(cl_reader *r);

/* A string without zero bytes. Faults with CLEAT_E_FORMAT otherwise. */
cleat_slice cl_get_text(cl_reader *r);

/* An mpint that must not be negative and must be in its shortest form, without the sign byte:
 * magnitude, big endian; empty for zero. */
cleat_slice cl_get_mpint(cl_reader *r);

/* Marks the data as malformed. */
void cl_reader_fault(cl_reader *r);

/* CLEAT_OK when everything was read and nothing is left. */
CLEAT_MUST_USE cleat_status cl_reader_done(const cl_reader *r);

#endif
