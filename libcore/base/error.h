/* Filling in a cleat_error and returning its status in one line. */
#ifndef CL_BASE_ERROR_H
#define CL_BASE_ERROR_H

#include <cleat/types.h>

/* Sets status and text (printf style) and returns the status. err may be NULL. */
cleat_status cl_fail(cleat_error *err, cleat_status status, const char *format, ...)
    CLEAT_PRINTF(3, 4);

/* As cl_fail, with the text "what: <OpenSSL's reason>" and lib_error from OpenSSL's queue, which
 * is emptied. Status CLEAT_E_CRYPTO, or CLEAT_E_NOMEM where the queue says so. */
cleat_status cl_fail_crypto(cleat_error *err, const char *what);

void cl_error_clear(cleat_error *err);

#endif
