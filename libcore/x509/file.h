/* Files with certificates or revocation lists. */
#ifndef CL_X509_FILE_H
#define CL_X509_FILE_H

#include "chain.h"

/* Takes one object in DER; a status other than CLEAT_OK ends the file. */
typedef cleat_status (*cl_x509_taker)(void *user, cleat_slice der, cleat_error *err);

/* Hands every object whose label ends in `label` ("CERTIFICATE", "CRL") to take; others are passed
 * over. A file without any line of PEM is one object in DER. CLEAT_E_NO_SUCH when there is none. */
CLEAT_MUST_USE cleat_status cl_x509_each(const cl_env *env, cleat_slice file, const char *label,
                                         cl_x509_taker take, void *user, cleat_error *err);

#endif
