/* Writing SSH's data types (RFC 4251 §5) into a buffer, whose error is sticky. */
#ifndef CL_WIRE_WRITER_H
#define CL_WIRE_WRITER_H

#include "../base/buf.h"
#include "../base/secret.h"
#include "../base/slice.h"

void cl_put_u8(cl_buf *b, uint8_t v);
void cl_put_u32(cl_buf *b, uint32_t v);
void cl_put_u64(cl_buf *b, uint64_t v);
void cl_put_bool(cl_buf *b, bool v);
void cl_put_string(cl_buf *b, cleat_slice s);
void cl_put_cstring(cl_buf *b, const char *text);

/* magnitude: big endian, leading zeros allowed; written in the shortest form. */
void cl_put_mpint(cl_buf *b, cleat_slice magnitude);

/* A string whose length is known later: begin returns a mark for end. */
size_t cl_put_begin(cl_buf *b);
void cl_put_end(cl_buf *b, size_t mark);

/* Four bytes big endian at a place of the caller's. */
void cl_store_u32(uint8_t at[4], uint32_t v);
uint32_t cl_load_u32(const uint8_t at[4]);
void cl_store_u64(uint8_t at[8], uint64_t v);

#endif
