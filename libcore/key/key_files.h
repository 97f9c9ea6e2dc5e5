/* Reading key files within the library. */
#ifndef CL_KEY_KEY_FILES_H
#define CL_KEY_KEY_FILES_H

#include "armour.h"
#include "key.h"

/* One key in a file of any format; as cleat_key_read. */
CLEAT_MUST_USE cleat_status cl_key_read_any(const cl_env *env, cleat_slice file,
                                            cleat_slice passphrase, cleat_key **out,
                                            cleat_key_format *format, cleat_error *err);

/* The private or public key in an armoured object, whose label ends in "PRIVATE KEY" or "PUBLIC
 * KEY". */
CLEAT_MUST_USE cleat_status cl_key_read_armoured(const cl_env *env, const cl_armour *a,
                                                 cleat_slice passphrase, cleat_key **out,
                                                 cleat_key_format *format, cleat_error *err);
CLEAT_MUST_USE cleat_status cl_key_read_armoured_public(const cl_env *env, const cl_armour *a,
                                                        cleat_key **out, cleat_key_format *format,
                                                        cleat_error *err);

#endif
